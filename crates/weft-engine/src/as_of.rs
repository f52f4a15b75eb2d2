//! `AS OF`: a table as it was.
//!
//! The parser's dialect knows no such clause, and dialects that do take other words for it too. So the clause is found among
//! the tokens, taken out of the text, and put back as the name of another table: one that stands for the version. The forms
//! are those of Spark and Delta (`VERSION AS OF 3`, `TIMESTAMP AS OF '…'`), of Trino (the same behind `FOR`) and of SQL:2011
//! (`FOR SYSTEM_TIME AS OF TIMESTAMP '…'`).

use std::borrow::Cow;
use std::ops::ControlFlow;

use arrow::array::timezone::Tz;
use arrow::compute::kernels::cast_utils::string_to_datetime;
use datafusion::sql::sqlparser::ast::{Ident, ObjectNamePart, Statement, TableAlias, TableFactor, VisitMut, VisitorMut};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer};
use weft_port::reader::AsOf;

use crate::error::Error;

/// A version that a statement asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    /// By number.
    Number(i64),
    /// By a name that was given to it.
    Name(String),
    /// The newest at a time, as it is written.
    Time(String),
}

impl Version {
    /// The version in the time zone of a session.
    ///
    /// # Errors
    /// When the text is no time.
    pub(crate) fn meant(&self, time_zone: Option<&str>) -> Result<AsOf, Error> {
        match self {
            Self::Number(number) => Ok(AsOf::Version(*number)),
            Self::Name(name) => Ok(AsOf::Reference(name.as_str().into())),
            Self::Time(text) => {
                let micros = time(text, time_zone).ok_or_else(|| Error::Syntax {
                    message: format!("AS OF '{text}' is no time; {FORMS}"),
                })?;
                Ok(AsOf::Timestamp(micros))
            }
        }
    }
}

/// How times are written, for whoever wrote one otherwise.
pub const FORMS: &str = "write it as '2026-01-31 12:00:00' or '2026-01-31T12:00:00Z'";

/// A time in microseconds since 1970-01-01T00:00:00Z, as it is written in a time zone; [`None`] for what is none.
#[must_use]
pub fn time(text: &str, time_zone: Option<&str>) -> Option<i64> {
    let zone: Tz = time_zone.unwrap_or("+00:00").parse().ok()?;
    Some(string_to_datetime(&zone, text).ok()?.timestamp_micros())
}

/// A table of a statement that stands for a version of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pinned {
    /// The name that stands for the version.
    pub(crate) name: String,
    /// The table's own.
    pub(crate) table: String,
    pub(crate) version: Version,
}

/// A clause that was taken out of the text.
#[derive(Clone, Debug)]
pub(crate) struct Clause {
    /// Where the name before it ends.
    behind: Location,
    /// Where it begins.
    at: Location,
    version: Version,
}

/// Takes the clauses out of a text; what is left has everything else where it was.
///
/// # Errors
/// For a clause whose version is no literal, or that stands behind no name, and for more clauses than there may be tables.
pub(crate) fn taken(sql: &str, tables_max: usize) -> Result<(Cow<'_, str>, Vec<Clause>), Error> {
    let words = || sql.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let named = words().zip(words().skip(1)).any(|(one, two)| one.eq_ignore_ascii_case("as") && two.eq_ignore_ascii_case("of"));
    if !named {
        return Ok((Cow::Borrowed(sql), Vec::new()));
    }
    // What has no tokens does not parse either, and the parser says better why.
    let Ok(tokens) = Tokenizer::new(&GenericDialect {}, sql).tokenize_with_location() else {
        return Ok((Cow::Borrowed(sql), Vec::new()));
    };
    let tokens: Vec<TokenWithSpan> = tokens.into_iter().filter(|one| !matches!(one.token, Token::Whitespace(_))).collect();
    let mut clauses = Vec::new();
    let mut blank = Vec::new();
    for at in 0..tokens.len() {
        let Some((from, to, version)) = clause(&tokens, at)? else { continue };
        let (Some(before), Some(first), Some(last)) = (from.checked_sub(1).and_then(|at| tokens.get(at)), tokens.get(from), tokens.get(to)) else {
            continue;
        };
        if clauses.len() >= tables_max {
            return Err(Error::tables(tables_max));
        }
        clauses.push(Clause { behind: before.span.end, at: first.span.start, version });
        blank.push((first.span.start, last.span.end));
    }
    Ok((Cow::Owned(blanked(sql, &blank)), clauses))
}

/// The clause whose `AS OF` stands at a place: its first and its last token.
fn clause(tokens: &[TokenWithSpan], at: usize) -> Result<Option<(usize, usize, Version)>, Error> {
    let word = |at: Option<usize>, text: &str| {
        at.and_then(|at| tokens.get(at)).is_some_and(|one| match &one.token {
            Token::Word(word) => word.quote_style.is_none() && word.value.eq_ignore_ascii_case(text),
            _ => false,
        })
    };
    let kind = at.checked_sub(1);
    let by_number = word(kind, "VERSION");
    let by_time = ["TIMESTAMP", "SYSTEM_TIME", "SYSTEM_VERSION"].iter().any(|kind_of| word(kind, kind_of));
    if !(word(Some(at), "AS") && word(Some(at + 1), "OF")) || !(by_number || by_time) {
        return Ok(None);
    }
    let Some(kind) = kind else { return Ok(None) };
    let from = if word(kind.checked_sub(1), "FOR") { kind - 1 } else { kind };
    let mut to = at + 2;
    if by_time && (word(Some(to), "TIMESTAMP") || word(Some(to), "DATE")) {
        to += 1;
    }
    let version = match tokens.get(to).map(|one| &one.token) {
        Some(Token::Number(text, false)) if by_number => text.parse().ok().map(Version::Number),
        // A number in quotes is one, as in Spark.
        Some(Token::SingleQuotedString(text)) if by_number => {
            Some(text.parse().map_or_else(|_| Version::Name(text.clone()), Version::Number))
        }
        Some(Token::SingleQuotedString(text)) => Some(Version::Time(text.clone())),
        _ => None,
    };
    // What goes on is an expression.
    let ends = tokens.get(to + 1).is_none_or(|next| !matches!(next.token, Token::Plus | Token::Minus | Token::Mul | Token::LParen));
    match version {
        Some(version) if ends => Ok(Some((from, to, version))),
        _ => Err(refused("AS OF an expression", tokens.get(from).map(|first| first.span.start))),
    }
}

/// The text with blanks in the places of what was taken out.
fn blanked(sql: &str, taken: &[(Location, Location)]) -> String {
    let (mut line, mut column) = (1_u64, 1_u64);
    // In the order of the text.
    let mut ahead = taken.iter().peekable();
    sql.chars()
        .map(|char| {
            let here = Location { line, column };
            (line, column) = if char == '\n' { (line + 1, 1) } else { (line, column + 1) };
            while ahead.next_if(|(_, to)| *to <= here).is_some() {}
            let inside = ahead.peek().is_some_and(|(from, _)| *from <= here);
            if inside && !char.is_whitespace() { ' ' } else { char }
        })
        .collect()
}

/// Names the versions in a statement that was parsed without them.
///
/// # Errors
/// For a clause that stands behind something that is no table.
pub(crate) fn put_back(statement: &mut Statement, clauses: Vec<Clause>) -> Result<Vec<Pinned>, Error> {
    if clauses.is_empty() {
        return Ok(Vec::new());
    }
    let mut names = Names { clauses, pinned: Vec::new() };
    let _ = VisitMut::visit(statement, &mut names);
    match names.clauses.first() {
        None => Ok(names.pinned),
        Some(left) => Err(refused("AS OF behind anything but the name of a table", Some(left.at))),
    }
}

struct Names {
    clauses: Vec<Clause>,
    pinned: Vec<Pinned>,
}

impl VisitorMut for Names {
    type Break = ();

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<()> {
        let TableFactor::Table { name, alias, args: None, .. } = factor else { return ControlFlow::Continue(()) };
        let Some(ObjectNamePart::Identifier(own)) = name.0.last_mut() else { return ControlFlow::Continue(()) };
        let Some(found) = self.clauses.iter().position(|clause| clause.behind == own.span.end) else {
            return ControlFlow::Continue(());
        };
        let clause = self.clauses.remove(found);
        let table = if own.quote_style.is_some() { own.value.clone() } else { own.value.to_lowercase() };
        let version = match &clause.version {
            Version::Number(number) => format!("VERSION AS OF {number}"),
            Version::Name(name) => format!("VERSION AS OF '{name}'"),
            Version::Time(text) => format!("TIMESTAMP AS OF '{text}'"),
        };
        if alias.is_none() {
            // What the query calls its columns by.
            *alias = Some(TableAlias { explicit: true, name: own.clone(), columns: Vec::new(), at: None });
        }
        let stands_for = format!("{table} {version}");
        *own = Ident { value: stands_for.clone(), quote_style: Some('"'), span: own.span };
        self.pinned.push(Pinned { name: stands_for, table, version: clause.version });
        ControlFlow::Continue(())
    }
}

fn refused(what: &str, at: Option<Location>) -> Error {
    let position = at.map_or_else(String::new, |at| format!(" at line {}, column {}", at.line, at.column));
    let hint = "Write `domain.table VERSION AS OF 3` or `domain.table TIMESTAMP AS OF '2026-01-31T12:00:00Z'`.";
    Error::Refused { what: what.to_owned(), position, hint: Some(hint) }
}
