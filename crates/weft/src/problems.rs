//! What is wrong with contracts and policy, in the log of a running server.

use std::collections::HashSet;
use std::sync::Arc;

use tokio::sync::watch::Receiver;
use weft_catalog::snapshot::{CatalogSnapshot, Problem};

/// How many findings are logged at a time; `weft validate` prints them all.
const LOGGED_MAX: usize = 100;

/// Logs the findings of the catalog as it is, then those that each change adds. Ends with the catalog.
pub async fn follow(changes: Option<Receiver<Arc<CatalogSnapshot>>>) {
    let Some(mut changes) = changes else { return };
    let mut known: Vec<Problem> = Vec::new();
    loop {
        let snapshot = Arc::clone(&changes.borrow_and_update());
        log(&known, snapshot.problems());
        known = snapshot.problems().to_vec();
        if changes.changed().await.is_err() {
            return;
        }
    }
}

fn log(known: &[Problem], now: &[Problem]) {
    let said: HashSet<String> = known.iter().map(words).collect();
    let fresh: Vec<&Problem> = now.iter().filter(|problem| !said.contains(&words(problem))).collect();
    for problem in fresh.iter().take(LOGGED_MAX) {
        let finding = &problem.finding;
        tracing::warn!(
            place = %finding.place,
            code = finding.code,
            severity = %finding.severity,
            hint = finding.hint,
            "{}",
            finding.message
        );
    }
    if let Some(more) = fresh.len().checked_sub(LOGGED_MAX).filter(|more| *more > 0) {
        tracing::warn!(more, "more findings are not logged; `weft validate` prints them all");
    }
}

/// What makes a finding another one.
fn words(problem: &Problem) -> String {
    let finding = &problem.finding;
    format!("{} {} {}", finding.code, finding.place, finding.message)
}
