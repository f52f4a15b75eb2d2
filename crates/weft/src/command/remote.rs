//! `weft sql --url`: the statement runs on a server.

mod address;
mod refusal;

use arrow_flight::error::FlightError;
use arrow_flight::sql::client::FlightSqlServiceClient;
use futures::TryStreamExt;
use tonic::Status;

use crate::cli::{Output, SqlArgs};
use crate::command::remote::address::Address;
use crate::command::remote::refusal::Refusal;
use crate::error::Failure;
use crate::output::Sink;
use crate::output::target::Target;

/// Where a token goes when there is none.
const TOKEN_HINT: &str =
    "Put a token into WEFT_TOKEN, or into a file for --token-file; `weft token create --user NAME` makes one.";

/// Runs the statement on a server with the token of `--token-file` or `WEFT_TOKEN`.
///
/// # Errors
/// [`Failure::Setup`] when there is no server to ask, [`Failure::Statement`] with what the server says.
pub async fn sql(
    url: &str,
    args: &SqlArgs,
    text: &str,
    output: Output,
    target: Option<&Target>,
) -> Result<(), Failure> {
    let token = token(args)?;
    let address = Address::of(url)?;
    let mut client = FlightSqlServiceClient::new(address.connect().await?);
    let said = {
        let nobody = token.is_none();
        let address = &address;
        move |cause: FlightError| refused(&cause, address, nobody)
    };
    // The first answer tells whether it is a server of Flight SQL at all; later ones only that it has gone.
    let first = |cause: FlightError| match &cause {
        FlightError::Tonic(status) if address::foreign(status) => address.foreign(),
        _ => said(cause),
    };
    if let Some(token) = token {
        client.set_token(token);
    }
    for (header, value) in [("purpose", &args.who.purpose), ("as_of", &args.as_of)] {
        if let Some(value) = value {
            client.set_header(header, value.as_str());
        }
    }
    let info = client.execute(text.to_owned(), None).await.map_err(first)?;
    let mut sink: Option<Sink> = None;
    for endpoint in &info.endpoint {
        let Some(ticket) = endpoint.ticket.clone() else { continue };
        let mut stream = client.do_get(ticket).await.map_err(&said)?;
        while let Some(batch) = stream.try_next().await.map_err(&said)? {
            let open = match &mut sink {
                Some(open) => open,
                None => sink.insert(Sink::open(target, output, &batch.schema())?),
            };
            open.write(&batch)?;
            if open.unread() {
                return Ok(());
            }
        }
        if sink.is_none()
            && let Some(schema) = stream.schema()
        {
            sink = Some(Sink::open(target, output, schema)?);
        }
    }
    match sink {
        Some(sink) => sink.finish(),
        // A server that sends nothing has still said what its answer looks like.
        None => {
            let schema = info.try_decode_schema().map_err(|cause| said(cause.into()))?;
            Sink::open(target, output, &std::sync::Arc::new(schema))?.finish()
        }
    }
}

/// What a call ended in: the words of a server of ours, or of the layers between.
fn refused(cause: &FlightError, address: &Address, nobody: bool) -> Failure {
    let status: &Status = match cause {
        FlightError::Tonic(status) => status,
        other => return Failure::Remote(format!("asking {address}: {other}")),
    };
    match Refusal::of(status) {
        Some(refusal) if nobody && status.code() == tonic::Code::Unauthenticated => {
            Failure::Statement(Box::new(refusal.hinted(TOKEN_HINT)))
        }
        Some(refusal) => Failure::Statement(Box::new(refusal)),
        None => Failure::Remote(format!("asking {address}: {}", status.message())),
    }
}

/// The token; an empty one is none.
#[expect(clippy::disallowed_methods, reason = "a token comes from a file or from the environment, never from a flag")]
fn token(args: &SqlArgs) -> Result<Option<String>, Failure> {
    let text = match &args.token_file {
        Some(path) => std::fs::read_to_string(path).map_err(|cause| Failure::File {
            what: "reading the token in",
            path: path.clone(),
            cause,
        })?,
        None => std::env::var("WEFT_TOKEN").unwrap_or_default(),
    };
    Ok(Some(text.trim().to_owned()).filter(|token| !token.is_empty()))
}
