//! What a descriptor or a ticket asks for.

use prost::Message;
use weft_proto::any::{self, Any};
use weft_proto::flight::FlightDescriptor;
use weft_proto::flight::flight_descriptor::DescriptorType;
use weft_proto::sql;

use crate::error::Error;

/// A request for rows.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Command {
    /// SQL text, whether it came as a Flight SQL command or as plain bytes.
    Sql(String),
    /// A prepared statement, by its handle.
    Prepared(bytes::Bytes),
    /// A table by its path: catalog if given, domain, product.
    Table(Vec<String>),
    /// A question about the catalog or the server.
    Metadata(Metadata),
}

/// A question about the catalog or the server.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Metadata {
    Catalogs(sql::CommandGetCatalogs),
    Schemas(sql::CommandGetDbSchemas),
    Tables(sql::CommandGetTables),
    TableTypes(sql::CommandGetTableTypes),
    SqlInfo(sql::CommandGetSqlInfo),
    TypeInfo(sql::CommandGetXdbcTypeInfo),
    PrimaryKeys(sql::CommandGetPrimaryKeys),
    ExportedKeys(sql::CommandGetExportedKeys),
    ImportedKeys(sql::CommandGetImportedKeys),
    CrossReference(sql::CommandGetCrossReference),
}

impl Metadata {
    /// The question inside a package; `None` when it holds something else.
    pub(crate) fn read(package: &Any) -> Result<Option<Self>, Error> {
        macro_rules! read {
            ($($variant:ident: $message:ident),*) => {
                match any::name(package) {
                    $(concat!("arrow.flight.protocol.sql.", stringify!($message)) => {
                        Self::$variant(decode(package, stringify!($message))?)
                    })*
                    _ => return Ok(None),
                }
            };
        }
        Ok(Some(read!(
            Catalogs: CommandGetCatalogs, Schemas: CommandGetDbSchemas, Tables: CommandGetTables,
            TableTypes: CommandGetTableTypes, SqlInfo: CommandGetSqlInfo, TypeInfo: CommandGetXdbcTypeInfo,
            PrimaryKeys: CommandGetPrimaryKeys, ExportedKeys: CommandGetExportedKeys,
            ImportedKeys: CommandGetImportedKeys, CrossReference: CommandGetCrossReference
        )))
    }

    /// The question as a package again, for its ticket.
    pub(crate) fn pack(&self) -> Any {
        match self {
            Self::Catalogs(command) => any::pack(command),
            Self::Schemas(command) => any::pack(command),
            Self::Tables(command) => any::pack(command),
            Self::TableTypes(command) => any::pack(command),
            Self::SqlInfo(command) => any::pack(command),
            Self::TypeInfo(command) => any::pack(command),
            Self::PrimaryKeys(command) => any::pack(command),
            Self::ExportedKeys(command) => any::pack(command),
            Self::ImportedKeys(command) => any::pack(command),
            Self::CrossReference(command) => any::pack(command),
        }
    }
}

impl Command {
    /// What a descriptor asks for.
    pub(crate) fn of(descriptor: &FlightDescriptor) -> Result<Self, Error> {
        // Some clients set the field and forget the type.
        if !descriptor.path.is_empty() && descriptor.r#type != i32::from(DescriptorType::Cmd) {
            return match descriptor.path.len() {
                2 | 3 => Ok(Self::Table(descriptor.path.clone())),
                _ => Err(Error::Descriptor),
            };
        }
        if descriptor.cmd.is_empty() {
            return Err(Error::Descriptor);
        }
        match Any::decode(descriptor.cmd.clone()) {
            Ok(package) if any::name(&package).starts_with("arrow.flight.protocol.sql.") => Self::read(&package),
            // A package of something else, such as another vendor's command.
            Ok(package) if package.type_url.starts_with("type.googleapis.com/") => {
                Err(Error::Unsupported("such commands"))
            }
            // Plain text: what clients without Flight SQL send.
            _ => match std::str::from_utf8(&descriptor.cmd) {
                Ok(text) if !text.trim().is_empty() => Ok(Self::Sql(text.to_owned())),
                _ => Err(Error::Descriptor),
            },
        }
    }

    fn read(package: &Any) -> Result<Self, Error> {
        if let Some(metadata) = Metadata::read(package)? {
            return Ok(Self::Metadata(metadata));
        }
        match any::name(package).rsplit('.').next().unwrap_or_default() {
            "CommandStatementQuery" => {
                let command: sql::CommandStatementQuery = decode(package, "CommandStatementQuery")?;
                no_transaction(command.transaction_id.as_ref())?;
                Ok(Self::Sql(command.query))
            }
            "CommandPreparedStatementQuery" => {
                let command: sql::CommandPreparedStatementQuery = decode(package, "CommandPreparedStatementQuery")?;
                Ok(Self::Prepared(command.prepared_statement_handle))
            }
            "CommandStatementSubstraitPlan" => Err(Error::Unsupported("Substrait plans")),
            "CommandStatementUpdate" | "CommandPreparedStatementUpdate" => Err(Error::Unsupported("updates")),
            _ => Err(Error::Unsupported("such commands")),
        }
    }
}

/// Refuses a statement that wants to be part of a transaction.
pub(crate) fn no_transaction(id: Option<&bytes::Bytes>) -> Result<(), Error> {
    match id {
        Some(id) if !id.is_empty() => Err(Error::Unsupported("transactions")),
        _ => Ok(()),
    }
}

/// Unpacks a message that the package has to hold.
pub(crate) fn decode<M: prost::Name + Default>(package: &Any, name: &'static str) -> Result<M, Error> {
    any::unpack(package).ok().flatten().ok_or(Error::Malformed(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cmd(bytes: impl Into<bytes::Bytes>) -> FlightDescriptor {
        FlightDescriptor { r#type: DescriptorType::Cmd.into(), cmd: bytes.into(), path: Vec::new() }
    }

    fn path(names: &[&str]) -> FlightDescriptor {
        let path = names.iter().map(|name| (*name).to_owned()).collect();
        FlightDescriptor { r#type: DescriptorType::Path.into(), cmd: bytes::Bytes::new(), path }
    }

    #[test]
    fn plain_text_and_packages_are_told_apart() {
        let query = sql::CommandStatementQuery { query: "SELECT 1".to_owned(), transaction_id: None };
        assert_eq!(Command::of(&cmd(any::pack_bytes(&query))).unwrap(), Command::Sql("SELECT 1".to_owned()));
        for text in ["SELECT 1", "\n  select 2", "WITH a AS (SELECT 1) SELECT * FROM a"] {
            assert_eq!(Command::of(&cmd(text.to_owned())).unwrap(), Command::Sql(text.to_owned()));
        }
        let tables = sql::CommandGetTables { include_schema: true, ..Default::default() };
        let read = Command::of(&cmd(any::pack_bytes(&tables))).unwrap();
        assert_eq!(read, Command::Metadata(Metadata::Tables(tables.clone())));
        assert_eq!(Metadata::read(&Metadata::Tables(tables.clone()).pack()).unwrap(), Some(Metadata::Tables(tables)));
    }

    #[test]
    fn paths_name_tables() {
        assert_eq!(
            Command::of(&path(&["orders", "orders"])).unwrap(),
            Command::Table(vec!["orders".to_owned(), "orders".to_owned()])
        );
        for names in [&["orders"][..], &["a", "b", "c", "d"], &[]] {
            let error = Command::of(&path(names)).unwrap_err();
            assert_eq!(
                error.to_string(),
                "the flight descriptor holds neither a command nor a path of two or three names"
            );
        }
    }

    #[test]
    fn what_is_not_offered_is_refused_by_name() {
        let update = sql::CommandStatementUpdate { query: "DELETE FROM a".to_owned(), transaction_id: None };
        let error = Command::of(&cmd(any::pack_bytes(&update))).unwrap_err();
        assert_eq!(error.to_string(), "updates are not supported");
        let query = sql::CommandStatementQuery { query: "x".to_owned(), transaction_id: Some("t".into()) };
        let error = Command::of(&cmd(any::pack_bytes(&query))).unwrap_err();
        assert_eq!(error.to_string(), "transactions are not supported");
        let plan = sql::CommandStatementSubstraitPlan::default();
        let error = Command::of(&cmd(any::pack_bytes(&plan))).unwrap_err();
        assert_eq!(error.to_string(), "Substrait plans are not supported");
    }

    #[test]
    fn damaged_packages_are_the_clients_fault() {
        let package = Any { type_url: any::url::<sql::CommandGetTables>(), value: vec![0x12, 0xff] };
        let error = Command::of(&cmd(package.encode_to_vec())).unwrap_err();
        assert_eq!(error.to_string(), "the request holds no valid `CommandGetTables`");
        assert!(Command::of(&cmd(vec![0xff, 0xfe])).is_err());
    }
}
