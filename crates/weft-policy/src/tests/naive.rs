//! A second evaluator, written from the design alone and for one cell at a time: slow, plain, and shared with nothing.

use std::fmt::Write as _;
use std::sync::Arc;

use weft_model::contract::Role;
use weft_model::mask::Mask;
use weft_model::principal::Principal;

use super::mesh::{Labelled, Mesh, product, role, text};
use crate::decision::{ColumnRule, Decision};
use crate::predicate::{Comparison, Predicate, Value};

pub(super) const WORDS: [&str; 4] = ["public", "internal", "confidential", "restricted"];
const DEFAULTS: [Default; 4] = [Default::Clear, Default::Clear, Default::Mask, Default::Hide];
const DELEGATE: usize = 2;
/// The values of `region` that the rows of the table have.
pub(super) const REGIONS: [Option<&str>; 4] = [Some("EU"), Some("US"), Some("AP"), None];

#[derive(Clone, Copy, PartialEq)]
enum Default {
    Clear,
    Mask,
    Hide,
}

/// Predicates over `region`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Rows {
    Eu,
    NotUs,
    Mine,
    NotMine,
    Some,
    Member,
}

impl Rows {
    fn sql(self) -> &'static str {
        match self {
            Self::Eu => "region = 'EU'",
            Self::NotUs => "not region = 'US'",
            Self::Mine => "region = session_attribute('region')",
            Self::NotMine => "not (region = session_attribute('region'))",
            Self::Some => "region in ('EU', 'AP') or region is null",
            Self::Member => "is_member('g1') and region <> 'AP'",
        }
    }

    fn holds(self, region: Option<&str>, who: &Principal) -> bool {
        let mine = who.attributes.get("region").map(|value| &**value);
        match self {
            Self::Eu => region == Some("EU"),
            Self::NotUs => region.is_some_and(|region| region != "US"),
            Self::Mine => mine.is_some() && region == mine,
            Self::NotMine => mine.is_some() && region.is_some() && region != mine,
            Self::Some => matches!(region, None | Some("EU" | "AP")),
            Self::Member => who.groups.contains("g1") && region.is_some_and(|region| region != "AP"),
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct OneColumn {
    pub(super) class: Option<usize>,
    pub(super) tag: bool,
    pub(super) mask: Option<usize>,
    pub(super) token: bool,
}

#[derive(Clone, Debug)]
pub(super) struct OneRole {
    pub(super) group: usize,
    pub(super) clearance: Option<usize>,
    pub(super) unmask: bool,
    pub(super) rows: Option<Rows>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Does {
    Allow(Option<Rows>),
    Deny,
    Restrict(Rows),
    Mask(usize),
    Hide,
    Clear(Option<Rows>),
}

#[derive(Clone, Debug)]
pub(super) struct OneRule {
    pub(super) board: bool,
    pub(super) does: Does,
    /// A column by number, or every column.
    pub(super) column: Option<usize>,
    pub(super) tag: bool,
    pub(super) to: Option<Vec<usize>>,
    pub(super) except: Option<usize>,
    /// `attributes: {region: …}` beside the groups of `to`.
    pub(super) region: Option<usize>,
}

#[derive(Clone, Debug)]
pub(super) struct World {
    pub(super) columns: Vec<OneColumn>,
    pub(super) roles: Vec<OneRole>,
    pub(super) rules: Vec<OneRule>,
    pub(super) groups: Vec<usize>,
    pub(super) region: Option<usize>,
}

/// What a cell shows, weakest last.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    Hidden,
    Null,
    Constant,
    Masked(usize),
    Token,
    Clear,
}

/// Masks by number: two that keep ends, one that is another function, one constant.
const MASKS: [&str; 4] = [
    "{action: partial, keep_last: 4}",
    "{action: partial, keep_last: 2}",
    "{action: email_domain}",
    "{action: constant, value: \"-\"}",
];

fn mask(number: usize) -> Mask {
    let keep = |keep_last| Mask::Partial { keep_first: 0, keep_last, character: '*', min_hidden: 4 };
    match number {
        0 => keep(4),
        1 => keep(2),
        2 => Mask::EmailDomain {},
        _ => Mask::Constant { value: "-".to_owned() },
    }
}

fn shown(number: usize) -> Cell {
    if number == 3 { Cell::Constant } else { Cell::Masked(number) }
}

impl Cell {
    fn of(mask: &Mask) -> Self {
        match mask {
            Mask::Null {} => Self::Null,
            Mask::Token {} => Self::Token,
            other => (0..4).find(|number| super::naive::mask(*number) == *other).map_or(Self::Hidden, shown),
        }
    }

    fn level(&self) -> usize {
        match self {
            Self::Hidden => 0,
            Self::Null => 1,
            Self::Constant => 2,
            Self::Masked(_) | Self::Token => 3,
            Self::Clear => 4,
        }
    }

    /// True when this shows nothing that the other does not show.
    pub(super) fn within(&self, other: &Self) -> bool {
        *self == *other || self.level() < other.level() || (*self == Self::Masked(1) && *other == Self::Masked(0))
    }
}

/// The greatest cell below all of them.
fn meet(cells: &[Cell]) -> Option<Cell> {
    if cells.is_empty() {
        return None;
    }
    if cells.contains(&Cell::Hidden) {
        return Some(Cell::Hidden);
    }
    let mut masks: Vec<&Cell> = cells.iter().filter(|cell| cell.level() == 3).collect();
    if masks.contains(&&Cell::Masked(0)) && masks.contains(&&Cell::Masked(1)) {
        masks.retain(|cell| **cell != Cell::Masked(0));
    }
    let different = masks.iter().any(|cell| *cell != masks[0]);
    if cells.contains(&Cell::Null) || different {
        return Some(Cell::Null);
    }
    if cells.contains(&Cell::Constant) {
        return Some(Cell::Constant);
    }
    Some(masks.first().map_or(Cell::Clear, |cell| (*cell).clone()))
}

impl World {
    pub(super) fn principal(&self) -> Principal {
        let mut who = Principal { name: Arc::from("ana"), ..Principal::default() };
        who.groups = self.groups.iter().map(|group| Arc::from(format!("g{group}"))).collect();
        if let Some(region) = self.region {
            who.attributes.insert(Arc::from("region"), Arc::from(REGIONS[region % 3].unwrap()));
        }
        who
    }

    fn yaml(&self, board: bool) -> String {
        let mut text = String::new();
        for (number, rule) in self.rules.iter().enumerate().filter(|(_, rule)| rule.board == board) {
            let about_table = matches!(rule.does, Does::Allow(_) | Does::Deny | Does::Restrict(_));
            let mut keys = vec!["product: d.p".to_owned()];
            if !about_table {
                keys.push(rule.column.map_or("column: \"*\"".to_owned(), |column| format!("column: c{column}")));
                keys.extend(rule.tag.then(|| "tag: \"t:*\"".to_owned()));
            }
            write!(text, "  - {{id: r{number}, match: {{{}}}", keys.join(", ")).unwrap();
            let granting = matches!(rule.does, Does::Allow(_) | Does::Clear(_));
            if rule.to.is_some() || rule.region.is_some() || granting {
                let groups: Vec<String> = rule.to.iter().flatten().map(|group| format!("g{group}")).collect();
                let mut keys = vec![match &rule.to {
                    Some(_) => format!("groups: [{}]", groups.join(", ")),
                    None => "users: \"*\"".to_owned(),
                }];
                keys.extend(
                    rule.region.map(|region| format!("attributes: {{region: {}}}", REGIONS[region % 3].unwrap())),
                );
                write!(text, ", to: {{{}}}", keys.join(", ")).unwrap();
            }
            if let Some(group) = rule.except {
                write!(text, ", except: {{groups: g{group}}}").unwrap();
            }
            let rows = |rows: &Option<Rows>| rows.map_or(String::new(), |rows| format!(", rows: \"{}\"", rows.sql()));
            let effect = match &rule.does {
                Does::Allow(some) => format!("allow: read{}", rows(some)),
                Does::Deny => "deny: true".to_owned(),
                Does::Restrict(rows) => format!("restrict: \"{}\"", rows.sql()),
                Does::Mask(number) => format!("mask: {}", MASKS[*number]),
                Does::Hide => "hide: true".to_owned(),
                Does::Clear(some) => format!("clear: true{}", rows(some)),
            };
            writeln!(text, ", {effect}}}").unwrap();
        }
        if text.is_empty() { "  []\n".to_owned() } else { text }
    }

    pub(super) fn mesh(&self) -> Mesh {
        let mut columns = vec![text("region").class("public")];
        for (number, column) in self.columns.iter().enumerate() {
            let mut built = text(&format!("c{number}"));
            built.classification = column.class.map(|class| Arc::from(WORDS[class]));
            built.tags = if column.tag { vec![Arc::from("t:x")] } else { Vec::new() };
            built.mask = column.mask.map(mask);
            built.token_domain = column.token.then(|| Arc::from("id"));
            columns.push(built);
        }
        let roles = self
            .roles
            .iter()
            .map(|one| Role {
                clearance: one.clearance.map(|class| Arc::from(WORDS[class])),
                unmask: if one.unmask { vec![Arc::from("t:*")] } else { Vec::new() },
                row_filter: one.rows.map(|rows| Arc::from(rows.sql())),
                ..role(&format!("g{}", one.group))
            })
            .collect();
        Mesh::new(&self.yaml(true)).domain("d", &self.yaml(false)).product(product("d.p", columns, roles))
    }

    /// Whether a rule speaks of the principal: certain for what opens, not excluded for what closes.
    fn speaks(&self, rule: &OneRule) -> bool {
        let granting = matches!(rule.does, Does::Allow(_) | Does::Clear(_));
        if rule.except.is_some_and(|group| self.groups.contains(&group)) {
            return false;
        }
        if rule.to.as_ref().is_some_and(|to| !to.iter().any(|group| self.groups.contains(group))) {
            return false;
        }
        match (rule.region, self.region) {
            (None, _) => true,
            (Some(wanted), Some(has)) => wanted % 3 == has % 3,
            (Some(_), None) => !granting,
        }
    }

    fn active(&self) -> impl Iterator<Item = &OneRule> {
        self.rules.iter().filter(|rule| self.speaks(rule))
    }

    fn has(&self, role: &OneRole) -> bool {
        self.groups.contains(&role.group)
    }

    /// Whether anything is readable at all, columns aside.
    pub(super) fn granted(&self) -> bool {
        !self.active().any(|rule| rule.does == Does::Deny)
            && (self.roles.iter().any(|role| self.has(role))
                || self.active().any(|rule| matches!(rule.does, Does::Allow(_))))
    }

    pub(super) fn visible(&self, region: Option<&str>) -> bool {
        let who = self.principal();
        let open = |rows: &Option<Rows>| rows.is_none_or(|rows| rows.holds(region, &who));
        let granted = self.roles.iter().any(|role| self.has(role) && open(&role.rows))
            || self.active().any(|rule| matches!(&rule.does, Does::Allow(rows) if open(rows)));
        granted && self.active().all(|rule| !matches!(rule.does, Does::Restrict(rows) if !rows.holds(region, &who)))
    }

    /// What one cell shows; with `conditional` false as if no clearance that has rows held.
    pub(super) fn cell(&self, number: usize, region: Option<&str>, conditional: bool) -> Cell {
        let column = &self.columns[number];
        let who = self.principal();
        let meant = |rule: &OneRule| rule.column.is_none_or(|one| one == number) && (!rule.tag || column.tag);
        let holds = |rows: &Option<Rows>| match rows {
            None => true,
            Some(rows) => conditional && rows.holds(region, &who),
        };
        let side = |board: bool| self.active().filter(move |rule| rule.board == board).filter(|rule| meant(rule));
        let clears = |board: bool| side(board).any(|rule| matches!(&rule.does, Does::Clear(rows) if holds(rows)));
        let masks = |board: bool| -> Vec<Cell> {
            side(board)
                .filter_map(|rule| match rule.does {
                    Does::Mask(number) => Some(shown(number)),
                    Does::Hide => Some(Cell::Hidden),
                    _ => None,
                })
                .collect()
        };
        let by_role = self.roles.iter().any(|role| {
            self.has(role)
                && holds(&role.rows)
                && ((role.unmask && column.tag)
                    || matches!((role.clearance, column.class), (Some(clearance), Some(class)) if class <= clearance))
        });
        let mut own = masks(false);
        own.extend(column.mask.map(shown));
        let domain = if clears(false) || by_role { Some(Cell::Clear) } else { meet(&own) };
        let default = column.class.map_or(Default::Hide, |class| DEFAULTS[class]);
        let delegated = column.class.is_some_and(|class| class <= DELEGATE);
        let board = if clears(true) {
            Cell::Clear
        } else if let Some(cell) = meet(&masks(true)) {
            cell
        } else if domain == Some(Cell::Clear) && delegated {
            Cell::Clear
        } else {
            match (default, &domain) {
                (Default::Clear, _) => Cell::Clear,
                (Default::Hide, _) => Cell::Hidden,
                (Default::Mask, Some(cell)) if !matches!(cell, Cell::Clear | Cell::Hidden) => cell.clone(),
                (Default::Mask, _) if column.token => Cell::Token,
                (Default::Mask, _) => Cell::Null,
            }
        };
        match domain {
            Some(domain) => meet(&[board, domain]).unwrap(),
            None => board,
        }
    }

    /// True when no clearance depends on rows.
    pub(super) fn unconditional(&self) -> bool {
        let opens = |role: &OneRole| role.rows.is_some() && (role.clearance.is_some() || role.unmask);
        !self.roles.iter().any(opens) && !self.rules.iter().any(|rule| matches!(rule.does, Does::Clear(Some(_))))
    }
}

/// Whether the decision shows a row.
pub(super) fn row_shown(decision: &Decision, region: Option<&str>) -> bool {
    decision.readable() && decision.rows().is_none_or(|rows| truth(rows, region) == Some(true))
}

/// What the decision shows in a cell of a visible row.
pub(super) fn cell_shown(decision: &Decision, number: usize, region: Option<&str>) -> Cell {
    match decision.columns()[number + 1].rule() {
        ColumnRule::Hidden | ColumnRule::Nested(_) => Cell::Hidden,
        ColumnRule::Clear => Cell::Clear,
        ColumnRule::Masked(rule) => Cell::of(&rule.mask),
        ColumnRule::ClearWhere { rows, otherwise } => match truth(rows, region) {
            Some(true) => Cell::Clear,
            _ => Cell::of(&otherwise.mask),
        },
    }
}

/// SQL's three values, for the predicates that these tests meet.
fn truth(predicate: &Predicate, region: Option<&str>) -> Option<bool> {
    let equal = |value: &Value| match (region, value) {
        (Some(region), Value::Text(text)) => Some(region == &**text),
        _ => None,
    };
    match predicate {
        Predicate::Constant(value) => Some(*value),
        Predicate::Compare { op: Comparison::Equal, value, .. } => equal(value),
        Predicate::Compare { op: Comparison::NotEqual, value, .. } => equal(value).map(|equal| !equal),
        Predicate::In { values, negated, .. } => {
            region.map(|_| values.iter().any(|value| equal(value) == Some(true)) != *negated)
        }
        Predicate::IsNull { negated, .. } => Some(region.is_none() != *negated),
        Predicate::Not(inner) => truth(inner, region).map(|value| !value),
        Predicate::And(all) => chain(all, region, false),
        Predicate::Or(all) => chain(all, region, true),
        other => panic!("not a predicate of these tests: {other}"),
    }
}

/// One link that is `decides` decides; else one that is unknown leaves it unknown.
fn chain(all: &[Predicate], region: Option<&str>, decides: bool) -> Option<bool> {
    let links: Vec<Option<bool>> = all.iter().map(|one| truth(one, region)).collect();
    if links.contains(&Some(decides)) {
        return Some(decides);
    }
    if links.contains(&None) { None } else { Some(!decides) }
}
