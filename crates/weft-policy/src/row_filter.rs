//! A catalog's row filter as a [`Predicate`].
//!
//! The filter is true or false of each row. The predicate is SQL's, which may be NULL as well, and NULL drops a row. So every
//! `not` is first pushed down to the tests, and each test is then told in full what becomes of NULL: nothing that stands
//! around a test can turn its NULL into true.
//!
//! Where NULL lies in an order, implementations do not agree, and so a test of order drops it whether it is negated or not:
//! rows are shown only if every reading shows them.

use std::sync::Arc;

use arrow_schema::DataType;
use chrono::DateTime;
use weft_model::column::Column;
use weft_model::restriction::{Filter, FilterOp, Literal, TextType};

use crate::condition;
use crate::literal::Target;
use crate::numbered::Numbered;
use crate::predicate::{Comparison, Predicate, Value};
use crate::sql::PATTERN_BYTES_MAX;
use crate::template::{conjunction, disjunction};
use crate::unenforceable::Unenforceable;

type Enforced<T> = Result<T, Unenforceable>;

/// The predicate that shows the rows of which the filter is true, and no others.
///
/// # Errors
/// When it would not: for columns that the contract lacks, types that are not compared, and literals of another type.
pub(crate) fn predicate(filter: &Filter, columns: Numbered<'_>) -> Enforced<Predicate> {
    Translation { columns, parts: 0, literals: 0 }.filter(filter, true, 0)
}

/// Counts what it translates.
struct Translation<'a> {
    columns: Numbered<'a>,
    parts: usize,
    literals: usize,
}

impl<'a> Translation<'a> {
    /// The rows of which the filter is true or, when it does not hold, those of which it is false.
    fn filter(&mut self, filter: &Filter, holds: bool, depth: usize) -> Enforced<Predicate> {
        self.parts += 1;
        if depth > Filter::DEPTH_MAX {
            return refuse(format!("the catalog's row filter nests deeper than {}", Filter::DEPTH_MAX));
        }
        if self.parts > Filter::PARTS_MAX {
            return refuse(format!("the catalog's row filter has more than {} parts", Filter::PARTS_MAX));
        }
        match filter {
            Filter::Constant(value) => Ok(Predicate::Constant(*value == holds)),
            Filter::Not(inner) => self.filter(inner, !holds, depth + 1),
            Filter::And(all) => {
                let parts = self.all(all, holds, depth)?;
                Ok(if holds { conjunction(parts) } else { disjunction(parts) })
            }
            Filter::Or(all) => {
                let parts = self.all(all, holds, depth)?;
                Ok(if holds { disjunction(parts) } else { conjunction(parts) })
            }
            Filter::IsNull(id) => Ok(null(self.column(*id)?, !holds)),
            Filter::Compare { column, op, literal } => {
                self.compare(*column, if holds { *op } else { opposite(*op) }, literal)
            }
            Filter::In { column, literals } => self.list(*column, literals, !holds),
            Filter::StartsWith { column, prefix } => self.starts_with(*column, prefix, !holds),
        }
    }

    fn all(&mut self, all: &[Filter], holds: bool, depth: usize) -> Enforced<Vec<Predicate>> {
        all.iter().map(|one| self.filter(one, holds, depth + 1)).collect()
    }

    fn compare(&mut self, id: i32, op: FilterOp, literal: &Literal) -> Enforced<Predicate> {
        let (column, target) = self.comparable(id)?;
        let (value, op) = (self.value(column, target, literal)?, comparison(op));
        let compared = Predicate::Compare { column: Arc::clone(&column.name), op, value };
        Ok(or_null(compared, column, op == Comparison::NotEqual))
    }

    fn list(&mut self, id: i32, literals: &[Literal], negated: bool) -> Enforced<Predicate> {
        let (column, target) = self.comparable(id)?;
        if literals.is_empty() {
            return Ok(Predicate::Constant(negated));
        }
        let values = literals.iter().map(|one| self.value(column, target, one)).collect::<Enforced<_>>()?;
        Ok(or_null(Predicate::In { column: Arc::clone(&column.name), values, negated }, column, negated))
    }

    fn starts_with(&mut self, id: i32, prefix: &str, negated: bool) -> Enforced<Predicate> {
        let (column, target) = self.comparable(id)?;
        if target != Target::Text {
            let name = &column.name;
            return refuse(format!("the catalog's row filter asks how column `{name}` begins, which is no text"));
        }
        let pattern = pattern(prefix);
        if pattern.len() > PATTERN_BYTES_MAX {
            return refuse(format!(
                "the catalog's row filter asks whether column `{}` begins with more than {PATTERN_BYTES_MAX} bytes",
                column.name
            ));
        }
        let like = Predicate::Like {
            column: Arc::clone(&column.name),
            pattern: Arc::from(pattern),
            negated,
            fold_case: false,
        };
        Ok(or_null(like, column, negated))
    }

    /// The column of a field id.
    fn column(&self, id: i32) -> Enforced<&'a Column> {
        let Some((_, column)) = self.columns.serving(id).next() else {
            return refuse(format!("the catalog's row filter names field {id}, which is no column of the contract"));
        };
        if column.data_type.is_nested() {
            return refuse(format!("the catalog's row filter names column `{}`, which has fields in it", column.name));
        }
        Ok(column)
    }

    fn comparable(&self, id: i32) -> Enforced<(&'a Column, Target)> {
        let column = self.column(id)?;
        let name = &column.name;
        if matches!(column.data_type, DataType::Float16 | DataType::Float32 | DataType::Float64) {
            return refuse(format!(
                "the catalog's row filter compares column `{name}`, a float, and readers do not agree on NaN"
            ));
        }
        match Target::of(&column.data_type) {
            Some(target) => Ok((column, target)),
            None => refuse(format!(
                "the catalog's row filter compares column `{name}`, which has a type that cannot be compared"
            )),
        }
    }

    /// A literal in the type of a column; one that would have to be rounded is none.
    fn value(&mut self, column: &Column, target: Target, literal: &Literal) -> Enforced<Value> {
        self.literals += 1;
        if self.literals > Filter::LITERALS_MAX {
            return refuse(format!("the catalog's row filter has more than {} literals", Filter::LITERALS_MAX));
        }
        let value = match literal {
            Literal::Boolean(value) => target.value(&condition::Literal::Boolean(*value)),
            Literal::Integer(number) => target.value(&condition::Literal::Number(Arc::from(number.to_string()))),
            // What the text of the number was, nobody knows any more.
            Literal::Number(number) => Err(format!("`{number}` is not known exactly")),
            Literal::Text(text) => spelled(target, text),
            Literal::Typed(text_type, text) if goes_with(*text_type, target) => spelled(target, text),
            Literal::Typed(text_type, text) => Err(format!("`{text}` of type `{text_type}` is no value of {target}")),
        };
        value.map_err(|clause| {
            Unenforceable::new(format!("the catalog's row filter compares column `{}`, and {clause}", column.name))
        })
    }
}

/// A text as Iceberg spells values of the type.
fn spelled(target: Target, text: &str) -> Result<Value, String> {
    match target {
        Target::Decimal { .. } => target.value(&condition::Literal::Number(Arc::from(text))),
        // Without an offset it is no instant.
        Target::Timestamp { zoned: true, .. } if DateTime::parse_from_rfc3339(text).is_err() => {
            Err(format!("`{text}` is no value of {target}"))
        }
        _ => target.value(&condition::Literal::Text(Arc::from(text))),
    }
}

/// True when values of the type become values of the column's without a cast that could fail.
fn goes_with(text_type: TextType, target: Target) -> bool {
    match text_type {
        TextType::String => target == Target::Text,
        TextType::Decimal => matches!(target, Target::Decimal { .. }),
        TextType::Date => matches!(target, Target::Date | Target::Timestamp { zoned: false, .. }),
        TextType::Timestamp => matches!(target, Target::Timestamp { zoned: false, .. }),
        TextType::TimestampZoned => matches!(target, Target::Timestamp { zoned: true, .. }),
    }
}

/// The LIKE pattern of texts that begin like this.
fn pattern(prefix: &str) -> String {
    let mut pattern = String::with_capacity(prefix.len() + 1);
    for character in prefix.chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

fn null(column: &Column, negated: bool) -> Predicate {
    Predicate::IsNull { column: Arc::clone(&column.name), negated }
}

/// Tests that say what a value is not are true of NULL.
fn or_null(test: Predicate, column: &Column, holds_of_null: bool) -> Predicate {
    if holds_of_null { disjunction(vec![test, null(column, false)]) } else { test }
}

fn opposite(op: FilterOp) -> FilterOp {
    match op {
        FilterOp::Equal => FilterOp::NotEqual,
        FilterOp::NotEqual => FilterOp::Equal,
        FilterOp::Less => FilterOp::GreaterOrEqual,
        FilterOp::LessOrEqual => FilterOp::Greater,
        FilterOp::Greater => FilterOp::LessOrEqual,
        FilterOp::GreaterOrEqual => FilterOp::Less,
    }
}

fn comparison(op: FilterOp) -> Comparison {
    match op {
        FilterOp::Equal => Comparison::Equal,
        FilterOp::NotEqual => Comparison::NotEqual,
        FilterOp::Less => Comparison::Less,
        FilterOp::LessOrEqual => Comparison::LessOrEqual,
        FilterOp::Greater => Comparison::Greater,
        FilterOp::GreaterOrEqual => Comparison::GreaterOrEqual,
    }
}

fn refuse<T>(clause: String) -> Enforced<T> {
    Err(Unenforceable::new(clause))
}
