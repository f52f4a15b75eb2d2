//! The same files under plain DataFusion, with the engine's settings: the yardstick.
//!
//! The only place outside weft-engine's own session that queries files, and with no governance at all: it exists to be
//! compared with. What a caller of the mesh may not see is said here as a user of DataFusion would say it, by views.

#![expect(clippy::disallowed_methods, reason = "the yardstick is DataFusion as its users call it")]

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, SchemaRef};
use datafusion::common::Result;
use datafusion::datasource::object_store::ObjectStoreUrl;
use datafusion::execution::memory_pool::GreedyMemoryPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::logical_expr::{ColumnarValue, ScalarUDF, Volatility, create_udf};
use datafusion::physical_plan::{ExecutionPlan, collect};
use datafusion::prelude::{ParquetReadOptions, SessionConfig, SessionContext};
use object_store::ObjectStore;
use weft_engine::limits::Limits;
use weft_govern::mask::bound::BoundMask;
use weft_govern::mask::keys::MasterKeys;
use weft_govern::mask::salt::QuerySalt;
use weft_model::mask::Mask;

use super::TABLES;
use crate::mesh::MASTER_KEY;

/// Where the tables lie: one folder each.
#[derive(Clone, Debug)]
pub struct Tables {
    /// What the tables' folders lie below: a path, or an address in a store.
    address: String,
    /// The store, by its own address, when it is not the local disk.
    store: Option<(ObjectStoreUrl, Arc<dyn ObjectStore>)>,
}

impl Tables {
    /// Below a folder that [`lay`](super::data::lay) filled.
    #[must_use]
    pub fn local(root: &Path) -> Self {
        Self { address: root.join("data").display().to_string(), store: None }
    }

    /// Below a prefix of a bucket.
    ///
    /// # Errors
    /// When the bucket's name makes no address.
    pub fn bucket(bucket: &str, prefix: &str, store: Arc<dyn ObjectStore>) -> Result<Self> {
        let url = ObjectStoreUrl::parse(format!("s3://{bucket}"))?;
        Ok(Self { address: format!("s3://{bucket}/{prefix}"), store: Some((url, store)) })
    }
}

/// Plain DataFusion over the tables.
pub struct Plain {
    context: SessionContext,
}

impl fmt::Debug for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Plain")
    }
}

// What the sealed caller sees, as views.
const VIEWS: [(&str, &str); 2] = [
    ("lineitem", "create view lineitem as select * from all_lineitem where l_shipmode <> 'AIR'"),
    (
        "customer",
        "create view customer as
         select c_custkey, token(c_name) as c_name, c_address, c_nationkey, partial(c_phone) as c_phone, c_acctbal,
                c_mktsegment, c_comment
         from all_customer",
    ),
];

impl Plain {
    /// The tables as they are.
    ///
    /// # Panics
    /// When they cannot be read.
    pub async fn clear(tables: &Tables, limits: &Limits) -> Self {
        let context = context(tables, limits);
        for table in TABLES {
            register(&context, tables, table, table).await;
        }
        Self { context }
    }

    /// The tables as the sealed caller sees them, by views over them.
    ///
    /// # Panics
    /// When they cannot be read.
    pub async fn sealed(tables: &Tables, limits: &Limits) -> Self {
        let context = context(tables, limits);
        let partial = Mask::Partial { keep_first: 2, keep_last: 0, character: '*', min_hidden: 1 };
        context.register_udf(masking("partial", &partial, None));
        context.register_udf(masking("token", &Mask::Token {}, Some("customer")));
        for table in TABLES {
            let view = VIEWS.iter().find(|(name, _)| *name == table);
            let name = if view.is_some() { format!("all_{table}") } else { table.to_owned() };
            register(&context, tables, table, &name).await;
            if let Some((_, sql)) = view {
                context.sql(sql).await.unwrap();
            }
        }
        Self { context }
    }

    /// The optimised physical plan of a statement.
    ///
    /// # Errors
    /// Whatever planning ends in.
    pub async fn physical(&self, sql: &str) -> Result<Arc<dyn ExecutionPlan>> {
        let state = self.context.state();
        let plan = state.create_logical_plan(sql).await?;
        state.create_physical_plan(&plan).await
    }

    /// Plans and runs a statement to its end.
    ///
    /// # Errors
    /// Whatever the statement ends in.
    pub async fn query(&self, sql: &str) -> Result<Vec<RecordBatch>> {
        self.answer(sql).await.map(|(_, batches)| batches)
    }

    /// The same, with the schema that an answer without rows has as well.
    ///
    /// # Errors
    /// Whatever the statement ends in.
    pub async fn answer(&self, sql: &str) -> Result<(SchemaRef, Vec<RecordBatch>)> {
        let plan = self.physical(sql).await?;
        Ok((plan.schema(), collect(plan, self.context.task_ctx()).await?))
    }
}

/// The settings of weft-engine's sessions.
fn context(tables: &Tables, limits: &Limits) -> SessionContext {
    let mut config = SessionConfig::new()
        .with_target_partitions(limits.target_partitions)
        .with_batch_size(limits.batch_rows)
        .with_information_schema(false);
    let options = config.options_mut();
    options.optimizer.repartition_joins = false;
    options.execution.parquet.pushdown_filters = false;
    options.execution.collect_statistics = true;
    let runtime = RuntimeEnvBuilder::new()
        .with_memory_pool(Arc::new(GreedyMemoryPool::new(limits.statement_memory)))
        .build_arc()
        .unwrap();
    if let Some((url, store)) = &tables.store {
        runtime.register_object_store(url.as_ref(), Arc::clone(store));
    }
    SessionContext::new_with_config_rt(config, runtime)
}

async fn register(context: &SessionContext, tables: &Tables, table: &str, name: &str) {
    let folder = format!("{}/{table}/", tables.address);
    context.register_parquet(name, folder, ParquetReadOptions::default()).await.unwrap();
}

/// A mask of weft-govern as a function.
fn masking(name: &str, mask: &Mask, token_domain: Option<&str>) -> ScalarUDF {
    let (keys, salt) = (MasterKeys::new(MASTER_KEY, 1), QuerySalt::new([0; 32]));
    let mask = BoundMask::new(mask, &DataType::Utf8View, token_domain, &keys, &salt);
    assert_eq!(mask.closed(), None);
    let run = move |arguments: &[ColumnarValue]| {
        let arrays = ColumnarValue::values_to_arrays(arguments)?;
        let [array] = arrays.as_slice() else { panic!("a mask takes one argument") };
        Ok(ColumnarValue::Array(mask.apply(array).unwrap()))
    };
    create_udf(name, vec![DataType::Utf8View], DataType::Utf8View, Volatility::Immutable, Arc::new(run))
}
