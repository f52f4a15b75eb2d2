//! `bucket` and `round` over decimals.

use arrow::datatypes::{
    ArrowNativeTypeOp, DataType, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type, DecimalType, i256,
};

use super::kernel::{Kernel, primitive};
use super::whole::{Whole, floor_to, round_to, width_in_units};

/// The lower edge of the bucket of a decimal.
pub(super) fn bucket(data_type: &DataType, width: f64) -> Option<Kernel> {
    match *data_type {
        DataType::Decimal256(precision, scale) => {
            let width: i256 = width_in_units(width, scale)?;
            Some(primitive::<Decimal256Type>(move |value| within(floor_to(value, width)?, precision)))
        }
        DataType::Decimal128(precision, scale) => {
            let width: i128 = width_in_units(width, scale)?;
            Some(primitive::<Decimal128Type>(move |value| within(floor_to(value, width)?, precision)))
        }
        DataType::Decimal64(precision, scale) => {
            let width: i128 = width_in_units(width, scale)?;
            Some(narrow::<Decimal64Type>(precision, move |value| floor_to(value, width)))
        }
        DataType::Decimal32(precision, scale) => {
            let width: i128 = width_in_units(width, scale)?;
            Some(narrow::<Decimal32Type>(precision, move |value| floor_to(value, width)))
        }
        _ => None,
    }
}

/// A decimal rounded to `places` after the point.
pub(super) fn round(data_type: &DataType, places: i32) -> Option<Kernel> {
    // As many digits as stand behind the last one kept; none to drop means the value as it is.
    let power = |scale: i8| u32::try_from(i64::from(scale) - i64::from(places)).unwrap_or(0);
    match *data_type {
        DataType::Decimal256(precision, scale) => {
            let power = power(scale);
            Some(primitive::<Decimal256Type>(move |value| within(round_to(value, power)?, precision)))
        }
        DataType::Decimal128(precision, scale) => {
            let power = power(scale);
            Some(primitive::<Decimal128Type>(move |value| within(round_to(value, power)?, precision)))
        }
        DataType::Decimal64(precision, scale) => {
            let power = power(scale);
            Some(narrow::<Decimal64Type>(precision, move |value| round_to(value, power)))
        }
        DataType::Decimal32(precision, scale) => {
            let power = power(scale);
            Some(narrow::<Decimal32Type>(precision, move |value| round_to(value, power)))
        }
        _ => None,
    }
}

fn narrow<T: DecimalType>(precision: u8, function: impl Fn(i128) -> Option<i128> + Send + Sync + 'static) -> Kernel
where
    T::Native: ArrowNativeTypeOp + TryFrom<i128> + Into<i128>,
{
    primitive::<T>(move |value| T::Native::try_from(within(function(value.into())?, precision)?).ok())
}

/// The value, unless it has more digits than the type shows.
fn within<W: Whole>(value: W, precision: u8) -> Option<W> {
    let limit = W::ten_to(u32::from(precision))?;
    let floor = W::default().minus(limit)?;
    (floor < value && value < limit).then_some(value)
}
