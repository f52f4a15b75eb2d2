//! `weft doctor`: whether a server would start here, and what it would lack.

mod files;
mod report;
mod resources;

use std::path::Path;

use weft_catalog::catalog::ProductCatalog;
use weft_model::finding::Severity;
use weft_model::report::Report as _;

use crate::cli::{DoctorArgs, Output};
use crate::config::Config;
use crate::error::Failure;
use crate::findings::count;
use crate::{mesh, wiring};

use self::report::Report;

/// Looks at everything a server needs.
///
/// # Errors
/// [`Failure::Found`] when something would keep a server from starting.
pub async fn doctor(named: Option<&Path>, args: &DoctorArgs, output: Output) -> Result<(), Failure> {
    let mut report = Report::default();
    if let Some(config) = configuration(named, args, &mut report)? {
        match config.catalog() {
            Ok(root) => {
                let root = mesh::spelled(&root);
                mesh(&config, &root, &mut report).await;
                files::users(&config, &root, &mut report);
                storage(&config, &root, &mut report);
            }
            Err(failure) => report.fail("mesh", failure.to_string(), "`weft init DIR` writes a folder that serves."),
        }
        files::tokens(&config, &mut report);
        files::keys(&config, &mut report);
        files::audit(&config, &mut report);
        resources::ports(&config, &mut report);
        resources::memory(&config, &mut report);
        resources::spill(&config, &mut report);
    }
    report.print(output)
}

/// The configuration that a server would have.
fn configuration(named: Option<&Path>, args: &DoctorArgs, report: &mut Report) -> Result<Option<Config>, Failure> {
    let here = Path::new("weft.yaml");
    let path = named.or_else(|| here.exists().then_some(here));
    match (Config::load(named), path) {
        (Err(failure), _) => {
            report.fail("configuration", failure.to_string(), "`weft init` writes one with every setting.");
            Ok(None)
        }
        (Ok(mut config), path) => {
            match path {
                Some(path) => report.ok("configuration", format!("`{}`", path.display())),
                None => report.warn(
                    "configuration",
                    "there is no ./weft.yaml, so that every setting has its default".to_owned(),
                    "Name one with --config, or let `weft init` write one.",
                ),
            }
            if let Some(folder) = &args.catalog {
                config.place_mesh(folder)?;
            }
            Ok(Some(config))
        }
    }
}

/// The contracts and policies.
async fn mesh(config: &Config, root: &Path, report: &mut Report) {
    let snapshot = match mesh::open(config, root) {
        Ok(catalog) => catalog.snapshot().await,
        Err(error) => Err(error),
    };
    let snapshot = match snapshot {
        Ok(snapshot) => snapshot,
        Err(error) => {
            let hint = error.hint().unwrap_or_else(|| "`weft validate` says more.".to_owned());
            return report.fail("mesh", format!("`{}`: {error}", root.display()), &hint);
        }
    };
    let products = count(snapshot.products().len(), "product");
    let errors = snapshot.problems().iter().filter(|problem| problem.finding.severity == Severity::Error).count();
    let says = format!("`{}` with {products}", root.display());
    match (errors, snapshot.products().is_empty()) {
        (0, false) => report.ok("mesh", says),
        (0, true) => report.warn("mesh", says, "Put a product into it, or name another folder with `mesh.catalog`."),
        (errors, _) => {
            let broken = snapshot.broken().len();
            let says = format!("{says}, {broken} broken, {}", count(errors, "error"));
            report.warn("mesh", says, "`weft validate` lists what is wrong, and where.");
        }
    }
    let masked = snapshot.products().iter().flat_map(|product| &product.ports).any(|port| {
        let columns = port.contract.objects.iter().flat_map(|object| &object.columns);
        columns.into_iter().any(|column| column.token_domain.is_some())
    });
    if masked && config.keys.token.is_none() {
        let says = "there is no key for tokens, so that columns masked as tokens are NULL".to_owned();
        report.warn("keys.token", says, "Put 64 random hexadecimal digits into a file and name it under `keys.token`.");
    }
    if snapshot.domains().len() > 1 && config.storage.bindings.is_empty() {
        let says = "without bindings, every domain may name every other domain's files".to_owned();
        let hint = "Add `{name: lake, prefix: \"./data/{domain}/\", domains: [\"*\"]}` to `storage.bindings`.";
        report.warn("storage.bindings", says, hint);
    }
}

/// The places where data lies.
fn storage(config: &Config, root: &Path, report: &mut Report) {
    if let Err(failure) = wiring::ports(config, root, &config.limits()) {
        return report.fail("storage", failure.to_string(), &failure.hint().unwrap_or_default());
    }
    let roots = std::iter::once(root.to_owned()).chain(config.storage.local_roots.iter().cloned());
    for folder in roots {
        if let Err(cause) = std::fs::read_dir(&folder) {
            let says = format!("`{}` cannot be listed: {cause}", folder.display());
            return report.fail("storage", says, "Let the user that runs the server read the folder.");
        }
    }
    let says = format!(
        "{} and {}, readable",
        count(1 + config.storage.local_roots.len(), "root"),
        count(config.storage.bindings.len(), "binding")
    );
    report.ok("storage", says);
}
