//! Mappings: products that say which rows a principal may read, found and typed once per set.

use std::collections::BTreeMap;
use std::sync::Arc;

use weft_model::contract::SchemaObject;
use weft_model::name::{DomainName, ProductName};
use weft_model::product::{OutputPort, Product};
use weft_model::version::Lifecycle;

use crate::condition::{ColumnName, Operand};
use crate::literal::Target;
use crate::rule::{MappingRule, MappingValue};
use crate::template::{Slot, Tree};
use crate::typing::{Misfit, Scope, Typing};

/// A mapping whose product and columns exist.
#[derive(Clone, Debug)]
pub(crate) struct ResolvedMapping {
    pub(crate) product: ProductName,
    pub(crate) select: Arc<str>,
    target: Target,
    equals: Vec<(Arc<str>, Slot)>,
    /// The columns that policy reads, with the types they were found in.
    columns: BTreeMap<Arc<str>, Target>,
    attributes: Vec<Arc<str>>,
    column: ColumnName,
    negated: bool,
    /// True when a column is compared with the day.
    pub(crate) today: bool,
}

/// Who may use which product as a mapping.
pub(crate) type Lent = BTreeMap<DomainName, BTreeMap<Arc<str>, Vec<DomainName>>>;

impl ResolvedMapping {
    /// Finds what a mapping names; `by` is the domain whose rule it is, absent for the board.
    pub(crate) fn find(
        rule: &MappingRule,
        by: Option<&DomainName>,
        products: &BTreeMap<&ProductName, &Product>,
        lent: &Lent,
    ) -> Result<Self, String> {
        let name = ProductName::new(rule.domain.clone(), Arc::clone(&rule.product));
        if let Some(by) = by
            && *by != rule.domain
            && !lent.get(&rule.domain).and_then(|own| own.get(&rule.product)).is_some_and(|to| to.contains(by))
        {
            // The same text whether or not the product exists: a domain learns nothing of another's products here.
            return Err(format!("mapping `{name}` is not lent to domain `{by}`"));
        }
        let table = products.get(&name).and_then(|product| default_table(product));
        let object = table.ok_or_else(|| format!("mapping `{name}` is not a product with one readable table"))?;
        let mut typing = Typing { scope: Scope { columns: &object.columns }, attributes: Vec::new(), today: false };
        let find = |column: &Arc<str>| {
            let wanted = ColumnName { text: Arc::clone(column), quoted: false };
            let absent = |_| format!("mapping `{name}` has no column `{column}`");
            let found = typing.scope.find(&wanted).map_err(absent)?;
            match Target::of(&found.data_type) {
                Some(target) => Ok((found, target)),
                None => Err(format!("column `{column}` of mapping `{name}` has a type that cannot be compared")),
            }
        };
        let (select, target) = find(&rule.select)?;
        let wheres =
            rule.equals.iter().map(|(column, value)| Ok((find(column)?, value))).collect::<Result<Vec<_>, String>>()?;
        let mut equals = Vec::with_capacity(wheres.len());
        let mut columns = BTreeMap::from([(Arc::clone(&select.name), target)]);
        for ((column, target), value) in wheres {
            let operand = match value {
                MappingValue::Session(value) => Operand::Session(value.clone()),
                MappingValue::Literal(literal) => Operand::Literal(literal.clone()),
            };
            match typing.slot(column, target, &operand) {
                Ok(slot) => {
                    columns.insert(Arc::clone(&column.name), target);
                    equals.push((Arc::clone(&column.name), slot));
                }
                Err(Misfit::Wrong(clause)) => return Err(format!("mapping `{name}`: {clause}")),
                Err(Misfit::Absent(column)) => return Err(format!("mapping `{name}` has no column `{column}`")),
            }
        }
        Ok(Self {
            select: Arc::clone(&select.name),
            target,
            equals,
            columns,
            attributes: typing.attributes,
            column: ColumnName { text: Arc::clone(&rule.column), quoted: false },
            negated: rule.negated,
            today: typing.today,
            product: name,
        })
    }

    /// The condition on one table, with the attributes it asks for.
    pub(crate) fn tree(&self, scope: Scope<'_>) -> Result<(Tree, &[Arc<str>]), Misfit> {
        let column = scope.find(&self.column)?;
        if Target::of(&column.data_type) != Some(self.target) {
            let message = format!(
                "column `{}` has another type than `{}` of mapping `{}`",
                column.name, self.select, self.product
            );
            return Err(Misfit::Wrong(message));
        }
        let tree = Tree::RowsIn {
            column: Arc::clone(&column.name),
            product: self.product.clone(),
            select: Arc::clone(&self.select),
            equals: self.equals.clone(),
            negated: self.negated,
        };
        Ok((tree, &self.attributes))
    }

    /// The columns that policy reads of the mapping's product.
    pub(crate) fn columns(&self) -> &BTreeMap<Arc<str>, Target> {
        &self.columns
    }
}

/// The table that answers a product's bare name, as far as a product alone tells: the highest active version of the
/// default port, and its object named like the product or the port, or the only one.
fn default_table(product: &Product) -> Option<&SchemaObject> {
    let rank = |port: &OutputPort| match product.port_status(port) {
        Lifecycle::Active => 2,
        Lifecycle::Deprecated => 1,
        _ => 0,
    };
    let default = |port: &&OutputPort| port.default || product.ports.len() == 1;
    let held = product.default_version.as_ref();
    let port = product
        .ports
        .iter()
        .filter(default)
        .filter(|port| rank(port) > 0 && held.is_none_or(|held| port.version <= *held))
        .max_by(|left, right| rank(left).cmp(&rank(right)).then_with(|| left.version.cmp(&right.version)))?;
    let objects = &port.contract.objects;
    match objects.as_slice() {
        [only] => Some(only),
        all => all
            .iter()
            .find(|object| *object.sql_name == *product.name.product)
            .or_else(|| all.iter().find(|object| *object.sql_name == *port.sql_name))
            .map(|object| &**object),
    }
}
