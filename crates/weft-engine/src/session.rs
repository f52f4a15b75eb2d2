//! The one file that fills a session: allow-listed functions, one catalog, one closed store, bounded memory and disk.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::MemoryPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::session_state::SessionStateBuilder;
use datafusion::execution::{SessionState, SessionStateDefaults};
use datafusion::prelude::SessionConfig;

use crate::closed::ClosedRegistry;
use crate::limits::Limits;
use crate::memory::StatementPool;
use crate::tables::{OneCatalog, StatementTables};

/// Functions that tell of files, storage metadata or the server rather than of values.
const REFUSED_FUNCTIONS: [&str; 6] =
    ["arrow_metadata", "arrow_field", "file_row_index", "input_file_name", "version", "with_metadata"];

/// Table functions that make rows of nothing but their arguments.
pub(crate) const TABLE_FUNCTIONS: [&str; 2] = ["generate_series", "range"];

/// A session of one statement over these tables and no others.
///
/// # Errors
/// When the spill folder cannot be used.
pub(crate) fn session(
    tables: StatementTables,
    mesh: &str,
    domain: Option<&str>,
    time_zone: Option<&str>,
    shared: Arc<dyn MemoryPool>,
    limits: &Limits,
    spill: Option<&std::path::Path>,
) -> Result<SessionState> {
    let mut config = config(limits);
    config = config.with_default_catalog_and_schema(mesh, domain.unwrap_or("information_schema"));
    if let Some(zone) = time_zone {
        config.options_mut().execution.time_zone = Some(zone.to_owned());
    }
    let mode = match spill {
        Some(folder) => DiskManagerMode::Directories(vec![folder.to_path_buf()]),
        None => DiskManagerMode::OsTmpDirectory,
    };
    let disk = DiskManagerBuilder::default().with_mode(mode).with_max_temp_directory_size(limits.spill_bytes);
    let runtime = RuntimeEnvBuilder::new()
        .with_object_store_registry(Arc::new(ClosedRegistry::default()))
        .with_memory_pool(Arc::new(StatementPool::new(shared, limits.statement_memory)))
        .with_disk_manager_builder(disk)
        .build_arc()?;
    let scalar = SessionStateDefaults::default_scalar_functions()
        .into_iter()
        .filter(|function| !REFUSED_FUNCTIONS.contains(&function.name()))
        .collect();
    let table_functions = SessionStateDefaults::default_table_functions()
        .into_iter()
        .filter(|function| TABLE_FUNCTIONS.contains(&function.name()))
        .collect();
    Ok(SessionStateBuilder::new()
        .with_config(config)
        .with_runtime_env(runtime)
        .with_catalog_list(Arc::new(OneCatalog(Arc::new(tables))))
        .with_scalar_functions(scalar)
        .with_higher_order_functions(SessionStateDefaults::default_higher_order_functions())
        .with_aggregate_functions(SessionStateDefaults::default_aggregate_functions())
        .with_window_functions(SessionStateDefaults::default_window_functions())
        .with_expr_planners(SessionStateDefaults::default_expr_planners())
        .with_table_function_list(table_functions)
        .build())
}

/// Engine settings as they were measured (DESIGN section 8), the same for every statement.
fn config(limits: &Limits) -> SessionConfig {
    let mut config = SessionConfig::new()
        .with_target_partitions(limits.target_partitions)
        .with_batch_size(limits.batch_rows)
        .with_information_schema(false)
        .with_create_default_catalog_and_schema(false);
    let options = config.options_mut();
    options.optimizer.repartition_joins = false;
    options.execution.parquet.pushdown_filters = false;
    options.execution.collect_statistics = true;
    config
}

/// Options for everything below the seal.
pub(crate) fn policy_options(limits: &Limits) -> ConfigOptions {
    config(limits).options().as_ref().clone()
}
