//! Paths of the catalog's API: "Iceberg REST Catalog API", version 1.

use std::fmt::Write as _;
use std::sync::Arc;

use weft_storage::catalog::TableName;

/// What parts the levels of a namespace in a path. Servers may name another one as well, and have to understand this one.
const LEVELS: &str = "%1F";
/// The most characters of a prefix.
const PREFIX_CHARS_MAX: usize = 1_024;

/// Where a table is asked for, below the prefix.
pub(crate) fn table(name: &TableName) -> String {
    format!("namespaces/{}/tables/{}", namespace(&name.namespace), encoded(&name.table))
}

/// Where the tables of a namespace are listed, below the prefix.
pub(crate) fn tables(levels: &[Arc<str>]) -> String {
    format!("namespaces/{}/tables", namespace(levels))
}

/// A namespace, as a part of a path or of a query.
pub(crate) fn namespace(levels: &[Arc<str>]) -> String {
    levels.iter().map(|level| encoded(level)).collect::<Vec<_>>().join(LEVELS)
}

/// Every character but those that mean themselves everywhere in an address.
pub(crate) fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            // Writing to a text does not fail.
            other => drop(write!(out, "%{other:02X}")),
        }
    }
    out
}

/// A prefix as the catalog says it, if it is one: it goes into paths as it stands, and must not lead out of them.
pub(crate) fn prefix(said: &str) -> Option<&str> {
    let said = said.trim_matches('/');
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~!$&'()*+,;=:@%".contains(c);
    // The address is normalised before it is sent, encoded dots too.
    let climbs = |part: &str| matches!(part.to_ascii_lowercase().replace("%2e", ".").as_str(), "" | "." | "..");
    let fits = said.is_empty() || said.split('/').all(|part| !climbs(part) && part.chars().all(plain));
    (fits && said.len() <= PREFIX_CHARS_MAX).then_some(said)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_one_part_each() {
        let name = TableName { namespace: vec!["a.b".into(), "c/d".into()], table: "é x%1F?".into() };
        assert_eq!(table(&name), "namespaces/a.b%1Fc%2Fd/tables/%C3%A9%20x%251F%3F");
        assert_eq!(tables(&name.namespace), "namespaces/a.b%1Fc%2Fd/tables");
    }

    #[test]
    fn prefixes_stay_where_they_are() {
        for (said, is) in [
            ("", Some("")),
            ("/main/", Some("main")),
            ("catalogs/123%2F4", Some("catalogs/123%2F4")),
            ("..", None),
            ("a/../b", None),
            ("a/%2e%2E/b", None),
            ("a//b", None),
            ("a?b", None),
            ("a#b", None),
            ("a b", None),
            ("é", None),
        ] {
            assert_eq!(prefix(said), is, "{said}");
        }
    }
}
