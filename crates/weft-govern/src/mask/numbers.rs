//! `bucket` and `round` over integers, floats and dates.

use arrow::datatypes::{
    DataType, Date32Type, Date64Type, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};

use super::decimals;
use super::kernel::{Kernel, primitive};
use super::whole::{floor_to, round_to, width_in_units};

/// Milliseconds of a day.
const DAY: i64 = 86_400_000;

macro_rules! integers {
    ($data_type:expr, $function:expr, $($variant:ident => $kind:ty),+) => {
        match $data_type {
            $(DataType::$variant => {
                let function = $function;
                Some(primitive::<$kind>(move |value| function(i128::from(value))?.try_into().ok()))
            })+
            _ => None,
        }
    };
}

macro_rules! all_integers {
    ($data_type:expr, $function:expr) => {
        integers!(
            $data_type, $function,
            Int8 => Int8Type, Int16 => Int16Type, Int32 => Int32Type, Int64 => Int64Type,
            UInt8 => UInt8Type, UInt16 => UInt16Type, UInt32 => UInt32Type, UInt64 => UInt64Type,
            Date32 => Date32Type
        )
    };
}

macro_rules! floats {
    ($data_type:expr, $function:expr) => {
        match $data_type {
            DataType::Float64 => {
                let function = $function;
                Some(primitive::<Float64Type>(move |value| finite(function(value))))
            }
            DataType::Float32 => {
                let function = $function;
                Some(primitive::<Float32Type>(move |value| single(finite(function(f64::from(value)))?)))
            }
            DataType::Float16 => {
                let function = $function;
                Some(primitive::<Float16Type>(move |value| {
                    let masked = finite(function(value.to_f64()))?;
                    let masked = <Float16Type as arrow::array::ArrowPrimitiveType>::Native::from_f64(masked);
                    masked.is_finite().then_some(masked)
                }))
            }
            _ => None,
        }
    };
}

/// The lower edge of a value's bucket. Dates count in days, integers need a whole width.
pub(super) fn bucket(data_type: &DataType, width: f64) -> Option<Kernel> {
    if !width.is_finite() || width <= 0.0 {
        return None;
    }
    if data_type.is_floating() {
        return floats!(data_type, move |value: f64| lower_edge(value, width));
    }
    if data_type.is_decimal() {
        return decimals::bucket(data_type, width);
    }
    let width: i128 = width_in_units(width, 0)?;
    if *data_type == DataType::Date64 {
        return Some(primitive::<Date64Type>(move |value| {
            let day = floor_to(i128::from(value.div_euclid(DAY)), width)?;
            i64::try_from(day).ok()?.checked_mul(DAY)
        }));
    }
    all_integers!(data_type, move |value: i128| floor_to(value, width))
}

/// The value rounded to `places` after the point, half away from zero.
pub(super) fn round(data_type: &DataType, places: i32) -> Option<Kernel> {
    if data_type.is_floating() {
        return floats!(data_type, move |value: f64| rounded(value, places));
    }
    if data_type.is_decimal() {
        return decimals::round(data_type, places);
    }
    if *data_type == DataType::Date32 {
        return None;
    }
    let power = if places < 0 { places.unsigned_abs() } else { 0 };
    all_integers!(data_type, move |value: i128| round_to(value, power))
}

fn lower_edge(value: f64, width: f64) -> f64 {
    let steps = (value / width).floor();
    let edge = steps * width;
    // The quotient may have been rounded up to the next whole number.
    let edge = if edge > value { (steps - 1.0) * width } else { edge };
    edge + 0.0
}

fn rounded(value: f64, places: i32) -> f64 {
    let unit = 10_f64.powi(places.saturating_abs());
    let rounded = if places < 0 { (value / unit).round() * unit } else { (value * unit).round() / unit };
    rounded + 0.0
}

fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

#[expect(clippy::cast_possible_truncation, reason = "nearest single is meant, and infinity is refused")]
fn single(value: f64) -> Option<f32> {
    let single = value as f32;
    single.is_finite().then_some(single)
}
