//! Which format data has.

use futures::StreamExt;
use object_store::path::Path;
use weft_model::contract::Format;
use weft_port::location::PortLocation;
use weft_iceberg::pointer::{METADATA_FOLDER, is_metadata};
use weft_scan::parquet_port::DELTA_LOG;

use crate::cli::import::ImportFormat;
use crate::error::Failure;

/// How many files of a folder are looked at.
const LOOKED_AT_MAX: usize = 10_000;

/// The format of what lies there. Tables of formats that are not read are refused, since their files would be read as what
/// they are not.
///
/// # Errors
/// When the metadata of such a table lies there, or of tables further down, or files end in no way that Parquet files do.
pub(super) async fn detect(at: &PortLocation, given: Option<ImportFormat>) -> Result<Format, Failure> {
    match given {
        // What lies beside a Delta log is refused where it is read.
        Some(ImportFormat::Parquet) => return Ok(Format::Parquet),
        Some(ImportFormat::Delta) => return Ok(Format::Delta),
        Some(ImportFormat::Iceberg) => return Ok(Format::Iceberg),
        None => {}
    }
    let log = at.path.clone().join(DELTA_LOG);
    if at.keep.is_none() && matches!(at.store.list(Some(&log)).next().await, Some(Ok(_))) {
        return Ok(Format::Delta);
    }
    let mut metadata = at.store.list(Some(&at.path.clone().join(METADATA_FOLDER))).take(LOOKED_AT_MAX);
    while let Some(Ok(file)) = metadata.next().await {
        if at.keep.is_none() && file.location.filename().is_some_and(is_metadata) {
            return Ok(Format::Iceberg);
        }
    }
    let inside = |path: &Path, name: &str| path.parts().any(|part| part.as_ref() == name);
    let alone = at.path.filename().filter(|name| at.keep.is_none() && foreign(name));
    let mut others: Vec<String> = alone.into_iter().map(str::to_owned).collect();
    let mut listing = at.store.list(Some(&at.path)).take(LOOKED_AT_MAX);
    while let Some(found) = listing.next().await {
        let Ok(meta) = found else { return Ok(Format::Parquet) };
        let name = meta.location.filename().unwrap_or_default();
        if inside(&meta.location, DELTA_LOG) {
            return Err(Failure::Setup(format!("below `{}` lies a Delta table, and others may", at.spelled))
                .hinted("Import each by its own folder, the one that holds `_delta_log`."));
        }
        if inside(&meta.location, METADATA_FOLDER) && is_metadata(name) {
            return Err(Failure::Setup(format!("below `{}` lies an Iceberg table, and others may", at.spelled))
                .hinted("Import each by its own folder, the one that holds `metadata`."));
        }
        if inside(&meta.location, ".hoodie") {
            return Err(Failure::Setup(format!("`{}` holds a Hudi table, which this version does not read", at.spelled))
                .hinted("Import its files alone with --format parquet; rows that the table deleted will be there."));
        }
        if at.keep.as_ref().is_none_or(|keep| keep(&meta.location)) && foreign(name) {
            others.push(name.to_owned());
        }
    }
    match others.first() {
        Some(name) => Err(Failure::Setup(format!("`{}` holds `{name}`, which is no Parquet file by its name", at.spelled))
            .hinted("Name the Parquet files with a pattern such as 'folder/*.parquet', or say --format parquet.")),
        None => Ok(Format::Parquet),
    }
}

/// True for endings of formats that are not Parquet. Files without one, and with one of a kind of their own, may be.
fn foreign(name: &str) -> bool {
    let Some((_, ending)) = name.rsplit_once('.') else { return false };
    !name.starts_with(['_', '.'])
        && matches!(
            ending.to_ascii_lowercase().as_str(),
            "csv" | "tsv" | "json" | "jsonl" | "ndjson" | "avro" | "orc" | "txt" | "md" | "xml" | "xlsx" | "arrow"
                | "feather" | "lance" | "zip" | "tar" | "yaml" | "yml" | "py" | "sql" | "html"
        )
}
