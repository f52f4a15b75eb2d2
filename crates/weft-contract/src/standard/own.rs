//! Weft's own properties in a file: are they known here, and can they have these values?

use weft_model::version::lenient;

use crate::codes;
use crate::complaints::{Complaints, quote};
use crate::mask;
use crate::standard::edition::{Edition, SINCE_110, SINCE_320, Standard};
use crate::standard::extension::{EXTENSIONS, Extension, Holds, Home, VENDOR, Weight, find};
use crate::standard::shape::Object;
use crate::standard::suggest::nearest;
use crate::yaml::tree::{Map, Mark, Node, Value};

/// The value of one of Weft's properties; `None` when it is absent.
#[must_use]
pub fn value<'a>(map: &'a Map, home: Home, name: &str, edition: Edition) -> Option<&'a Node> {
    let extension = find(home, name)?;
    map.maps("customProperties")
        .map(|(_, entry)| entry)
        .find(|entry| named(entry, name) && counts(entry, extension, edition))?
        .get("value")
}

/// Reports Weft's properties that do not exist here, stand twice, or have a value they cannot have.
pub fn check(shape: &Object, map: &Map, edition: Edition, out: &mut Complaints) {
    let mut seen: Vec<&str> = Vec::new();
    for (mark, entry) in map.maps("customProperties") {
        let Some(name) = entry.text("property") else { continue };
        let at = entry.value_mark("property", mark);
        let Some(extension) = find(shape.home, name) else {
            if vendor(entry).is_some_and(|vendor| vendor.eq_ignore_ascii_case(VENDOR)) {
                unlisted(shape, name, at, out);
            }
            continue;
        };
        if !counts(entry, extension, edition) {
            unclaimed(extension, entry, at, out);
            continue;
        }
        if seen.contains(&extension.name) {
            let message = format!("the property `{name}` stands here a second time");
            out.error(codes::REPEATED_PROPERTY, at, message, "Keep one of them.");
        }
        seen.push(extension.name);
        if let Some(value) = entry.get("value") {
            check_value(extension, value, out);
        }
    }
}

/// True when an entry is one of Weft's, and not another tool's of the same name.
///
/// Editions before `vendor` cannot tell them apart: there the name alone counts.
fn counts(entry: &Map, extension: &Extension, edition: Edition) -> bool {
    let vendors = match edition.standard() {
        Standard::Odcs => SINCE_320.has(edition),
        Standard::Odps => SINCE_110.has(edition),
    };
    match vendor(entry) {
        Some(vendor) => vendor == VENDOR || extension.weight == Weight::Any,
        None => !vendors || extension.weight == Weight::Any,
    }
}

fn named(entry: &Map, name: &str) -> bool {
    entry.text("property").is_some_and(|property| &**property == name)
}

fn vendor(entry: &Map) -> Option<&str> {
    entry.text("vendor").map(|vendor| &**vendor)
}

fn unlisted(shape: &Object, name: &str, at: Mark, out: &mut Complaints) {
    let here = EXTENSIONS.iter().filter(|extension| extension.home == shape.home).map(|extension| extension.name);
    let hint = match nearest(name, here) {
        Some(known) => format!("Did you mean `{known}`?"),
        None => match EXTENSIONS.iter().find(|extension| extension.name == name) {
            Some(elsewhere) => format!("`{name}` belongs to {}.", elsewhere.home.name()),
            None => "Remove it, or give it the vendor whose tool reads it.".to_owned(),
        },
    };
    let message = format!("Weft has no property `{}` for {}", quote(name), home_name(shape));
    out.error(codes::UNLISTED_PROPERTY, at, message, hint);
}

fn home_name(shape: &Object) -> &'static str {
    if shape.home == Home::None { shape.name } else { shape.home.name() }
}

fn unclaimed(extension: &Extension, entry: &Map, at: Mark, out: &mut Complaints) {
    let name = extension.name;
    let hint = format!("Add `vendor: {VENDOR}` if it is meant for Weft, or the vendor it is meant for.");
    match (vendor(entry), extension.weight, extension.value) {
        (Some(vendor), ..) if vendor.eq_ignore_ascii_case(VENDOR) => {
            let message = format!("the vendor of property `{name}` is spelled `{VENDOR}`");
            out.error(codes::UNCLAIMED_PROPERTY, at, message, format!("Write `vendor: {VENDOR}`."));
        }
        (Some(_), ..) | (None, Weight::Any, _) | (None, Weight::Plain, Holds::Anything) => {}
        (None, Weight::Restricts, _) => {
            let message = format!("the property `{name}` restricts access only with `vendor: {VENDOR}`");
            out.error(codes::UNCLAIMED_PROPERTY, at, message, hint);
        }
        (None, Weight::Plain, _) => {
            let message = format!("the property `{name}` has no effect without `vendor: {VENDOR}`");
            out.warn(codes::UNCLAIMED_PROPERTY, at, message, hint);
        }
    }
}

fn check_value(extension: &Extension, node: &Node, out: &mut Complaints) {
    let name = extension.name;
    let text = node.text().map_or("", |text| &**text);
    let (fits, wanted) = match extension.value {
        Holds::Anything => (true, String::new()),
        Holds::Text => (!text.trim().is_empty(), "a text".to_owned()),
        Holds::Flag => (matches!(node.value, Value::Bool(_)), "`true` or `false`".to_owned()),
        Holds::Integer => (integer(node).is_some(), "a whole number from 0 to 2147483647".to_owned()),
        Holds::Day => (day(text).is_some(), "a day as `YYYY-MM-DD`".to_owned()),
        Holds::Version => (lenient(text).is_some(), "a version such as `\"2.1.0\"`, in quotes".to_owned()),
        Holds::Word(words) => (words.contains(&text), format!("one of {}", words.join(", "))),
        Holds::Texts => (texts(node), "a list of texts".to_owned()),
        Holds::Mask => {
            if let Err(flaw) = mask::read(node) {
                out.error(flaw.code, node.mark, flaw.message, flaw.hint);
            }
            (true, String::new())
        }
    };
    if !fits {
        let message = format!("the property `{name}` does not hold {wanted}");
        let hint = format!("Correct the `value` of `{name}`, or remove the entry.");
        out.error(codes::PROPERTY_VALUE, node.mark, message, hint);
    }
}

fn texts(node: &Node) -> bool {
    let mut items = node.list().iter();
    matches!(node.value, Value::List(_)) && items.all(|item| item.text().is_some_and(|text| !text.is_empty()))
}

/// A field id.
#[must_use]
pub fn integer(node: &Node) -> Option<i32> {
    match &node.value {
        Value::Number(number) => number.integer.and_then(|id| i32::try_from(id).ok()).filter(|id| *id >= 0),
        _ => None,
    }
}

/// A day as days since 1970-01-01.
#[must_use]
pub fn day(text: &str) -> Option<i32> {
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || (year.len(), month.len(), day.len()) != (4, 2, 2) {
        return None;
    }
    let number = |digits: &str| digits.parse::<i32>().ok().filter(|_| digits.bytes().all(|b| b.is_ascii_digit()));
    let (year, month, day) = (number(year)?, number(month)?, number(day)?);
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let last = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return None,
    };
    if !(1..=last).contains(&day) {
        return None;
    }
    // Years begin in March here, so that the leap day is the last one.
    let year = if month <= 2 { year - 1 } else { year };
    let month = if month <= 2 { month + 9 } else { month - 3 };
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    Some(365 * year + year / 4 - year / 100 + year / 400 + day_of_year - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_count_from_1970() {
        for (text, days) in [
            ("1970-01-01", Some(0)),
            ("1969-12-31", Some(-1)),
            ("2000-02-29", Some(11_016)),
            ("2027-03-31", Some(20_908)),
            ("2023-02-29", None),
            ("2023-13-01", None),
            ("2023-1-01", None),
            ("20230101", None),
            ("2023-01-+1", None),
        ] {
            assert_eq!(day(text), days, "{text}");
        }
    }
}
