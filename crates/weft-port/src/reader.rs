//! Opening a port.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, SecondsFormat};

use crate::error::Error;
use crate::location::PortLocation;
use crate::snapshot::PortSnapshot;

/// Which snapshot of a table is meant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum AsOf {
    /// The newest.
    #[default]
    Latest,
    /// A version or snapshot number.
    Version(i64),
    /// The newest at this time, microseconds since 1970-01-01T00:00:00Z.
    Timestamp(i64),
    /// A branch or tag.
    Reference(Arc<str>),
}

impl fmt::Display for AsOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Latest => f.write_str("snapshot"),
            Self::Version(version) => write!(f, "version {version}"),
            Self::Timestamp(micros) => match DateTime::from_timestamp_micros(*micros) {
                Some(at) => write!(f, "version of {}", at.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
                None => write!(f, "version {micros} microseconds after 1970-01-01T00:00:00Z"),
            },
            Self::Reference(name) => write!(f, "version `{}`", name.escape_debug()),
        }
    }
}

/// What a reader keeps of the metadata of tables, for metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// How often a table was asked for.
    pub asked: u64,
    /// How often its metadata was read, whole or what is new of it.
    pub read: u64,
    /// Bytes that are kept.
    pub bytes: u64,
}

impl Kept {
    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            asked: self.asked.saturating_add(other.asked),
            read: self.read.saturating_add(other.read),
            bytes: self.bytes.saturating_add(other.bytes),
        }
    }
}

/// Reads tables of one format.
#[async_trait]
pub trait PortReader: Send + Sync + fmt::Debug {
    /// The format's name, as contracts spell it.
    fn format(&self) -> &'static str;

    /// Finds the snapshot and reads its schema.
    ///
    /// Costs a listing or a few metadata reads; data files are not opened beyond their footers.
    ///
    /// # Errors
    /// When nothing lies there, when what lies there cannot be read, or when the format has no such snapshot.
    async fn open(&self, at: &PortLocation, as_of: &AsOf) -> Result<Arc<dyn PortSnapshot>, Error>;

    /// What it keeps of the metadata of tables: nothing, unless it says otherwise.
    fn kept(&self) -> Kept {
        Kept::default()
    }
}
