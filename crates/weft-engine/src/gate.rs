//! What may be asked at all: one query, an EXPLAIN of one, or a SHOW. Whatever the planner would silently ignore is refused here,
//! with its position.

use std::ops::ControlFlow;

use datafusion::common::DataFusionError;
use datafusion::sql::parser::{DFParserBuilder, ExplainStatement, Statement as DfStatement};
use datafusion::sql::sqlparser::ast::{
    BinaryOperator, DescribeAlias, Expr, GroupByExpr, Query, Select, Spanned, Statement, TableFactor, Value, ValueWithSpan, Visit,
    VisitMut, Visitor, VisitorMut,
};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::tokenizer::Span;

use weft_govern::guard::Guard;

use crate::as_of::{self, Pinned};
use crate::chain::bounded;
use crate::error::Error;
use crate::expansion;
use crate::limits::Limits;
use crate::show::Show;
use crate::statement::Explain;

/// How deep SQL text may nest.
pub const SQL_DEPTH_MAX: usize = 100;

/// A statement that passed the gate.
#[derive(Debug)]
pub(crate) struct Gated {
    /// The query; an EXPLAIN around it has been taken off.
    pub(crate) statement: DfStatement,
    /// What was taken off.
    pub(crate) explain: Option<Explain>,
    /// A question about names, to be turned into the query once it is known who asks.
    pub(crate) show: Option<Show>,
    /// The tables that are asked for as they were.
    pub(crate) pinned: Vec<Pinned>,
}

/// Parses SQL text and lets through what this server answers.
///
/// # Errors
/// When the text is too long, does not parse, holds several statements, or asks for something that is not served.
pub(crate) fn gate(sql: &str, limits: &Limits) -> Result<Gated, Error> {
    if sql.len() > limits.sql_bytes {
        return Err(Error::Limit {
            what: "the length of the SQL text".to_owned(),
            limit: format!("limits.sql_bytes = {} bytes", limits.sql_bytes),
            later: false,
        });
    }
    let (sql, clauses) = as_of::taken(sql, limits.tables)?;
    let sql = &*sql;
    bounded(sql)?;
    let dialect = GenericDialect {};
    let mut parser = DFParserBuilder::new(sql)
        .with_dialect(&dialect)
        .with_recursion_limit(SQL_DEPTH_MAX)
        .build()
        .map_err(|cause| syntax(&cause))?;
    let mut statements = parser.parse_statements().map_err(|cause| syntax(&cause))?;
    let Some(first) = statements.pop_front() else {
        return Err(Error::Syntax { message: "the SQL text holds no statement".to_owned() });
    };
    if !statements.is_empty() {
        return Err(refused("more than one statement in a request", None, Some("Send one statement at a time.")));
    }
    let (statement, explain) = peel(first)?;
    let DfStatement::Statement(mut inner) = statement else {
        return Err(refused("this statement", None, Some(QUERIES_ONLY)));
    };
    if let Some(show) = Show::of(inner.as_ref()) {
        if explain.is_some() {
            return Err(refused("EXPLAIN of SHOW", None, None));
        }
        return Ok(Gated { statement: DfStatement::Statement(inner), explain, show: Some(show?), pinned: Vec::new() });
    }
    let pinned = as_of::put_back(inner.as_mut(), clauses)?;
    expansion::bounded(inner.as_ref())?;
    if Guard::StatementGate.on() {
        match inner.as_ref() {
            Statement::Query(_) => {}
            other => return Err(refused(&verb(other), Some(other.span()), Some(QUERIES_ONLY))),
        }
        if let ControlFlow::Break(error) = inner.visit(&mut Ignored) {
            return Err(*error);
        }
    }
    number_placeholders(inner.as_mut())?;
    Ok(Gated { statement: DfStatement::Statement(inner), explain, show: None, pinned })
}

const QUERIES_ONLY: &str = "This server answers queries, EXPLAIN of queries, SHOW and DESCRIBE; a session's purpose, schema, \
                            time zone and `as_of` are set by the client as session options or headers.";

/// Takes EXPLAIN [ANALYZE] off: the plan is rendered by us, since DataFusion's own prints paths and bounds.
fn peel(statement: DfStatement) -> Result<(DfStatement, Option<Explain>), Error> {
    match statement {
        DfStatement::Explain(ExplainStatement { options, statement }) => {
            let explain = if options.analyze { Explain::Analyze } else { Explain::Plan };
            match *statement {
                DfStatement::Explain(_) => Err(refused("EXPLAIN of EXPLAIN", None, None)),
                inner => Ok((inner, Some(explain))),
            }
        }
        DfStatement::Statement(inner) => match *inner {
            Statement::Explain { analyze, statement, describe_alias: DescribeAlias::Explain, .. } => {
                let explain = if analyze { Explain::Analyze } else { Explain::Plan };
                Ok((DfStatement::Statement(statement), Some(explain)))
            }
            other => Ok((DfStatement::Statement(Box::new(other)), None)),
        },
        other => Ok((other, None)),
    }
}

/// Finds clauses that the planner would drop without a word.
struct Ignored;

impl Visitor for Ignored {
    type Break = Box<Error>;

    /// sqlparser 0.62 takes all that follows `IS DISTINCT FROM` for what is compared: `a IS DISTINCT FROM b AND c` is read as
    /// `a IS DISTINCT FROM (b AND c)`. Where somebody wrote the parentheses they are there.
    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<Self::Break> {
        let (Expr::IsDistinctFrom(_, than) | Expr::IsNotDistinctFrom(_, than)) = expr else { return ControlFlow::Continue(()) };
        let Expr::BinaryOp { op: BinaryOperator::And | BinaryOperator::Or | BinaryOperator::Xor, .. } = &**than else {
            return ControlFlow::Continue(());
        };
        let hint = "Put parentheses around it: `(a IS DISTINCT FROM b) AND …`.";
        ControlFlow::Break(Box::new(refused("IS DISTINCT FROM before AND or OR", Some(expr.span()), Some(hint))))
    }

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<Self::Break> {
        let Query {
            with: _,
            body: _,
            order_by: _,
            limit_clause: _,
            fetch: _,
            locks,
            for_clause,
            settings,
            format_clause,
            pipe_operators,
        } = query;
        let span = query.span();
        let what = if !locks.is_empty() {
            "FOR UPDATE and FOR SHARE"
        } else if for_clause.is_some() {
            "FOR XML, FOR JSON and FOR BROWSE"
        } else if settings.is_some() {
            "SETTINGS"
        } else if format_clause.is_some() {
            "FORMAT"
        } else if !pipe_operators.is_empty() {
            "the pipe operator"
        } else {
            return ControlFlow::Continue(());
        };
        ControlFlow::Break(Box::new(refused(what, Some(span), None)))
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<Self::Break> {
        let Select {
            select_token: _,
            optimizer_hints,
            distinct: _,
            select_modifiers,
            top: _,
            top_before_distinct: _,
            projection: _,
            exclude,
            into,
            from: _,
            lateral_views: _,
            prewhere,
            selection: _,
            connect_by,
            group_by,
            cluster_by: _,
            distribute_by: _,
            sort_by: _,
            having: _,
            named_window: _,
            qualify: _,
            window_before_qualify: _,
            value_table_mode,
            flavor: _,
        } = select;
        let (GroupByExpr::All(modifiers) | GroupByExpr::Expressions(_, modifiers)) = group_by;
        let (what, hint) = if into.is_some() {
            ("SELECT … INTO", Some(QUERIES_ONLY))
        } else if !optimizer_hints.is_empty() {
            ("an optimizer hint", None)
        } else if select_modifiers.is_some() {
            ("a modifier of SELECT", None)
        } else if exclude.is_some() {
            ("EXCLUDE behind the select list", Some("Write `* EXCEPT (…)`."))
        } else if prewhere.is_some() {
            ("PREWHERE", Some("Write WHERE."))
        } else if !connect_by.is_empty() {
            ("CONNECT BY", Some("Write WITH RECURSIVE."))
        } else if !modifiers.is_empty() {
            ("WITH ROLLUP, WITH CUBE or WITH TOTALS", Some("Write `GROUP BY ROLLUP (…)` or `GROUP BY CUBE (…)`."))
        } else if value_table_mode.is_some() {
            ("SELECT AS STRUCT or AS VALUE", None)
        } else {
            return ControlFlow::Continue(());
        };
        ControlFlow::Break(Box::new(refused(what, Some(select.span()), hint)))
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<Self::Break> {
        let what = match factor {
            TableFactor::Table {
                name: _,
                alias: _,
                args: _,
                with_hints,
                version,
                with_ordinality,
                partitions,
                json_path,
                sample,
                index_hints,
            } => {
                if version.is_some() {
                    "this way to say AS OF"
                } else if sample.is_some() {
                    "TABLESAMPLE"
                } else if !with_hints.is_empty() || !index_hints.is_empty() {
                    "a table hint"
                } else if *with_ordinality {
                    "WITH ORDINALITY"
                } else if !partitions.is_empty() {
                    "PARTITION of a table"
                } else if json_path.is_some() {
                    "a JSON path in FROM"
                } else {
                    return ControlFlow::Continue(());
                }
            }
            TableFactor::Derived { sample: Some(_), .. } => "TABLESAMPLE",
            TableFactor::Derived { .. }
            | TableFactor::NestedJoin { .. }
            | TableFactor::UNNEST { .. }
            | TableFactor::Function { .. }
            | TableFactor::TableFunction { .. } => return ControlFlow::Continue(()),
            _ => "this kind of FROM clause",
        };
        ControlFlow::Break(Box::new(refused(what, Some(factor.span()), None)))
    }
}

/// Gives every `?` its number, in the order of the text: the planner would take them all for one parameter.
fn number_placeholders(statement: &mut Statement) -> Result<(), Error> {
    struct Number {
        next: usize,
        named: bool,
    }
    impl VisitorMut for Number {
        type Break = ();

        fn pre_visit_value(&mut self, value: &mut ValueWithSpan) -> ControlFlow<()> {
            if let Value::Placeholder(name) = &mut value.value {
                if name == "?" {
                    self.next += 1;
                    *name = format!("${}", self.next);
                } else {
                    self.named = true;
                }
            }
            ControlFlow::Continue(())
        }

        fn pre_visit_expr(&mut self, _: &mut Expr) -> ControlFlow<()> {
            ControlFlow::Continue(())
        }
    }
    let mut number = Number { next: 0, named: false };
    let _ = VisitMut::visit(statement, &mut number);
    if number.next > 0 && number.named {
        return Err(refused("mixing `?` with numbered parameters", None, Some("Use one of the two forms.")));
    }
    Ok(())
}

fn verb(statement: &Statement) -> String {
    let text = statement.to_string();
    let verb: String = text.split_whitespace().next().unwrap_or("this statement").chars().take(32).collect();
    format!("{verb} as a statement")
}

fn refused(what: &str, span: Option<Span>, hint: Option<&'static str>) -> Error {
    let position = match span {
        Some(span) if span.start.line > 0 => format!(" at line {}, column {}", span.start.line, span.start.column),
        _ => String::new(),
    };
    Error::Refused { what: what.to_owned(), position, hint }
}

fn syntax(cause: &DataFusionError) -> Error {
    let message = match cause.find_root() {
        DataFusionError::SQL(parser, _) => parser.to_string(),
        other => other.to_string(),
    };
    let message = message.trim_start_matches("sql parser error: ");
    Error::Syntax { message: format!("the SQL text does not parse: {}", message.lines().next().unwrap_or_default()) }
}
