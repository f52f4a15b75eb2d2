//! One physical column, several declarations: each learns what the others say of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use weft_model::name::DomainName;
use weft_model::product::Product;

use crate::compile::context::{Context, Shared};
use crate::leaf::SEPARATOR;
use crate::label::{Label, Remembered, SharedLabel};
use crate::ladder::Class;
use crate::physical::related;

/// Where each table of each port of each product lies.
pub(crate) type Places = [Vec<Vec<Vec<Arc<str>>>>];

/// A table by positions: product, port, object.
type At = (usize, usize, usize);

/// What the past knows of a product at a position.
pub(crate) type Recall<'a> = &'a dyn Fn(&Arc<Product>, usize) -> Vec<Remembered>;

/// What the domains say of one column of one place.
#[derive(Default)]
struct Said<'a> {
    domains: BTreeMap<&'a DomainName, (Option<Class>, Vec<Arc<str>>)>,
}

/// What is said of the columns of one place, by what the files call a column and by its field id.
#[derive(Default)]
struct Place<'a> {
    columns: HashMap<String, Said<'a>>,
    /// What is said of what lies in a column, by the column: another contract may take it whole.
    inside: HashMap<String, Said<'a>>,
}

/// A leaf with the keys it goes by.
struct Declared {
    keys: Vec<String>,
    label: Label,
}

/// What other declarations say, by product; absent for products that share nothing.
pub(crate) fn shared_labels(
    context: &Context<'_>,
    products: &[Arc<Product>],
    places: &Places,
    recall: Recall<'_>,
) -> HashMap<usize, Shared> {
    let mut tables: Vec<At> = Vec::with_capacity(products.len());
    let mut views: Vec<&[Arc<str>]> = Vec::with_capacity(products.len());
    for (product, ports) in places.iter().enumerate() {
        for (port, objects) in ports.iter().enumerate() {
            for (table, places) in objects.iter().enumerate() {
                tables.push((product, port, table));
                views.push(places);
            }
        }
    }
    let related = related(&views);
    let mut said: HashMap<&str, Place<'_>> = HashMap::new();
    let mut sharing: Vec<(At, &BTreeSet<&str>, Vec<Declared>)> = Vec::new();
    for ((at, own), related) in tables.iter().zip(&views).zip(&related) {
        let Some(related) = related else { continue };
        let Some(product) = products.get(at.0) else { continue };
        let declared = declared(context, product, *at, recall);
        for place in *own {
            let place = said.entry(place).or_default();
            for leaf in &declared {
                for key in &leaf.keys {
                    place.columns.entry(key.clone()).or_default().add(&product.name.domain, &leaf.label);
                    for outer in outer(key) {
                        place.inside.entry(outer.to_owned()).or_default().add(&product.name.domain, &leaf.label);
                    }
                }
            }
        }
        sharing.push((*at, related, declared));
    }
    let mut found: HashMap<usize, Shared> = HashMap::new();
    for ((product, port, table), related, declared) in sharing {
        let Some(domain) = products.get(product).map(|product| &product.name.domain) else { continue };
        let labels = declared.iter().map(|leaf| gathered(leaf, domain, related, &said)).collect();
        found.entry(product).or_default().insert((port, table), labels);
    }
    found
}

/// The leaves of one table with what its own contract and the board say of them.
fn declared(context: &Context<'_>, product: &Arc<Product>, at: At, recall: Recall<'_>) -> Vec<Declared> {
    let Some(port) = product.ports.get(at.1) else { return Vec::new() };
    let Some(object) = port.contract.objects.get(at.2) else { return Vec::new() };
    let (table, own) = context.own(product, port, object, &recall(product, at.0), &mut Vec::new());
    let classifiers = context.classifiers_of(&table, port.version.major);
    table
        .leaves
        .iter()
        .zip(&own)
        .map(|(leaf, own)| {
            let mut label = Label::joined(own.class, &own.tags, None, context.ladder);
            label.raise(leaf, &classifiers);
            let by_id = leaf.column.field_id.map(|id| format!("#{id}"));
            Declared { keys: std::iter::once(leaf.physical()).chain(by_id).collect(), label }
        })
        .collect()
}

/// What everybody says of a leaf, apart for its own domain and others.
fn gathered(
    leaf: &Declared,
    domain: &DomainName,
    related: &BTreeSet<&str>,
    said: &HashMap<&str, Place<'_>>,
) -> SharedLabel {
    let mut shared = SharedLabel::default();
    for place in related.iter().filter_map(|place| said.get(place)) {
        let itself = leaf.keys.iter().filter_map(|key| place.columns.get(key));
        let inside = leaf.keys.iter().filter_map(|key| place.inside.get(key));
        let around = leaf.keys.iter().flat_map(|key| outer(key)).filter_map(|key| place.columns.get(key));
        for (other, (class, tags)) in itself.chain(inside).chain(around).flat_map(|said| &said.domains) {
            let (held, held_tags) = if *other == domain {
                (&mut shared.own, &mut shared.own_tags)
            } else {
                (&mut shared.foreign, &mut shared.foreign_tags)
            };
            *held = (*held).max(*class);
            merge(held_tags, tags);
        }
    }
    shared
}

/// What a column lies in, innermost first.
fn outer(key: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(key.rsplit_once(SEPARATOR), |(outer, _)| outer.rsplit_once(SEPARATOR)).map(|(outer, _)| outer)
}

impl<'a> Said<'a> {
    fn add(&mut self, domain: &'a DomainName, label: &Label) {
        let (class, tags) = self.domains.entry(domain).or_default();
        *class = (*class).max(label.class);
        merge(tags, &label.tags);
    }
}

fn merge(held: &mut Vec<Arc<str>>, more: &[Arc<str>]) {
    for tag in more {
        if !held.contains(tag) {
            held.push(Arc::clone(tag));
        }
    }
}
