//! Where a server is, and what keeps it from being asked.

use std::error::Error;
use std::fmt;
use std::io::ErrorKind;
use std::time::Duration;

use tonic::transport::{Channel, Endpoint, Uri};
use tonic::{Code, Status};

use crate::command::remote::refusal::Refusal;
use crate::error::Failure;

/// How long a server may take to accept a connection.
const CONNECT_TIME: Duration = Duration::from_secs(10);

const FORM_HINT: &str = "Write it as grpc://HOST:PORT, for example grpc://127.0.0.1:50051.";
const HERE_HINT: &str =
    "Is the server running there? `weft serve` and `weft demo` print their address; the URL is grpc://HOST:PORT.";
const TLS_HINT: &str = "Go through a proxy that speaks TLS on this machine, or connect without it by grpc://HOST:PORT.";

/// A URL that names a host and a port.
#[derive(Debug)]
pub(super) struct Address {
    /// As it was given.
    url: String,
    host: String,
    port: u16,
}

impl Address {
    /// Reads a URL.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub(super) fn of(url: &str) -> Result<Self, Failure> {
        if url.contains('@') {
            // Not repeated, since it may hold a password.
            let failure = Failure::Setup("connecting to the server: its URL holds a user or a password".to_owned());
            return Err(failure.hinted(format!("{FORM_HINT} A token goes into WEFT_TOKEN or a file for --token-file.")));
        }
        let wrong = |what: &str, hint: &str| failed(url, what).hinted(hint);
        let Some((scheme, rest)) = url.split_once("://") else {
            return Err(wrong("it has no scheme", FORM_HINT));
        };
        match scheme.to_ascii_lowercase().as_str() {
            "grpc" | "grpc+tcp" | "http" => {}
            "grpc+tls" | "grpcs" | "https" => return Err(wrong("this version does not speak TLS", TLS_HINT)),
            _ => return Err(wrong(&format!("`{scheme}` is no scheme of Flight SQL"), FORM_HINT)),
        }
        if rest.trim_matches('/').is_empty() {
            return Err(wrong("it names no host", FORM_HINT));
        }
        let uri: Uri = format!("http://{rest}")
            .parse()
            .map_err(|_| wrong("it names no host and port that can be read", FORM_HINT))?;
        match (uri.host(), uri.port_u16()) {
            (None | Some(""), _) => Err(wrong("it names no host", FORM_HINT)),
            (_, None) => Err(wrong("it names no port", FORM_HINT)),
            (Some(host), Some(port)) => Ok(Self { url: url.to_owned(), host: host.to_owned(), port }),
        }
    }

    /// Connects.
    ///
    /// # Errors
    /// Says why nobody can be asked there.
    pub(super) async fn connect(&self) -> Result<Channel, Failure> {
        let place = format!("{}:{}", self.host, self.port);
        // Asked for by itself, since a connection does not say which of its steps failed.
        if tokio::net::lookup_host(&place).await.is_err() {
            let failure = failed(&self.url, &format!("host `{}` has no address", self.host));
            return Err(failure.hinted(format!("Check the name of the host. {HERE_HINT}")));
        }
        let endpoint = Endpoint::from_shared(format!("http://{place}"))
            .map_err(|cause| failed(&self.url, &cause.to_string()).hinted(FORM_HINT))?;
        let connected = endpoint.connect_timeout(CONNECT_TIME).tcp_nodelay(true).connect().await;
        connected.map_err(|cause| match io(&cause).map(std::io::Error::kind) {
            Some(ErrorKind::ConnectionRefused) => self.absent("the connection is refused, nobody listens there"),
            Some(ErrorKind::TimedOut) => {
                self.absent(&format!("there was no answer within {} seconds", CONNECT_TIME.as_secs()))
            }
            Some(ErrorKind::ConnectionReset | ErrorKind::UnexpectedEof | ErrorKind::InvalidData) => self.foreign(),
            _ => self.absent(&root(&cause).to_string()),
        })
    }

    /// Something listens there, and it is no server of Flight SQL.
    pub(super) fn foreign(&self) -> Failure {
        failed(&self.url, "what listens there does not speak Flight SQL, or only within TLS")
            .hinted(format!("Check the port. {HERE_HINT}"))
    }

    fn absent(&self, what: &str) -> Failure {
        failed(&self.url, what).hinted(HERE_HINT)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.url)
    }
}

/// True of a status that no server of Flight SQL sends: its protocol is another, or it does not have the call.
pub(super) fn foreign(status: &Status) -> bool {
    let ours = Refusal::of(status).is_some();
    let protocol = status.source().is_some() || status.message().contains("grpc-status header missing");
    !ours && (protocol || status.code() == Code::Unimplemented)
}

fn failed(url: &str, what: &str) -> Failure {
    Failure::Setup(format!("connecting to `{url}`: {what}"))
}

fn io<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a std::io::Error> {
    std::iter::successors(Some(error), |&error| error.source()).find_map(|error| error.downcast_ref())
}

fn root<'a>(error: &'a (dyn Error + 'static)) -> &'a (dyn Error + 'static) {
    std::iter::successors(Some(error), |&error| error.source()).last().unwrap_or(error)
}
