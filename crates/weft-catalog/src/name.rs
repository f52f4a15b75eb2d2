//! Table names taken apart: which product, which version, which of its tables.
//!
//! `orders` · `orders__items` · `orders_v2` · `orders_v2__items` · `orders@1.4` · `orders@1.4__items` ·
//! `orders__items@1.4`. Whether a stem is a product is for the caller to say, so a name has several readings.

use weft_model::version::{Version, lenient};

/// The longest table name, in bytes, that is looked up; longer ones do not exist.
pub const TABLE_BYTES_MAX: usize = 512;

/// One reading of a table name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading<'a> {
    /// The product.
    pub product: &'a str,
    /// The version asked for.
    pub version: Selector,
    /// What stands behind `__`: a schema object or a port.
    pub part: Option<&'a str>,
}

/// Which version of a port is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selector {
    /// No version is named.
    Default,
    /// `_v2` or `@2`.
    Major(u64),
    /// `@1.4`.
    Minor(u64, u64),
    /// `@1.4.2`, pre-release and all.
    Exact(Version),
}

impl Selector {
    /// Reads what stands behind `@`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let version = lenient(text)?;
        if !version.pre.is_empty() || !version.build.is_empty() {
            return Some(Self::Exact(version));
        }
        Some(match text.matches('.').count() {
            0 => Self::Major(version.major),
            1 => Self::Minor(version.major, version.minor),
            _ => Self::Exact(version),
        })
    }

    /// True when the name says which version it wants.
    #[must_use]
    pub fn pinned(&self) -> bool {
        !matches!(self, Self::Default)
    }

    /// True when a version is one of those meant.
    #[must_use]
    pub fn matches(&self, version: &Version) -> bool {
        match self {
            Self::Default => true,
            Self::Major(major) => version.major == *major,
            Self::Minor(major, minor) => version.major == *major && version.minor == *minor,
            Self::Exact(exact) => version.cmp_precedence(exact).is_eq(),
        }
    }
}

/// Every reading of a table name, the likeliest first. Nothing for a name that can be no table's.
#[must_use]
pub fn readings(table: &str) -> Vec<Reading<'_>> {
    let mut readings = Vec::new();
    if table.is_empty() || table.len() > TABLE_BYTES_MAX {
        return readings;
    }
    readings.push(Reading { product: table, version: Selector::Default, part: None });
    if let Some((left, right)) = table.split_once('@') {
        pinned(left, right, &mut readings);
        return readings;
    }
    major(table, None, &mut readings);
    for (stem, part) in parts(table) {
        readings.push(Reading { product: stem, version: Selector::Default, part: Some(part) });
        major(stem, Some(part), &mut readings);
    }
    readings
}

/// The readings of `left@right`.
fn pinned<'a>(left: &'a str, right: &'a str, readings: &mut Vec<Reading<'a>>) {
    if let Some(version) = Selector::parse(right) {
        readings.push(Reading { product: left, version: version.clone(), part: None });
        for (stem, part) in parts(left) {
            readings.push(Reading { product: stem, version: version.clone(), part: Some(part) });
        }
    } else if let Some((version, part)) = right.split_once("__")
        && let Some(version) = Selector::parse(version)
        && !part.is_empty()
    {
        readings.push(Reading { product: left, version, part: Some(part) });
    }
}

/// The reading of `stem_v<digits>`, without leading zeros so that a version has one spelling.
fn major<'a>(name: &'a str, part: Option<&'a str>, readings: &mut Vec<Reading<'a>>) {
    if let Some((stem, digits)) = name.rsplit_once("_v")
        && !stem.is_empty()
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && (digits == "0" || !digits.starts_with('0'))
        && let Ok(version) = digits.parse()
    {
        readings.push(Reading { product: stem, version: Selector::Major(version), part });
    }
}

/// Every way to cut a name at `__`, the leftmost first; overlapping ones too, for a stem may end in `_`.
fn parts(name: &str) -> impl Iterator<Item = (&str, &str)> {
    name.char_indices().filter_map(|(at, _)| {
        let (stem, rest) = name.split_at_checked(at)?;
        let part = rest.strip_prefix("__")?;
        (!stem.is_empty() && !part.is_empty()).then_some((stem, part))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The readings of a name, spelled `product|version|part`.
    fn spelled(table: &str) -> Vec<String> {
        let version = |selector: &Selector| match selector {
            Selector::Default => String::new(),
            Selector::Major(major) => format!("{major}"),
            Selector::Minor(major, minor) => format!("{major}.{minor}"),
            Selector::Exact(version) => version.to_string(),
        };
        readings(table)
            .iter()
            .map(|r| format!("{}|{}|{}", r.product, version(&r.version), r.part.unwrap_or("")))
            .collect()
    }

    #[test]
    fn names_are_taken_apart() {
        assert_eq!(spelled("orders"), ["orders||"]);
        assert_eq!(spelled("orders_v2"), ["orders_v2||", "orders|2|"]);
        assert_eq!(spelled("orders__items"), ["orders__items||", "orders||items"]);
        assert_eq!(spelled("orders_v1__items"), ["orders_v1__items||", "orders_v1||items", "orders|1|items"]);
        assert_eq!(spelled("orders@1"), ["orders@1||", "orders|1|"]);
        assert_eq!(spelled("orders@1.4"), ["orders@1.4||", "orders|1.4|"]);
        assert_eq!(spelled("orders@v1.4.2"), ["orders@v1.4.2||", "orders|1.4.2|"]);
        assert_eq!(spelled("orders@2.0.0-rc.1"), ["orders@2.0.0-rc.1||", "orders|2.0.0-rc.1|"]);
        assert_eq!(spelled("orders@1.4__items"), ["orders@1.4__items||", "orders|1.4|items"]);
        assert_eq!(spelled("orders__items@1.4"), ["orders__items@1.4||", "orders__items|1.4|", "orders|1.4|items"]);
    }

    #[test]
    fn a_stem_may_end_in_an_underscore() {
        assert_eq!(spelled("orders___x"), ["orders___x||", "orders||_x", "orders_||x"]);
    }

    #[test]
    fn what_is_no_version_is_part_of_the_name() {
        for name in
            ["orders_v", "orders_v02", "_v2", "orders_v1x", "orders_v99999999999999999999", "orders@", "orders@x"]
        {
            assert_eq!(readings(name).len(), 1, "{name}");
        }
        assert!(readings("").is_empty());
        assert!(readings(&"x".repeat(TABLE_BYTES_MAX + 1)).is_empty());
    }
}
