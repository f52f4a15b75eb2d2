//! What can go wrong with a catalog as a whole; what is wrong with one file is a finding.

use std::io;
use std::path::PathBuf;

use weft_model::finding::Finding;
use weft_model::report::{Code, Kind, Report};

/// A catalog that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The folder of the mesh, or a folder below it, cannot be read.
    #[error("the catalog folder `{}` cannot be read", path.display())]
    Unreadable {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There are more files than the configuration allows.
    #[error("the catalog holds more than {max} files")]
    TooManyFiles {
        /// The bound.
        max: usize,
    },
    /// The files are larger together than the configuration allows.
    #[error("the catalog holds more than {max} bytes")]
    TooManyBytes {
        /// The bound.
        max: u64,
    },
    /// Folders lie deeper than the named bound.
    #[error("the catalog has folders more than {max} levels deep")]
    TooDeep {
        /// The bound.
        max: usize,
    },
    /// Files kept changing while they were read.
    #[error("the catalog kept changing while it was read")]
    Unstable,
    /// Every contract vanished at once, as when a volume is not mounted.
    #[error("every contract of the catalog vanished at once")]
    Emptied,
    /// The board's policy does not compile and there is no earlier one to keep.
    #[error("the policy of the governance board is not valid")]
    Board {
        /// Why, with places.
        findings: Vec<Finding>,
    },
    /// Changes cannot be watched.
    #[error("changes of the catalog folder cannot be watched")]
    Watch(#[source] notify::Error),
    /// A thread that read files died.
    #[error("reading the catalog failed within the server")]
    Defect,
}

impl Report for Error {
    fn code(&self) -> Code {
        match self {
            Self::Unreadable { .. } => Code::new("WEFT-C001", Kind::Unavailable, "58030"),
            Self::TooManyFiles { .. } | Self::TooManyBytes { .. } | Self::TooDeep { .. } => {
                Code::new("WEFT-C002", Kind::ResourceExhausted, "54000")
            }
            Self::Unstable => Code::new("WEFT-C003", Kind::Unavailable, "55006"),
            Self::Emptied => Code::new("WEFT-C007", Kind::Unavailable, "58030"),
            Self::Board { .. } => Code::new("WEFT-C004", Kind::FailedPrecondition, "F0000"),
            Self::Watch(_) => Code::new("WEFT-C005", Kind::Unavailable, "58030"),
            Self::Defect => Code::new("WEFT-C006", Kind::Internal, "XX000"),
        }
    }

    fn detail(&self) -> Option<String> {
        match self {
            Self::Unreadable { source, .. } => Some(format!("{source}.")),
            Self::Board { findings } => Some(findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")),
            _ => None,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Unreadable { .. } => Some("Check `mesh.catalog` and the folder's permissions.".to_owned()),
            Self::TooManyFiles { .. } | Self::TooManyBytes { .. } | Self::TooDeep { .. } => {
                Some("Point `mesh.catalog` at the folder of the mesh alone.".to_owned())
            }
            Self::Emptied => {
                Some("Check that the folder is mounted; to serve an empty mesh, start the server again.".to_owned())
            }
            Self::Board { .. } => Some("Correct the files below `_governance`, then start again.".to_owned()),
            _ => None,
        }
    }
}
