//! Functions whose results can be larger than their arguments, within a bound.
//!
//! `repeat('x', 1000000000)` is a few bytes of SQL and a gigabyte of memory that no pool knows of, at the latest when the
//! planner folds constants. The ones below are asked first what they would make of their arguments, and looked at again
//! when they have made it.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, OffsetSizeTrait};
use arrow_schema::{DataType, FieldRef};
use datafusion::common::{DataFusionError, Result, ScalarValue};
use datafusion::logical_expr::{
    ColumnarValue, Documentation, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
};

use crate::error::Error;

/// The most bytes that one call of a function makes of one batch.
pub const VALUE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// How much a function makes of a batch.
type Estimate = fn(&[ColumnarValue], usize) -> u128;

/// Which functions grow, and how much each makes at most, as far as the arguments tell beforehand.
const GROWING: [(&str, Estimate); 21] = [
    ("array_append", arguments),
    ("array_concat", arguments),
    ("array_prepend", arguments),
    ("array_repeat", times),
    ("array_resize", resized),
    ("array_to_string", joined),
    ("array_union", arguments),
    ("concat", arguments),
    ("concat_ws", arguments),
    ("encode", arguments),
    ("generate_series", series),
    ("lpad", padded),
    ("make_array", arguments),
    ("map", arguments),
    ("overlay", arguments),
    ("range", series),
    ("regexp_replace", replaced),
    ("repeat", times),
    ("replace", replaced),
    ("rpad", padded),
    ("to_char", formatted),
];

/// The most comparisons that one call of a function makes for one batch: about a second.
pub const COMPARISONS_MAX: u128 = 1_000_000_000;

/// Functions that compare everything in one argument with everything in another, and give their thread back afterwards.
const COMPARING: [&str; 6] =
    ["array_except", "array_has_all", "array_has_any", "array_intersect", "arrays_overlap", "levenshtein"];

/// The function, bounded if it is one that grows, or one whose work does.
pub(crate) fn bounded(function: Arc<ScalarUDF>) -> Arc<ScalarUDF> {
    let comparing = COMPARING.contains(&function.name());
    match GROWING.iter().find(|(name, _)| *name == function.name()) {
        Some((_, estimate)) => {
            Arc::new(ScalarUDF::new_from_impl(Growing { inner: function, estimate: *estimate, comparing }))
        }
        None if comparing => {
            Arc::new(ScalarUDF::new_from_impl(Growing { inner: function, estimate: |_, _| 0, comparing }))
        }
        None => function,
    }
}

/// A function that refuses to make too much.
#[derive(Debug, Clone)]
struct Growing {
    inner: Arc<ScalarUDF>,
    estimate: Estimate,
    comparing: bool,
}

impl PartialEq for Growing {
    fn eq(&self, other: &Self) -> bool {
        self.inner == other.inner
    }
}

impl Eq for Growing {}

impl std::hash::Hash for Growing {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.inner.hash(state);
    }
}

impl ScalarUDFImpl for Growing {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn aliases(&self) -> &[String] {
        self.inner.aliases()
    }

    fn signature(&self) -> &Signature {
        self.inner.signature()
    }

    fn schema_name(&self, args: &[Expr]) -> Result<String> {
        self.inner.schema_name(args)
    }

    fn return_type(&self, arg_types: &[DataType]) -> Result<DataType> {
        self.inner.return_type(arg_types)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        self.inner.return_field_from_args(args)
    }

    fn coerce_types(&self, arg_types: &[DataType]) -> Result<Vec<DataType>> {
        self.inner.coerce_types(arg_types)
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.inner.documentation()
    }

    // `simplify` is left at its default: what functions turn themselves into is not bounded any more.

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = args.number_rows;
        check(self.name(), (self.estimate)(&args.args, rows))?;
        if self.comparing {
            comparisons(self.name(), &args.args, rows)?;
        }
        let made = self.inner.invoke_with_args(args)?;
        check(self.name(), bytes(&made))?;
        Ok(made)
    }
}

/// # Errors
/// [`Error::Limit`] when it is too much.
pub(crate) fn check(function: &str, bytes: u128) -> Result<()> {
    if bytes <= VALUE_BYTES_MAX as u128 {
        return Ok(());
    }
    let error = Error::Limit {
        what: format!("what `{function}` makes of one batch"),
        limit: format!("{VALUE_BYTES_MAX} bytes"),
        later: false,
    };
    Err(DataFusionError::External(Box::new(error)))
}

/// # Errors
/// [`Error::Limit`] when the longest values of the first two arguments take too long to compare in every row.
fn comparisons(function: &str, args: &[ColumnarValue], rows: usize) -> Result<()> {
    let lengths = args.iter().take(2).map(|arg| match arg {
        ColumnarValue::Array(array) => length(array),
        ColumnarValue::Scalar(scalar) => scalar.to_array().map_or(u128::MAX, |array| length(&array)),
    });
    let work = lengths.fold(rows as u128, u128::saturating_mul);
    if work <= COMPARISONS_MAX {
        return Ok(());
    }
    let error = Error::Limit {
        what: format!("what `{function}` compares for one batch"),
        limit: format!("{COMPARISONS_MAX} pairs"),
        later: false,
    };
    Err(DataFusionError::External(Box::new(error)))
}

/// Bytes of the longest text, or elements of the longest list.
fn length(array: &ArrayRef) -> u128 {
    fn gap<O: OffsetSizeTrait>(offsets: &[O]) -> u128 {
        offsets.windows(2).map(|pair| if let [from, to] = pair { (*to - *from).as_usize() as u128 } else { 0 }).max().unwrap_or(0)
    }
    let views = |views: &[u128]| views.iter().map(|view| *view & u128::from(u32::MAX)).max().unwrap_or(0);
    match array.data_type() {
        DataType::Utf8View => views(array.as_string_view().views()),
        DataType::Utf8 => gap(array.as_string::<i32>().value_offsets()),
        DataType::LargeUtf8 => gap(array.as_string::<i64>().value_offsets()),
        DataType::List(_) => gap(array.as_list::<i32>().value_offsets()),
        DataType::LargeList(_) => gap(array.as_list::<i64>().value_offsets()),
        DataType::FixedSizeList(_, length) => u128::try_from(*length).unwrap_or(0),
        DataType::Null => 0,
        // Dictionaries and the like: no longer than all of it.
        _ => array_bytes(array),
    }
}

/// Bytes an argument or a result holds; one value counts once, however many rows share it.
pub(crate) fn bytes(value: &ColumnarValue) -> u128 {
    match value {
        ColumnarValue::Array(array) => array_bytes(array),
        ColumnarValue::Scalar(scalar) => scalar_bytes(scalar),
    }
}

/// Bytes of the values themselves: arrays of views and slices hold buffers that are mostly other rows'.
pub(crate) fn array_bytes(array: &ArrayRef) -> u128 {
    fn offsets<O: OffsetSizeTrait>(offsets: &[O]) -> (usize, usize) {
        let first = offsets.first().map_or(0, |at| at.as_usize());
        (first, offsets.last().map_or(0, |at| at.as_usize()) - first)
    }
    let plain = 16 * array.len() as u128;
    let views = |views: &[u128]| views.iter().fold(plain, |sum, view| sum + (*view & u128::from(u32::MAX)));
    let list = |(first, length): (usize, usize), values: &ArrayRef| plain + array_bytes(&values.slice(first, length));
    match array.data_type() {
        DataType::Utf8View => views(array.as_string_view().views()),
        DataType::BinaryView => views(array.as_binary_view().views()),
        DataType::Utf8 => plain + offsets(array.as_string::<i32>().value_offsets()).1 as u128,
        DataType::LargeUtf8 => plain + offsets(array.as_string::<i64>().value_offsets()).1 as u128,
        DataType::Binary => plain + offsets(array.as_binary::<i32>().value_offsets()).1 as u128,
        DataType::LargeBinary => plain + offsets(array.as_binary::<i64>().value_offsets()).1 as u128,
        DataType::List(_) => list(offsets(array.as_list::<i32>().value_offsets()), array.as_list::<i32>().values()),
        DataType::LargeList(_) => {
            list(offsets(array.as_list::<i64>().value_offsets()), array.as_list::<i64>().values())
        }
        DataType::Map(..) => {
            let map = array.as_map();
            let (first, length) = offsets(map.value_offsets());
            let entries = map.entries().slice(first, length);
            entries.columns().iter().fold(plain, |sum, column| sum + array_bytes(column))
        }
        DataType::Struct(_) => array.as_struct().columns().iter().fold(0, |sum, column| sum + array_bytes(column)),
        _ => plain,
    }
}

fn scalar_bytes(scalar: &ScalarValue) -> u128 {
    scalar.size() as u128
}

/// Bytes an argument comes to when it is spread over the rows.
fn spread(value: &ColumnarValue, rows: usize) -> u128 {
    match value {
        ColumnarValue::Array(array) => array_bytes(array),
        ColumnarValue::Scalar(scalar) => scalar_bytes(scalar).saturating_mul(rows as u128),
    }
}

/// The longest value in bytes, and how many values there are.
fn longest(value: Option<&ColumnarValue>) -> u128 {
    match value {
        // The values of one batch cannot be longer than all of them together.
        Some(ColumnarValue::Array(array)) => array_bytes(array),
        Some(ColumnarValue::Scalar(scalar)) => scalar_bytes(scalar),
        None => 0,
    }
}

/// The sum of the positive numbers of an integer argument over the rows; other types count nothing.
fn numbers(value: Option<&ColumnarValue>, rows: usize) -> u128 {
    let positive = |scalar: &ScalarValue| match scalar.cast_to(&DataType::Int64) {
        Ok(ScalarValue::Int64(Some(number))) => u128::try_from(number).unwrap_or(0),
        _ => 0,
    };
    match value {
        Some(ColumnarValue::Scalar(scalar)) => positive(scalar).saturating_mul(rows as u128),
        Some(ColumnarValue::Array(array)) => {
            let scalars = (0..array.len()).filter_map(|row| ScalarValue::try_from_array(array, row).ok());
            scalars.fold(0_u128, |sum, scalar| sum.saturating_add(positive(&scalar)))
        }
        None => 0,
    }
}

/// All arguments side by side.
fn arguments(args: &[ColumnarValue], rows: usize) -> u128 {
    args.iter().fold(0_u128, |sum, arg| sum.saturating_add(spread(arg, rows)))
}

/// The first argument as often as the second says. A value that is shared by all rows is the common case; of a column, the
/// mean stands for each.
fn times(args: &[ColumnarValue], rows: usize) -> u128 {
    let each = match args.first() {
        Some(ColumnarValue::Array(array)) => array_bytes(array).div_ceil(rows.max(1) as u128),
        other => longest(other),
    };
    numbers(args.get(1), rows).saturating_mul(each.max(1))
}

/// As long as the second argument says, in characters of up to four bytes.
fn padded(args: &[ColumnarValue], rows: usize) -> u128 {
    numbers(args.get(1), rows).saturating_mul(4)
}

/// As many elements as the second argument says.
fn resized(args: &[ColumnarValue], rows: usize) -> u128 {
    numbers(args.get(1), rows).saturating_mul(longest(args.get(2)).clamp(8, VALUE_BYTES_MAX as u128))
}

/// The separator once an element, and the elements.
fn joined(args: &[ColumnarValue], rows: usize) -> u128 {
    let all = args.first().map_or(0, |list| spread(list, rows));
    // An element takes a bit at the least.
    let separator = longest(args.get(1));
    if separator <= 64 { all } else { all.saturating_add(separator.saturating_mul(all)) }
}

/// The replacement once a byte.
fn replaced(args: &[ColumnarValue], rows: usize) -> u128 {
    let text = args.first().map_or(0, |text| spread(text, rows));
    let replacement = longest(args.get(2));
    // Short replacements grow the text by little; what comes out is looked at again.
    if replacement <= 64 { text } else { text.saturating_add(text.saturating_mul(replacement)) }
}

/// The format once a row.
fn formatted(args: &[ColumnarValue], rows: usize) -> u128 {
    longest(args.get(1)).saturating_mul(rows as u128)
}

/// `[start,] stop [, step]`: eight bytes an element. Steps over time are at least a microsecond and are looked at when made.
fn series(args: &[ColumnarValue], rows: usize) -> u128 {
    let integer = |value: Option<&ColumnarValue>| match value {
        Some(ColumnarValue::Scalar(scalar)) => match scalar.cast_to(&DataType::Int64) {
            Ok(ScalarValue::Int64(number)) => number.map(i128::from),
            _ => None,
        },
        _ => None,
    };
    let (start, stop) =
        if args.len() < 2 { (Some(0), integer(args.first())) } else { (integer(args.first()), integer(args.get(1))) };
    let step = integer(args.get(2)).map_or(1, i128::unsigned_abs).max(1);
    match (start, stop) {
        (Some(start), Some(stop)) => (stop.abs_diff(start) / step).saturating_mul(8).saturating_mul(rows as u128),
        // Columns: the widest span of a batch, for every row.
        _ => {
            let widest = args.iter().take(2).fold(0_u128, |sum, arg| sum.saturating_add(numbers(Some(arg), rows)));
            (widest / step).saturating_mul(8)
        }
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{Int64Array, StringViewArray};

    use super::*;

    #[test]
    fn values_count_and_shared_buffers_do_not() {
        let long = "a long string that no view holds within itself".repeat(100);
        let many: ArrayRef = Arc::new((0..1_000).map(|_| Some(long.as_str())).collect::<StringViewArray>());
        assert_eq!(array_bytes(&many), 1_000 * (16 + long.len() as u128));
        assert_eq!(array_bytes(&many.slice(5, 1)), 16 + long.len() as u128);
    }

    #[test]
    fn what_would_be_made_is_told_beforehand() {
        let text = |text: &str| ColumnarValue::Scalar(ScalarValue::from(text));
        let number = |number: i64| ColumnarValue::Scalar(ScalarValue::from(number));
        assert!(times(&[text("x"), number(1_000_000_000)], 1) >= 1_000_000_000);
        assert!(times(&[text("x"), number(10)], 8_192) < VALUE_BYTES_MAX as u128);
        let column = ColumnarValue::Array(Arc::new(Int64Array::from(vec![1, 2, 1_000_000_000])));
        assert!(times(&[text("x"), column.clone()], 3) >= 1_000_000_000);
        assert!(padded(&[text("x"), column], 3) >= 4_000_000_000);
        assert!(series(&[number(0), number(i64::MAX)], 1) > VALUE_BYTES_MAX as u128);
        assert!(series(&[number(0), number(1_000)], 1) < VALUE_BYTES_MAX as u128);
        assert!(
            replaced(&[text(&"a".repeat(1_000)), text("a"), text(&"b".repeat(1_000_000))], 1) > VALUE_BYTES_MAX as u128
        );
        assert!(replaced(&[text("abc"), text("a"), text("b")], 8_192) < VALUE_BYTES_MAX as u128);
    }
}
