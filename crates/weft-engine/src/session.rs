//! The one file that fills a session: allow-listed functions, one catalog, one closed store, bounded memory and disk.

use std::path::Path;
use std::sync::Arc;

use datafusion::catalog::TableFunction;
use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::execution::disk_manager::{DiskManager, DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::{GreedyMemoryPool, MemoryPool};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::session_state::SessionStateBuilder;
use datafusion::execution::{SessionState, SessionStateDefaults};
use datafusion::logical_expr::planner::ExprPlanner;
use datafusion::logical_expr::{AggregateUDF, ScalarUDF, WindowUDF};
use datafusion::prelude::SessionConfig;

use crate::told_apart;
use crate::abandoned::Abandoned;
use crate::closed::ClosedRegistry;
use crate::growing_function;
use crate::limits::Limits;
use crate::map_access::MapAccess;
use crate::memory::StatementPool;
use crate::string_concat::StringConcatPlanner;
use crate::tables::{OneCatalog, StatementTables};

/// Functions that tell of files, storage metadata or the server rather than of values.
const REFUSED_FUNCTIONS: [&str; 6] =
    ["arrow_metadata", "arrow_field", "file_row_index", "input_file_name", "version", "with_metadata"];

/// Table functions that make rows of nothing but their arguments.
pub(crate) const TABLE_FUNCTIONS: [&str; 2] = ["generate_series", "range"];

/// What every session of an engine shares: functions, the statements' memory, and the disk they spill to.
#[derive(Debug)]
pub(crate) struct Sessions {
    mesh: Arc<str>,
    limits: Limits,
    memory: Arc<dyn MemoryPool>,
    disk: Arc<DiskManager>,
    scalar: Vec<Arc<ScalarUDF>>,
    aggregate: Vec<Arc<AggregateUDF>>,
    window: Vec<Arc<WindowUDF>>,
    table: Vec<Arc<TableFunction>>,
    planners: Vec<Arc<dyn ExprPlanner>>,
}

impl Sessions {
    /// Prepares sessions over a mesh; `spill` is where spill files go, the system's temporary folder when absent.
    ///
    /// # Errors
    /// When the spill folder cannot be used.
    pub(crate) fn new(mesh: Arc<str>, limits: &Limits, spill: Option<&Path>) -> Result<Self> {
        let mode = match spill {
            Some(folder) => DiskManagerMode::Directories(vec![folder.to_path_buf()]),
            None => DiskManagerMode::OsTmpDirectory,
        };
        let disk = DiskManagerBuilder::default().with_mode(mode).with_max_temp_directory_size(limits.spill_bytes);
        let scalar = SessionStateDefaults::default_scalar_functions()
            .into_iter()
            .filter(|function| !REFUSED_FUNCTIONS.contains(&function.name()))
            .map(growing_function::bounded)
            .collect();
        let table = SessionStateDefaults::default_table_functions()
            .into_iter()
            .filter(|function| TABLE_FUNCTIONS.contains(&function.name()))
            .collect();
        let mut planners: Vec<Arc<dyn ExprPlanner>> = vec![Arc::new(MapAccess), Arc::new(StringConcatPlanner::new())];
        planners.extend(SessionStateDefaults::default_expr_planners());
        Ok(Self {
            mesh,
            limits: limits.clone(),
            memory: Arc::new(GreedyMemoryPool::new(limits.memory)),
            disk: Arc::new(disk.build()?),
            scalar,
            aggregate: SessionStateDefaults::default_aggregate_functions(),
            window: SessionStateDefaults::default_window_functions(),
            table,
            planners,
        })
    }

    /// Bytes of memory that statements hold.
    pub(crate) fn memory_reserved(&self) -> usize {
        self.memory.reserved()
    }

    /// Bytes of spill files.
    pub(crate) fn spilled(&self) -> u64 {
        self.disk.used_disk_space()
    }

    /// A session of one statement over these tables and no others; it plans until it is abandoned.
    ///
    /// # Errors
    /// When the session cannot be put together.
    pub(crate) fn session(
        &self,
        tables: StatementTables,
        domain: Option<&str>,
        time_zone: Option<&str>,
        abandoned: &Abandoned,
    ) -> Result<SessionState> {
        let mut config = config(&self.limits);
        config = config.with_default_catalog_and_schema(&*self.mesh, domain.unwrap_or("information_schema"));
        if let Some(zone) = time_zone {
            config.options_mut().execution.time_zone = Some(zone.to_owned());
        }
        let memory = StatementPool::new(Arc::clone(&self.memory), self.limits.statement_memory);
        let mut runtime = RuntimeEnvBuilder::new()
            .with_object_store_registry(Arc::new(ClosedRegistry::default()))
            .with_memory_pool(Arc::new(memory));
        runtime.disk_manager = Some(Arc::clone(&self.disk));
        let mut planners: Vec<Arc<dyn ExprPlanner>> = vec![Arc::new(abandoned.clone())];
        planners.extend(self.planners.iter().cloned());
        let mut state = SessionStateBuilder::new()
            .with_config(config)
            .with_runtime_env(runtime.build_arc()?)
            .with_catalog_list(Arc::new(OneCatalog(Arc::new(tables))))
            .with_scalar_functions(self.scalar.clone())
            .with_higher_order_functions(SessionStateDefaults::default_higher_order_functions())
            .with_aggregate_functions(self.aggregate.clone())
            .with_window_functions(self.window.clone())
            .with_expr_planners(planners)
            .with_analyzer_rules(abandoned.analyzer())
            .with_optimizer_rules(abandoned.optimizer())
            .with_physical_optimizer_rules(told_apart::rules())
            .with_table_function_list(self.table.clone())
            .build();
        // `now()` means the same moment all through a statement.
        state.mark_start_execution();
        Ok(state)
    }
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
    options.execution.enforce_batch_size_in_joins = true;
    options.execution.parquet.pushdown_filters = false;
    options.execution.collect_statistics = true;
    config
}

/// Options for everything below the seal.
pub(crate) fn policy_options(limits: &Limits) -> ConfigOptions {
    config(limits).options().as_ref().clone()
}
