//! What a statement holds on to: every product, the policy over them, and what is wrong, as of one moment.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use weft_contract::assemble::BrokenProduct;
use weft_model::contract::{Contract, Format, SchemaObject, Server};
use weft_model::finding::Finding;
use weft_model::name::{DomainName, ProductName, reads_as_alias};
use weft_model::product::Product;
use weft_policy::set::PolicySet;

use crate::domain::DomainInfo;
use crate::name::readings;
use crate::server::choose_server;
use crate::target::{self, Found, Listed, Retired, Target};

/// A hash over every file a snapshot was made of. Equal ids mean equal products and equal policy.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SnapshotId([u8; 32]);

/// The catalog at one moment. Contracts and policy in it belong together; it never changes.
#[derive(Debug)]
pub struct CatalogSnapshot {
    pub(crate) id: SnapshotId,
    pub(crate) epoch: u64,
    pub(crate) mesh: Arc<str>,
    pub(crate) environments: Arc<[String]>,
    pub(crate) products: Vec<Arc<Product>>,
    pub(crate) broken: Vec<Arc<BrokenProduct>>,
    pub(crate) policy: Arc<PolicySet>,
    pub(crate) problems: Vec<Problem>,
    pub(crate) domains: BTreeMap<DomainName, Domain>,
    pub(crate) queries: BTreeMap<Arc<str>, Arc<str>>,
}

/// One domain of a snapshot.
#[derive(Debug, Default)]
pub(crate) struct Domain {
    pub(crate) info: DomainInfo,
    pub(crate) products: BTreeMap<Arc<str>, Entry>,
}

/// What a product's name stands for.
#[derive(Debug)]
pub(crate) enum Entry {
    Product(Arc<Product>),
    Broken(Arc<BrokenProduct>),
}

/// Something that is wrong, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The product it concerns.
    pub product: Option<ProductName>,
    /// The domain it concerns; absent for the board and the mesh as a whole.
    pub domain: Option<DomainName>,
    /// What is wrong, and where.
    pub finding: Finding,
}

/// What a table name comes to, before policy. Decide before telling anybody anything but [`Resolution::Missing`].
#[derive(Clone, Debug)]
pub enum Resolution<'a> {
    /// A table.
    Found(Target),
    /// A product that cannot be served; its owner sees why.
    Broken(&'a Arc<BrokenProduct>),
    /// A table that is no longer served.
    Retired(Retired),
    /// Nothing.
    Missing,
}

impl CatalogSnapshot {
    /// The hash over the files it was made of.
    #[must_use]
    pub fn id(&self) -> SnapshotId {
        self.id
    }

    /// Counts the snapshots of one catalog, from 1.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// The name of the mesh: the catalog in SQL.
    #[must_use]
    pub fn mesh(&self) -> &Arc<str> {
        &self.mesh
    }

    /// The server of a contract that is read here, among those in formats that can be read.
    #[must_use]
    pub fn server<'a>(&self, contract: &'a Contract, readable: &[Format]) -> Option<&'a Server> {
        choose_server(contract, &self.environments, readable)
    }

    /// The policy compiled over these products.
    #[must_use]
    pub fn policy(&self) -> &Arc<PolicySet> {
        &self.policy
    }

    /// Every domain in the order of its name.
    pub fn domains(&self) -> impl ExactSizeIterator<Item = (&DomainName, &DomainInfo)> {
        self.domains.iter().map(|(name, domain)| (name, &domain.info))
    }

    /// Every product that can be served, in the order of its name.
    #[must_use]
    pub fn products(&self) -> &[Arc<Product>] {
        &self.products
    }

    /// Every product that cannot be served.
    #[must_use]
    pub fn broken(&self) -> &[Arc<BrokenProduct>] {
        &self.broken
    }

    /// Everything that is wrong, in the order of its place.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The product with this name, if it can be served.
    #[must_use]
    pub fn product(&self, domain: &str, product: &str) -> Option<&Arc<Product>> {
        self.find(&ProductName::new(DomainName::new(domain), product))
    }

    /// The product with this name, if it can be served.
    #[must_use]
    pub fn find(&self, name: &ProductName) -> Option<&Arc<Product>> {
        match self.domains.get(&name.domain)?.products.get(&name.product)? {
            Entry::Product(product) => Some(product),
            Entry::Broken(_) => None,
        }
    }

    /// Finds the table that a name means, on a day (as days since 1970-01-01). Names are taken as they are: folding
    /// to lower case is SQL's business.
    #[must_use]
    pub fn resolve(&self, domain: &str, table: &str, today: i32) -> Resolution<'_> {
        let Some(domain) = self.domains.get(&DomainName::new(domain)) else { return Resolution::Missing };
        for reading in readings(table) {
            match domain.products.get(reading.product) {
                None => {}
                Some(Entry::Broken(broken)) => return Resolution::Broken(broken),
                Some(Entry::Product(product)) => match target::find(product, &reading, today) {
                    Found::Served(target) => return Resolution::Found(target),
                    Found::Retired(retired) => return Resolution::Retired(*retired),
                    Found::Missing => {}
                },
            }
        }
        Resolution::Missing
    }

    /// Every table name under which a product is listed on a day, the bare name first.
    #[must_use]
    pub fn names(&self, product: &Arc<Product>, today: i32) -> Vec<Listed> {
        target::names(product, today)
    }

    /// The text of a derived product's query, which lies beside the contract.
    #[must_use]
    pub fn query(&self, object: &SchemaObject) -> Option<&Arc<str>> {
        self.queries.get(query_path(object)?.as_str())
    }
}

/// The path of a derived product's query; `None` when there is none or when it would leave the contract's folder.
pub(crate) fn query_path(object: &SchemaObject) -> Option<String> {
    let file = object.sql_file.as_deref()?;
    let file = file.strip_prefix("./").unwrap_or(file);
    if file.contains('\\') || file.split('/').any(|part| part.is_empty() || part == "." || part == "..") {
        return None;
    }
    Some(match object.place.file.rsplit_once('/') {
        Some((folder, _)) => format!("{folder}/{file}"),
        None => file.to_owned(),
    })
}

impl Domain {
    /// Adds a product that can be served.
    pub(crate) fn add(&mut self, product: &Arc<Product>) {
        self.products.insert(Arc::clone(&product.name.product), Entry::Product(Arc::clone(product)));
    }

    /// Adds a product that cannot be served, unless its name reads as a version or part of another product: such a
    /// name must answer the same whether or not somebody tried to publish under it.
    pub(crate) fn add_broken(&mut self, name: &ProductName, broken: &Arc<BrokenProduct>) {
        if !reads_as_alias(&name.product) {
            self.products.entry(Arc::clone(&name.product)).or_insert_with(|| Entry::Broken(Arc::clone(broken)));
        }
    }
}

impl SnapshotId {
    /// Takes a finished hash.
    pub(crate) fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes of the hash.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Reads what [`fmt::Display`] writes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.as_bytes();
        if digits.len() != 64 {
            return None;
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            for digit in pair {
                let value = match digit {
                    b'0'..=b'9' => digit - b'0',
                    b'a'..=b'f' => digit - b'a' + 10,
                    _ => return None,
                };
                *byte = (*byte << 4) | value;
            }
        }
        Some(Self(bytes))
    }
}

impl fmt::Display for SnapshotId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for SnapshotId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().take(6).try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Serialize for SnapshotId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SnapshotId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom("not a snapshot id"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::mesh::{Files, contract, mesh, port, product};
    use crate::conformance::problems;
    use crate::memory::MemoryCatalog;

    fn snapshot(files: &Files) -> Arc<CatalogSnapshot> {
        MemoryCatalog::new("weft", files).unwrap().replace(files).unwrap()
    }

    #[test]
    fn ids_are_written_as_they_are_read() {
        let id = SnapshotId::new(std::array::from_fn(|at| u8::try_from(at * 8 % 256).unwrap()));
        assert_eq!(id.to_string(), "0008101820283038404850586068707880889098a0a8b0b8c0c8d0d8e0e8f0f8");
        assert_eq!(SnapshotId::parse(&id.to_string()), Some(id));
        let json = serde_json::to_string(&id).unwrap();
        assert_eq!(json, format!("\"{id}\""));
        assert_eq!(serde_json::from_str::<SnapshotId>(&json).unwrap(), id);
        for wrong in ["", "00", &"g".repeat(64), &"A".repeat(64), &"0".repeat(66)] {
            assert_eq!(SnapshotId::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn every_file_that_counts_is_in_the_id() {
        let first = snapshot(&mesh()).id();
        for path in mesh().keys().filter(|path| *path != "users.yaml") {
            let mut files = mesh();
            files.get_mut(path).unwrap().push_str("\n# a comment\n");
            assert_ne!(snapshot(&files).id(), first, "{path}");
        }
        let mut files = mesh();
        files.insert("users.yaml".to_owned(), "users: [someone]\n".to_owned());
        assert_eq!(snapshot(&files).id(), first);
    }

    #[test]
    fn what_policy_remembers_is_in_the_id() {
        let catalog = MemoryCatalog::new("weft", mesh()).unwrap();
        let first = catalog.replace(mesh()).unwrap();
        let mut files = mesh();
        let contract = files.get_mut("customers/profiles/profiles-v1.odcs.yaml").unwrap();
        *contract = contract.replace("classification: public", "classification: restricted");
        catalog.replace(&files).unwrap();
        let again = catalog.replace(mesh()).unwrap();
        assert_ne!(again.id(), first.id(), "the same files, and a label that was not lowered");
        let problems = problems(&again);
        assert!(problems.iter().any(|problem| problem.starts_with("customers.profiles | ")), "{problems:#?}");
    }

    #[test]
    fn queries_lie_beside_their_contract() {
        let derived = |file: &str| {
            contract("shop", "top", "top", "1.0.0", "active", &["top"])
                .replace("type: local", "type: custom\n    customProperties:\n      - {property: customType, value: weft-sql, vendor: weft}")
                .replace("    path: data/shop/top/1.0.0/{model}\n    format: parquet\n", "")
                .replace(
                    "    logicalType: object\n",
                    &format!("    logicalType: object\n    customProperties:\n      - {{property: sqlFile, value: {file}, vendor: weft}}\n"),
                )
        };
        let mut files = mesh();
        files.insert("shop/top/top.odps.yaml".to_owned(), product("shop", "top", &[port("top", "1.0.0")], &[]));
        files.insert("shop/top/top-v1.odcs.yaml".to_owned(), derived("top.sql"));
        files.insert("shop/top/top.sql".to_owned(), "SELECT id FROM orders.orders".to_owned());
        let found = snapshot(&files);
        assert_eq!(problems(&found), Vec::<String>::new());
        let query = |snapshot: &CatalogSnapshot| {
            let product = snapshot.product("shop", "top").unwrap();
            let object = product.ports.first().and_then(|port| port.contract.objects.first()).unwrap();
            snapshot.query(object).map(ToString::to_string)
        };
        assert_eq!(query(&found).as_deref(), Some("SELECT id FROM orders.orders"));

        for (file, path) in [("other.sql", "shop/top/other.sql"), ("../top/top.sql", "shop/top/top.sql")] {
            files.insert("shop/top/top-v1.odcs.yaml".to_owned(), derived(file));
            let lost = snapshot(&files);
            assert_eq!(query(&lost), None, "{path}");
            let found = problems(&lost);
            assert!(
                found.iter().any(|problem| problem.contains(&format!(
                    "error[CAT-016]: the query file `{file}` is not there\n  hint: Put it beside the contract; its name ends \
                     in `.sql`."
                ))),
                "{found:#?}"
            );
        }
    }

    #[test]
    fn meshes_choose_among_servers_by_environment() {
        let files = mesh();
        let settings = crate::catalog::MeshSettings {
            name: "weft".to_owned(),
            environments: vec!["prod".to_owned()],
            ..Default::default()
        };
        let catalog = MemoryCatalog::with(settings, &files).unwrap();
        let snapshot = catalog.replace(&files).unwrap();
        let contract = &snapshot.product("orders", "orders").unwrap().ports.first().unwrap().contract;
        let chosen = |snapshot: &CatalogSnapshot| {
            snapshot.server(contract, &crate::server::READABLE).map(|server| server.name.to_string())
        };
        assert_eq!(chosen(&snapshot).as_deref(), Some("prod"));
        assert_eq!(chosen(&self::snapshot(&files)), None);
    }
}
