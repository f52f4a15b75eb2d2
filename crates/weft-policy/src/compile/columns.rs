//! The labels of one table's columns, and the rules that touch each.

use std::sync::Arc;

use weft_model::column::Column;
use weft_model::finding::Finding;
use weft_model::mask::Mask;

use crate::compile::context::{Context, Table};
use crate::compile::tables::{Fit, Tables};
use crate::compiled::{CompiledColumn, CompiledLeaf, Hit, HitEffect, RoleUse};
use crate::complaint::MASK;
use crate::decision::{Authority, Factor, MaskRule};
use crate::fit::{fitted, null};
use crate::label::{Classifier, Label, OwnLabel, SharedLabel, facts};
use crate::ladder::Class;
use crate::leaf::{Leaf, Shape, shape};
use crate::matcher::{Match, Reach};
use crate::rule::{Effect, Rule};

/// Gathers what is known of the columns of a table.
pub(crate) struct Columns<'a> {
    context: &'a Context<'a>,
    table: &'a Table<'a>,
    own: &'a [OwnLabel],
    shared: Option<&'a Vec<SharedLabel>>,
    classifiers: &'a [Classifier<'a>],
    drafts: Vec<Draft>,
}

/// A leaf while it is compiled.
struct Draft {
    now: State,
    after: Option<(i64, State)>,
}

/// A label with the rules that touch it.
struct State {
    label: Label,
    /// Own and foreign tags.
    tags: Arc<[Arc<str>]>,
    hits: Vec<Hit>,
}

impl State {
    fn new(label: Label) -> Self {
        Self { tags: label.all_tags(), label, hits: Vec::new() }
    }

    /// True when a rule means the leaf. What opens sees only the tags of the domain itself and of the board.
    fn meant(&self, leaf: &Leaf<'_>, rule: &Rule) -> bool {
        let (tags, reach) = match rule.effect.grants() {
            true => (&self.label.tags, Reach::TopLevel),
            false => (&self.tags, Reach::AnyDepth),
        };
        rule.matches.column(&facts(leaf, self.label.class, tags), reach)
    }
}

impl<'a> Columns<'a> {
    pub(crate) fn new(
        context: &'a Context<'a>,
        table: &'a Table<'a>,
        own: &'a [OwnLabel],
        shared: Option<&'a Vec<SharedLabel>>,
        classifiers: &'a [Classifier<'a>],
    ) -> Self {
        Self { context, table, own, shared, classifiers, drafts: Vec::with_capacity(own.len()) }
    }

    /// Labels every leaf.
    pub(crate) fn label(&mut self) {
        for (position, (leaf, own)) in self.table.leaves.iter().zip(self.own).enumerate() {
            let shared = self.shared.and_then(|shared| shared.get(position));
            let state = |class: Option<Class>, tags: &Arc<[Arc<str>]>| {
                let mut label = Label::joined(class, tags, shared, self.context.ladder);
                label.raise(leaf, self.classifiers);
                State::new(label)
            };
            let after = own.after.as_ref().map(|later| (later.second, state(later.class, &later.tags)));
            self.drafts.push(Draft { now: state(own.class, &own.tags), after });
        }
    }

    /// True when a rule about the table means it: it has no keys about columns, or a column meets them.
    pub(crate) fn any(&self, matches: &Match) -> bool {
        !matches.about_columns()
            || self.table.leaves.iter().zip(&self.drafts).any(|(leaf, draft)| {
                let meets =
                    |state: &State| matches.column(&facts(leaf, state.label.class, &state.tags), Reach::AnyDepth);
                // A label that comes back later counts already: a decision about the table has no time of its own.
                meets(&draft.now) || draft.after.as_ref().is_some_and(|(_, state)| meets(state))
            })
    }

    /// A rule about columns: notes it on every leaf it means.
    pub(crate) fn rule(&mut self, position: usize, tables: &mut Tables<'_, '_>) {
        let context = self.context;
        let Some(rule) = context.rules.get(position) else { return };
        let mut local = None;
        let mut rows = None;
        for (leaf, draft) in self.table.leaves.iter().zip(&mut self.drafts) {
            let states = std::iter::once(&mut draft.now).chain(draft.after.as_mut().map(|(_, state)| state));
            for state in states {
                if !state.meant(leaf, rule) {
                    continue;
                }
                let effect = match &rule.effect {
                    Effect::Mask(mask) => HitEffect::Mask(suited(mask, leaf, rule, tables)),
                    Effect::Hide => HitEffect::Hide,
                    _ => {
                        let fit = rows.get_or_insert_with(|| match tables.rows(rule, position) {
                            Fit::All => Some(None),
                            Fit::Rows(rows) => Some(Some(rows)),
                            Fit::Absent(column) => {
                                tables.void(rule, &format!("it has no column `{column}`"));
                                None
                            }
                            Fit::Wrong(clause) => {
                                tables.void(rule, &clause);
                                None
                            }
                        });
                        match fit {
                            Some(rows) => HitEffect::Clear(rows.clone()),
                            None => return,
                        }
                    }
                };
                let local = *local.get_or_insert_with(|| tables.local(position));
                state.hits.push(Hit { rule: local, effect });
            }
        }
    }

    /// Puts the columns together.
    pub(crate) fn build(self, tables: &mut Tables<'_, '_>) -> Vec<CompiledColumn> {
        let Self { table, drafts, .. } = self;
        let mut finished = table.leaves.iter().zip(drafts).map(|(leaf, draft)| {
            let contract = contract_masks(leaf, tables);
            let fallback = fallback(leaf);
            let finish = |state: State, contract: Vec<(MaskRule, Factor)>| {
                let clears = |role: &RoleUse| {
                    (state.label.class.is_some() && state.label.class <= role.clearance)
                        || state.label.tags.iter().any(|tag| role.unmask.iter().any(|glob| glob.matches(tag)))
                };
                let roles = tables.reading_roles().iter().enumerate();
                let roles = roles.filter(|(_, role)| clears(role)).map(|(position, _)| position).collect();
                CompiledLeaf {
                    roles,
                    label: state.label,
                    hits: state.hits,
                    contract,
                    fallback: fallback.clone(),
                    after: None,
                }
            };
            let mut whole = finish(draft.now, contract.clone());
            whole.after = draft.after.map(|(until, state)| (until, Box::new(finish(state, contract))));
            whole
        });
        table.object.columns.iter().map(|column| assemble(column, &mut finished)).collect()
    }
}

fn assemble(column: &Column, finished: &mut impl Iterator<Item = CompiledLeaf>) -> CompiledColumn {
    let shape = shape(column);
    let (children, leaf) = match shape {
        Shape::Leaf => (Vec::new(), finished.next().map(Box::new)),
        _ => (column.children.iter().map(|child| assemble(child, finished)).collect(), None),
    };
    CompiledColumn { name: Arc::clone(&column.name), shape, children, leaf }
}

/// The rule's mask on this leaf; null when it does not fit.
fn suited(mask: &Mask, leaf: &Leaf<'_>, rule: &Rule, tables: &mut Tables<'_, '_>) -> MaskRule {
    fitted(mask, leaf.column).unwrap_or_else(|clause| {
        let message =
            format!("rule `{}` does not fit column `{}` of {}: {clause}", rule.id(), leaf.dotted(), tables.named());
        let hint = "The column is null for whom the rule means.";
        tables.complain(Finding::warning(MASK, rule.place.clone(), message).hint(hint));
        null()
    })
}

/// The contract's masks on this leaf; null for those that do not fit or that a contract may not ask for.
fn contract_masks(leaf: &Leaf<'_>, tables: &mut Tables<'_, '_>) -> Vec<(MaskRule, Factor)> {
    leaf.masked
        .iter()
        .filter_map(|holder| Some((holder, holder.mask.as_ref()?)))
        .map(|(holder, mask)| {
            let suited = match mask {
                Mask::Sha256Global {} => Err("a contract may not ask for an unkeyed hash".to_owned()),
                mask => fitted(mask, leaf.column),
            };
            let rule = suited.unwrap_or_else(|clause| {
                let message = format!(
                    "the contract's mask of column `{}` of {} is not used: {clause}",
                    leaf.dotted(),
                    tables.named()
                );
                let hint = "The column is null for people who may not see it in clear.";
                tables.complain(Finding::error(MASK, holder.place.clone(), message).hint(hint));
                null()
            });
            let factor = Factor {
                authority: Authority::Domain,
                rule: Arc::from("contract"),
                effect: format!("masks as {}", rule.mask),
                place: holder.place.clone(),
            };
            (rule, factor)
        })
        .collect()
}

/// What `mask` means when nobody says how: a token where the column has a token domain, else null.
fn fallback(leaf: &Leaf<'_>) -> MaskRule {
    match leaf.column.token_domain {
        Some(_) => fitted(&Mask::Token {}, leaf.column).unwrap_or_else(|_| null()),
        None => null(),
    }
}
