//! What a plain scalar means under YAML 1.2's core schema: dates stay texts, `yes` and `no` are texts too.

use std::sync::Arc;

use crate::yaml::tree::{Number, Text, Value};

/// The value of a scalar without quotes and without a tag.
#[must_use]
pub fn plain(spelling: &str) -> Value {
    match spelling {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => number(spelling).map_or_else(|| text(spelling), Value::Number),
    }
}

/// A text with these characters.
#[must_use]
pub fn text(value: &str) -> Value {
    Value::Text(Text { value: Arc::from(value), spelling: None })
}

/// The number a spelling stands for, if it is one.
#[must_use]
pub fn number(spelling: &str) -> Option<Number> {
    let number = |value, integer| Some(Number { value, integer, spelling: Arc::from(spelling) });
    for (prefix, radix) in [("0o", 8), ("0x", 16)] {
        if let Some(digits) = spelling.strip_prefix(prefix) {
            let integer = i64::from_str_radix(digits, radix).ok().filter(|_| !digits.starts_with(['+', '-']))?;
            return number(float(integer), Some(integer));
        }
    }
    let bare = spelling.strip_prefix(['+', '-']).unwrap_or(spelling);
    match bare {
        ".inf" | ".Inf" | ".INF" => {
            return number(if spelling.starts_with('-') { f64::NEG_INFINITY } else { f64::INFINITY }, None);
        }
        ".nan" | ".NaN" | ".NAN" if bare == spelling => return number(f64::NAN, None),
        _ => {}
    }
    if !reads_as_decimal(bare) {
        return None;
    }
    let value = spelling.parse::<f64>().ok()?;
    // JSON Schema counts 1.0 among the integers.
    let integer = spelling.parse::<i64>().ok().or_else(|| whole(value));
    number(value, integer)
}

/// `[0-9]+`, `[0-9]*.[0-9]*` with a digit somewhere, either with an exponent.
fn reads_as_decimal(bare: &str) -> bool {
    let (mantissa, exponent) = match bare.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))),
        None => (bare, None),
    };
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let (before, after) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    digits(before)
        && digits(after)
        && before.len() + after.len() > 0
        && exponent.is_none_or(|exponent| !exponent.is_empty() && digits(exponent))
}

/// The whole number a float is, while floats still tell neighbouring whole numbers apart.
fn whole(value: f64) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if value.fract() != 0.0 || value.abs() > EXACT {
        return None;
    }
    format!("{value:.0}").parse().ok()
}

/// The nearest float, by way of its spelling: no silent truncation.
fn float(integer: i64) -> f64 {
    integer.to_string().parse().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_core_schema_and_nothing_more() {
        for spelling in ["", "~", "null"] {
            assert!(matches!(plain(spelling), Value::Null), "{spelling}");
        }
        for (spelling, integer) in
            [("0", 0), ("-7", -7), ("+7", 7), ("012", 12), ("0o17", 15), ("0xff", 255), ("2.0", 2), ("1e3", 1000)]
        {
            assert!(
                matches!(plain(spelling), Value::Number(Number { integer: Some(i), .. }) if i == integer),
                "{spelling}"
            );
        }
        for spelling in ["1.5", ".5", "5.", "1.2e-3", ".inf", "-.inf", ".nan"] {
            let Value::Number(number) = plain(spelling) else { panic!("{spelling} is no number") };
            assert!(number.integer.is_none() || spelling == "5.", "{spelling}");
        }
        for spelling in
            ["yes", "no", "on", "2024-05-01", "2.1.0", "1_000", "1:30", ".", "-", "e3", "1e", "0x", "-.nan", "0o9"]
        {
            assert!(matches!(plain(spelling), Value::Text(_)), "{spelling}");
        }
    }
}
