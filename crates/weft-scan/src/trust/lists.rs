//! Lists as the format spells them today.
//!
//! Files may repeat a column without calling it a list, and lists may hold lists and maps with no group between. A group
//! that is required adds no level, so that what is written stays what it is; the Arrow reader knows no other spelling.

use std::sync::Arc;

use parquet::basic::{ConvertedType, LogicalType, Repetition};
use parquet::errors::Result;
use parquet::schema::types::{Type, TypePtr};

/// What a group is to those in it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Above {
    /// A struct, or the root.
    Fields,
    List,
    Map,
}

/// The tree with every list in its groups; the same where nothing is otherwise.
pub(super) fn standard(root: &TypePtr) -> Result<TypePtr> {
    renewed(root, Above::Fields)
}

fn renewed(tree: &TypePtr, above: Above) -> Result<TypePtr> {
    let info = tree.get_basic_info();
    let here = kind(tree);
    let tree = match tree.as_ref() {
        Type::PrimitiveType { .. } => Arc::clone(tree),
        Type::GroupType { fields, .. } => {
            let inner = fields.iter().map(|field| renewed(field, here)).collect::<Result<Vec<_>>>()?;
            match inner.iter().zip(fields).all(|(new, old)| Arc::ptr_eq(new, old)) {
                true => Arc::clone(tree),
                false => regrouped(tree, inner)?,
            }
        }
    };
    if !(info.has_repetition() && info.repetition() == Repetition::REPEATED) {
        return Ok(tree);
    }
    match above {
        Above::Fields => {
            let list = Type::group_type_builder("list")
                .with_repetition(Repetition::REPEATED)
                .with_fields(vec![required(&tree, "element")?])
                .build()?;
            Type::group_type_builder(info.name())
                .with_repetition(Repetition::REQUIRED)
                .with_logical_type(Some(LogicalType::List))
                .with_converted_type(ConvertedType::LIST)
                .with_fields(vec![Arc::new(list)])
                .with_id(info.has_id().then(|| info.id()))
                .build()
                .map(Arc::new)
        }
        // What is repeated is the element, since it is a list or a map itself.
        Above::List if here != Above::Fields => Type::group_type_builder("list")
            .with_repetition(Repetition::REPEATED)
            .with_fields(vec![required(&tree, "element")?])
            .build()
            .map(Arc::new),
        Above::List | Above::Map => Ok(tree),
    }
}

fn kind(tree: &Type) -> Above {
    let info = tree.get_basic_info();
    match (info.logical_type_ref(), info.converted_type()) {
        _ if tree.is_primitive() => Above::Fields,
        (Some(LogicalType::List), _) | (None, ConvertedType::LIST) => Above::List,
        (Some(LogicalType::Map), _) | (None, ConvertedType::MAP | ConvertedType::MAP_KEY_VALUE) => Above::Map,
        _ => Above::Fields,
    }
}

/// The same once, and not repeated.
fn required(tree: &TypePtr, name: &str) -> Result<TypePtr> {
    let info = tree.get_basic_info();
    match tree.as_ref() {
        Type::PrimitiveType { physical_type, type_length, scale, precision, .. } => {
            Type::primitive_type_builder(name, *physical_type)
                .with_repetition(Repetition::REQUIRED)
                .with_converted_type(info.converted_type())
                .with_logical_type(info.logical_type_ref().cloned())
                .with_length(*type_length)
                .with_scale(*scale)
                .with_precision(*precision)
                .build()
                .map(Arc::new)
        }
        Type::GroupType { fields, .. } => {
            let named = Type::group_type_builder(name)
                .with_repetition(Repetition::REQUIRED)
                .with_converted_type(info.converted_type())
                .with_logical_type(info.logical_type_ref().cloned())
                .with_fields(fields.clone())
                .build()?;
            Ok(Arc::new(named))
        }
    }
}

/// The same group around other fields.
pub(crate) fn regrouped(tree: &Type, fields: Vec<TypePtr>) -> Result<TypePtr> {
    group(tree, tree.name(), fields)
}

/// The same under another name, and, where it is a group, around other fields.
pub(crate) fn named(tree: &TypePtr, name: &str, fields: Option<Vec<TypePtr>>) -> Result<TypePtr> {
    let info = tree.get_basic_info();
    match tree.as_ref() {
        Type::PrimitiveType { physical_type, type_length, scale, precision, .. } => {
            Type::primitive_type_builder(name, *physical_type)
                .with_repetition(info.repetition())
                .with_converted_type(info.converted_type())
                .with_logical_type(info.logical_type_ref().cloned())
                .with_length(*type_length)
                .with_scale(*scale)
                .with_precision(*precision)
                .with_id(info.has_id().then(|| info.id()))
                .build()
                .map(Arc::new)
        }
        Type::GroupType { fields: own, .. } => group(tree, name, fields.unwrap_or_else(|| own.clone())),
    }
}

fn group(tree: &Type, name: &str, fields: Vec<TypePtr>) -> Result<TypePtr> {
    let info = tree.get_basic_info();
    let mut group = Type::group_type_builder(name)
        .with_converted_type(info.converted_type())
        .with_logical_type(info.logical_type_ref().cloned())
        .with_fields(fields)
        .with_id(info.has_id().then(|| info.id()));
    if info.has_repetition() {
        group = group.with_repetition(info.repetition());
    }
    group.build().map(Arc::new)
}
