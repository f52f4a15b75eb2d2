//! What the owner of a contract has said, which the data does not: it is kept when the data is looked at again.

use std::collections::BTreeMap;
use std::path::Path;

use weft_contract::parse::{Document, parse};
use weft_contract::source::SourceFile;
use weft_model::column::Column;

/// What a contract that is there says of its columns and readers.
#[derive(Debug, Default)]
pub(super) struct Kept {
    pub(super) readers: Vec<String>,
    columns: BTreeMap<String, KeptColumn>,
}

/// What it says of one column.
#[derive(Debug, Default)]
pub(super) struct KeptColumn {
    pub(super) classification: Option<String>,
    pub(super) tags: Vec<String>,
    pub(super) description: Option<String>,
}

impl Kept {
    /// Reads the contract at a path; one that is not there or cannot be read keeps nothing.
    pub(super) fn of(path: &Path) -> Self {
        let Ok(text) = std::fs::read_to_string(path) else { return Self::default() };
        let parsed = parse(&SourceFile::new(path.to_string_lossy(), text.as_str()), &BTreeMap::new());
        let Some(Document::Contract(contract)) = parsed.document else { return Self::default() };
        let columns = contract.objects.iter().flat_map(|object| &object.columns);
        Self {
            readers: contract.roles.iter().filter(|role| role.reads).map(|role| role.role.to_string()).collect(),
            columns: columns.map(|column| (column.physical_name.to_string(), KeptColumn::of(column))).collect(),
        }
    }

    /// What is said of a column, by its name in the files.
    pub(super) fn column(&self, name: &str) -> Option<&KeptColumn> {
        self.columns.get(name)
    }
}

impl KeptColumn {
    fn of(column: &Column) -> Self {
        Self {
            classification: column.classification.as_deref().map(str::to_owned),
            tags: column.tags.iter().map(|tag| tag.to_string()).collect(),
            description: column.description.as_deref().map(str::to_owned),
        }
    }
}
