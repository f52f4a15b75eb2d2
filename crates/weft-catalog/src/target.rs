//! From a product to one of its tables: which port, which version, which schema object.

use std::sync::Arc;

use weft_model::contract::SchemaObject;
use weft_model::product::{OutputPort, Product};
use weft_model::version::Lifecycle;

use crate::name::{Reading, Selector};

/// One table of one version of one port.
#[derive(Clone, Debug)]
pub struct Target {
    /// The product.
    pub product: Arc<Product>,
    /// The version of the port.
    pub port: Arc<OutputPort>,
    /// The table of the port's contract.
    pub object: Arc<SchemaObject>,
    /// The status that counts on the day of the question: product, port, contract and sunset together.
    pub status: Lifecycle,
    /// True when the name says which version it wants.
    pub pinned_version: bool,
}

/// A name under which a product is listed.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The table name inside the domain.
    pub name: String,
    /// What it stands for.
    pub target: Target,
}

/// A table that is no longer served. Decide before telling: neither it nor its successor exists for those who may not
/// see them.
#[derive(Clone, Debug)]
pub struct Retired {
    /// The table as it was.
    pub target: Target,
    /// The same table in the version that took its place.
    pub successor: Option<Listed>,
}

/// What one reading of a name comes to.
#[derive(Clone, Debug)]
pub(crate) enum Found {
    /// A table.
    Served(Target),
    /// A table that was.
    Retired(Box<Retired>),
    /// Nothing.
    Missing,
}

/// Where a version stands today (in days since 1970-01-01): after its sunset it is retired.
#[must_use]
pub fn status_on(product: &Product, port: &OutputPort, today: i32) -> Lifecycle {
    if port.sunset.is_some_and(|last| last < today) { Lifecycle::Retired } else { product.port_status(port) }
}

/// The port that answers the product's bare name, by its SQL name: the one the file marks, else the one named like
/// the product, else the only one.
#[must_use]
pub fn default_port(product: &Product) -> Option<&Arc<str>> {
    let names = || product.ports.iter().map(|port| &port.sql_name);
    product
        .ports
        .iter()
        .find(|port| port.default)
        .map(|port| &port.sql_name)
        .or_else(|| names().find(|name| **name == product.name.product))
        .or_else(|| {
            let mut distinct = names();
            let first = distinct.next()?;
            distinct.all(|name| name == first).then_some(first)
        })
}

/// The table that a port's own name stands for: the object named like the product or the port, else the only one.
#[must_use]
pub fn default_object<'a>(product: &Product, port: &'a OutputPort) -> Option<&'a Arc<SchemaObject>> {
    let objects = &port.contract.objects;
    let named = |name: &str| objects.iter().find(|object| &*object.sql_name == name);
    let like_product = if default_port(product) == Some(&port.sql_name) { named(&product.name.product) } else { None };
    let only = match objects.as_slice() {
        [only] => Some(only),
        _ => None,
    };
    like_product.or_else(|| named(&port.sql_name)).or(only)
}

/// Finds the table that one reading of a name means.
pub(crate) fn find(product: &Arc<Product>, reading: &Reading<'_>, today: i32) -> Found {
    let Some(default) = default_port(product) else { return Found::Missing };
    let Some(part) = reading.part else {
        return serve(product, default, reading, today, &|port| default_object(product, port));
    };
    let found = serve(product, default, reading, today, &|port| object(port, part));
    if !matches!(found, Found::Missing) {
        return found;
    }
    let found = serve(product, part, reading, today, &|port| default_object(product, port));
    if part == &**default || !matches!(found, Found::Missing) {
        return found;
    }
    match part.split_once("__") {
        Some((port_name, inner)) if port_name != &**default => {
            serve(product, port_name, reading, today, &|port| object(port, inner))
        }
        _ => Found::Missing,
    }
}

/// Every name of a product that is listed, in this order: the bare name, further tables of the default port, other
/// ports, then the same for each major in service. Drafts and retired versions are not listed.
#[must_use]
pub fn names(product: &Arc<Product>, today: i32) -> Vec<Listed> {
    let mut listed = Vec::new();
    let Some(default) = default_port(product) else { return listed };
    let stem = &product.name.product;
    list_version(product, default, stem, &Selector::Default, today, &mut listed);
    let mut majors = product
        .ports
        .iter()
        .filter(|port| in_service(status_on(product, port, today)))
        .map(|port| port.version.major)
        .collect::<Vec<_>>();
    majors.sort_unstable();
    majors.dedup();
    for major in majors {
        let stem = format!("{stem}_v{major}");
        list_version(product, default, &stem, &Selector::Major(major), today, &mut listed);
    }
    listed
}

/// Adds the names of one version of every port.
fn list_version(
    product: &Arc<Product>,
    default: &str,
    stem: &str,
    selector: &Selector,
    today: i32,
    listed: &mut Vec<Listed>,
) {
    let mut add = |name: String, port: &OutputPort, object: &Arc<SchemaObject>| {
        let target = target(product, port, object, selector.pinned(), today);
        listed.push(Listed { name, target });
    };
    if let Some(port) = choose(product, default, selector, today).filter(|port| served(product, port, today)) {
        let own = default_object(product, port);
        if let Some(object) = own {
            add(stem.to_owned(), port, object);
        }
        for object in further(port, own) {
            add(format!("{stem}__{}", object.sql_name), port, object);
        }
    }
    let mut others =
        product.ports.iter().map(|port| &*port.sql_name).filter(|name| *name != default).collect::<Vec<_>>();
    others.sort_unstable();
    others.dedup();
    for name in others {
        let Some(port) = choose(product, name, selector, today).filter(|port| served(product, port, today)) else {
            continue;
        };
        let own = default_object(product, port);
        if let Some(object) = own {
            add(format!("{stem}__{name}"), port, object);
        }
        for object in further(port, own) {
            add(format!("{stem}__{name}__{}", object.sql_name), port, object);
        }
    }
}

/// The objects of a port besides its own table.
fn further<'a>(port: &'a OutputPort, own: Option<&Arc<SchemaObject>>) -> impl Iterator<Item = &'a Arc<SchemaObject>> {
    let own = own.map(|object| Arc::clone(&object.sql_name));
    port.contract.objects.iter().filter(move |object| own.as_ref() != Some(&object.sql_name))
}

/// Finds the version of a port and the table in it, and says whether it is served.
fn serve(
    product: &Arc<Product>,
    port_name: &str,
    reading: &Reading<'_>,
    today: i32,
    object_of: &dyn Fn(&OutputPort) -> Option<&Arc<SchemaObject>>,
) -> Found {
    let Some(port) = choose(product, port_name, &reading.version, today) else { return Found::Missing };
    let Some(object) = object_of(port) else { return Found::Missing };
    let target = target(product, port, object, reading.version.pinned(), today);
    if target.status != Lifecycle::Retired {
        return Found::Served(target);
    }
    let successor = successor(product, port_name, reading.part, today, object_of);
    Found::Retired(Box::new(Retired { target, successor }))
}

/// The same table in the newest version in service, under its shortest name.
fn successor(
    product: &Arc<Product>,
    port_name: &str,
    part: Option<&str>,
    today: i32,
    object_of: &dyn Fn(&OutputPort) -> Option<&Arc<SchemaObject>>,
) -> Option<Listed> {
    let newest = best(versions(product, port_name, &Selector::Default), product, today)
        .filter(|port| in_service(status_on(product, port, today)))?;
    let object = object_of(newest)?;
    let stem = &product.name.product;
    let bare = choose(product, port_name, &Selector::Default, today);
    let is_default = bare.is_some_and(|port| port.version == newest.version);
    let mut name = if is_default { stem.to_string() } else { format!("{stem}_v{}", newest.version.major) };
    if let Some(part) = part {
        name.push_str("__");
        name.push_str(part);
    }
    Some(Listed { name, target: target(product, newest, object, !is_default, today) })
}

/// Puts a target together.
fn target(
    product: &Arc<Product>,
    port: &OutputPort,
    object: &Arc<SchemaObject>,
    pinned_version: bool,
    today: i32,
) -> Target {
    Target {
        product: Arc::clone(product),
        port: Arc::new(port.clone()),
        object: Arc::clone(object),
        status: status_on(product, port, today),
        pinned_version,
    }
}

/// The object of a port with this SQL name.
fn object<'a>(port: &'a OutputPort, name: &str) -> Option<&'a Arc<SchemaObject>> {
    port.contract.objects.iter().find(|object| &*object.sql_name == name)
}

/// The versions of a port that a selector means.
fn versions<'a>(product: &'a Product, port_name: &str, selector: &Selector) -> Vec<&'a OutputPort> {
    product.ports.iter().filter(|port| &*port.sql_name == port_name && selector.matches(&port.version)).collect()
}

/// The version of a port that a name means.
///
/// Without a pin: the product's `defaultVersion` when that is in service or retired (a version held back does not
/// move on by itself), else the highest active one, else the highest deprecated one. With a pin drafts count too.
fn choose<'a>(product: &'a Product, port_name: &str, selector: &Selector, today: i32) -> Option<&'a OutputPort> {
    let candidates = versions(product, port_name, selector);
    if selector.pinned() {
        return best(candidates, product, today);
    }
    let held =
        product.default_version.as_ref().filter(|_| default_port(product).is_some_and(|name| &**name == port_name));
    let held = held
        .and_then(|held| candidates.iter().find(|port| port.version.cmp_precedence(held).is_eq()))
        .filter(|port| status_on(product, port, today) >= Lifecycle::Active);
    held.copied().or_else(|| {
        let mut released = candidates;
        released.retain(|port| status_on(product, port, today) >= Lifecycle::Active);
        best(released, product, today)
    })
}

/// The best of some versions: active before deprecated before draft before retired, then the highest. What is only
/// proposed has nothing to read.
fn best<'a>(candidates: Vec<&'a OutputPort>, product: &Product, today: i32) -> Option<&'a OutputPort> {
    let rank = |port: &OutputPort| match status_on(product, port, today) {
        Lifecycle::Active => 3,
        Lifecycle::Deprecated => 2,
        Lifecycle::Draft => 1,
        Lifecycle::Retired => 0,
        Lifecycle::Proposed => -1,
    };
    candidates
        .into_iter()
        .filter(|port| rank(port) >= 0)
        .max_by(|a, b| rank(a).cmp(&rank(b)).then_with(|| a.version.cmp(&b.version)))
}

/// True when a version answers without a pin.
fn in_service(status: Lifecycle) -> bool {
    matches!(status, Lifecycle::Active | Lifecycle::Deprecated)
}

/// True when a port's version is in service today.
fn served(product: &Product, port: &OutputPort, today: i32) -> bool {
    in_service(status_on(product, port, today))
}

#[cfg(test)]
mod tests;
