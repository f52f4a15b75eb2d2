//! Sizes and durations as people write them.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};

/// A number of bytes: `268435456`, `256MiB`, `1GB`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bytes(pub u64);

/// A number of bytes, or a share of the memory this process may use: `2GiB`, `60%`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Memory {
    /// So many bytes.
    Bytes(u64),
    /// So many hundredths of the machine's, or the control group's, memory.
    Percent(u64),
}

/// A length of time: `30` and `30s`, `500ms`, `10m`, `12h`, `7d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period(pub Duration);

const BYTE_UNITS: [(&str, u64); 10] = [
    ("B", 1),
    ("kB", 1_000),
    ("KB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
];

const MILLISECOND_UNITS: [(&str, u64); 5] =
    [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

/// A scalar that is a whole number or a number with a unit.
trait Quantity: Sized {
    const EXPECTED: &'static str;

    fn of_number(number: u64) -> Option<Self>;
    fn of_text(text: &str) -> Option<Self>;
}

impl Quantity for Bytes {
    const EXPECTED: &'static str = "a size such as `256MiB`, or a number of bytes";

    fn of_number(number: u64) -> Option<Self> {
        Some(Self(number))
    }

    fn of_text(text: &str) -> Option<Self> {
        scaled(text, &BYTE_UNITS).map(Self)
    }
}

impl Quantity for Memory {
    const EXPECTED: &'static str = "a size such as `2GiB`, a share of the memory such as `60%`, or a number of bytes";

    fn of_number(number: u64) -> Option<Self> {
        Some(Self::Bytes(number))
    }

    fn of_text(text: &str) -> Option<Self> {
        match text.strip_suffix('%') {
            Some(number) => number.trim().parse().ok().filter(|share| (1..=100).contains(share)).map(Self::Percent),
            None => scaled(text, &BYTE_UNITS).map(Self::Bytes),
        }
    }
}

impl Quantity for Period {
    const EXPECTED: &'static str = "a duration such as `30s`, `500ms` or `10m`, or a number of seconds";

    fn of_number(number: u64) -> Option<Self> {
        Some(Self(Duration::from_secs(number)))
    }

    fn of_text(text: &str) -> Option<Self> {
        scaled(text, &MILLISECOND_UNITS).map(|milliseconds| Self(Duration::from_millis(milliseconds)))
    }
}

/// `12unit`, without a fraction.
fn scaled(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at_checked(digits)?;
    let (_, scale) = units.iter().find(|(name, _)| *name == unit.trim_start())?;
    number.parse::<u64>().ok()?.checked_mul(*scale)
}

struct Scalar<T>(PhantomData<T>);

impl<T: Quantity> Visitor<'_> for Scalar<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<T, E> {
        T::of_number(number).ok_or_else(|| E::custom(format!("{number} is not {}", T::EXPECTED)))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<T, E> {
        let number = u64::try_from(number).map_err(|_| E::custom(format!("{number} is not {}", T::EXPECTED)))?;
        self.visit_u64(number)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        match text.parse::<u64>() {
            Ok(number) => self.visit_u64(number),
            Err(_) => T::of_text(text).ok_or_else(|| E::custom(format!("`{text}` is not {}", T::EXPECTED))),
        }
    }
}

macro_rules! scalar {
    ($name:ident) => {
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any(Scalar(PhantomData))
            }
        }
    };
}

scalar!(Bytes);
scalar!(Memory);
scalar!(Period);

#[cfg(test)]
mod tests {
    use super::*;

    fn read<T: for<'de> Deserialize<'de>>(text: &str) -> Result<T, String> {
        serde_saphyr::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn sizes_and_durations_are_read_as_people_write_them() {
        assert_eq!(read::<Bytes>("268435456"), Ok(Bytes(268_435_456)));
        assert_eq!(read::<Bytes>("256MiB"), Ok(Bytes(268_435_456)));
        assert_eq!(read::<Bytes>("1 GB"), Ok(Bytes(1_000_000_000)));
        assert_eq!(read::<Memory>("60%"), Ok(Memory::Percent(60)));
        assert_eq!(read::<Memory>("2GiB"), Ok(Memory::Bytes(1 << 31)));
        assert_eq!(read::<Period>("30"), Ok(Period(Duration::from_secs(30))));
        assert_eq!(read::<Period>("500ms"), Ok(Period(Duration::from_millis(500))));
        assert_eq!(read::<Period>("10m"), Ok(Period(Duration::from_secs(600))));
    }

    #[test]
    fn anything_else_says_what_was_expected() {
        for text in ["256mib", "1.5GiB", "-1", "lots", "99999999999999TiB"] {
            let error = read::<Bytes>(text).unwrap_err();
            assert!(error.contains("is not a size such as `256MiB`, or a number of bytes"), "{text}: {error}");
        }
        for text in ["0%", "101%", "%"] {
            assert!(read::<Memory>(text).is_err(), "{text}");
        }
        assert!(read::<Period>("ten minutes").unwrap_err().contains("is not a duration such as `30s`"));
    }
}
