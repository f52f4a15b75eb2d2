//! Rules meet products: which rule touches which table and column, with what types.

use std::sync::Arc;

use weft_model::contract::SchemaObject;
use weft_model::finding::Finding;
use weft_model::product::{OutputPort, Product};

use crate::compile::columns::Columns;
use crate::compile::context::{Context, Shared};
use crate::compile::tables::Tables;
use crate::compiled::{CompiledPort, CompiledProduct, CompiledTable};
use crate::label::{Remembered, SharedLabel};
use crate::memory::ghosts;
use crate::physical::locations;
use crate::rule::{Effect, Rule};

mod columns;
pub(crate) mod context;
mod tables;

impl Context<'_> {
    /// Compiles a product.
    pub(crate) fn product(
        &self,
        product: &Arc<Product>,
        remembered: &[Remembered],
        shared: Option<&Shared>,
    ) -> CompiledProduct {
        let mut findings = Vec::new();
        let mut declared = Vec::new();
        let ports = product
            .ports
            .iter()
            .enumerate()
            .map(|(at, port)| {
                let tables = port.contract.objects.iter().enumerate().map(|(nth, object)| {
                    let labels = shared.and_then(|shared| shared.get(&(at, nth)));
                    self.table(product, port, object, remembered, labels, &mut declared, &mut findings)
                });
                CompiledPort { name: port.name.clone(), version: port.version.clone(), tables: tables.collect() }
            })
            .collect();
        let ghosts = ghosts(remembered, product, &declared);
        findings.dedup();
        CompiledProduct { product: Arc::clone(product), ports, findings, shared: shared.is_some(), ghosts }
    }

    #[expect(clippy::too_many_arguments, reason = "one call site; a struct would only name the same seven things")]
    fn table(
        &self,
        product: &Product,
        port: &OutputPort,
        object: &Arc<SchemaObject>,
        remembered: &[Remembered],
        shared: Option<&Vec<SharedLabel>>,
        declared: &mut Vec<(String, String)>,
        findings: &mut Vec<Finding>,
    ) -> CompiledTable {
        let (table, own) = self.own(product, port, object, remembered, findings);
        if !remembered.is_empty() {
            declared.extend(table.leaves.iter().map(|leaf| (leaf.dotted(), leaf.physical())));
        }
        let facts = table.facts(port.version.major);
        let classifiers = self.classifiers_of(&table, port.version.major);
        let candidates = self.candidates(product, &facts);
        let mut tables = Tables::new(self, &table, findings);
        let mut columns = Columns::new(self, &table, &own, shared, &classifiers);
        columns.label();
        tables.roles();
        for rule in candidates {
            match self.rules.get(rule) {
                Some(Rule { effect: Effect::Allow | Effect::History, .. }) => tables.rule(rule, true),
                Some(Rule { effect: Effect::Deny | Effect::Restrict, matches, .. }) => {
                    tables.rule(rule, columns.any(matches));
                }
                Some(_) => columns.rule(rule, &mut tables),
                None => {}
            }
        }
        let built = columns.build(&mut tables);
        let locations = locations(&port.contract.servers, object);
        tables.finish(Arc::clone(object), locations, built, own)
    }
}
