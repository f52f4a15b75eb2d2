//! Masks: how a column is shown to people who may not see it in clear.
//!
//! The same grammar stands in contracts (`mask: {action: partial, keep_last: 2}`) and in policies.
//! A mask never changes the type of a column, and NULL stays NULL except under [`Mask::Constant`] and
//! [`Mask::MaskToFixedValue`].

use std::fmt;

use serde::{Deserialize, Serialize};

/// A mask function with its parameters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case", deny_unknown_fields)]
pub enum Mask {
    /// Every value becomes NULL.
    Null {},
    /// Every value, NULL too, becomes this one; the text is read in the column's type.
    Constant {
        /// The value shown, spelled as text.
        #[serde(deserialize_with = "scalar_text")]
        value: String,
    },
    /// Strings: some characters at the ends stay, the rest becomes `character`.
    Partial {
        /// Characters kept at the start.
        #[serde(default)]
        keep_first: u32,
        /// Characters kept at the end.
        #[serde(default)]
        keep_last: u32,
        /// What a hidden character becomes.
        #[serde(default = "star")]
        character: char,
        /// Values that would hide fewer characters than this are hidden whole.
        #[serde(default = "min_hidden")]
        min_hidden: u32,
    },
    /// Strings: `***@` and the part behind the last `@`; anything else is hidden whole.
    EmailDomain {},
    /// Dates and timestamps: down to the start of the unit, in UTC.
    Truncate {
        /// The unit.
        unit: DateUnit,
    },
    /// Numbers and dates: the lower edge of the value's bucket.
    Bucket {
        /// Width of a bucket, in days for dates.
        width: f64,
    },
    /// Numbers: rounded to this many decimal places, half away from zero; negative places round to tens, hundreds …
    Round {
        /// Decimal places kept.
        places: i32,
    },
    /// Strings that are IP addresses: the network, with the rest zeroed; anything else is hidden whole.
    IpPrefix {
        /// Bits kept of an IPv4 address.
        #[serde(default = "v4_bits")]
        v4: u8,
        /// Bits kept of an IPv6 address.
        #[serde(default = "v6_bits")]
        v6: u8,
    },
    /// A keyed token: equal for equal values of one token domain, so that columns still join.
    Token {},
    /// Iceberg `mask-alphanum`.
    MaskAlphanum {},
    /// Iceberg `show-first-4`.
    #[serde(rename = "show_first_4")]
    ShowFirst4 {},
    /// Iceberg `show-last-4`.
    #[serde(rename = "show_last_4")]
    ShowLast4 {},
    /// Iceberg `replace-with-null`; the same as [`Mask::Null`].
    ReplaceWithNull {},
    /// Iceberg `mask-to-fixed-value`: the type's fixed value, NULL too.
    MaskToFixedValue {},
    /// Iceberg `truncate-to-year`.
    TruncateToYear {},
    /// Iceberg `truncate-to-month`.
    TruncateToMonth {},
    /// Iceberg `sha-256-global`: SHA-256 without a key.
    #[serde(rename = "sha_256_global")]
    Sha256Global {},
    /// Iceberg `sha-256-query-local`: SHA-256 with a salt of this one query.
    #[serde(rename = "sha_256_query_local")]
    Sha256QueryLocal {},
}

/// A calendar unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DateUnit {
    /// Midnight, UTC.
    Day,
    /// Monday, midnight UTC (ISO 8601).
    Week,
    /// The first of the month.
    Month,
    /// The first of January, April, July or October.
    Quarter,
    /// The first of January.
    Year,
}

impl Mask {
    /// The name of the function in the grammar.
    #[must_use]
    pub fn action(&self) -> &'static str {
        match self {
            Self::Null {} => "null",
            Self::Constant { .. } => "constant",
            Self::Partial { .. } => "partial",
            Self::EmailDomain {} => "email_domain",
            Self::Truncate { .. } => "truncate",
            Self::Bucket { .. } => "bucket",
            Self::Round { .. } => "round",
            Self::IpPrefix { .. } => "ip_prefix",
            Self::Token {} => "token",
            Self::MaskAlphanum {} => "mask_alphanum",
            Self::ShowFirst4 {} => "show_first_4",
            Self::ShowLast4 {} => "show_last_4",
            Self::ReplaceWithNull {} => "replace_with_null",
            Self::MaskToFixedValue {} => "mask_to_fixed_value",
            Self::TruncateToYear {} => "truncate_to_year",
            Self::TruncateToMonth {} => "truncate_to_month",
            Self::Sha256Global {} => "sha_256_global",
            Self::Sha256QueryLocal {} => "sha_256_query_local",
        }
    }
}

impl fmt::Display for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.action())?;
        match self {
            Self::Constant { value } => write!(f, "({value:?})"),
            Self::Partial { keep_first, keep_last, character, min_hidden } => {
                write!(f, "(keep_first {keep_first}, keep_last {keep_last}, {character:?}, min_hidden {min_hidden})")
            }
            Self::Truncate { unit } => write!(f, "({unit})"),
            Self::Bucket { width } => write!(f, "({width})"),
            Self::Round { places } => write!(f, "({places})"),
            Self::IpPrefix { v4, v6 } => write!(f, "(/{v4}, /{v6})"),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for DateUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
        })
    }
}

fn star() -> char {
    '*'
}

fn min_hidden() -> u32 {
    4
}

fn v4_bits() -> u8 {
    24
}

fn v6_bits() -> u8 {
    48
}

/// A constant may be written as text, number or boolean.
fn scalar_text<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Scalar {
        Bool(bool),
        Int(i64),
        Float(f64),
        Text(String),
    }
    Ok(match Scalar::deserialize(deserializer)? {
        Scalar::Bool(value) => value.to_string(),
        Scalar::Int(value) => value.to_string(),
        Scalar::Float(value) => value.to_string(),
        Scalar::Text(value) => value,
    })
}
