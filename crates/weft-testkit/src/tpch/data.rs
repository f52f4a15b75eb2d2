//! The tables as Parquet files, the same at every call.

use std::fs::File;
use std::path::Path;

use arrow::array::RecordBatchReader;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use tpchgen::generators::{
    CustomerGenerator, LineItemGenerator, NationGenerator, OrderGenerator, PartGenerator, PartSuppGenerator,
    RegionGenerator, SupplierGenerator,
};
use tpchgen_arrow::{
    CustomerArrow, LineItemArrow, NationArrow, OrderArrow, PartArrow, PartSuppArrow, RegionArrow, SupplierArrow,
};

/// In how many files `lineitem` lies; the other tables have one each.
const LINEITEM_FILES: i32 = 3;

/// How much data, and how it is laid out.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    /// The benchmark's scale factor: 1 is 6,001,215 lines of orders.
    pub factor: f64,
    /// Rows of one row group.
    pub group_rows: usize,
}

impl Scale {
    /// Small enough for tests, with several row groups in each larger file.
    pub const TEST: Self = Self { factor: 0.01, group_rows: 8 * 1024 };
}

/// Writes `data/<table>/<part>.parquet` below a folder, unless they lie there.
///
/// # Panics
/// When the folder cannot be written.
pub fn lay(root: &Path, scale: Scale) {
    let done = root.join("data");
    if done.exists() {
        return;
    }
    // Whoever is first wins; a folder that bears the final name is whole.
    std::fs::create_dir_all(root).unwrap();
    let making = tempfile::tempdir_in(root).unwrap();
    let write = |table: &str, part: i32, rows: &mut dyn RecordBatchReader| {
        let folder = making.path().join(table);
        std::fs::create_dir_all(&folder).unwrap();
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_max_row_group_row_count(Some(scale.group_rows))
            .build();
        let file = File::create(folder.join(format!("part-{part}.parquet"))).unwrap();
        let mut writer = ArrowWriter::try_new(file, rows.schema(), Some(properties)).unwrap();
        for batch in rows {
            writer.write(&batch.unwrap()).unwrap();
        }
        writer.close().unwrap();
    };
    let factor = scale.factor;
    write("region", 1, &mut RegionArrow::new(RegionGenerator::new(factor, 1, 1)));
    write("nation", 1, &mut NationArrow::new(NationGenerator::new(factor, 1, 1)));
    write("supplier", 1, &mut SupplierArrow::new(SupplierGenerator::new(factor, 1, 1)));
    write("part", 1, &mut PartArrow::new(PartGenerator::new(factor, 1, 1)));
    write("partsupp", 1, &mut PartSuppArrow::new(PartSuppGenerator::new(factor, 1, 1)));
    write("customer", 1, &mut CustomerArrow::new(CustomerGenerator::new(factor, 1, 1)));
    write("orders", 1, &mut OrderArrow::new(OrderGenerator::new(factor, 1, 1)));
    for part in 1..=LINEITEM_FILES {
        write("lineitem", part, &mut LineItemArrow::new(LineItemGenerator::new(factor, part, LINEITEM_FILES)));
    }
    let made = making.keep();
    if std::fs::rename(&made, &done).is_err() {
        std::fs::remove_dir_all(&made).unwrap();
        assert!(done.exists(), "the tables could not be moved to {}", done.display());
    }
}
