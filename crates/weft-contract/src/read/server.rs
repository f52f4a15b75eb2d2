//! Servers: where the data lies.

use std::sync::Arc;

use weft_model::contract::{Format, Server, ServerKind};

use crate::codes;
use crate::complaints::quote;
use crate::read::reader::Reader;
use crate::standard::extension::Home;
use crate::standard::odcs_server::listed;
use crate::standard::own;
use crate::yaml::tree::{Map, Mark, Node, Value};

/// The servers of a contract, in file order.
pub fn servers(reader: &mut Reader<'_>, contract: &Map, root: Mark) -> Vec<Server> {
    let servers: Vec<Server> = contract.maps("servers").filter_map(|(mark, map)| server(reader, map, mark)).collect();
    if !servers.iter().any(readable) {
        let mark = contract.key_mark("servers", root);
        let hint = "Weft reads parquet, delta and iceberg from local, s3, azure, gcs and iceberg servers.";
        reader.out.warn(codes::NO_SERVER, mark, "the contract has no server that can be queried", hint);
    }
    servers
}

/// True when plain timestamps in the data are points in time.
#[must_use]
pub fn delta(contract: &Map) -> bool {
    contract
        .maps("servers")
        .any(|(_, map)| map.text("format").is_some_and(|format| Format::parse(format) == Format::Delta))
}

/// True when Weft reads data of this server.
fn readable(server: &Server) -> bool {
    match &server.kind {
        ServerKind::WeftSql => true,
        ServerKind::Other(_) => false,
        _ => !matches!(server.format, Format::Other(_)),
    }
}

fn server(reader: &mut Reader<'_>, map: &Map, mark: Mark) -> Option<Server> {
    let name = Arc::clone(map.text("server")?);
    // Kinds that the standard does not list were complained about already.
    map.text("type").filter(|kind| listed(kind, reader.edition))?;
    let kind = kind(reader, map)?;
    let format = match &kind {
        ServerKind::IcebergCatalog => Format::Iceberg,
        ServerKind::WeftSql => Format::Other(Arc::from("sql")),
        _ => map.get("format").map_or_else(|| Format::Other(Arc::from("none")), format),
    };
    if let Some(roles) = map.entry("roles") {
        let message = format!("the roles of server `{}` have no effect", quote(&name));
        reader.out.warn(codes::SERVER_ROLES, roles.mark, message, "Move them to the `roles` of the contract.");
    }
    let location = match &kind {
        ServerKind::Local => "path",
        ServerKind::IcebergCatalog => "namespace",
        _ => "location",
    };
    let location = map.text(location).or_else(|| map.text("path")).cloned().unwrap_or_default();
    let text = |name| reader.own(map, Home::Server, name).and_then(Node::text).cloned();
    let server = Server {
        name,
        environment: map.text("environment").cloned(),
        location,
        endpoint: map.text("endpointUrl").or_else(|| map.text("catalogUrl")).cloned(),
        binding: text("binding"),
        warehouse: map.text("warehouse").filter(|_| kind == ServerKind::IcebergCatalog).cloned(),
        metadata_location: text("metadataLocation"),
        hive_partitioning: match reader.own(map, Home::Server, "hivePartitioning").map(|node| &node.value) {
            Some(Value::Bool(value)) => Some(*value),
            _ => None,
        },
        max_staleness: reader
            .own(map, Home::Server, "maxStalenessSeconds")
            .and_then(own::integer)
            .and_then(|seconds| u32::try_from(seconds).ok()),
        kind,
        format,
        place: reader.out.place(mark),
    };
    if !readable(&server) {
        let message = match &server.kind {
            ServerKind::Other(kind) => format!("servers of type `{}` are not read", quote(kind)),
            _ => format!("data in format `{}` is not read", quote(server.format.as_str())),
        };
        let at = map.value_mark(if matches!(server.kind, ServerKind::Other(_)) { "type" } else { "format" }, mark);
        let hint = "Queries choose among the other servers of the contract.";
        reader.out.warn(codes::UNREAD_SERVER, at, message, hint);
    }
    Some(server)
}

fn kind(reader: &Reader<'_>, map: &Map) -> Option<ServerKind> {
    let node = map.get("type")?;
    let custom = reader.own(map, Home::Server, "customType").and_then(|node| Some((node, node.text()?)));
    Some(match (&**node.text()?, custom) {
        ("local", _) => ServerKind::Local,
        ("s3", _) => ServerKind::S3,
        ("azure", _) => ServerKind::Azure,
        ("iceberg", _) => ServerKind::IcebergCatalog,
        ("custom", Some((node, custom))) => match custom.to_lowercase().as_str() {
            "gcs" | "gs" => ServerKind::Gcs,
            "http" | "https" => ServerKind::Http,
            "weft-sql" => ServerKind::WeftSql,
            _ => ServerKind::Other(shown(node)),
        },
        _ => ServerKind::Other(shown(node)),
    })
}

/// The format, spelled as in the file when it is one for messages only.
fn format(node: &Node) -> Format {
    match node.text().map(|text| Format::parse(text)) {
        Some(Format::Other(_)) | None => Format::Other(shown(node)),
        Some(format) => format,
    }
}

fn shown(node: &Node) -> Arc<str> {
    Arc::from(node.spelling().unwrap_or_default())
}
