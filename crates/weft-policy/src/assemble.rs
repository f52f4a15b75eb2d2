//! Puts a set together: files, shared columns, and every product compiled or taken over from the set before.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use weft_model::name::ProductName;
use weft_model::product::Product;

use crate::compile::context::{Context, Shared};
use crate::compiled::CompiledProduct;
use crate::files::Files;
use crate::label::Remembered;
use crate::mapping::ResolvedMapping;
use crate::memory::recall;
use crate::physical::locations;
use crate::set::{Compiled, Mapped, PolicySet};
use crate::shared::shared_labels;
use crate::source::PolicySource;

/// Products by name.
type ByName<'a> = BTreeMap<&'a ProductName, &'a Product>;

impl PolicySet {
    /// Compiles files for products. Complaints never open anything.
    #[must_use]
    pub fn compile(sources: &[PolicySource], products: &[Arc<Product>]) -> Compiled {
        Self::compile_after(None, sources, products)
    }

    /// Compiles files for products, with the labels of an earlier set in mind: a label that a contract lowers keeps
    /// its old value unless a board file lists the column under `lowered`. What did not change is taken over.
    #[must_use]
    pub fn compile_after(previous: Option<&Self>, sources: &[PolicySource], products: &[Arc<Product>]) -> Compiled {
        assemble(previous, sources, products)
    }
}

/// Compiles a set, with an earlier one in mind.
fn assemble(previous: Option<&PolicySet>, sources: &[PolicySource], products: &[Arc<Product>]) -> Compiled {
    let kept = previous.filter(|previous| previous.files.sources == sources);
    let files = kept.map_or_else(|| Arc::new(Files::read(sources)), |previous| Arc::clone(&previous.files));
    let mut findings = files.findings.clone();
    let mut set = PolicySet {
        files: Arc::clone(&files),
        products: HashMap::with_capacity(products.len()),
        doubled: BTreeSet::new(),
        ghosts: BTreeMap::new(),
        mapped: BTreeMap::new(),
    };
    if let Some(ladder) = &files.ladder {
        let by_name: ByName<'_> = products.iter().map(|product| (&product.name, &**product)).collect();
        let mappings = mappings(&files, &by_name);
        for mapping in mappings.iter().flatten().flatten() {
            set.mapped
                .entry(mapping.product.clone())
                .or_default()
                .extend(mapping.columns().iter().map(|(column, target)| (Arc::clone(column), *target)));
        }
        let context = Context::new(ladder, &files.rules, &files.lowered, mappings);
        let past = Past::of(previous, products, &by_name);
        let unchanged = kept.filter(|previous| mappings_unchanged(previous, &set.mapped, &by_name));
        set.ghosts = past.ghosts.clone();
        compile_all(&context, unchanged, &past, products, &mut set);
    }
    for product in products {
        if let Some(compiled) = set.products.get(&product.name) {
            findings.extend(compiled.findings.iter().cloned());
        }
    }
    findings.sort_by(|left, right| left.place.cmp(&right.place).then_with(|| left.code.cmp(right.code)));
    findings.dedup();
    let broken_domains = files.broken.clone();
    Compiled { board_valid: set.board_valid(), set, findings, broken_domains }
}

fn compile_all(
    context: &Context<'_>,
    unchanged: Option<&PolicySet>,
    past: &Past<'_>,
    products: &[Arc<Product>],
    set: &mut PolicySet,
) {
    let held = |product: &Arc<Product>| {
        let compiled = unchanged?.products.get(&product.name)?;
        Arc::ptr_eq(&compiled.product, product).then_some(compiled)
    };
    let places: Vec<Vec<Vec<Vec<Arc<str>>>>> = products
        .iter()
        .map(|product| match held(product) {
            Some(held) => held
                .ports
                .iter()
                .map(|port| port.tables.iter().map(|table| table.locations.clone()).collect())
                .collect(),
            None => product
                .ports
                .iter()
                .map(|port| {
                    port.contract.objects.iter().map(|object| locations(&port.contract.servers, object)).collect()
                })
                .collect(),
        })
        .collect();
    let remembered = |product: &Arc<Product>, at: usize| past.of_product(product, places.get(at));
    let mut shared = shared_labels(context, products, &places, &remembered);
    for (at, product) in products.iter().enumerate() {
        let labels: Option<Shared> = shared.remove(&at);
        let compiled = match held(product) {
            Some(held) if labels.is_none() && !held.shared => Arc::clone(held),
            _ => Arc::new(context.product(product, &remembered(product, at), labels.as_ref())),
        };
        if set.products.insert(product.name.clone(), compiled).is_some() {
            set.doubled.insert(product.name.clone());
        }
    }
}

/// What the set before knows.
struct Past<'a> {
    previous: Option<&'a PolicySet>,
    /// Products that are gone.
    ghosts: BTreeMap<ProductName, Arc<CompiledProduct>>,
    /// Where the data of products that are gone lay.
    places: HashMap<Arc<str>, Vec<ProductName>>,
}

impl<'a> Past<'a> {
    fn of(previous: Option<&'a PolicySet>, products: &[Arc<Product>], by_name: &ByName<'_>) -> Self {
        let mut past = Self { previous, ghosts: BTreeMap::new(), places: HashMap::new() };
        let Some(previous) = previous else { return past };
        let gone = |name: &&ProductName| !by_name.contains_key(*name);
        if previous.products.len() != products.len() || previous.products.keys().any(|name| gone(&name)) {
            let mut names: Vec<&ProductName> = previous.products.keys().filter(gone).collect();
            names.sort();
            for name in names {
                if let Some(compiled) = previous.products.get(name) {
                    past.ghosts.insert(name.clone(), Arc::clone(compiled));
                }
            }
        }
        for (name, compiled) in previous.ghosts.iter().filter(|(name, _)| gone(name)) {
            past.ghosts.entry(name.clone()).or_insert_with(|| Arc::clone(compiled));
        }
        for (name, compiled) in &past.ghosts {
            for place in compiled.ports.iter().flat_map(|port| &port.tables).flat_map(|table| &table.locations) {
                past.places.entry(Arc::clone(place)).or_default().push(name.clone());
            }
        }
        past
    }

    /// Labels that a product may not silently fall below.
    fn of_product(&self, product: &Arc<Product>, places: Option<&Vec<Vec<Vec<Arc<str>>>>>) -> Vec<Remembered> {
        let Some(previous) = self.previous else { return Vec::new() };
        let Some(ladder) = &previous.files.ladder else { return Vec::new() };
        let mut found = Vec::new();
        let before = previous.products.get(&product.name).or_else(|| previous.ghosts.get(&product.name));
        if let Some(before) = before {
            let kept = before
                .ports
                .iter()
                .flat_map(|port| &port.tables)
                .flat_map(|table| &table.own)
                .any(|own| own.kept || own.after.is_some());
            // The same declaration says again what it said then.
            if kept || !before.ghosts.is_empty() || !Arc::ptr_eq(&before.product, product) {
                found = recall(before, ladder);
            }
        }
        // A product that is new may be an old one under another name; of one that was there, its own past tells.
        if before.is_none() && !self.places.is_empty() {
            let mut names: BTreeSet<&ProductName> = BTreeSet::new();
            for place in places.into_iter().flatten().flatten().flatten() {
                names.extend(self.places.get(place).into_iter().flatten().filter(|name| **name != product.name));
            }
            for ghost in names.into_iter().filter_map(|name| self.ghosts.get(name)) {
                found.extend(recall(ghost, ladder));
            }
        }
        found
    }
}

/// The mappings of every rule, each found or refused once.
fn mappings(files: &Files, products: &ByName<'_>) -> Vec<Vec<Result<ResolvedMapping, String>>> {
    let find = |position: usize| {
        let rule = files.rules.get(position)?;
        let mappings = &rule.rows.as_ref()?.mappings;
        Some(
            mappings
                .iter()
                .map(|mapping| ResolvedMapping::find(mapping, rule.domain.as_ref(), products, &files.lent))
                .collect(),
        )
    };
    (0..files.rules.len()).map(|position| find(position).unwrap_or_default()).collect()
}

/// True when rules that read mappings need not be typed again.
fn mappings_unchanged(previous: &PolicySet, mapped: &Mapped, products: &ByName<'_>) -> bool {
    previous.mapped == *mapped
        && mapped.keys().all(|name| {
            let before = previous.products.get(name).map(|compiled| Arc::as_ptr(&compiled.product));
            before.is_some() && before == products.get(name).map(|product| std::ptr::from_ref(*product))
        })
}
