//! Deciding: deny by default, then what the grants, denials, restrictions and column rules of a table say.

use std::sync::Arc;

use weft_model::contract::SchemaObject;
use weft_model::product::{OutputPort, Product};

use crate::columns::{Active, column};
use crate::compiled::{By, CompiledTable};
use crate::decision::{ColumnDecision, ColumnRule, Decision, Factor};
use crate::fingerprint::fingerprint;
use crate::literal::Target;
use crate::predicate::Predicate;
use crate::request::Request;
use crate::set::PolicySet;
use crate::template::{Session, conjunction, day_of, disjunction};

/// What a principal, for a purpose, at a time, may read of a table.
#[must_use]
pub fn decide(set: &PolicySet, request: &Request<'_>) -> Decision {
    match (set.table(request), &set.files.ladder) {
        (Some((_, table)), Some(ladder)) => {
            let principal = request.principal;
            let mut active = Active {
                set,
                ladder,
                table,
                session: Session { principal, today: day_of(request.now) },
                now: request.now,
                rules: rules(set, table, request),
                roles: table
                    .roles
                    .iter()
                    .map(|role| principal.roles.contains(&role.role) || principal.groups.contains(&role.role))
                    .collect(),
                grants: Vec::new(),
                valid_until: None,
            };
            open(request, &mut active)
        }
        _ => closed(request.product, request.port, request.object, Vec::new()),
    }
}

/// Which rules of the table speak of the principal.
fn rules(set: &PolicySet, table: &CompiledTable, request: &Request<'_>) -> Vec<bool> {
    let applies = |position: &usize| {
        set.rule(*position).is_some_and(|rule| rule.applies(request.principal, request.purpose, request.now))
    };
    table.rules.iter().map(applies).collect()
}

/// Access, rows, columns, in this order.
fn open(request: &Request<'_>, active: &mut Active<'_>) -> Decision {
    let table = active.table;
    let mut denials: Vec<Factor> = Vec::new();
    for denial in &table.denials {
        if let Some(rule) = active.rule(denial.rule) {
            let mut factor = rule.factor.clone();
            if let Some(effect) = &denial.instead {
                factor.effect.clone_from(effect);
            }
            denials.push(factor);
        }
    }
    if !denials.is_empty() {
        return closed(request.product, request.port, request.object, denials);
    }
    let (mut access_factors, granted) = grants(active);
    if active.grants.is_empty() {
        return closed(request.product, request.port, request.object, access_factors);
    }
    let mut row_factors: Vec<Factor> = if granted.is_some() { access_factors.clone() } else { Vec::new() };
    let history = histories(active);
    let mut rows: Vec<Predicate> = granted.into_iter().collect();
    for restriction in &table.restrictions {
        if let Some(rule) = active.rule(restriction.rule) {
            rows.push(active.bind(&restriction.rows));
            row_factors.push(rule.factor.clone());
        }
    }
    let mut columns: Vec<ColumnDecision> = Vec::with_capacity(table.columns.len());
    for compiled in &table.columns {
        let seen = column(compiled, active);
        columns.push(ColumnDecision { name: Arc::clone(&compiled.name), rule: seen.rule, factors: seen.factors });
    }
    if !columns.iter().any(|column| column.rule.visible()) {
        return closed(request.product, request.port, request.object, access_factors);
    }
    let older = !history.is_empty();
    access_factors.extend(history);
    let rows = if rows.is_empty() { None } else { Some(conjunction(rows)) };
    let rows = rows.filter(|rows| *rows != Predicate::Constant(true));
    let mut decision = Decision {
        product: request.product.name.clone(),
        version: request.port.version.clone(),
        object: Arc::clone(&request.object.name),
        readable: true,
        columns,
        rows,
        history: older,
        row_factors,
        access_factors,
        fingerprint: crate::decision::Fingerprint([0; 32]),
        valid_until: active.valid_until,
    };
    decision.fingerprint = fingerprint(&decision);
    decision
}

/// Who opens the table, and which rows they open together: `None` means all.
fn grants(active: &mut Active<'_>) -> (Vec<Factor>, Option<Predicate>) {
    let table = active.table;
    let mut factors = Vec::new();
    let mut rows = Some(Vec::new());
    for (position, role) in table.roles.iter().enumerate() {
        if active.roles.get(position).copied().unwrap_or(false) {
            active.grants.push(By::Role(position));
            factors.push(role.grant.clone());
            match &role.rows {
                Some(template) => {
                    let bound = active.bind(template);
                    rows = rows.map(|rows| with(rows, bound));
                }
                None => rows = None,
            }
        }
    }
    for grant in &table.grants {
        if let Some(rule) = active.rule(grant.rule) {
            active.grants.push(By::Rule(grant.rule));
            active.expires(rule);
            factors.push(rule.factor.clone());
            match &grant.rows {
                Some(template) => {
                    let bound = active.bind(template);
                    rows = rows.map(|rows| with(rows, bound));
                }
                None => rows = None,
            }
        }
    }
    (factors, rows.map(disjunction))
}

/// Who opens what the table was.
fn histories(active: &mut Active<'_>) -> Vec<Factor> {
    let table = active.table;
    let mut factors = Vec::new();
    for history in &table.histories {
        if let Some(rule) = active.rule(*history) {
            active.expires(rule);
            factors.push(rule.factor.clone());
        }
    }
    factors
}

fn with(mut rows: Vec<Predicate>, more: Predicate) -> Vec<Predicate> {
    rows.push(more);
    rows
}

/// Nothing: what is decided when nothing decides.
fn closed(product: &Product, port: &OutputPort, object: &SchemaObject, access_factors: Vec<Factor>) -> Decision {
    let mut decision = Decision {
        product: product.name.clone(),
        version: port.version.clone(),
        object: Arc::clone(&object.name),
        readable: false,
        columns: Vec::new(),
        rows: Some(Predicate::Constant(false)),
        history: false,
        row_factors: Vec::new(),
        access_factors,
        fingerprint: crate::decision::Fingerprint([0; 32]),
        valid_until: None,
    };
    decision.fingerprint = fingerprint(&decision);
    decision
}

/// Policy's own authority to read a mapping: all rows of the named columns, in clear, and nothing else.
///
/// Closed unless a rule of the set reads these columns of this product as a mapping.
#[must_use]
pub fn decide_mapping(
    set: &PolicySet,
    product: &Product,
    port: &OutputPort,
    object: &SchemaObject,
    columns: &[&str],
) -> Decision {
    let mapped = set.mapped.get(&product.name).filter(|_| set.open_product(&product.name).is_some());
    // The rule was typed against these columns; in another type a value would mean something else.
    let read = |name: &&str| {
        let expected = mapped.and_then(|mapped| mapped.get(*name));
        expected.is_some() && expected.copied() == object.column(name).and_then(|column| Target::of(&column.data_type))
    };
    if columns.is_empty() || !columns.iter().all(read) {
        return closed(product, port, object, Vec::new());
    }
    let mut decision = closed(product, port, object, Vec::new());
    decision.readable = true;
    decision.rows = None;
    decision.columns = object
        .columns
        .iter()
        .map(|column| {
            let named = columns.contains(&&*column.name);
            let rule = if named { ColumnRule::Clear } else { ColumnRule::Hidden };
            ColumnDecision { name: Arc::clone(&column.name), rule, factors: Vec::new() }
        })
        .collect();
    decision.fingerprint = fingerprint(&decision);
    decision
}
