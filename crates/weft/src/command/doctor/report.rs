//! What was found, one line per check.

use std::fmt;

use serde_json::json;

use crate::cli::Output;
use crate::error::Failure;
use crate::findings::count;
use crate::{listing, terminal};

/// Every check so far.
#[derive(Debug, Default)]
pub(super) struct Report {
    checks: Vec<Check>,
}

#[derive(Debug)]
struct Check {
    name: &'static str,
    state: State,
    says: String,
    hint: String,
}

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// As it should be.
    Ok,
    /// A server starts, and lacks something.
    Warn,
    /// A server does not start, or must not.
    Fail,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        })
    }
}

impl Report {
    /// Something is as it should be.
    pub(super) fn ok(&mut self, name: &'static str, says: String) {
        self.add(name, State::Ok, says, "");
    }

    /// Something is lacking; the hint says what to do.
    pub(super) fn warn(&mut self, name: &'static str, says: String, hint: &str) {
        self.add(name, State::Warn, says, hint);
    }

    /// Something keeps a server from starting; the hint says what to do.
    pub(super) fn fail(&mut self, name: &'static str, says: String, hint: &str) {
        self.add(name, State::Fail, says, hint);
    }

    fn add(&mut self, name: &'static str, state: State, says: String, hint: &str) {
        self.checks.push(Check { name, state, says, hint: hint.to_owned() });
    }

    /// Prints every check.
    ///
    /// # Errors
    /// [`Failure::Found`] when one failed.
    pub(super) fn print(&self, output: Output) -> Result<(), Failure> {
        let number = |state| self.checks.iter().filter(|check| check.state == state).count();
        let (warnings, failures) = (number(State::Warn), number(State::Fail));
        match output {
            Output::Json => {
                let as_json = |check: &Check| {
                    let hint = Some(&check.hint).filter(|hint| !hint.is_empty());
                    json!({"check": check.name, "state": check.state.to_string(), "says": check.says, "hint": hint})
                };
                let checks: Vec<_> = self.checks.iter().map(as_json).collect();
                terminal::json(&json!({"checks": checks, "warnings": warnings, "failures": failures}))?;
            }
            Output::Csv => {
                let row = |check: &Check| {
                    [check.name.to_owned(), check.state.to_string(), check.says.clone(), check.hint.clone()]
                };
                listing::print(
                    ["check", "state", "says", "hint"],
                    &self.checks.iter().map(row).collect::<Vec<_>>(),
                    output,
                )?;
            }
            Output::Table => {
                let mut text = String::new();
                for Check { name, state, says, hint } in &self.checks {
                    text.push_str(&format!("{state:4}  {name}: {says}\n"));
                    if !hint.is_empty() {
                        text.push_str(&format!("      hint: {hint}\n"));
                    }
                }
                text.push_str(&format!("{}, {}\n", count(failures, "failure"), count(warnings, "warning")));
                terminal::answer(&text)?;
            }
        }
        if failures > 0 { Err(Failure::Found) } else { Ok(()) }
    }
}
