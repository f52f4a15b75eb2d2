//! Columns as a contract declares them.

use std::sync::Arc;

use arrow_schema::{DataType, Field};

use crate::mask::Mask;
use crate::place::Place;

/// A column, or a field inside a struct, list or map column.
#[derive(Clone, Debug)]
pub struct Column {
    /// The contract's own name for it in references, if it has one.
    pub id: Option<Arc<str>>,
    /// The name in SQL, as the contract spells it.
    pub name: Arc<str>,
    /// The name in the files.
    pub physical_name: Arc<str>,
    /// The served type: strings are `Utf8View`, at every depth.
    pub data_type: DataType,
    /// The type as people name it, for clients (`TYPE_NAME`).
    pub type_name: Arc<str>,
    /// What the column holds.
    pub description: Option<Arc<str>>,
    /// True when the producer promises that it is never NULL; told to clients, and to the planner only
    /// where the files bear it out.
    pub required: bool,
    /// True when the producer promises distinct values.
    pub unique: bool,
    /// Position in the primary key, from 1.
    pub primary_key: Option<u32>,
    /// Position in the partitioning, from 1.
    pub partition_key: Option<u32>,
    /// How sensitive it is, a word of the board's ladder; absent means unclassified.
    pub classification: Option<Arc<str>>,
    /// Tags such as `pii:email`.
    pub tags: Vec<Arc<str>>,
    /// Tokens of one domain are equal for equal values, so they still join.
    pub token_domain: Option<Arc<str>>,
    /// The mask the contract asks for.
    pub mask: Option<Mask>,
    /// The column that is served in place of this one to people who may not see it in clear.
    pub encrypted_name: Option<Arc<str>>,
    /// The field id in Iceberg or in Parquet files.
    pub field_id: Option<i32>,
    /// The fields of a struct, the element of a list (one entry), the key and value of a map (two entries).
    pub children: Vec<Column>,
    /// Where the column is declared.
    pub place: Place,
}

impl Column {
    /// A column with a name and a type, everything else absent: for derived schemas and tests.
    #[must_use]
    pub fn new(name: impl Into<Arc<str>>, data_type: DataType) -> Self {
        let name = name.into();
        Self {
            id: None,
            physical_name: Arc::clone(&name),
            name,
            type_name: Arc::from(data_type.to_string()),
            data_type,
            description: None,
            required: false,
            unique: false,
            primary_key: None,
            partition_key: None,
            classification: None,
            tags: Vec::new(),
            token_domain: None,
            mask: None,
            encrypted_name: None,
            field_id: None,
            children: Vec::new(),
            place: Place::default(),
        }
    }

    /// The column as an Arrow field: nullable, without metadata.
    #[must_use]
    pub fn field(&self) -> Field {
        Field::new(&*self.name, self.data_type.clone(), true)
    }
}
