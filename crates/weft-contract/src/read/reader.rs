//! What every reader of one file shares.

use crate::complaints::Complaints;
use crate::standard::edition::Edition;
use crate::standard::extension::Home;
use crate::standard::own;
use crate::yaml::tree::{Map, Node};

/// One file being read.
#[derive(Debug)]
pub struct Reader<'a> {
    /// The edition the file follows.
    pub edition: Edition,
    /// Where complaints go.
    pub out: &'a mut Complaints,
    /// True when the data is a Delta table, whose plain `timestamp` is a point in time.
    pub delta: bool,
}

impl Reader<'_> {
    /// The value of one of Weft's properties.
    #[must_use]
    pub fn own<'m>(&self, map: &'m Map, home: Home, name: &str) -> Option<&'m Node> {
        own::value(map, home, name, self.edition)
    }
}
