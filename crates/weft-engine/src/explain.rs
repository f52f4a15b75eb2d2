//! Plans for people: nodes, columns and the query's own predicates; never paths, file names or policy text.

use std::fmt::Write;
use std::sync::Arc;

use arrow::array::{RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use datafusion::physical_plan::{DisplayFormatType, ExecutionPlan};

/// The schema of an EXPLAIN's answer.
pub(crate) fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![Field::new("plan_type", DataType::Utf8, true), Field::new("plan", DataType::Utf8, true)]))
}

/// The answer of an EXPLAIN.
pub(crate) fn answer(kind: &str, plan: &str) -> Option<RecordBatch> {
    let columns: Vec<Arc<dyn arrow::array::Array>> =
        vec![Arc::new(StringArray::from(vec![kind])), Arc::new(StringArray::from(vec![plan]))];
    RecordBatch::try_new(schema(), columns).ok()
}

/// One line a node. A leaf prints its own description only if it is one that says nothing of storage.
pub(crate) fn render(plan: &Arc<dyn ExecutionPlan>) -> String {
    let mut out = String::new();
    let mut open = vec![(plan, 0_usize)];
    while let Some((node, depth)) = open.pop() {
        let indent = "  ".repeat(depth);
        if node.children().is_empty() && node.name() != "GovernedScanExec" {
            let _ = writeln!(out, "{indent}{}", node.name());
        } else {
            let _ = writeln!(out, "{indent}{}", Line(node.as_ref()));
        }
        for child in node.children().into_iter().rev() {
            open.push((child, depth + 1));
        }
    }
    out
}

struct Line<'a>(&'a dyn ExecutionPlan);

impl std::fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt_as(DisplayFormatType::Default, f)
    }
}
