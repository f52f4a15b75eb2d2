//! Which kind of client asks, and so which types it can read.

use tonic::metadata::MetadataMap;

use crate::error::Error;

/// The header by which a client asks for lossless types.
const TYPES_HEADER: &str = "x-weft-types";

/// A kind of client; the numbers travel in tickets, so that a stream has the schema that was announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub(crate) enum Profile {
    /// A client we do not know: what every Arrow implementation reads.
    Unknown = 0,
    /// The Arrow Flight SQL JDBC driver.
    Jdbc = 1,
    /// The Arrow Flight SQL ODBC driver, which has no accessor for large and fixed-size variants.
    Odbc = 2,
    /// An ADBC driver.
    Adbc = 3,
    /// pyarrow and other users of the C++ implementation.
    Pyarrow = 4,
    /// A client that asked for the engine's own types with `x-weft-types: native`.
    Native = 5,
}

impl Profile {
    /// Reads the profile off the headers of a call.
    pub(crate) fn of(headers: &MetadataMap) -> Result<Self, Error> {
        if let Some(wish) = headers.get(TYPES_HEADER) {
            return match wish.to_str() {
                Ok("native") => Ok(Self::Native),
                Ok("") => Ok(Self::of_agent(headers)),
                _ => Err(Error::Header(TYPES_HEADER)),
            };
        }
        Ok(Self::of_agent(headers))
    }

    fn of_agent(headers: &MetadataMap) -> Self {
        let agent = headers.get("user-agent").and_then(|agent| agent.to_str().ok()).unwrap_or_default();
        let agent = agent.to_ascii_lowercase();
        // Older JDBC drivers name nothing but their transport, as pyarrow does; the order matters.
        for (mark, profile) in [
            ("jdbc", Self::Jdbc),
            ("odbc", Self::Odbc),
            ("adbc", Self::Adbc),
            ("grpc-java", Self::Jdbc),
            ("grpc-c++", Self::Pyarrow),
        ] {
            if agent.contains(mark) {
                return profile;
            }
        }
        Self::Unknown
    }

    /// The number that travels in a ticket.
    pub(crate) fn number(self) -> u32 {
        u32::from(self as u8)
    }

    /// The profile of a number; one we do not know is an unknown client.
    pub(crate) fn from_number(number: u32) -> Self {
        match number {
            1 => Self::Jdbc,
            2 => Self::Odbc,
            3 => Self::Adbc,
            4 => Self::Pyarrow,
            5 => Self::Native,
            _ => Self::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> MetadataMap {
        let mut map = MetadataMap::new();
        for (name, value) in pairs {
            map.insert(*name, value.parse().unwrap());
        }
        map
    }

    #[test]
    fn agents_are_recognised() {
        for (agent, profile) in [
            ("JDBC Flight SQL Driver 19.0.0 grpc-java-netty/1.71.0", Profile::Jdbc),
            ("grpc-java-netty/1.71.0", Profile::Jdbc),
            ("ADBC Flight SQL Driver 1.13.0 grpc-go/1.80.0", Profile::Adbc),
            ("Arrow Flight SQL ODBC grpc-c++/1.60", Profile::Odbc),
            ("grpc-c++/1.60.0 grpc-c/37.0.0 (linux; chttp2)", Profile::Pyarrow),
            ("tonic/0.14", Profile::Unknown),
        ] {
            assert_eq!(Profile::of(&headers(&[("user-agent", agent)])).unwrap(), profile, "{agent}");
            assert_eq!(Profile::from_number(profile.number()), profile);
        }
        assert_eq!(Profile::of(&headers(&[])).unwrap(), Profile::Unknown);
    }

    #[test]
    fn the_header_wins_and_is_strict() {
        let native = headers(&[("user-agent", "jdbc"), ("x-weft-types", "native")]);
        assert_eq!(Profile::of(&native).unwrap(), Profile::Native);
        let odd = Profile::of(&headers(&[("x-weft-types", "narrow")])).unwrap_err();
        assert_eq!(odd.to_string(), "header `x-weft-types` holds a value that is not accepted");
    }
}
