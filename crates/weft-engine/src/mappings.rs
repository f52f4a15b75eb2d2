//! Mapping products, read with policy's own authority when execution starts.

use std::fmt;
use std::sync::{Arc, Weak};

use async_trait::async_trait;
use datafusion::catalog::TableProvider;
use datafusion::common::{ScalarValue, TableReference};
use datafusion::datasource::provider_as_source;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, col, lit};
use datafusion::physical_plan::execute_stream;
use futures::TryStreamExt;
use tokio::sync::Mutex;
use weft_catalog::snapshot::CatalogSnapshot;
use weft_catalog::target::Target;
use weft_govern::governed_table::{GovernedTable, StatementContext};
use weft_govern::mapping::{MappingSource, NoMappings};
use weft_govern::mask::keys::NoKeys;
use weft_govern::row_rule;
use weft_govern::verify::verify;
use weft_policy::decide::decide_mapping;
use weft_policy::predicate::Mapping;
use weft_scan::meter::Meter;

use crate::abandoned::Abandoned;
use crate::engine::{Engine, Inner, salt};
use crate::own_tables;
use crate::session::policy_options;
use crate::tables::StatementTables;

/// The values of one mapping; `None` when they cannot be had.
type Values = Option<Vec<ScalarValue>>;

/// Reads mappings of one statement, each once: every partition and every reference sees the same values.
pub(crate) struct CatalogMappings {
    /// Not held: a planned statement that waits in the engine's own cache would keep the engine alive.
    engine: Weak<Inner>,
    snapshot: Arc<CatalogSnapshot>,
    /// Seconds since 1970-01-01T00:00:00Z.
    now: i64,
    meter: Arc<Meter>,
    /// Held while a mapping is read, so that partitions that want the same one wait for it.
    read: Mutex<Vec<(Mapping, Values)>>,
}

/// Why a mapping cannot be had. For the log: a caller sees no rows and no reason.
#[derive(Debug, thiserror::Error)]
enum Unread {
    #[error("the product is not served")]
    Missing,
    #[error("no rule of the policy reads these columns of the product as a mapping")]
    Undeclared,
    #[error("it holds more than limits.mapping_values = {0} values for one principal")]
    Large(usize),
    #[error("the engine stops")]
    Stopping,
    #[error("{0}")]
    Read(String),
}

impl CatalogMappings {
    pub(crate) fn new(engine: &Engine, snapshot: &Arc<CatalogSnapshot>, now: i64, meter: &Arc<Meter>) -> Self {
        Self {
            engine: Arc::downgrade(&engine.inner),
            snapshot: Arc::clone(snapshot),
            now,
            meter: Arc::clone(meter),
            read: Mutex::default(),
        }
    }

    /// The default version of the product's default port.
    fn target(&self, mapping: &Mapping) -> Result<Target, Unread> {
        let product = self.snapshot.find(&mapping.product).ok_or(Unread::Missing)?;
        let today = i32::try_from(self.now.div_euclid(86_400)).unwrap_or(i32::MAX);
        let served = self.snapshot.names(product, today).into_iter().map(|listed| listed.target);
        served.into_iter().find(|target| !target.pinned_version).ok_or(Unread::Missing)
    }

    async fn fetch(&self, mapping: &Mapping) -> Result<Vec<ScalarValue>, Unread> {
        let failed = |cause: &dyn fmt::Display| Unread::Read(cause.to_string());
        let target = self.target(mapping)?;
        let mut columns: Vec<&str> = vec![&mapping.select];
        columns.extend(mapping.equals.iter().map(|(column, _)| &**column));
        let decision = decide_mapping(self.snapshot.policy(), &target.product, &target.port, &target.object, &columns);
        if !decision.readable() {
            return Err(Unread::Undeclared);
        }
        let fingerprints = std::iter::once(decision.fingerprint()).collect();
        let engine = self.engine.upgrade().ok_or(Unread::Stopping)?;
        let parts = &engine.parts;
        let limits = &parts.limits;
        let port = parts.ports.open_newest(&target).await.map_err(|cause| failed(&cause))?;
        // Fewer values would open more rows, where a rule is about what is not among them.
        if port.restrictions().is_some_and(|withheld| !withheld.is_empty()) {
            return Err(Unread::Read("its catalog withholds rows or columns of it".to_owned()));
        }
        let statement = StatementContext {
            keys: Arc::new(NoKeys),
            salt: Arc::new(salt().map_err(|cause| failed(&cause))?),
            order: Arc::new(salt().map_err(|cause| failed(&cause))?),
            mappings: Arc::new(NoMappings),
            config: Arc::new(policy_options(limits)),
            meter: Arc::clone(&self.meter),
        };
        let governed = GovernedTable::new(target.product.name.clone(), Arc::new(decision), port, statement)
            .map_err(|cause| failed(&cause))?;
        let plan = plan(mapping, Arc::new(governed)).map_err(|cause| failed(&cause))?;
        let none = StatementTables::new(Arc::clone(self.snapshot.mesh()), std::iter::empty());
        let state = engine.sessions.session(none, None, None, &Abandoned::default());
        let state = state.map_err(|cause| failed(&cause))?;
        let physical = match state.optimize(&plan) {
            Ok(plan) => state.query_planner().create_physical_plan(&plan, &state).await,
            Err(cause) => Err(cause),
        };
        let physical = physical.map_err(|cause| failed(&cause))?;
        verify(&physical, &fingerprints, &own_tables::owns).map_err(|cause| failed(&cause))?;
        let mut stream = execute_stream(physical, state.task_ctx()).map_err(|cause| failed(&cause))?;
        let mut values = Vec::new();
        while let Some(batch) = stream.try_next().await.map_err(|cause| failed(&cause))? {
            if values.len() + batch.num_rows() > limits.mapping_values {
                return Err(Unread::Large(limits.mapping_values));
            }
            for row in 0..batch.num_rows() {
                values.push(ScalarValue::try_from_array(batch.column(0), row).map_err(|cause| failed(&cause))?);
            }
        }
        Ok(values)
    }
}

/// `SELECT DISTINCT select FROM product WHERE column = value AND …`, made of nodes, never of text.
fn plan(mapping: &Mapping, table: Arc<dyn TableProvider>) -> datafusion::common::Result<LogicalPlan> {
    let schema = table.schema();
    let conditions = mapping
        .equals
        .iter()
        .map(|(column, value)| {
            let data_type = schema.field_with_name(column)?.data_type();
            Ok(col(name(column)).eq(lit(row_rule::scalar(value, data_type)?)))
        })
        .collect::<datafusion::common::Result<Vec<Expr>>>()?;
    let scan = LogicalPlanBuilder::scan(TableReference::bare("mapping"), provider_as_source(table), None)?;
    let filtered = conditions.into_iter().try_fold(scan, LogicalPlanBuilder::filter)?;
    filtered.project([col(name(&mapping.select))])?.distinct()?.build()
}

/// A column by its exact name: `col` would read dots and fold case.
fn name(column: &str) -> datafusion::common::Column {
    datafusion::common::Column::from_name(column)
}

impl fmt::Debug for CatalogMappings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CatalogMappings")
    }
}

#[async_trait]
impl MappingSource for CatalogMappings {
    async fn values(&self, mapping: &Mapping) -> Option<Vec<ScalarValue>> {
        let mut read = self.read.lock().await;
        if let Some((_, values)) = read.iter().find(|(known, _)| known == mapping) {
            return values.clone();
        }
        let values = self.fetch(mapping).await;
        if let Err(cause) = &values {
            tracing::warn!(product = %mapping.product, %cause, "a mapping cannot be had: the rows it would allow stay hidden");
        }
        let values = values.ok();
        read.push((mapping.clone(), values.clone()));
        values
    }
}
