//! A read-only object store over one granted folder of the local disk.

use std::fmt;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use object_store::path::Path;
use object_store::{
    Attributes, CopyOptions, Error, GetOptions, GetRange, GetResult, GetResultPayload, ListResult, MultipartUpload,
    ObjectMeta, ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, RenameOptions, Result,
};

use crate::blocking;
use crate::jail::{Jail, STORE};
use crate::meta::object_meta;
use crate::readonly;
use crate::walk::{self, Walk};

/// The files of one granted folder.
///
/// Paths are names on disk as they stand: nothing is percent-encoded or decoded on the way.
/// Every call resolves links anew; what leads out of the folder reads like a file that does not exist, and a listing
/// that meets such a link fails, because leaving a file out would give a wrong answer. Nothing can be written.
#[derive(Clone)]
pub struct JailedStore {
    jail: Arc<Jail>,
    name: Arc<str>,
}

impl JailedStore {
    pub(crate) fn new(jail: Arc<Jail>, name: Arc<str>) -> Self {
        Self { jail, name }
    }
}

#[async_trait]
impl ObjectStore for JailedStore {
    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        let (jail, location) = (Arc::clone(&self.jail), location.clone());
        blocking::run(move || {
            let (file, metadata) = jail.open(&location).map_err(|refusal| jail.error(&location, refusal))?;
            // Errors while reading show this path, so it is the one the reader asked for.
            let shown = PathBuf::from(location.as_ref());
            let meta = object_meta(location, &metadata);
            options.check_preconditions(&meta)?;
            let range = match options.range {
                Some(range) => range.as_range(meta.size).map_err(generic)?,
                None => 0..meta.size,
            };
            Ok(GetResult {
                payload: GetResultPayload::File(file, shown),
                attributes: Attributes::default(),
                range,
                meta,
            })
        })
        .await
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        let (jail, location, ranges) = (Arc::clone(&self.jail), location.clone(), ranges.to_vec());
        blocking::run(move || {
            let (mut file, metadata) = jail.open(&location).map_err(|refusal| jail.error(&location, refusal))?;
            ranges.into_iter().map(|range| read(&mut file, range, metadata.len())).collect()
        })
        .await
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        walk::stream(Walk::new(Arc::clone(&self.jail), prefix.cloned().unwrap_or_default()))
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        let (jail, prefix) = (Arc::clone(&self.jail), prefix.cloned().unwrap_or_default());
        blocking::run(move || walk::one_level(&jail, &prefix)).await
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

/// Reads one range, cut off at the end of the file.
fn read(file: &mut File, range: Range<u64>, file_bytes: u64) -> Result<Bytes> {
    let range = GetRange::Bounded(range).as_range(file_bytes).map_err(generic)?;
    let wanted = range.end - range.start;
    let mut buffer = Vec::with_capacity(usize::try_from(wanted).map_err(generic)?);
    file.seek(SeekFrom::Start(range.start)).map_err(generic)?;
    let got = file.take(wanted).read_to_end(&mut buffer).map_err(generic)?;
    if u64::try_from(got) != Ok(wanted) {
        return Err(Error::Generic { store: STORE, source: "the file became shorter while it was read".into() });
    }
    Ok(buffer.into())
}

fn generic(source: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::Generic { store: STORE, source: Box::new(source) }
}

impl fmt::Display for JailedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "weft({})", self.name)
    }
}

impl fmt::Debug for JailedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JailedStore({})", self.name)
    }
}
