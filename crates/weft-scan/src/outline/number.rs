//! Numbers in as many bytes as they need, least significant digits first: of Thrift, and of lengths that are written as
//! differences.

use super::flaw::Flaw;

/// The bytes of the longest number.
const NUMBER_BYTES_MAX: u32 = 10;

/// The number at the beginning of bytes, which is taken from them.
///
/// # Errors
/// [`Flaw::Short`] when they end within it, [`Flaw::Number`] when it is longer than any.
pub(crate) fn number(bytes: &mut &[u8]) -> Result<u64, Flaw> {
    let mut number = 0;
    for place in 0..NUMBER_BYTES_MAX {
        let (byte, rest) = bytes.split_first().ok_or(Flaw::Short)?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Ok(number);
        }
    }
    Err(Flaw::Number)
}

/// A number that may be negative: its sign is its last bit.
pub(crate) fn zigzag(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -(number & 1).cast_signed()
}
