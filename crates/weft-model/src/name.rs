//! Names: what domains, products and ports are called in SQL.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Domain names that belong to Weft itself.
pub const RESERVED_DOMAINS: [&str; 2] = ["weft", "information_schema"];

/// The longest name, in bytes, that a domain, product, port or column may have.
pub const NAME_BYTES_MAX: usize = 128;

/// The SQL name of a domain: a schema in the catalog of the mesh.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DomainName(Arc<str>);

/// The SQL name of a product: its domain, then its name inside the domain.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ProductName {
    /// The domain that publishes the product.
    pub domain: DomainName,
    /// The table name inside the domain, lower case unless an override says otherwise.
    pub product: Arc<str>,
}

/// The name of an output port.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PortName(Arc<str>);

impl DomainName {
    /// Takes a name that is already a [slug](slug).
    #[must_use]
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        Self(name.into())
    }

    /// The name as SQL spells it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True for the domains that no team may publish under.
    #[must_use]
    pub fn reserved(&self) -> bool {
        RESERVED_DOMAINS.contains(&self.as_str())
    }
}

impl ProductName {
    /// Joins a domain and a product name.
    #[must_use]
    pub fn new(domain: DomainName, product: impl Into<Arc<str>>) -> Self {
        Self { domain, product: product.into() }
    }
}

impl PortName {
    /// Takes the port's name as the product file spells it.
    #[must_use]
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        Self(name.into())
    }

    /// The name as the product file spells it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DomainName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for PortName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for ProductName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.domain, self.product)
    }
}

impl fmt::Debug for DomainName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl fmt::Debug for PortName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl fmt::Debug for ProductName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// The SQL spelling of a name from a document: lower case, every run of other characters than letters, digits and `_`
/// becomes one `_`, and a leading digit gets a `_` before it.
///
/// `None` when nothing is left, or when the result is longer than [`NAME_BYTES_MAX`].
#[must_use]
pub fn slug(name: &str) -> Option<String> {
    let mut out = String::with_capacity(name.len() + 1);
    let mut gap = false;
    for c in name.trim().chars() {
        if c.is_alphanumeric() || c == '_' {
            if gap && !out.is_empty() {
                out.push('_');
            }
            gap = false;
            if out.is_empty() && c.is_numeric() {
                out.push('_');
            }
            out.extend(c.to_lowercase());
        } else {
            gap = true;
        }
    }
    (!out.is_empty() && out.len() <= NAME_BYTES_MAX).then_some(out)
}

/// True when a product may not be called so, because the name would read as a version (`orders_v1`) or as a schema
/// object of another product (`orders__items`).
#[must_use]
pub fn reads_as_alias(product: &str) -> bool {
    if product.contains("__") {
        return true;
    }
    match product.rsplit_once("_v") {
        Some((stem, digits)) => !stem.is_empty() && !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slug_folds_and_joins() {
        assert_eq!(slug("Customer Profiles").as_deref(), Some("customer_profiles"));
        assert_eq!(slug("  order-items.v2 ").as_deref(), Some("order_items_v2"));
        assert_eq!(slug("2024 sales").as_deref(), Some("_2024_sales"));
        assert_eq!(slug("Ärzte").as_deref(), Some("ärzte"));
        assert_eq!(slug("--"), None);
        assert_eq!(slug(&"x".repeat(129)), None);
    }

    #[test]
    fn aliases_are_recognised() {
        for name in ["orders_v1", "orders_v12", "a__b", "__a"] {
            assert!(reads_as_alias(name), "{name}");
        }
        for name in ["orders", "orders_v", "_v1", "v1", "orders_v1x", "a_b"] {
            assert!(!reads_as_alias(name), "{name}");
        }
    }
}
