//! Iceberg `sha-256-global` and `sha-256-query-local`.

use arrow::datatypes::{DataType, Int32Type, Int64Type};
use sha2::{Digest, Sha256};

use super::kernel::{Kernel, binary, primitive, strings};
use super::salt::QuerySalt;

/// The kernel that shows SHA-256 of a value, behind the salt when there is one.
///
/// Strings show it as 64 hexadecimal digits, binary values as its 32 bytes, integers as its first bytes in
/// little-endian order. `None` for other types.
pub(super) fn sha_256(data_type: &DataType, salt: Option<&QuerySalt>) -> Option<Kernel> {
    let mut start = Sha256::new();
    if let Some(salt) = salt {
        start.update(salt.bytes());
    }
    let digest = move |bytes: &[u8]| <[u8; 32]>::from(start.clone().chain_update(bytes).finalize());
    match data_type {
        DataType::Int32 => Some(primitive::<Int32Type>(move |value| {
            digest(&value.to_le_bytes()).first_chunk().map(|bytes| i32::from_le_bytes(*bytes))
        })),
        DataType::Int64 => Some(primitive::<Int64Type>(move |value| {
            digest(&value.to_le_bytes()).first_chunk().map(|bytes| i64::from_le_bytes(*bytes))
        })),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => {
            binary(data_type, move |value, shown| shown.extend_from_slice(&digest(value)))
        }
        _ => strings(data_type, move |value, shown| {
            for byte in digest(value.as_bytes()) {
                shown.extend([hexadecimal(byte >> 4), hexadecimal(byte & 15)]);
            }
        }),
    }
}

fn hexadecimal(nibble: u8) -> u8 {
    if nibble < 10 { b'0' + nibble } else { b'a' + nibble - 10 }
}
