//! What speaks for personal data in a column: its name, and the shape of its values.
//!
//! A proposal says which detector made it and, for values, how large a share of them it matched. Values themselves are
//! looked at and forgotten: none stands in a proposal, an error or a log.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow_schema::DataType;

/// The smallest share of values that speaks for a tag.
const SHARE_MIN: f64 = 0.8;
/// The fewest values that say anything.
const VALUES_MIN: usize = 5;

/// A tag, and why.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Proposal {
    pub(super) tag: &'static str,
    /// The detector that speaks for it.
    pub(super) detector: &'static str,
    /// Matching and sampled values; absent for detectors of names.
    pub(super) matched: Option<(usize, usize)>,
}

/// A detector of names: one of its words stands in the name, as a whole or as the end of a compound.
struct NameDetector {
    name: &'static str,
    tag: &'static str,
    words: &'static [&'static str],
}

const NAMES: [NameDetector; 13] = [
    NameDetector { name: "name:email", tag: "pii:email", words: &["email", "e_mail", "mail_address"] },
    NameDetector { name: "name:phone", tag: "pii:phone", words: &["phone", "mobile", "msisdn", "telephone", "fax"] },
    NameDetector {
        name: "name:person",
        tag: "pii:name",
        words: &["first_name", "last_name", "full_name", "surname", "given_name", "family_name", "firstname", "lastname",
            "maiden_name", "middle_name"],
    },
    NameDetector { name: "name:birth", tag: "pii:birth_date", words: &["birth_date", "birthdate", "birthday", "dob", "date_of_birth"] },
    NameDetector { name: "name:address", tag: "pii:address", words: &["street", "address", "zip_code", "postal_code", "postcode"] },
    NameDetector { name: "name:iban", tag: "pii:iban", words: &["iban"] },
    NameDetector { name: "name:card", tag: "pii:card", words: &["card_number", "credit_card", "pan", "cvv"] },
    NameDetector {
        name: "name:national-id",
        tag: "pii:national_id",
        words: &["ssn", "social_security", "passport", "tax_id", "national_id", "nino", "personal_id"],
    },
    NameDetector { name: "name:ip", tag: "pii:ip", words: &["ip_address", "ip_addr", "client_ip", "remote_ip", "ipv4", "ipv6"] },
    NameDetector { name: "name:salary", tag: "pii:salary", words: &["salary", "wage", "income"] },
    NameDetector { name: "name:health", tag: "pii:health", words: &["diagnosis", "icd10", "blood_type"] },
    NameDetector { name: "name:location", tag: "pii:location", words: &["latitude", "longitude", "geolocation"] },
    NameDetector { name: "name:secret", tag: "pii:credential", words: &["password", "passwd", "secret", "api_key"] },
];

/// A detector of values.
type ValueDetector = (&'static str, &'static str, fn(&str) -> bool);

const VALUES: [ValueDetector; 6] = [
    ("values:email", "pii:email", email),
    ("values:iban", "pii:iban", iban),
    ("values:card", "pii:card", card),
    ("values:ip", "pii:ip", ip),
    ("values:phone", "pii:phone", phone),
    ("values:ssn", "pii:national_id", ssn),
];

/// What speaks for tags on a column, and on what is inside of it.
pub(super) fn proposals(name: &str, data_type: &DataType, rows: &[RecordBatch]) -> Vec<Proposal> {
    let mut found = by_name(name);
    nested_names(data_type, &mut found);
    let arrays: Vec<_> = rows.iter().filter_map(|batch| batch.column_by_name(name)).collect();
    let mut texts: Vec<String> = Vec::new();
    for array in arrays {
        if matches!(array.data_type(), DataType::Int64 | DataType::UInt64) || text(array.data_type()) {
            if let Ok(cast) = cast(array, &DataType::Utf8) {
                texts.extend(cast.as_string::<i32>().iter().flatten().map(str::to_owned));
            }
        }
    }
    texts.retain(|text| !text.trim().is_empty());
    if texts.len() >= VALUES_MIN {
        for (detector, tag, matches) in VALUES {
            let matched = texts.iter().filter(|text| matches(text.trim())).count();
            #[expect(clippy::cast_precision_loss, reason = "a share of a few thousand values")]
            let share = matched as f64 / texts.len() as f64;
            if share >= SHARE_MIN {
                found.push(Proposal { tag, detector, matched: Some((matched, texts.len())) });
            }
        }
    }
    found
}

fn text(data_type: &DataType) -> bool {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => true,
        DataType::Dictionary(_, values) => text(values),
        _ => false,
    }
}

fn nested_names(data_type: &DataType, found: &mut Vec<Proposal>) {
    match data_type {
        DataType::Struct(fields) => {
            for field in fields {
                for proposal in by_name(field.name()) {
                    if !found.contains(&proposal) {
                        found.push(proposal);
                    }
                }
                nested_names(field.data_type(), found);
            }
        }
        DataType::List(item) | DataType::LargeList(item) => nested_names(item.data_type(), found),
        DataType::Map(entries, _) => nested_names(entries.data_type(), found),
        _ => {}
    }
}

fn by_name(name: &str) -> Vec<Proposal> {
    let folded = format!("_{}_", folded(name));
    NAMES
        .iter()
        .filter(|detector| detector.words.iter().any(|word| folded.contains(&format!("_{word}_"))))
        .map(|detector| Proposal { tag: detector.tag, detector: detector.name, matched: None })
        .collect()
}

/// Words in lower case with `_` between them, whether they were written apart, with a hump or with another mark.
fn folded(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    let mut lower = false;
    for c in name.chars() {
        if c.is_alphanumeric() {
            if c.is_uppercase() && lower {
                out.push('_');
            }
            lower = c.is_lowercase() || c.is_numeric();
            out.extend(c.to_lowercase());
        } else {
            lower = false;
            if !out.ends_with('_') {
                out.push('_');
            }
        }
    }
    out
}

fn email(text: &str) -> bool {
    let Some((local, host)) = text.rsplit_once('@') else { return false };
    let labels: Vec<&str> = host.split('.').collect();
    !local.is_empty()
        && local.chars().all(|c| !c.is_whitespace() && !matches!(c, '@' | '<' | '>' | ','))
        && labels.len() >= 2
        && labels.iter().all(|label| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-'))
        && labels.last().is_some_and(|last| last.chars().count() >= 2 && last.chars().all(char::is_alphabetic))
}

/// ISO 13616: the number modulo 97 is 1.
fn iban(text: &str) -> bool {
    let plain: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    if !plain.is_ascii() || !(15..=34).contains(&plain.len()) {
        return false;
    }
    let (head, tail) = plain.split_at(4);
    if !head.bytes().take(2).all(|b| b.is_ascii_uppercase()) || !head.bytes().skip(2).all(|b| b.is_ascii_digit()) {
        return false;
    }
    let mut rest = 0_u32;
    for c in tail.chars().chain(head.chars()) {
        let Some(digit) = c.to_digit(36) else { return false };
        rest = if digit < 10 { rest * 10 + digit } else { rest * 100 + digit } % 97;
    }
    rest == 1
}

/// ISO/IEC 7812: 13 to 19 digits with a Luhn check digit.
fn card(text: &str) -> bool {
    let digits: Option<Vec<u32>> =
        text.chars().filter(|c| !matches!(c, ' ' | '-')).map(|c| c.to_digit(10)).collect();
    let Some(digits) = digits.filter(|digits| (13..=19).contains(&digits.len())) else { return false };
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, digit)| match at % 2 {
            0 => *digit,
            _ if *digit > 4 => digit * 2 - 9,
            _ => digit * 2,
        })
        .sum();
    sum.is_multiple_of(10) && digits.iter().any(|digit| *digit != 0)
}

fn ip(text: &str) -> bool {
    text.parse::<std::net::IpAddr>().is_ok()
}

/// E.164 with the marks that people put between digits; a number without any mark is just a number.
fn phone(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let marked = text.starts_with('+') || text.contains(['(', '-', ' ', '/']);
    let dated = text.len() == 10 && text.split('-').count() == 3;
    marked
        && !dated
        && (7..=15).contains(&digits)
        && text.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | '(' | ')' | '-' | ' ' | '/' | '.'))
}

fn ssn(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    matches!(parts.as_slice(), [a, b, c] if a.len() == 3 && b.len() == 2 && c.len() == 4)
        && text.chars().all(|c| c.is_ascii_digit() || c == '-')
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::StringArray;

    use super::*;

    fn of(name: &str, values: &[&str]) -> Vec<(&'static str, &'static str, Option<(usize, usize)>)> {
        let array: arrow::array::ArrayRef = Arc::new(StringArray::from(values.to_vec()));
        let batch = RecordBatch::try_from_iter([(name, array)]).expect("batch");
        let found = proposals(name, &DataType::Utf8, &[batch]);
        found.into_iter().map(|one| (one.tag, one.detector, one.matched)).collect()
    }

    #[test]
    fn names_speak_word_by_word() {
        assert_eq!(of("customerEmail", &[]), [("pii:email", "name:email", None)]);
        assert_eq!(of("E-Mail", &[]), [("pii:email", "name:email", None)]);
        assert_eq!(of("date_of_birth", &[]), [("pii:birth_date", "name:birth", None)]);
        for innocent in ["pancake", "emailed_at_count", "streetwise", "company", "expand"] {
            assert_eq!(of(innocent, &[]), [], "{innocent}");
        }
    }

    #[test]
    fn values_speak_when_most_of_them_match() {
        let mails = ["a@b.de", "ü.x@ex-ample.org", "c@d.co", "e@f.com", "nobody"];
        assert_eq!(of("x", &mails), [("pii:email", "values:email", Some((4, 5)))]);
        assert_eq!(of("x", &["a@b.de", "no", "no", "no", "no"]), []);
        let ibans = ["DE89370400440532013000", "GB82 WEST 1234 5698 7654 32", "FR1420041010050500013M02606",
            "NL91ABNA0417164300", "BE68539007547034"];
        assert_eq!(of("x", &ibans), [("pii:iban", "values:iban", Some((5, 5)))]);
        let cards = ["4111 1111 1111 1111", "5500000000000004", "340000000000009", "30000000000004", "6011000000000004"];
        assert!(of("x", &cards).contains(&("pii:card", "values:card", Some((5, 5)))));
        assert_eq!(of("x", &["10.0.0.1", "::1", "192.168.1.7", "8.8.8.8", "fe80::1"]), [("pii:ip", "values:ip", Some((5, 5)))]);
        for innocent in [["2026-01-01"; 5], ["12345678"; 5], ["a"; 5]] {
            assert_eq!(of("x", &innocent), [], "{innocent:?}");
        }
    }
}
