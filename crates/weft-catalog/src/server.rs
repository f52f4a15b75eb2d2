//! Which of a contract's servers is read here.

use weft_model::contract::{Contract, Format, Server, ServerKind};

/// The formats this build reads.
pub const READABLE: [Format; 1] = [Format::Parquet];

/// The server to read: the first environment of `environments` that a server matches decides, then a format in
/// `readable`, then the contract's own order.
///
/// A server without an environment matches every environment, also when `environments` is empty. A server in a format
/// that cannot be read is still chosen when the environment offers nothing better, so that the error can name it.
#[must_use]
pub fn choose_server<'a>(contract: &'a Contract, environments: &[String], readable: &[Format]) -> Option<&'a Server> {
    let preferred = |servers: &[&'a Server]| {
        servers.iter().find(|server| is_readable(server, readable)).or(servers.first()).copied()
    };
    let anywhere = || contract.servers.iter().filter(|server| server.environment.is_none()).collect::<Vec<_>>();
    if environments.is_empty() {
        return preferred(&anywhere());
    }
    environments.iter().find_map(|environment| {
        let matching = contract
            .servers
            .iter()
            .filter(|server| server.environment.as_deref().is_none_or(|named| named == environment))
            .collect::<Vec<_>>();
        preferred(&matching)
    })
}

/// True when this build reads the server's kind and format.
#[must_use]
pub fn is_readable(server: &Server, readable: &[Format]) -> bool {
    match server.kind {
        ServerKind::WeftSql => true,
        ServerKind::Other(_) => false,
        _ => readable.contains(&server.format),
    }
}
