//! The tables of a namespace, page by page.

use std::collections::VecDeque;
use std::sync::Arc;

use serde::Deserialize;
use weft_storage::catalog::{CatalogFault, TableName};

use crate::path::{self, encoded};
use crate::session::Session;

/// How many names are asked for at a time.
const PAGE_NAMES: usize = 1_000;
/// The most pages of one list.
const PAGES_MAX: usize = 10_000;
/// The most namespaces that are looked at.
const NAMESPACES_MAX: usize = 10_000;

/// One page of a list: "ListTablesResponse" and "ListNamespacesResponse" of the API.
#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    identifiers: Vec<Identifier>,
    #[serde(default)]
    namespaces: Vec<Vec<Arc<str>>>,
    #[serde(rename = "next-page-token")]
    next: Option<String>,
}

#[derive(Deserialize)]
struct Identifier {
    namespace: Vec<Arc<str>>,
    name: Arc<str>,
}

/// Every table below a namespace, those of the namespace first; at most so many.
///
/// # Errors
/// [`CatalogFault`], also when there are more.
pub(crate) async fn tables(session: &Session, namespace: &[Arc<str>], most: usize) -> Result<Vec<TableName>, CatalogFault> {
    let (mut found, mut seen) = (Vec::new(), 0);
    let mut ahead = VecDeque::from([namespace.to_vec()]);
    while let Some(levels) = ahead.pop_front() {
        seen += 1;
        if seen > NAMESPACES_MAX {
            return Err(CatalogFault::Unusable(format!("it has more than {NAMESPACES_MAX} namespaces there")));
        }
        let mut listed = |page: Page| {
            let own = page.identifiers.into_iter().filter(|one| one.namespace == levels);
            found.extend(own.map(|one| TableName { namespace: one.namespace, table: one.name }));
            found.len() <= most
        };
        if !pages(session, &path::tables(&levels), "", &mut listed).await? {
            return Err(CatalogFault::Unusable(format!("it has more than {most} tables there")));
        }
        let mut inner = |page: Page| {
            // Whatever is said to lie within does, or is not looked at: a circle would not end.
            ahead.extend(page.namespaces.into_iter().filter(|inner| inner.len() == levels.len() + 1 && inner.starts_with(&levels)));
            ahead.len() <= NAMESPACES_MAX
        };
        let parent = format!("parent={}&", path::namespace(&levels));
        if !pages(session, "namespaces", &parent, &mut inner).await? {
            return Err(CatalogFault::Unusable(format!("it has more than {NAMESPACES_MAX} namespaces there")));
        }
    }
    Ok(found)
}

/// Asks for one page after the other, for as long as more are wanted; false where the last was not.
async fn pages(
    session: &Session,
    path: &str,
    query: &str,
    wanted: &mut (dyn FnMut(Page) -> bool + Send),
) -> Result<bool, CatalogFault> {
    let odd = || CatalogFault::Unusable("its list is not what the standard says".to_owned());
    // Said empty, it asks for pages; a catalog that has none gives everything at once.
    let mut token = String::new();
    for _ in 0..PAGES_MAX {
        let query = format!("{query}pageToken={}&pageSize={PAGE_NAMES}", encoded(&token));
        let answer = session.list(path, &query).await?;
        let page: Page = serde_json::from_slice(&answer.body).map_err(|_| odd())?;
        let next = page.next.clone();
        if !wanted(page) {
            return Ok(false);
        }
        match next.filter(|next| !next.is_empty()) {
            None => return Ok(true),
            Some(next) if next == token => return Err(CatalogFault::Unusable("it says a page follows itself".to_owned())),
            Some(next) => token = next,
        }
    }
    Err(CatalogFault::Unusable(format!("its list has more than {PAGES_MAX} pages")))
}
