//! `weft policy test`: the policy held against suites.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::json;
use weft_auth::users::UsersFile;
use weft_catalog::snapshot::CatalogSnapshot;
use weft_model::principal::{ANONYMOUS, Principal};
use weft_policy::decision::Factor;

use super::outcome::Outcome;
use super::suite::{self, Case};
use crate::cli::Output;
use crate::cli::policy::TestArgs;
use crate::config::Config;
use crate::error::Failure;
use crate::principal::{listed, purpose};
use crate::{listing, mesh, terminal, wiring};

/// How the suites of a mesh are named.
const ENDING: &str = ".policy.md";

/// How deep suites are looked for.
const DEPTH_MAX: usize = 16;

/// What came of a case.
struct Judged {
    case: Case,
    got: String,
    passed: bool,
    because: Vec<String>,
}

/// Runs suites.
///
/// # Errors
/// [`Failure::Found`] when an expectation is not met, others when the suites cannot be run.
pub(super) async fn test(config: &Config, args: &TestArgs, output: Output) -> Result<(), Failure> {
    let root = mesh::spelled(&config.catalog()?);
    let mut files = args.files.clone();
    if files.is_empty() {
        gather(&root, 0, &mut files)?;
        files.sort();
    }
    if files.is_empty() {
        return Err(Failure::Setup(format!("no *{ENDING} lies below `{}`; name a file", root.display())));
    }
    let snapshot = mesh::snapshot(config, &root).await?;
    let users = wiring::users(config, &root)?;
    let now = wiring::now();
    let mut judged = Vec::new();
    for file in &files {
        for case in suite::read(file)? {
            judged.push(judge(case, &snapshot, &users, now)?);
        }
    }
    print(&judged, output)?;
    if judged.iter().all(|judged| judged.passed) { Ok(()) } else { Err(Failure::Found) }
}

/// Every suite below a folder; links are not followed.
fn gather(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let failed = |cause| Failure::File { what: "listing", path: folder.to_owned(), cause };
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let kind = entry.file_type().map_err(failed)?;
        if kind.is_dir() && depth < DEPTH_MAX && !name.starts_with('.') {
            gather(&entry.path(), depth + 1, files)?;
        } else if kind.is_file() && name.ends_with(ENDING) {
            files.push(entry.path());
        }
    }
    Ok(())
}

fn judge(case: Case, snapshot: &CatalogSnapshot, users: &UsersFile, now: i64) -> Result<Judged, Failure> {
    let at = |failure: Failure| Failure::Setup(format!("{}: {failure}", case.place));
    let principal: Arc<Principal> = match case.persona.as_str() {
        ANONYMOUS => Arc::new(Principal::anonymous()),
        name => Arc::clone(&listed(users, name).map_err(at)?.principal),
    };
    let purpose = purpose(&principal, case.purpose.as_deref()).map_err(at)?;
    let now = case.on.unwrap_or(now);
    // A name that nothing has is more likely a typing error than an expectation.
    super::table::resolve(snapshot, &case.product, mesh::today(now)).map_err(at)?;
    let outcome = Outcome::of(snapshot, &case.product, &principal, purpose.as_deref(), now);
    let (got, passed, because) = match outcome.as_ref().filter(|outcome| outcome.readable()) {
        None => {
            let because = outcome.iter().flat_map(Outcome::access).map(text).collect();
            // What does not exist has no column that could be seen.
            let passed = case.expect == "nothing" || (case.column.is_some() && case.expect == "hidden");
            ("nothing".to_owned(), passed, because)
        }
        Some(outcome) => match &case.column {
            Some(column) => of_column(&case, column, outcome).map_err(Failure::Setup)?,
            None => of_table(&case, outcome).map_err(Failure::Setup)?,
        },
    };
    Ok(Judged { got, passed, because, case })
}

/// An expectation about a table that exists.
fn of_table(case: &Case, outcome: &Outcome) -> Result<(String, bool, Vec<String>), String> {
    let access = || outcome.access().iter().map(text).collect();
    if let Some(columns) = case.expect.strip_prefix("columns ") {
        let visible = outcome.columns().filter(|(_, rule)| rule.visible()).map(|(name, _)| name);
        let got = visible.collect::<Vec<_>>().join(", ");
        let mut wanted: Vec<&str> = columns.split(',').map(str::trim).collect();
        let mut found: Vec<&str> = got.split(", ").collect();
        wanted.sort_unstable();
        found.sort_unstable();
        let passed = wanted == found;
        return Ok((format!("columns {got}"), passed, access()));
    }
    let rows = outcome.rows();
    let because = || outcome.row_factors().iter().map(text).collect();
    match case.expect.as_str() {
        "nothing" => Ok((format!("readable, {rows}"), false, access())),
        "readable" => Ok(("readable".to_owned(), true, access())),
        expect if expect == super::outcome::ALL_ROWS || expect.starts_with("rows ") => {
            let passed = rows == expect;
            Ok((rows, passed, because()))
        }
        other => Err(format!(
            "{}: `{other}` says nothing about a product; expect `nothing`, `readable`, `all rows`, `rows PREDICATE` or \
             `columns a, b, c`",
            case.place
        )),
    }
}

/// An expectation about a column of a table that exists.
fn of_column(case: &Case, column: &str, outcome: &Outcome) -> Result<(String, bool, Vec<String>), String> {
    let Some(rule) = outcome.rule(column) else {
        return Err(format!("{}: `{}` has no column `{column}`", case.place, case.product));
    };
    let known = ["clear", "hidden", "nothing", "masked", "{"];
    if !known.iter().any(|word| case.expect.starts_with(word)) {
        return Err(format!(
            "{}: `{}` says nothing about a column; expect `clear`, `hidden`, `masked`, `masked as FUNCTION`, or what `weft \
             policy explain` shows",
            case.place, case.expect
        ));
    }
    let got = rule.to_string();
    // `masked as token of `customer`` and `masked as partial(…)` may be shortened to the function.
    let plain = got.replace('`', "");
    let function = plain.split(['(']).next().unwrap_or(&plain);
    let function = function.split(" of ").next().unwrap_or(function);
    let short = case.expect == "masked" && plain.starts_with("masked as ");
    let passed = case.expect == plain || short || (plain.starts_with("masked as ") && case.expect == function);
    Ok((got, passed, outcome.column_factors(column).iter().map(text).collect()))
}

fn text(factor: &Factor) -> String {
    format!("{} {} {} ({})", factor.authority, factor.rule, factor.effect, factor.place)
}

fn print(judged: &[Judged], output: Output) -> Result<(), Failure> {
    let passed = judged.iter().filter(|judged| judged.passed).count();
    let failed = judged.len() - passed;
    match output {
        Output::Json => terminal::json(&json!({
            "cases": judged.iter().map(|judged| json!({
                "place": judged.case.place,
                "persona": judged.case.persona,
                "purpose": judged.case.purpose,
                "product": judged.case.product,
                "column": judged.case.column,
                "expect": judged.case.expect,
                "got": judged.got,
                "passed": judged.passed,
                "because": judged.because,
            })).collect::<Vec<_>>(),
            "passed": passed,
            "failed": failed,
        })),
        Output::Csv => {
            let rows = judged.iter().map(|judged| {
                let Case { place, persona, purpose, product, column, expect, .. } = judged.case.clone();
                let (purpose, column) = (purpose.unwrap_or_default(), column.unwrap_or_default());
                [place, persona, purpose, product, column, expect, judged.got.clone(), judged.passed.to_string()]
            });
            let headings = ["place", "persona", "purpose", "product", "column", "expect", "got", "passed"];
            listing::print(headings, &rows.collect::<Vec<_>>(), output)
        }
        Output::Table => {
            let mut text = String::new();
            for Judged { case, got, because, .. } in judged.iter().filter(|judged| !judged.passed) {
                let purpose = case.purpose.as_ref().map(|purpose| format!(" for {purpose}")).unwrap_or_default();
                let column = case.column.as_ref().map(|column| format!(", column {column}")).unwrap_or_default();
                text.push_str(&format!(
                    "{}: {}{purpose}, {}{column}: expected {}, got {got}\n",
                    case.place, case.persona, case.product, case.expect
                ));
                for reason in because {
                    text.push_str(&format!("  because {reason}\n"));
                }
            }
            text.push_str(&format!("{passed} passed, {failed} failed\n"));
            terminal::legible(&text)
        }
    }
}
