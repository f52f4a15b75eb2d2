//! Starting a planned statement: bind parameters, plan physically, verify, execute.

use std::sync::Arc;

use arrow::array::RecordBatch;
use datafusion::common::{DataFusionError, ParamValues, ScalarValue};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use futures::{FutureExt, TryStreamExt};
use weft_govern::verify::verify;

use crate::admission::Permit;
use crate::caller::Caller;
use crate::engine::Engine;
use crate::error::Error;
use crate::explain;
use crate::interrupt::{Stop, interruptible};
use crate::own_tables;
use crate::plan_size;
use crate::receipt::{ProductRead, Receipt};
use crate::revoked::revoked;
use crate::rows::{Ledger, Rows};
use crate::statement::{Explain, Planned};
use crate::watched::{batch_rows, watched};

/// Starts every execution of a statement: one per row of bound parameters.
pub(crate) async fn start(
    engine: &Engine,
    caller: Caller,
    planned: Arc<Planned>,
    permit: Permit,
) -> Result<Rows, Error> {
    let limits = &engine.inner.parts.limits;
    let stop = Stop::after(planned.begun, limits.statement_time);
    let mut executions = Vec::new();
    for plan in bound(&planned, engine, &stop).await? {
        let physical = physical(&planned, &plan, engine).await?;
        executions.push(execution(&planned, physical, engine, &stop)?);
    }
    let receipt = receipt(engine, &planned)?;
    let audit = Arc::clone(&engine.inner.parts.audit);
    let revoked = revoked(engine.clone(), caller, Arc::clone(&planned)).boxed();
    let ledger = Ledger::new(Arc::clone(&planned), receipt, audit, permit, stop);
    Ok(Rows::new(planned, executions, revoked, ledger, limits))
}

/// One optimised logical plan per row of parameters.
async fn bound(planned: &Planned, engine: &Engine, stop: &Stop) -> Result<Vec<LogicalPlan>, Error> {
    let limits = &engine.inner.parts.limits;
    let wanted = planned.parameters.fields().len();
    let Some(batch) = &planned.request.parameters else {
        if wanted > 0 {
            return Err(Error::Plan { message: format!("the statement has {wanted} parameters and none is bound") });
        }
        return Ok(vec![planned.plan.clone()]);
    };
    if wanted == 0 {
        return Ok(vec![planned.plan.clone()]);
    }
    if batch.num_columns() != wanted {
        let message = format!("the statement has {wanted} parameters and {} are bound", batch.num_columns());
        return Err(Error::Plan { message });
    }
    if batch.num_rows() > limits.parameter_rows {
        return Err(Error::Limit {
            what: "the number of bound rows".to_owned(),
            limit: format!("limits.parameter_rows = {}", limits.parameter_rows),
            later: false,
        });
    }
    let mut plans = Vec::with_capacity(batch.num_rows());
    for row in 0..batch.num_rows() {
        stop.check()?;
        let plan = with_parameters(planned, batch, row)
            .and_then(|plan| planned.state.optimize(&plan))
            .map_err(|cause| Error::from_planning(&cause, limits))?;
        plan_size::bounded(&plan, limits.batch_rows)?;
        plans.push(plan);
        // A client that left is noticed here.
        tokio::task::yield_now().await;
    }
    Ok(plans)
}

fn with_parameters(planned: &Planned, batch: &RecordBatch, row: usize) -> Result<LogicalPlan, DataFusionError> {
    let values = batch
        .columns()
        .iter()
        .zip(planned.parameters.fields())
        .map(|(column, field)| {
            let value = ScalarValue::try_from_array(column, row)?;
            // A bare NULL takes the type the statement wants; other values keep theirs and are coerced in their place.
            if value.is_null() { ScalarValue::try_from(field.data_type()) } else { Ok(value) }
        })
        .collect::<Result<Vec<_>, _>>()?;
    planned.plan.clone().with_param_values(ParamValues::from(values))
}

pub(crate) async fn physical(
    planned: &Planned,
    plan: &LogicalPlan,
    engine: &Engine,
) -> Result<Arc<dyn ExecutionPlan>, Error> {
    let limits = &engine.inner.parts.limits;
    let physical = planned
        .state
        .query_planner()
        .create_physical_plan(plan, &planned.state)
        .await
        .map_err(|cause| Error::from_datafusion(&cause, limits))?;
    verify(&physical, &planned.decisions(), &own_tables::owns).map_err(|cause| Error::Govern(Arc::new(cause)))?;
    Ok(physical)
}

fn execution(
    planned: &Planned,
    physical: Arc<dyn ExecutionPlan>,
    engine: &Engine,
    stop: &Stop,
) -> Result<SendableRecordBatchStream, Error> {
    let limits = &engine.inner.parts.limits;
    let context = context(planned, batch_rows(&physical, limits.batch_rows));
    let guarded = interruptible(Arc::clone(&physical), stop)
        .and_then(watched)
        .map_err(|cause| Error::from_datafusion(&cause, limits))?;
    let Some(mode) = planned.explain else {
        return execute_stream(guarded, context).map_err(|cause| Error::from_datafusion(&cause, limits));
    };
    let schema = explain::schema();
    let rows = async move {
        let mut text = explain::render(&physical);
        if mode == Explain::Analyze {
            let rows = execute_stream(guarded, context)?
                .try_fold(0_usize, |sum, batch| async move { Ok(sum + batch.num_rows()) })
                .await?;
            text.push_str(&format!("rows returned: {rows}\n"));
        }
        explain::answer("physical_plan", &text)
            .ok_or_else(|| DataFusionError::Plan("the plan could not be rendered".to_owned()))
    };
    Ok(Box::pin(RecordBatchStreamAdapter::new(schema, futures::stream::once(rows))))
}

/// What an execution runs in, with batches of so many rows.
fn context(planned: &Planned, batch_rows: usize) -> Arc<TaskContext> {
    let context = planned.state.task_ctx();
    let config = context.session_config().clone().with_batch_size(batch_rows);
    Arc::new(TaskContext::from(&planned.state).with_session_config(config))
}

fn receipt(engine: &Engine, planned: &Planned) -> Result<Receipt, Error> {
    let products = planned
        .tables
        .iter()
        .map(|table| {
            let decision = table.governed.decision();
            let factors = decision.access_factors().iter().chain(decision.row_factors());
            let columns = decision.columns().iter().flat_map(|column| column.factors());
            let mut rules: Vec<String> = factors.chain(columns).map(|factor| factor.rule.to_string()).collect();
            rules.sort();
            rules.dedup();
            Ok(ProductRead {
                product: table.target.product.name.to_string(),
                contract_version: table.target.port.version.to_string(),
                snapshot: table.governed.port().version().to_owned(),
                decision: engine.digest(decision.fingerprint().as_bytes())?,
                rules,
                rows_filtered: decision.rows().is_some(),
                requests: 0,
                bytes_read: 0,
            })
        })
        .collect::<Result<Vec<_>, Error>>()?;
    Ok(Receipt {
        query_id: planned.id.clone(),
        at: engine.now(),
        principal: Arc::clone(&planned.principal),
        purpose: planned.purpose.clone(),
        sql_fingerprint: engine.digest(planned.request.sql.as_bytes())?,
        snapshot: planned.snapshot.to_string(),
        products,
        rows_returned: 0,
        bytes_returned: 0,
        requests: 0,
        bytes_read: 0,
        milliseconds: 0,
        outcome: String::new(),
    })
}
