//! The tables as products, for two callers: one who sees everything, and one who does not.

use std::path::Path;

use weft_engine::caller::{Caller, Settings};
use weft_engine::limits::Limits;

use super::DOMAIN;
use crate::mesh::{MeshBuilder, TestMesh, caller};

/// Contracts and policy, beside the queries.
const CATALOG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../benches/tpch/catalog");

/// The mesh over the tables that [`lay`](super::data::lay) wrote below this folder.
///
/// # Panics
/// When it does not load.
pub async fn mesh(root: &Path, limits: Limits) -> TestMesh {
    copy(Path::new(CATALOG), root);
    MeshBuilder::within(root).limits(limits).build().await
}

/// Sees everything as it is.
#[must_use]
pub fn clear() -> Caller {
    within_domain(caller("auditor", &["clear"]))
}

/// Sees no air freight, tokens for names of customers, and the first two digits of their telephone numbers.
#[must_use]
pub fn sealed() -> Caller {
    within_domain(caller("analyst", &["sealed"]))
}

fn within_domain(caller: Caller) -> Caller {
    Caller { settings: Settings { schema: Some(DOMAIN.to_owned()), ..Settings::default() }, ..caller }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
