//! `weft import`: contracts of data that is there already.

mod carry;
mod contract;
mod detect;
mod drafted;
mod emit;
mod kept;
mod made;
mod mesh;
mod names;
mod pii;
mod report;
mod source;
mod spelling;
mod survey;
mod tree;
mod veil;
mod writing;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use weft_storage::storage::Storage;

use crate::cli::Output;
use crate::cli::import::ImportArgs;
use crate::config::{Config, Discover};
use crate::error::Failure;
use crate::wiring;

use self::contract::Draft;
use self::mesh::Place;
use self::report::Imported;
use self::source::Source;

/// Looks at every location and writes, or compares, a product for each; `named` says that a configuration was named.
///
/// # Errors
/// [`Failure::Found`] when a product that is there differs and `--write` is not given, others when data cannot be
/// described.
pub async fn import(config: &Config, args: &ImportArgs, named: bool, output: Output) -> Result<(), Failure> {
    if args.product.is_some() && args.locations.len() > 1 {
        return Err(Failure::Setup("--product names one product, and there are several locations".to_owned())
            .hinted("Import them one by one, or leave --product out."));
    }
    let domain = names::domain(&args.domain)?;
    let mut place = Place::of(config, args.into.as_deref(), named)?;
    let mut imported = Vec::with_capacity(args.locations.len());
    for spelled in &args.locations {
        // A location may add to what may be read; a catalog is asked by one client for all of its tables.
        let location = if source::is_catalog(spelled) { None } else { Some(place.location(spelled)?) };
        let storage = wiring::storage(&place.config, &place.root)?;
        let sources = match location {
            Some(location) => vec![(spelled.clone(), Source::Location(location))],
            None => source::tables(&place.config.storage.catalogs, &storage, &domain, spelled).await?,
        };
        for (spelled, source) in sources {
            let name = source.product(args.product.as_deref(), &spelled)?;
            let survey = survey::survey(&storage, &domain, &name, &source, args.format).await;
            let lacks = match &source {
                Source::Location(location) => place.lacks(location, domain.as_str()),
                Source::Catalog { .. } => None,
            };
            let survey = survey.map_err(|failure| match lacks {
                Some(hint) => failure.hinted(hint),
                None => failure,
            })?;
            let draft = Draft { domain: domain.as_str(), product: &name, source: &source, args, survey: &survey };
            let made = made::made(&place.root, &draft, &place.config.mesh.variables)?;
            imported.push(Imported::new(spelled, &draft, made));
        }
    }
    if let Some(twice) = imported.iter().enumerate().find_map(|(at, one)| {
        imported.iter().skip(at + 1).find(|other| other.product == one.product).map(|_| &one.product)
    }) {
        return Err(Failure::Setup(format!("two locations would become the product `{twice}`"))
            .hinted("Import them one by one, each with a --product of its own."));
    }
    let lost: Vec<&str> = imported.iter().flat_map(|one| &one.lost).map(String::as_str).collect();
    if args.write && !args.drop_columns && !lost.is_empty() {
        return Err(Failure::Setup(format!("the data has no longer what contracts describe: {}", lost.join(", ")))
            .hinted("See that the location is the right one; --drop-columns writes the contract without what is gone."));
    }
    let changed = imported.iter().any(Imported::differs);
    if !changed || args.write {
        for file in imported.iter().flat_map(|one| &one.files) {
            if file.before.as_ref() != Some(&file.text) {
                writing::put(&place.root, &file.below, &file.text)?;
            }
        }
        place.write()?;
    }
    report::print(&imported, &place, args, output)?;
    if changed && !args.write { Err(Failure::Found) } else { Ok(()) }
}

/// The files of products over every table below a namespace of a catalog, by their paths below the mesh, and what stands
/// against the others.
///
/// # Errors
/// When the catalog does not say which tables there are.
pub async fn discovered(
    config: &Config,
    storage: &Storage,
    entry: &Discover,
) -> Result<(BTreeMap<Arc<str>, Arc<str>>, Vec<String>), Failure> {
    let domain = names::domain(&entry.domain)?;
    let below = source::below(&entry.catalog, &entry.namespace);
    let (mut files, mut others): (BTreeMap<Arc<str>, Arc<str>>, _) = (BTreeMap::new(), Vec::new());
    let mut twice = BTreeSet::new();
    for (spelled, source) in source::tables(&config.storage.catalogs, storage, &domain, &below).await? {
        match drafted::drafted(storage, &domain, &spelled, &source).await {
            Ok(made) => {
                for (path, text) in made {
                    let path: Arc<str> = Arc::from(path);
                    if files.insert(Arc::clone(&path), Arc::from(text)).is_some() {
                        twice.insert(path);
                    }
                }
            }
            Err(failure) => others.push(format!("`{}`: {failure}", spelled.escape_debug())),
        }
    }
    // Which of two tables a name means, nobody can tell.
    for path in twice {
        others.push(format!("`{path}` would be of two tables"));
        files.remove(&path);
    }
    Ok((files, others))
}
