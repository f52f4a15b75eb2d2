//! Roles: who may read.

use std::sync::Arc;

use weft_model::contract::Role;

use crate::read::reader::Reader;
use crate::standard::extension::Home;
use crate::yaml::tree::{Map, Mark};

/// The roles of a contract.
pub fn roles(reader: &Reader<'_>, contract: &Map) -> Vec<Role> {
    contract.maps("roles").filter_map(|(mark, map)| role(reader, map, mark)).collect()
}

fn role(reader: &Reader<'_>, map: &Map, mark: Mark) -> Option<Role> {
    let own = |name| reader.own(map, Home::Role, name);
    // An access that is no text was complained about and must not read as absent, which would grant.
    let reads = map.get("access").is_none_or(|access| {
        access.text().is_some_and(|access| matches!(access.to_lowercase().as_str(), "read" | "readwrite"))
    });
    Some(Role {
        role: Arc::clone(map.text("role")?),
        reads,
        clearance: own("clearance").and_then(|node| node.text()).cloned(),
        unmask: own("unmask")
            .map_or_else(Vec::new, |node| node.list().iter().filter_map(|n| n.text()).cloned().collect()),
        row_filter: own("rowFilter").and_then(|node| node.text()).cloned(),
        place: reader.out.place(mark),
    })
}
