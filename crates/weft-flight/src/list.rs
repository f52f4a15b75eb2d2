//! Listing the tables a caller may read, for clients that know Flight and no Flight SQL.

use futures::stream::BoxStream;
use tonic::Status;
use weft_engine::directory::DirectoryTable;
use weft_proto::flight::flight_descriptor::DescriptorType;
use weft_proto::flight::{Criteria, FlightDescriptor, FlightInfo};

use crate::call::Call;
use crate::error::Error;
use crate::limits::OPTION_BYTES_MAX;
use crate::metadata::filter::pattern;
use crate::server::State;
use crate::statement::schema_bytes;
use crate::status::status;
use crate::wire::profile::Profile;
use crate::wire::schema::wire_schema;

/// The tables as flights. They carry no ticket: asking for the path plans the statement that reads it.
///
/// The criteria are a pattern for `domain.product`.
pub(crate) async fn flights(
    state: &State,
    call: &Call,
    criteria: &Criteria,
) -> Result<BoxStream<'static, Result<FlightInfo, Status>>, Status> {
    let expression = std::str::from_utf8(&criteria.expression).map_err(|_| Error::Malformed("Criteria"))?;
    if expression.len() > OPTION_BYTES_MAX {
        return Err(Error::Malformed("Criteria").into());
    }
    let matches = pattern(Some(expression));
    let directory = state.engine.directory(&call.caller()).await.map_err(|error| status(&error))?;
    let profile = call.profile;
    let flights = (0..directory.tables.len()).filter_map(move |at| {
        let table = directory.tables.get(at)?;
        matches(&format!("{}.{}", table.domain, table.name)).then(|| flight(table, profile))
    });
    Ok(Box::pin(futures::stream::iter(flights)))
}

fn flight(table: &DirectoryTable, profile: Profile) -> Result<FlightInfo, Status> {
    let columns =
        table.columns.iter().map(|column| arrow_schema::Field::new(&*column.name, column.data_type.clone(), true));
    let schema = wire_schema(&arrow_schema::Schema::new(columns.collect::<Vec<_>>()), profile);
    let path = vec![table.domain.to_string(), table.name.to_string()];
    Ok(FlightInfo {
        schema: schema_bytes(&schema)?,
        flight_descriptor: Some(FlightDescriptor { r#type: DescriptorType::Path.into(), path, ..Default::default() }),
        total_records: -1,
        total_bytes: -1,
        ..FlightInfo::default()
    })
}
