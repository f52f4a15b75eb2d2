//! The rules and roles that open, close or filter one table.

use std::sync::Arc;

use weft_model::contract::{Role, SchemaObject};
use weft_model::finding::Finding;

use crate::compile::context::{Context, Table};
use crate::compiled::{CompiledColumn, CompiledTable, Denial, Grant, Restriction, RoleUse};
use crate::complaint::{CLASSIFICATION, COLUMNS, MAPPING, PREDICATE};
use crate::decision::{Authority, Factor};
use crate::glob::{Glob, bounded};
use crate::label::OwnLabel;
use crate::leaf::fold;
use crate::rule::{Effect, RowRule, Rule};
use crate::template::{Template, Tree};
use crate::typing::{Misfit, Scope, check};

/// Gathers what is known of a table.
pub(crate) struct Tables<'a, 'f> {
    context: &'a Context<'a>,
    table: &'a Table<'a>,
    findings: &'f mut Vec<Finding>,
    /// Positions of the rules that touch the table.
    rules: Vec<usize>,
    roles: Vec<RoleUse>,
    grants: Vec<Grant>,
    histories: Vec<usize>,
    denials: Vec<Denial>,
    restrictions: Vec<Restriction>,
}

/// The row part of a rule on this table.
pub(crate) enum Fit {
    /// Every row.
    All,
    /// Some rows.
    Rows(Arc<Template>),
    /// A column is missing.
    Absent(Arc<str>),
    /// Something else is wrong; it has been said.
    Wrong(String),
}

impl<'a, 'f> Tables<'a, 'f> {
    pub(crate) fn new(context: &'a Context<'a>, table: &'a Table<'a>, findings: &'f mut Vec<Finding>) -> Self {
        Self {
            context,
            table,
            findings,
            rules: Vec::new(),
            roles: Vec::new(),
            grants: Vec::new(),
            histories: Vec::new(),
            denials: Vec::new(),
            restrictions: Vec::new(),
        }
    }

    /// The position of a rule among those that touch the table.
    pub(crate) fn local(&mut self, rule: usize) -> usize {
        if let Some(position) = self.rules.iter().position(|held| *held == rule) {
            return position;
        }
        self.rules.push(rule);
        self.rules.len() - 1
    }

    /// The roles of the contract that may read, each with its rows.
    pub(crate) fn roles(&mut self) {
        for role in self.table.contract.roles.iter().filter(|role| role.reads) {
            let rows = match &role.row_filter {
                None => None,
                Some(text) => match self.row_filter(role, text) {
                    Some(template) => Some(Arc::new(template)),
                    None => continue,
                },
            };
            let factor = |effect: String| Factor {
                authority: Authority::Domain,
                rule: Arc::from(format!("role:{}", role.role)),
                effect,
                place: role.place.clone(),
            };
            let text = role.row_filter.as_deref();
            let grant = factor(text.map_or_else(|| "grants all rows".to_owned(), |rows| format!("grants rows {rows}")));
            let clear =
                factor(text.map_or_else(|| "shows in clear".to_owned(), |rows| format!("shows in clear where {rows}")));
            let clearance = role.clearance.as_ref().and_then(|word| self.context.ladder.class(word));
            if let Some(word) = &role.clearance
                && clearance.is_none()
            {
                let message = format!("clearance `{word}` of role `{}` is not on the board's ladder", role.role);
                let hint = "The role clears nothing by it.";
                self.findings.push(Finding::error(CLASSIFICATION, role.place.clone(), message).hint(hint));
            }
            let unmask = role.unmask.iter().filter(|glob| bounded(glob)).map(|glob| Glob::folded(glob)).collect();
            self.roles.push(RoleUse { role: Arc::clone(&role.role), rows, clearance, unmask, grant, clear });
        }
    }

    /// A role's filter, or nothing after a complaint: the role then grants nothing.
    fn row_filter(&mut self, role: &Role, text: &Arc<str>) -> Option<Template> {
        let complaint = match &*self.context.filter(text) {
            Err(refusal) => {
                let finding = Finding::error(PREDICATE, role.place.clone(), refusal.message.clone());
                match refusal.hint {
                    Some(hint) => finding.hint(hint),
                    None => finding,
                }
            }
            Ok(condition) => match check(condition, Scope { columns: &self.table.object.columns }) {
                Ok(template) => return Some(template),
                Err(misfit) => {
                    let clause = self.clause(&misfit);
                    let message = format!("the row filter of role `{}` does not fit: {clause}", role.role);
                    Finding::error(COLUMNS, role.place.clone(), message)
                        .hint("The role grants nothing until its filter fits.")
                }
            },
        };
        self.findings.push(complaint);
        None
    }

    /// A rule about access or rows; `meant` tells whether its keys about columns, if any, are met.
    pub(crate) fn rule(&mut self, position: usize, meant: bool) {
        let context = self.context;
        let Some(rule) = context.rules.get(position) else { return };
        let facts = self.table.facts(0);
        match rule.effect {
            Effect::Allow if rule.matches.table_tags(&facts) => {
                let rows = match self.rows(rule, position) {
                    Fit::All => None,
                    Fit::Rows(rows) => Some(rows),
                    Fit::Absent(column) => return self.void(rule, &self.clause(&Misfit::Absent(column))),
                    Fit::Wrong(clause) => return self.void(rule, &clause),
                };
                let local = self.local(position);
                self.grants.push(Grant { rule: local, rows });
            }
            Effect::History if rule.matches.table_tags(&facts) => {
                let local = self.local(position);
                self.histories.push(local);
            }
            Effect::Deny if meant => {
                let local = self.local(position);
                self.denials.push(Denial { rule: local, instead: None });
            }
            Effect::Restrict if meant => match self.rows(rule, position) {
                Fit::Rows(rows) => {
                    let local = self.local(position);
                    self.restrictions.push(Restriction { rule: local, rows });
                }
                Fit::Absent(_) if rule.where_present => {}
                Fit::Absent(column) => {
                    let hint = "Say `where_present: true` if products without the column are not meant.";
                    self.close(rule, position, &self.clause(&Misfit::Absent(column)), Some(hint));
                }
                Fit::Wrong(clause) => self.close(rule, position, &clause, None),
                Fit::All => self.close(rule, position, "it keeps no rows back", None),
            },
            _ => {}
        }
    }

    /// The row part of a rule in the types of the table.
    pub(crate) fn rows(&self, rule: &Rule, position: usize) -> Fit {
        let Some(rows) = &rule.rows else { return Fit::All };
        match self.template(rows, position) {
            Ok(template) => Fit::Rows(Arc::new(template)),
            Err(Misfit::Absent(column)) => Fit::Absent(column),
            Err(Misfit::Wrong(clause)) => Fit::Wrong(clause),
        }
    }

    fn template(&self, rows: &RowRule, position: usize) -> Result<Template, Misfit> {
        let scope = Scope { columns: &self.table.object.columns };
        let mut whole = Template { tree: Tree::And(Vec::new()), attributes: Vec::new(), today: false };
        let mut links = Vec::new();
        if let Some(condition) = &rows.condition {
            let template = check(condition, scope)?;
            links.push(template.tree);
            whole.attributes = template.attributes;
            whole.today = template.today;
        }
        for mapping in self.context.mappings.get(position).into_iter().flatten() {
            let mapping = mapping.as_ref().map_err(|clause| Misfit::Wrong(clause.clone()))?;
            let (tree, attributes) = mapping.tree(scope)?;
            links.push(tree);
            whole.attributes.extend(attributes.iter().cloned());
            whole.today |= mapping.today;
        }
        whole.tree = match links.len() {
            1 => links.pop().unwrap_or(Tree::And(Vec::new())),
            _ => Tree::And(links),
        };
        Ok(whole)
    }

    /// A grant that does not fit is void.
    pub(crate) fn void(&mut self, rule: &Rule, clause: &str) {
        let message = format!("rule `{}` does not fit {}: {clause}", rule.id(), self.named());
        let hint = "It opens nothing there.";
        self.findings.push(Finding::error(self.code(rule), rule.place.clone(), message).hint(hint));
    }

    /// A restriction that does not fit closes the table.
    fn close(&mut self, rule: &Rule, position: usize, clause: &str, hint: Option<&str>) {
        let message = format!("rule `{}` does not fit {}: {clause}", rule.id(), self.named());
        let hint = format!(
            "The product is closed to whom the rule means.{}{}",
            if hint.is_some() { " " } else { "" },
            hint.unwrap_or("")
        );
        self.findings.push(Finding::error(self.code(rule), rule.place.clone(), message).hint(hint));
        let local = self.local(position);
        self.denials
            .push(Denial { rule: local, instead: Some("closes, because it does not fit the columns".to_owned()) });
    }

    fn code(&self, rule: &Rule) -> &'static str {
        if rule.rows.as_ref().is_some_and(|rows| !rows.mappings.is_empty()) { MAPPING } else { COLUMNS }
    }

    fn clause(&self, misfit: &Misfit) -> String {
        match misfit {
            Misfit::Absent(column) => format!("it has no column `{column}`"),
            Misfit::Wrong(clause) => clause.clone(),
        }
    }

    /// The table for messages.
    pub(crate) fn named(&self) -> String {
        let name = &self.table.product.name;
        if fold(&self.table.object.sql_name) == fold(&name.product) {
            format!("`{name}` {}", self.table.contract.version)
        } else {
            format!("`{}` of `{name}` {}", self.table.object.name, self.table.contract.version)
        }
    }

    /// Adds a complaint.
    pub(crate) fn complain(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// The roles that may read, by position.
    pub(crate) fn reading_roles(&self) -> &[RoleUse] {
        &self.roles
    }

    pub(crate) fn finish(
        self,
        object: Arc<SchemaObject>,
        locations: Vec<Arc<str>>,
        columns: Vec<CompiledColumn>,
        own: Vec<OwnLabel>,
    ) -> CompiledTable {
        CompiledTable {
            object,
            locations,
            rules: self.rules,
            roles: self.roles,
            grants: self.grants,
            histories: self.histories,
            denials: self.denials,
            restrictions: self.restrictions,
            columns,
            own,
        }
    }
}
