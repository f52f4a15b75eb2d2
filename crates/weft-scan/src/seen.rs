//! What is seen of a table's files when it is opened.

use std::collections::HashSet;
use std::sync::Arc;

use arrow_schema::{Schema, SchemaRef};
use datafusion_common::stats::Precision;
use datafusion_common::{ColumnStatistics, Statistics};
use object_store::path::Path;
use parquet::basic::Repetition;
use parquet::file::metadata::ParquetMetaData;
use weft_model::contract::SchemaObject;
use weft_port::error::Error;
use weft_port::file::LakeFile;

use crate::bind::Origin;
use crate::file_statistics::file_statistics;
use crate::parquet_port::{PARQUET, arrow_schema, said};

/// The schemas of the files that were looked at, each once, with the first file that has it.
pub(crate) fn schemas(files: &[LakeFile], snapshot: &SchemaRef) -> Result<Vec<(Path, SchemaRef)>, Error> {
    let mut schemas: Vec<(Path, SchemaRef)> = Vec::new();
    let mut roots: Vec<Arc<ParquetMetaData>> = Vec::new();
    for file in files {
        let Some(footer) = &file.footer else { continue };
        let root = footer.file_metadata().schema_descr().root_schema();
        if roots.iter().any(|known| known.file_metadata().schema_descr().root_schema() == root) {
            continue;
        }
        let schema = arrow_schema(footer).map_err(|cause| Error::Corrupt {
            file: file.meta.location.filename().unwrap_or_default().to_owned(),
            format: PARQUET,
            cause: said(&cause),
        })?;
        roots.push(Arc::clone(footer));
        schemas.push((file.meta.location.clone(), Arc::new(schema)));
    }
    if schemas.is_empty() {
        schemas.push((Path::default(), Arc::clone(snapshot)));
    }
    Ok(schemas)
}

/// The served types under the files' names, of columns that the files hold; the others are named so that no file has
/// them.
pub(crate) fn served(object: &SchemaObject, origins: &[Origin]) -> Schema {
    let fields = object.columns.iter().zip(origins).map(|(column, origin)| match origin {
        Origin::File => column.field().with_name(&*column.physical_name),
        Origin::Folder => column.field().with_name(""),
    });
    Schema::new(fields.collect::<Vec<_>>())
}

/// What is known of a file, over all contract columns.
pub(crate) fn known(file: &LakeFile, served: &Schema, object: &SchemaObject, origins: &[Origin]) -> Option<Statistics> {
    let mut statistics = match &file.footer {
        Some(footer) => file_statistics(footer, served)?,
        None => {
            let told = file.statistics.as_ref()?;
            Statistics {
                num_rows: told.num_rows,
                total_byte_size: told.total_byte_size,
                column_statistics: vec![ColumnStatistics::new_unknown(); object.columns.len()],
            }
        }
    };
    let Precision::Exact(rows) = statistics.num_rows else { return Some(statistics) };
    let mut values = file.partition_values.iter();
    for ((known, origin), _) in statistics.column_statistics.iter_mut().zip(origins).zip(&object.columns) {
        if *origin == Origin::Folder
            && let Some(value) = values.next()
        {
            let bound = if value.is_null() { Precision::Absent } else { Precision::Exact(value.clone()) };
            known.null_count = Precision::Exact(if value.is_null() { rows } else { 0 });
            (known.min_value, known.max_value) = (bound.clone(), bound);
        }
    }
    Some(statistics)
}

/// The number of rows, if every file tells. The file's own count is not asked: readers go by the row groups.
pub(crate) fn rows(files: &[LakeFile]) -> Option<u64> {
    files.iter().try_fold(0_u64, |sum, file| {
        if let (None, Some(statistics)) = (&file.footer, &file.statistics) {
            return sum.checked_add(u64::try_from(*statistics.num_rows.get_value()?).ok()?);
        }
        file.footer.as_ref()?.row_groups().iter().try_fold(sum, |sum, group| {
            sum.checked_add(u64::try_from(group.num_rows()).ok()?)
        })
    })
}

/// The columns in which no file can hold a NULL; none when that is not known of each file.
pub(crate) fn required(files: &[LakeFile]) -> HashSet<String> {
    let mut required: Option<HashSet<String>> = None;
    for file in files {
        let Some(footer) = &file.footer else { return HashSet::new() };
        let fields = footer.file_metadata().schema_descr().root_schema().get_fields().iter().filter(|field| {
            let info = field.get_basic_info();
            field.is_primitive() && info.has_repetition() && info.repetition() == Repetition::REQUIRED
        });
        match &mut required {
            None => required = Some(fields.map(|field| field.name().to_owned()).collect()),
            Some(known) if known.is_empty() => break,
            Some(known) => {
                let here: HashSet<&str> = fields.map(|field| field.name()).collect();
                known.retain(|name| here.contains(&**name));
            }
        }
    }
    required.unwrap_or_default()
}
