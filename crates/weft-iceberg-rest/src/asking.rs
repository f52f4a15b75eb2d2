//! One request: sent again where that may help, never to another machine, and read within a bound.

use std::fmt;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::header::{ETAG, HeaderMap, RETRY_AFTER};
use reqwest::{Client, Method, Request, Response, StatusCode, Url};
use tokio::sync::Semaphore;
use tokio::time::Instant;
use weft_storage::catalog::CatalogFault;
use weft_storage::config::RemoteConfig;
use weft_storage::remote::connector::Connector;

/// The most bytes of what a catalog says of a table.
pub(crate) const TABLE_BYTES_MAX: usize = 128 * 1024 * 1024;
/// The most bytes of any other answer.
pub(crate) const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Requests to one catalog that are under way at the same time.
const ASKED_AT_ONCE: usize = 32;
/// Bytes of answers that are in memory at the same time, to be read, in units of [`UNIT`].
const READ_UNITS_MAX: usize = 512;
const UNIT: usize = 1024 * 1024;
/// How long is waited before a request is sent again the first time; twice as long each time after that.
const PAUSE: Duration = Duration::from_millis(100);
/// The longest that is waited in between.
const PAUSE_MAX: Duration = Duration::from_secs(5);
/// How a catalog says that a token has ended, where it does not say 401.
const TOKEN_ENDED: u16 = 419;
/// The most characters of the kind of an error.
const KIND_CHARS_MAX: usize = 64;

/// What a request is for.
pub(crate) struct Ask<'a> {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    /// A form, for tokens.
    pub(crate) body: Option<&'a str>,
    /// The most bytes of the answer.
    pub(crate) limit: usize,
}

impl Ask<'_> {
    pub(crate) fn get(url: Url, limit: usize) -> Self {
        Self { method: Method::GET, url, headers: HeaderMap::new(), body: None, limit }
    }

    fn request(&self, headers: HeaderMap) -> Request {
        let mut request = Request::new(self.method.clone(), self.url.clone());
        *request.headers_mut() = headers;
        *request.body_mut() = self.body.map(|body| body.to_owned().into());
        request
    }
}

/// What came back: 200, or 304 where that was asked for.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    /// As it stands: some catalogs do not quote it, and know it again only like that.
    pub(crate) tag: Option<String>,
    pub(crate) body: Bytes,
}

/// Asks one catalog.
pub(crate) struct Asking {
    client: Client,
    remote: RemoteConfig,
    places: Semaphore,
    room: Semaphore,
}

/// Why no answer came.
pub(crate) enum Unanswered {
    /// Whoever asks is not known, or no longer.
    Unknown(String),
    /// Anything else.
    Fault(CatalogFault),
}

impl From<Unanswered> for CatalogFault {
    fn from(why: Unanswered) -> Self {
        match why {
            Unanswered::Unknown(what) => Self::Refused(what),
            Unanswered::Fault(fault) => fault,
        }
    }
}

/// Why one request came to nothing.
enum Failed {
    /// It may come to something the next time, no sooner than this.
    Passing(String, Option<Duration>),
    Lasting(Unanswered),
}

impl Failed {
    fn lasting(fault: CatalogFault) -> Self {
        Self::Lasting(Unanswered::Fault(fault))
    }
}

impl Asking {
    /// # Errors
    /// When no client can be made.
    pub(crate) fn new(remote: &RemoteConfig, plain: bool) -> Result<Self, String> {
        let client = Connector::new(remote, plain).client(plain).map_err(|cause| cause.to_string())?;
        let (places, room) = (Semaphore::new(ASKED_AT_ONCE), Semaphore::new(READ_UNITS_MAX));
        Ok(Self { client, remote: remote.clone(), places, room })
    }

    /// Asks, again and again where that may help, for as long as the configuration says.
    ///
    /// # Errors
    /// [`Unanswered`], when no answer came in time, or another one than 200 or 304.
    pub(crate) async fn ask(&self, ask: &Ask<'_>) -> Result<Answer, Unanswered> {
        self.ask_with(ask, &|ask| Ok(ask.headers.clone())).await
    }

    /// The same, with headers that are made each time.
    ///
    /// # Errors
    /// As [`Asking::ask`], or those of making headers.
    pub(crate) async fn ask_with(
        &self,
        ask: &Ask<'_>,
        headers: &(dyn Fn(&Ask<'_>) -> Result<HeaderMap, CatalogFault> + Sync),
    ) -> Result<Answer, Unanswered> {
        let began = Instant::now();
        let mut sent = 0_u32;
        loop {
            let (what, wait) = match self.once(ask.request(headers(ask).map_err(Unanswered::Fault)?), ask.limit).await {
                Ok(answer) => return Ok(answer),
                Err(Failed::Lasting(why)) => return Err(why),
                Err(Failed::Passing(what, wait)) => (what, wait),
            };
            let pause = PAUSE.saturating_mul(1 << sent.min(10)).min(PAUSE_MAX).max(wait.unwrap_or_default());
            let late = began.elapsed().saturating_add(pause) >= self.remote.retry_time.0;
            if late || usize::try_from(sent).is_ok_and(|sent| sent >= self.remote.retries) {
                return Err(Unanswered::Fault(CatalogFault::Unreachable(what)));
            }
            sent += 1;
            tokio::time::sleep(pause).await;
        }
    }

    async fn once(&self, request: Request, limit: usize) -> Result<Answer, Failed> {
        let ending = |_| Failed::Passing("the server is ending".to_owned(), None);
        let _place = self.places.acquire().await.map_err(ending)?;
        let lost = |cause: reqwest::Error| Failed::Passing(told(&cause), None);
        let answer = self.client.execute(request).await.map_err(lost)?;
        let status = answer.status();
        let tag = answer.headers().get(ETAG).and_then(|tag| tag.to_str().ok()).map(str::to_owned);
        if status == StatusCode::NOT_MODIFIED {
            return Ok(Answer { status, tag, body: Bytes::new() });
        }
        let wait = answer.headers().get(RETRY_AFTER).and_then(|wait| wait.to_str().ok()?.parse().ok()).map(Duration::from_secs);
        let limit = if status == StatusCode::OK { limit } else { ANSWER_BYTES_MAX.min(limit) };
        let body = self.read(answer, limit).await;
        if status == StatusCode::OK {
            return Ok(Answer { status, tag, body: body? });
        }
        let kind = body.ok().and_then(|body| kind(&body)).map_or_else(String::new, |kind| format!(", {kind}"));
        let what = format!("it answers {}{kind}", status.as_u16());
        Err(match status.as_u16() {
            401 | TOKEN_ENDED => Failed::Lasting(Unanswered::Unknown(what)),
            403 => Failed::lasting(CatalogFault::Refused(what)),
            404 => Failed::lasting(CatalogFault::Missing),
            429 | 500 | 502 | 503 | 504 => Failed::Passing(what, wait),
            300..=399 => Failed::lasting(CatalogFault::Unusable(format!("{what}; no redirect is followed"))),
            _ => Failed::lasting(CatalogFault::Unusable(what)),
        })
    }

    /// The body, within a bound of its own and one of all bodies.
    async fn read(&self, mut answer: Response, limit: usize) -> Result<Bytes, Failed> {
        let mut body = BytesMut::new();
        let mut room = Vec::new();
        while let Some(more) = answer.chunk().await.map_err(|cause| Failed::Passing(told(&cause), None))? {
            if body.len() + more.len() > limit {
                return Err(Failed::lasting(CatalogFault::Unusable(format!("it has more than {limit} bytes"))));
            }
            body.extend_from_slice(&more);
            if body.len() / UNIT >= room.len() {
                // Waiting for room while holding some would have answers wait for each other.
                let unit = self.room.try_acquire();
                room.push(unit.map_err(|_| Failed::Passing("too much is read at once".to_owned(), None))?);
            }
        }
        Ok(body.freeze())
    }
}

/// What a client's error is, without the address: paths hold names, and queries may hold more.
fn told(cause: &reqwest::Error) -> String {
    if cause.is_timeout() {
        return "it did not answer in time".to_owned();
    }
    if cause.is_connect() {
        return "no connection could be made".to_owned();
    }
    "the connection broke".to_owned()
}

/// The kind of an error, as the catalog calls it. Its message and its stack are not told: they may hold anything.
fn kind(body: &[u8]) -> Option<String> {
    let said: serde_json::Value = serde_json::from_slice(body).ok()?;
    let error = said.get("error")?;
    let kind = error.get("type").unwrap_or(error).as_str()?;
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    (!kind.is_empty() && kind.len() <= KIND_CHARS_MAX && kind.chars().all(plain)).then(|| kind.to_owned())
}

impl fmt::Debug for Asking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Asking").finish_non_exhaustive()
    }
}
