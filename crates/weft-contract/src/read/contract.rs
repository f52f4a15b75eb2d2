//! A contract file as a contract.

use std::sync::Arc;

use weft_model::contract::Contract;
use weft_model::version::{Lifecycle, lenient};

use crate::codes;
use crate::complaints::quote;
use crate::read::object::objects;
use crate::read::reader::Reader;
use crate::read::role::roles;
use crate::read::server::{delta, servers};
use crate::read::text::{description, status, tags};
use crate::yaml::tree::{Map, Mark};

/// Reads a contract; `None` when it lacks what identifies it. Complaints may still make it unusable.
pub fn contract(reader: &mut Reader<'_>, map: &Map, root: Mark) -> Option<Contract> {
    reader.delta = delta(map);
    let version = map.text("version").and_then(|text| lenient(text));
    if version.is_none()
        && let Some(text) = map.text("version")
    {
        let message = format!("the version `{}` cannot be read", quote(text));
        let at = map.value_mark("version", root);
        reader.out.error(codes::NO_VERSION, at, message, "Write a version such as `2.1.0`.");
    }
    let status = lifecycle(reader, map, root);
    let servers = servers(reader, map, root);
    let kinds: Vec<_> = servers.iter().map(|server| &server.kind).collect();
    let objects = objects(reader, map, &kinds);
    Some(Contract {
        id: Arc::clone(map.text("id")?),
        name: map.text("name").cloned(),
        version: version?,
        status: status?,
        description: description(map),
        tags: tags(map),
        roles: roles(reader, map),
        place: reader.out.place(root),
        servers,
        objects,
    })
}

fn lifecycle(reader: &mut Reader<'_>, map: &Map, root: Mark) -> Option<Lifecycle> {
    if map.get("status").is_none() {
        let hint = "Add `status: active`, or `draft` while it is readable by its version only.";
        reader.out.error(codes::NO_STATUS, root, "the contract has no status", hint);
    }
    status(reader, map, root)
}
