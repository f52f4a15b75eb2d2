//! The patterns of the standard, as code: identifiers and references.

use crate::standard::edition::{Edition, SINCE_320};

/// True for an `id` that can stand in a reference.
#[must_use]
pub fn stable_id(text: &str, edition: Edition) -> bool {
    !text.is_empty() && text.chars().all(|c| id_char(c, edition))
}

/// True for a reference to a column: `object.column`, or a path of `/`-separated sections and identifiers, which may
/// begin with the file of another contract.
#[must_use]
pub fn reference(text: &str, edition: Edition) -> bool {
    shorthand(text, edition) || qualified(text, edition)
}

fn shorthand(text: &str, edition: Edition) -> bool {
    let hyphens = SINCE_320.has(edition);
    let mut parts = 0;
    for part in text.split('.') {
        if !word(part, hyphens) {
            return false;
        }
        parts += 1;
    }
    if hyphens { parts >= 2 } else { parts == 2 }
}

fn qualified(text: &str, edition: Edition) -> bool {
    let path = match text.split_once('#') {
        Some((file, path)) if contract_file(file, edition) => path,
        Some(_) => return false,
        None => text,
    };
    let mut segments = path.strip_prefix('/').unwrap_or(path).split('/');
    let mut pairs = 0;
    while let Some(section) = segments.next() {
        let Some(id) = segments.next() else { return false };
        if !word(section, false) || !stable_id(id, edition) {
            return false;
        }
        pairs += 1;
    }
    pairs > 0
}

fn contract_file(file: &str, edition: Edition) -> bool {
    let bare = file.strip_prefix("https://").or_else(|| file.strip_prefix("http://")).unwrap_or(file);
    let stem = match bare.strip_suffix(".yaml") {
        None if SINCE_320.has(edition) => bare.strip_suffix(".yml"),
        stem => stem,
    };
    stem.is_some_and(|stem| {
        !stem.is_empty() && stem.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/'))
    })
}

fn word(text: &str, hyphens: bool) -> bool {
    text.chars().next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || (hyphens && c == '-'))
}

fn id_char(c: char, edition: Edition) -> bool {
    if SINCE_320.has(edition) {
        !c.is_whitespace() && !matches!(c, '.' | '#' | '/' | '\\' | '@' | '!' | '%' | '&' | '^')
    } else {
        c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_of_each_edition() {
        for (text, old, new) in [
            ("orders.order_id", true, true),
            ("orders.address.zip", false, true),
            ("order-items.id", false, true),
            ("orders", false, false),
            ("orders.", false, false),
            ("/schema/orders_tbl/properties/order_id", true, true),
            ("schema/orders_tbl", true, true),
            ("schema/orders_tbl/properties", false, false),
            ("../x/profiles-v1.odcs.yaml#/schema/t/properties/c", true, true),
            ("profiles.yml#/schema/t/properties/c", false, true),
            ("https://acme.example/c.yaml#schema/t", true, true),
            ("c.json#schema/t", false, false),
            ("schema/größe", false, true),
        ] {
            assert_eq!(reference(text, Edition::Odcs310), old, "{text}");
            assert_eq!(reference(text, Edition::Odcs320), new, "{text}");
        }
    }

    #[test]
    fn stable_ids_of_each_edition() {
        assert!(stable_id("orders_tbl", Edition::Odcs310) && !stable_id("größe", Edition::Odcs310));
        assert!(stable_id("größe", Edition::Odcs320) && !stable_id("a b", Edition::Odcs320));
        assert!(!stable_id("", Edition::Odcs320) && !stable_id("a.b", Edition::Odcs320));
    }
}
