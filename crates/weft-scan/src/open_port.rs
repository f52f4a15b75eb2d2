//! A table that was opened.

use std::fmt;
use std::sync::Arc;

use datafusion_common::ColumnStatistics;
use datafusion_physical_expr_common::physical_expr::PhysicalExpr;
use weft_model::column::Column;
use weft_model::contract::SchemaObject;
use weft_model::restriction::Restrictions;
use weft_port::error::Error;
use weft_port::file::LakeFile;
use weft_port::location::PortLocation;
use weft_port::snapshot::PortSnapshot;

use crate::bind::Origin;
use crate::chosen::{Chosen, Wanted};
use crate::footer::FooterCache;
use crate::panicking::caught_future;

/// What Arrow calls the sixteen bytes of a UUID.
const UUID: &str = "arrow.uuid";
/// What tags and values of a file take, about.
const FILE_BYTES: usize = 100;

/// A table that was opened and bound to its contract. It is no `TableProvider`: planning it needs a decision.
pub struct OpenPort {
    pub(crate) location: PortLocation,
    pub(crate) format: &'static str,
    pub(crate) snapshot: Arc<dyn PortSnapshot>,
    pub(crate) object: Arc<SchemaObject>,
    pub(crate) origins: Vec<Origin>,
    pub(crate) in_folders: Vec<bool>,
    pub(crate) never_null: Vec<bool>,
    /// The files, where they were listed and looked at when the table was opened; otherwise the snapshot is asked.
    pub(crate) listed: Option<Arc<Chosen>>,
    pub(crate) rows: Option<u64>,
    pub(crate) footers: Arc<FooterCache>,
}

impl OpenPort {
    /// The table this port serves.
    #[must_use]
    pub fn object(&self) -> &Arc<SchemaObject> {
        &self.object
    }

    /// What a catalog withholds from whoever the table was opened for; absent where nothing but policy decides.
    #[must_use]
    pub fn restrictions(&self) -> Option<&Restrictions> {
        self.location.restrictions.as_deref()
    }

    /// True for the number of a column of the table that the contract does not declare, and that nobody sees therefore.
    #[must_use]
    pub fn undeclared(&self, field_id: i32) -> bool {
        let state = self.snapshot.state();
        let of_table = state.field_ids.iter().find(|(_, id)| *id == field_id);
        of_table.is_some_and(|(name, _)| !self.object.columns.iter().any(|column| *column.physical_name == **name))
    }

    /// By which number the table knows each column of the contract, where it numbers them and both mean the same by a value: a
    /// UUID that the contract takes for a text compares otherwise.
    #[must_use]
    pub fn field_ids(&self) -> Vec<Option<i32>> {
        let state = self.snapshot.state();
        let id = |column: &Column| {
            let (name, id) = state.field_ids.iter().find(|(name, _)| **name == *column.physical_name)?;
            let uuid = state.schema.field_with_name(name).is_ok_and(|field| field.extension_type_name() == Some(UUID));
            (!uuid).then_some(*id)
        };
        self.object.columns.iter().map(id).collect()
    }

    /// The version of the snapshot.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.snapshot.state().version
    }

    /// True where older versions can be opened too.
    #[must_use]
    pub fn keeps_history(&self) -> bool {
        self.listed.is_none()
    }

    /// The number of rows, if the metadata that was read says so.
    #[must_use]
    pub fn rows(&self) -> Option<u64> {
        self.rows
    }

    /// About how many bytes it holds in memory.
    #[must_use]
    pub fn held(&self) -> usize {
        let file = |file: &LakeFile| size_of::<LakeFile>() + file.meta.location.as_ref().len() + FILE_BYTES;
        let listed = self.listed.as_ref().map_or(0, |listed| {
            let known = listed.statistics.iter().flatten().map(|known| known.column_statistics.len());
            listed.files.iter().map(file).sum::<usize>() + known.sum::<usize>() * size_of::<ColumnStatistics>()
        });
        self.snapshot.state().held + listed + size_of::<Self>()
    }

    /// True when column `at` of the contract cannot hold a NULL: the contract promises it, and the schema of every file
    /// bears it out. A promise alone is not believed.
    #[must_use]
    pub fn never_null(&self, at: usize) -> bool {
        self.never_null.get(at).copied().unwrap_or(false)
    }

    /// True when the names of folders carry the values of contract column `at`, whether or not it is read from there, or when
    /// the table puts rows into files by them.
    #[must_use]
    pub fn in_folders(&self, at: usize) -> bool {
        self.in_folders.get(at).copied().unwrap_or(true)
    }

    pub(crate) fn in_folder(&self, at: usize) -> bool {
        self.origins.get(at) == Some(&Origin::Folder)
    }

    /// The files that may hold rows which a predicate keeps, for a leaf that knows these columns of the contract. Column
    /// indices of the predicate are positions among them.
    ///
    /// # Errors
    /// When the format's metadata cannot be read, or does not fit the contract.
    pub async fn choose(
        &self,
        columns: &[usize],
        predicate: Option<&Arc<dyn PhysicalExpr>>,
    ) -> Result<Arc<Chosen>, Error> {
        if let Some(listed) = &self.listed {
            return Ok(Arc::clone(listed));
        }
        let (snapshot, object, origins) = (&*self.snapshot, &*self.object, &*self.origins);
        let wanted = Wanted { snapshot, object, origins, columns, predicate };
        let chosen = caught_future(wanted.chosen()).await.unwrap_or_else(|| {
            let (file, cause) = (self.location.spelled.to_string(), "the decoder broke off".to_owned());
            Err(Error::Corrupt { file, format: self.format, cause })
        })?;
        Ok(Arc::new(chosen))
    }
}

impl fmt::Debug for OpenPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenPort").field("object", &self.object.name).field("snapshot", &self.snapshot).finish()
    }
}
