//! Expressions over the table as expressions over one of its files.
//!
//! DataFusion's own adapter casts whatever Arrow can cast, texts to numbers among it, and what is inside of maps by
//! position. This one lets nothing through but what [`widens`], and finds struct fields by name at every depth.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow_schema::{DataType, FieldRef, Fields, Schema, SchemaRef};
use datafusion_common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion_common::{DataFusionError, Result, ScalarValue};
use datafusion_physical_expr::expressions::{CastExpr, Column, Literal};
use datafusion_physical_expr_adapter::{PhysicalExprAdapter, PhysicalExprAdapterFactory};
use datafusion_physical_expr_common::physical_expr::PhysicalExpr;
use datafusion_physical_plan::ColumnarValue;
use weft_model::contract::SchemaObject;
use weft_port::error::Error;

use crate::calling::Calling;
use crate::convert::convert;
use crate::defaults::{Defaults, defaulted};
use crate::legacy_calendar::LegacyCalendar;
use crate::names::{meant, named, renamed, renames};
use crate::settled::settled;
use crate::widen::widens;

/// Makes adapters for the files of one table.
#[derive(Clone, Debug)]
pub(crate) struct LakeAdapterFactory {
    /// The table, which says what files call its columns.
    pub(crate) object: Arc<SchemaObject>,
    /// True where a table format says what its columns are, and files only how they are spelled.
    pub(crate) declared: bool,
    /// What the table calls the fields of files, where footers say it already.
    pub(crate) calling: Option<Calling>,
}

impl PhysicalExprAdapterFactory for LakeAdapterFactory {
    fn create(&self, table: SchemaRef, file: SchemaRef) -> Result<Arc<dyn PhysicalExprAdapter>> {
        let (object, calendar) = (Arc::clone(&self.object), LegacyCalendar::of(file.metadata()));
        let (declared, calling) = (self.declared, self.calling.clone());
        Ok(Arc::new(LakeAdapter { object, declared, calling, table, file, calendar }))
    }
}

/// The adapter for one file.
#[derive(Debug)]
struct LakeAdapter {
    object: Arc<SchemaObject>,
    declared: bool,
    calling: Option<Calling>,
    table: SchemaRef,
    file: SchemaRef,
    /// How the file counts days, where that is not as everybody does.
    calendar: Option<LegacyCalendar>,
}

impl PhysicalExprAdapter for LakeAdapter {
    fn rewrite(&self, expr: Arc<dyn PhysicalExpr>) -> Result<Arc<dyn PhysicalExpr>> {
        expr.transform_up(|node| match node.downcast_ref::<Column>() {
            Some(column) => Ok(Transformed::yes(self.column(column)?)),
            None => Ok(Transformed::no(node)),
        })
        .data()
    }
}

impl LakeAdapter {
    fn column(&self, column: &Column) -> Result<Arc<dyn PhysicalExpr>> {
        let served = self.table.field_with_name(column.name())?;
        let unbound = |problem: String| {
            DataFusionError::External(Box::new(Error::Unbound { column: column.name().into(), problem }))
        };
        let declared = self.object.columns.iter().find(|one| {
            *one.physical_name == *column.name() && one.data_type == *served.data_type()
        });
        let declared = declared.ok_or_else(|| unbound("is not one of the table".to_owned()))?;
        let mut found: Vec<_> = meant(declared, self.file.fields()).collect();
        if found.is_empty() && self.declared && self.calling.is_none() {
            found = spelled_otherwise(&declared.physical_name, self.file.fields()).collect();
        }
        let known = self.calling.as_ref().and_then(|calling| calling.column(&declared.physical_name));
        let default = known.and_then(|known| known.default.as_ref());
        let (at, field) = match found[..] {
            [one] => one,
            [_, _, ..] => return Err(unbound("stands twice in a file".to_owned())),
            [] if default.is_some() => return Ok(Arc::new(Literal::new(defaulted(default, served.data_type())?))),
            [] if served.is_nullable() => {
                return Ok(Arc::new(Literal::new(ScalarValue::try_new_null(served.data_type())?)));
            }
            [] => return Err(unbound("can hold no NULL, and is missing from a file".to_owned())),
        };
        let here: Arc<dyn PhysicalExpr> = Arc::new(Column::new(field.name(), at));
        let called = renames(declared).then(|| named(field.data_type(), declared));
        let defaults = known.filter(|known| known.defaults_within()).map(|known| Arc::new(Defaults::of(known, declared)));
        let (from, to) = (called.as_ref().unwrap_or(field.data_type()), served.data_type());
        let meant = if self.declared { settled(from, to) } else { from.clone() };
        let calendar = self.calendar.as_ref().filter(|calendar| calendar.touches(from, &meant));
        if called.is_none() && from == to && calendar.is_none() {
            return Ok(here);
        }
        if !widens(&meant, to) {
            return Err(unbound(format!("is served as {to}, and a file holds {from}")));
        }
        if plain(from) && plain(to) && calendar.is_none() {
            // A cast that pruning understands.
            let target = Arc::new(served.clone().with_nullable(field.is_nullable() || served.is_nullable()));
            return Ok(Arc::new(CastExpr::new_with_target_field(here, target, None)));
        }
        let calendar = calendar.map(|calendar| (calendar.clone(), meant));
        Ok(Arc::new(Served { file: here, called, calendar, defaults, field: Arc::new(served.clone()) }))
    }
}

/// The fields of a file that have the name of a table's column but for the case of letters: tables are made of files that
/// were there before them.
fn spelled_otherwise<'a>(name: &str, fields: &'a Fields) -> impl Iterator<Item = (usize, &'a FieldRef)> {
    let folded = name.to_lowercase();
    fields.iter().enumerate().filter(move |(_, field)| field.name().to_lowercase() == folded)
}

/// True for types that Arrow casts as we would.
fn plain(data_type: &DataType) -> bool {
    !data_type.is_nested() && !matches!(data_type, DataType::Null | DataType::FixedSizeBinary(_))
}

/// A file's column with the served type, where a plain cast will not do.
#[derive(Clone, Debug)]
struct Served {
    file: Arc<dyn PhysicalExpr>,
    /// The file's type with the names that are served, where it has others.
    called: Option<DataType>,
    /// How the file counts days, where that is not as everybody does, and what it means by its types.
    calendar: Option<(LegacyCalendar, DataType)>,
    /// What parts of it are that the file lacks, where that is not NULL.
    defaults: Option<Arc<Defaults>>,
    field: FieldRef,
}

impl PhysicalExpr for Served {
    fn data_type(&self, _: &Schema) -> Result<DataType> {
        Ok(self.field.data_type().clone())
    }

    fn nullable(&self, _: &Schema) -> Result<bool> {
        Ok(true)
    }

    fn return_field(&self, _: &Schema) -> Result<FieldRef> {
        Ok(Arc::clone(&self.field))
    }

    fn evaluate(&self, batch: &RecordBatch) -> Result<ColumnarValue> {
        let array = self.file.evaluate(batch)?.into_array(batch.num_rows())?;
        let array = match &self.called {
            Some(called) => renamed(&array, called)?,
            None => array,
        };
        let array = match &self.calendar {
            Some((calendar, meant)) => calendar.counted(&array, meant)?,
            None => array,
        };
        Ok(ColumnarValue::Array(convert(&array, self.field.data_type(), self.defaults.as_deref())?))
    }

    fn children(&self) -> Vec<&Arc<dyn PhysicalExpr>> {
        vec![&self.file]
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn PhysicalExpr>>) -> Result<Arc<dyn PhysicalExpr>> {
        let mut children = children.into_iter();
        match (children.next(), children.next()) {
            (Some(file), None) => Ok(Arc::new(Self { file, ..(*self).clone() })),
            _ => Err(DataFusionError::Plan("one column of a file serves one column".to_owned())),
        }
    }

    fn fmt_sql(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl PartialEq for Served {
    fn eq(&self, other: &Self) -> bool {
        self.field == other.field && self.called == other.called && self.calendar == other.calendar && self.defaults == other.defaults && self.file.eq(&other.file)
    }
}

impl Eq for Served {}

impl Hash for Served {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.field.hash(state);
        self.called.hash(state);
        self.calendar.hash(state);
        self.defaults.hash(state);
        self.file.hash(state);
    }
}

impl fmt::Display for Served {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "served({} AS {})", self.file, self.field.data_type())
    }
}
