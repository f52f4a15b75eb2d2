//! `--bind`: every table opened the way a query opens it.

use std::path::Path;
use std::sync::Arc;

use weft_port::reader::AsOf;
use weft_catalog::server::READABLE;
use weft_catalog::snapshot::CatalogSnapshot;
use weft_catalog::target::{Target, status_on};
use weft_engine::ports::Unopened;
use weft_engine::turn::Turn;
use weft_model::finding::Finding;
use weft_model::place::Place;
use weft_model::report::Report;
use weft_model::version::Lifecycle;
use weft_port::error::Error;

use crate::config::Config;
use crate::error::Failure;
use crate::{mesh, wiring};

/// No server can be read in the configured environments.
const NO_SERVER: &str = "BIND-001";

/// Opens every table of the products that `concerned` says yes to; how many there were.
///
/// Drafts may have no data yet, so that what is wrong with one is only a warning.
pub(super) async fn judge(
    config: &Config,
    root: &Path,
    snapshot: &Arc<CatalogSnapshot>,
    concerned: &dyn Fn(&str) -> bool,
    add: &mut impl FnMut(Finding),
) -> Result<usize, Failure> {
    let ports = wiring::ports(config, root, &config.limits())?;
    let today = mesh::today(wiring::now());
    let mut opened = 0;
    for product in snapshot.products() {
        for port in &product.ports {
            let status = status_on(product, port, today);
            let file = &port.contract.place.file;
            if matches!(status, Lifecycle::Proposed | Lifecycle::Retired)
                || !(concerned(file) || concerned(&product.place.file))
            {
                continue;
            }
            for object in &port.contract.objects {
                let target = Target {
                    product: Arc::clone(product),
                    port: Arc::new(port.clone()),
                    object: Arc::clone(object),
                    status,
                    pinned_version: true,
                };
                opened += 1;
                if let Err(cause) = ports.open(&target, &AsOf::Latest, None, None, &Turn::default()).await {
                    add(finding(&target, &cause, snapshot));
                }
            }
        }
    }
    Ok(opened)
}

/// What keeps a table from being opened, at the line of the contract that is to blame.
fn finding(target: &Target, cause: &Unopened, snapshot: &CatalogSnapshot) -> Finding {
    let contract = &target.port.contract;
    let server = || {
        let chosen = snapshot.server(contract, &READABLE);
        chosen.map_or_else(|| target.object.place.clone(), |server| server.place.clone())
    };
    let (code, place, hint): (_, Place, _) = match cause {
        Unopened::NoServer => (
            NO_SERVER,
            contract.place.clone(),
            Some("Name the environment of one of its servers in `mesh.environments`, or add a server.".to_owned()),
        ),
        Unopened::Storage(error) => (error.code().id, server(), error.hint()),
        // Nobody else waits for a turn here.
        Unopened::Turn(_) => (NO_SERVER, server(), None),
        Unopened::Port(error) => match &**error {
            Error::Unbound { column, .. } => {
                let place = target.object.column(column).map(|column| column.place.clone());
                let hint = "Correct the contract, or have the producer write what it promises.";
                (error.code().id, place.unwrap_or_else(|| target.object.place.clone()), Some(hint.to_owned()))
            }
            Error::Empty { .. } => {
                let hint = "Check the path; a relative one starts at the mesh root.";
                (error.code().id, server(), Some(hint.to_owned()))
            }
            _ => (error.code().id, server(), error.hint()),
        },
    };
    let message = format!("`{}` {} cannot be opened: {cause}", target.product.name, target.port.version);
    let finding = match target.status {
        Lifecycle::Draft => Finding::warning(code, place, message),
        _ => Finding::error(code, place, message),
    };
    match hint {
        Some(hint) => finding.hint(hint),
        None => finding,
    }
}
