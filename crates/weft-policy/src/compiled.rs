//! Rules matched to tables and columns, once per set: what is left for a decision is to look at the principal.

use std::sync::Arc;

use weft_model::contract::SchemaObject;
use weft_model::finding::Finding;
use weft_model::name::PortName;
use weft_model::product::Product;
use weft_model::version::Version;

use crate::decision::{Factor, MaskRule};
use crate::glob::Glob;
use crate::label::{Label, OwnLabel, Remembered};
use crate::ladder::Class;
use crate::leaf::Shape;
use crate::template::Template;

/// A product with the rules that touch it.
#[derive(Debug)]
pub(crate) struct CompiledProduct {
    pub(crate) product: Arc<Product>,
    pub(crate) ports: Vec<CompiledPort>,
    /// What was said while it was compiled.
    pub(crate) findings: Vec<Finding>,
    /// True when another table declares the same physical data.
    pub(crate) shared: bool,
    /// Columns that are no longer declared, whose labels are not forgotten.
    pub(crate) ghosts: Vec<Remembered>,
}

/// One version of a port.
#[derive(Debug)]
pub(crate) struct CompiledPort {
    pub(crate) name: PortName,
    pub(crate) version: Version,
    pub(crate) tables: Vec<CompiledTable>,
}

/// One table of a port.
#[derive(Debug)]
pub(crate) struct CompiledTable {
    pub(crate) object: Arc<SchemaObject>,
    /// Where the data lies.
    pub(crate) locations: Vec<Arc<str>>,
    /// Positions, in the set, of the rules that touch the table. Everything below counts in this list.
    pub(crate) rules: Vec<usize>,
    /// Roles of the contract that may read.
    pub(crate) roles: Vec<RoleUse>,
    /// Rules that open the table.
    pub(crate) grants: Vec<Grant>,
    /// Rules that open what the table was.
    pub(crate) histories: Vec<usize>,
    /// Rules that close the table.
    pub(crate) denials: Vec<Denial>,
    /// Rules that keep rows.
    pub(crate) restrictions: Vec<Restriction>,
    /// The columns, in contract order.
    pub(crate) columns: Vec<CompiledColumn>,
    /// What the contract says of each leaf, depth first.
    pub(crate) own: Vec<OwnLabel>,
}

/// Whoever opens something: a rule of the table's list, or a role of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    Rule(usize),
    Role(usize),
}

/// A role of a contract that may read.
#[derive(Debug)]
pub(crate) struct RoleUse {
    pub(crate) role: Arc<str>,
    pub(crate) rows: Option<Arc<Template>>,
    /// The highest classification that the role clears.
    pub(crate) clearance: Option<Class>,
    /// Tags of columns that the role clears.
    pub(crate) unmask: Vec<Glob>,
    /// The grant as a factor.
    pub(crate) grant: Factor,
    /// The clearance as a factor.
    pub(crate) clear: Factor,
}

/// A rule that opens the table.
#[derive(Debug)]
pub(crate) struct Grant {
    pub(crate) rule: usize,
    pub(crate) rows: Option<Arc<Template>>,
}

/// A rule that closes the table.
#[derive(Debug)]
pub(crate) struct Denial {
    pub(crate) rule: usize,
    /// Why, when the rule did not set out to close the table.
    pub(crate) instead: Option<String>,
}

/// A rule that keeps rows.
#[derive(Debug)]
pub(crate) struct Restriction {
    pub(crate) rule: usize,
    pub(crate) rows: Arc<Template>,
}

/// A column or field.
#[derive(Debug)]
pub(crate) struct CompiledColumn {
    pub(crate) name: Arc<str>,
    pub(crate) shape: Shape,
    pub(crate) children: Vec<CompiledColumn>,
    /// Present for leaves.
    pub(crate) leaf: Option<Box<CompiledLeaf>>,
}

/// A leaf with the rules that touch it.
#[derive(Debug)]
pub(crate) struct CompiledLeaf {
    pub(crate) label: Label,
    pub(crate) hits: Vec<Hit>,
    /// Roles that clear the leaf, by position among the table's roles.
    pub(crate) roles: Vec<usize>,
    /// Masks that the contract asks for.
    pub(crate) contract: Vec<(MaskRule, Factor)>,
    /// What `mask` means when the domain does not say how: a token, or null.
    pub(crate) fallback: MaskRule,
    /// The leaf as it is from a second on, when its label was lowered for a while only.
    pub(crate) after: Option<(i64, Box<CompiledLeaf>)>,
}

/// A rule that touches a leaf.
#[derive(Debug)]
pub(crate) struct Hit {
    pub(crate) rule: usize,
    pub(crate) effect: HitEffect,
}

/// What a rule does to a leaf.
#[derive(Debug)]
pub(crate) enum HitEffect {
    Mask(MaskRule),
    Hide,
    /// In clear, perhaps only on some rows.
    Clear(Option<Arc<Template>>),
}

impl CompiledTable {
    /// True when this is the table: the same object, or one that declares the same columns with the same types.
    pub(crate) fn is(&self, object: &SchemaObject) -> bool {
        std::ptr::eq(&raw const *self.object, object)
            || (self.object.name == object.name
                && self.object.columns.len() == object.columns.len()
                && self
                    .object
                    .columns
                    .iter()
                    .zip(&object.columns)
                    .all(|(own, other)| own.name == other.name && own.data_type == other.data_type))
    }
}
