//! A decision, and what the catalog of its table withholds beside it: never more is shown than either would show alone.
//!
//! 1. The rows: those of the decision of which the catalog's filter is true (`row_filter`).
//! 2. The columns: each is shown by the stricter of its rule and the catalog's mask (`narrowed`).
//! 3. What cannot be enforced in full is not enforced in part: [`Unenforceable`], and nothing may be read.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use weft_model::contract::SchemaObject;
use weft_model::restriction::Restrictions;

use crate::decision::{Authority, ColumnRule, Decision, Factor, MaskRule};
use crate::fingerprint::fingerprint;
use crate::fit::{fitted, null};
use crate::meet::{Outcome, meet};
use crate::numbered::Numbered;
use crate::predicate::Predicate;
use crate::row_filter::predicate;
use crate::sql::TEXT_BYTES_MAX;
use crate::template::conjunction;

pub use crate::unenforceable::Unenforceable;

/// What factors of a catalog are called.
const RULE: &str = "read-restrictions";

impl Decision {
    /// The decision, less what a catalog withholds from the caller.
    ///
    /// `object` is the table that was decided upon, and `columns` has the field id of each of its columns, in contract order,
    /// as the table was opened. `None` is a column without a known id, and has to be one whose values are served as another
    /// kind than the table's (a UUID as text): literals of the filter would not mean the same.
    ///
    /// A decision that is not readable stays as it is, and so does every decision when nothing is withheld.
    ///
    /// # Errors
    /// When some of it cannot be enforced. Nothing may be read then.
    pub fn restricted(
        &self,
        restrictions: &Restrictions,
        object: &SchemaObject,
        columns: &[Option<i32>],
    ) -> Result<Self, Unenforceable> {
        if !self.readable || restrictions.is_empty() {
            return Ok(self.clone());
        }
        let columns = self.numbered(object, columns)?;
        let mut narrow = self.clone();
        if let Some(filter) = &restrictions.rows {
            narrow.keep_rows(predicate(filter, columns)?, object);
        }
        narrow.mask_columns(restrictions, object, columns)?;
        if !narrow.columns.iter().any(|column| column.rule.visible()) {
            narrow.close();
        }
        narrow.fingerprint = fingerprint(&narrow);
        Ok(narrow)
    }

    /// The columns with their ids, when they are those that were decided upon.
    fn numbered<'a>(&self, object: &'a SchemaObject, ids: &'a [Option<i32>]) -> Result<Numbered<'a>, Unenforceable> {
        let decided = self.columns.iter().map(|column| &column.name);
        if self.object != object.name || !decided.eq(object.columns.iter().map(|column| &column.name)) {
            return Err(Unenforceable::new(format!("table `{}` is not the one that was decided upon", object.name)));
        }
        if ids.len() != object.columns.len() {
            return Err(Unenforceable::new(format!(
                "table `{}` has {} columns, and {} field ids",
                object.name,
                object.columns.len(),
                ids.len()
            )));
        }
        Ok(Numbered { columns: &object.columns, ids })
    }

    /// Leaves the rows of which the predicate is true.
    fn keep_rows(&mut self, rows: Predicate, object: &SchemaObject) {
        if rows == Predicate::Constant(true) {
            return;
        }
        let effect = match rows.to_string() {
            text if text.len() <= TEXT_BYTES_MAX => format!("keeps only rows {text}"),
            _ => "keeps only some rows".to_owned(),
        };
        self.row_factors.push(factor(effect, object));
        self.rows = Some(conjunction(self.rows.take().into_iter().chain([rows]).collect()));
    }

    /// Shows columns through the masks of the catalog.
    fn mask_columns(
        &mut self,
        restrictions: &Restrictions,
        object: &SchemaObject,
        columns: Numbered<'_>,
    ) -> Result<(), Unenforceable> {
        if restrictions.columns.len() > Restrictions::COLUMNS_MAX {
            return Err(Unenforceable::new(format!(
                "the catalog masks more than {} fields",
                Restrictions::COLUMNS_MAX
            )));
        }
        let mut masked = BTreeSet::new();
        for (id, mask) in &restrictions.columns {
            if !masked.insert(*id) {
                return Err(Unenforceable::new(format!("the catalog masks field {id} twice")));
            }
            let mut served = false;
            for (at, column) in columns.serving(*id) {
                served = true;
                let mask = fitted(mask, column).map_err(|clause| {
                    Unenforceable::new(format!("the catalog masks column `{}`, and {clause}", column.name))
                })?;
                if let Some(decided) = self.columns.get_mut(at) {
                    decided.rule = narrowed(&decided.rule, &mask);
                    decided.factors.push(factor(format!("masks as {}", mask.mask), object));
                }
            }
            if !served {
                return Err(Unenforceable::new(format!(
                    "the catalog masks field {id}, which is no column of the contract"
                )));
            }
        }
        Ok(())
    }

    /// A table of which no column is visible does not exist.
    fn close(&mut self) {
        self.readable = false;
        self.columns.clear();
        self.rows = Some(Predicate::Constant(false));
        self.history = false;
        self.row_factors.clear();
    }
}

/// The stricter of what a column's rule and a mask of the whole column show.
fn narrowed(rule: &ColumnRule, mask: &MaskRule) -> ColumnRule {
    match rule {
        ColumnRule::Hidden => ColumnRule::Hidden,
        ColumnRule::Clear => ColumnRule::Masked(mask.clone()),
        // Rows on which the column was clear would show the mask, the others the meet. A mask on some rows and another on
        // others is not offered: the stricter holds on all.
        ColumnRule::Masked(held) | ColumnRule::ClearWhere { otherwise: held, .. } => {
            match meet(Outcome::Masked(Cow::Borrowed(held)), Outcome::Masked(Cow::Borrowed(mask))) {
                Outcome::Masked(rule) => ColumnRule::Masked(rule.into_owned()),
                // No meet of two masks; the strictest result all the same.
                Outcome::Hidden | Outcome::Clear => ColumnRule::Hidden,
            }
        }
        // The type of a column that is masked as a whole names all that is in it.
        ColumnRule::Nested(children) if children.iter().any(|(_, child)| hides(child)) => ColumnRule::Hidden,
        ColumnRule::Nested(_) => ColumnRule::Masked(null()),
    }
}

/// True when a part of the column is hidden, at any depth.
fn hides(rule: &ColumnRule) -> bool {
    match rule {
        ColumnRule::Hidden => true,
        ColumnRule::Nested(children) => children.iter().any(|(_, child)| hides(child)),
        ColumnRule::Clear | ColumnRule::Masked(_) | ColumnRule::ClearWhere { .. } => false,
    }
}

fn factor(effect: String, object: &SchemaObject) -> Factor {
    Factor { authority: Authority::Catalog, rule: Arc::from(RULE), effect, place: object.place.clone() }
}
