//! A snapshot meets its contract.
//!
//! Plain files are looked at one by one, since nothing else says what they hold; a table format's metadata says it for all.

use std::collections::HashSet;
use std::sync::Arc;

use arrow_schema::{Schema, SchemaRef};
use datafusion_common::stats::Precision;
use datafusion_common::Statistics;
use object_store::path::Path;
use parquet::basic::Repetition;
use parquet::file::metadata::ParquetMetaData;
use weft_model::column::Column;
use weft_model::contract::SchemaObject;
use weft_port::error::Error;
use weft_port::file::LakeFile;
use weft_port::location::PortLocation;
use weft_port::prune::KeepAll;
use weft_port::reader::{AsOf, PortReader};
use weft_port::snapshot::PortSnapshot;

use crate::bind::{Origin, Seen, bind, fill};
use crate::chosen::Chosen;
use crate::file_statistics::file_statistics;
use crate::footer::FooterCache;
use crate::hive;
use crate::open_port::OpenPort;
use crate::panicking::caught_future;
use crate::parquet_port::{PARQUET, arrow_schema, said};

impl OpenPort {
    /// Opens a location and binds it to its contract.
    ///
    /// # Errors
    /// When the location cannot be read, or does not hold what the contract declares.
    pub async fn open(
        reader: &dyn PortReader,
        location: PortLocation,
        as_of: &AsOf,
        object: Arc<SchemaObject>,
        footers: Arc<FooterCache>,
    ) -> Result<Self, Error> {
        // Files that are damaged on purpose find where decoders panic.
        let spelled = Arc::clone(&location.spelled);
        let opened = caught_future(async {
            let snapshot = reader.open(&location, as_of).await?;
            let format = reader.format();
            // It was read, and is kept where the format keeps such.
            let location = PortLocation { metadata: None, ..location };
            let opened = Opened { location, format, snapshot, object, footers };
            match format {
                PARQUET => opened.listed().await,
                _ => opened.asked(),
            }
        });
        opened.await.unwrap_or_else(|| {
            let (file, cause) = (spelled.to_string(), "the decoder broke off".to_owned());
            Err(Error::Corrupt { file, format: reader.format(), cause })
        })
    }
}

/// A snapshot, and the contract it is to fit.
struct Opened {
    location: PortLocation,
    format: &'static str,
    snapshot: Arc<dyn PortSnapshot>,
    object: Arc<SchemaObject>,
    footers: Arc<FooterCache>,
}

impl Opened {
    /// A port of files that were listed, with their footers as far as they were read.
    async fn listed(self) -> Result<OpenPort, Error> {
        let (location, object) = (&self.location, &self.object);
        let mut files = self.snapshot.files(&KeepAll).await?;
        let folders = |file: &LakeFile| hive::folders(&file.meta.location, &location.path).into_iter().map(|(name, _)| name);
        let origins = {
            let schemas = schemas(&files, &self.snapshot.state().schema)?;
            let seen: Vec<Seen<'_>> =
                schemas.iter().map(|(file, schema)| Seen { file, schema: schema.as_ref() }).collect();
            let first: Vec<String> = files.first().into_iter().flat_map(folders).collect();
            bind(object, &seen, &first, location.hive)?
        };
        let outside: HashSet<String> = files.iter().flat_map(folders).collect();
        fill(object, &origins, &location.path, &mut files)?;
        let required = required(&files);
        let never_null = |column: &Column| column.required && required.contains(&*column.physical_name);
        let never_null = object.columns.iter().map(never_null).collect();
        let rows = rows(&files);
        let served = served(object, &origins);
        let statistics = files.iter().map(|file| known(file, &served, &origins).map(Arc::new)).collect();
        // What is needed of the footers has been taken out of them; they live in their cache, within its bound.
        files.iter_mut().for_each(|file| file.footer = None);
        let listed = Some(Arc::new(Chosen::listed(files, statistics)));
        Ok(self.port(origins, &outside, never_null, listed, rows))
    }

    /// A port of files that its format's metadata is asked for when they are wanted.
    fn asked(self) -> Result<OpenPort, Error> {
        let state = self.snapshot.state();
        let outside: Vec<String> = state.partition_columns.iter().map(ToString::to_string).collect();
        for column in &self.object.columns {
            if let Some((_, problem)) = state.unread.iter().find(|(name, _)| **name == *column.physical_name) {
                return Err(Error::Unbound { column: Arc::clone(&column.name), problem: problem.clone() });
            }
        }
        let seen = [Seen { file: &Path::default(), schema: &state.schema }];
        let origins = bind(&self.object, &seen, &outside, Some(true))?;
        let rows = state.rows;
        // What a table promises of its files is not believed of each.
        let never_null = vec![false; self.object.columns.len()];
        let grouped = outside.into_iter().chain(state.grouped_by.iter().map(ToString::to_string)).collect();
        Ok(self.port(origins, &grouped, never_null, None, rows))
    }

    fn port(
        self,
        origins: Vec<Origin>,
        grouped: &HashSet<String>,
        never_null: Vec<bool>,
        listed: Option<Arc<Chosen>>,
        rows: Option<u64>,
    ) -> OpenPort {
        let Self { location, format, snapshot, object, footers } = self;
        let in_folders = object.columns.iter().map(|column| grouped.contains(&*column.physical_name)).collect();
        OpenPort { location, format, snapshot, object, origins, in_folders, never_null, listed, rows, footers }
    }
}

/// The schemas of the files that were looked at, each once, with the first file that has it.
fn schemas(files: &[LakeFile], snapshot: &SchemaRef) -> Result<Vec<(Path, SchemaRef)>, Error> {
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
fn served(object: &SchemaObject, origins: &[Origin]) -> Schema {
    let fields = object.columns.iter().zip(origins).map(|(column, origin)| match origin {
        Origin::File => column.field().with_name(&*column.physical_name),
        Origin::Folder => column.field().with_name(""),
    });
    Schema::new(fields.collect::<Vec<_>>())
}

/// What is known of a file whose footer was read, over all contract columns.
fn known(file: &LakeFile, served: &Schema, origins: &[Origin]) -> Option<Statistics> {
    let mut statistics = file_statistics(file.footer.as_ref()?, served)?;
    let Precision::Exact(rows) = statistics.num_rows else { return Some(statistics) };
    let mut values = file.partition_values.iter();
    for (known, origin) in statistics.column_statistics.iter_mut().zip(origins) {
        if *origin == Origin::Folder
            && let Some(value) = values.next()
        {
            // A file without rows has no value.
            let bound = if value.is_null() || rows == 0 { Precision::Absent } else { Precision::Exact(value.clone()) };
            known.null_count = Precision::Exact(if value.is_null() { rows } else { 0 });
            (known.min_value, known.max_value) = (bound.clone(), bound);
        }
    }
    Some(statistics)
}

/// The number of rows, if every file tells. The file's own count is not asked: readers go by the row groups.
fn rows(files: &[LakeFile]) -> Option<u64> {
    files.iter().try_fold(0_u64, |sum, file| {
        file.footer.as_ref()?.row_groups().iter().try_fold(sum, |sum, group| {
            sum.checked_add(u64::try_from(group.num_rows()).ok()?)
        })
    })
}

/// The columns in which no file can hold a NULL; none when that is not known of each file.
fn required(files: &[LakeFile]) -> HashSet<String> {
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
