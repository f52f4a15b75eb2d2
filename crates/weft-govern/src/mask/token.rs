//! Tokens: equal for equal values of one token domain, and nothing else to be read from them.
//!
//! Strings and binary values show 128 bits of a MAC. Numbers, timestamps and short fixed-size binaries show another
//! value of their own type, by a permutation of all of them, so that no two tokens collide. Every type has a key of
//! its own: the number 42 and the text `42` differ, and so do 42 in 32 and in 64 bits. All layouts of strings agree.

use arrow::array::{Array, ArrayRef, AsArray, FixedSizeBinaryBuilder};
use arrow::datatypes::{
    DataType, Decimal64Type, Decimal128Type, Int32Type, Int64Type, TimeUnit, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt32Type, UInt64Type,
};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use std::sync::Arc;

use super::error::MaskError;
use super::kernel::{Kernel, binary, primitive, strings};
use super::keys::TokenKey;
use super::permutation::Permutation;

/// What every token of a string starts with.
const PREFIX: &str = "tok_";

/// Digits of base 32 in lower case (RFC 4648).
const DIGITS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// Digits that 128 bits take.
const LENGTH: u32 = 26;

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
        DataType::Int32 => {
            let numbers = numbers("int32", u128::from(u32::MAX))?;
            Some(primitive::<Int32Type>(move |value| {
                let token = numbers.apply(u128::from(value.cast_unsigned()))?;
                u32::try_from(token).ok().map(u32::cast_signed)
            }))
        }
        DataType::UInt32 => {
            let numbers = numbers("uint32", u128::from(u32::MAX))?;
            Some(primitive::<UInt32Type>(move |value| numbers.apply(u128::from(value))?.try_into().ok()))
        }
        DataType::Int64 => {
            let numbers = numbers("int64", u128::from(u64::MAX))?;
            Some(primitive::<Int64Type>(move |value| {
                let token = numbers.apply(u128::from(value.cast_unsigned()))?;
                u64::try_from(token).ok().map(u64::cast_signed)
            }))
        }
        DataType::UInt64 => {
            let numbers = numbers("uint64", u128::from(u64::MAX))?;
            Some(primitive::<UInt64Type>(move |value| numbers.apply(u128::from(value))?.try_into().ok()))
        }
        DataType::Decimal64(precision, 0) => {
            let shift = decimal(key, *precision)?;
            Some(primitive::<Decimal64Type>(move |value| shift(i128::from(value))?.try_into().ok()))
        }
        DataType::Decimal128(precision, 0) => Some(primitive::<Decimal128Type>(decimal(key, *precision)?)),
        DataType::Timestamp(unit, _) => timestamp(*unit, key),
        _ => None,
    }
}

fn digest(mac: &Hmac<Sha256>, value: &[u8]) -> u128 {
    let output = <[u8; 32]>::from(mac.clone().chain_update(value).finalize().into_bytes());
    output.first_chunk().map_or(0, |bytes| u128::from_be_bytes(*bytes))
}

/// The prefix and the bits in base 32, the last digit filled with zero bits.
fn spell(bits: u128, shown: &mut String) {
    shown.push_str(PREFIX);
    let digit = |place: u32| {
        let above = 5 * place;
        let five = if above + 5 <= 128 { bits >> (123 - above) } else { bits << (above - 123) };
        let digit = usize::try_from(five & 31).ok().and_then(|five| DIGITS.get(five));
        char::from(digit.copied().unwrap_or(b'a'))
    };
    shown.extend((0..LENGTH).map(digit));
}

fn fixed_size_binary(numbers: Permutation) -> Kernel {
    Arc::new(move |array: &ArrayRef| {
        let typed = array.as_fixed_size_binary_opt().ok_or(MaskError::AnotherType)?;
        let mut tokens = FixedSizeBinaryBuilder::with_capacity(typed.len(), typed.value_length());
        for value in typed {
            match value.and_then(|value| numbers.apply(number(value))) {
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

/// A permutation of all decimals of a precision, negative ones included. A value with more digits has no token.
fn decimal(key: &TokenKey, precision: u8) -> Option<impl Fn(i128) -> Option<i128> + Send + Sync + 'static> {
    let greatest = 10_i128.checked_pow(u32::from(precision))? - 1;
    let mac = key.mac(&format!("decimal/{precision}"))?;
    // Ten digits at least, so that nine-digit numbers, which are few, have no tokens with either sign.
    let numbers = Permutation::new(mac, greatest.unsigned_abs().checked_mul(2)?).filter(|_| precision >= 10)?;
    Some(move |value: i128| {
        // From zero up: the smallest decimal first.
        let place = u128::try_from(value.checked_add(greatest)?).ok()?;
        let token = numbers.apply(place)?;
        let above = token.checked_sub(greatest.unsigned_abs());
        let below = greatest.unsigned_abs().checked_sub(token);
        match above {
            Some(above) => i128::try_from(above).ok(),
            None => i128::try_from(below?).ok()?.checked_neg(),
        }
    })
}

/// A permutation of the instants that clients can show: the years 1 to 9999, or all that nanoseconds reach.
fn timestamp(unit: TimeUnit, key: &TokenKey) -> Option<Kernel> {
    let (name, ticks) = match unit {
        TimeUnit::Second => ("s", 1),
        TimeUnit::Millisecond => ("ms", 1_000),
        TimeUnit::Microsecond => ("us", 1_000_000),
        TimeUnit::Nanosecond => ("ns", 1_000_000_000),
    };
    let first = SECONDS.0.checked_mul(ticks).unwrap_or(i64::MIN);
    let last = SECONDS.1.checked_mul(ticks).and_then(|last| last.checked_add(ticks - 1)).unwrap_or(i64::MAX);
    let span = u128::try_from(i128::from(last) - i128::from(first)).ok()?;
    let numbers = Permutation::new(key.mac(&format!("timestamp/{name}"))?, span)?;
    let token = move |value: i64| {
        let place = u128::try_from(i128::from(value) - i128::from(first)).ok()?;
        i64::try_from(i128::try_from(numbers.apply(place)?).ok()? + i128::from(first)).ok()
    };
    Some(match unit {
        TimeUnit::Second => primitive::<TimestampSecondType>(token),
        TimeUnit::Millisecond => primitive::<TimestampMillisecondType>(token),
        TimeUnit::Microsecond => primitive::<TimestampMicrosecondType>(token),
        TimeUnit::Nanosecond => primitive::<TimestampNanosecondType>(token),
    })
}
