//! What data at a location looks like: columns, types, what may be NULL, and what its values look like.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow_schema::{DataType, IntervalUnit, Schema};
use object_store::path::Path;
use parquet::basic::{LogicalType, Repetition};
use parquet::file::metadata::ParquetMetaData;
use weft_model::contract::Format;
use weft_model::name::DomainName;
use weft_port::file::LakeFile;
use weft_port::location::PortLocation;
use weft_port::prune::KeepAll;
use weft_port::reader::{AsOf, PortReader};
use weft_port::snapshot::TableState;
use weft_scan::footer::FooterCache;
use weft_scan::hive;
use weft_scan::parquet_port::{ParquetLimits, ParquetPortReader, arrow_schema, interval};
use weft_scan::sample::sample;
use weft_scan::widen::unify;
use weft_storage::storage::Storage;

use crate::cli::import::ImportFormat;
use crate::error::Failure;
use crate::wiring;

use super::detect::detect;
use super::pii::{self, Proposal};
use super::source::Source;
use super::veil::{Veiled, veiled};

/// Memory for footers while a location is looked at.
const FOOTER_BYTES: u64 = 256 * 1024 * 1024;
/// How many rows of how many files values are sampled from.
const SAMPLED_ROWS: usize = 2_000;
const SAMPLED_FILES: usize = 3;

/// What a location holds.
#[derive(Clone, Debug)]
pub(super) struct Survey {
    pub(super) format: Format,
    pub(super) columns: Vec<Surveyed>,
    pub(super) files: usize,
    /// How many rows, when every file was looked at.
    pub(super) rows: Option<u64>,
    /// What the importer should know.
    pub(super) remarks: Vec<String>,
}

/// One column.
#[derive(Clone, Debug)]
pub(super) struct Surveyed {
    pub(super) name: String,
    /// The type that holds the values of every file.
    pub(super) data_type: DataType,
    /// True for sixteen bytes that the files call a UUID.
    pub(super) uuid: bool,
    /// True when no file can hold a NULL.
    pub(super) required: bool,
    pub(super) description: Option<String>,
    /// Position among the columns whose values stand outside of files, from 1.
    pub(super) folder: Option<usize>,
    /// Tags that its name or values speak for.
    pub(super) proposals: Vec<Proposal>,
}

/// Looks at data as a contract of the domain would read it.
///
/// # Errors
/// When nothing lies there, what lies there cannot be read, or its files do not fit together.
pub(super) async fn survey(
    storage: &Storage,
    domain: &DomainName,
    name: &str,
    source: &Source,
    format: Option<ImportFormat>,
) -> Result<Survey, Failure> {
    let at = source.located(storage, domain, name).await?;
    let format = match source {
        Source::Location(_) => detect(&at, format).await?,
        Source::Catalog { .. } => Format::Iceberg,
    };
    let footers = Arc::new(FooterCache::new(FOOTER_BYTES));
    let reader: Box<dyn PortReader> = match format {
        Format::Delta => Box::new(wiring::delta(&footers, FOOTER_BYTES)),
        Format::Iceberg => Box::new(wiring::iceberg(&footers, FOOTER_BYTES)),
        _ => Box::new(ParquetPortReader::new(Arc::clone(&footers), ParquetLimits::default())),
    };
    let unread = |error| Failure::unmet("reading the data")(Veiled(error));
    let snapshot = reader.open(&at, &AsOf::Latest).await.map_err(unread)?;
    let files = snapshot.files(&KeepAll).await.map_err(unread)?;
    let mut survey = match format {
        Format::Delta | Format::Iceberg => table(format.clone(), snapshot.state(), files.len()),
        _ => columns(&files)?,
    };
    if format == Format::Parquet {
        folders(&at.path, &files, &mut survey)?;
    }
    let batches = values(&at, &files, &footers, &mut survey).await;
    for column in &mut survey.columns {
        column.proposals = pii::proposals(&column.name, &column.data_type, &batches);
    }
    Ok(survey)
}

/// Looks at what the metadata of a table says, and at none of its files.
///
/// # Errors
/// When it cannot be read.
pub(super) async fn schema(storage: &Storage, domain: &DomainName, name: &str, source: &Source) -> Result<Survey, Failure> {
    let at = source.located(storage, domain, name).await?;
    let footers = Arc::new(FooterCache::new(FOOTER_BYTES));
    let reader = wiring::iceberg(&footers, FOOTER_BYTES);
    let snapshot = reader.open(&at, &AsOf::Latest).await;
    let snapshot = snapshot.map_err(|error| Failure::unmet("reading the table")(Veiled(error)))?;
    Ok(table(Format::Iceberg, snapshot.state(), 0))
}

/// The columns of all files, by name.
fn columns(files: &[LakeFile]) -> Result<Survey, Failure> {
    let mut columns: Vec<Surveyed> = Vec::new();
    let mut first_in: BTreeMap<String, String> = BTreeMap::new();
    let mut looked_at = 0_usize;
    let mut rows = Some(0_u64);
    let mut held: BTreeMap<String, usize> = BTreeMap::new();
    for file in files {
        let Some(footer) = &file.footer else {
            rows = None;
            continue;
        };
        looked_at += 1;
        let counted: u64 = footer.row_groups().iter().filter_map(|group| u64::try_from(group.num_rows()).ok()).sum();
        rows = rows.map(|rows| rows.saturating_add(counted));
        let here = file.meta.location.filename().unwrap_or_default().to_owned();
        let schema = arrow_schema(footer).map_err(|cause| {
            Failure::Setup(format!("`{here}` has columns of a type that cannot be read: {cause}"))
        })?;
        let mut seen = BTreeSet::new();
        for field in schema.fields() {
            if !seen.insert(field.name()) {
                return Err(Failure::Setup(format!("`{here}` has two columns `{}`", field.name().escape_debug()))
                    .hinted("Which of them is meant, nobody can tell; write the file anew with other names."));
            }
            *held.entry(field.name().clone()).or_default() += 1;
            let required = required(footer, field.name());
            let data_type = match interval(footer, field.name()) && !field.data_type().is_nested() {
                true => DataType::Interval(IntervalUnit::MonthDayNano),
                false => field.data_type().clone(),
            };
            match columns.iter_mut().find(|column| column.name == *field.name()) {
                Some(known) => {
                    known.data_type = unify(&known.data_type, &data_type)
                        .ok_or_else(|| apart(known, &data_type, &first_in, &here))?;
                    known.required &= required;
                }
                None => {
                    first_in.insert(field.name().clone(), here.clone());
                    columns.push(Surveyed {
                        name: field.name().clone(),
                        data_type,
                        uuid: uuid(footer, field.name()),
                        required,
                        description: description(&schema, footer, field.name()),
                        folder: None,
                        proposals: Vec::new(),
                    });
                }
            }
        }
    }
    let mut remarks = Vec::new();
    for column in &mut columns {
        let in_files = held.get(&column.name).copied().unwrap_or_default();
        if in_files < looked_at {
            column.required = false;
            remarks.push(format!(
                "column `{}` is in {in_files} of {looked_at} files; it is NULL in the others",
                column.name.escape_debug()
            ));
        }
    }
    if looked_at < files.len() {
        remarks.push(format!("{looked_at} of {} files were looked at", files.len()));
    }
    Ok(Survey { format: Format::Parquet, columns, files: files.len(), rows, remarks })
}

/// The columns of a table whose metadata says what they are.
fn table(format: Format, state: &TableState, files: usize) -> Survey {
    let columns = state.schema.fields().iter().map(|field| Surveyed {
        name: field.name().clone(),
        data_type: field.data_type().clone(),
        uuid: field.extension_type_name() == Some("arrow.uuid"),
        required: !field.is_nullable(),
        description: field.metadata().get("comment").filter(|text| !text.trim().is_empty()).cloned(),
        folder: state.partition_columns.iter().position(|name| **name == **field.name()).map(|at| at + 1),
        proposals: Vec::new(),
    });
    let left_out = state.unread.iter().map(|(name, why)| format!("column `{}` is left out: it {why}", name.escape_debug()));
    let remarks = left_out.collect();
    Survey { format, columns: columns.collect(), files, rows: state.rows, remarks }
}

fn apart(known: &Surveyed, other: &DataType, first_in: &BTreeMap<String, String>, here: &str) -> Failure {
    let first = first_in.get(&known.name).map_or("another file", String::as_str);
    Failure::Setup(format!(
        "column `{}` is {} in `{first}` and {other} in `{here}`, and no type holds both",
        known.name.escape_debug(),
        known.data_type
    ))
    .hinted("Import the files apart, with patterns, or write some of them anew.")
}

/// True when the file cannot hold a NULL in the column.
fn required(footer: &ParquetMetaData, name: &str) -> bool {
    let fields = footer.file_metadata().schema_descr().root_schema().get_fields();
    fields.iter().find(|field| field.name() == name).is_some_and(|field| {
        let info = field.get_basic_info();
        field.is_primitive() && info.has_repetition() && info.repetition() == Repetition::REQUIRED
    })
}

fn uuid(footer: &ParquetMetaData, name: &str) -> bool {
    let columns = footer.file_metadata().schema_descr().columns();
    columns.iter().any(|column| {
        matches!(column.path().parts(), [only] if only == name)
            && matches!(column.logical_type_ref(), Some(LogicalType::Uuid))
    })
}

/// What the writer said of a column: Arrow's field metadata, or Spark's schema beside it.
fn description(schema: &Schema, footer: &ParquetMetaData, name: &str) -> Option<String> {
    let field = schema.field_with_name(name).ok()?;
    let said = ["comment", "description"].iter().find_map(|key| field.metadata().get(*key)).cloned();
    let text = said.or_else(|| {
        let pairs = footer.file_metadata().key_value_metadata()?;
        let spark = pairs.iter().find(|pair| pair.key == "org.apache.spark.sql.parquet.row.metadata")?;
        let schema: serde_json::Value = serde_json::from_str(spark.value.as_deref()?).ok()?;
        let fields = schema.get("fields")?.as_array()?;
        let field = fields.iter().find(|field| field.get("name").and_then(|known| known.as_str()) == Some(name))?;
        Some(field.get("metadata")?.get("comment")?.as_str()?.to_owned())
    })?;
    Some(text).filter(|text| !text.trim().is_empty())
}

/// The columns that stand in the names of folders, of types that their values have.
fn folders(below: &Path, files: &[LakeFile], survey: &mut Survey) -> Result<(), Failure> {
    let all: Vec<Vec<(String, Option<String>)>> =
        files.iter().map(|file| hive::folders(&file.meta.location, below)).collect();
    let Some(names) = all.first().map(|first| first.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>()) else {
        return Ok(());
    };
    for (at, name) in names.iter().enumerate() {
        let mut texts = Vec::with_capacity(all.len());
        for (folders, file) in all.iter().zip(files) {
            match folders.iter().find(|(other, _)| other == name) {
                Some((_, text)) => texts.extend(text.as_deref()),
                None => {
                    let here = veiled(file.meta.location.as_ref());
                    return Err(Failure::Setup(format!("`{here}` is in no folder `{name}=…`, and other files are"))
                    .hinted("Import the folders apart, or name the files with a pattern."));
                }
            }
        }
        let known = survey.columns.iter().position(|column| column.name == *name);
        let typed = known.and_then(|at| survey.columns.get(at)).map(|column| column.data_type.clone());
        let fits = |data_type: &DataType| {
            texts.iter().all(|text| hive::value(Some(text), data_type).is_some())
        };
        let data_type = typed.filter(fits).unwrap_or_else(|| hive::guess(texts.iter().copied()));
        let column = Surveyed {
            name: name.clone(),
            data_type,
            uuid: false,
            required: false,
            description: None,
            folder: Some(at + 1),
            proposals: Vec::new(),
        };
        match known {
            Some(at) => {
                if let Some(slot) = survey.columns.get_mut(at) {
                    *slot = column;
                }
            }
            None => survey.columns.push(column),
        }
    }
    Ok(())
}

/// Some rows of some files, for what proposes tags.
async fn values(
    at: &PortLocation,
    files: &[LakeFile],
    footers: &Arc<FooterCache>,
    survey: &mut Survey,
) -> Vec<arrow::array::RecordBatch> {
    let mut batches = Vec::new();
    let step = files.len().div_ceil(SAMPLED_FILES).max(1);
    for file in files.iter().step_by(step) {
        let sampled = tokio::spawn(sample(at.clone(), file.clone(), Arc::clone(footers), SAMPLED_ROWS)).await;
        match sampled {
            Ok(Ok(rows)) => batches.extend(rows),
            Ok(Err(cause)) => {
                survey.remarks.push(format!("no values could be sampled, so tags go by names alone: {}", veiled(&cause.to_string())));
                break;
            }
            Err(_) => {
                let name = file.meta.location.filename().unwrap_or_default();
                survey.remarks.push(format!("no values could be sampled: `{name}` is damaged"));
                break;
            }
        }
    }
    batches
}
