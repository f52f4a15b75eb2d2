//! The files of a version, out of what the kernel makes of the log.

use std::sync::Arc;

use datafusion_common::stats::Precision;
use datafusion_common::{ColumnStatistics, Statistics};
use delta_kernel::engine::arrow_data::ArrowEngineData;
use delta_kernel::scan::{PartitionValuesOptions, StatsOptions};
use delta_kernel::snapshot::SnapshotRef;
use delta_kernel::{KernelError, KernelResult};
use object_store::ObjectMeta;
use url::Url;
use weft_port::deletes::Deletes;
use weft_port::error::Error;
use weft_port::field_names::FieldNames;
use weft_port::file::LakeFile;
use weft_port::files::ParquetFiles;
use weft_port::location::PortLocation;

use crate::deletion_vector::DeletionVector;
use crate::engine::PortEngine;
use crate::failure::told;
use crate::listed::Rows;
use crate::place;

/// Makes files of what the log says.
pub(crate) struct Listing<'a> {
    pub(crate) at: &'a PortLocation,
    pub(crate) files: &'a Arc<dyn ParquetFiles>,
    pub(crate) engine: &'a PortEngine,
    /// As files would call them.
    pub(crate) partition_columns: Vec<String>,
    pub(crate) names: Option<Arc<FieldNames>>,
    pub(crate) files_max: usize,
}

impl Listing<'_> {
    /// The files of a version, by path.
    pub(crate) fn files(&self, snapshot: SnapshotRef) -> Result<Vec<LakeFile>, Error> {
        let told = |cause| told(self.at, cause);
        let columns = snapshot.schema().num_fields();
        let table = snapshot.table_root().clone();
        let scan = snapshot
            .scan_builder()
            .with_stats(StatsOptions::all_struct())
            .with_partition_values(PartitionValuesOptions::with_struct())
            .without_row_transforms()
            .build()
            .map_err(told)?;
        let mut files = Vec::new();
        for found in scan.scan_metadata(self.engine).map_err(told)? {
            let data = found.and_then(|found| found.scan_files.apply_selection_vector()).map_err(told)?;
            let batch = ArrowEngineData::try_from_engine_data(data).map_err(told)?;
            let rows = Rows::of(batch.record_batch()).map_err(told)?;
            if files.len() + rows.count() > self.files_max {
                let (location, limit) = (Arc::clone(&self.at.spelled), self.files_max);
                return Err(Error::Limit { location, what: "files", limit });
            }
            for at in 0..rows.count() {
                files.push(self.file(&rows, at, &table, columns).map_err(told)?);
            }
        }
        files.sort_by(|one, other| one.meta.location.cmp(&other.meta.location));
        Ok(files)
    }

    fn file(&self, rows: &Rows, at: usize, table: &Url, columns: usize) -> KernelResult<LakeFile> {
        let name = rows.text("path", at)?.ok_or_else(|| KernelError::missing_column("path"))?;
        let size = rows.number("size", at)?.and_then(|size| u64::try_from(size).ok());
        let size = size.ok_or_else(|| KernelError::generic(format!("`{name}` has no size")))?;
        let modified = rows.number("modificationTime", at)?.unwrap_or(0);
        let meta = ObjectMeta {
            location: place::named(&self.at.path, &name)?,
            last_modified: chrono::DateTime::from_timestamp_millis(modified).unwrap_or_default(),
            size,
            e_tag: None,
            version: None,
        };
        let deletes = rows.deletes(at)?;
        let deleted = deletes.as_ref().map_or(0, |deletes| deletes.cardinality);
        let statistics = rows.records(at)?.map(|records| {
            let left = usize::try_from(records.saturating_sub(deleted)).unwrap_or(0);
            Arc::new(Statistics {
                // The log says so, and the files are not asked.
                num_rows: Precision::Inexact(left),
                total_byte_size: usize::try_from(size).map_or(Precision::Absent, Precision::Inexact),
                column_statistics: vec![ColumnStatistics::new_unknown(); columns],
            })
        });
        Ok(LakeFile {
            meta,
            partition_values: self.partition_columns.iter().map(|name| rows.partition(name, at)).collect::<Result<_, _>>()?,
            statistics,
            deletes: match deletes {
                None => Deletes::None,
                Some(descriptor) => Deletes::Rows(Arc::new(DeletionVector {
                    at: self.at.clone(),
                    table: table.clone(),
                    files: Arc::clone(self.files),
                    descriptor,
                })),
            },
            names: self.names.clone(),
            footer: None,
        })
    }
}
