//! `weft policy diff`: who gains and who loses what between two meshes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};
use weft_auth::users::UsersFile;
use weft_catalog::snapshot::CatalogSnapshot;
use weft_model::principal::Principal;
use weft_policy::decision::ColumnRule;

use super::outcome::{ALL_ROWS, Outcome, rank};
use super::table::short_names;
use crate::cli::Output;
use crate::cli::policy::DiffArgs;
use crate::config::Config;
use crate::error::Failure;
use crate::findings::count;
use crate::principal::{listed, principal};
use crate::{listing, mesh, terminal, wiring};

/// What stands for a table that does not exist for somebody.
const NOTHING: &str = "nothing";

/// One of the two meshes.
struct Side {
    snapshot: Arc<CatalogSnapshot>,
    users: UsersFile,
}

/// Who is asked about: as they are on either side, with the purposes they may have.
struct Subject {
    name: String,
    old: Option<Arc<Principal>>,
    new: Option<Arc<Principal>>,
    purposes: Purposes,
}

/// What changes for somebody, with some or all of their purposes.
struct Change {
    who: String,
    what: What,
    /// Absent when it changes whatever the purpose is.
    purposes: Option<Purposes>,
}

/// Purposes that are chosen, and none.
type Purposes = BTreeSet<Option<Arc<str>>>;

/// What changes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct What {
    product: String,
    column: Option<String>,
    effect: Effect,
    before: String,
    after: String,
}

/// Which way it changes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Effect {
    Gains,
    Loses,
    /// More in one respect and less in another, or neither can be told.
    Changes,
}

impl Effect {
    fn word(self) -> &'static str {
        match self {
            Self::Gains => "gains",
            Self::Loses => "loses",
            Self::Changes => "changes",
        }
    }
}

/// Compares two meshes.
///
/// # Errors
/// [`Failure::Found`] when somebody gains and nobody shall, others when the meshes cannot be compared.
pub(super) async fn diff(config: &Config, args: &DiffArgs, named: bool, output: Output) -> Result<(), Failure> {
    let old = side(config, &args.old, named).await?;
    let new = side(config, &args.new, named).await?;
    let now = wiring::now();
    let today = mesh::today(now);
    let mut tables = short_names(&old.snapshot, today);
    tables.extend(short_names(&new.snapshot, today));
    let mut changes = Vec::new();
    for subject in subjects(config, args, &old, &new)? {
        let mut found: BTreeMap<What, Purposes> = BTreeMap::new();
        for purpose in &subject.purposes {
            for table in &tables {
                compare(&subject, purpose.as_deref(), table, [&old, &new], now, &mut |what| {
                    found.entry(what).or_default().insert(purpose.clone());
                });
            }
        }
        changes.extend(found.into_iter().map(|(what, purposes)| {
            let some = (purposes != subject.purposes).then_some(purposes);
            Change { who: subject.name.clone(), what, purposes: some }
        }));
    }
    print(&changes, output)?;
    let gains = changes.iter().any(|change| change.what.effect != Effect::Loses);
    if args.no_gains && gains { Err(Failure::Found) } else { Ok(()) }
}

async fn side(config: &Config, path: &Path, named: bool) -> Result<Side, Failure> {
    let (config, root) = mesh::at(config, path, named)?;
    mesh::remark_passed(&config, &["auth"]);
    Ok(Side { snapshot: mesh::snapshot(&config, &root).await?, users: wiring::users(&config, &root)? })
}

/// Everybody who is asked about.
fn subjects(config: &Config, args: &DiffArgs, old: &Side, new: &Side) -> Result<Vec<Subject>, Failure> {
    let user = |side: &Side, name: &str| {
        side.users.user(name).filter(|user| !user.disabled).map(|user| Arc::clone(&user.principal))
    };
    let who = &args.who;
    let (name, principals) = match &who.as_user {
        Some(name) => {
            let (before, after) = (user(old, name), user(new, name));
            if before.is_none() && after.is_none() {
                listed(&new.users, name)?;
            }
            (name.clone(), [before, after])
        }
        None if who.user.is_none() && who.groups.is_empty() && who.roles.is_empty() && who.attributes.is_empty() => {
            let names: BTreeSet<Arc<str>> =
                old.users.iter().chain(new.users.iter()).map(|user| Arc::clone(&user.principal.name)).collect();
            let all = names.iter().map(|name| Subject::new(name, [user(old, name), user(new, name)], None));
            return Ok(all.collect());
        }
        None => {
            let made_up = Arc::new(principal(config, &config.folder, who)?);
            (made_up.name.to_string(), [Some(Arc::clone(&made_up)), Some(made_up)])
        }
    };
    let asked = who.purpose.as_deref().map(Arc::from);
    Ok(vec![Subject::new(&name, principals, asked)])
}

impl Subject {
    /// Somebody with the purpose asked for, or with each that they may ask with.
    fn new(name: &str, [old, new]: [Option<Arc<Principal>>; 2], asked: Option<Arc<str>>) -> Self {
        let purposes = match asked {
            Some(purpose) => BTreeSet::from([Some(purpose)]),
            None => old.iter().chain(&new).flat_map(|principal| purposes(principal)).collect(),
        };
        Self { name: name.to_owned(), old, new, purposes }
    }
}

/// The purposes with which somebody may ask: who has a single one always asks with it.
fn purposes(principal: &Principal) -> Purposes {
    let all = principal.purposes.iter().map(|purpose| Some(Arc::clone(purpose)));
    if principal.purposes.len() == 1 { all.collect() } else { all.chain([None]).collect() }
}

/// What changes for somebody with a purpose at one table.
fn compare(
    subject: &Subject,
    purpose: Option<&str>,
    table: &str,
    [old, new]: [&Side; 2],
    now: i64,
    found: &mut dyn FnMut(What),
) {
    let outcome = |side: &Side, principal: Option<&Arc<Principal>>| {
        let principal = principal?;
        // Whoever may not have the purpose cannot ask with it.
        let purpose = principal.purpose(purpose).ok()?;
        let asked = Outcome::of(&side.snapshot, table, principal, purpose.as_deref(), now);
        asked.filter(Outcome::readable)
    };
    let mut add = |column: Option<&str>, effect, before: String, after: String| {
        found(What { product: table.to_owned(), column: column.map(str::to_owned), effect, before, after });
    };
    match (outcome(old, subject.old.as_ref()), outcome(new, subject.new.as_ref())) {
        (None, None) => {}
        (None, Some(after)) => add(None, Effect::Gains, NOTHING.to_owned(), summary(&after)),
        (Some(before), None) => add(None, Effect::Loses, summary(&before), NOTHING.to_owned()),
        (Some(before), Some(after)) => {
            let (rows, rows_after) = (before.rows(), after.rows());
            if rows != rows_after {
                let effect = match (rows.as_str(), rows_after.as_str()) {
                    (_, ALL_ROWS) => Effect::Gains,
                    (ALL_ROWS, _) => Effect::Loses,
                    _ => Effect::Changes,
                };
                add(None, effect, rows, rows_after);
            }
            for column in columns(&before, &after) {
                let rule = |side: &Outcome| side.rule(&column).cloned().unwrap_or(ColumnRule::Hidden);
                let (before, after) = (rule(&before), rule(&after));
                if before != after {
                    let effect = match rank(&before).cmp(&rank(&after)) {
                        std::cmp::Ordering::Less => Effect::Gains,
                        std::cmp::Ordering::Greater => Effect::Loses,
                        std::cmp::Ordering::Equal => Effect::Changes,
                    };
                    add(Some(&column), effect, before.to_string(), after.to_string());
                }
            }
        }
    }
}

/// The columns that either side knows; fields where they differ on one of them.
fn columns(before: &Outcome, after: &Outcome) -> Vec<String> {
    let all: BTreeSet<String> = before.paths().into_iter().chain(after.paths()).collect();
    let parted = |path: &str| {
        let inside = format!("{path}.");
        all.range(inside.clone()..).next().is_some_and(|next| next.starts_with(&inside))
    };
    all.iter().filter(|path| !parted(path)).cloned().collect()
}

/// A whole table in a few words.
fn summary(outcome: &Outcome) -> String {
    let with = |wanted: &dyn Fn(&ColumnRule) -> bool| outcome.columns().filter(|(_, rule)| wanted(rule)).count();
    let clear = with(&|rule| *rule == ColumnRule::Clear);
    let other = with(&|rule| rule.visible()) - clear;
    format!("{}; {} clear, {other} masked", outcome.rows(), count(clear, "column"))
}

fn print(changes: &[Change], output: Output) -> Result<(), Failure> {
    let number = |effect| changes.iter().filter(|change| change.what.effect == effect).count();
    let (gains, losses, others) = (number(Effect::Gains), number(Effect::Loses), number(Effect::Changes));
    match output {
        Output::Json => terminal::json(&json!({
            "changes": changes.iter().map(Change::json).collect::<Vec<_>>(),
            "gains": gains,
            "losses": losses,
            "other": others,
        })),
        Output::Csv => {
            let headings = ["who", "purposes", "product", "column", "effect", "before", "after"];
            listing::print(headings, &changes.iter().map(Change::row).collect::<Vec<_>>(), output)
        }
        Output::Table => {
            let mut text: String = changes.iter().map(|change| format!("{change}\n")).collect();
            let losses = format!("{losses} loss{}", if losses == 1 { "" } else { "es" });
            text.push_str(&format!("{}, {losses}, {}\n", count(gains, "gain"), count(others, "other change")));
            terminal::legible(&text)
        }
    }
}

impl Change {
    /// The purposes in words; nothing where they do not matter.
    fn purposes(&self) -> String {
        let words = |purpose: &Option<Arc<str>>| match purpose {
            Some(purpose) => format!("for {purpose}"),
            None => "without a purpose".to_owned(),
        };
        self.purposes.iter().flatten().map(words).collect::<Vec<_>>().join(", ")
    }

    fn row(&self) -> [String; 7] {
        let What { product, column, effect, before, after } = self.what.clone();
        let column = column.unwrap_or_default();
        [self.who.clone(), self.purposes(), product, column, effect.word().to_owned(), before, after]
    }

    fn json(&self) -> Value {
        let purposes = self.purposes.as_ref().map(|all| all.iter().map(Option::as_deref).collect::<Vec<_>>());
        json!({
            "who": self.who,
            "purposes": purposes,
            "product": self.what.product,
            "column": self.what.column,
            "effect": self.what.effect.word(),
            "before": self.what.before,
            "after": self.what.after,
        })
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let What { product, column, effect, before, after } = &self.what;
        f.write_str(&self.who)?;
        if self.purposes.is_some() {
            write!(f, " ({})", self.purposes())?;
        }
        write!(f, " {}: {product}", effect.word())?;
        if let Some(column) = column {
            write!(f, ".{column}")?;
        }
        write!(f, ": {before} -> {after}")
    }
}
