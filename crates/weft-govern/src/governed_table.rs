//! A table as one principal sees it.

use std::fmt;
use std::sync::Arc;

use arrow_schema::{Field, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion_common::config::{ConfigOptions, ParquetOptions};
use datafusion_common::{DFSchema, DataFusionError, Result};
use datafusion_expr::execution_props::ExecutionProps;
use datafusion_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion_physical_expr::planner::create_physical_expr;
use datafusion_physical_expr::utils::{collect_columns, conjunction_opt, reassign_expr_columns};
use datafusion_physical_expr_common::physical_expr::PhysicalExpr;
use datafusion_physical_plan::ExecutionPlan;
use datafusion_physical_plan::filter::FilterExecBuilder;
use datafusion_session::{Session, TableProvider};
use weft_model::name::ProductName;
use weft_policy::decision::{ColumnDecision, ColumnRule, Decision};
use weft_policy::predicate::Predicate;
use weft_scan::meter::Meter;
use weft_scan::open_port::OpenPort;
use weft_scan::plan::Leaf;

use crate::error::{Error, not_enforceable, replaced};
use crate::governed_scan::GovernedScanExec;
use crate::guard::Guard;
use crate::leak_proof::leak_proof;
use crate::mapping::MappingSource;
use crate::mask::keys::KeyProvider;
use crate::mask::salt::QuerySalt;
use crate::mixed::STREAMS;
use crate::sealed::{Seal, SealedColumn, skipping};
use crate::shape::{MaskContext, Shape, served_type};

/// What every governed table of one statement shares.
#[derive(Clone)]
pub struct StatementContext {
    /// Keys of token domains.
    pub keys: Arc<dyn KeyProvider>,
    /// The salt of this one statement.
    pub salt: Arc<QuerySalt>,
    /// The salt of the principal, from which the order of files is made where it may not show: were it another each time,
    /// the average of many answers would show it.
    pub order: Arc<QuerySalt>,
    /// Where mappings come from.
    pub mappings: Arc<dyn MappingSource>,
    /// Options for everything below the seal: the client's own settings never reach policy.
    pub config: Arc<ConfigOptions>,
    /// What is read is counted here.
    pub meter: Arc<Meter>,
}

impl fmt::Debug for StatementContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StatementContext").field("mappings", &self.mappings).finish_non_exhaustive()
    }
}

/// A table of one principal and one statement: visible columns, served types, no metadata, no constraints.
pub struct GovernedTable {
    product: ProductName,
    /// What policy decided.
    decided: Arc<Decision>,
    /// The same, less what the table's catalog withholds.
    decision: Arc<Decision>,
    port: Arc<OpenPort>,
    schema: SchemaRef,
    visible: Vec<Visible>,
    /// True when folders carry the values of a column that is withheld, wholly or on some rows.
    mixed: bool,
    statement: StatementContext,
}

/// A visible column.
struct Visible {
    /// Its position in the contract.
    contract: usize,
    /// Its rule.
    rule: ColumnRule,
}

/// A decision less what the table's catalog withholds.
fn narrowed(product: &ProductName, decided: &Arc<Decision>, port: &OpenPort) -> Result<Arc<Decision>, Error> {
    match port.restrictions().filter(|withheld| !withheld.is_empty() && Guard::Restrictions.on()) {
        None => Ok(Arc::clone(decided)),
        Some(withheld) => {
            // A mask of what nobody sees has nothing to mask.
            let mut withheld = withheld.clone();
            withheld.columns.retain(|(id, _)| !port.undeclared(*id));
            let narrow = decided.restricted(&withheld, port.object(), &port.field_ids());
            narrow.map(Arc::new).map_err(|cause| not_enforceable(product, &cause))
        }
    }
}

impl GovernedTable {
    /// Puts a decision over an open port.
    ///
    /// # Errors
    /// When the decision is not about this table or leaves nothing visible.
    pub fn new(
        product: ProductName,
        decision: Arc<Decision>,
        port: Arc<OpenPort>,
        statement: StatementContext,
    ) -> Result<Self, Error> {
        let object = Arc::clone(port.object());
        let own = *decision.product() == product
            && decision.object() == &*object.name
            && decision.columns().len() == object.columns.len();
        if !decision.readable() || (!own && Guard::OwnDecision.on()) {
            return Err(not_enforceable(&product, &"the decision is about another table"));
        }
        let decided = decision;
        let decision = narrowed(&product, &decided, &port)?;
        let mut fields = Vec::new();
        let mut visible = Vec::new();
        for (at, (column, decided)) in object.columns.iter().zip(decision.columns()).enumerate() {
            if *column.name != *decided.name() && Guard::OwnDecision.on() {
                return Err(not_enforceable(&product, &"the decision is about another version"));
            }
            if let Some(data_type) = served_type(decided.rule(), &column.data_type) {
                // A mask may make NULLs; what is shown as it lies there has them only where the files may.
                let nullable = *decided.rule() != ColumnRule::Clear || !port.never_null(at);
                fields.push(Field::new(&*column.name, data_type, nullable));
                visible.push(Visible { contract: at, rule: decided.rule().clone() });
            }
        }
        if visible.is_empty() {
            return Err(not_enforceable(&product, &"no column is visible"));
        }
        let withheld = |(_, decided): &(usize, &ColumnDecision)| *decided.rule() != ColumnRule::Clear;
        let mixed = Guard::FileOrder.on()
            && decision.columns().iter().enumerate().filter(withheld).any(|(at, _)| port.in_folders(at));
        Ok(Self { product, decided, decision, port, schema: Arc::new(Schema::new(fields)), visible, mixed, statement })
    }

    /// The decision that policy made, whatever the table's catalog withholds beyond it.
    #[must_use]
    pub fn decided(&self) -> &Arc<Decision> {
        &self.decided
    }

    /// The decision this table enforces.
    #[must_use]
    pub fn decision(&self) -> &Arc<Decision> {
        &self.decision
    }

    /// The table behind it.
    #[must_use]
    pub fn port(&self) -> &Arc<OpenPort> {
        &self.port
    }

    /// What is read of this table.
    #[must_use]
    pub fn meter(&self) -> &Meter {
        &self.statement.meter
    }

    /// True when the decision withholds nothing at all.
    #[must_use]
    pub fn wholly_clear(&self) -> bool {
        self.decision.rows().is_none() && self.decision.columns().iter().all(|c| *c.rule() == ColumnRule::Clear)
    }

    fn clear(&self, at: usize) -> bool {
        self.visible.get(at).is_some_and(|column| column.rule == ColumnRule::Clear)
    }

    /// The physical predicate over this table's schema, or `None` when it may not go below the seal.
    fn accepted(&self, filter: &Expr, schema: &DFSchema) -> Option<Arc<dyn PhysicalExpr>> {
        let props = ExecutionProps::new();
        let physical = create_physical_expr(filter, schema, &props, &Default::default()).ok()?;
        let fit = leak_proof(&physical, &self.schema, &|at| self.clear(at)) || !Guard::LeakProofFilter.on();
        fit.then_some(physical)
    }

    /// A leaf over these columns, which reads the files that may hold rows the predicate keeps. The predicate speaks of
    /// the columns by position among them; it only skips files.
    async fn leaf(
        &self,
        state: &dyn Session,
        columns: Vec<usize>,
        predicate: Option<Arc<dyn PhysicalExpr>>,
        projection: Vec<usize>,
        parquet: ParquetOptions,
    ) -> Result<Leaf> {
        let chosen = self.port.choose(&columns, predicate.as_ref()).await;
        Ok(Leaf {
            chosen: chosen.map_err(|cause| DataFusionError::External(Box::new(cause)))?,
            columns,
            projection,
            predicate: None,
            limit: None,
            target_partitions: if self.mixed { STREAMS } else { state.config().target_partitions() },
            order: self.mixed.then(|| self.statement.order.seed_of(&[&self.product.to_string(), self.port.version()])),
            parquet,
            with_statistics: true,
            meter: Arc::clone(&self.statement.meter),
            memory: Arc::clone(&state.runtime_env().memory_pool),
            trail: Arc::default(),
        })
    }

    /// The native scan, wrapped. Its table schema holds clear columns and nothing else.
    ///
    /// The filters are applied here; whether or not they are, files are skipped by `skip`.
    async fn scan_clear(
        &self,
        state: &dyn Session,
        projection: &[usize],
        filters: &[Arc<dyn PhysicalExpr>],
        skip: &[Arc<dyn PhysicalExpr>],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let clear: Vec<usize> = (0..self.visible.len()).filter(|at| self.clear(*at)).collect();
        let contract = clear.iter().filter_map(|at| self.visible.get(*at)).map(|column| column.contract).collect();
        let names = clear.iter().filter_map(|at| self.schema.fields().get(*at)).cloned().collect::<Vec<_>>();
        let names = Arc::new(Schema::new(names));
        let skip = skip.iter().filter_map(|filter| reassign_expr_columns(Arc::clone(filter), &names).ok());
        // A partly clear table promised to apply the filters itself: what they read is read, and dropped after them.
        let mut wanted = projection.to_vec();
        for filter in filters {
            for column in collect_columns(filter) {
                if !wanted.contains(&column.index()) {
                    wanted.push(column.index());
                }
            }
        }
        let positions = wanted
            .iter()
            .map(|at| clear.iter().position(|one| one == at).ok_or_else(|| out_of_range("projection")))
            .collect::<Result<Vec<_>>>()?;
        let options = state.config_options();
        let (skip, parquet) = (conjunction_opt(skip), options.execution.parquet.clone());
        let mut leaf = self.leaf(state, contract, skip, positions, parquet).await?;
        leaf.limit = if filters.is_empty() { limit } else { None };
        let scan = self.port.plan(&self.decision, &leaf)?;
        let scan: Arc<dyn ExecutionPlan> =
            Arc::new(GovernedScanExec::clear(self.product.clone(), self.decision.fingerprint(), leaf.trail, scan));
        if filters.is_empty() {
            return Ok(scan);
        }
        let schema = scan.schema();
        let predicate = filters
            .iter()
            .map(|filter| reassign_expr_columns(Arc::clone(filter), &schema))
            .collect::<Result<Vec<_>>>()?;
        let kept: Vec<usize> = (0..projection.len()).collect();
        let filter = FilterExecBuilder::new(datafusion_physical_expr::conjunction(predicate), scan)
            .apply_projection(Some(kept))?
            .with_fetch(limit)
            .build()?;
        Ok(Arc::new(filter))
    }

    /// The raw columns under the names and types of the contract.
    fn raw_schema(&self, columns: &[usize]) -> SchemaRef {
        let known = &self.port.object().columns;
        let fields = columns.iter().filter_map(|at| known.get(*at)).map(weft_model::column::Column::field);
        Arc::new(Schema::new(fields.collect::<Vec<_>>()))
    }

    async fn scan_sealed(
        &self,
        state: &dyn Session,
        projection: &[usize],
        filters: &[Arc<dyn PhysicalExpr>],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let object = self.port.object();
        let context = MaskContext { keys: self.statement.keys.as_ref(), salt: &self.statement.salt };
        let rows = self.decision.rows().cloned();
        let mut leaf_columns: Vec<usize> = Vec::new();
        let mut need = |contract: usize| match leaf_columns.iter().position(|one| *one == contract) {
            Some(at) => at,
            None => {
                leaf_columns.push(contract);
                leaf_columns.len() - 1
            }
        };
        let mut columns = Vec::with_capacity(projection.len());
        for at in projection {
            let visible = self.visible.get(*at).ok_or_else(|| out_of_range("projection"))?;
            let column = object.columns.get(visible.contract).ok_or_else(|| out_of_range("contract"))?;
            let shape = Shape::bind(&visible.rule, &column.data_type, &context)
                .ok_or_else(|| out_of_range("visible column"))?;
            columns.push(SealedColumn { raw: need(visible.contract), shape });
        }
        let mut read = |predicate: &Predicate| {
            predicate.columns(&mut |name| {
                if let Some(at) = object.columns.iter().position(|column| &*column.name == name) {
                    need(at);
                }
            });
        };
        rows.iter().for_each(&mut read);
        columns.iter().for_each(|column| column.shape.conditions(&mut |predicate| read(predicate)));
        for filter in filters {
            for column in collect_columns(filter) {
                let visible = self.visible.get(column.index()).ok_or_else(|| out_of_range("filter"))?;
                need(visible.contract);
            }
        }
        let raw_schema = self.raw_schema(&leaf_columns);
        let filters = filters
            .iter()
            .map(|filter| reassign_expr_columns(Arc::clone(filter), &raw_schema))
            .collect::<Result<Vec<_>>>()?;
        let all = (0..leaf_columns.len()).collect();
        let parquet = self.statement.config.execution.parquet.clone();
        let skip = conjunction_opt(skipping(rows.as_ref(), &filters, &raw_schema)?);
        let mut leaf = self.leaf(state, leaf_columns, skip, all, parquet).await?;
        if rows.is_none() && filters.is_empty() && !self.mixed || !Guard::LimitAfterRows.on() {
            leaf.limit = limit.map(|rows| self.at_least(rows, &columns));
        }
        let seal = Seal {
            decision: Arc::clone(&self.decision),
            port: Arc::clone(&self.port),
            leaf,
            raw_schema,
            columns,
            schema: Arc::new(self.schema.project(projection)?),
            rows,
            filters,
            mappings: Arc::clone(&self.statement.mappings),
            mixed: self.mixed,
            salt: Arc::clone(&self.statement.salt),
        };
        let scan = GovernedScanExec::sealed(
            self.product.clone(),
            self.decision.fingerprint(),
            Arc::new(seal),
            limit,
            &self.statement.config,
        )?;
        Ok(Arc::new(scan))
    }

    /// Rows of masks are shuffled batch by batch: of a batch of few, the file's first would show, one by one.
    fn at_least(&self, rows: usize, columns: &[SealedColumn]) -> usize {
        let masked = columns.iter().any(|column| !column.shape.clear());
        let batch_rows = self.statement.config.execution.batch_size.get();
        match masked && Guard::RowOrder.on() {
            true => rows.div_ceil(batch_rows).max(1).saturating_mul(batch_rows),
            false => rows,
        }
    }

    async fn scan_inner(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let projection = projection.cloned().unwrap_or_else(|| (0..self.visible.len()).collect());
        let schema = DFSchema::try_from(Arc::clone(&self.schema))?;
        if self.wholly_clear() {
            // The planner keeps its own filter above, as it does for any file scan.
            let limit = if filters.is_empty() { limit } else { None };
            let props = ExecutionProps::new();
            let physical = |filter: &Expr| {
                create_physical_expr(&unqualified(filter.clone()).ok()?, &schema, &props, &Default::default()).ok()
            };
            let skip: Vec<_> = filters.iter().filter_map(physical).collect();
            return self.scan_clear(state, &projection, &[], &skip, limit).await;
        }
        let accepted = filters
            .iter()
            .map(|filter| {
                let bare = unqualified(filter.clone())?;
                self.accepted(&bare, &schema)
                    .ok_or_else(|| DataFusionError::Plan("a filter reached the scan that it did not accept".to_owned()))
            })
            .collect::<Result<Vec<_>>>()?;
        let touched = projection
            .iter()
            .copied()
            .chain(accepted.iter().flat_map(|filter| collect_columns(filter).into_iter().map(|column| column.index())));
        if self.decision.rows().is_none() && !self.mixed && touched.into_iter().all(|at| self.clear(at)) {
            self.scan_clear(state, &projection, &accepted, &accepted, limit).await
        } else {
            self.scan_sealed(state, &projection, &accepted, limit).await
        }
    }
}

#[async_trait]
impl TableProvider for GovernedTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        self.scan_inner(state, projection, filters, limit)
            .await
            .map_err(|cause| if Guard::ErrorReplaced.on() { replaced(&self.product, None, &cause).into() } else { cause })
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        if self.wholly_clear() {
            return Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()]);
        }
        let schema = DFSchema::try_from(Arc::clone(&self.schema))?;
        filters
            .iter()
            .map(|filter| {
                let bare = unqualified((*filter).clone())?;
                Ok(match self.accepted(&bare, &schema) {
                    // The seal evaluates what it accepts itself, after the row rule.
                    Some(_) => TableProviderFilterPushDown::Exact,
                    None => TableProviderFilterPushDown::Unsupported,
                })
            })
            .collect()
    }
}

/// The filter with bare column names: the planner qualifies them by whatever the query calls the table.
fn unqualified(filter: Expr) -> Result<Expr> {
    use datafusion_common::tree_node::{Transformed, TransformedResult, TreeNode};
    filter
        .transform(|node| match node {
            Expr::Column(mut column) => {
                column.relation = None;
                Ok(Transformed::yes(Expr::Column(column)))
            }
            other => Ok(Transformed::no(other)),
        })
        .data()
}

fn out_of_range(what: &str) -> DataFusionError {
    DataFusionError::Plan(format!("a {what} position is out of range"))
}

impl fmt::Debug for GovernedTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GovernedTable")
            .field("product", &self.product)
            .field("decision", &self.decision.fingerprint())
            .finish()
    }
}
