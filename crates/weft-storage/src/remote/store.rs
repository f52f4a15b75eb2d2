//! A read-only store over one granted prefix of a bucket.

use std::fmt;
use std::ops::Range;
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore, ObjectStoreExt,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, RenameOptions, Result,
};

use crate::binding::{Pattern, depth};
use crate::readonly;
use crate::segment;

/// How many ranges of one file are asked for at the same time.
const RANGES_AT_ONCE: usize = 16;
/// The store's name in errors.
const STORE: &str = "remote";

/// The objects below one granted prefix.
///
/// Paths are keys below the prefix. What belongs to another, longer binding is not there: not to be read, and not in
/// listings. Nothing can be written.
#[derive(Clone)]
pub(crate) struct RemoteStore {
    bucket: Arc<dyn ObjectStore>,
    /// The granted prefix, as keys begin.
    prefix: Path,
    /// Where the bucket stands among bindings.
    place: PathBuf,
    /// Prefixes that belong to other bindings.
    closed: Arc<[Pattern]>,
    name: Arc<str>,
}

impl RemoteStore {
    /// A store over a prefix; `grant` is where it stands among bindings.
    pub(crate) fn new(
        bucket: Arc<dyn ObjectStore>,
        place: PathBuf,
        grant: &FilePath,
        closed: Vec<Pattern>,
        name: Arc<str>,
    ) -> Option<Self> {
        let prefix = Path::parse(grant.strip_prefix(&place).ok()?.to_str()?).ok()?;
        let own = depth(grant);
        let closed = closed.into_iter().filter(|pattern| pattern.depth() > own).collect();
        Some(Self { bucket, prefix, place, closed, name })
    }

    /// The key of a location, if the grant holds it.
    fn key(&self, location: &Path) -> Result<Path> {
        let mut place = self.place.clone();
        let mut key = self.prefix.clone();
        place.extend(self.prefix.parts().map(|part| part.as_ref().to_owned()));
        for part in location.parts() {
            segment::check(part.as_ref()).map_err(|_| not_found(location))?;
            place.push(part.as_ref());
            let text = if key.is_root() { part.as_ref().to_owned() } else { format!("{key}/{}", part.as_ref()) };
            key = Path::parse(text).map_err(|_| not_found(location))?;
        }
        if self.closed.iter().any(|pattern| pattern.owns(&place, false)) {
            tracing::warn!(binding = %self.name, %location, "refused a location that belongs to another binding");
            return Err(not_found(location));
        }
        Ok(key)
    }

    /// What a listing says of an object; `None` for what belongs to another binding. What has a name under which
    /// nothing is read is an error: without it the answer would lack its rows.
    fn seen(&self, meta: ObjectMeta) -> Result<Option<ObjectMeta>> {
        let Some(location) = self.inside(&meta.location) else { return Ok(None) };
        if let Some((part, fault)) =
            location.parts().find_map(|part| Some((part.as_ref().to_owned(), segment::check(part.as_ref()).err()?)))
        {
            let source = format!("`{}` is listed and not read: its name {fault}", part.escape_debug()).into();
            // It will be so the next time.
            return Err(Error::NotSupported { source });
        }
        Ok(self.key(&location).is_ok().then_some(ObjectMeta { location, ..meta }))
    }

    /// A key as a location below the prefix.
    fn inside(&self, key: &Path) -> Option<Path> {
        let parts: Vec<_> = key.prefix_match(&self.prefix)?.map(|part| part.as_ref().to_owned()).collect();
        Path::parse(parts.join("/")).ok()
    }

    /// Errors with the location that was asked for, and no address behind which credentials could stand.
    fn told(location: &Path, error: Error) -> Error {
        match error {
            Error::NotFound { .. } => not_found(location),
            Error::Precondition { source, .. } => Error::Precondition { path: location.to_string(), source },
            Error::NotModified { source, .. } => Error::NotModified { path: location.to_string(), source },
            other => {
                let text = redacted(&other.to_string());
                let text = if redirected(&text) { format!("{text}; no redirect is followed") } else { text };
                Error::Generic { store: STORE, source: text.into() }
            }
        }
    }
}

#[async_trait]
impl ObjectStore for RemoteStore {
    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        let key = self.key(location)?;
        let mut found = self.bucket.get_opts(&key, options).await.map_err(|error| Self::told(location, error))?;
        found.meta.location = location.clone();
        Ok(found)
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        let key = self.key(location)?;
        stream::iter(ranges.to_vec())
            .map(|range| {
                let key = &key;
                async move {
                    let wanted = range.end.saturating_sub(range.start);
                    let bytes = self.bucket.get_range(key, range).await.map_err(|error| Self::told(location, error))?;
                    if u64::try_from(bytes.len()) == Ok(wanted) { Ok(bytes) } else { Err(short(wanted, bytes.len())) }
                }
            })
            .buffered(RANGES_AT_ONCE)
            .try_collect()
            .await
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        let here = prefix.cloned().unwrap_or_default();
        let store = self.clone();
        match self.key(&here) {
            Err(_) => stream::empty().boxed(),
            Ok(key) => self
                .bucket
                .list((!key.is_root()).then_some(&key))
                .map_err(move |error| Self::told(&here, error))
                .try_filter_map(move |meta| std::future::ready(store.seen(meta)))
                .boxed(),
        }
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        let here = prefix.cloned().unwrap_or_default();
        let key = self.key(&here)?;
        let found = self.bucket.list_with_delimiter((!key.is_root()).then_some(&key)).await;
        let found = found.map_err(|error| Self::told(&here, error))?;
        let objects = found.objects.into_iter().filter_map(|meta| self.seen(meta).transpose()).collect::<Result<_>>()?;
        let folders = found.common_prefixes.iter().filter_map(|key| self.inside(key));
        Ok(ListResult { common_prefixes: folders.filter(|location| self.key(location).is_ok()).collect(), objects })
    }

    async fn put_opts(&self, _: &Path, _: PutPayload, _: PutOptions) -> Result<PutResult> {
        Err(readonly::refused())
    }

    async fn put_multipart_opts(&self, _: &Path, _: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        Err(readonly::refused())
    }

    fn delete_stream(&self, _: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        readonly::delete_refused()
    }

    async fn copy_opts(&self, _: &Path, _: &Path, _: CopyOptions) -> Result<()> {
        Err(readonly::refused())
    }

    async fn rename_opts(&self, _: &Path, _: &Path, _: RenameOptions) -> Result<()> {
        Err(readonly::refused())
    }
}

/// True for the error of an answer that points elsewhere.
fn redirected(text: &str) -> bool {
    let status = text.split_once("status code: ").and_then(|(_, status)| status.get(..3));
    status.is_some_and(|status| matches!(status, "301" | "302" | "303" | "307" | "308"))
}

fn not_found(location: &Path) -> Error {
    Error::NotFound { path: location.to_string(), source: "nothing is found there".into() }
}

fn short(wanted: u64, got: usize) -> Error {
    Error::Generic { store: STORE, source: format!("{wanted} bytes were asked for, and {got} came").into() }
}

/// The longest text of a service that is passed on.
const TOLD_CHARS_MAX: usize = 300;

/// The first line of an error, without the pages that services send and the queries of addresses: signatures and tokens
/// stand there.
fn redacted(text: &str) -> String {
    let first = text.lines().next().unwrap_or_default();
    let first = first.split_once(": <").map_or(first, |(before, _)| before);
    let mut out = String::with_capacity(first.len());
    let mut query = false;
    for c in first.chars().take(TOLD_CHARS_MAX) {
        match c {
            '?' => {
                out.push_str("?…");
                query = true;
            }
            c if c.is_whitespace() || matches!(c, '"' | ')' | '<' | '>') => {
                query = false;
                out.push(c);
            }
            _ if query => {}
            c => out.push(c),
        }
    }
    out
}

impl fmt::Display for RemoteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "weft({})", self.name)
    }
}

impl fmt::Debug for RemoteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RemoteStore({})", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_show_no_queries() {
        let page = "Error performing GET http://h/b?list-type=2 - Server returned non-2xx status code: 403: <?xml …";
        assert_eq!(redacted(page), "Error performing GET http://h/b?… - Server returned non-2xx status code: 403");
        let text = "error for url (https://a.blob.core.windows.net/c/x?sv=1&sig=SECRET) after 3 retries: HTTP 403";
        assert_eq!(redacted(text), "error for url (https://a.blob.core.windows.net/c/x?…) after 3 retries: HTTP 403");
    }
}
