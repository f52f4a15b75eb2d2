//! The small language in which the standards are written down here: objects, their keys, and the kinds of their values.

use crate::standard::edition::{ALWAYS, Edition, Editions, NEVER};
use crate::standard::extension::Home;
use crate::yaml::tree::Map;

/// A mapping of the standard.
#[derive(Debug)]
pub struct Object {
    /// What it is, with its article, for messages.
    pub name: &'static str,
    /// The keys it always knows.
    pub keys: &'static [Key],
    /// Editions in which it may hold any other key.
    pub open: Editions,
    /// Further keys, depending on what the mapping holds.
    pub more: Option<More>,
    /// A rule that keys alone do not express.
    pub rule: Option<Rule>,
    /// Which of Weft's own properties may stand in its `customProperties`.
    pub home: Home,
}

/// Finds further keys of a mapping.
pub type More = fn(&Map, Edition) -> Vec<&'static [Key]>;

/// A rule about several keys of one object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Quality rules compare with exactly one operator, where they compare at all.
    OneOperator,
    /// `from` and `to` are both one reference or both lists.
    SameShape,
    /// Enumerated values are distinct, and not null where a value is required.
    DistinctEnum,
}

/// A key of an object.
#[derive(Debug)]
pub struct Key {
    /// The key.
    pub name: &'static str,
    /// What its value is.
    pub kind: Kind,
    /// Editions that know it.
    pub known: Editions,
    /// Editions that require it.
    pub required: Editions,
}

/// What a value may be.
#[derive(Debug)]
pub enum Kind {
    /// Anything.
    Any,
    /// Anything but a list or a mapping.
    Scalar,
    /// A text.
    Text,
    /// A text that can stand in a reference.
    StableId,
    /// A text that begins so.
    Prefixed(&'static str),
    /// One of these words.
    Word(&'static [Word]),
    /// True or false.
    Flag,
    /// A whole number, at least this one.
    Integer(Option<i32>),
    /// A number.
    Number,
    /// A number above zero.
    Positive,
    /// A mapping with any keys.
    Free,
    /// A mapping of the standard.
    Object(&'static Object),
    /// A list.
    List(&'static List),
    /// A reference to a column.
    Reference,
    /// Any of these; they differ by the kind of YAML value.
    Either(&'static [Kind]),
    /// The kind depends on the edition.
    By(&'static [(Editions, Kind)]),
}

/// A list of the standard.
#[derive(Debug)]
pub struct List {
    /// What each item is.
    pub item: Kind,
    /// The fewest items.
    pub least: usize,
    /// The most items.
    pub most: usize,
    /// True when no item may stand twice.
    pub distinct: bool,
}

/// A word of an enumeration.
#[derive(Clone, Copy, Debug)]
pub struct Word {
    /// The word.
    pub text: &'static str,
    /// Editions that know it.
    pub known: Editions,
}

impl Object {
    /// A closed object without conditions.
    #[must_use]
    pub const fn new(name: &'static str, keys: &'static [Key]) -> Self {
        Self { name, keys, open: NEVER, more: None, rule: None, home: Home::None }
    }

    /// The same, with any other key allowed in some editions.
    #[must_use]
    pub const fn open(mut self, editions: Editions) -> Self {
        self.open = editions;
        self
    }

    /// The same, with further keys.
    #[must_use]
    pub const fn more(mut self, more: More) -> Self {
        self.more = Some(more);
        self
    }

    /// The same, with a rule.
    #[must_use]
    pub const fn rule(mut self, rule: Rule) -> Self {
        self.rule = Some(rule);
        self
    }

    /// The same, as a home of Weft's own properties.
    #[must_use]
    pub const fn home(mut self, home: Home) -> Self {
        self.home = home;
        self
    }
}

impl Key {
    /// An optional key that every edition knows.
    #[must_use]
    pub const fn new(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, known: ALWAYS, required: NEVER }
    }

    /// The same, required in some editions.
    #[must_use]
    pub const fn required(mut self, editions: Editions) -> Self {
        self.required = editions;
        self
    }

    /// The same, known in some editions only.
    #[must_use]
    pub const fn known(mut self, editions: Editions) -> Self {
        self.known = editions;
        self
    }
}

impl List {
    /// A list of any length.
    #[must_use]
    pub const fn of(item: Kind) -> Self {
        Self { item, least: 0, most: usize::MAX, distinct: false }
    }
}

impl Word {
    /// A word that every edition knows.
    #[must_use]
    pub const fn new(text: &'static str) -> Self {
        Self { text, known: ALWAYS }
    }

    /// A word that some editions know.
    #[must_use]
    pub const fn known(text: &'static str, known: Editions) -> Self {
        Self { text, known }
    }
}
