//! SHOW and DESCRIBE: questions about names, answered by queries of information_schema.

use std::ops::ControlFlow;

use datafusion::common::TableReference;
use datafusion::sql::parser::{DFParser, Statement as DfStatement};
use datafusion::sql::planner::object_name_to_table_reference;
use datafusion::sql::sqlparser::ast::{
    DescribeAlias, ObjectName, ShowStatementFilter, ShowStatementFilterPosition, ShowStatementOptions, Spanned,
    Statement, Value, ValueWithSpan, VisitMut, VisitorMut,
};

use crate::caller::Settings;
use crate::error::Error;

/// A question about names or settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Show {
    /// SHOW TABLES, of one domain or of all.
    Tables { domain: Option<String>, like: Option<String> },
    /// SHOW SCHEMAS.
    Domains { like: Option<String> },
    /// SHOW COLUMNS and DESCRIBE: of a table that has to be there.
    Columns { table: TableReference, like: Option<String> },
    /// SHOW purpose, schema, time_zone, as_of, session_user.
    Setting(String),
}

const FORMS: &str = "Of SHOW, this server answers TABLES, SCHEMAS, COLUMNS FROM a table, `purpose`, `schema`, \
                     `time_zone`, `as_of` and `session_user`, each with LIKE where it lists.";

impl Show {
    /// Reads a statement as such a question; `None` when it is another statement.
    ///
    /// # Errors
    /// When it is a SHOW of a form that is not answered.
    pub(crate) fn of(statement: &Statement) -> Option<Result<Self, Error>> {
        Some(match statement {
            Statement::ShowTables { show_options, .. } => within(statement, show_options).and_then(|(name, like)| {
                let domain = name.map(|name| last(statement, &name)).transpose()?;
                Ok(Self::Tables { domain, like })
            }),
            Statement::ShowSchemas { show_options, .. } | Statement::ShowDatabases { show_options, .. } => {
                within(statement, show_options).and_then(|(name, like)| match name {
                    None => Ok(Self::Domains { like }),
                    Some(_) => Err(refused(statement)),
                })
            }
            Statement::ShowColumns { show_options, .. } => within(statement, show_options).and_then(|(name, like)| {
                let table = reference(name.ok_or_else(|| refused(statement))?)?;
                Ok(Self::Columns { table, like })
            }),
            Statement::ExplainTable { describe_alias, hive_format: None, table_name, .. }
                if *describe_alias != DescribeAlias::Explain =>
            {
                reference(table_name.clone()).map(|table| Self::Columns { table, like: None })
            }
            Statement::ShowVariable { variable } => match variable.as_slice() {
                [one] => setting(&one.value).ok_or_else(|| refused(statement)),
                [time, zone] if time.value.eq_ignore_ascii_case("time") && zone.value.eq_ignore_ascii_case("zone") => {
                    Ok(Self::Setting("time_zone".to_owned()))
                }
                _ => Err(refused(statement)),
            },
            _ => return None,
        })
    }

    /// The query that answers it. `table` is the table of [`Show::Columns`], once it is known to be there.
    ///
    /// # Errors
    /// Never for a table that is there; the texts below parse.
    pub(crate) fn query(
        &self,
        table: Option<(&str, &str)>,
        user: &str,
        settings: &Settings,
        purpose: Option<&str>,
    ) -> Result<DfStatement, Error> {
        const TABLES: &str = "select table_schema as \"domain\", table_name as \"table\", table_type as \"type\", \
                              description from information_schema.tables";
        const DOMAINS: &str = "select schema_name as \"domain\" from information_schema.schemata";
        const COLUMNS: &str = "select column_name as \"column\", data_type as \"type\", is_nullable as \"nullable\", \
                               masked, description from information_schema.columns where table_schema = $1 and \
                               table_name = $2";
        let text = |value: &str| Some(value.to_owned());
        let (sql, values) = match self {
            Self::Tables { domain: None, like: None } => (format!("{TABLES} order by 1, 2"), vec![]),
            Self::Tables { domain: Some(domain), like: None } => {
                (format!("{TABLES} where table_schema = $1 order by 1, 2"), vec![text(domain)])
            }
            Self::Tables { domain: None, like: Some(like) } => {
                (format!("{TABLES} where table_name like $1 order by 1, 2"), vec![text(like)])
            }
            Self::Tables { domain: Some(domain), like: Some(like) } => (
                format!("{TABLES} where table_schema = $1 and table_name like $2 order by 1, 2"),
                vec![text(domain), text(like)],
            ),
            Self::Domains { like: None } => (format!("{DOMAINS} order by 1"), vec![]),
            Self::Domains { like: Some(like) } => {
                (format!("{DOMAINS} where schema_name like $1 order by 1"), vec![text(like)])
            }
            Self::Columns { like, .. } => {
                let (domain, name) = table.unwrap_or_default();
                let mut values = vec![text(domain), text(name)];
                let filter = if like.is_some() { " and column_name like $3" } else { "" };
                values.extend(like.as_deref().map(text));
                (format!("{COLUMNS}{filter} order by ordinal_position"), values)
            }
            Self::Setting(name) => {
                let value = match name.as_str() {
                    "purpose" => purpose,
                    "schema" => settings.schema.as_deref(),
                    "time_zone" => settings.time_zone.as_deref(),
                    "as_of" => settings.as_of.as_deref(),
                    _ => Some(user),
                };
                (
                    "select $1 as name, cast($2 as varchar) as value".to_owned(),
                    vec![text(name), value.map(str::to_owned)],
                )
            }
        };
        let parsed = DFParser::parse_sql(&sql).map_err(|cause| Error::internal(&cause))?.pop_front();
        let Some(DfStatement::Statement(mut statement)) = parsed else { return Err(Error::internal(&"no query")) };
        let _ = VisitMut::visit(statement.as_mut(), &mut Fill(values));
        Ok(DfStatement::Statement(statement))
    }
}

/// Puts values in the place of `$1`, `$2`, …: as literals of the tree, so that no text becomes SQL.
struct Fill(Vec<Option<String>>);

impl VisitorMut for Fill {
    type Break = ();

    fn pre_visit_value(&mut self, value: &mut ValueWithSpan) -> ControlFlow<()> {
        if let Value::Placeholder(name) = &value.value
            && let Some(at) = name.trim_start_matches('$').parse::<usize>().ok().and_then(|at| at.checked_sub(1))
            && let Some(text) = self.0.get(at)
        {
            value.value = match text {
                Some(text) => Value::SingleQuotedString(text.clone()),
                None => Value::Null,
            };
        }
        ControlFlow::Continue(())
    }
}

/// What is listed inside of, and like what.
fn within(
    statement: &Statement,
    options: &ShowStatementOptions,
) -> Result<(Option<ObjectName>, Option<String>), Error> {
    let ShowStatementOptions { show_in, starts_with: None, limit: None, limit_from: None, filter_position } = options
    else {
        return Err(refused(statement));
    };
    let like = match filter_position {
        None => None,
        Some(
            ShowStatementFilterPosition::Infix(ShowStatementFilter::Like(like))
            | ShowStatementFilterPosition::Suffix(ShowStatementFilter::Like(like)),
        ) => Some(like.clone()),
        Some(_) => return Err(refused(statement)),
    };
    let name = match show_in {
        None => None,
        Some(within) => Some(within.parent_name.clone().ok_or_else(|| refused(statement))?),
    };
    Ok((name, like))
}

fn setting(word: &str) -> Option<Show> {
    let name = match word.to_ascii_lowercase().as_str() {
        "purpose" => "purpose",
        "schema" | "search_path" | "current_schema" => "schema",
        "time_zone" | "timezone" => "time_zone",
        "as_of" => "as_of",
        "session_user" | "current_user" => "session_user",
        _ => return None,
    };
    Some(Show::Setting(name.to_owned()))
}

fn reference(name: ObjectName) -> Result<TableReference, Error> {
    object_name_to_table_reference(name, true)
        .map_err(|_| Error::Syntax { message: "the table's name has too many parts".to_owned() })
}

/// The last part of a name, folded as SQL folds it: `mesh.domain` is a domain.
fn last(statement: &Statement, name: &ObjectName) -> Result<String, Error> {
    let part = name.0.last().and_then(|part| part.as_ident()).ok_or_else(|| refused(statement))?;
    Ok(if part.quote_style.is_some() { part.value.clone() } else { part.value.to_lowercase() })
}

fn refused(statement: &Statement) -> Error {
    let start = statement.span().start;
    let position =
        if start.line > 0 { format!(" at line {}, column {}", start.line, start.column) } else { String::new() };
    Error::Refused { what: "this form of SHOW".to_owned(), position, hint: Some(FORMS) }
}
