//! Predicates, principals and columns as people read them.

use std::fmt;

use chrono::{DateTime, Days, NaiveDate};

use crate::decision::{Authority, ColumnRule, MaskRule};
use crate::glob::Glob;
use crate::predicate::{Mapping, Predicate, Value};
use crate::who::Who;

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boolean(value) => write!(f, "{value}"),
            Self::Integer(value) => write!(f, "{value}"),
            Self::Float(value) => write!(f, "{value}"),
            Self::Decimal(units) => write!(f, "decimal({units})"),
            Self::Text(text) => write!(f, "'{}'", text.replace('\'', "''")),
            Self::Date(days) => match day(*days) {
                Some(day) => write!(f, "DATE '{day}'"),
                None => write!(f, "date({days})"),
            },
            Self::Timestamp(count) => write!(f, "timestamp({count})"),
        }
    }
}

/// The calendar day of a count of days.
fn day(days: i32) -> Option<NaiveDate> {
    let first = DateTime::UNIX_EPOCH.date_naive();
    let distance = Days::new(u64::from(days.unsigned_abs()));
    if days < 0 { first.checked_sub_days(distance) } else { first.checked_add_days(distance) }
}

/// A moment as people write it, UTC.
pub(crate) fn moment(seconds: i64) -> String {
    DateTime::from_timestamp(seconds, 0)
        .map_or_else(|| seconds.to_string(), |at| at.format("%Y-%m-%dT%H:%M:%SZ").to_string())
}

impl fmt::Display for Predicate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Constant(value) => write!(f, "{value}"),
            Self::Compare { column, op, value } => write!(f, "{column} {op} {value}"),
            Self::In { column, values, negated } => {
                let values: Vec<String> = values.iter().map(ToString::to_string).collect();
                write!(f, "{column}{} IN ({})", not(*negated), values.join(", "))
            }
            Self::Between { column, low, high, negated } => {
                write!(f, "{column}{} BETWEEN {low} AND {high}", not(*negated))
            }
            Self::Like { column, pattern, negated, fold_case } => {
                let like = if *fold_case { "ILIKE" } else { "LIKE" };
                write!(f, "{column}{} {like} '{}'", not(*negated), pattern.replace('\'', "''"))
            }
            Self::IsNull { column, negated } => write!(f, "{column} IS{} NULL", not(*negated)),
            Self::RowsIn { column, mapping, negated } => write!(f, "{column}{} IN ({mapping})", not(*negated)),
            Self::And(all) => joined(f, all, " AND "),
            Self::Or(all) => joined(f, all, " OR "),
            Self::Not(inner) => write!(f, "NOT ({inner})"),
        }
    }
}

impl fmt::Display for Mapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let equals: Vec<String> = self.equals.iter().map(|(column, value)| format!("{column} = {value}")).collect();
        write!(f, "{} of {} where {}", self.select, self.product, equals.join(" and "))
    }
}

fn not(negated: bool) -> &'static str {
    if negated { " NOT" } else { "" }
}

fn joined(f: &mut fmt::Formatter<'_>, all: &[Predicate], between: &str) -> fmt::Result {
    for (position, one) in all.iter().enumerate() {
        if position > 0 {
            f.write_str(between)?;
        }
        match one {
            Predicate::And(_) | Predicate::Or(_) => write!(f, "({one})")?,
            _ => write!(f, "{one}")?,
        }
    }
    Ok(())
}

impl fmt::Display for MaskRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.token_domain {
            Some(domain) => write!(f, "{} of `{domain}`", self.mask),
            None => write!(f, "{}", self.mask),
        }
    }
}

impl fmt::Display for ColumnRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Clear => f.write_str("clear"),
            Self::Masked(mask) => write!(f, "masked as {mask}"),
            Self::ClearWhere { rows, otherwise } => write!(f, "clear where {rows}, else masked as {otherwise}"),
            Self::Nested(children) => {
                f.write_str("{")?;
                for (position, (name, rule)) in children.iter().enumerate() {
                    let comma = if position > 0 { ", " } else { "" };
                    write!(f, "{comma}{name}: {rule}")?;
                }
                f.write_str("}")
            }
            Self::Hidden => f.write_str("hidden"),
        }
    }
}

impl fmt::Display for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Board => "board",
            Self::Domain => "domain",
            Self::Catalog => "catalog",
        })
    }
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let either = |globs: &[Glob]| match globs {
            [] => "nobody".to_owned(),
            all => all.iter().map(|glob| format!("`{glob}`")).collect::<Vec<_>>().join(" or "),
        };
        let keys = [("user", &self.users), ("group", &self.groups), ("role", &self.roles), ("purpose", &self.purpose)];
        let mut parts: Vec<String> =
            keys.into_iter().filter_map(|(key, globs)| Some(format!("{key} {}", either(globs.as_ref()?)))).collect();
        parts.extend(self.attributes.iter().map(|(name, globs)| format!("attribute `{name}` {}", either(globs))));
        f.write_str(&parts.join(" and "))
    }
}
