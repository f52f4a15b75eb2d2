//! `weft sql --url`: the statement runs on a server.

use arrow_flight::sql::client::FlightSqlServiceClient;
use futures::TryStreamExt;
use tonic::transport::Endpoint;

use crate::cli::{Output, SqlArgs};
use crate::error::{Failure, setup};
use crate::output::Sink;

/// Runs the statement on a server with the token of `--token-file` or `WEFT_TOKEN`.
///
/// # Errors
/// [`Failure::Remote`] with what the server says.
pub async fn sql(url: &str, args: &SqlArgs, text: &str, output: Output) -> Result<(), Failure> {
    let address = url.replacen("grpc://", "http://", 1).replacen("grpc+tcp://", "http://", 1);
    let endpoint = Endpoint::from_shared(address).map_err(|cause| setup("the URL is not one")(&cause))?;
    let channel = endpoint.connect().await.map_err(|cause| setup("connecting to the server")(&cause))?;
    let mut client = FlightSqlServiceClient::new(channel);
    if let Some(token) = token(args)? {
        client.set_token(token);
    }
    if let Some(purpose) = &args.who.purpose {
        client.set_header("purpose", purpose.as_str());
    }
    let said = |cause: arrow_flight::error::FlightError| Failure::Remote(server_text(&cause.to_string()));
    let info = client.execute(text.to_owned(), None).await.map_err(said)?;
    let mut sink: Option<Sink> = None;
    for endpoint in info.endpoint {
        let Some(ticket) = endpoint.ticket else { continue };
        let mut stream = client.do_get(ticket).await.map_err(said)?;
        while let Some(batch) = stream.try_next().await.map_err(said)? {
            if sink.is_none() {
                sink = Some(open(args, &batch.schema(), output)?);
            }
            if let Some(sink) = &mut sink {
                sink.write(&batch)?;
            }
        }
        if sink.is_none()
            && let Some(schema) = stream.schema()
        {
            sink = Some(open(args, schema, output)?);
        }
    }
    match sink {
        Some(sink) => sink.finish(),
        None => Ok(()),
    }
}

fn open(args: &SqlArgs, schema: &arrow_schema::SchemaRef, output: Output) -> Result<Sink, Failure> {
    match &args.out {
        Some(path) => Sink::file(path, schema),
        None => Ok(Sink::stdout(output, schema)),
    }
}

#[expect(clippy::disallowed_methods, reason = "a token comes from a file or from the environment, never from a flag")]
fn token(args: &SqlArgs) -> Result<Option<String>, Failure> {
    match &args.token_file {
        Some(path) => {
            let text = std::fs::read_to_string(path)
                .map_err(|cause| Failure::File { what: "reading the token in", path: path.clone(), cause })?;
            Ok(Some(text.trim().to_owned()))
        }
        None => Ok(std::env::var("WEFT_TOKEN").ok()),
    }
}

/// The server's own words, without what the client libraries wrap around them.
fn server_text(text: &str) -> String {
    let from = text.find("message: \"").map(|at| at + "message: \"".len());
    match from.and_then(|from| text.get(from..)).and_then(|rest| rest.split_once('"')) {
        Some((message, _)) => message.replace("\\n", "\n"),
        None => text.to_owned(),
    }
}
