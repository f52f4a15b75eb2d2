//! Files of position deletes: paths of data files, and positions in them.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::Int64Type;
use arrow_schema::{ArrowError, DataType};
use futures::TryStreamExt;
use object_store::path::Path;
use roaring::RoaringTreemap;
use weft_port::error::Error;
use weft_port::field_names::{FieldName, FieldNames, FoundBy, MappedName};

use super::Deletes;
use crate::failure::corrupt;
use crate::kept::{Key, Part};
use crate::manifest::{DELETE_FILE_PATH, DELETE_POSITION, DeleteFile};
use crate::place::Place;

/// What the columns are called.
const PATH: &str = "file_path";
const POSITION: &str = "pos";

/// The positions in a file of deletes, by data file.
#[derive(Debug, Default)]
pub(crate) struct Positions(HashMap<Path, RoaringTreemap>);

impl Positions {
    /// Those of a data file.
    pub(super) fn of(&self, file: &Path) -> Option<&RoaringTreemap> {
        self.0.get(file)
    }

    fn held(&self) -> usize {
        self.0.iter().map(|(file, rows)| file.as_ref().len() + rows.serialized_size() + size_of::<RoaringTreemap>()).sum()
    }

    /// Adds the rows of a batch. Files are told by where they lie, however they are spelled; what lies elsewhere is no file of
    /// the table.
    fn add(&mut self, batch: &RecordBatch, place: &Place) -> Result<(), ArrowError> {
        let missing = || ArrowError::SchemaError("it has no paths of data files and positions in them".to_owned());
        let column = |name: &str, to: &DataType| cast(batch.column_by_name(name).ok_or_else(missing)?, to);
        let (paths, positions) = (column(PATH, &DataType::Utf8)?, column(POSITION, &DataType::Int64)?);
        let (paths, positions) = (paths.as_string::<i32>(), positions.as_primitive::<Int64Type>());
        let mut last: Option<(&str, RoaringTreemap)> = None;
        for (path, position) in paths.iter().zip(positions) {
            let none = || ArrowError::ParseError("a row has no path, or no position".to_owned());
            let (path, position) = path.zip(position).ok_or_else(none)?;
            let position = u64::try_from(position).map_err(|_| ArrowError::ParseError("a position is negative".to_owned()))?;
            match &mut last {
                Some((known, rows)) if *known == path => drop(rows.insert(position)),
                _ => {
                    let next = (path, RoaringTreemap::from_iter([position]));
                    if let Some((known, rows)) = last.replace(next) {
                        self.merge(place.path(known).ok(), rows);
                    }
                }
            }
        }
        if let Some((known, rows)) = last {
            self.merge(place.path(known).ok(), rows);
        }
        Ok(())
    }

    fn merge(&mut self, file: Option<Path>, rows: RoaringTreemap) {
        let Some(file) = file else { return };
        match self.0.get_mut(&file) {
            Some(known) => *known |= rows,
            None => drop(self.0.insert(file, rows)),
        }
    }
}

/// The columns, by their reserved numbers; files without any have these names.
fn names() -> FieldNames {
    let columns = [(PATH, DELETE_FILE_PATH), (POSITION, DELETE_POSITION)];
    let mapped = columns.map(|(name, id)| MappedName { names: vec![Arc::from(name)], id: Some(id), fields: Vec::new() });
    let fields = columns.map(|(name, id)| {
        let called = Arc::<str>::from(name);
        FieldName { table: Arc::clone(&called), file: called, id: Some(id), default: None, children: Vec::new() }
    });
    FieldNames { found: FoundBy::NumberOr(mapped.into()), fields: fields.into() }
}

impl Deletes {
    /// What a file of position deletes says.
    pub(super) async fn positions(&self, file: &DeleteFile) -> Result<Arc<Positions>, Error> {
        let path = self.table.path(&file.path)?;
        let binding = Arc::clone(&self.table.place.at.binding);
        let key = Key { binding, path: path.clone(), part: Part::Positions };
        self.lake
            .kept
            .get(key, async {
                let mut batches = self.lake.read(&self.table, file.meta(&path)?, names(), &[PATH, POSITION]).await?;
                let mut positions = Positions::default();
                while let Some(batch) = batches.try_next().await? {
                    positions.add(&batch, &self.table.place).map_err(|cause| corrupt(&path, cause))?;
                    self.lake.within(positions.held(), &self.table)?;
                }
                let held = positions.held();
                Ok((positions, held))
            })
            .await
    }
}
