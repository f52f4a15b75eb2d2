//! A decision for people: what holds, which rule of which file decided it, and what would change it.

use std::fmt;

use serde::Serialize;

use crate::compiled::{CompiledColumn, CompiledLeaf, CompiledTable, HitEffect};
use crate::decide::decide;
use crate::decision::{Authority, ColumnRule, Decision, Factor};
use crate::ladder::{DefaultAction, Ladder};
use crate::request::Request;
use crate::rule::{Effect, Rule};
use crate::set::PolicySet;
use crate::text::moment;

/// What one principal may read of one table, and why.
///
/// For the people who own the product or the policy: it names rules, roles and files.
#[derive(Clone, Debug, Serialize)]
pub struct Explanation {
    /// The product.
    pub product: String,
    /// The contract version.
    pub version: String,
    /// The table of the contract.
    pub object: String,
    /// True when the product exists for the principal.
    pub readable: bool,
    /// Grants and denials.
    pub access: Vec<Reason>,
    /// How the answer to "may they read" would be another.
    pub access_would_change: Vec<String>,
    /// The visible rows; absent means all of them.
    pub rows: Option<String>,
    /// What decided the rows.
    pub row_reasons: Vec<Reason>,
    /// How they would be others.
    pub rows_would_change: Vec<String>,
    /// Every column of the contract; empty when not readable.
    pub columns: Vec<ColumnExplanation>,
    /// The moment from which the answer may be another.
    pub valid_until: Option<String>,
}

/// What happens to one column, and why.
#[derive(Clone, Debug, Serialize)]
pub struct ColumnExplanation {
    /// The column.
    pub name: String,
    /// What is shown.
    pub shown: String,
    /// What decided it.
    pub reasons: Vec<Reason>,
    /// How it would be another.
    pub would_change: Vec<String>,
}

/// A rule, role or default that took part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// Who wrote it.
    pub authority: Authority,
    /// The rule's id, `role:<name>`, `contract`, `default:<classification>`, or `read-restrictions` of a catalog.
    pub rule: String,
    /// What it did.
    pub effect: String,
    /// The file with line and column.
    pub place: String,
}

/// Explains what [`decide`] says.
#[must_use]
pub fn explain(set: &PolicySet, request: &Request<'_>) -> Explanation {
    let decision = decide(set, request);
    let table = set.table(request).map(|(_, table)| table);
    let columns = match (table, &set.files.ladder) {
        (Some(table), Some(ladder)) if decision.readable() => columns(set, ladder, table, request, &decision),
        _ => Vec::new(),
    };
    Explanation {
        product: decision.product().to_string(),
        version: decision.version().to_string(),
        object: decision.object().to_owned(),
        readable: decision.readable(),
        access: reasons(decision.access_factors()),
        access_would_change: access_changes(set, table, request, &decision),
        rows: decision.rows().filter(|_| decision.readable()).map(ToString::to_string),
        row_reasons: reasons(decision.row_factors()),
        rows_would_change: row_changes(set, table, request, &decision),
        columns,
        valid_until: decision.valid_until().map(moment),
    }
}

fn reasons(factors: &[Factor]) -> Vec<Reason> {
    factors
        .iter()
        .map(|factor| Reason {
            authority: factor.authority,
            rule: factor.rule.to_string(),
            effect: factor.effect.clone(),
            place: factor.place.to_string(),
        })
        .collect()
}

/// Why a product is closed, or what closed it.
fn access_changes(
    set: &PolicySet,
    table: Option<&CompiledTable>,
    request: &Request<'_>,
    decision: &Decision,
) -> Vec<String> {
    let domain = &request.product.name.domain;
    if decision.readable() {
        return Vec::new();
    }
    if !set.board_valid() {
        return vec!["The board's policy does not compile; nothing is readable until it does.".to_owned()];
    }
    if set.files.broken.contains(domain) {
        return vec![format!("The policy of domain `{domain}` is broken; its products are closed until it is mended.")];
    }
    let Some(table) = table else {
        return vec!["The product is not part of the compiled catalog.".to_owned()];
    };
    let denied = table
        .denials
        .iter()
        .filter_map(|denial| table_rule(set, table, denial.rule))
        .filter(|rule| rule.applies(request.principal, request.purpose, request.now));
    let denied: Vec<String> = denied
        .map(|rule| {
            format!("Rule `{}` ({}) closes it; it would have to go or not mean the principal.", rule.id(), rule.place)
        })
        .collect();
    if !denied.is_empty() {
        return denied;
    }
    if !decision.access_factors().is_empty() {
        return vec!["No column is visible; a `clear` rule for one of them would open the product.".to_owned()];
    }
    let mut ways: Vec<String> = table
        .roles
        .iter()
        .map(|role| format!("The group or role `{}`, which the contract names ({}).", role.role, role.grant.place))
        .collect();
    ways.extend(
        table.grants.iter().filter_map(|grant| table_rule(set, table, grant.rule)).map(|rule| missed(rule, request)),
    );
    if ways.is_empty() {
        ways.push(format!("A role in the contract, or an `allow` rule of the board or of domain `{domain}`."));
    }
    ways
}

/// What keeps rows away, and who else opens some.
fn row_changes(
    set: &PolicySet,
    table: Option<&CompiledTable>,
    request: &Request<'_>,
    decision: &Decision,
) -> Vec<String> {
    let Some(table) = table.filter(|_| decision.readable()) else { return Vec::new() };
    let applies = |rule: &Rule| rule.applies(request.principal, request.purpose, request.now);
    if decision.rows().is_none() {
        return vec!["A `restrict` rule of the board or the domain would take rows away.".to_owned()];
    }
    let restricting = table.restrictions.iter().filter_map(|restriction| table_rule(set, table, restriction.rule));
    let mut found: Vec<String> = restricting
        .filter(|rule| applies(rule))
        .map(|rule| format!("Rule `{}` ({}) would have to except the principal.", rule.id(), rule.place))
        .collect();
    for role in &table.roles {
        let principal = request.principal;
        if !principal.roles.contains(&role.role) && !principal.groups.contains(&role.role) {
            let rows = if role.rows.is_some() { "rows of its own" } else { "all rows" };
            let message = format!("The group or role `{}` would open {rows} ({}).", role.role, role.grant.place);
            found.push(message);
        }
    }
    for rule in table.grants.iter().filter_map(|grant| table_rule(set, table, grant.rule)) {
        if !applies(rule) {
            found.push(missed(rule, request));
        }
    }
    found
}

fn table_rule<'a>(set: &'a PolicySet, table: &CompiledTable, local: usize) -> Option<&'a Rule> {
    set.rule(*table.rules.get(local)?)
}

/// Why a granting rule does not speak of the principal.
fn missed(rule: &Rule, request: &Request<'_>) -> String {
    let whom = rule.to.as_ref().map(ToString::to_string).unwrap_or_default();
    let except = rule.except.as_ref().map(|who| format!(", except {who}")).unwrap_or_default();
    let expired = match rule.expires {
        Some(expires) if request.now >= expires => ", but it has expired",
        _ => "",
    };
    let what = match rule.effect {
        Effect::Allow => "lets read",
        Effect::History => "opens older versions to",
        _ => "shows it to",
    };
    format!("Rule `{}` ({}) {what} {whom}{except}{expired}.", rule.id(), rule.place)
}

fn columns(
    set: &PolicySet,
    ladder: &Ladder,
    table: &CompiledTable,
    request: &Request<'_>,
    decision: &Decision,
) -> Vec<ColumnExplanation> {
    let explain = Explain { set, ladder, table, request };
    table
        .columns
        .iter()
        .zip(decision.columns())
        .map(|(compiled, decided)| {
            let mut would_change = Vec::new();
            if *decided.rule() == ColumnRule::Clear {
                would_change.push("A `mask` or `hide` rule of the board or the domain would close it.".to_owned());
            } else {
                explain.column(compiled, &mut Vec::new(), &mut would_change);
            }
            ColumnExplanation {
                name: decided.name().to_owned(),
                shown: decided.rule().to_string(),
                reasons: reasons(decided.factors()),
                would_change,
            }
        })
        .collect()
}

/// Looks for what would change a column.
struct Explain<'a> {
    set: &'a PolicySet,
    ladder: &'a Ladder,
    table: &'a CompiledTable,
    request: &'a Request<'a>,
}

impl Explain<'_> {
    fn column<'c>(&self, column: &'c CompiledColumn, path: &mut Vec<&'c str>, found: &mut Vec<String>) {
        path.push(&column.name);
        if let Some(leaf) = &column.leaf {
            let leaf = match &leaf.after {
                Some((until, after)) if self.request.now >= *until => after,
                _ => leaf,
            };
            let nested = if path.len() > 1 { format!("`{}`: ", path.join(".")) } else { String::new() };
            found.extend(self.leaf(leaf).into_iter().map(|sentence| format!("{nested}{sentence}")));
        }
        for child in &column.children {
            self.column(child, path, found);
        }
        path.pop();
    }

    fn leaf(&self, leaf: &CompiledLeaf) -> Vec<String> {
        let rule = |local: usize| table_rule(self.set, self.table, local);
        let applies = |rule: &Rule| rule.applies(self.request.principal, self.request.purpose, self.request.now);
        let mut found = Vec::new();
        let (mut board_rule, mut board_clear, mut closes) = (None, false, false);
        for hit in &leaf.hits {
            let Some(rule) = rule(hit.rule) else { continue };
            match (&hit.effect, applies(rule)) {
                (HitEffect::Clear(_), false) => found.push(missed(rule, self.request)),
                (HitEffect::Clear(_), true) => board_clear |= rule.authority == Authority::Board,
                (_, true) => {
                    closes = true;
                    if rule.authority == Authority::Board {
                        board_rule = Some(rule);
                    }
                }
                (_, false) => {}
            }
        }
        for role in leaf.roles.iter().filter_map(|position| self.table.roles.get(*position)) {
            let principal = self.request.principal;
            if !principal.roles.contains(&role.role) && !principal.groups.contains(&role.role) {
                found.push(format!("The group or role `{}` clears it ({}).", role.role, role.clear.place));
            }
        }
        let class = leaf.label.class;
        let word = self.ladder.name(class);
        let domain = &self.request.product.name.domain;
        let open = self.ladder.action(class) == DefaultAction::Clear;
        match board_rule {
            _ if board_clear => {}
            Some(rule) => {
                found.push(format!(
                    "Rule `{}` of the board decides; only a `clear` rule of the board goes above it.",
                    rule.id()
                ));
            }
            None if open => {}
            None if self.ladder.delegated(class) => {
                found.push(format!(
                    "It is `{word}`: a `clear` rule or a role's clearance of domain `{domain}` would show it."
                ));
            }
            None if class.is_none() => {
                found.push(
                    "It has no classification: give it one in the contract, or by a `classify` rule of the board."
                        .to_owned(),
                );
            }
            None => found.push(format!(
                "It is `{word}`, above what domains may clear: only a `clear` rule of the board shows it."
            )),
        }
        if closes && board_rule.is_none() || !leaf.contract.is_empty() {
            found.push(format!(
                "Domain `{domain}` masks it; a `clear` rule of the domain, or less of a mask, would show more."
            ));
        }
        found
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {} ({})", self.authority, self.rule, self.effect, self.place)
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = if self.readable { "readable" } else { "not readable" };
        writeln!(f, "{} {} ({}): {state}", self.product, self.version, self.object)?;
        section(f, 2, &self.access, &self.access_would_change)?;
        if !self.readable {
            return Ok(());
        }
        writeln!(f, "rows: {}", self.rows.as_deref().unwrap_or("all"))?;
        section(f, 2, &self.row_reasons, &self.rows_would_change)?;
        writeln!(f, "columns:")?;
        for column in &self.columns {
            writeln!(f, "  {}: {}", column.name, column.shown)?;
            section(f, 4, &column.reasons, &column.would_change)?;
        }
        match &self.valid_until {
            Some(until) => writeln!(f, "valid until: {until}"),
            None => Ok(()),
        }
    }
}

fn section(f: &mut fmt::Formatter<'_>, indent: usize, reasons: &[Reason], changes: &[String]) -> fmt::Result {
    for reason in reasons {
        writeln!(f, "{:indent$}because {reason}", "")?;
    }
    for change in changes {
        writeln!(f, "{:indent$}to change: {change}", "")?;
    }
    Ok(())
}
