//! Weft's own properties: which of them may stand where, and what their values are.

/// A mapping whose `customProperties` Weft reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Home {
    /// None of Weft's properties belong here.
    None,
    /// A product file.
    Product,
    /// An output port.
    OutputPort,
    /// A contract file.
    Contract,
    /// A server.
    Server,
    /// A schema object.
    SchemaObject,
    /// A property, nested ones too.
    Column,
    /// A role.
    Role,
    /// A relationship.
    Relationship,
}

/// One of Weft's properties.
#[derive(Debug)]
pub struct Extension {
    /// Where it stands.
    pub home: Home,
    /// Its name.
    pub name: &'static str,
    /// What its value is.
    pub value: Holds,
    /// What it means to leave it out by accident.
    pub weight: Weight,
}

/// What a property of Weft's holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// Anything: it is accepted for other tools and has no effect.
    Anything,
    /// A text that is not empty.
    Text,
    /// True or false.
    Flag,
    /// A whole number.
    Integer,
    /// A day, `YYYY-MM-DD`.
    Day,
    /// A version.
    Version,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A list of texts.
    Texts,
    /// A mask with its parameters.
    Mask,
}

/// What happens when an entry has the property's name but no vendor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// It restricts access: to pass over it would open what was meant to be closed.
    Restricts,
    /// Passing over it opens nothing.
    Plain,
    /// It counts with any vendor, or none.
    Any,
}

/// Every property of Weft's.
pub static EXTENSIONS: &[Extension] = &[
    plain(Home::Product, "sqlName", Holds::Text),
    plain(Home::Product, "defaultVersion", Holds::Version),
    plain(Home::Product, "visibility", Holds::Word(&["hidden", "listed"])),
    plain(Home::OutputPort, "defaultPort", Holds::Flag),
    plain(Home::OutputPort, "sunset", Holds::Day),
    plain(Home::Contract, "compatibility", Holds::Anything),
    plain(Home::Contract, "chargeback", Holds::Anything),
    plain(Home::Server, "binding", Holds::Text),
    Extension { home: Home::Server, name: "customType", value: Holds::Text, weight: Weight::Any },
    plain(Home::Server, "metadataLocation", Holds::Text),
    plain(Home::Server, "hivePartitioning", Holds::Flag),
    plain(Home::Server, "maxStalenessSeconds", Holds::Integer),
    plain(Home::Server, "region", Holds::Anything),
    plain(Home::SchemaObject, "sqlFile", Holds::Text),
    Extension { home: Home::Column, name: "mask", value: Holds::Mask, weight: Weight::Restricts },
    plain(Home::Column, "tokenDomain", Holds::Text),
    plain(Home::Column, "fieldId", Holds::Integer),
    plain(Home::Role, "clearance", Holds::Text),
    plain(Home::Role, "unmask", Holds::Texts),
    Extension { home: Home::Role, name: "rowFilter", value: Holds::Text, weight: Weight::Restricts },
    plain(Home::Relationship, "cardinality", Holds::Anything),
];

/// The vendor under which Weft's properties stand.
pub const VENDOR: &str = "weft";

const fn plain(home: Home, name: &'static str, value: Holds) -> Extension {
    Extension { home, name, value, weight: Weight::Plain }
}

impl Home {
    /// What it is, with its article, for messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "this object",
            Self::Product => "a product",
            Self::OutputPort => "an output port",
            Self::Contract => "a contract",
            Self::Server => "a server",
            Self::SchemaObject => "a schema object",
            Self::Column => "a column",
            Self::Role => "a role",
            Self::Relationship => "a relationship",
        }
    }
}

/// The property of this name at this place.
#[must_use]
pub fn find(home: Home, name: &str) -> Option<&'static Extension> {
    EXTENSIONS.iter().find(|extension| extension.home == home && extension.name == name)
}
