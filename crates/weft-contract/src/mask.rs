//! Masks in contracts: the grammar policies use too, without the actions a contract may not ask for.

use arrow_schema::DataType;
use weft_model::mask::Mask;

use crate::codes;
use crate::complaints::quote;
use crate::standard::suggest::nearest;
use crate::yaml::tree::{Map, Node, Value};

/// Why a mask is refused.
#[derive(Debug)]
pub struct Flaw {
    /// The code.
    pub code: &'static str,
    /// One lower-case clause.
    pub message: String,
    /// What to do next.
    pub hint: String,
}

/// Every action a contract may ask for.
const ACTIONS: &[&str] = &[
    "null",
    "constant",
    "partial",
    "email_domain",
    "truncate",
    "bucket",
    "round",
    "ip_prefix",
    "token",
    "mask_alphanum",
    "show_first_4",
    "show_last_4",
    "replace_with_null",
    "mask_to_fixed_value",
    "truncate_to_year",
    "truncate_to_month",
    "sha_256_query_local",
];

/// Actions that hash without a key, and the names other tools give them.
const UNKEYED: &[&str] = &["hash", "hashed", "sha", "sha1", "sha256", "sha_256", "sha512", "md5", "sha_256_global"];

const USE_A_TOKEN: &str =
    "Anyone can hash guesses and compare; add the property `tokenDomain` and write `mask: {action: token}`.";

/// Reads the value of a `mask` property.
///
/// # Errors
/// Why it is refused.
pub fn read(node: &Node) -> Result<Mask, Flaw> {
    let Some(map) = node.map() else {
        return Err(match node.text() {
            Some(text) if UNKEYED.contains(&text.to_lowercase().as_str()) => unkeyed(),
            Some(text) => legacy(&format!("the mask is the word `{}`", quote(text)), text),
            None => flaw(format!("the mask is {} where a mapping belongs", node.kind()), "Write `{action: …}`."),
        });
    };
    if map.get("salt").is_some() {
        return Err(unkeyed());
    }
    let word = |key: &str| map.text(key).map(|text| text.to_lowercase());
    if let Some(strategy) = word("strategy").or_else(|| word("function")).or_else(|| word("type"))
        && map.get("action").is_none()
    {
        return Err(if UNKEYED.contains(&strategy.as_str()) {
            unkeyed()
        } else {
            legacy("the mask names its function with `strategy`", &strategy)
        });
    }
    // `action: null` without quotes is what everybody writes.
    let action = map.get("action").and_then(|node| match &node.value {
        Value::Null => Some("null".to_owned()),
        _ => node.text().map(ToString::to_string),
    });
    match action {
        None => Err(flaw("the mask lacks the key `action`".to_owned(), &actions())),
        Some(action) if UNKEYED.contains(&action.to_lowercase().as_str()) => Err(unkeyed()),
        Some(action) if !ACTIONS.contains(&action.as_str()) => {
            let hint = match nearest(&action, ACTIONS.iter().copied()) {
                Some(known) => format!("Did you mean `{known}`?"),
                None => actions(),
            };
            Err(flaw(format!("there is no mask `{}`", quote(&action)), &hint))
        }
        Some(action) => parse(map, node, &action),
    }
}

fn parse(map: &Map, node: &Node, action: &str) -> Result<Mask, Flaw> {
    let parameters: Vec<&str> = match action {
        "constant" => vec!["value"],
        "partial" => vec!["keep_first", "keep_last", "character", "min_hidden"],
        "truncate" => vec!["unit"],
        "bucket" => vec!["width"],
        "round" => vec!["places"],
        "ip_prefix" => vec!["v4", "v6"],
        _ => Vec::new(),
    };
    for entry in map.entries.iter().filter(|entry| &*entry.key != "action") {
        if !parameters.contains(&&*entry.key) {
            let hint = match nearest(&entry.key, parameters.iter().copied()) {
                Some(known) => format!("Did you mean `{known}`?"),
                None if parameters.is_empty() => format!("`{action}` takes no parameters."),
                None => format!("`{action}` takes {}.", parameters.join(", ")),
            };
            return Err(flaw(format!("the mask `{action}` has no parameter `{}`", quote(&entry.key)), &hint));
        }
    }
    if action == "null" {
        return Ok(Mask::Null {});
    }
    let mask = serde_json::from_value(node.json()).map_err(|_| {
        let hint = match action {
            "constant" => "Write `{action: constant, value: \"***\"}`.",
            "truncate" => "`unit` is one of day, week, month, quarter, year.",
            "bucket" => "Write `{action: bucket, width: 10}`.",
            "round" => "Write `{action: round, places: 0}`.",
            _ => "Parameters that count are whole numbers; `character` is a single character.",
        };
        flaw(format!("the parameters of mask `{action}` do not fit"), hint)
    })?;
    if let Mask::Bucket { width } = mask
        && !(width.is_finite() && width > 0.0)
    {
        return Err(flaw("the width of a bucket is not above 0".to_owned(), "Write `{action: bucket, width: 10}`."));
    }
    if let Mask::IpPrefix { v4, v6 } = mask
        && (v4 > 32 || v6 > 128)
    {
        let hint = "`v4` is at most 32 and `v6` at most 128.";
        return Err(flaw("the mask keeps more bits than an address has".to_owned(), hint));
    }
    Ok(mask)
}

fn unkeyed() -> Flaw {
    Flaw {
        code: codes::UNKEYED_MASK,
        message: "the mask hashes without a secret key".to_owned(),
        hint: USE_A_TOKEN.to_owned(),
    }
}

fn legacy(opening: &str, word: &str) -> Flaw {
    let meant = match word.to_lowercase().as_str() {
        "nullify" | "null" => "{action: \"null\"}",
        "redact" | "redacted" => "{action: constant, value: \"***\"}",
        "email" => "{action: email_domain}",
        "date_trunc" | "truncate" => "{action: truncate, unit: year}",
        "tokenize" | "token" => "{action: token}",
        "partial" => "{action: partial, keep_last: 4}",
        "round" => "{action: round, places: 0}",
        _ => "{action: …}",
    };
    let message = format!("{opening}, which Weft does not read");
    Flaw { code: codes::LEGACY_MASK, message, hint: format!("Write `{meant}`.") }
}

fn flaw(message: String, hint: &str) -> Flaw {
    Flaw { code: codes::PROPERTY_VALUE, message, hint: hint.to_owned() }
}

fn actions() -> String {
    format!("Actions are {}.", ACTIONS.join(", "))
}

/// True when a mask can disguise values of a type.
#[must_use]
pub fn works_on(mask: &Mask, data_type: &DataType) -> bool {
    let text = *data_type == DataType::Utf8View;
    let day = matches!(data_type, DataType::Date32 | DataType::Timestamp(..));
    let nested = data_type.is_nested();
    match mask {
        Mask::Null {} | Mask::ReplaceWithNull {} | Mask::MaskToFixedValue {} => true,
        Mask::Constant { .. } | Mask::Token {} => !nested,
        Mask::Partial { .. } | Mask::EmailDomain {} | Mask::IpPrefix { .. } => text,
        Mask::MaskAlphanum {} | Mask::ShowFirst4 {} | Mask::ShowLast4 {} => text,
        Mask::Truncate { .. } | Mask::TruncateToYear {} | Mask::TruncateToMonth {} => day,
        Mask::Bucket { .. } => data_type.is_numeric() || *data_type == DataType::Date32,
        Mask::Round { .. } => data_type.is_numeric(),
        // The Iceberg actions say themselves which types they take.
        Mask::Sha256Global {} | Mask::Sha256QueryLocal {} => !nested,
    }
}
