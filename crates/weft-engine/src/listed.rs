//! Finds everything that a caller may see: every name of every product, decided once.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use weft_catalog::target::Target;
use weft_govern::shape::served_type;
use weft_model::mask::Mask;
use weft_model::type_name::type_name;
use weft_policy::decision::{ColumnRule, Decision};

use crate::directory::{Directory, DirectoryColumn, DirectoryDomain, DirectoryTable, TableKind};
use crate::foreign_keys::{Referable, foreign_keys};
use crate::resolve::Scene;

impl Directory {
    /// Everything the scene's caller may see.
    pub(crate) fn of(scene: &Scene<'_>) -> Self {
        let mut tables: Vec<DirectoryTable> = Vec::new();
        let mut referable: Vec<Referable> = Vec::new();
        for product in scene.snapshot.products() {
            // A table has several names, with and without its version, and is decided once.
            let mut known: Vec<Seen> = Vec::new();
            for listed in scene.snapshot.names(product, scene.today()) {
                let at = known.iter().position(|seen| seen.is(&listed.target)).unwrap_or_else(|| {
                    known.push(Seen::new(scene, &listed.target));
                    known.len() - 1
                });
                if let Some(Seen { table: Some(seen), joins, .. }) = known.get(at) {
                    let table = DirectoryTable { name: Arc::from(listed.name), ..seen.clone() };
                    referable.push(Referable {
                        domain: Arc::clone(&table.domain),
                        name: Arc::clone(&table.name),
                        joins: joins.clone(),
                        target: listed.target,
                    });
                    tables.push(table);
                }
            }
        }
        for (table, keys) in tables.iter_mut().zip(foreign_keys(&referable)) {
            table.foreign_keys = keys;
        }
        tables.extend(crate::own_tables::listed());
        tables.sort_by(|left, right| (&left.domain, &left.name).cmp(&(&right.domain, &right.name)));
        let domains: BTreeSet<Arc<str>> = tables.iter().map(|table| Arc::clone(&table.domain)).collect();
        Self { domains: domains.into_iter().map(|name| DirectoryDomain { name }).collect(), tables }
    }
}

/// A table under any of its names, as it was decided.
struct Seen {
    target: Target,
    /// `None` when the caller may not see it.
    table: Option<DirectoryTable>,
    /// The columns by which it joins.
    joins: HashSet<Arc<str>>,
}

impl Seen {
    fn new(scene: &Scene<'_>, target: &Target) -> Self {
        let decision = scene.decide(target);
        let table = decision.readable().then(|| table(target, &decision)).flatten();
        let joined = decision.columns().iter().filter(|column| joins(column.rule()));
        Self { target: target.clone(), table, joins: joined.map(|column| Arc::from(column.name())).collect() }
    }

    fn is(&self, target: &Target) -> bool {
        Arc::ptr_eq(&self.target.port, &target.port) && Arc::ptr_eq(&self.target.object, &target.object)
    }
}

/// True when equal values stay equal and others stay different, so that a key is still one.
fn joins(rule: &ColumnRule) -> bool {
    match rule {
        ColumnRule::Clear => true,
        ColumnRule::Masked(mask) => mask.mask == Mask::Token {},
        _ => false,
    }
}

fn table(target: &Target, decision: &Decision) -> Option<DirectoryTable> {
    let object = &target.object;
    let mut columns = Vec::new();
    let mut key: Vec<(u32, Arc<str>)> = Vec::new();
    let mut key_visible = true;
    for (column, decided) in object.columns.iter().zip(decision.columns()) {
        let rule = decided.rule();
        if let Some(position) = column.primary_key {
            key_visible &= joins(rule);
            key.push((position, Arc::clone(&column.name)));
        }
        let Some(data_type) = served_type(rule, &column.data_type) else { continue };
        let clear = *rule == ColumnRule::Clear;
        columns.push(DirectoryColumn {
            name: Arc::clone(&column.name),
            // A name that tells of hidden fields would not be the name of what is served.
            type_name: if data_type == column.data_type {
                Arc::clone(&column.type_name)
            } else {
                Arc::from(type_name(&data_type))
            },
            data_type,
            description: column.description.clone(),
            required: column.required && clear,
            masked: !clear,
            classification: column.classification.clone(),
        });
    }
    if columns.is_empty() {
        return None;
    }
    key.sort();
    let primary_key = if key_visible { key.into_iter().map(|(_, name)| name).collect() } else { Vec::new() };
    Some(DirectoryTable {
        domain: Arc::from(target.product.name.domain.as_str()),
        name: Arc::clone(&target.product.name.product),
        kind: TableKind::Table,
        description: object.description.clone().or_else(|| target.product.description.clone()),
        columns: columns.into(),
        primary_key,
        foreign_keys: Vec::new(),
    })
}
