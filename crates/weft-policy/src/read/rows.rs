//! The row part of a rule: predicates and mappings.

use std::sync::Arc;

use weft_model::name::DomainName;

use crate::complaint::{Complaints, MAPPING, PREDICATE};
use crate::condition::{Condition, Literal, SessionValue};
use crate::read::keys::{Keys, text};
use crate::read::speaker::Speaker;
use crate::rule::{MappingRule, MappingValue, RowRule};
use crate::sql;
use crate::yaml::{Kind, Node};

/// The keys that hold mappings, and whether they are negated.
pub(crate) const MAPPING_KEYS: [(&str, bool); 2] = [("rows_in", false), ("rows_not_in", true)];

/// Reads a predicate's text.
pub(crate) fn predicate(node: &Node, key: &str, complaints: &mut Complaints) -> Option<(Arc<str>, Condition)> {
    let text = text(node, key, PREDICATE, complaints)?;
    match sql::parse(text) {
        Ok(condition) => Some((Arc::from(text), condition)),
        Err(refusal) => {
            match refusal.hint {
                Some(hint) => complaints.error_hint(PREDICATE, node.at, refusal.message, hint),
                None => complaints.error(PREDICATE, node.at, refusal.message),
            }
            None
        }
    }
}

/// Joins a predicate and mappings into the row part of a rule; `None` when there is neither.
pub(crate) fn join(predicate: Option<(Arc<str>, Condition)>, mappings: Vec<MappingRule>) -> Option<RowRule> {
    let mut texts: Vec<String> = predicate.iter().map(|(text, _)| text.to_string()).collect();
    texts.extend(mappings.iter().map(|mapping| {
        let not = if mapping.negated { " not" } else { "" };
        format!("{}{not} in {}.{}.{}", mapping.column, mapping.domain, mapping.product, mapping.select)
    }));
    if texts.is_empty() {
        return None;
    }
    Some(RowRule {
        text: Arc::from(texts.join(" and ")),
        condition: predicate.map(|(_, condition)| condition),
        mappings,
    })
}

/// Reads `{column, product, select, where}`.
pub(crate) fn mapping(
    node: &Node,
    key: &str,
    negated: bool,
    speaker: Speaker<'_>,
    complaints: &mut Complaints,
) -> Option<MappingRule> {
    let mark = complaints.mark();
    let what = format!("`{key}`");
    let keys = Keys::read(node, &what, &["column", "product", "select", "where"], MAPPING, complaints)?;
    let mut required = |name: &str| match keys.get(name) {
        Some(node) => text(node, name, MAPPING, complaints).map(|text| (text, node)),
        None => {
            complaints.error(MAPPING, node.at, format!("{what} lacks `{name}`"));
            None
        }
    };
    let (column, product, select) = (required("column"), required("product"), required("select"));
    let equals = match keys.get("where") {
        Some(node) => equals(node, complaints),
        None => {
            let hint = "Say which of its rows speak of the principal: `where: {user: session.user}`.";
            complaints.error_hint(MAPPING, node.at, format!("{what} lacks `where`"), hint);
            None
        }
    };
    let (Some((column, _)), Some((product, at)), Some((select, _)), Some(equals)) = (column, product, select, equals)
    else {
        return None;
    };
    let (domain, product) = match (product.split_once('.'), speaker.domain) {
        (Some((domain, product)), _) => (DomainName::new(domain), product),
        (None, Some(own)) => (own.clone(), product),
        (None, None) => {
            complaints.error(MAPPING, at.at, format!("`{product}` names no product"));
            return None;
        }
    };
    (!complaints.failed_since(mark)).then(|| MappingRule {
        column: Arc::from(column),
        domain,
        product: Arc::from(product),
        select: Arc::from(select),
        equals,
        negated,
    })
}

fn equals(node: &Node, complaints: &mut Complaints) -> Option<Vec<(Arc<str>, MappingValue)>> {
    let Kind::Map(entries) = &node.kind else {
        complaints.kind(MAPPING, "where", "a map of columns and values", node);
        return None;
    };
    if entries.is_empty() {
        complaints.error(MAPPING, node.at, "`where` is empty");
        return None;
    }
    let mut found = Vec::with_capacity(entries.len());
    for entry in entries {
        let value = match &entry.value.kind {
            Kind::Bool(value) => MappingValue::Literal(Literal::Boolean(*value)),
            Kind::Int(value) => MappingValue::Literal(Literal::Number(Arc::from(value.to_string()))),
            Kind::Float(value) => MappingValue::Literal(Literal::Number(Arc::from(value.to_string()))),
            Kind::Text(text) => match text.strip_prefix("session.") {
                None => MappingValue::Literal(Literal::Text(Arc::from(text.as_str()))),
                Some("user") => MappingValue::Session(SessionValue::User),
                Some(rest) => match rest.strip_prefix("attribute.") {
                    Some(name) if !name.is_empty() => MappingValue::Session(SessionValue::Attribute(Arc::from(name))),
                    _ => {
                        let message = format!("`{text}` is nothing a session knows");
                        let hint = "Write `session.user` or `session.attribute.<name>`.";
                        complaints.error_hint(MAPPING, entry.value.at, message, hint);
                        return None;
                    }
                },
            },
            _ => {
                complaints.kind(MAPPING, &entry.key, "a session value or a literal", &entry.value);
                return None;
            }
        };
        found.push((Arc::from(entry.key.as_str()), value));
    }
    Some(found)
}
