//! Every code a finding of this crate can carry, with its meaning.
//!
//! `ODCS-E…` and `ODPS-E…` say that a file breaks its standard; `W…` are Weft's own rules on top.
//! Codes are stable: tools filter by them, documentation links to them.

use crate::standard::edition::Standard;

/// A rule that both standards share: one number, two prefixes.
#[derive(Clone, Copy, Debug)]
pub struct Pair {
    odcs: &'static str,
    odps: &'static str,
    /// What the code means, a full sentence.
    pub means: &'static str,
}

impl Pair {
    /// The code as one standard spells it.
    #[must_use]
    pub const fn of(self, standard: Standard) -> &'static str {
        match standard {
            Standard::Odcs => self.odcs,
            Standard::Odps => self.odps,
        }
    }
}

macro_rules! standard_codes {
    ($($name:ident $number:literal $means:literal;)*) => {
        $(
            #[doc = $means]
            pub const $name: Pair =
                Pair { odcs: concat!("ODCS-E", $number), odps: concat!("ODPS-E", $number), means: $means };
        )*
        /// Every rule of the standards.
        pub const STANDARD: &[Pair] = &[$($name),*];
    };
}

macro_rules! weft_codes {
    ($($name:ident $code:literal $means:literal;)*) => {
        $(
            #[doc = $means]
            pub const $name: &str = $code;
        )*
        /// Every rule of Weft's, with its meaning.
        pub const WEFT: &[(&str, &str)] = &[$(($code, $means)),*];
    };
}

standard_codes! {
    SYNTAX "001" "The file is no YAML, or uses YAML beyond the core schema.";
    DUPLICATE_KEY "002" "A key stands twice in one mapping.";
    NO_MAPPING "003" "The file is empty, or its document is no mapping.";
    MISSING_KEY "010" "A key that the standard requires is missing.";
    UNKNOWN_KEY "011" "A key that the standard does not know.";
    WRONG_KIND "012" "A value of the wrong kind, such as a number where a text belongs.";
    WRONG_WORD "013" "A word that is none of those the standard lists.";
    WRONG_PATTERN "014" "A text that does not follow the pattern the standard sets.";
    OUT_OF_RANGE "015" "A number below the least one the standard allows.";
    WRONG_LENGTH "016" "A list with too few or too many items.";
    REPEATED_ITEM "017" "A list with two equal items.";
    OPERATORS "018" "A quality rule that does not compare with exactly one operator.";
    UNEQUAL_SHAPES "019" "A relationship whose two sides differ in shape.";
    ENUM_VALUES "020" "Enumerated values that repeat each other, or null where a value is required.";
}

weft_codes! {
    BOUND "W101" "The file exceeds one of the bounds on size, depth or number of values.";
    OLD_EDITION "W102" "The file follows an edition of the standard that Weft does not read.";
    FINDINGS_CUT "W103" "The file has more findings than are listed.";
    NO_DOMAIN "W110" "A product names no domain, or one that has no SQL spelling.";
    RESERVED_DOMAIN "W111" "The domain's name belongs to Weft itself.";
    NO_PRODUCT_NAME "W112" "A product has no name, or one that has no SQL spelling.";
    ALIAS_NAME "W113" "A product's name reads as a version or as a schema object of another product.";
    NO_SQL_NAME "W114" "A port, schema object or column has no SQL spelling, or one that is too long.";
    NO_STATUS "W120" "A product or contract behind a port that SQL can see has no status.";
    WRONG_STATUS "W121" "A status that is none of proposed, draft, active, deprecated, retired.";
    NO_VERSION "W122" "A version is missing or cannot be read.";
    VARIABLE_PLACE "W201" "A variable stands outside `servers`, or in a server's name.";
    UNLISTED_VARIABLE "W202" "A variable that the mesh does not list.";
    BROKEN_VARIABLE "W203" "A `${` that is no variable.";
    UNLISTED_PROPERTY "W301" "A property with Weft's vendor that does not exist at this place.";
    PROPERTY_VALUE "W302" "A property of Weft's with a value it cannot have.";
    UNKEYED_MASK "W303" "A mask that hashes without a key, or with a salt that anyone can read.";
    LEGACY_MASK "W304" "A mask in a spelling of other tools.";
    REPEATED_PROPERTY "W305" "A property of Weft's stands twice.";
    UNCLAIMED_PROPERTY "W306" "A property named like one of Weft's, without its vendor.";
    TOKEN_WITHOUT_DOMAIN "W307" "A token mask without a token domain.";
    MASK_TYPE "W308" "A mask that does not work on the column's type.";
    UNLISTED_TYPE "W401" "A physical type that Weft does not know; the logical type counts.";
    NUMBER_AS_FLOAT "W402" "A number without a physical type is served as a 64-bit float.";
    NO_TYPE "W403" "A column whose type cannot be told.";
    DECIMAL_RANGE "W404" "A decimal without precision and scale, or with impossible ones.";
    TYPES_DIFFER "W405" "Physical and logical type disagree; the physical one counts.";
    REPEATED_NAME "W406" "Two columns or schema objects have one name.";
    NO_COLUMNS "W407" "A schema object without columns is left out.";
    NO_SQL_FILE "W409" "A derived schema object names no SQL file.";
    ENCRYPTED_COLUMN "W408" "The column named in `encryptedName` is missing or of another type.";
    NO_CONTRACT "W501" "No contract has the identifier a port names.";
    CONTRACT_VERSION "W502" "No contract with that identifier has the port's version.";
    SHARED_NAME "W503" "Two products have one SQL name.";
    SHARED_PORT "W504" "Two ports of a product have one name and version.";
    NO_DEFAULT_PORT "W505" "It cannot be told which port answers the product's bare name.";
    TWO_DEFAULT_PORTS "W506" "Ports of different names claim to be the default.";
    SHARED_CONTRACT "W507" "Two contracts have one identifier and version.";
    BROKEN_CONTRACT "W508" "The contract of a port has errors.";
    NO_SUCH_DEFAULT "W509" "`defaultVersion` is the version of none of the default port's contracts.";
    PORT_AND_OBJECT "W510" "A port and a schema object would have one SQL name.";
    NO_DEFAULT_OBJECT "W511" "It cannot be told which schema object answers the product's bare name.";
    NO_PORT "W512" "No output port of the product names a contract.";
    UNUSED_CONTRACT "W513" "No port names this contract.";
    SHARED_OBJECT_NAME "W514" "Two ports have one SQL spelling.";
    DOMAIN_DIFFERS "W515" "Product and contract name different domains.";
    UNREAD_SERVER "W601" "A server of a kind or format that Weft does not read.";
    SERVER_ROLES "W602" "Roles of a server have no effect.";
    NO_SERVER "W603" "A contract without a server Weft can read cannot be queried.";
    BAD_REFERENCE "W604" "A relationship names a column that the object does not declare.";
    BLOB "W605" "A schema object that is no table is left out.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique() {
        let mut codes: Vec<&str> = WEFT.iter().map(|(code, _)| *code).collect();
        codes.extend(STANDARD.iter().flat_map(|pair| [pair.odcs, pair.odps]));
        let all = codes.len();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), all);
    }
}
