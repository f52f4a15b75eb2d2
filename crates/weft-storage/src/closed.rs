//! A store that refuses every call.

use std::fmt;

use async_trait::async_trait;
use futures::stream::{self, BoxStream, StreamExt};
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, RenameOptions, Result,
};

use crate::readonly;

/// The only store a session's registry knows, under `weft://closed`: scans carry their own stores, so whatever comes
/// here has found a way around them and is turned away.
#[derive(Clone, Copy, Debug, Default)]
pub struct ClosedStore;

fn closed(location: Option<&Path>) -> Error {
    tracing::warn!("refused a read through the session's store registry");
    let path = location.map(ToString::to_string).unwrap_or_default();
    Error::PermissionDenied { path, source: "this store is closed".into() }
}

#[async_trait]
impl ObjectStore for ClosedStore {
    async fn get_opts(&self, location: &Path, _: GetOptions) -> Result<GetResult> {
        Err(closed(Some(location)))
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        let error = closed(prefix);
        stream::once(async { Err(error) }).boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        Err(closed(prefix))
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

impl fmt::Display for ClosedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("closed")
    }
}
