//! A mesh in a folder of its own, and an engine over it.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use arrow::array::RecordBatch;
use futures::TryStreamExt;
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use tempfile::TempDir;
use tokio::runtime::Handle;
use weft_catalog::catalog::ProductCatalog;
use weft_catalog::file::{FileCatalog, FileCatalogConfig};
use weft_delta::reader::{DeltaPortReader, FILES_MAX};
use weft_engine::caller::{Caller, Settings};
use weft_engine::engine::{Clock, Engine, EngineParts, KeysHandle};
use weft_engine::error::Error;
use weft_engine::limits::Limits;
use weft_engine::ports::Ports;
use weft_engine::receipt::{AuditSink, Receipt};
use weft_engine::statement::StatementRequest;
use weft_govern::mask::keys::MasterKeys;
use weft_iceberg::reader::IcebergPortReader;
use weft_model::finding::Severity;
use weft_model::principal::Principal;
use weft_port::reader::PortReader;
use weft_scan::footer::FooterCache;
use weft_scan::port_files::PortFiles;
use weft_scan::parquet_port::{ParquetLimits, ParquetPortReader};
use weft_storage::config::StorageConfig;
use weft_storage::credentials::SecretRef;
use weft_storage::known::Catalogs;
use weft_storage::storage::Storage;

use crate::contract::ProductFiles;

/// The time all test meshes live at: 2026-06-01T12:00:00Z.
pub const NOW: i64 = 1_780_315_200;

/// The master of all token keys of test meshes.
pub const MASTER_KEY: [u8; 32] = [7; 32];

/// Where a mesh lies: in a folder that goes with it, or in one that stays.
#[derive(Debug)]
enum Folder {
    Own(TempDir),
    Given(PathBuf),
}

impl Folder {
    fn path(&self) -> &Path {
        match self {
            Self::Own(folder) => folder.path(),
            Self::Given(folder) => folder,
        }
    }
}

/// Writes a mesh.
#[derive(Debug)]
pub struct MeshBuilder {
    folder: Folder,
    limits: Limits,
    broken: bool,
    storage: StorageConfig,
    catalogs: Catalogs,
}

/// A mesh and the engine over it.
#[derive(Debug)]
pub struct TestMesh {
    folder: Folder,
    /// The engine.
    pub engine: Engine,
    /// The catalog under it.
    pub catalog: Arc<FileCatalog>,
    /// Where tables are opened.
    pub ports: Arc<Ports>,
    /// Every receipt so far.
    pub receipts: Arc<Receipts>,
}

/// Keeps receipts in memory.
#[derive(Debug, Default)]
pub struct Receipts(Mutex<Vec<Receipt>>);

impl Receipts {
    /// Every receipt so far.
    #[must_use]
    pub fn all(&self) -> Vec<Receipt> {
        self.0.lock().unwrap().clone()
    }
}

impl AuditSink for Receipts {
    fn record(&self, receipt: Receipt) {
        self.0.lock().unwrap().push(receipt);
    }
}

/// A board that shows public and internal columns, masks confidential ones and hides the rest.
pub const BOARD: &str = "apiVersion: weft/v1\nkind: Policy\nclassifications: [public, internal, confidential, \
                         restricted]\ndefaults: {public: clear, internal: clear, confidential: mask, restricted: hide, \
                         unclassified: hide}\ndelegate: confidential\n";

impl Default for MeshBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl MeshBuilder {
    /// An empty folder.
    #[must_use]
    pub fn new() -> Self {
        Self::over(Folder::Own(tempfile::tempdir().unwrap()))
    }

    /// A folder that stays, with whatever lies in it.
    #[must_use]
    pub fn within(root: &Path) -> Self {
        Self::over(Folder::Given(root.to_owned()))
    }

    fn over(folder: Folder) -> Self {
        let limits = Limits { target_partitions: 4, batch_rows: 1024, ..Limits::default() };
        Self { folder, limits, broken: false, storage: StorageConfig::default(), catalogs: Catalogs::default() }
    }

    /// The root of the mesh.
    #[must_use]
    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    /// Other bounds.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Divides the mesh by bindings, and asks these catalogs.
    #[must_use]
    pub fn storage(mut self, storage: StorageConfig, catalogs: Catalogs) -> Self {
        (self.storage, self.catalogs) = (storage, catalogs);
        self
    }

    /// Says that something in the mesh is meant to be wrong.
    #[must_use]
    pub fn broken(mut self) -> Self {
        self.broken = true;
        self
    }

    /// Writes a text file.
    #[must_use]
    pub fn file(self, path: &str, text: &str) -> Self {
        let path = self.prepared(path);
        std::fs::write(path, text).unwrap();
        self
    }

    /// Writes the board's policy: [`BOARD`] and these rules.
    #[must_use]
    pub fn board(self, rules: &str) -> Self {
        let text = if rules.is_empty() { BOARD.to_owned() } else { format!("{BOARD}rules:\n{rules}\n") };
        self.file("_governance/board.policy.yaml", &text)
    }

    /// Writes a domain's policy.
    #[must_use]
    pub fn policy(self, domain: &str, rules: &str) -> Self {
        let text = format!("apiVersion: weft/v1\nkind: Policy\nrules:\n{rules}\n");
        self.file(&format!("{domain}/policy.yaml"), &text)
    }

    /// Writes a product's files.
    #[must_use]
    pub fn product(self, product: &ProductFiles) -> Self {
        product.files().into_iter().fold(self, |mesh, (path, text)| mesh.file(&path, &text))
    }

    /// Writes one Parquet file with row groups of this many rows, page indexes and bloom filters.
    #[must_use]
    pub fn parquet(self, path: &str, batch: &RecordBatch, group_rows: usize) -> Self {
        let path = self.prepared(path);
        let properties = WriterProperties::builder()
            .set_max_row_group_row_count(Some(group_rows))
            .set_data_page_row_count_limit(group_rows.div_ceil(4).max(1))
            .set_bloom_filter_enabled(true)
            .build();
        let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), batch.schema(), Some(properties)).unwrap();
        writer.write(batch).unwrap();
        writer.close().unwrap();
        self
    }

    fn prepared(&self, path: &str) -> PathBuf {
        let path = self.folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    }

    /// Loads the mesh and puts the engine together, on the caller's runtime.
    ///
    /// # Panics
    /// When the mesh does not load, or has an error nobody announced with [`MeshBuilder::broken`].
    pub async fn build(self) -> TestMesh {
        #[cfg(all(feature = "sabotage", debug_assertions))]
        crate::sabotage::obey();
        let root = self.folder.path().canonicalize().unwrap();
        let catalog = FileCatalog::open(FileCatalogConfig::new(&root)).unwrap_or_else(|cause| panic!("{cause}"));
        let catalog = Arc::new(catalog);
        let snapshot = catalog.snapshot().await.unwrap();
        let wrong = snapshot.problems().iter().find(|problem| problem.finding.severity == Severity::Error);
        if let Some(problem) = wrong.filter(|_| !self.broken) {
            panic!("the mesh is broken: {}", problem.finding);
        }
        let secret = |_: &SecretRef| Err("tests have no secrets".to_owned());
        let storage = Storage::with_secrets(self.storage, &root, &secret, self.catalogs).unwrap();
        let footers = Arc::new(FooterCache::new(64 * 1024 * 1024));
        let parquet: Arc<dyn PortReader> =
            Arc::new(ParquetPortReader::new(Arc::clone(&footers), ParquetLimits::default()));
        let files = Arc::new(PortFiles::new(Arc::clone(&footers)));
        let kept = self.limits.snapshots;
        let iceberg: Arc<dyn PortReader> = Arc::new(IcebergPortReader::new(files.clone(), FILES_MAX, kept));
        let delta: Arc<dyn PortReader> = Arc::new(DeltaPortReader::new(files, FILES_MAX, kept));
        let ports = Ports::new(Arc::new(storage), vec![parquet, delta, iceberg], Vec::new(), footers, &self.limits);
        let ports = Arc::new(ports);
        let receipts = Arc::new(Receipts::default());
        let engine = Engine::new(EngineParts {
            catalog: Arc::clone(&catalog) as _,
            ports: Arc::clone(&ports),
            keys: KeysHandle(Arc::new(MasterKeys::new(MASTER_KEY, 1))),
            audit: Arc::clone(&receipts) as _,
            clock: Clock(Arc::new(|| NOW)),
            fingerprint_key: [9; 32],
            limits: self.limits,
            spill: None,
            cpu: Handle::current(),
        })
        .await
        .unwrap();
        TestMesh { folder: self.folder, engine, catalog, ports, receipts }
    }
}

/// A caller in these groups.
#[must_use]
pub fn caller(name: &str, groups: &[&str]) -> Caller {
    let principal = Principal {
        name: Arc::from(name),
        groups: groups.iter().map(|group| Arc::from(*group)).collect(),
        ..Principal::default()
    };
    Caller { principal: Arc::new(principal), settings: Settings::default() }
}

impl TestMesh {
    /// The root of the mesh.
    #[must_use]
    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    /// Puts a Parquet file in the place of another, in one step.
    pub fn replace_parquet(&self, path: &str, batch: &RecordBatch) {
        let path = self.root().join(path);
        let fresh = path.with_extension("fresh");
        let mut writer = ArrowWriter::try_new(File::create(&fresh).unwrap(), batch.schema(), None).unwrap();
        writer.write(batch).unwrap();
        writer.close().unwrap();
        std::fs::rename(fresh, path).unwrap();
    }

    /// Runs a statement to its end.
    ///
    /// # Errors
    /// Whatever the statement ends in.
    pub async fn query(&self, caller: &Caller, sql: &str) -> Result<Vec<RecordBatch>, Error> {
        let planned = self.engine.prepare(caller, StatementRequest { sql: sql.to_owned(), parameters: None }).await?;
        self.engine.execute(caller, planned).await?.try_collect().await
    }

    /// Runs a statement and renders its rows: one line a row, cells joined by ` | `, in the order they came.
    ///
    /// # Errors
    /// Whatever the statement ends in.
    pub async fn rows(&self, caller: &Caller, sql: &str) -> Result<Vec<String>, Error> {
        Ok(lines(&self.query(caller, sql).await?))
    }
}

/// The rows of batches as text.
#[must_use]
pub fn lines(batches: &[RecordBatch]) -> Vec<String> {
    use arrow::util::display::{ArrayFormatter, FormatOptions};
    let options = FormatOptions::default().with_null("NULL");
    let mut lines = Vec::new();
    for batch in batches {
        let columns: Vec<_> =
            batch.columns().iter().map(|column| ArrayFormatter::try_new(column, &options).unwrap()).collect();
        for row in 0..batch.num_rows() {
            let cells: Vec<String> = columns.iter().map(|column| column.value(row).to_string()).collect();
            lines.push(cells.join(" | "));
        }
    }
    lines
}
