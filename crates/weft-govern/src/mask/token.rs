//! Tokens: equal for equal values of one token domain, and nothing else to be read from them.
//!
//! Strings and binary values show 128 bits of a MAC. Numbers, timestamps and short fixed-size binaries show another
//! value of their own type, by a permutation of all of them, so that no two tokens collide. Every type has a key of
//! its own: the number 42 and the text `42` differ, and so do 42 in 32 and in 64 bits. All layouts of strings agree.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, FixedSizeBinaryBuilder};
use arrow::datatypes::{
    DataType, Decimal64Type, Decimal128Type, Int32Type, Int64Type, TimeUnit, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt32Type, UInt64Type,
};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::error::MaskError;
use super::kernel::{Kernel, binary, strings};
use super::keys::TokenKey;
use super::permutation::{Memo, Permutation};

/// What every token of a string starts with.
const PREFIX: &[u8] = b"tok_";

/// Digits of base 32 in lower case (RFC 4648).
const DIGITS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// Digits that 128 bits take.
const LENGTH: u32 = 26;

/// Decimals of fewer digits have too few values, of either sign alone, to hide among.
const LEAST_DIGITS: u8 = 10;

/// First and last second of the years that clients can show: 0001 to 9999.
const SECONDS: (i64, i64) = (-62_135_596_800, 253_402_300_799);

/// The kernel that shows tokens. `None` for types that have none: too few values, or none that compare exactly.
pub(super) fn token(data_type: &DataType, key: &TokenKey) -> Option<Kernel> {
    let numbers = |purpose: &str, last: u128| Permutation::new(key.mac(purpose)?, last);
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => {
            let mac = key.mac("string")?;
            strings(data_type, move |value, shown| spell(digest(&mac, value.as_bytes()), shown))
        }
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => {
            let mac = key.mac("binary")?;
            binary(data_type, move |value, shown| shown.extend_from_slice(&digest(&mac, value).to_be_bytes()))
        }
        DataType::FixedSizeBinary(width) => {
            let bits = u32::try_from(*width).ok()?.checked_mul(8)?;
            let last = u128::MAX.checked_shr(128_u32.checked_sub(bits)?)?;
            Some(fixed_size_binary(numbers(&format!("fixed/{width}"), last)?))
        }
        DataType::Int32 => Some(permuted::<Int32Type>(
            numbers("int32", u128::from(u32::MAX))?,
            |value| Some(u128::from(value.cast_unsigned())),
            |token| u32::try_from(token).ok().map(u32::cast_signed),
        )),
        DataType::UInt32 => Some(permuted::<UInt32Type>(
            numbers("uint32", u128::from(u32::MAX))?,
            |value| Some(u128::from(value)),
            |token| token.try_into().ok(),
        )),
        DataType::Int64 => Some(permuted::<Int64Type>(
            numbers("int64", u128::from(u64::MAX))?,
            |value| Some(u128::from(value.cast_unsigned())),
            |token| u64::try_from(token).ok().map(u64::cast_signed),
        )),
        DataType::UInt64 => Some(permuted::<UInt64Type>(
            numbers("uint64", u128::from(u64::MAX))?,
            |value| Some(u128::from(value)),
            |token| token.try_into().ok(),
        )),
        DataType::Decimal64(precision, 0) => decimal::<Decimal64Type>(*precision, key),
        DataType::Decimal128(precision, 0) => decimal::<Decimal128Type>(*precision, key),
        DataType::Timestamp(unit, _) => timestamp(*unit, key),
        _ => None,
    }
}

fn digest(mac: &Hmac<Sha256>, value: &[u8]) -> u128 {
    let output = <[u8; 32]>::from(mac.clone().chain_update(value).finalize().into_bytes());
    output.first_chunk().map_or(0, |bytes| u128::from_be_bytes(*bytes))
}

/// The prefix and the bits in base 32, the last digit filled with zero bits.
fn spell(bits: u128, shown: &mut Vec<u8>) {
    shown.extend_from_slice(PREFIX);
    shown.extend((0..LENGTH).map(|place| {
        let above = 5 * place;
        let five = if above + 5 <= 128 { bits >> (123 - above) } else { bits << (above - 123) };
        let digit = usize::try_from(five & 31).ok().and_then(|five| DIGITS.get(five));
        digit.copied().unwrap_or_default()
    }));
}

fn fixed_size_binary(numbers: Permutation) -> Kernel {
    Arc::new(move |array: &ArrayRef| {
        let typed = array.as_fixed_size_binary_opt().ok_or(MaskError::AnotherType)?;
        let mut tokens = FixedSizeBinaryBuilder::with_capacity(typed.len(), typed.value_length());
        let memo = Memo::new(&numbers);
        for value in typed {
            match value.and_then(|value| memo.apply(number(value))) {
                None => tokens.append_null(),
                Some(token) => {
                    let bytes = token.to_be_bytes();
                    let width = usize::try_from(typed.value_length()).unwrap_or_default();
                    let (_, last) = bytes.split_at_checked(bytes.len().saturating_sub(width)).unwrap_or_default();
                    tokens.append_value(last)?;
                }
            }
        }
        Ok(Arc::new(tokens.finish()) as ArrayRef)
    })
}

fn number(bytes: &[u8]) -> u128 {
    bytes.iter().fold(0, |number, byte| number << 8 | u128::from(*byte))
}

/// A permutation of values that the two functions number from zero and read back.
fn permuted<T: ArrowPrimitiveType>(
    numbers: Permutation,
    number: impl Fn(T::Native) -> Option<u128> + Send + Sync + 'static,
    value: impl Fn(u128) -> Option<T::Native> + Send + Sync + 'static,
) -> Kernel {
    Arc::new(move |array: &ArrayRef| {
        let typed = array.as_primitive_opt::<T>().ok_or(MaskError::AnotherType)?;
        let memo = Memo::new(&numbers);
        let tokens = typed.unary_opt::<_, T>(|old| value(memo.apply(number(old)?)?));
        Ok(Arc::new(tokens.with_data_type(typed.data_type().clone())))
    })
}

/// A permutation of all decimals of a precision, negative ones included. A value with more digits has no token.
fn decimal<T: ArrowPrimitiveType>(precision: u8, key: &TokenKey) -> Option<Kernel>
where
    T::Native: Into<i128> + TryFrom<i128>,
{
    if precision < LEAST_DIGITS {
        return None;
    }
    let greatest = 10_i128.checked_pow(u32::from(precision))? - 1;
    let span = greatest.unsigned_abs().checked_mul(2)?;
    let numbers = Permutation::new(key.mac(&format!("decimal/{precision}"))?, span)?;
    Some(permuted::<T>(
        numbers,
        move |value| u128::try_from(value.into().checked_add(greatest)?).ok(),
        // The upper half of the span does not fit a signed number before the greatest is taken off.
        move |token| {
            let value = match token.checked_sub(greatest.unsigned_abs()) {
                Some(above) => i128::try_from(above).ok()?,
                None => i128::try_from(token).ok()?.checked_sub(greatest)?,
            };
            T::Native::try_from(value).ok()
        },
    ))
}

/// A permutation of the instants that clients can show: the years 1 to 9999, or all that nanoseconds reach.
///
/// An instant outside has no token.
fn timestamp(unit: TimeUnit, key: &TokenKey) -> Option<Kernel> {
    match unit {
        TimeUnit::Second => instants::<TimestampSecondType>("s", 1, key),
        TimeUnit::Millisecond => instants::<TimestampMillisecondType>("ms", 1_000, key),
        TimeUnit::Microsecond => instants::<TimestampMicrosecondType>("us", 1_000_000, key),
        TimeUnit::Nanosecond => instants::<TimestampNanosecondType>("ns", 1_000_000_000, key),
    }
}

fn instants<T: ArrowPrimitiveType<Native = i64>>(unit: &str, ticks: i64, key: &TokenKey) -> Option<Kernel> {
    let first = SECONDS.0.checked_mul(ticks).unwrap_or(i64::MIN);
    let last = SECONDS.1.checked_mul(ticks).and_then(|last| last.checked_add(ticks - 1)).unwrap_or(i64::MAX);
    let first = i128::from(first);
    let span = u128::try_from(i128::from(last) - first).ok()?;
    let numbers = Permutation::new(key.mac(&format!("timestamp/{unit}"))?, span)?;
    Some(permuted::<T>(
        numbers,
        move |value| u128::try_from(i128::from(value) - first).ok(),
        move |token| i64::try_from(i128::try_from(token).ok()? + first).ok(),
    ))
}
