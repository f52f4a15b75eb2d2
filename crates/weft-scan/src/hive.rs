//! Values that stand in the names of folders: `region=EU/day=2026-01-31`.
//!
//! As Hive writes them: name and value percent-encoded, `__HIVE_DEFAULT_PARTITION__` for NULL.

use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray};
use arrow::compute::{CastOptions, cast_with_options};
use arrow_schema::DataType;
use datafusion_common::ScalarValue;
use object_store::path::Path;

/// What stands for NULL.
const NULL: &str = "__HIVE_DEFAULT_PARTITION__";

/// The columns and texts in the folders of a file below a prefix, outermost first; `None` for NULL. Of two folders of
/// one column the inner one counts.
#[must_use]
pub fn folders(file: &Path, below: &Path) -> Vec<(String, Option<String>)> {
    let depth = below.parts().count();
    let names: Vec<_> = file.parts().skip(depth).collect();
    let folders = names.len().saturating_sub(1);
    let mut found: Vec<(String, Option<String>)> = Vec::new();
    for (column, value) in names.iter().take(folders).filter_map(|name| folder(name.as_ref())) {
        found.retain(|(known, _)| *known != column);
        found.push((column, value));
    }
    found
}

/// One folder's column and text, if it is named like that.
fn folder(name: &str) -> Option<(String, Option<String>)> {
    let (column, value) = name.split_once('=')?;
    let column = decoded(column)?;
    if column.is_empty() {
        return None;
    }
    let value = if value == NULL { None } else { Some(decoded(value)?) };
    Some((column, value))
}

/// A folder's text as a value of the column's type; `None` when it is none.
#[must_use]
pub fn value(text: Option<&str>, data_type: &DataType) -> Option<ScalarValue> {
    let Some(text) = text else { return ScalarValue::try_new_null(data_type).ok() };
    let known = match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Binary | DataType::LargeBinary => true,
        DataType::Boolean => matches!(text.to_ascii_lowercase().as_str(), "true" | "false"),
        DataType::Decimal128(..) | DataType::Decimal256(..) => exact_decimal(text, data_type),
        other => !other.is_nested() && text.trim() == text && !text.is_empty(),
    };
    if !known {
        return None;
    }
    let texts: ArrayRef = Arc::new(StringArray::from(vec![text]));
    let cast = cast_with_options(&texts, data_type, &CastOptions { safe: false, ..CastOptions::default() }).ok()?;
    ScalarValue::try_from_array(&cast, 0).ok()
}

/// True for a number with no more digits behind the point than the type keeps.
fn exact_decimal(text: &str, data_type: &DataType) -> bool {
    let scale = match data_type {
        DataType::Decimal128(_, scale) | DataType::Decimal256(_, scale) => usize::try_from(*scale).unwrap_or(0),
        _ => 0,
    };
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    !whole.is_empty() && plain(whole) && plain(part) && part.trim_end_matches('0').len() <= scale
}

/// The type that every one of some texts has, for columns that nobody has declared yet: whole numbers, dates, else
/// text.
#[must_use]
pub fn guess<'a>(texts: impl IntoIterator<Item = &'a str> + Clone) -> DataType {
    let all = |data_type: &DataType| {
        texts.clone().into_iter().all(|text| {
            // A number that is spelled in another way than numbers are, such as 007, is a text.
            value(Some(text), data_type).is_some_and(|value| value.to_string() == text)
        })
    };
    if texts.clone().into_iter().next().is_none() {
        return DataType::Utf8View;
    }
    [DataType::Int64, DataType::Date32].into_iter().find(all).unwrap_or(DataType::Utf8View)
}

/// Percent-decoded; `None` when what comes out is no text. A percent sign that begins nothing stands for itself.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digits = if *first == b'%' { after.split_at_checked(2) } else { None };
        let byte = digits.and_then(|(digits, after)| {
            let digits = std::str::from_utf8(digits).ok().filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()))?;
            Some((u8::from_str_radix(digits, 16).ok()?, after))
        });
        let (byte, after) = byte.unwrap_or((*first, after));
        bytes.push(byte);
        rest = after;
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use arrow_schema::TimeUnit;

    use super::*;

    fn read(path: &str) -> Vec<(String, Option<String>)> {
        folders(&Path::parse(path).expect(path), &Path::parse("lake/t").expect("prefix"))
    }

    #[test]
    fn folders_are_read_below_the_prefix_only() {
        let pair = |name: &str, value: Option<&str>| (name.to_owned(), value.map(str::to_owned));
        assert_eq!(
            read("lake/t/region=a%2Fb%20c/x/day=2026-01-31/part=0.parquet"),
            [pair("region", Some("a/b c")), pair("day", Some("2026-01-31"))]
        );
        assert_eq!(read("lake/t/k=__HIVE_DEFAULT_PARTITION__/f"), [pair("k", None)]);
        assert_eq!(read("lake/t/k=/%C3%A9=100%/f"), [pair("k", Some("")), pair("é", Some("100%"))]);
        assert_eq!(read("lake/t/=v/%ff=1/k=%ff/f"), []);
        assert_eq!(read("lake/t/k=1/k=2/f"), [pair("k", Some("2"))]);
        assert_eq!(folders(&Path::from("a=1/t/f"), &Path::from("a=1/t")), []);
    }

    #[test]
    fn values_are_of_their_type_or_nothing() {
        let read = |text: &str, data_type: DataType| value(Some(text), &data_type).map(|value| value.to_string());
        for (text, data_type, wanted) in [
            ("007", DataType::Int32, Some("7")),
            ("-1", DataType::UInt8, None),
            ("1.5", DataType::Int32, None),
            ("", DataType::Int32, None),
            (" 1", DataType::Int32, None),
            ("", DataType::Utf8View, Some("")),
            ("2026-02-30", DataType::Date32, None),
            ("2026-02-28", DataType::Date32, Some("2026-02-28")),
            ("1.50", DataType::Decimal128(9, 1), Some("1.5")),
            ("1.55", DataType::Decimal128(9, 1), None),
            ("1e3", DataType::Decimal128(9, 1), None),
            ("True", DataType::Boolean, Some("true")),
            ("yes", DataType::Boolean, None),
            ("2026-01-01 10:00:00", DataType::Timestamp(TimeUnit::Microsecond, None), Some("1767261600000000")),
        ] {
            assert_eq!(read(text, data_type.clone()).as_deref(), wanted, "{text} as {data_type}");
        }
        assert!(value(None, &DataType::Int32).is_some_and(|value| value.is_null()));
    }

    #[test]
    fn types_are_guessed_from_all_texts() {
        assert_eq!(guess(["1", "20", "-3"]), DataType::Int64);
        assert_eq!(guess(["1", "02"]), DataType::Utf8View);
        assert_eq!(guess(["2026-01-01", "2026-12-31"]), DataType::Date32);
        assert_eq!(guess(["2026-01-01", "2026-13-31"]), DataType::Utf8View);
        assert_eq!(guess([]), DataType::Utf8View);
    }
}
