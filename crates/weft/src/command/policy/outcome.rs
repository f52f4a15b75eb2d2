//! What a decision comes to, in words that can be compared.

use std::collections::BTreeSet;

use weft_catalog::snapshot::{CatalogSnapshot, Resolution};
use weft_model::principal::Principal;
use weft_policy::decide::decide;
use weft_policy::decision::{ColumnRule, Decision, Factor};
use weft_policy::request::Request;

use crate::mesh;

/// What stands for every row.
pub(super) const ALL_ROWS: &str = "all rows";

/// What one principal may read of one table.
#[derive(Debug)]
pub(super) struct Outcome(Decision);

impl Outcome {
    /// What a principal may read of a table; `None` when it does not exist for them, whatever the reason.
    pub(super) fn of(
        snapshot: &CatalogSnapshot,
        table: &str,
        principal: &Principal,
        purpose: Option<&str>,
        now: i64,
    ) -> Option<Self> {
        let Ok(Resolution::Found(target)) = super::table::resolve(snapshot, table, mesh::today(now)) else {
            return None;
        };
        let (product, port, object) = (&target.product, &target.port, &target.object);
        let decision = decide(snapshot.policy(), &Request { principal, purpose, now, product, port, object });
        Some(Self(decision))
    }

    /// True when the table exists for the principal.
    pub(super) fn readable(&self) -> bool {
        self.0.readable()
    }

    /// The visible rows.
    pub(super) fn rows(&self) -> String {
        self.0.rows().map_or_else(|| ALL_ROWS.to_owned(), |rows| format!("rows {rows}"))
    }

    /// Every column of the contract with what is shown of it.
    pub(super) fn columns(&self) -> impl Iterator<Item = (&str, &ColumnRule)> {
        self.0.columns().iter().map(|column| (column.name(), column.rule()))
    }

    /// The paths of all columns; of a column whose fields differ, the paths of its fields.
    pub(super) fn paths(&self) -> BTreeSet<String> {
        let mut paths = BTreeSet::new();
        for (name, rule) in self.columns() {
            leaves(name.to_owned(), rule, &mut paths);
        }
        paths
    }

    /// What is shown of a column, or of a field in it; `None` when the contract has no such thing. Where the whole is
    /// shown in one way, so are its parts: whether there is such a part is not known here.
    pub(super) fn rule(&self, path: &str) -> Option<&ColumnRule> {
        let mut parts = path.split('.');
        let first = parts.next()?;
        let mut rule = self.columns().find(|(name, _)| *name == first)?.1;
        for part in parts {
            if let ColumnRule::Nested(children) = rule {
                rule = &children.iter().find(|(name, _)| **name == *part)?.1;
            }
        }
        Some(rule)
    }

    /// Why a column is shown so.
    pub(super) fn column_factors(&self, path: &str) -> &[Factor] {
        let first = path.split('.').next().unwrap_or(path);
        let column = self.0.columns().iter().find(|column| column.name() == first);
        column.map_or(&[], |column| column.factors())
    }

    /// Why the table exists or does not.
    pub(super) fn access(&self) -> &[Factor] {
        self.0.access_factors()
    }

    /// Why these rows.
    pub(super) fn row_factors(&self) -> &[Factor] {
        self.0.row_factors()
    }
}

fn leaves(path: String, rule: &ColumnRule, paths: &mut BTreeSet<String>) {
    match rule {
        ColumnRule::Nested(children) => {
            children.iter().for_each(|(name, child)| leaves(format!("{path}.{name}"), child, paths));
        }
        _ => {
            paths.insert(path);
        }
    }
}

/// How much is shown: more is more.
pub(super) fn rank(rule: &ColumnRule) -> u8 {
    match rule {
        ColumnRule::Hidden => 0,
        ColumnRule::Masked(_) => 1,
        ColumnRule::ClearWhere { .. } | ColumnRule::Nested(_) => 2,
        ColumnRule::Clear => 3,
    }
}
