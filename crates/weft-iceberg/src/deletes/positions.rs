//! Files of position deletes: paths of data files, and positions in them.

use std::collections::{HashMap, HashSet};
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

/// The most bytes of a path.
const ADDRESS_BYTES_MAX: u128 = 16 * 1024;
/// What a row of such a file is taken to hold.
const ROW_BYTES: usize = 64;
/// What the columns are called.
const PATH: &str = "file_path";
const POSITION: &str = "pos";

/// The positions in a file of deletes, by data file.
#[derive(Debug, Default)]
pub(crate) struct Positions {
    files: HashMap<Path, RoaringTreemap>,
    /// The names of files that are named at places which are none of the table.
    elsewhere: HashSet<String>,
}

impl Positions {
    /// Those of a data file.
    ///
    /// # Errors
    /// When they are said to be of a file of its name that lies elsewhere: what is deleted there may be deleted here.
    pub(super) fn of(&self, file: &Path) -> Result<Option<&RoaringTreemap>, Error> {
        match file.filename().is_some_and(|name| self.elsewhere.contains(name)) {
            true => Err(corrupt(file, "rows of a file of its name are deleted that lies outside of the table's own folder")),
            false => Ok(self.files.get(file)),
        }
    }

    fn held(&self) -> usize {
        let files = self.files.iter();
        let files = files.map(|(file, rows)| file.as_ref().len() + rows.serialized_size() + size_of::<RoaringTreemap>());
        files.sum::<usize>() + self.elsewhere.iter().map(|name| name.len() + size_of::<String>()).sum::<usize>()
    }

    /// Adds the rows of a batch. Files are told by where they lie, however they are spelled.
    fn add(&mut self, batch: &RecordBatch, place: &Place) -> Result<(), ArrowError> {
        let views = batch.column_by_name(PATH).and_then(|paths| paths.as_string_view_opt());
        if views.is_some_and(|paths| paths.views().iter().any(|view| *view & u128::from(u32::MAX) > ADDRESS_BYTES_MAX)) {
            return Err(ArrowError::MemoryError(format!("a path has more than {ADDRESS_BYTES_MAX} bytes")));
        }
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
                        self.merge(place, known, rows);
                    }
                }
            }
        }
        if let Some((known, rows)) = last {
            self.merge(place, known, rows);
        }
        Ok(())
    }

    fn merge(&mut self, place: &Place, address: &str, rows: RoaringTreemap) {
        match place.path(address) {
            Ok(file) => match self.files.get_mut(&file) {
                Some(known) => *known |= rows,
                None => drop(self.files.insert(file, rows)),
            },
            Err(_) => drop(self.elsewhere.insert(address.rsplit('/').next().unwrap_or_default().to_owned())),
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
        let key = Key { binding, path: path.clone(), part: Part::Positions(self.table.metadata.location.clone()) };
        self.lake
            .kept
            .get(key, async {
                let mut batches = self.lake.read(&self.table, file.meta(&path)?, names(), &[PATH, POSITION]).await?;
                let (mut positions, mut seen) = (Positions::default(), 0);
                while let Some(batch) = batches.try_next().await? {
                    positions.add(&batch, &self.table.place).map_err(|cause| corrupt(&path, cause))?;
                    // A position takes two bytes, or more where they lie far apart.
                    seen += batch.num_rows() * ROW_BYTES;
                    self.lake.within(seen, &self.table)?;
                }
                let held = positions.held();
                Ok((positions, held))
            })
            .await
    }
}
