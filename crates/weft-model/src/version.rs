//! Versions of products, ports and contracts, and where a version stands in its life.

use std::fmt;

use serde::{Deserialize, Serialize};

pub use semver::Version;

/// Reads a version the way the standards' examples spell it: a leading `v` and missing minor or patch numbers are
/// accepted, so `v1`, `1.0` and `1.0.0` are one version.
///
/// `None` when the text is no version.
#[must_use]
pub fn lenient(text: &str) -> Option<Version> {
    let text = text.trim();
    let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
    let (core, rest) = match text.find(['-', '+']) {
        Some(at) => text.split_at(at),
        None => (text, ""),
    };
    let padded = match core.matches('.').count() {
        0 => format!("{core}.0.0{rest}"),
        1 => format!("{core}.0{rest}"),
        _ => text.to_owned(),
    };
    Version::parse(&padded).ok()
}

/// Where a product or contract version stands in its life, in the order of that life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lifecycle {
    /// Suggested, nothing to read yet.
    Proposed,
    /// Readable by those who name its version.
    Draft,
    /// In service.
    Active,
    /// In service until its sunset, with a warning.
    Deprecated,
    /// No longer served.
    Retired,
}

impl Lifecycle {
    /// Reads the spelling that both standards share.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "proposed" => Self::Proposed,
            "draft" => Self::Draft,
            "active" => Self::Active,
            "deprecated" => Self::Deprecated,
            "retired" => Self::Retired,
            _ => return None,
        })
    }
}

impl fmt::Display for Lifecycle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Proposed => "proposed",
            Self::Draft => "draft",
            Self::Active => "active",
            Self::Deprecated => "deprecated",
            Self::Retired => "retired",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lenient_pads_and_strips() {
        for (text, version) in [("1", "1.0.0"), ("v1.2", "1.2.0"), ("2.1.0", "2.1.0"), ("1.0-rc.1", "1.0.0-rc.1")] {
            assert_eq!(lenient(text).map(|v| v.to_string()).as_deref(), Some(version));
        }
        for text in ["", "one", "1.2.3.4", "1..2"] {
            assert_eq!(lenient(text), None, "{text}");
        }
    }
}
