//! The fingerprint of a decision: a hash over a canonical form of all that it says.

use sha2::{Digest, Sha256};
use weft_model::mask::{DateUnit, Mask};

use crate::decision::{ColumnRule, Decision, Fingerprint, MaskRule};
use crate::predicate::{Predicate, Value};

/// Changes whenever the canonical form does.
const FORM: &[u8] = b"weft/decision/v1";

/// Hashes product, version, table, columns, rows and the right to older versions; not which rules led to them.
pub(crate) fn fingerprint(decision: &Decision) -> Fingerprint {
    let mut form = Form(Vec::with_capacity(1024));
    form.bytes(FORM);
    form.text(decision.product.domain.as_str());
    form.text(&decision.product.product);
    form.text(&decision.version.to_string());
    form.text(&decision.object);
    form.flag(decision.readable);
    form.count(decision.columns.len());
    for column in &decision.columns {
        form.text(&column.name);
        form.rule(&column.rule);
    }
    match &decision.rows {
        None => form.tag(0),
        Some(rows) => {
            form.tag(1);
            form.predicate(rows);
        }
    }
    if decision.history {
        form.tag(2);
    }
    Fingerprint(Sha256::digest(&form.0).into())
}

/// The canonical form: every variant has a tag, every text and list its length before it.
struct Form(Vec<u8>);

impl Form {
    fn tag(&mut self, tag: u8) {
        self.0.push(tag);
    }

    fn flag(&mut self, flag: bool) {
        self.tag(u8::from(flag));
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.count(bytes.len());
        self.0.extend_from_slice(bytes);
    }

    fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    fn count(&mut self, count: usize) {
        self.0.extend_from_slice(&u64::try_from(count).unwrap_or(u64::MAX).to_le_bytes());
    }

    fn rule(&mut self, rule: &ColumnRule) {
        match rule {
            ColumnRule::Clear => self.tag(1),
            ColumnRule::Masked(mask) => {
                self.tag(2);
                self.mask(mask);
            }
            ColumnRule::ClearWhere { rows, otherwise } => {
                self.tag(3);
                self.predicate(rows);
                self.mask(otherwise);
            }
            ColumnRule::Nested(children) => {
                self.tag(4);
                self.count(children.len());
                for (name, rule) in children {
                    self.text(name);
                    self.rule(rule);
                }
            }
            ColumnRule::Hidden => self.tag(5),
        }
    }

    fn mask(&mut self, rule: &MaskRule) {
        self.text(rule.mask.action());
        match &rule.mask {
            Mask::Constant { value } => self.text(value),
            Mask::Partial { keep_first, keep_last, character, min_hidden } => {
                for number in [*keep_first, *keep_last, u32::from(*character), *min_hidden] {
                    self.0.extend_from_slice(&number.to_le_bytes());
                }
            }
            Mask::Truncate { unit } => self.tag(match unit {
                DateUnit::Day => 1,
                DateUnit::Week => 2,
                DateUnit::Month => 3,
                DateUnit::Quarter => 4,
                DateUnit::Year => 5,
            }),
            Mask::Bucket { width } => self.0.extend_from_slice(&width.to_bits().to_le_bytes()),
            Mask::Round { places } => self.0.extend_from_slice(&places.to_le_bytes()),
            Mask::IpPrefix { v4, v6 } => self.0.extend_from_slice(&[*v4, *v6]),
            Mask::Null {}
            | Mask::EmailDomain {}
            | Mask::Token {}
            | Mask::MaskAlphanum {}
            | Mask::ShowFirst4 {}
            | Mask::ShowLast4 {}
            | Mask::ReplaceWithNull {}
            | Mask::MaskToFixedValue {}
            | Mask::TruncateToYear {}
            | Mask::TruncateToMonth {}
            | Mask::Sha256Global {}
            | Mask::Sha256QueryLocal {} => {}
        }
        match &rule.token_domain {
            None => self.tag(0),
            Some(domain) => {
                self.tag(1);
                self.text(domain);
            }
        }
    }

    fn predicate(&mut self, predicate: &Predicate) {
        match predicate {
            Predicate::Constant(value) => {
                self.tag(1);
                self.flag(*value);
            }
            Predicate::Compare { column, op, value } => {
                self.tag(2);
                self.text(column);
                self.text(&op.to_string());
                self.value(value);
            }
            Predicate::In { column, values, negated } => {
                self.tag(3);
                self.text(column);
                self.flag(*negated);
                self.count(values.len());
                values.iter().for_each(|value| self.value(value));
            }
            Predicate::Between { column, low, high, negated } => {
                self.tag(4);
                self.text(column);
                self.flag(*negated);
                self.value(low);
                self.value(high);
            }
            Predicate::Like { column, pattern, negated, fold_case } => {
                self.tag(5);
                self.text(column);
                self.text(pattern);
                self.flag(*negated);
                self.flag(*fold_case);
            }
            Predicate::IsNull { column, negated } => {
                self.tag(6);
                self.text(column);
                self.flag(*negated);
            }
            Predicate::RowsIn { column, mapping, negated } => {
                self.tag(7);
                self.text(column);
                self.flag(*negated);
                self.text(mapping.product.domain.as_str());
                self.text(&mapping.product.product);
                self.text(&mapping.select);
                self.count(mapping.equals.len());
                for (column, value) in &mapping.equals {
                    self.text(column);
                    self.value(value);
                }
            }
            Predicate::And(all) => self.all(8, all),
            Predicate::Or(all) => self.all(9, all),
            Predicate::Not(inner) => {
                self.tag(10);
                self.predicate(inner);
            }
        }
    }

    fn all(&mut self, tag: u8, all: &[Predicate]) {
        self.tag(tag);
        self.count(all.len());
        all.iter().for_each(|one| self.predicate(one));
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Boolean(value) => {
                self.tag(1);
                self.flag(*value);
            }
            Value::Integer(value) => {
                self.tag(2);
                self.0.extend_from_slice(&value.to_le_bytes());
            }
            Value::Float(value) => {
                self.tag(3);
                self.0.extend_from_slice(&value.to_bits().to_le_bytes());
            }
            Value::Decimal(value) => {
                self.tag(4);
                self.0.extend_from_slice(&value.to_le_bytes());
            }
            Value::Text(value) => {
                self.tag(5);
                self.text(value);
            }
            Value::Date(value) => {
                self.tag(6);
                self.0.extend_from_slice(&value.to_le_bytes());
            }
            Value::Timestamp(value) => {
                self.tag(7);
                self.0.extend_from_slice(&value.to_le_bytes());
            }
        }
    }
}
