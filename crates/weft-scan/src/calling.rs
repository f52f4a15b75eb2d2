//! Footers under the names of the table.
//!
//! Where a table calls its columns otherwise than its files do, the footer's schema is made anew, once: what reads, skips
//! and counts by it then goes by the names of the table at every depth, and nothing is renamed batch by batch.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use parquet::basic::{ConvertedType, LogicalType, Repetition};
use parquet::errors::Result;
use parquet::file::metadata::{FileMetaData, KeyValue, ParquetMetaData, ParquetMetaDataBuilder};
use parquet::schema::types::{SchemaDescPtr, SchemaDescriptor, Type, TypePtr};
use weft_port::field_names::{FieldName, FieldNames, FoundBy, MappedName};

use crate::trust::lists::{named, regrouped};
use crate::trust::rebuilt;

/// Where the writer's own Arrow schema stands, under the names of the file.
const HINT_KEY: &str = "ARROW:schema";

/// What a table calls the fields of its files.
#[derive(Clone, Debug)]
pub(crate) struct Calling {
    names: Arc<FieldNames>,
    digest: u64,
}

impl Calling {
    pub(crate) fn new(names: Arc<FieldNames>) -> Self {
        let mut hasher = DefaultHasher::new();
        names.hash(&mut hasher);
        Self { names, digest: hasher.finish() }
    }
}

impl Calling {
    /// A column, as the table calls it.
    pub(crate) fn column(&self, table: &str) -> Option<&FieldName> {
        self.names.fields.iter().find(|field| *field.table == *table)
    }
}

impl PartialEq for Calling {
    fn eq(&self, other: &Self) -> bool {
        self.digest == other.digest && (Arc::ptr_eq(&self.names, &other.names) || self.names == other.names)
    }
}

impl Eq for Calling {}

impl Hash for Calling {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.digest.hash(state);
    }
}

/// The footer under the names of the table; fields that the table does not have are called what no table calls its own.
///
/// # Errors
/// When the schema cannot be put together again, which parts of one schema can.
pub(crate) fn called(footer: &ParquetMetaData, calling: &Calling) -> Result<ParquetMetaData> {
    let file = footer.file_metadata();
    let root = file.schema_descr().root_schema_ptr();
    let root = regrouped(&root, fields(root.get_fields(), &calling.names.fields, By::of(&root, &calling.names.found))?)?;
    let descr: SchemaDescPtr = Arc::new(SchemaDescriptor::new(root));
    let foreign = |pair: &&KeyValue| pair.key != HINT_KEY;
    let pairs = file.key_value_metadata().map(|pairs| pairs.iter().filter(foreign).cloned().collect());
    let named = FileMetaData::new(
        file.version(),
        file.num_rows(),
        file.created_by().map(str::to_owned),
        pairs,
        Arc::clone(&descr),
        file.column_orders().cloned(),
    );
    let groups = footer.row_groups().iter().map(|group| rebuilt(group, &descr)).collect::<Result<Vec<_>>>()?;
    Ok(ParquetMetaDataBuilder::new(named)
        .set_row_groups(groups)
        .set_column_index(footer.column_index().cloned())
        .set_offset_index(footer.offset_index().cloned())
        .build())
}

/// What the fields of a group are gone by.
#[derive(Clone, Copy)]
enum By<'a> {
    Name,
    Number,
    Mapping(&'a [MappedName]),
    /// Its place, for what has no parts: the parts of others have no places that say anything.
    Place,
}

impl<'a> By<'a> {
    fn of(root: &Type, found: &'a FoundBy) -> Self {
        match found {
            FoundBy::Name => Self::Name,
            FoundBy::NumberOr(mapping) if !numbered(root) => Self::Mapping(mapping),
            FoundBy::NumberOrPlace if !numbered(root) => Self::Place,
            FoundBy::Number | FoundBy::NumberOr(_) | FoundBy::NumberOrPlace => Self::Number,
        }
    }

    fn mapped(self, called: &str) -> Option<&'a MappedName> {
        let Self::Mapping(mapping) = self else { return None };
        mapping.iter().find(|one| one.names.iter().any(|name| **name == *called))
    }

    /// For each field of a group, what the table calls it.
    fn meant<'n>(self, of: &[TypePtr], names: &'n [FieldName]) -> Vec<Option<&'n FieldName>> {
        // The first of a name or a number counts.
        let (mut by_name, mut by_number) = (HashMap::new(), HashMap::new());
        for name in names.iter().rev() {
            by_name.insert(&*name.file, name);
            if let Some(id) = name.id {
                by_number.insert(id, name);
            }
        }
        let mut mapped: HashMap<&str, Option<i32>> = HashMap::new();
        if let Self::Mapping(mapping) = self {
            for (name, id) in mapping.iter().rev().flat_map(|one| one.names.iter().map(move |name| (name, one.id))) {
                mapped.insert(name, id);
            }
        }
        let number = |at: usize, field: &Type| match self {
            Self::Name => None,
            Self::Number => Some(field.get_basic_info()).filter(|info| info.has_id()).map(|info| info.id()),
            Self::Mapping(_) => mapped.get(field.name()).copied().flatten(),
            Self::Place => i32::try_from(at + 1).ok().filter(|_| field.is_primitive()),
        };
        let one = |(at, field): (usize, &TypePtr)| match self {
            Self::Name => by_name.get(field.name()).copied(),
            _ => number(at, field).and_then(|number| by_number.get(&number).copied()),
        };
        of.iter().enumerate().map(one).collect()
    }

    /// What the fields within a field are gone by, which is called so in its file.
    fn within(self, called: &str) -> Self {
        match self {
            Self::Mapping(_) => Self::Mapping(self.mapped(called).map_or(&[], |one| &one.fields)),
            by => by,
        }
    }
}

/// True when any field has a number.
fn numbered(group: &Type) -> bool {
    group.get_fields().iter().any(|field| {
        field.get_basic_info().has_id() || (!field.is_primitive() && numbered(field))
    })
}

fn fields(of: &[TypePtr], names: &[FieldName], by: By<'_>) -> Result<Vec<TypePtr>> {
    of.iter()
        .zip(by.meant(of, names))
        .map(|(field, name)| match name {
            Some(name) => renamed(field, &name.table, name, by.within(field.name())),
            None => named(field, &format!("\0{}", field.name()), None),
        })
        .collect()
}

/// A field under another name, and what is in it under theirs.
fn renamed(field: &TypePtr, to: &str, name: &FieldName, by: By<'_>) -> Result<TypePtr> {
    if field.is_primitive() {
        return named(field, to, None);
    }
    named(field, to, Some(within(field, name, by)?))
}

fn within(group: &TypePtr, name: &FieldName, by: By<'_>) -> Result<Vec<TypePtr>> {
    let info = group.get_basic_info();
    let map = matches!(info.logical_type_ref(), Some(LogicalType::Map))
        || matches!(info.converted_type(), ConvertedType::MAP | ConvertedType::MAP_KEY_VALUE);
    let list = matches!(info.logical_type_ref(), Some(LogicalType::List)) || info.converted_type() == ConvertedType::LIST;
    let parts = group.get_fields();
    match parts.first() {
        Some(pairs) if map && parts.len() == 1 && !pairs.is_primitive() => {
            let called = ["key", "value"];
            let inner = pairs.get_fields().iter().zip(called).enumerate().map(|(at, (part, called))| match name.children.get(at) {
                Some(child) => renamed(part, part.name(), child, by.within(called)),
                None => Ok(Arc::clone(part)),
            });
            Ok(vec![regrouped(pairs, inner.collect::<Result<_>>()?)?])
        }
        Some(repeated) if list && parts.len() == 1 => {
            let Some(element) = name.children.first() else { return Ok(parts.to_vec()) };
            let by = by.within("element");
            match holds_the_element(group, repeated) {
                false => Ok(vec![renamed(repeated, repeated.name(), element, by)?]),
                true => {
                    let inner = repeated.get_fields().iter().map(|part| renamed(part, part.name(), element, by));
                    Ok(vec![regrouped(repeated, inner.collect::<Result<_>>()?)?])
                }
            }
        }
        _ => fields(parts, &name.children, by),
    }
}

/// Whether what is repeated in a list holds the element, and is not the element itself: see "Lists", "Backward-compatibility
/// rules", in the Parquet format's own description.
fn holds_the_element(list: &Type, repeated: &Type) -> bool {
    let parts = if repeated.is_primitive() { &[] } else { repeated.get_fields() };
    let whole = parts.first().is_some_and(|part| {
        let info = part.get_basic_info();
        info.has_repetition() && info.repetition() == Repetition::REPEATED
    });
    let tuple = repeated.name() == "array" || repeated.name() == format!("{}_tuple", list.name());
    parts.len() == 1 && !whole && !tuple
}

#[cfg(test)]
mod tests {
    use parquet::schema::parser::parse_message_type;
    use parquet::schema::printer::print_schema;

    use super::*;

    fn name(table: &str, file: &str, id: i32, children: Vec<FieldName>) -> FieldName {
        FieldName { table: table.into(), file: file.into(), id: Some(id), default: None, children }
    }

    fn printed(root: &Type) -> String {
        let mut text = Vec::new();
        print_schema(&mut text, root);
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn files_without_numbers_are_gone_by_mapped_names_or_by_places() {
        let file = "message m { optional int32 x; optional group y { optional int32 z; } }";
        let root = Arc::new(parse_message_type(file).unwrap());
        let names = vec![name("b", "", 2, vec![name("c", "", 3, vec![])]), name("a", "", 1, vec![])];
        let mapped = |called: &str, id, fields| MappedName { names: vec!["other".into(), called.into()], id: Some(id), fields };
        let mapping = FoundBy::NumberOr(vec![mapped("y", 2, vec![mapped("z", 3, vec![])])]);
        let called = fields(root.get_fields(), &names, By::of(&root, &mapping)).unwrap();
        let wanted = "message m { optional int32 X; optional group b { optional int32 c; } }";
        let wanted = printed(&parse_message_type(wanted).unwrap()).replace(" X;", " \0x;");
        assert_eq!(printed(&regrouped(&root, called).unwrap()), wanted);
        let flat = Arc::new(parse_message_type("message m { optional int32 x; optional int32 y; }").unwrap());
        let called = fields(flat.get_fields(), &names, By::of(&flat, &FoundBy::NumberOrPlace)).unwrap();
        let wanted = printed(&parse_message_type("message m { optional int32 a; optional int32 b; }").unwrap());
        assert_eq!(printed(&regrouped(&flat, called).unwrap()), wanted);
        // What has parts has no place.
        let called = fields(root.get_fields(), &names, By::of(&root, &FoundBy::NumberOrPlace)).unwrap();
        let wanted = "message m { optional int32 a; optional group Y { optional int32 z; } }";
        let wanted = printed(&parse_message_type(wanted).unwrap()).replace(" Y ", " \0y ");
        assert_eq!(printed(&regrouped(&root, called).unwrap()), wanted);
    }

    #[test]
    fn fields_are_called_what_the_table_calls_them() {
        let file = "message m {
            optional int32 f1 = 1;
            optional group f2 (LIST) = 2 { repeated group list { optional group element { optional int32 f3 = 3; optional int32 f4 = 4; } } }
            optional group f5 (MAP) = 5 { repeated group key_value { required binary key (UTF8); optional group value { optional int32 f6 = 6; } } }
            optional group f7 (LIST) = 7 { repeated group array { optional int32 f8 = 8; } }
            optional int32 other = 9;
            optional int32 a = 10;
        }";
        let inner = |called: &str, children| FieldName { table: called.into(), file: called.into(), id: None, default: None, children };
        let names = vec![
            name("a", "f1", 1, vec![]),
            name("b", "f2", 2, vec![inner("element", vec![name("d", "f4", 4, vec![]), name("c", "f3", 3, vec![])])]),
            name("e", "f5", 5, vec![inner("key", vec![]), inner("value", vec![name("f", "f6", 6, vec![])])]),
            name("g", "f7", 7, vec![inner("element", vec![name("h", "f8", 8, vec![])])]),
        ];
        let wanted = "message m {
            optional int32 a = 1;
            optional group b (LIST) = 2 { repeated group list { optional group element { optional int32 c = 3; optional int32 d = 4; } } }
            optional group e (MAP) = 5 { repeated group key_value { required binary key (UTF8); optional group value { optional int32 f = 6; } } }
            optional group g (LIST) = 7 { repeated group array { optional int32 h = 8; } }
            optional int32 other = 9;
            optional int32 A = 10;
        }";
        let wanted = printed(&parse_message_type(wanted).unwrap()).replace(" other ", " \0other ").replace(" A ", " \0a ");
        let root = Arc::new(parse_message_type(file).unwrap());
        for found in [FoundBy::Name, FoundBy::Number, FoundBy::NumberOrPlace] {
            let by = By::of(&root, &found);
            let called = regrouped(&root, fields(root.get_fields(), &names, by).unwrap()).unwrap();
            assert_eq!(printed(&called), wanted, "{found:?}");
        }
    }
}
