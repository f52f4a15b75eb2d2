//! Which of a contract's servers is read here.

use weft_model::contract::{Contract, Format, Server, ServerKind};

/// The formats this build reads.
pub const READABLE: [Format; 3] = [Format::Parquet, Format::Delta, Format::Iceberg];

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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use weft_model::place::Place;
    use weft_model::version::{Lifecycle, Version};

    use super::*;

    fn server(name: &str, environment: Option<&str>, format: Format) -> Server {
        Server {
            name: Arc::from(name),
            kind: ServerKind::S3,
            environment: environment.map(Arc::from),
            location: Arc::from("s3://lake/{model}"),
            format,
            endpoint: None,
            binding: None,
            warehouse: None,
            metadata_location: None,
            hive_partitioning: None,
        max_staleness: None,
            place: Place::default(),
        }
    }

    fn chosen(servers: Vec<Server>, environments: &[&str]) -> Option<String> {
        let contract = Contract {
            id: Arc::from("c"),
            name: None,
            version: Version::new(1, 0, 0),
            status: Lifecycle::Active,
            description: None,
            tags: Vec::new(),
            servers,
            objects: Vec::new(),
            roles: Vec::new(),
            place: Place::default(),
        };
        let environments = environments.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        choose_server(&contract, &environments, &READABLE).map(|server| server.name.to_string())
    }

    #[test]
    fn the_order_of_environments_decides() {
        let servers = || {
            vec![
                server("dev", Some("dev"), Format::Parquet),
                server("dr", Some("dr"), Format::Parquet),
                server("prod", Some("prod"), Format::Parquet),
            ]
        };
        assert_eq!(chosen(servers(), &["prod", "dr"]).as_deref(), Some("prod"));
        assert_eq!(chosen(servers(), &["dr", "prod"]).as_deref(), Some("dr"));
        assert_eq!(chosen(servers(), &["test", "dr"]).as_deref(), Some("dr"));
        assert_eq!(chosen(servers(), &["test"]), None);
        assert_eq!(chosen(servers(), &[]), None);
    }

    #[test]
    fn a_server_without_environment_is_in_every_one() {
        let servers = || vec![server("any", None, Format::Parquet), server("prod", Some("prod"), Format::Parquet)];
        assert_eq!(chosen(servers(), &["prod"]).as_deref(), Some("any"));
        assert_eq!(chosen(servers(), &["test"]).as_deref(), Some("any"));
        assert_eq!(chosen(servers(), &[]).as_deref(), Some("any"));
    }

    #[test]
    fn within_an_environment_a_readable_format_comes_first() {
        let servers =
            || vec![server("other", Some("prod"), Format::Other(Arc::from("orc"))), server("files", Some("prod"), Format::Parquet)];
        assert_eq!(chosen(servers(), &["prod"]).as_deref(), Some("files"));
        let servers = || vec![server("other", Some("prod"), Format::Other(Arc::from("orc"))), server("dr", Some("dr"), Format::Parquet)];
        assert_eq!(chosen(servers(), &["prod", "dr"]).as_deref(), Some("other"), "the environment comes first");
    }
}
