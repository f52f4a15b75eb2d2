//! A table by its name in SQL, for people who may know every name.

use std::collections::BTreeSet;

use weft_catalog::snapshot::{CatalogSnapshot, Resolution};
use weft_contract::standard::suggest::nearest;

use crate::error::Failure;

/// What a name written as `domain.product` comes to. Parts fold to lower case unless they are quoted, as in SQL.
///
/// # Errors
/// When it is no such name, or nothing has it; the message then names what comes nearest.
pub(super) fn resolve<'a>(snapshot: &'a CatalogSnapshot, name: &str, today: i32) -> Result<Resolution<'a>, Failure> {
    let Some((domain, table)) = name.split_once('.') else {
        return Err(Failure::Setup(format!("`{name}` lacks its domain; products are named as DOMAIN.PRODUCT")));
    };
    match snapshot.resolve(&folded(domain), &folded(table), today) {
        Resolution::Missing => {
            let all = names(snapshot, today);
            let broken = snapshot.broken().iter().filter_map(|broken| broken.name.as_ref()).map(ToString::to_string);
            let known: BTreeSet<String> = all.into_iter().chain(broken).collect();
            let meant = nearest(name, known.iter().map(String::as_str));
            let hint = match meant {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("the mesh has {}", crate::principal::names(known.iter().map(String::as_str))),
            };
            Err(Failure::Setup(format!("no product is called `{name}`; {hint}")))
        }
        other => Ok(other),
    }
}

/// Every name under which a table is listed.
pub(super) fn names(snapshot: &CatalogSnapshot, today: i32) -> BTreeSet<String> {
    let products = snapshot.products().iter();
    let listed = products.flat_map(|product| {
        let names = snapshot.names(product, today).into_iter();
        names.map(|listed| format!("{}.{}", product.name.domain, listed.name))
    });
    listed.collect()
}

/// The names that people use: a version's own name is left out where a shorter one means the same table.
pub(super) fn short_names(snapshot: &CatalogSnapshot, today: i32) -> BTreeSet<String> {
    let mut short = BTreeSet::new();
    for product in snapshot.products() {
        let listed = snapshot.names(product, today);
        let unpinned = || listed.iter().filter(|listed| !listed.target.pinned_version);
        for one in &listed {
            let same = unpinned().any(|other| std::sync::Arc::ptr_eq(&other.target.object, &one.target.object));
            if !one.target.pinned_version || !same {
                short.insert(format!("{}.{}", product.name.domain, one.name));
            }
        }
    }
    short
}

fn folded(part: &str) -> String {
    match part.strip_prefix('"').and_then(|part| part.strip_suffix('"')) {
        Some(quoted) => quoted.replace("\"\"", "\""),
        None => part.to_lowercase(),
    }
}
