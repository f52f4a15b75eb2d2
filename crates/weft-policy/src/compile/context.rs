//! What products are compiled against, and a table while it is compiled.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use weft_model::contract::{Contract, SchemaObject};
use weft_model::finding::Finding;
use weft_model::name::DomainName;
use weft_model::product::{OutputPort, Product};

use crate::complaint::CLASSIFICATION;
use crate::condition::Condition;
use crate::label::{Classifier, Label, OwnLabel, Remembered, SharedLabel};
use crate::ladder::Ladder;
use crate::leaf::{Leaf, fold, leaves, lower, union};
use crate::lowered::Lowered;
use crate::mapping::ResolvedMapping;
use crate::matcher::TableFacts;
use crate::memory::own_label;
use crate::rule::{Effect, Rule};
use crate::sql::{self, Refusal};
use crate::twin::join;

/// What every product is compiled against.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    pub(crate) ladder: &'a Ladder,
    pub(crate) rules: &'a [Rule],
    pub(crate) lowered: &'a [Lowered],
    /// The mappings of each rule, found once.
    pub(crate) mappings: Vec<Vec<Result<ResolvedMapping, String>>>,
    board: Vec<usize>,
    domains: BTreeMap<&'a DomainName, Vec<usize>>,
    classifiers: Vec<Classifier<'a>>,
    /// Row filters of contracts as parsed: many contracts write the same one.
    filters: RefCell<HashMap<Arc<str>, Filter>>,
}

/// A row filter as parsed.
type Filter = Rc<Result<Condition, Refusal>>;

/// What other declarations of the same data say, by port, table and leaf.
pub(crate) type Shared = HashMap<(usize, usize), Vec<SharedLabel>>;

/// A table while it is compiled.
#[derive(Debug)]
pub(crate) struct Table<'a> {
    pub(crate) product: &'a Product,
    pub(crate) contract: &'a Contract,
    pub(crate) object: &'a SchemaObject,
    pub(crate) leaves: Vec<Leaf<'a>>,
    /// Tags of the product, the contract and the object, in lower case.
    pub(crate) tags: Arc<[Arc<str>]>,
    names: [String; 2],
    places: Vec<String>,
}

impl<'a> Context<'a> {
    /// Sorts the rules by whom they can reach.
    pub(crate) fn new(
        ladder: &'a Ladder,
        rules: &'a [Rule],
        lowered: &'a [Lowered],
        mappings: Vec<Vec<Result<ResolvedMapping, String>>>,
    ) -> Self {
        let mut board = Vec::new();
        let mut domains: BTreeMap<&DomainName, Vec<usize>> = BTreeMap::new();
        for (position, rule) in rules.iter().enumerate() {
            match &rule.domain {
                _ if matches!(rule.effect, Effect::Classify { .. }) => {}
                Some(domain) => domains.entry(domain).or_default().push(position),
                None => board.push(position),
            }
        }
        let classifiers = rules.iter().filter_map(Classifier::of).collect();
        let filters = RefCell::default();
        Self { ladder, rules, lowered, mappings, board, domains, classifiers, filters }
    }

    /// A contract's row filter, parsed once.
    pub(crate) fn filter(&self, text: &Arc<str>) -> Filter {
        let mut filters = self.filters.borrow_mut();
        Rc::clone(filters.entry(Arc::clone(text)).or_insert_with(|| Rc::new(sql::parse(text))))
    }

    /// Adds the positions of the classifying rules that mean a column of the product.
    pub(crate) fn classifying(&self, product: &Product, found: &mut BTreeSet<usize>) {
        for port in &product.ports {
            for object in &port.contract.objects {
                let (table, own) = self.own(product, port, object, &[], &mut Vec::new());
                let facts = table.facts(port.version.major);
                for (position, rule) in self.rules.iter().enumerate() {
                    let Some(classifier) = Classifier::of(rule).filter(|classifier| classifier.table(&facts)) else {
                        continue;
                    };
                    let meant = table.leaves.iter().zip(&own).any(|(leaf, own)| {
                        let mut label = Label::joined(own.class, &own.tags, None, self.ladder);
                        label.raise(leaf, &self.classifiers);
                        label.meant(leaf, &classifier)
                    });
                    if meant {
                        found.insert(position);
                    }
                }
            }
        }
    }

    /// The leaves of a table with what the contract says of each.
    pub(crate) fn own<'p>(
        &self,
        product: &'p Product,
        port: &'p OutputPort,
        object: &'p SchemaObject,
        remembered: &[Remembered],
        findings: &mut Vec<Finding>,
    ) -> (Table<'p>, Vec<OwnLabel>) {
        let contract = &*port.contract;
        let declared = product.tags.iter().chain(&contract.tags).chain(&object.tags);
        let tags = union(&Arc::from([]), declared.map(lower));
        let mut leaves = leaves(&object.columns, &tags, self.ladder);
        for leaf in leaves.iter().filter(|leaf| leaf.unknown) {
            let word = leaf.column.classification.as_deref().unwrap_or("of what holds it");
            let message = format!("classification `{word}` of column `{}` is not on the board's ladder", leaf.dotted());
            let names: Vec<&str> = self.ladder.names().map(|name| &**name).collect();
            let hint = format!("It counts as the strictest; the ladder is: {}.", names.join(", "));
            findings.push(Finding::warning(CLASSIFICATION, leaf.column.place.clone(), message).hint(hint));
        }
        let mut own: Vec<OwnLabel> = leaves
            .iter()
            .map(|leaf| own_label(leaf, product, remembered, self.ladder, self.lowered, findings))
            .collect();
        join(&mut leaves, &mut own);
        let places = contract.servers.iter().map(|server| server.location_of(object).to_lowercase()).collect();
        let names = [fold(&object.name).into_owned(), fold(&object.sql_name).into_owned()];
        (Table { product, contract, object, leaves, tags, names, places }, own)
    }

    /// The board's classifying rules that speak of a table.
    pub(crate) fn classifiers_of(&self, table: &Table<'_>, major: u64) -> Vec<Classifier<'a>> {
        let facts = table.facts(major);
        self.classifiers.iter().filter(|classifier| classifier.table(&facts)).copied().collect()
    }

    /// The rules that can touch a table: the board's and its domain's, in this order.
    pub(crate) fn candidates(&self, product: &Product, facts: &TableFacts<'_>) -> Vec<usize> {
        let own = self.domains.get(&product.name.domain).map(Vec::as_slice).unwrap_or_default();
        let meant = |position: &&usize| self.rules.get(**position).is_some_and(|rule| rule.matches.table(facts));
        self.board.iter().chain(own).filter(meant).copied().collect()
    }
}

impl Table<'_> {
    /// The table as `match` sees it.
    pub(crate) fn facts(&self, major: u64) -> TableFacts<'_> {
        TableFacts {
            product: &self.product.name,
            major,
            object: &self.names,
            tags: &self.tags,
            locations: &self.places,
        }
    }
}
