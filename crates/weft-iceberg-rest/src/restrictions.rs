//! What a catalog withholds: the member `read-restrictions` of its answer about a table.
//!
//! Follows "ReadRestrictions" of the REST catalog's specification, and "Appendix B: JSON serialization" of Iceberg's
//! expressions. What is not read is refused: a filter of which half is applied shows what it should not. Columns are
//! referred to by field id only, as the specification has it; names, deprecated terms and functions are refused.

use std::collections::BTreeSet;

use serde_json::{Map, Number, Value as Json};
use weft_model::mask::Mask;
use weft_model::restriction::{Filter, FilterOp, Literal, Restrictions, TextType};

/// The member for rows.
const ROWS: &str = "required-row-filter";
/// The member for columns.
const COLUMNS: &str = "required-column-projections";
/// How many characters of what a catalog writes are quoted.
const QUOTED_MAX: usize = 64;

type Read<T> = Result<T, String>;
type Members = Map<String, Json>;

/// The restrictions of an answer.
///
/// # Errors
/// With a clause about what is not understood. Nothing may be read from the table then.
pub(crate) fn read(json: &Json) -> Read<Restrictions> {
    let members = match json {
        Json::Null => return Ok(Restrictions::default()),
        Json::Object(members) => members,
        _ => return Err("`read-restrictions` is no object".to_owned()),
    };
    only(members, "`read-restrictions`", &[ROWS, COLUMNS])?;
    let rows = match members.get(ROWS) {
        None | Some(Json::Null) => None,
        Some(filter) => Some(Reading { parts: 0, literals: 0 }.predicate(filter, 0)?),
    };
    let columns = match members.get(COLUMNS) {
        None | Some(Json::Null) => Vec::new(),
        Some(Json::Array(projections)) => columns(projections)?,
        Some(_) => return Err(format!("`{COLUMNS}` is no list")),
    };
    Ok(Restrictions { rows: rows.filter(|rows| *rows != Filter::Constant(true)), columns })
}

/// The masked columns.
fn columns(projections: &[Json]) -> Read<Vec<(i32, Mask)>> {
    if projections.len() > Restrictions::COLUMNS_MAX {
        return Err(format!("`{COLUMNS}` has more than {} entries", Restrictions::COLUMNS_MAX));
    }
    let mut found = BTreeSet::new();
    let one = |projection: &Json| {
        let what = format!("an entry of `{COLUMNS}`");
        let members = projection.as_object().ok_or_else(|| format!("{what} is no object"))?;
        only(members, &what, &["field-id", "action"])?;
        let id = field_id(member(members, &what, "field-id")?)?;
        let action = member(members, &what, "action")?;
        let action = action.as_str().ok_or_else(|| format!("the action on field {id} is no text"))?;
        let mask = mask(action).ok_or_else(|| format!("the action `{}` on field {id} is not known", quoted(action)))?;
        if !found.insert(id) {
            return Err(format!("`{COLUMNS}` names field {id} twice"));
        }
        Ok((id, mask))
    };
    projections.iter().map(one).collect()
}

/// The mask of an action.
fn mask(action: &str) -> Option<Mask> {
    Some(match action {
        "mask-alphanum" => Mask::MaskAlphanum {},
        "mask-to-fixed-value" => Mask::MaskToFixedValue {},
        "replace-with-null" => Mask::ReplaceWithNull {},
        "show-first-4" => Mask::ShowFirst4 {},
        "show-last-4" => Mask::ShowLast4 {},
        "truncate-to-year" => Mask::TruncateToYear {},
        "truncate-to-month" => Mask::TruncateToMonth {},
        "sha-256-global" => Mask::Sha256Global {},
        "sha-256-query-local" => Mask::Sha256QueryLocal {},
        _ => return None,
    })
}

/// One side of a comparison.
enum Operand {
    /// A column.
    Field(i32),
    /// A constant.
    Literal(Literal),
}

/// Counts what it reads.
struct Reading {
    parts: usize,
    literals: usize,
}

impl Reading {
    fn predicate(&mut self, json: &Json, depth: usize) -> Read<Filter> {
        self.parts += 1;
        if depth > Filter::DEPTH_MAX {
            return Err(format!("the row filter nests deeper than {}", Filter::DEPTH_MAX));
        }
        if self.parts > Filter::PARTS_MAX {
            return Err(format!("the row filter has more than {} parts", Filter::PARTS_MAX));
        }
        let members = match json {
            Json::Bool(value) => return Ok(Filter::Constant(*value)),
            Json::Object(members) => members,
            _ => return Err("a condition of the row filter is neither a boolean nor an object".to_owned()),
        };
        let kind = member(members, "a condition of the row filter", "type")?;
        let kind = kind.as_str().ok_or("the type of a condition of the row filter is no text")?;
        match kind {
            "not" => {
                let [child] = parts(members, kind, ["child"])?;
                Ok(not(self.predicate(child, depth + 1)?))
            }
            "and" | "or" => {
                let [left, right] = parts(members, kind, ["left", "right"])?;
                let both = vec![self.predicate(left, depth + 1)?, self.predicate(right, depth + 1)?];
                Ok(if kind == "and" { Filter::And(both) } else { Filter::Or(both) })
            }
            "is-null" | "not-null" => {
                let [child] = parts(members, kind, ["child"])?;
                let test = Filter::IsNull(self.field(child, kind)?);
                Ok(if kind == "is-null" { test } else { not(test) })
            }
            "in" | "not-in" => {
                let [child, values] = parts(members, kind, ["child", "values"])?;
                let test = Filter::In { column: self.field(child, kind)?, literals: self.literals(values)? };
                Ok(if kind == "in" { test } else { not(test) })
            }
            "starts-with" | "not-starts-with" => {
                let [left, right] = parts(members, kind, ["left", "right"])?;
                let test = self.starts_with(left, right, kind)?;
                Ok(if kind == "starts-with" { test } else { not(test) })
            }
            _ => match op(kind) {
                Some(op) => self.compare(members, kind, op),
                None => Err(format!("the row filter has a condition `{}`, which is not read", quoted(kind))),
            },
        }
    }

    fn compare(&mut self, members: &Members, kind: &str, op: FilterOp) -> Read<Filter> {
        let [left, right] = parts(members, kind, ["left", "right"])?;
        match (self.operand(left)?, self.operand(right)?) {
            (Operand::Field(column), Operand::Literal(literal)) => Ok(Filter::Compare { column, op, literal }),
            (Operand::Literal(literal), Operand::Field(column)) => {
                Ok(Filter::Compare { column, op: turned(op), literal })
            }
            (Operand::Field(_), Operand::Field(_)) => Err(format!("`{kind}` compares two columns, which is not read")),
            (Operand::Literal(_), Operand::Literal(_)) => Err(format!("`{kind}` compares no column")),
        }
    }

    fn starts_with(&mut self, left: &Json, right: &Json, kind: &str) -> Read<Filter> {
        let column = self.field(left, kind)?;
        match self.operand(right)? {
            Operand::Literal(Literal::Text(prefix) | Literal::Typed(TextType::String, prefix)) => {
                Ok(Filter::StartsWith { column, prefix })
            }
            _ => Err(format!("`{kind}` takes a text")),
        }
    }

    fn field(&mut self, json: &Json, kind: &str) -> Read<i32> {
        match self.operand(json)? {
            Operand::Field(id) => Ok(id),
            Operand::Literal(_) => Err(format!("`{kind}` asks a constant, not a column")),
        }
    }

    fn operand(&mut self, json: &Json) -> Read<Operand> {
        let Json::Object(members) = json else { return self.literal(json, None).map(Operand::Literal) };
        match members.get("type").and_then(Json::as_str) {
            Some("reference") => {
                if members.contains_key("name") || members.contains_key("term") {
                    return Err("the row filter refers to a column by name, not by field id".to_owned());
                }
                let [id] = parts(members, "reference", ["id"])?;
                field_id(id).map(Operand::Field)
            }
            Some("literal") => self.wrapped(members).map(Operand::Literal),
            Some(other) => Err(format!("the row filter has a value `{}`, which is not read", quoted(other))),
            None => Err("a value of the row filter is no plain one".to_owned()),
        }
    }

    /// `{"type": "literal", "value": …}`, which may name its type.
    fn wrapped(&mut self, members: &Members) -> Read<Literal> {
        only(members, "`literal`", &["type", "value", "data-type"])?;
        self.literal(member(members, "`literal`", "value")?, members.get("data-type"))
    }

    fn literals(&mut self, json: &Json) -> Read<Vec<Literal>> {
        match json {
            Json::Array(all) => all
                .iter()
                .map(|one| match self.operand(one)? {
                    Operand::Literal(literal) => Ok(literal),
                    Operand::Field(_) => Err("a list of values has a column in it".to_owned()),
                })
                .collect(),
            Json::Object(members) if members.get("type").and_then(Json::as_str) == Some("literals") => {
                let [values, data_type] = parts(members, "literals", ["values", "data-type"])?;
                let values = values.as_array().ok_or("the values of `literals` are no list")?;
                values.iter().map(|one| self.literal(one, Some(data_type))).collect()
            }
            _ => Err("the values of a condition are no list".to_owned()),
        }
    }

    fn literal(&mut self, value: &Json, data_type: Option<&Json>) -> Read<Literal> {
        self.literals += 1;
        if self.literals > Filter::LITERALS_MAX {
            return Err(format!("the row filter has more than {} literals", Filter::LITERALS_MAX));
        }
        match (value, data_type) {
            (Json::Null, _) => Err("the row filter compares with NULL".to_owned()),
            (_, Some(data_type)) => typed(value, data_type),
            (Json::Bool(value), None) => Ok(Literal::Boolean(*value)),
            (Json::Number(number), None) => numeric(number),
            (Json::String(text), None) => Ok(Literal::Text(text.clone())),
            (Json::Array(_) | Json::Object(_), None) => Err("a value of the row filter is no plain one".to_owned()),
        }
    }
}

/// A value of a type that is named.
fn typed(value: &Json, data_type: &Json) -> Read<Literal> {
    let name = data_type.as_str().ok_or("a value of the row filter is of a type that is no plain one")?;
    let text_type = match name {
        "boolean" | "int" | "long" => None,
        "string" => Some(TextType::String),
        "date" => Some(TextType::Date),
        "timestamp" | "timestamp_ns" => Some(TextType::Timestamp),
        "timestamptz" | "timestamptz_ns" => Some(TextType::TimestampZoned),
        _ if name.starts_with("decimal(") && name.ends_with(')') => Some(TextType::Decimal),
        _ => return Err(format!("the row filter has a value of type `{}`, which is not read", quoted(name))),
    };
    let read = match (value, text_type) {
        (Json::String(text), Some(text_type)) => Some(Literal::Typed(text_type, text.clone())),
        (Json::Bool(value), None) if name == "boolean" => Some(Literal::Boolean(*value)),
        (Json::Number(number), None) => {
            let whole = number.as_i64().filter(|_| name != "boolean");
            whole.filter(|number| name == "long" || i32::try_from(*number).is_ok()).map(Literal::Integer)
        }
        _ => None,
    };
    read.ok_or_else(|| format!("`{}` is no value of type `{}`", quoted(&value.to_string()), quoted(name)))
}

fn numeric(number: &Number) -> Read<Literal> {
    match (number.as_i64(), number.as_f64().filter(|_| number.is_f64())) {
        (Some(whole), _) => Ok(Literal::Integer(whole)),
        (None, Some(other)) => Ok(Literal::Number(other)),
        (None, None) => Err(format!("the row filter has the number `{number}`, which no column holds")),
    }
}

/// How a condition compares.
fn op(kind: &str) -> Option<FilterOp> {
    Some(match kind {
        "eq" => FilterOp::Equal,
        "not-eq" => FilterOp::NotEqual,
        "lt" => FilterOp::Less,
        "lt-eq" => FilterOp::LessOrEqual,
        "gt" => FilterOp::Greater,
        "gt-eq" => FilterOp::GreaterOrEqual,
        _ => return None,
    })
}

/// The comparison with its sides exchanged.
fn turned(op: FilterOp) -> FilterOp {
    match op {
        FilterOp::Less => FilterOp::Greater,
        FilterOp::LessOrEqual => FilterOp::GreaterOrEqual,
        FilterOp::Greater => FilterOp::Less,
        FilterOp::GreaterOrEqual => FilterOp::LessOrEqual,
        FilterOp::Equal | FilterOp::NotEqual => op,
    }
}

fn not(filter: Filter) -> Filter {
    Filter::Not(Box::new(filter))
}

fn field_id(json: &Json) -> Read<i32> {
    let id = json.as_i64().and_then(|id| i32::try_from(id).ok());
    id.ok_or_else(|| format!("`{}` is no field id", quoted(&json.to_string())))
}

/// The members of an object that has a type, these members, and no others.
fn parts<'a, const N: usize>(members: &'a Members, kind: &str, names: [&str; N]) -> Read<[&'a Json; N]> {
    let what = format!("`{kind}`");
    let unknown = members.keys().find(|name| *name != "type" && !names.contains(&name.as_str()));
    if let Some(unknown) = unknown {
        return Err(format!("{what} has a member `{}`, which is not read", quoted(unknown)));
    }
    let mut found = [&Json::Null; N];
    for (place, name) in found.iter_mut().zip(names) {
        *place = member(members, &what, name)?;
    }
    Ok(found)
}

fn only(members: &Members, what: &str, names: &[&str]) -> Read<()> {
    match members.keys().find(|name| !names.contains(&name.as_str())) {
        Some(unknown) => Err(format!("{what} has a member `{}`, which is not read", quoted(unknown))),
        None => Ok(()),
    }
}

fn member<'a>(members: &'a Members, what: &str, name: &str) -> Read<&'a Json> {
    members.get(name).ok_or_else(|| format!("{what} has no `{name}`"))
}

/// What a catalog wrote, as far as it is worth repeating.
fn quoted(text: &str) -> String {
    text.chars().take(QUOTED_MAX).flat_map(char::escape_debug).collect()
}

#[cfg(test)]
mod tests;
