//! A mesh, or a part of one: everything that loading it complains about, and its users.

use std::path::Path;
use std::sync::Arc;

use weft_catalog::catalog::ProductCatalog;
use weft_catalog::error::Error;
use weft_catalog::snapshot::CatalogSnapshot;
use weft_model::finding::Finding;

use super::place::Place;
use super::{Asked, Tally, bind, loose};
use crate::error::Failure;
use crate::findings::Findings;
use crate::mesh::{self, spelled};
use crate::wiring;

/// Judges a mesh.
pub(super) async fn judge(
    root: &Path,
    asked: &Asked,
    bind: bool,
    findings: &mut Findings,
    tally: &mut Tally,
) -> Result<(), Failure> {
    tally.meshes += 1;
    let whole = Place { spelled: asked.spelled.clone(), real: root.to_owned() };
    let snapshot = match mesh::open(&asked.config, root) {
        Ok(catalog) => catalog.snapshot().await.map_err(Failure::unmet("loading the mesh"))?,
        Err(Error::Board { findings: found }) => {
            // Without the board's policy nothing can be judged, so its faults are told whatever was asked about.
            for finding in found {
                findings.add(finding, |file| called(file, root, &whole, &[]).unwrap_or_else(|| file.to_owned()));
            }
            return Ok(());
        }
        Err(other) => return Err(Failure::unmet("loading the mesh")(other)),
    };
    if asked.parts.is_empty() {
        // Not a file of the mesh: its name is its own.
        users(asked, root, &mut |finding: Finding| findings.add(finding, str::to_owned))?;
    }
    let mut add = |finding: Finding| {
        if let Some(name) = called(&finding.place.file, root, &whole, &asked.parts) {
            findings.add(finding, |_| name);
        }
    };
    for problem in snapshot.problems() {
        add(problem.finding.clone());
    }
    count(&snapshot, root, asked, tally);
    if bind {
        let concerned = |file: &str| called(file, root, &whole, &asked.parts).is_some();
        tally.tables += bind::judge(&asked.config, root, &snapshot, &concerned, &mut add).await?;
    }
    Ok(())
}

/// How a file of the mesh is called; `None` when nobody asked about it.
fn called(file: &str, root: &Path, whole: &Place, parts: &[Place]) -> Option<String> {
    let path = root.join(file);
    if parts.is_empty() {
        return whole.name(&path).or_else(|| Some(path.display().to_string()));
    }
    parts.iter().find_map(|part| part.name(&path))
}

/// Judges the users that the mesh's server knows.
fn users(asked: &Asked, root: &Path, add: &mut impl FnMut(Finding)) -> Result<(), Failure> {
    let path = spelled(&wiring::users_path(&asked.config, root));
    if asked.config.auth.users.is_none() && !path.exists() {
        return Ok(());
    }
    loose::users(&path.display().to_string(), &super::kind::read(&path)?, add);
    Ok(())
}

/// Counts the products that were asked about.
fn count(snapshot: &Arc<CatalogSnapshot>, root: &Path, asked: &Asked, tally: &mut Tally) {
    let concerned =
        |file: &str| asked.parts.is_empty() || asked.parts.iter().any(|part| part.name(&root.join(file)).is_some());
    let products = snapshot.products().iter().filter(|product| {
        let contracts = product.ports.iter().map(|port| &port.contract.place.file);
        std::iter::once(&product.place.file).chain(contracts).any(|file| concerned(file))
    });
    let broken =
        snapshot.broken().iter().filter(|broken| broken.findings.iter().any(|finding| concerned(&finding.place.file)));
    let (sound, broken) = (products.count(), broken.count());
    tally.products += sound + broken;
    tally.broken += broken;
}
