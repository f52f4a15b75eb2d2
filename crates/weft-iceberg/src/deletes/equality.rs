//! Files of equality deletes: rows that are equal to one of theirs are deleted, if they were there before it.
//!
//! The columns that are compared are read once more of each data file that such deletes are about; which of its rows are
//! equal is kept, since it never changes.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, new_null_array};
use arrow::compute::{CastOptions, cast_with_options, is_null, nullif};
use arrow::datatypes::{Float32Type, Float64Type};
use arrow::row::{RowConverter, SortField};
use arrow_schema::{ArrowError, DataType};
use datafusion_common::{DataFusionError, HashMap as FastMap, ScalarValue};
use futures::TryStreamExt;
use roaring::RoaringTreemap;
use weft_port::error::Error;
use weft_port::field_names::{FieldName, FieldNames};

use super::{Deletes, index};
use crate::columns::{self, found};
use crate::data_type::{StructField, Type};
use crate::failure::{corrupt, refused};
use crate::kept::{Key, Part, digest};

/// The most bytes of a value that all rows of a file have.
const VALUE_BYTES_MAX: usize = 4_096;
/// The most bytes of the values of a column in a batch.
const BATCH_BYTES_MAX: usize = 128 * 1024 * 1024;

/// What rows are compared by.
struct Compared {
    keys: Vec<Compare>,
    /// The columns that hold the keys, as they are read here.
    names: FieldNames,
}

/// One of the values that rows are compared by.
struct Compare {
    id: i32,
    /// The column, as it is read here.
    column: String,
    /// The names that lead to the value within it, where it is one of structures.
    within: Vec<Arc<str>>,
    data_type: DataType,
    default: Option<ScalarValue>,
}

/// Keys that are deleted, each with the latest sequence number it was deleted at.
struct Keys {
    converter: RowConverter,
    latest: FastMap<Box<[u8]>, i64>,
    bytes: usize,
}

impl Compare {
    /// The values of a batch; where its file does not hold them, none, or what `missing` says that they are in rows that have
    /// what they would be in.
    fn held(
        &self,
        batch: &RecordBatch,
        missing: Option<&dyn Fn(usize) -> Result<ArrayRef, ArrowError>>,
    ) -> Result<Option<ArrayRef>, ArrowError> {
        let Some(column) = batch.column_by_name(&self.column) else {
            // A structure that is not there is NULL, whatever would be in it.
            return Ok(match (missing, self.within.is_empty()) {
                (None, _) => None,
                (Some(missing), true) => Some(missing(batch.num_rows())?),
                (Some(_), false) => Some(new_null_array(&self.data_type, batch.num_rows())),
            });
        };
        let mut values = Arc::clone(column);
        for (depth, name) in (1..).zip(&self.within) {
            let part = values.as_struct_opt().and_then(|structure| structure.column_by_name(name)).cloned();
            let part = match (part, missing) {
                (Some(part), _) => part,
                (None, None) => return Ok(None),
                (None, Some(missing)) if depth == self.within.len() => missing(batch.num_rows())?,
                (None, Some(_)) => return Ok(Some(new_null_array(&self.data_type, batch.num_rows()))),
            };
            values = nullif(&part, &is_null(&values)?)?;
        }
        within(&values)?;
        let values = cast_with_options(&values, &self.data_type, &CastOptions { safe: false, ..CastOptions::default() })?;
        // NaN is equal to NaN, whatever its bits.
        let canonical = match self.data_type {
            DataType::Float32 => {
                let values = values.as_primitive::<Float32Type>();
                Arc::new(values.unary::<_, Float32Type>(|value| if value.is_nan() { f32::NAN } else { value })) as ArrayRef
            }
            DataType::Float64 => {
                let values = values.as_primitive::<Float64Type>();
                Arc::new(values.unary::<_, Float64Type>(|value| if value.is_nan() { f64::NAN } else { value })) as ArrayRef
            }
            _ => values,
        };
        Ok(Some(canonical))
    }

    /// The one value of a file that does not hold them: what the table says of it, or what it was before it was there.
    fn missing(&self, rows: usize, constants: &HashMap<i32, ScalarValue>) -> Result<ArrayRef, ArrowError> {
        let told = |cause: DataFusionError| ArrowError::CastError(cause.to_string());
        let long = |value: &&ScalarValue| value.size() > VALUE_BYTES_MAX + size_of::<ScalarValue>();
        if constants.get(&self.id).or(self.default.as_ref()).filter(long).is_some() {
            return Err(ArrowError::MemoryError(format!("a value of more than {VALUE_BYTES_MAX} bytes is not compared")));
        }
        match constants.get(&self.id).or(self.default.as_ref()) {
            Some(value) => value.cast_to(&self.data_type).and_then(|value| value.to_array_of_size(rows)).map_err(told),
            None => Ok(new_null_array(&self.data_type, rows)),
        }
    }
}

impl Compared {
    fn converter(&self) -> Result<RowConverter, ArrowError> {
        RowConverter::new(self.keys.iter().map(|key| SortField::new(key.data_type.clone())).collect())
    }

    fn wanted(&self) -> Vec<&str> {
        self.keys.iter().map(|key| key.column.as_str()).collect()
    }
}

impl Keys {
    fn add(&mut self, columns: &[ArrayRef], sequence: i64) -> Result<(), ArrowError> {
        /// What an entry takes beside its bytes, about.
        const ENTRY_BYTES: usize = 48;
        let rows = self.converter.convert_columns(columns)?;
        for row in &rows {
            match self.latest.get_mut(row.as_ref()) {
                Some(known) => *known = sequence.max(*known),
                None => {
                    self.bytes += row.as_ref().len() + ENTRY_BYTES;
                    self.latest.insert(row.as_ref().into(), sequence);
                }
            }
        }
        Ok(())
    }

    /// The rows among these that were deleted after they came, counted from `first`.
    fn deleted(&self, columns: &[ArrayRef], came: i64, first: u64) -> Result<RoaringTreemap, ArrowError> {
        let rows = self.converter.convert_columns(columns)?;
        let deleted = (first..).zip(&rows).filter(|(_, row)| self.latest.get(row.as_ref()).is_some_and(|at| *at > came));
        Ok(deleted.map(|(row, _)| row).collect())
    }
}

impl Deletes {
    /// The values with these ids, of whichever schema had them: those that were dropped still tell what is deleted.
    fn compared(&self, ids: &[i32]) -> Result<Compared, Error> {
        let (at, metadata) = (&self.table.place.at, &self.table.metadata);
        let refused = |cause: String| refused(at, cause);
        let mut keys: Vec<Compare> = Vec::new();
        let mut roots: Vec<FieldName> = Vec::new();
        for id in ids {
            let path = metadata.columns().iter().chain(metadata.fields()).find_map(|field| path(field, *id));
            let path = path.ok_or_else(|| refused(format!("rows are deleted by field {id}, which is no column and in no structure")))?;
            let (Some((root, within)), Some(last)) = (path.split_first(), path.last()) else { continue };
            let Type::Primitive(primitive) = last.data_type else {
                return Err(refused(format!("rows are deleted by column `{}`, which has parts", last.name.escape_debug())));
            };
            let name = |field: &StructField| {
                columns::name(field).map_err(|cause| refused(format!("column `{}` {cause}", field.name.escape_debug())))
            };
            if roots.iter().all(|known| known.id != Some(root.id)) {
                roots.push(FieldName { table: Arc::from(root.id.to_string()), ..name(root)? });
            }
            keys.push(Compare {
                id: *id,
                column: root.id.to_string(),
                within: within.iter().map(|field| Arc::clone(&field.name)).collect(),
                data_type: primitive.arrow(),
                default: name(last)?.default,
            });
        }
        let found = found(metadata.name_mapping.as_ref()).map_err(refused)?;
        Ok(Compared { keys, names: FieldNames { found, fields: roots } })
    }

    /// The rows of the data file that are equal to rows of these files, which came after it.
    pub(super) async fn equal(&self, deletes: &index::Keys) -> Result<Arc<RoaringTreemap>, Error> {
        let binding = Arc::clone(&self.table.place.at.binding);
        let path = self.file.location.clone();
        let key = Key { binding, path: path.clone(), part: Part::Rows(digest(&(deletes.which, &self.table.metadata.name_mapping.as_ref().map(ToString::to_string)))) };
        self.lake
            .kept
            .get(key, async {
                let compared = self.compared(&deletes.ids)?;
                let keys = self.keys(&compared, deletes).await?;
                let mut rows = RoaringTreemap::new();
                let mut first = 0;
                let names = compared.names.clone();
                let mut batches = self.lake.read(&self.table, self.file.clone(), names, &compared.wanted()).await?;
                while let Some(batch) = batches.try_next().await? {
                    let column = |key: &Compare| {
                        let missing = |rows: usize| key.missing(rows, &self.constants);
                        key.held(&batch, Some(&missing))?.map_or_else(|| missing(batch.num_rows()), Ok)
                    };
                    let columns = compared.keys.iter().map(column).collect::<Result<Vec<_>, _>>();
                    let deleted = columns.and_then(|columns| keys.deleted(&columns, self.sequence, first));
                    rows |= deleted.map_err(|cause| corrupt(&path, cause))?;
                    first += u64::try_from(batch.num_rows()).unwrap_or(0);
                }
                let held = rows.serialized_size();
                Ok((rows, held))
            })
            .await
    }

    /// The keys in these files.
    async fn keys(&self, compared: &Compared, deletes: &index::Keys) -> Result<Arc<Keys>, Error> {
        let at = &self.table.place.at;
        // Columns may have other types by now, and be called otherwise.
        let types: Vec<&DataType> = compared.keys.iter().map(|key| &key.data_type).collect();
        let which = digest(&(types, &compared.names, deletes.which));
        let key = Key { binding: Arc::clone(&at.binding), path: at.path.clone(), part: Part::Keys(which) };
        self.lake
            .kept
            .get(key, async {
                let refused = |cause: ArrowError| refused(at, cause.to_string());
                let mut keys = Keys { converter: compared.converter().map_err(refused)?, latest: FastMap::new(), bytes: 0 };
                for file in &deletes.files {
                    let path = self.table.path(&file.path)?;
                    let mut batches = self.lake.read(&self.table, file.meta(&path)?, compared.names.clone(), &compared.wanted()).await?;
                    while let Some(batch) = batches.try_next().await? {
                        let lacks = |key: &Compare| {
                            ArrowError::SchemaError(format!("it deletes rows by field {}, and does not hold it", key.id))
                        };
                        let column = |key: &Compare| key.held(&batch, None)?.ok_or_else(|| lacks(key));
                        let columns = compared.keys.iter().map(column).collect::<Result<Vec<_>, _>>();
                        let added = columns.and_then(|columns| keys.add(&columns, file.sequence));
                        added.map_err(|cause| corrupt(&path, cause))?;
                        self.lake.within(keys.bytes, &self.table)?;
                    }
                }
                let held = keys.bytes;
                Ok((keys, held))
            })
            .await
    }
}

/// Bounds what a few bytes of a dictionary may stand for.
fn within(values: &ArrayRef) -> Result<(), ArrowError> {
    let views = match values.data_type() {
        DataType::Utf8View => values.as_string_view().views(),
        DataType::BinaryView => values.as_binary_view().views(),
        _ => return Ok(()),
    };
    // A view begins with its length.
    let bytes = views.iter().map(|view| usize::try_from(*view & u128::from(u32::MAX)).unwrap_or(usize::MAX));
    match bytes.fold(0, usize::saturating_add) > BATCH_BYTES_MAX {
        true => Err(ArrowError::MemoryError(format!("{} rows of a column are more than {BATCH_BYTES_MAX} bytes", values.len()))),
        false => Ok(()),
    }
}

/// The fields that lead to one with an id, from a column through structures.
fn path(field: &StructField, id: i32) -> Option<Vec<&StructField>> {
    if field.id == id {
        return Some(vec![field]);
    }
    let Type::Struct(parts) = &field.data_type else { return None };
    let mut found = parts.iter().find_map(|part| path(part, id))?;
    found.insert(0, field);
    Some(found)
}
