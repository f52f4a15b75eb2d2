//! Names of domains and products, from what was given or from where data lies.

use weft_model::name::{DomainName, reads_as_alias, slug};

use crate::error::Failure;

/// The domain, if it can be one.
pub(super) fn domain(given: &str) -> Result<DomainName, Failure> {
    let name = plain(given).map(DomainName::new).filter(|name| !name.reserved() && !name.as_str().starts_with('_'));
    name.ok_or_else(|| {
        Failure::Setup(format!("`{}` cannot be the name of a domain", given.escape_debug()))
            .hinted("A name has letters and digits, begins with a letter, and is no path.")
    })
}

/// The SQL spelling of a name that was given; a path is none, and where it leads is nobody's intention.
fn plain(given: &str) -> Option<String> {
    let path = given.contains(['/', '\\']) || given.starts_with('.') || given.chars().any(char::is_control);
    slug(given).filter(|_| !path)
}

/// The product's name: the one that was given, which has to be one, or one made of the last part of the location.
pub(super) fn product(given: Option<&str>, location: &str) -> Result<String, Failure> {
    if let Some(given) = given {
        return plain(given).filter(|name| !reads_as_alias(name)).ok_or_else(|| {
            Failure::Setup(format!("`{}` cannot be the name of a product", given.escape_debug()))
                .hinted("A name is no path, and one that ends like `_v1` or holds `__` reads as a version or a table of a product.")
        });
    }
    let wild = |part: &&str| !part.contains(['*', '?', '[', '=']) && !matches!(*part, "" | "." | "..");
    let last = location.split('/').rfind(wild).unwrap_or_default();
    let stem = last.split_once('.').map_or(last, |(stem, _)| if stem.is_empty() { last } else { stem });
    let mut name = slug(stem).unwrap_or_default();
    while name.contains("__") {
        name = name.replace("__", "_");
    }
    if reads_as_alias(&name) {
        name.push_str("_data");
    }
    if name.is_empty() {
        let shown = location.escape_debug();
        return Err(Failure::Setup(format!("no name can be made of `{shown}`")).hinted("Give one with --product."));
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_of_the_last_part_that_is_one() {
        for (location, name) in [
            ("/data/Orders.snappy.parquet", "orders"),
            ("/data/orders/", "orders"),
            ("/data/orders/*.parquet", "orders"),
            ("s3://lake/t/region=EU", "t"),
            ("data/orders_v2.parquet", "orders_v2_data"),
            ("data/a__b.parquet", "a_b"),
            ("data/2026.parquet", "_2026"),
            ("data/.hidden", "hidden"),
        ] {
            assert_eq!(product(None, location).expect(location), name, "{location}");
        }
        assert!(product(None, "*").is_err());
        assert!(product(Some("orders_v2"), "x").is_err());
        assert_eq!(product(Some("Öl Preise"), "x").expect("given"), "öl_preise");
        for given in ["weft", "../..", "../evil", "a/b", "a\\b", ".hidden", "_governance", "", "a\nb"] {
            assert!(domain(given).is_err(), "{given}");
            assert!(given == "weft" || given == "_governance" || product(Some(given), "x").is_err(), "{given}");
        }
    }
}
