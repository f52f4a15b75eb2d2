//! Products of tables that nobody described: what a catalog says of them, and nothing beside.

use std::collections::BTreeMap;
use std::path::Path;

use weft_model::name::DomainName;
use weft_storage::storage::Storage;

use crate::cli::import::ImportArgs;
use crate::error::Failure;

use super::contract::{self, Draft};
use super::made::contract_of;
use super::source::Source;
use super::survey;

/// The files of a product over one table, by their paths below the mesh: columns and types as the catalog has them, no
/// classification and no role, so that nobody sees anything of it until a policy says so.
///
/// # Errors
/// When the table cannot be read, or no contract can be made of what it is.
pub(super) async fn drafted(
    storage: &Storage,
    domain: &DomainName,
    spelled: &str,
    source: &Source,
) -> Result<[(String, String); 2], Failure> {
    let product = source.product(None, spelled)?;
    let survey = survey::schema(storage, domain, &product, source).await?;
    let args = ImportArgs {
        locations: Vec::new(),
        format: None,
        domain: domain.to_string(),
        product: None,
        into: None,
        readers: Vec::new(),
        classification: None,
        write: false,
        drop_columns: false,
    };
    let draft = Draft { domain: domain.as_str(), product: &product, source, args: &args, survey: &survey };
    let folder = format!("{domain}/{product}");
    let path = format!("{folder}/{product}-v1.odcs.yaml");
    let text = contract::contract(&draft);
    let read = contract_of(Path::new(&path), &text, None, &BTreeMap::new())?;
    Ok([(format!("{folder}/{product}.odps.yaml"), contract::product(&draft, &read)), (path, text)])
}
