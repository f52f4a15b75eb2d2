//! Packing Flight SQL messages into `google.protobuf.Any`, whose type URL says which message it is.

use prost::{DecodeError, Message, Name};

pub use prost_types::{Any, Timestamp};

/// Packs a message, with the type URL that drivers expect: `type.googleapis.com/` and the full name.
#[must_use]
pub fn pack<M: Name>(message: &M) -> Any {
    Any { type_url: url::<M>(), value: message.encode_to_vec() }
}

/// Packs a message and encodes the package.
#[must_use]
pub fn pack_bytes<M: Name>(message: &M) -> Vec<u8> {
    pack(message).encode_to_vec()
}

/// The type URL of a message.
#[must_use]
pub fn url<M: Name>() -> String {
    format!("type.googleapis.com/{}", M::full_name())
}

/// The full name inside a type URL: what stands after the last `/`.
#[must_use]
pub fn name(any: &Any) -> &str {
    any.type_url.rsplit_once('/').map_or(any.type_url.as_str(), |(_, name)| name)
}

/// Unpacks a message: `None` when the package holds another one.
///
/// # Errors
/// The bytes are no such message.
pub fn unpack<M: Name + Default>(any: &Any) -> Result<Option<M>, DecodeError> {
    if name(any) != M::full_name() {
        return Ok(None);
    }
    M::decode(any.value.as_slice()).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::{CommandGetCatalogs, CommandStatementQuery};

    #[test]
    fn packs_with_the_url_drivers_expect() {
        let query = CommandStatementQuery { query: "SELECT 1".to_owned(), transaction_id: None };
        let any = pack(&query);
        assert_eq!(any.type_url, "type.googleapis.com/arrow.flight.protocol.sql.CommandStatementQuery");
        assert_eq!(unpack::<CommandStatementQuery>(&any).unwrap(), Some(query));
        assert_eq!(unpack::<CommandGetCatalogs>(&any).unwrap(), None);
    }

    #[test]
    fn a_url_without_a_host_is_read_too() {
        let any = Any { type_url: "/arrow.flight.protocol.sql.CommandGetCatalogs".to_owned(), value: Vec::new() };
        assert_eq!(unpack::<CommandGetCatalogs>(&any).unwrap(), Some(CommandGetCatalogs {}));
    }

    #[test]
    fn damaged_bytes_are_an_error() {
        let any = Any { type_url: url::<CommandStatementQuery>(), value: vec![0x0a, 0xff] };
        assert!(unpack::<CommandStatementQuery>(&any).is_err());
    }
}
