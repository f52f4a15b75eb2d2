//! Bounds of values: least, greatest, how many are NULL.

use std::cmp::Ordering;

use parquet::basic::{ColumnOrder, ConvertedType, LogicalType, SortOrder, Type};
use parquet::data_type::{AsBytes, ByteArray, FixedLenByteArray};
use parquet::file::statistics::{Statistics, ValueStatistics};
use parquet::schema::types::ColumnDescriptor;

/// How the values of a column are ordered, as far as bounds can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compared {
    /// As signed numbers.
    Signed,
    /// As unsigned numbers, or byte by byte.
    Unsigned,
    /// As big-endian two's complement of any length.
    BigEndian,
    /// As floating-point numbers: NaN stands in no bounds, though it is greater than all, so only the least is known.
    Floating,
    /// As half-precision numbers in two little-endian bytes.
    Half,
    /// In no order that the format defines.
    Not,
}

/// How a column is ordered.
pub(super) fn compared(descr: &ColumnDescriptor) -> Compared {
    let (logical, converted, physical) =
        (descr.logical_type_ref(), descr.converted_type(), descr.physical_type());
    let decimal = matches!(logical, Some(LogicalType::Decimal(_))) || converted == ConvertedType::DECIMAL;
    match physical {
        Type::INT96 => Compared::Not,
        Type::FLOAT | Type::DOUBLE => Compared::Floating,
        Type::FIXED_LEN_BYTE_ARRAY if matches!(logical, Some(LogicalType::Float16)) => Compared::Half,
        Type::BYTE_ARRAY | Type::FIXED_LEN_BYTE_ARRAY if decimal => Compared::BigEndian,
        _ => match ColumnOrder::sort_order_for_type(logical, converted, physical) {
            SortOrder::SIGNED => Compared::Signed,
            SortOrder::UNSIGNED => Compared::Unsigned,
            SortOrder::UNDEFINED => Compared::Not,
        },
    }
}

/// As much of the statistics as can be believed; `None` when nothing is left.
pub(super) fn believed(
    statistics: &Statistics,
    descr: &ColumnDescriptor,
    values: i64,
    order: Option<ColumnOrder>,
) -> Option<Statistics> {
    let nulls = match statistics.null_count_opt() {
        // A writer that counts no NULLs has not said that there are none.
        None if descr.max_def_level() > 0 => return None,
        None => 0,
        Some(nulls) if i64::try_from(nulls).is_ok_and(|nulls| nulls <= values) => nulls,
        Some(_) => return None,
    };
    let compared = compared(descr);
    let old = statistics.is_min_max_deprecated() || !matches!(order, Some(ColumnOrder::TYPE_DEFINED_ORDER(_)));
    // The old fields were compared as signed bytes, whatever was in them.
    let known = match compared {
        Compared::Not => false,
        Compared::Signed | Compared::Floating => order != Some(ColumnOrder::UNKNOWN),
        Compared::Unsigned => !old || descr.physical_type() == Type::BOOLEAN,
        Compared::BigEndian | Compared::Half => !old,
    };
    let kept = if known { ordered(statistics, compared) } else { None };
    Some(kept.map_or_else(|| only_nulls(statistics, nulls), |bounds| counted(bounds, nulls)))
}

/// The bounds, if the least is not greater than the greatest.
fn ordered(statistics: &Statistics, compared: Compared) -> Option<Statistics> {
    let in_order = |order: Option<Ordering>| matches!(order, Some(Ordering::Less | Ordering::Equal));
    match statistics {
        Statistics::Boolean(v) => in_order(v.min_opt()?.partial_cmp(v.max_opt()?)).then(|| statistics.clone()),
        Statistics::Int32(v) => {
            let (least, greatest) = (*v.min_opt()?, *v.max_opt()?);
            let order = match compared {
                Compared::Unsigned => least.cast_unsigned().cmp(&greatest.cast_unsigned()),
                _ => least.cmp(&greatest),
            };
            in_order(Some(order)).then(|| statistics.clone())
        }
        Statistics::Int64(v) => {
            let (least, greatest) = (*v.min_opt()?, *v.max_opt()?);
            let order = match compared {
                Compared::Unsigned => least.cast_unsigned().cmp(&greatest.cast_unsigned()),
                _ => least.cmp(&greatest),
            };
            in_order(Some(order)).then(|| statistics.clone())
        }
        Statistics::Int96(_) => None,
        Statistics::Float(v) => {
            let (least, greatest) = (*v.min_opt()?, *v.max_opt()?);
            // A least of +0 may stand for −0, which is less.
            let least_signed = if least == 0.0 { -0.0 } else { least };
            in_order(least.partial_cmp(&greatest))
                .then(|| Statistics::float(Some(least_signed), None, None, v.null_count_opt(), false))
        }
        Statistics::Double(v) => {
            let (least, greatest) = (*v.min_opt()?, *v.max_opt()?);
            let least_signed = if least == 0.0 { -0.0 } else { least };
            in_order(least.partial_cmp(&greatest))
                .then(|| Statistics::double(Some(least_signed), None, None, v.null_count_opt(), false))
        }
        Statistics::ByteArray(v) => {
            in_order(bytes(v.min_opt()?.as_bytes(), v.max_opt()?.as_bytes(), compared)).then(|| statistics.clone())
        }
        Statistics::FixedLenByteArray(v) => {
            in_order(bytes(v.min_opt()?.as_bytes(), v.max_opt()?.as_bytes(), compared)).then(|| statistics.clone())
        }
    }
}

/// Compares two values that are bytes; halves not at all, since NaN may stand beside them.
pub(super) fn bytes(least: &[u8], greatest: &[u8], compared: Compared) -> Option<Ordering> {
    match compared {
        Compared::BigEndian => Some(big_endian(least, greatest)),
        Compared::Unsigned => Some(least.cmp(greatest)),
        _ => None,
    }
}

/// Compares two's complement numbers of any length.
fn big_endian(one: &[u8], other: &[u8]) -> Ordering {
    let negative = |bytes: &[u8]| bytes.first().is_some_and(|first| first & 0x80 != 0);
    match (negative(one), negative(other)) {
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        (sign, _) => {
            let fill = if sign { 0xff } else { 0 };
            let width = one.len().max(other.len());
            let padded = |bytes: &[u8]| {
                let mut out = vec![fill; width - bytes.len()];
                out.extend_from_slice(bytes);
                out
            };
            padded(one).cmp(&padded(other))
        }
    }
}

/// The number of NULLs and nothing else.
fn only_nulls(statistics: &Statistics, nulls: u64) -> Statistics {
    let nulls = Some(nulls);
    match statistics {
        Statistics::Boolean(_) => Statistics::boolean(None, None, None, nulls, false),
        Statistics::Int32(_) => Statistics::int32(None, None, None, nulls, false),
        Statistics::Int64(_) => Statistics::int64(None, None, None, nulls, false),
        Statistics::Int96(_) => Statistics::int96(None, None, None, nulls, false),
        Statistics::Float(_) => Statistics::float(None, None, None, nulls, false),
        Statistics::Double(_) => Statistics::double(None, None, None, nulls, false),
        Statistics::ByteArray(_) => Statistics::ByteArray(ValueStatistics::<ByteArray>::new(None, None, None, nulls, false)),
        Statistics::FixedLenByteArray(_) => {
            Statistics::FixedLenByteArray(ValueStatistics::<FixedLenByteArray>::new(None, None, None, nulls, false))
        }
    }
}

/// The bounds with a count of NULLs: a column that can hold none needs no count.
fn counted(bounds: Statistics, nulls: u64) -> Statistics {
    if bounds.null_count_opt().is_some() {
        return bounds;
    }
    let (nulls, distinct) = (Some(nulls), bounds.distinct_count_opt());
    match bounds {
        Statistics::Boolean(v) => Statistics::boolean(v.min_opt().copied(), v.max_opt().copied(), distinct, nulls, false),
        Statistics::Int32(v) => Statistics::int32(v.min_opt().copied(), v.max_opt().copied(), distinct, nulls, false),
        Statistics::Int64(v) => Statistics::int64(v.min_opt().copied(), v.max_opt().copied(), distinct, nulls, false),
        Statistics::Int96(_) => Statistics::int96(None, None, None, nulls, false),
        Statistics::Float(v) => Statistics::float(v.min_opt().copied(), None, None, nulls, false),
        Statistics::Double(v) => Statistics::double(v.min_opt().copied(), None, None, nulls, false),
        Statistics::ByteArray(v) => Statistics::ByteArray(
            ValueStatistics::new(v.min_opt().cloned(), v.max_opt().cloned(), distinct, nulls, false)
                .with_min_is_exact(v.min_is_exact())
                .with_max_is_exact(v.max_is_exact()),
        ),
        Statistics::FixedLenByteArray(v) => Statistics::FixedLenByteArray(
            ValueStatistics::new(v.min_opt().cloned(), v.max_opt().cloned(), distinct, nulls, false)
                .with_min_is_exact(v.min_is_exact())
                .with_max_is_exact(v.max_is_exact()),
        ),
    }
}
