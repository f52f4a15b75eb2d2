//! The files of a version, out of what the kernel makes of the log: all of them, or what changed.

use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch, StructArray};
use arrow_schema::{DataType, Schema};
use delta_kernel::engine::arrow_conversion::TryFromArrow;
use delta_kernel::engine::arrow_data::ArrowEngineData;
use delta_kernel::engine_data::FilteredEngineData;
use delta_kernel::scan::StatsOptions;
use delta_kernel::schema::StructType;
use delta_kernel::snapshot::SnapshotRef;
use delta_kernel::{Engine, KernelError, KernelResult};

use crate::engine::{PortEngine, Waiting};
use crate::file_table::{FileTable, TableColumns};
use crate::segment::Segment;

/// The most bytes that what is said of a table's files may take, statistics included.
const BYTES_MAX: usize = 1024 * 1024 * 1024;
/// Batches are joined when there are so many: each holds more than its rows.
const JOINED_AT: usize = 64;

/// What bounds the reading of a log.
pub(crate) struct Bounds<'a> {
    pub(crate) files_max: usize,
    /// Says that nobody waits any more.
    pub(crate) waiting: &'a Waiting,
}

/// Why a listing stopped.
pub(crate) enum Stopped {
    Kernel(KernelError),
    Limit { what: &'static str, limit: usize },
}

impl<E: Into<KernelError>> From<E> for Stopped {
    fn from(cause: E) -> Self {
        Self::Kernel(cause.into())
    }
}

/// All files of a version.
///
/// # Errors
/// When the log cannot be read, does not say what it has to, or says too much.
pub(crate) fn all(
    snapshot: &SnapshotRef,
    columns: Arc<TableColumns>,
    engine: &PortEngine,
    bounds: &Bounds<'_>,
) -> Result<FileTable, Stopped> {
    let scan =
        Arc::clone(snapshot).scan_builder().with_stats(StatsOptions::all_struct()).without_row_transforms().build()?;
    let (mut segments, mut found, mut held) = (Vec::<Segment>::new(), 0, 0);
    for batch in scan.scan_metadata(engine)? {
        bounds.waiting.awaited()?;
        let batch = rows(batch?.scan_files)?;
        found += batch.num_rows();
        if found > bounds.files_max {
            return Err(Stopped::Limit { what: "files", limit: bounds.files_max });
        }
        if batch.num_rows() == 0 {
            continue;
        }
        let files = StructArray::from(batch);
        let constants = within(&files, "fileConstantValues")?;
        let next = segment(&files, constants, part(&files, "stats_parsed"), &columns)?;
        let (bare, statistics) = next.held();
        held += bare + statistics;
        segments.push(next);
        if segments.len() >= JOINED_AT || held > BYTES_MAX {
            segments = vec![Segment::joined(&segments.iter().collect::<Vec<_>>())?];
            held = segments.iter().map(Segment::held).map(|(bare, statistics)| bare + statistics).sum();
        }
        if held > BYTES_MAX {
            return Err(Stopped::Limit { what: "bytes of what its log says of files", limit: BYTES_MAX });
        }
    }
    // Many commits make many batches of few.
    let joined = match &segments[..] {
        [] | [_] => segments,
        several => vec![Segment::joined(&several.iter().collect::<Vec<_>>())?],
    };
    Ok(FileTable { columns, segments: joined.into_iter().map(Arc::new).collect() })
}

/// The files of a version, out of those of an earlier one and the commits between; [`None`] when that cannot be said.
///
/// # Errors
/// When the log cannot be read, or does not say what it has to.
pub(crate) fn since(
    version: u64,
    before: &FileTable,
    snapshot: &SnapshotRef,
    engine: &PortEngine,
    bounds: &Bounds<'_>,
) -> KernelResult<Option<FileTable>> {
    let Some(statistics) = before.segments.first().and_then(|segment| segment.statistics_type()) else {
        return Ok(None);
    };
    let Some(changes) = Arc::clone(snapshot).incremental_scan_builder(version).build(engine)? else { return Ok(None) };
    let changes = changes.into_listing()?;
    let mut came = Vec::new();
    for batch in changes.add_files {
        let batch = StructArray::from(rows(batch)?);
        let files = within(&batch, "add")?;
        let parsed = parsed(files, &statistics, engine)?;
        came.push(segment(files, files, Some(parsed), &before.columns)?);
    }
    let mut gone = changes.summary.removes;
    // A file that is added again is what is said of it last.
    gone.extend(changes.summary.live_adds);
    let after = before.moved(&gone, came)?;
    let (bare, statistics) = after.held();
    // What is too much is said by whoever reads it all.
    Ok((after.live() <= bounds.files_max && bare + statistics <= BYTES_MAX).then_some(after))
}

/// The rows that count.
fn rows(batch: FilteredEngineData) -> KernelResult<RecordBatch> {
    let data = batch.apply_selection_vector()?;
    Ok(ArrowEngineData::try_from_engine_data(data)?.record_batch().clone())
}

fn part(of: &StructArray, name: &str) -> Option<StructArray> {
    of.column_by_name(name)?.as_struct_opt().cloned()
}

fn within<'a>(of: &'a StructArray, name: &str) -> KernelResult<&'a StructArray> {
    let found = of.column_by_name(name).and_then(|part| part.as_struct_opt());
    found.ok_or_else(|| KernelError::missing_column(name))
}

fn segment(
    files: &StructArray,
    constants: &StructArray,
    statistics: Option<StructArray>,
    columns: &TableColumns,
) -> KernelResult<Segment> {
    let values = constants.column_by_name("partitionValues").and_then(|values| values.as_map_opt());
    let values = values.ok_or_else(|| KernelError::missing_column("partitionValues"))?;
    Segment::of(files, values, statistics, &columns.partition)
}

/// What texts say about the contents of files; nothing where they are not to be read, since nothing depends on it.
fn parsed(files: &StructArray, like: &DataType, engine: &PortEngine) -> KernelResult<StructArray> {
    let DataType::Struct(fields) = like else { return Err(KernelError::unexpected_column_type("stats")) };
    let nothing = || StructArray::new_null(fields.clone(), files.len());
    let Some(texts) = files.column_by_name("stats") else { return Ok(nothing()) };
    let schema = StructType::try_from_arrow(&Schema::new(fields.clone()))?;
    let texts = RecordBatch::try_from_iter([("stats", Arc::clone(texts))])?;
    let read = engine.json_handler().parse_json(Box::new(ArrowEngineData::new(texts)), Arc::new(schema));
    let Ok(read) = read.and_then(ArrowEngineData::try_from_engine_data) else { return Ok(nothing()) };
    let read = StructArray::from(read.record_batch().clone());
    Ok(if read.data_type() == like { read } else { nothing() })
}
