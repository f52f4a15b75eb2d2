//! Intervals, which are read as their bytes.
//!
//! The Arrow reader cannot know which of Arrow's intervals is meant, takes days and milliseconds, and drops the months.

use std::sync::Arc;

use parquet::basic::ConvertedType;
use parquet::errors::Result;
use parquet::file::metadata::{FileMetaData, KeyValue, ParquetMetaData, ParquetMetaDataBuilder};
use parquet::schema::types::{SchemaDescPtr, SchemaDescriptor, Type, TypePtr};

use super::{lists, rebuilt};

/// Where a footer says which of its columns were intervals, one name a line.
pub(crate) const INTERVALS_KEY: &str = "weft:intervals";

/// The footer with lists in their groups and intervals as fixed-length bytes; untouched when that changes nothing.
pub(super) fn as_read(footer: ParquetMetaData) -> Result<ParquetMetaData> {
    let file = footer.file_metadata();
    let old = file.schema_descr().root_schema_ptr();
    let root = lists::standard(&old)?;
    let intervals = file.schema_descr().columns().iter().any(|column| column.converted_type() == ConvertedType::INTERVAL);
    if !intervals && Arc::ptr_eq(&old, &root) {
        return Ok(footer);
    }
    let descr = SchemaDescriptor::new(Arc::clone(&root));
    let root = retyped(&root)?;
    let intervals = descr.columns().iter().filter(|column| column.converted_type() == ConvertedType::INTERVAL);
    let names: Vec<String> = intervals.map(|column| column.path().string()).collect();
    let mut pairs = file.key_value_metadata().cloned().unwrap_or_default();
    if !names.is_empty() {
        pairs.push(KeyValue::new(INTERVALS_KEY.to_owned(), names.join("\n")));
    }
    let descr: SchemaDescPtr = Arc::new(SchemaDescriptor::new(root));
    let file = FileMetaData::new(
        file.version(),
        file.num_rows(),
        file.created_by().map(str::to_owned),
        Some(pairs),
        Arc::clone(&descr),
        file.column_orders().cloned(),
    );
    let groups = footer.row_groups().iter().map(|group| rebuilt(group, &descr)).collect::<Result<Vec<_>>>()?;
    Ok(ParquetMetaDataBuilder::new(file).set_row_groups(groups).build())
}

/// The type with every interval in it as bytes.
fn retyped(tree: &TypePtr) -> Result<TypePtr> {
    match tree.as_ref() {
        Type::PrimitiveType { physical_type, type_length, .. } => {
            let info = tree.get_basic_info();
            if info.converted_type() != ConvertedType::INTERVAL {
                return Ok(Arc::clone(tree));
            }
            Type::primitive_type_builder(info.name(), *physical_type)
                .with_repetition(info.repetition())
                .with_length(*type_length)
                .with_id(info.has_id().then(|| info.id()))
                .build()
                .map(Arc::new)
        }
        Type::GroupType { fields, .. } => {
            lists::regrouped(tree, fields.iter().map(retyped).collect::<Result<Vec<_>>>()?)
        }
    }
}
