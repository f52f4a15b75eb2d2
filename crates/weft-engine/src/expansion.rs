//! How large a statement's plan can grow, told from its syntax before it is planned.
//!
//! The planner puts a copy of a WITH query wherever it is named, so a kilobyte of text can ask for a plan of millions of
//! nodes, and CUBE of n columns is 2^n groupings. Neither is bounded by time or memory while it is planned.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, GroupByExpr, GroupByWithModifier, Ident, Query, Select, SelectItem, Spanned, Statement, TableFactor, Visit,
    Visitor,
};
use datafusion::sql::sqlparser::tokenizer::Span;

use crate::error::Error;

/// The most tables, subqueries and copies of WITH queries that a plan is made of.
pub const PLAN_TABLES_MAX: u64 = 400;

/// The most tables that wildcards name together: the planner spells out the columns of each before it looks at any.
pub const WILDCARD_TABLES_MAX: u64 = 2_000;

/// The most grouping sets of one GROUP BY.
pub const GROUPING_SETS_MAX: u64 = 1_024;

/// Refuses a statement whose plan would be larger than these bounds.
///
/// # Errors
/// With the place where it grows too large.
pub(crate) fn bounded(statement: &Statement) -> Result<(), Error> {
    match statement.visit(&mut Expansion::default()) {
        ControlFlow::Break(error) => Err(*error),
        ControlFlow::Continue(()) => Ok(()),
    }
}

/// Counts what each query comes to, innermost first.
#[derive(Default)]
struct Expansion {
    queries: Vec<Frame>,
    /// Names of WITH queries that can be said here, with what each comes to.
    names: Vec<(String, u64)>,
    /// Tables that wildcards named so far.
    wildcards: u64,
}

/// One query that is being looked at.
struct Frame {
    /// What it comes to so far.
    tables: u64,
    /// The queries of its WITH by address, with their names: the order of the walk tells them from subqueries no other way.
    with: Vec<(*const Query, String)>,
    /// How many names there were before it.
    names: usize,
}

impl Expansion {
    fn add(&mut self, tables: u64, at: Span) -> ControlFlow<Box<Error>> {
        let Some(frame) = self.queries.last_mut() else { return ControlFlow::Continue(()) };
        frame.tables = frame.tables.saturating_add(tables);
        if frame.tables > PLAN_TABLES_MAX {
            let what = format!("a plan of more than {PLAN_TABLES_MAX} tables, subqueries and copies of WITH queries");
            return ControlFlow::Break(Box::new(refused(what, at)));
        }
        ControlFlow::Continue(())
    }
}

impl Visitor for Expansion {
    type Break = Box<Error>;

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<Self::Break> {
        let tables = query.with.iter().flat_map(|with| &with.cte_tables);
        let with = tables.map(|cte| (std::ptr::from_ref(cte.query.as_ref()), folded(&cte.alias.name))).collect();
        self.queries.push(Frame { tables: 1, with, names: self.names.len() });
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, query: &Query) -> ControlFlow<Self::Break> {
        let Some(done) = self.queries.pop() else { return ControlFlow::Continue(()) };
        self.names.truncate(done.names);
        let named = self.queries.last().and_then(|outer| {
            outer.with.iter().find(|(address, _)| std::ptr::eq(*address, query)).map(|(_, name)| name.clone())
        });
        if let Some(name) = named {
            self.names.push((name, done.tables));
        }
        self.add(done.tables, query.span())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<Self::Break> {
        let wildcards = select.projection.iter().map(|item| match item {
            SelectItem::Wildcard(_) => select.from.iter().map(|from| 1 + from.joins.len()).sum(),
            SelectItem::QualifiedWildcard(..) => 1,
            _ => 0,
        });
        self.wildcards = self.wildcards.saturating_add(u64::try_from(wildcards.sum::<usize>()).unwrap_or(u64::MAX));
        if self.wildcards > WILDCARD_TABLES_MAX {
            let what = format!("wildcards that name more than {WILDCARD_TABLES_MAX} tables");
            return ControlFlow::Break(Box::new(refused(what, select.span())));
        }
        let GroupByExpr::Expressions(expressions, modifiers) = &select.group_by else {
            return ControlFlow::Continue(());
        };
        let count = |expressions: usize| u64::try_from(expressions).unwrap_or(u64::MAX);
        let power = |exponent: usize| 1_u64.checked_shl(u32::try_from(exponent).unwrap_or(64)).unwrap_or(u64::MAX);
        let mut sets = expressions.iter().fold(1_u64, |sets, expression| {
            sets.saturating_mul(match expression {
                Expr::Cube(parts) => power(parts.len()),
                Expr::Rollup(parts) => count(parts.len()) + 1,
                Expr::GroupingSets(parts) => count(parts.len()),
                _ => 1,
            })
        });
        for modifier in modifiers {
            sets = sets.saturating_mul(match modifier {
                GroupByWithModifier::Cube => power(expressions.len()),
                GroupByWithModifier::Rollup => count(expressions.len()) + 1,
                _ => 1,
            });
        }
        if sets > GROUPING_SETS_MAX {
            let what = format!("a GROUP BY of more than {GROUPING_SETS_MAX} grouping sets");
            return ControlFlow::Break(Box::new(refused(what, select.span())));
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<Self::Break> {
        let TableFactor::Table { name, .. } = factor else { return ControlFlow::Continue(()) };
        let known = match name.0.as_slice() {
            [one] => one.as_ident().map(folded),
            _ => None,
        };
        let copies = known.and_then(|known| self.names.iter().rev().find(|(name, _)| *name == known));
        let tables = copies.map_or(1, |(_, tables)| *tables);
        self.add(tables, factor.span())
    }
}

/// A name as SQL compares it.
fn folded(name: &Ident) -> String {
    if name.quote_style.is_some() { name.value.clone() } else { name.value.to_lowercase() }
}

fn refused(what: String, at: Span) -> Error {
    let start = at.start;
    let position =
        if start.line > 0 { format!(" at line {}, column {}", start.line, start.column) } else { String::new() };
    Error::Refused { what, position, hint: Some("Ask for less at once, in several statements.") }
}

#[cfg(test)]
mod tests {
    use datafusion::sql::sqlparser::dialect::GenericDialect;
    use datafusion::sql::sqlparser::parser::Parser;

    use super::*;

    fn judged(sql: &str) -> Result<(), String> {
        let statements = Parser::parse_sql(&GenericDialect {}, sql).unwrap();
        bounded(&statements[0]).map_err(|error| error.to_string())
    }

    /// Each WITH query names the one before it `times` times.
    fn doubling(levels: usize, times: usize) -> String {
        let mut sql = "with a0 as (select 1 x)".to_owned();
        for level in 1..=levels {
            let before = vec![format!("select * from a{}", level - 1); times].join(" union all ");
            sql.push_str(&format!(", a{level} as ({before})"));
        }
        format!("{sql} select * from a{levels}")
    }

    #[test]
    fn copies_of_with_queries_are_counted() {
        assert_eq!(judged(&doubling(5, 2)), Ok(()));
        assert_eq!(judged(&doubling(15, 1)), Ok(()));
        let error = judged(&doubling(10, 2)).unwrap_err();
        assert!(
            error.starts_with(
                "a plan of more than 400 tables, subqueries and copies of WITH queries is not supported at line 1"
            ),
            "{error}"
        );
        assert!(judged(&doubling(60, 2)).is_err());
        // A name that is said in another query means another table.
        assert_eq!(judged("with a as (select 1) select * from (select * from b.a) x, a"), Ok(()));
    }

    #[test]
    fn tables_and_subqueries_are_counted() {
        let many = |count: usize| format!("select * from t{}", ", (select 1)".repeat(count));
        assert_eq!(judged(&many(300)), Ok(()));
        assert!(judged(&many(400)).is_err());
        assert!(judged(&format!("select 1{}", " union all select * from t".repeat(401))).is_err());
    }

    #[test]
    fn grouping_sets_are_counted() {
        let cube = |columns: usize| format!("select 1 from t group by cube({})", vec!["a"; columns].join(", "));
        assert_eq!(judged(&cube(10)), Ok(()));
        let error = judged(&cube(11)).unwrap_err();
        assert!(error.starts_with("a GROUP BY of more than 1024 grouping sets is not supported"), "{error}");
        assert!(judged("select 1 from t group by cube(a,b,c,d,e,f), cube(a,b,c,d,e,f)").is_err());
        assert_eq!(judged("select 1 from t group by rollup(a,b,c), d"), Ok(()));
    }
}
