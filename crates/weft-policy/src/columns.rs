//! What one principal sees of each column: the board's side, the domain's side, and their meet.

use std::borrow::Cow;
use std::sync::Arc;

use crate::compiled::{By, CompiledColumn, CompiledLeaf, CompiledTable, HitEffect};
use crate::decision::{Authority, ColumnRule, Factor, MaskRule};
use crate::fit::null;
use crate::ladder::{DefaultAction, Ladder};
use crate::leaf::Shape;
use crate::meet::{Meet, Outcome, meet};
use crate::predicate::Predicate;
use crate::rule::Rule;
use crate::set::PolicySet;
use crate::template::{Session, Template, conjunction, disjunction, next_midnight};

/// The rules and roles of a table that speak of one principal, and what fills the holes of their predicates.
#[derive(Debug)]
pub(crate) struct Active<'a> {
    pub(crate) set: &'a PolicySet,
    pub(crate) ladder: &'a Ladder,
    pub(crate) table: &'a CompiledTable,
    pub(crate) session: Session<'a>,
    pub(crate) now: i64,
    /// By position among the table's rules.
    pub(crate) rules: Vec<bool>,
    /// By position among the table's roles.
    pub(crate) roles: Vec<bool>,
    /// Who opens the table.
    pub(crate) grants: Vec<By>,
    pub(crate) valid_until: Option<i64>,
}

impl<'a> Active<'a> {
    /// The rule at a position among the table's rules, when it speaks of the principal.
    pub(crate) fn rule(&self, position: usize) -> Option<&'a Rule> {
        if !self.rules.get(position).copied().unwrap_or(false) {
            return None;
        }
        self.set.rule(*self.table.rules.get(position)?)
    }

    /// The predicate of a template for the principal.
    pub(crate) fn bind(&mut self, template: &Template) -> Predicate {
        if template.today {
            self.until(next_midnight(self.now));
        }
        template.bind(&self.session)
    }

    /// Notes a second from which the decision may be another.
    pub(crate) fn until(&mut self, second: i64) {
        self.valid_until = Some(self.valid_until.map_or(second, |until| until.min(second)));
    }

    /// Notes the end of a rule that opens something.
    pub(crate) fn expires(&mut self, rule: &Rule) {
        if let Some(expires) = rule.expires {
            self.until(expires);
        }
    }
}

/// The result for a column with what led to it.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) rule: ColumnRule,
    pub(crate) factors: Vec<Factor>,
}

/// Decides a column from its leaves.
pub(crate) fn column(column: &CompiledColumn, active: &mut Active<'_>) -> Seen {
    if let Some(leaf) = &column.leaf {
        return leaf_seen(leaf, active);
    }
    let mut factors: Vec<Factor> = Vec::new();
    let mut children = Vec::with_capacity(column.children.len());
    for child in &column.children {
        let seen = self::column(child, active);
        for factor in seen.factors {
            if !factors.contains(&factor) {
                factors.push(factor);
            }
        }
        children.push((Arc::clone(&child.name), seen.rule));
    }
    Seen { rule: container(column.shape, children), factors }
}

/// What holds other fields, from what is seen of them.
fn container(shape: Shape, children: Vec<(Arc<str>, ColumnRule)>) -> ColumnRule {
    let Some((_, first)) = children.first() else { return ColumnRule::Hidden };
    // A rule that is the same for every field is the rule of the whole, where it can be: a list whose elements are
    // all null would still tell how many there are.
    let whole = match first {
        ColumnRule::Clear | ColumnRule::Hidden => true,
        ColumnRule::Masked(rule) | ColumnRule::ClearWhere { otherwise: rule, .. } => for_any_type(rule),
        ColumnRule::Nested(_) => false,
    };
    if whole && children.iter().all(|(_, rule)| rule == first) {
        return first.clone();
    }
    match shape {
        Shape::Struct => ColumnRule::Nested(children),
        Shape::List | Shape::Leaf => match first {
            ColumnRule::Hidden => ColumnRule::Hidden,
            _ => ColumnRule::Nested(children),
        },
        Shape::Map => map(children),
    }
}

/// Neither key nor value can leave a map, and its keys are neither null nor doubled.
fn map(children: Vec<(Arc<str>, ColumnRule)>) -> ColumnRule {
    if children.iter().any(|(_, rule)| *rule == ColumnRule::Hidden) {
        return ColumnRule::Hidden;
    }
    match children.first() {
        Some((_, ColumnRule::Clear)) => ColumnRule::Nested(children),
        _ => ColumnRule::Masked(null()),
    }
}

/// True for masks that every type knows.
fn for_any_type(rule: &MaskRule) -> bool {
    use weft_model::mask::Mask;
    matches!(rule.mask, Mask::Null {} | Mask::ReplaceWithNull {} | Mask::MaskToFixedValue {})
}

/// What one authority says of a leaf.
#[derive(Default)]
struct Side<'a> {
    /// A `clear` that holds on every row.
    clear: bool,
    /// Clearances that hold on some rows, with who gives them.
    clear_where: Vec<(By, &'a Template)>,
    masks: Meet<'a>,
    clear_factors: Vec<&'a Factor>,
    mask_factors: Vec<&'a Factor>,
}

impl<'a> Side<'a> {
    fn clears(&mut self, by: By, rows: Option<&'a Template>, factor: &'a Factor) {
        match rows {
            None => self.clear = true,
            Some(rows) => self.clear_where.push((by, rows)),
        }
        self.clear_factors.push(factor);
    }

    fn masks(&mut self, outcome: Outcome<'a>, factor: &'a Factor) {
        self.masks.add(outcome);
        self.mask_factors.push(factor);
    }
}

/// Decides a leaf.
fn leaf_seen(leaf: &CompiledLeaf, active: &mut Active<'_>) -> Seen {
    if let Some((until, after)) = &leaf.after {
        if active.now >= *until {
            return leaf_seen(after, active);
        }
        active.until(*until);
    }
    let table = active.table;
    let (mut board, mut domain) = (Side::default(), Side::default());
    for hit in &leaf.hits {
        let Some(rule) = active.rule(hit.rule) else { continue };
        let side = match rule.authority {
            Authority::Board => &mut board,
            Authority::Domain => &mut domain,
            // Rules stand in files, and no catalog writes those.
            Authority::Catalog => continue,
        };
        match &hit.effect {
            HitEffect::Mask(mask) => side.masks(Outcome::Masked(Cow::Borrowed(mask)), &rule.factor),
            HitEffect::Hide => side.masks(Outcome::Hidden, &rule.factor),
            HitEffect::Clear(rows) => {
                active.expires(rule);
                side.clears(By::Rule(hit.rule), rows.as_deref(), &rule.factor);
            }
        }
    }
    for position in &leaf.roles {
        if let Some(role) = table.roles.get(*position)
            && active.roles.get(*position).copied().unwrap_or(false)
        {
            domain.clears(By::Role(*position), role.rows.as_deref(), &role.clear);
        }
    }
    for (mask, factor) in &leaf.contract {
        domain.masks(Outcome::Masked(Cow::Borrowed(mask)), factor);
    }
    let board_where = conditions(&mut board, active);
    let domain_where = conditions(&mut domain, active);
    let sides = Sides::new(leaf, active.ladder, board, domain);
    let rule = sides.rule(board_where, domain_where);
    Seen { rule, factors: sides.factors() }
}

/// The rows on which a side's clearance holds, when it is not all or none of them.
fn conditions(side: &mut Side<'_>, active: &mut Active<'_>) -> Option<Predicate> {
    if side.clear || side.clear_where.is_empty() {
        return None;
    }
    // Where everyone who opens the table clears the leaf on the rows they open, it is clear on every visible row.
    if active.grants.iter().all(|grant| side.clear_where.iter().any(|(by, _)| by == grant)) {
        for (_, rows) in &side.clear_where {
            active.bind(rows);
        }
        side.clear = true;
        return None;
    }
    match disjunction(side.clear_where.iter().map(|(_, rows)| active.bind(rows)).collect()) {
        Predicate::Constant(true) => {
            side.clear = true;
            None
        }
        Predicate::Constant(false) => None,
        rows => Some(rows),
    }
}

/// Both sides of a leaf.
struct Sides<'a> {
    leaf: &'a CompiledLeaf,
    ladder: &'a Ladder,
    board: Side<'a>,
    domain: Side<'a>,
    board_mask: Option<Outcome<'a>>,
    domain_mask: Option<Outcome<'a>>,
}

impl<'a> Sides<'a> {
    fn new(leaf: &'a CompiledLeaf, ladder: &'a Ladder, mut board: Side<'a>, mut domain: Side<'a>) -> Self {
        let board_mask = std::mem::take(&mut board.masks).finish();
        let domain_mask = std::mem::take(&mut domain.masks).finish();
        Self { leaf, ladder, board, domain, board_mask, domain_mask }
    }

    /// The result when the clearances of the sides hold or do not.
    fn outcome(&self, board_clear: bool, domain_clear: bool) -> Outcome<'a> {
        let class = self.leaf.label.class;
        let domain = if domain_clear { Some(Outcome::Clear) } else { self.domain_mask.clone() };
        let board = if board_clear {
            Outcome::Clear
        } else if let Some(mask) = &self.board_mask {
            mask.clone()
        } else if domain_clear && self.ladder.delegated(class) {
            Outcome::Clear
        } else {
            match (self.ladder.action(class), &domain) {
                (DefaultAction::Clear, _) => Outcome::Clear,
                (DefaultAction::Hide, _) => Outcome::Hidden,
                (DefaultAction::Mask, Some(Outcome::Masked(mask))) => Outcome::Masked(mask.clone()),
                (DefaultAction::Mask, _) => Outcome::Masked(Cow::Borrowed(&self.leaf.fallback)),
            }
        };
        match domain {
            Some(domain) => meet(board, domain),
            None => board,
        }
    }

    /// The result for all rows: clear where the conditions say so, else what holds without them.
    fn rule(&self, board_where: Option<Predicate>, domain_where: Option<Predicate>) -> ColumnRule {
        let (board, domain) = (self.board.clear, self.domain.clear);
        let always = self.outcome(board, domain);
        let mut rows = Vec::new();
        if always != Outcome::Clear {
            let alone = [(&board_where, true, domain), (&domain_where, board, true)];
            for (condition, board, domain) in alone {
                if let Some(condition) = condition
                    && self.outcome(board, domain) == Outcome::Clear
                {
                    rows.push(condition.clone());
                }
            }
            if let (Some(board), Some(domain)) = (board_where, domain_where)
                && rows.is_empty()
                && self.outcome(true, true) == Outcome::Clear
            {
                rows.push(conjunction(vec![board, domain]));
            }
        }
        match (always, rows.is_empty()) {
            (Outcome::Clear, _) => ColumnRule::Clear,
            (Outcome::Hidden, true) => ColumnRule::Hidden,
            (Outcome::Masked(mask), true) => ColumnRule::Masked(mask.into_owned()),
            (Outcome::Hidden, false) => ColumnRule::ClearWhere { rows: disjunction(rows), otherwise: null() },
            (Outcome::Masked(mask), false) => {
                ColumnRule::ClearWhere { rows: disjunction(rows), otherwise: mask.into_owned() }
            }
        }
    }

    /// What took part: the board's clearance, masks or default, and the domain's clearance or masks.
    fn factors(&self) -> Vec<Factor> {
        let mut found: Vec<&Factor> = Vec::with_capacity(4);
        found.extend(&self.board.clear_factors);
        if !self.board.clear {
            match self.board.mask_factors.is_empty() {
                false => found.extend(&self.board.mask_factors),
                true => found.extend(self.ladder.factor(self.leaf.label.class)),
            }
        }
        found.extend(&self.domain.clear_factors);
        if !self.domain.clear {
            found.extend(&self.domain.mask_factors);
        }
        found.into_iter().cloned().collect()
    }
}
