//! Queries over whatever columns there are: numbers choose columns modulo what a persona sees.

use std::fmt::Write;

use proptest::prelude::*;

use super::cells::Kind;
use super::rules::{Rule, rules};
use super::shapes::Shape;

/// A query of one form, with the numbers that choose its parts.
#[derive(Clone, Debug)]
pub(crate) struct Query {
    pub(crate) form: Form,
    /// Chooses columns.
    pub(crate) columns: Vec<u8>,
    pub(crate) filter: Option<Rule>,
    /// A condition that may not go below the seal.
    pub(crate) above: Option<u8>,
    /// Chooses everything else.
    pub(crate) choice: u8,
}

/// What the query is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Form {
    Select,
    Ordered,
    Limited,
    Bounds,
    Aggregate,
    Distinct,
    Join,
    Window,
    Set,
    Common,
    Recursive,
    Within,
    Parts,
    Fails,
}

const FORMS: [Form; 14] = [
    Form::Select,
    Form::Ordered,
    Form::Limited,
    Form::Bounds,
    Form::Aggregate,
    Form::Distinct,
    Form::Join,
    Form::Window,
    Form::Set,
    Form::Common,
    Form::Recursive,
    Form::Within,
    Form::Parts,
    Form::Fails,
];

/// A handful of queries of any form.
pub(super) fn queries() -> impl Strategy<Value = Vec<Query>> {
    let query = (
        proptest::sample::select(&FORMS[..]),
        prop::collection::vec(any::<u8>(), 1..4),
        prop::option::weighted(0.6, rules()),
        prop::option::weighted(0.3, any::<u8>()),
        any::<u8>(),
    )
        .prop_map(|(form, columns, filter, above, choice)| Query { form, columns, filter, above, choice });
    prop::collection::vec(query, 1..16)
}

/// What a persona sees of the table, to write queries with. `c0` is a number of its own per row.
#[derive(Debug)]
pub(super) struct View {
    /// Every column with its type.
    pub(super) all: Vec<(String, Shape)>,
    /// Those without parts.
    pub(super) plain: Vec<(String, Kind, usize)>,
}

impl View {
    fn plain(&self, number: u8) -> (&str, Kind) {
        let (name, kind, _) = &self.plain[usize::from(number) % self.plain.len()];
        (name, *kind)
    }

    fn any(&self, number: u8) -> &(String, Shape) {
        &self.all[usize::from(number) % self.all.len()]
    }
}

impl Query {
    fn number(&self, at: usize) -> u8 {
        self.columns.get(at).copied().unwrap_or(self.choice)
    }

    /// ` WHERE …`, or nothing.
    fn filter(&self, view: &View) -> String {
        let mut parts: Vec<String> = self.filter.iter().map(|rule| rule.sql(&view.plain)).collect();
        if let Some(number) = self.above {
            let (name, kind) = view.plain(number);
            parts.push(match kind {
                Kind::Int => format!("{name} + 1 > 2"),
                Kind::Text | Kind::Coded => format!("length({name}) < 9"),
                Kind::Bool => format!("NOT coalesce({name}, false)"),
                Kind::Dec => format!("{name} * 2 >= 1.5"),
                Kind::Day | Kind::At => format!("extract(year from {name}) > 2000"),
            });
        }
        if parts.is_empty() { String::new() } else { format!(" WHERE {}", parts.join(" AND ")) }
    }

    /// The text, and whether the order of its rows is part of the answer.
    pub(super) fn sql(&self, view: &View) -> (String, bool) {
        let filter = self.filter(view);
        let names = || {
            let mut names: Vec<&str> = self.columns.iter().map(|number| view.any(*number).0.as_str()).collect();
            names.sort_unstable();
            names.dedup();
            names.join(", ")
        };
        let (one, kind) = view.plain(self.number(0));
        let (two, _) = view.plain(self.number(1));
        let choice = self.choice;
        match self.form {
            Form::Select if choice.is_multiple_of(3) => (format!("SELECT * FROM d.t{filter}"), false),
            Form::Select => (format!("SELECT {} FROM d.t{filter}", names()), false),
            Form::Ordered => {
                let order = ["", " DESC", " NULLS FIRST", " DESC NULLS LAST"][usize::from(choice % 4)];
                let limit = format!("LIMIT {} OFFSET {}", choice % 11, choice / 64);
                (format!("SELECT {}, {one} FROM d.t{filter} ORDER BY {one}{order}, c0 {limit}", names()), true)
            }
            // Which rows a limit leaves is open, how many is not.
            Form::Limited => {
                let limit = choice % 23;
                (format!("SELECT count(*) FROM (SELECT {one} FROM d.t{filter} LIMIT {limit})"), false)
            }
            // What metadata could answer.
            Form::Bounds => (format!("SELECT min({one}), max({one}), count({one}) FROM d.t{filter}"), false),
            Form::Aggregate => (self.aggregate(view, &filter), false),
            Form::Distinct => (format!("SELECT DISTINCT {one}, {two} FROM d.t{filter}"), false),
            Form::Join => (self.join(view, one), false),
            Form::Window => {
                let function =
                    ["count(*)", "row_number()", "lag(c0)", "max(c0)", "min(c0)", "rank()"][usize::from(choice % 6)];
                let text = format!(
                    "SELECT c0, {two}, {function} OVER (PARTITION BY {one} ORDER BY {two}, c0) FROM d.t{filter}"
                );
                (text, false)
            }
            Form::Set => {
                let operator = ["UNION", "UNION ALL", "INTERSECT", "EXCEPT"][usize::from(choice % 4)];
                (format!("(SELECT {one} FROM d.t{filter}) {operator} (SELECT {one} FROM d.t WHERE c0 % 2 = 0)"), false)
            }
            Form::Common => {
                let text = format!(
                    "WITH seen AS (SELECT c0, {one} AS x FROM d.t{filter}) \
                     SELECT a.c0, b.x FROM seen a JOIN seen b ON a.x = b.x WHERE a.c0 <= b.c0"
                );
                (text, false)
            }
            Form::Recursive => {
                // To the next row, or to every row of the next block of four.
                let next = if choice.is_multiple_of(3) { "t.c0 = r.id + 1" } else { "t.c0 / 4 = r.id / 4 + 1" };
                let text = format!(
                    "WITH RECURSIVE r(id, depth) AS (SELECT c0, 1 FROM d.t WHERE c0 < 4 UNION ALL \
                     SELECT t.c0, r.depth + 1 FROM d.t t JOIN r ON {next} WHERE r.depth < 4) SELECT id, depth FROM r"
                );
                (text, false)
            }
            Form::Within => (self.within(one, two, &filter), false),
            Form::Parts => (self.parts(view, &filter), false),
            Form::Fails => (fails(one, kind, choice), false),
        }
    }

    fn aggregate(&self, view: &View, filter: &str) -> String {
        let (group, _) = view.plain(self.number(0));
        let mut text = match self.choice % 3 {
            0 => "SELECT count(*)".to_owned(),
            _ => format!("SELECT {group}, count(*)"),
        };
        for number in &self.columns {
            let (name, kind) = view.plain(*number);
            let _ = match kind {
                // Sums of tokens are floats that depend on the order of rows; sums of small numbers do not.
                Kind::Int => write!(text, ", sum({name}), min({name}), avg({name} % 100)"),
                Kind::Dec => write!(text, ", sum({name}), max({name})"),
                Kind::Bool => write!(text, ", bool_or({name}), count({name})"),
                _ => write!(text, ", min({name}), max({name}), count(DISTINCT {name})"),
            };
        }
        let _ = write!(text, " FROM d.t{filter}");
        match self.choice % 3 {
            0 => {}
            1 => text += &format!(" GROUP BY {group}"),
            _ => text += &format!(" GROUP BY {group} HAVING count(*) > 1"),
        }
        text
    }

    fn join(&self, view: &View, on: &str) -> String {
        let kind = ["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "LEFT SEMI JOIN", "LEFT ANTI JOIN"];
        let kind = kind[usize::from(self.choice % 6)];
        let (side, _) = view.plain(self.number(1));
        // A small side first, so that its bounds go down to the other as a dynamic filter.
        let few = format!("(SELECT {on} AS k, {side} AS s FROM d.t WHERE c0 % 3 = 0)");
        match kind {
            "LEFT SEMI JOIN" | "LEFT ANTI JOIN" => format!("SELECT a.k, a.s FROM {few} a {kind} d.t b ON a.k = b.{on}"),
            _ => format!("SELECT a.s, b.{side}, b.c0 FROM {few} a {kind} d.t b ON a.k = b.{on}"),
        }
    }

    fn within(&self, one: &str, two: &str, filter: &str) -> String {
        match self.choice % 5 {
            0 => format!("SELECT c0 FROM d.t WHERE {one} IN (SELECT {one} FROM d.t{filter})"),
            1 => format!("SELECT c0 FROM d.t WHERE c0 NOT IN (SELECT c0 FROM d.t{filter})"),
            2 => format!(
                "SELECT c0 FROM d.t a WHERE EXISTS (SELECT 1 FROM d.t b WHERE b.{one} = a.{one} AND b.c0 > a.c0)"
            ),
            3 => format!("SELECT c0, (SELECT max({one}) FROM d.t{filter}) FROM d.t"),
            _ => format!(
                "SELECT count(*) FROM d.t a, (SELECT {two} AS x FROM d.t{filter}) b WHERE a.{two} = b.x OR b.x IS NULL"
            ),
        }
    }

    /// What is inside of columns that have parts.
    fn parts(&self, view: &View, filter: &str) -> String {
        let nested: Vec<_> = view.all.iter().filter(|(_, shape)| shape.kind().is_none()).collect();
        let Some((name, shape)) = nested.get(usize::from(self.number(0)) % nested.len().max(1)) else {
            return format!("SELECT * FROM d.t{filter}");
        };
        match shape {
            Shape::List(_) if self.choice.is_multiple_of(2) => format!("SELECT c0, unnest({name}) FROM d.t{filter}"),
            Shape::List(_) => format!("SELECT c0, cardinality({name}), {name}[1] FROM d.t{filter}"),
            Shape::Struct(fields) => {
                let (field, part) = &fields[usize::from(self.choice) % fields.len()];
                match part.kind() {
                    Some(_) => {
                        format!("SELECT {name}['f{field}'], count(*) FROM d.t{filter} GROUP BY {name}['f{field}']")
                    }
                    None => format!("SELECT c0, {name}['f{field}'] FROM d.t{filter}"),
                }
            }
            Shape::Map(_) if self.choice.is_multiple_of(2) => {
                format!("SELECT c0, {name}['k0'], cardinality({name}) FROM d.t{filter}")
            }
            Shape::Map(_) => format!("SELECT map_keys({name}), map_values({name}) FROM d.t{filter}"),
            Shape::Leaf(_) => unreachable!("a column without parts"),
        }
    }
}

/// Something that fails on some values, and nothing else in the statement, so that what it is asked of is every row.
fn fails(name: &str, kind: Kind, choice: u8) -> String {
    let expression = match kind {
        Kind::Int => format!("100 / ({name} - {})", choice % 4),
        Kind::Dec => format!("100 / ({name} - 1.5)"),
        Kind::Text | Kind::Coded => {
            format!("cast({name} as {})", if choice.is_multiple_of(2) { "bigint" } else { "date" })
        }
        Kind::Bool => format!("1 / cast({name} as bigint)"),
        Kind::Day | Kind::At => format!("1 / (extract(year from {name}) - 1970)"),
    };
    match choice % 3 {
        0 => format!("SELECT {expression} FROM d.t"),
        1 => format!("SELECT count({expression}) FROM d.t"),
        _ => format!("SELECT count(*) FROM d.t WHERE {expression} IS NOT NULL"),
    }
}
