//! What a footer says of a whole file, as the planner wants to hear it.
//!
//! The planner believes what is exact: it answers `count(*)`, `min` and `max` from it, and puts a constant in place of a
//! column whose least and greatest value are one. So a bound is exact only where it is one of the values, as they are
//! served; and where one row group does not tell, nothing is told.

use std::cmp::Ordering;

use arrow::array::{Array, ArrayRef};
use arrow_schema::{DataType, Schema};
use datafusion_common::stats::Precision;
use datafusion_common::{ColumnStatistics, ScalarValue, Statistics};
use datafusion_datasource_parquet::metadata::DFParquetMetadata;
use parquet::arrow::arrow_reader::statistics::StatisticsConverter;
use parquet::file::metadata::ParquetMetaData;

use crate::legacy_calendar::LegacyCalendar;
use crate::parquet_port::arrow_schema;

/// The statistics of a file over the columns of `served`, which are named as the file names them. A column that the
/// file lacks is NULL in every row.
pub(crate) fn file_statistics(footer: &ParquetMetaData, served: &Schema) -> Option<Statistics> {
    let file = arrow_schema(footer).ok()?;
    let calendar = LegacyCalendar::of(file.metadata());
    let groups = footer.row_groups();
    let rows = groups.iter().try_fold(0_usize, |sum, group| sum.checked_add(usize::try_from(group.num_rows()).ok()?))?;
    // Sizes as DataFusion estimates them: what it plans by should not differ from what it would plan by itself.
    let sizes = DFParquetMetadata::statistics_from_parquet_metadata(footer, &std::sync::Arc::new(served.clone())).ok()?;
    let column_statistics = served
        .fields()
        .iter()
        .enumerate()
        .map(|(at, field)| {
            let sized = sizes.column_statistics.get(at);
            let known = column(footer, &file, calendar.as_ref(), rows, field.name(), field.data_type()).unwrap_or_default();
            ColumnStatistics {
                byte_size: sized.map_or(Precision::Absent, |sized| sized.byte_size),
                distinct_count: sized.map_or(Precision::Absent, |sized| sized.distinct_count.to_inexact()),
                ..known
            }
        })
        .collect();
    Some(Statistics { num_rows: Precision::Exact(rows), total_byte_size: sizes.total_byte_size, column_statistics })
}

fn column(
    footer: &ParquetMetaData,
    file: &Schema,
    calendar: Option<&LegacyCalendar>,
    rows: usize,
    name: &str,
    served: &DataType,
) -> Option<ColumnStatistics> {
    let Ok(field) = file.field_with_name(name) else {
        return Some(ColumnStatistics { null_count: Precision::Exact(rows), ..ColumnStatistics::default() });
    };
    if field.data_type().is_nested() || served.is_nested() {
        return None;
    }
    let groups = footer.row_groups();
    let converter = StatisticsConverter::try_new(name, file, footer.file_metadata().schema_descr())
        .ok()?
        .with_missing_null_counts_as_zero(false);
    converter.parquet_column_index()?;
    let null_counts = converter.row_group_null_counts(groups).ok()?;
    let nulls: Option<u64> = null_counts.iter().sum::<Option<u64>>();
    let null_count = match nulls.and_then(|nulls| usize::try_from(nulls).ok()) {
        Some(nulls) => Precision::Exact(nulls),
        None => Precision::Absent,
    };
    let filled = |at: usize| {
        let group_rows = groups.get(at).and_then(|group| u64::try_from(group.num_rows()).ok());
        group_rows != (!null_counts.is_null(at)).then(|| null_counts.value(at))
    };
    let mins = converter.row_group_mins(groups).ok()?;
    let maxes = converter.row_group_maxes(groups).ok()?;
    let min_exact = converter.row_group_is_min_value_exact(groups).ok()?.iter().all(|exact| exact == Some(true));
    let max_exact = converter.row_group_is_max_value_exact(groups).ok()?.iter().all(|exact| exact == Some(true));
    // Bounds of days that are counted otherwise are bounds of nothing.
    if calendar.is_some_and(|calendar| calendar.touches(field.data_type(), served)) {
        return Some(ColumnStatistics { null_count, ..ColumnStatistics::default() });
    }
    let lossless = exact(field.data_type(), served);
    Some(ColumnStatistics {
        null_count,
        min_value: bound(&mins, &filled, Ordering::Less, served, lossless && min_exact),
        max_value: bound(&maxes, &filled, Ordering::Greater, served, lossless && max_exact),
        ..ColumnStatistics::default()
    })
}

/// The least or greatest of the row groups' bounds, if every row group with a value tells one.
fn bound(
    bounds: &ArrayRef,
    filled: &dyn Fn(usize) -> bool,
    wanted: Ordering,
    served: &DataType,
    exact: bool,
) -> Precision<ScalarValue> {
    let mut outermost: Option<ScalarValue> = None;
    for at in (0..bounds.len()).filter(|at| filled(*at)) {
        let Some(value) = ScalarValue::try_from_array(bounds, at).ok().filter(|value| !value.is_null()) else {
            return Precision::Absent;
        };
        outermost = match outermost {
            None => Some(value),
            Some(known) => match value.partial_cmp(&known) {
                None => return Precision::Absent,
                Some(order) => Some(if order == wanted { value } else { known }),
            },
        };
    }
    match outermost.and_then(|value| value.cast_to(served).ok()).filter(|value| !value.is_null()) {
        Some(value) if exact => Precision::Exact(value),
        Some(value) => Precision::Inexact(value),
        None => Precision::Absent,
    }
}

/// True for types whose bounds are values, and stay the same values when they are served.
fn exact(file: &DataType, served: &DataType) -> bool {
    use DataType::{Binary, BinaryView, Date32, LargeBinary, LargeUtf8, Timestamp, Utf8, Utf8View};
    let whole = |data_type: &DataType| data_type.is_integer();
    match (file, served) {
        (Utf8 | LargeUtf8 | Utf8View, Utf8View) | (Binary | LargeBinary | BinaryView, Binary | BinaryView) => true,
        (Timestamp(from, _), Timestamp(to, _)) => from == to,
        (DataType::Boolean, DataType::Boolean) | (Date32, Date32) => true,
        (file, served) if file.is_decimal() && served.is_decimal() => true,
        (file, served) => whole(file) && whole(served),
    }
}
