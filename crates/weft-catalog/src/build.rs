//! From files to a snapshot: assemble, audit, keep what was good, compile the policy, list what is wrong.

use std::collections::BTreeMap;
use std::sync::Arc;

use sha2::{Digest, Sha256};
use weft_contract::assemble::{Assembled, BrokenProduct, assemble};
use weft_contract::product::ProductDocument;
use weft_model::finding::Finding;
use weft_model::name::{DomainName, ProductName};
use weft_model::product::Product;

use crate::audit::{audit, misplaced};
use crate::catalog::MeshSettings;
use crate::draft::Draft;
use crate::error::Error;
use crate::intake::Intake;
use crate::keep::keep;
use crate::ledger::Ledger;
use crate::problem::Problems;
use crate::rules::{Rules, close_unreadable};
use crate::snapshot::{CatalogSnapshot, Domain, Problem, SnapshotId, query_path};

/// Makes snapshots, each from the files' changes since the one before.
#[derive(Debug)]
pub(crate) struct Loader {
    mesh: Arc<str>,
    environments: Arc<[String]>,
    variables: BTreeMap<String, String>,
    ledger: Ledger,
    /// Products that stand as they were, with the snapshot in which they last were right.
    kept: BTreeMap<ProductName, SnapshotId>,
    rules: Rules,
    /// The product file behind each product that was assembled last.
    documents: BTreeMap<ProductName, Arc<ProductDocument>>,
    last: Option<Arc<CatalogSnapshot>>,
}

impl Loader {
    /// A loader that has seen no file yet.
    pub(crate) fn new(mesh: MeshSettings) -> Self {
        Self {
            mesh: Arc::from(mesh.name),
            environments: Arc::from(mesh.environments),
            variables: mesh.variables,
            ledger: Ledger::default(),
            kept: BTreeMap::new(),
            rules: Rules::default(),
            documents: BTreeMap::new(),
            last: None,
        }
    }

    /// The values that contracts may use.
    pub(crate) fn variables(&self) -> &BTreeMap<String, String> {
        &self.variables
    }

    /// The newest snapshot.
    pub(crate) fn last(&self) -> Option<&CatalogSnapshot> {
        self.last.as_deref()
    }

    /// Takes changes in and makes the next snapshot; the last one when nothing has changed.
    ///
    /// `ignored` replaces the complaints about paths that were not followed.
    ///
    /// # Errors
    /// [`Error::Board`], for the first snapshot only.
    pub(crate) fn load(
        &mut self,
        intakes: Vec<Intake>,
        ignored: Option<Vec<Finding>>,
    ) -> Result<Arc<CatalogSnapshot>, Error> {
        let mut changed = false;
        for intake in intakes {
            changed |= self.ledger.enter(intake);
        }
        if let Some(ignored) = ignored {
            changed |= self.ledger.ignore(ignored);
        }
        if let Some(last) = &self.last
            && !changed
        {
            return Ok(Arc::clone(last));
        }
        let snapshot = Arc::new(self.build()?);
        self.last = Some(Arc::clone(&snapshot));
        Ok(snapshot)
    }

    /// Makes a snapshot of what the ledger holds.
    fn build(&mut self) -> Result<CatalogSnapshot, Error> {
        let mut problems = Problems::default();
        let mut draft = self.assemble(&mut problems);
        let last = self.last.clone();
        let kept = keep(&mut draft, last.as_deref(), &self.ledger, &mut problems);
        self.remember(kept);
        close_unreadable(&mut draft, &self.ledger);

        let products = draft.products.into_values().collect::<Vec<_>>();
        let previous = last.as_ref().map(|last| &*last.policy);
        let policy = self.rules.compile(&self.ledger, previous, &products, &mut problems)?;
        problems.add_ledger(&self.ledger);
        for broken in &draft.broken {
            problems.add_broken(broken);
        }
        let queries = self.queries();
        for product in &products {
            missing_queries(product, &queries, &mut problems);
        }
        let problems = problems.finish(&products);
        let id = self.identify(&problems);
        Ok(CatalogSnapshot {
            id,
            epoch: last.map_or(1, |last| last.epoch + 1),
            mesh: Arc::clone(&self.mesh),
            environments: Arc::clone(&self.environments),
            domains: self.domains(&products, &draft.broken),
            policy,
            problems,
            products,
            broken: draft.broken,
            queries,
        })
    }

    /// Joins product and contract files to products and looks at each. A product whose files are unchanged stays the
    /// same allocation, by which the policy tells that it need not compile it again.
    fn assemble(&mut self, problems: &mut Problems) -> Draft {
        let parsed = self
            .ledger
            .documents
            .values()
            .filter_map(|file| file.effective().map(|(_, parsed)| Arc::clone(parsed)))
            .collect::<Vec<_>>();
        let mut astray = Vec::new();
        let parsed: Vec<_> = parsed
            .into_iter()
            .filter(|file| {
                let finding = misplaced(file);
                astray.extend(finding.clone());
                finding.is_none()
            })
            .collect();
        let Assembled { products, broken, findings } = assemble(&parsed);
        problems.add_all(findings);
        problems.add_all(astray);
        let mut draft = Draft { products: BTreeMap::new(), broken: broken.into_iter().map(Arc::new).collect() };
        let before = std::mem::take(&mut self.documents);
        for product in products {
            problems.add_all(audit(&product));
            let document = self.ledger.product(&product.place.file);
            let unchanged = before.get(&product.name).zip(document).is_some_and(|(old, new)| Arc::ptr_eq(old, new));
            let product = match self.last.as_ref().and_then(|last| last.find(&product.name)) {
                Some(old) if unchanged && same_contracts(old, &product) => Arc::clone(old),
                _ => product,
            };
            if let Some(document) = document {
                self.documents.insert(product.name.clone(), Arc::clone(document));
            }
            draft.products.insert(product.name.clone(), product);
        }
        draft
    }

    /// Notes since when each kept product stands still.
    fn remember(&mut self, kept: Vec<ProductName>) {
        let Some(last) = &self.last else { return };
        let since = std::mem::take(&mut self.kept);
        self.kept = kept
            .into_iter()
            .map(|name| {
                let id = since.get(&name).copied().unwrap_or(last.id);
                (name, id)
            })
            .collect();
    }

    /// The hash over everything that is in effect: each file's content, the older content that stands in for a bad one,
    /// the products and rules that were kept, and what policy remembers of older labels, which shows as problems.
    fn identify(&self, problems: &[Problem]) -> SnapshotId {
        let mut hash = Sha256::new();
        let mut add = |path: &str, content: &[u8]| {
            hash.update(path.as_bytes());
            hash.update([0]);
            hash.update(content);
        };
        for (path, file) in &self.ledger.documents {
            for (content, _) in [&file.now, &file.good].into_iter().flatten() {
                add(path, content);
            }
        }
        for (path, file) in &self.ledger.policies {
            if let Some((content, _)) = &file.text {
                add(path, content);
            }
        }
        for (path, file) in &self.ledger.domains {
            if let Some(content) = &file.hash {
                add(path, content);
            }
        }
        for (path, file) in &self.ledger.queries {
            if let Some((content, _)) = &file.text {
                add(path, content);
            }
        }
        for (name, since) in &self.kept {
            add(&name.to_string(), since.as_bytes());
        }
        if let Some(board) = self.rules.board_kept() {
            add("_governance", &board);
        }
        for problem in problems {
            add(&problem.finding.place.to_string(), problem.finding.message.as_bytes());
        }
        SnapshotId::new(hash.finalize().into())
    }

    /// The texts of derived products' queries.
    fn queries(&self) -> BTreeMap<Arc<str>, Arc<str>> {
        let texts = self.ledger.queries.iter();
        texts.filter_map(|(path, file)| Some((Arc::clone(path), Arc::clone(&file.text.as_ref()?.1)))).collect()
    }

    /// Every domain with what it says about itself and its products.
    fn domains(&self, products: &[Arc<Product>], broken: &[Arc<BrokenProduct>]) -> BTreeMap<DomainName, Domain> {
        let mut domains = BTreeMap::<DomainName, Domain>::new();
        for file in self.ledger.domains.values() {
            domains.entry(file.domain.clone()).or_default().info = file.info.clone().unwrap_or_default();
        }
        for product in products {
            match domains.get_mut(&product.name.domain) {
                Some(domain) => domain.add(product),
                None => domains.entry(product.name.domain.clone()).or_default().add(product),
            }
        }
        for product in broken {
            if let Some(name) = &product.name {
                domains.entry(name.domain.clone()).or_default().add_broken(name, product);
            }
        }
        domains
    }
}

/// True when two products stand on the very same contracts.
fn same_contracts(a: &Product, b: &Product) -> bool {
    a.ports.len() == b.ports.len() && a.ports.iter().zip(&b.ports).all(|(a, b)| Arc::ptr_eq(&a.contract, &b.contract))
}

/// Lists the queries that a derived product names and that are not there.
fn missing_queries(product: &Product, queries: &BTreeMap<Arc<str>, Arc<str>>, problems: &mut Problems) {
    let objects = product.ports.iter().flat_map(|port| &port.contract.objects);
    for object in objects {
        let Some(file) = &object.sql_file else { continue };
        if query_path(object).is_none_or(|path| !queries.contains_key(path.as_str())) {
            problems.add(
                Finding::error("CAT-016", object.place.clone(), format!("the query file `{file}` is not there"))
                    .hint("Put it beside the contract; its name ends in `.sql`."),
            );
        }
    }
}
