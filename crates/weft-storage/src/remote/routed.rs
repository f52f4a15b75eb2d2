//! A bucket of which parts are reached with different keys.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use futures::stream::{self, BoxStream, StreamExt};
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, RenameOptions, Result,
};

use crate::readonly;

/// One client for each prefix of keys; the longest that a key begins with is asked.
#[derive(Clone, Debug)]
pub(crate) struct Routed {
    /// The longest first.
    routes: Vec<(String, Arc<dyn ObjectStore>)>,
}

impl Routed {
    pub(crate) fn new(mut routes: Vec<(String, Arc<dyn ObjectStore>)>) -> Self {
        routes.sort_by_key(|(prefix, _)| std::cmp::Reverse(prefix.len()));
        Self { routes }
    }

    fn route(&self, key: &Path) -> Result<&Arc<dyn ObjectStore>> {
        let found = self.routes.iter().find(|(prefix, _)| key.as_ref().starts_with(prefix));
        found.map(|(_, bucket)| bucket).ok_or_else(|| Error::PermissionDenied {
            path: key.to_string(),
            source: "the catalog lends no keys to it".into(),
        })
    }
}

#[async_trait]
impl ObjectStore for Routed {
    async fn get_opts(&self, key: &Path, options: GetOptions) -> Result<GetResult> {
        self.route(key)?.get_opts(key, options).await
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        match self.route(&prefix.cloned().unwrap_or_default()) {
            Ok(bucket) => bucket.list(prefix),
            Err(error) => stream::once(async { Err(error) }).boxed(),
        }
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.route(&prefix.cloned().unwrap_or_default())?.list_with_delimiter(prefix).await
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

impl fmt::Display for Routed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("routed")
    }
}
