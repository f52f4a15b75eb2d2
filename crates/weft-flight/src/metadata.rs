//! Questions about the catalog and the server, answered from what the caller may see, without touching storage.

pub(crate) mod catalogs;
pub(crate) mod column;
pub(crate) mod filter;
pub(crate) mod keys;
pub(crate) mod schemas;
pub(crate) mod tables;
pub(crate) mod xdbc;

use std::sync::Arc;

use arrow::record_batch::RecordBatch;
use arrow_schema::{ArrowError, SchemaRef};
use tonic::Status;
use weft_engine::directory::Directory;
use weft_proto::flight::{FlightDescriptor, FlightInfo};

use crate::call::Call;
use crate::command::Metadata;
use crate::error::Error;
use crate::metadata::schemas::SchemaCache;
use crate::server::State;
use crate::sql_info;
use crate::statement::sealed_flight;
use crate::status::status;
use crate::stream::{Batches, DataStream, Setting, permit};
use crate::ticket::Claim;
use crate::wire::encode::Encoder;
use crate::wire::profile::Profile;

/// The batches of an answer, made one by one.
pub(crate) type Answer = Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>> + Send>;

/// The schema of an answer: the specification's, to the letter, since drivers compare.
pub(crate) fn schema(question: &Metadata) -> SchemaRef {
    match question {
        Metadata::Catalogs(_) => catalogs::catalogs_schema(),
        Metadata::Schemas(_) => catalogs::schemas_schema(),
        Metadata::Tables(asked) => tables::schema(asked.include_schema),
        Metadata::TableTypes(_) => catalogs::table_types_schema(),
        Metadata::SqlInfo(_) => sql_info::schema(),
        Metadata::TypeInfo(_) => xdbc::schema(),
        Metadata::PrimaryKeys(_) => keys::primary_schema(),
        Metadata::ExportedKeys(_) | Metadata::ImportedKeys(_) | Metadata::CrossReference(_) => keys::foreign_schema(),
    }
}

/// The flight of a question.
pub(crate) fn flight(
    state: &State,
    call: &Call,
    question: &Metadata,
    descriptor: FlightDescriptor,
) -> Result<FlightInfo, Status> {
    sealed_flight(state, call, &Claim::Command(question.pack()), &schema(question), descriptor)
}

/// Answers a question.
pub(crate) async fn execute(
    state: &State,
    call: &Call,
    question: Metadata,
    profile: Profile,
) -> Result<DataStream, Status> {
    let permit = permit(&state.streams, state.limits.streams)?;
    let schema = schema(&question);
    let directory = state.engine.directory(&call.caller()).await.map_err(|error| status(&error))?;
    let mesh = Arc::from(state.engine.mesh());
    let setting = Setting {
        cpu: state.cpu.clone(),
        metrics: state.metrics.clone(),
        permit,
        keep_alive: None,
        unread_time: state.limits.unread_time,
    };
    let encoder = Encoder::new(schema, state.limits.message_bytes, call.compression);
    let schemas = state.schemas.clone();
    let batches = Pending::Asked(Box::new(Asked { question, directory, mesh, profile, schemas }));
    encoder.and_then(|encoder| DataStream::start(batches, encoder, setting)).map_err(|cause| {
        tracing::error!(%cause, "a metadata stream could not start");
        Error::Internal.into()
    })
}

/// A question with everything its answer is made from.
pub(crate) struct Asked {
    pub(crate) question: Metadata,
    pub(crate) directory: Arc<Directory>,
    pub(crate) mesh: Arc<str>,
    pub(crate) profile: Profile,
    pub(crate) schemas: SchemaCache,
}

impl Asked {
    /// The answer.
    pub(crate) fn answer(self) -> Answer {
        let Self { question, directory, mesh, profile, schemas } = self;
        match question {
            Metadata::Catalogs(_) => one(catalogs::catalogs(&mesh)),
            Metadata::Schemas(asked) => one(catalogs::schemas(&asked, &directory, &mesh)),
            Metadata::Tables(asked) => tables::answer(asked, directory, mesh, profile, schemas),
            Metadata::TableTypes(_) => one(catalogs::table_types()),
            Metadata::SqlInfo(asked) => one(sql_info::answer(&asked.info)),
            Metadata::TypeInfo(asked) => one(xdbc::answer(asked.data_type)),
            Metadata::PrimaryKeys(asked) => one(keys::primary(&asked, &directory, &mesh)),
            Metadata::ExportedKeys(asked) => one(keys::exported(&asked, &directory, &mesh)),
            Metadata::ImportedKeys(asked) => one(keys::imported(&asked, &directory, &mesh)),
            Metadata::CrossReference(asked) => one(keys::cross(&asked, &directory, &mesh)),
        }
    }
}

fn one(batch: Result<RecordBatch, ArrowError>) -> Answer {
    Box::new(std::iter::once(batch))
}

/// An answer that begins to be made where it is encoded.
enum Pending {
    Asked(Box<Asked>),
    Answering(Answer),
    Done,
}

impl Batches for Pending {
    async fn next(&mut self) -> Option<Result<RecordBatch, Status>> {
        let mut answer = match std::mem::replace(self, Self::Done) {
            Self::Asked(asked) => asked.answer(),
            Self::Answering(answer) => answer,
            Self::Done => return None,
        };
        // A caller with thousands of tables does not hold a worker for all of them.
        tokio::task::yield_now().await;
        let batch = answer.next()?;
        *self = Self::Answering(answer);
        Some(batch.map_err(|cause| {
            tracing::error!(%cause, "a metadata answer could not be made");
            Error::Internal.into()
        }))
    }
}

#[cfg(test)]
mod tests;
