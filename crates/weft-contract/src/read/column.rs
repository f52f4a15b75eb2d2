//! Columns, with everything a contract says about them.

use std::sync::Arc;

use weft_model::column::Column;
use weft_model::mask::Mask;
use weft_model::name::NAME_BYTES_MAX;
use weft_model::type_name::type_name;

use crate::codes;
use crate::complaints::quote;
use crate::mask;
use crate::read::data_type::{Typed, data_type};
use crate::read::reader::Reader;
use crate::read::text::tags;
use crate::standard::extension::Home;
use crate::standard::own;
use crate::yaml::tree::{Map, Mark, Node};

/// What a nested column has from the one around it.
#[derive(Clone, Debug, Default)]
pub struct Inherited {
    /// The classification, where the nested column has none of its own.
    pub classification: Option<Arc<str>>,
    /// Tags, which add up.
    pub tags: Vec<Arc<str>>,
}

/// One property as a column; `None` when its name or type cannot be told.
pub fn column(reader: &mut Reader<'_>, map: &Map, mark: Mark, inherited: &Inherited) -> Option<Column> {
    let name = Arc::clone(map.text("name")?);
    let at = map.value_mark("name", mark);
    if name.is_empty() || name.len() > NAME_BYTES_MAX || name.chars().any(char::is_control) {
        let message = format!("the column name `{}` cannot be used", quote(&name));
        let hint = format!("Give it from 1 to {NAME_BYTES_MAX} bytes without control characters.");
        reader.out.error(codes::NO_SQL_NAME, at, message, hint);
    }
    named(reader, map, mark, name, inherited)
}

/// The same, for parts that have no name of their own: elements, keys and values.
pub fn named(reader: &mut Reader<'_>, map: &Map, mark: Mark, name: Arc<str>, inherited: &Inherited) -> Option<Column> {
    let own = Inherited {
        classification: map.text("classification").or(inherited.classification.as_ref()).cloned(),
        tags: union(&inherited.tags, tags(map)),
    };
    let typed = data_type(reader, map, mark, &name, &own);
    let token_domain = reader.own(map, Home::Column, "tokenDomain").and_then(Node::text).cloned();
    let mask = mask(reader, map, typed.as_ref(), token_domain.is_some());
    let Typed { data_type, children } = typed?;
    Some(Column {
        id: map.text("id").cloned(),
        physical_name: map.text("physicalName").cloned().unwrap_or_else(|| Arc::clone(&name)),
        name,
        type_name: Arc::from(type_name(&data_type)),
        data_type,
        description: map.text("description").cloned(),
        required: map.flag("required") == Some(true),
        unique: map.flag("unique") == Some(true),
        primary_key: None,
        partition_key: None,
        classification: own.classification,
        tags: own.tags,
        token_domain,
        mask,
        encrypted_name: map.text("encryptedName").cloned(),
        field_id: reader.own(map, Home::Column, "fieldId").and_then(own::integer),
        children,
        place: reader.out.place(mark),
    })
}

fn mask(reader: &mut Reader<'_>, map: &Map, typed: Option<&Typed>, token_domain: bool) -> Option<Mask> {
    let node = reader.own(map, Home::Column, "mask")?;
    // A mask that does not read was complained about already.
    let mask = mask::read(node).ok()?;
    if mask == (Mask::Token {}) && !token_domain {
        let hint = "Add the property `tokenDomain`: columns that share it still join when they are masked.";
        reader.out.error(codes::TOKEN_WITHOUT_DOMAIN, node.mark, "the mask `token` has no token domain", hint);
    }
    if let Some(typed) = typed
        && !mask::works_on(&mask, &typed.data_type)
    {
        let message = format!("the mask `{}` does not work on {}", mask.action(), type_name(&typed.data_type));
        let hint = "Choose a mask for that type; `null` works on every type.";
        reader.out.error(codes::MASK_TYPE, node.mark, message, hint);
    }
    Some(mask)
}

fn union(inherited: &[Arc<str>], own: Vec<Arc<str>>) -> Vec<Arc<str>> {
    let mut all = inherited.to_vec();
    for tag in own {
        if !all.contains(&tag) {
            all.push(tag);
        }
    }
    all
}
