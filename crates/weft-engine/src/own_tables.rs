//! The server's own tables: what the caller may see, as tables.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, RecordBatch, StringViewArray, UInt32Array};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType, ReplaceChildrenOptions};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties};

use crate::directory::{Directory, DirectoryColumn, DirectoryTable, TableKind};

/// The domain the tables stand in.
pub(crate) const INFORMATION_SCHEMA: &str = "information_schema";

/// Names and schemas of the server's own tables.
fn schemas() -> [(&'static str, SchemaRef); 3] {
    let text = |name: &str| Field::new(name, DataType::Utf8View, true);
    [
        (
            "columns",
            Arc::new(Schema::new(vec![
                text("table_catalog"),
                text("table_schema"),
                text("table_name"),
                text("column_name"),
                Field::new("ordinal_position", DataType::UInt32, true),
                text("is_nullable"),
                text("data_type"),
                Field::new("masked", DataType::Boolean, true),
                text("description"),
            ])),
        ),
        ("schemata", Arc::new(Schema::new(vec![text("catalog_name"), text("schema_name")]))),
        (
            "tables",
            Arc::new(Schema::new(vec![
                text("table_catalog"),
                text("table_schema"),
                text("table_name"),
                text("table_type"),
                text("description"),
            ])),
        ),
    ]
}

/// The tables as the directory lists them.
pub(crate) fn listed() -> Vec<DirectoryTable> {
    schemas()
        .into_iter()
        .map(|(name, schema)| DirectoryTable {
            domain: Arc::from(INFORMATION_SCHEMA),
            name: Arc::from(name),
            kind: TableKind::SystemTable,
            description: None,
            columns: schema.fields().iter().map(|field| column(field)).collect(),
            primary_key: Vec::new(),
            foreign_keys: Vec::new(),
        })
        .collect()
}

fn column(field: &Field) -> DirectoryColumn {
    DirectoryColumn {
        name: Arc::from(field.name().as_str()),
        data_type: field.data_type().clone(),
        type_name: Arc::from(if *field.data_type() == DataType::Utf8View { "string" } else { "integer" }),
        description: None,
        required: false,
        masked: false,
        classification: None,
    }
}

/// The table of this name over a caller's directory, if there is one.
pub(crate) fn table(name: &str, mesh: &str, directory: &Directory) -> Option<Arc<dyn TableProvider>> {
    let (_, schema) = schemas().into_iter().find(|(known, _)| *known == name)?;
    let columns = match name {
        "columns" => columns(mesh, directory),
        "schemata" => vec![
            texts(directory.domains.iter().map(|_| Some(mesh))),
            texts(directory.domains.iter().map(|domain| Some(&*domain.name))),
        ],
        _ => tables(mesh, directory),
    };
    let batch = RecordBatch::try_new(Arc::clone(&schema), columns).ok()?;
    Some(Arc::new(OwnTable { schema, batch }))
}

fn texts<'a>(values: impl Iterator<Item = Option<&'a str>>) -> ArrayRef {
    Arc::new(values.collect::<StringViewArray>())
}

fn tables(mesh: &str, directory: &Directory) -> Vec<ArrayRef> {
    let all = || directory.tables.iter();
    vec![
        texts(all().map(|_| Some(mesh))),
        texts(all().map(|table| Some(&*table.domain))),
        texts(all().map(|table| Some(&*table.name))),
        texts(all().map(|table| {
            Some(match table.kind {
                TableKind::Table => "TABLE",
                TableKind::View => "VIEW",
                TableKind::SystemTable => "SYSTEM TABLE",
            })
        })),
        texts(all().map(|table| table.description.as_deref())),
    ]
}

fn columns(mesh: &str, directory: &Directory) -> Vec<ArrayRef> {
    let all = || directory.tables.iter().flat_map(|table| table.columns.iter().zip(1_u32..).map(move |c| (table, c)));
    vec![
        texts(all().map(|_| Some(mesh))),
        texts(all().map(|(table, _)| Some(&*table.domain))),
        texts(all().map(|(table, _)| Some(&*table.name))),
        texts(all().map(|(_, (column, _))| Some(&*column.name))),
        Arc::new(all().map(|(_, (_, at))| Some(at)).collect::<UInt32Array>()),
        texts(all().map(|(_, (column, _))| Some(if column.required { "NO" } else { "YES" }))),
        texts(all().map(|(_, (column, _))| Some(&*column.type_name))),
        Arc::new(all().map(|(_, (column, _))| Some(column.masked)).collect::<BooleanArray>()),
        texts(all().map(|(_, (column, _))| column.description.as_deref())),
    ]
}

/// One of the server's own tables.
#[derive(Debug)]
struct OwnTable {
    schema: SchemaRef,
    batch: RecordBatch,
}

#[async_trait]
impl TableProvider for OwnTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        _: &dyn Session,
        projection: Option<&Vec<usize>>,
        _: &[Expr],
        _: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let batch = match projection {
            Some(projection) => self.batch.project(projection)?,
            None => self.batch.clone(),
        };
        let properties = Arc::new(PlanProperties::new(
            EquivalenceProperties::new(batch.schema()),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Incremental,
            Boundedness::Bounded,
        ));
        Ok(Arc::new(OwnTableExec { batch, properties }))
    }
}

/// The leaf of one of the server's own tables.
#[derive(Debug)]
pub(crate) struct OwnTableExec {
    batch: RecordBatch,
    properties: Arc<PlanProperties>,
}

impl DisplayAs for OwnTableExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OwnTableExec")
    }
}

impl ExecutionPlan for OwnTableExec {
    fn name(&self) -> &'static str {
        "OwnTableExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn replace_children(
        self: Arc<Self>,
        _: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn with_new_children(self: Arc<Self>, _: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn execute(&self, _: usize, _: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let batch = self.batch.clone();
        let rows = futures::stream::once(async move { Ok::<_, DataFusionError>(batch) });
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.batch.schema(), rows)))
    }
}

/// True for the leaf of one of the server's own tables.
pub(crate) fn owns(node: &dyn ExecutionPlan) -> bool {
    (node as &dyn Any).is::<OwnTableExec>()
}
