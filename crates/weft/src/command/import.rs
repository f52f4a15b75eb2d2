//! `weft import`: contracts of data that is there already.

mod carry;
mod contract;
mod detect;
mod emit;
mod kept;
mod made;
mod mesh;
mod names;
mod pii;
mod report;
mod spelling;
mod survey;
mod tree;
mod veil;
mod writing;

use std::sync::Arc;

use crate::cli::Output;
use crate::cli::import::ImportArgs;
use crate::config::Config;
use crate::error::Failure;
use crate::wiring;

use self::contract::Draft;
use self::mesh::Place;
use self::report::Imported;

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
        let location = place.location(spelled)?;
        let name = names::product(args.product.as_deref(), spelled)?;
        let storage = Arc::new(wiring::storage(&place.config, &place.root)?);
        let survey = survey::survey(&storage, &domain, &name, &location, args.format).await;
        let lacks = place.lacks(&location, domain.as_str());
        let survey = survey.map_err(|failure| match lacks {
            Some(hint) => failure.hinted(hint),
            None => failure,
        })?;
        let draft = Draft { domain: domain.as_str(), product: &name, location: &location, args, survey: &survey };
        let made = made::made(&place.root, &draft, &place.config.mesh.variables)?;
        imported.push(Imported::new(spelled.clone(), &draft, made));
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
