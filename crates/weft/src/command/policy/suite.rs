//! A suite: the tables of a Markdown file that say who is to see what.

use std::path::Path;

use crate::error::Failure;
use crate::moment;

/// The largest suite.
const FILE_BYTES_MAX: u64 = 4 << 20;

/// The most cases of one suite.
const CASES_MAX: usize = 100_000;

/// The headings that make a table part of the suite.
const NEEDED: [&str; 3] = ["persona", "product", "expect"];

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Case {
    /// The file with the line.
    pub(super) place: String,
    /// A user of users.yaml, or `anonymous`.
    pub(super) persona: String,
    /// The purpose chosen.
    pub(super) purpose: Option<String>,
    /// The second in which is asked; now when absent.
    pub(super) on: Option<i64>,
    /// The table.
    pub(super) product: String,
    /// The column, or a path into one; absent for expectations about the table.
    pub(super) column: Option<String>,
    /// What is expected, as written.
    pub(super) expect: String,
}

/// Reads the suite in a file.
///
/// # Errors
/// When it cannot be read or a table in it is not whole; or when it has no table at all, since that would pass.
pub(super) fn read(path: &Path) -> Result<Vec<Case>, Failure> {
    let failed = |cause| Failure::File { what: "reading the suite", path: path.to_owned(), cause };
    if std::fs::metadata(path).map_err(failed)?.len() > FILE_BYTES_MAX {
        return Err(Failure::Setup(format!("the suite `{}` is larger than {FILE_BYTES_MAX} bytes", path.display())));
    }
    let text = std::fs::read_to_string(path).map_err(failed)?;
    let cases = parse(&path.display().to_string(), &text).map_err(Failure::Setup)?;
    match cases.len() {
        0 => Err(Failure::Setup(format!(
            "the suite `{}` has no case; write a table with the headings {}",
            path.display(),
            NEEDED.map(|heading| format!("`{heading}`")).join(", ")
        ))),
        many if many > CASES_MAX => {
            Err(Failure::Setup(format!("the suite `{}` has more than {CASES_MAX} cases", path.display())))
        }
        _ => Ok(cases),
    }
}

/// Every case of a text; a complaint names the line.
fn parse(file: &str, text: &str) -> Result<Vec<Case>, String> {
    let mut cases = Vec::new();
    let mut headings: Option<Vec<String>> = None;
    let mut fenced = false;
    for (number, line) in (1..).zip(text.lines()) {
        fenced ^= line.trim_start().starts_with("```");
        let Some(cells) = cells(line).filter(|_| !fenced) else {
            headings = None;
            continue;
        };
        match &headings {
            None => headings = Some(cells.iter().map(|cell| cell.to_lowercase()).collect()),
            Some(_) if cells.iter().all(|cell| !cell.is_empty() && cell.chars().all(|c| matches!(c, '-' | ':'))) => {}
            Some(headings) => cases.extend(case(file, number, headings, &cells)?),
        }
    }
    Ok(cases)
}

/// The cells of a table's line, without code marks; `None` for a line of prose.
fn cells(line: &str) -> Option<Vec<String>> {
    let inner = line.trim().strip_prefix('|')?;
    let inner = inner.strip_suffix('|').unwrap_or(inner);
    let mut cells = vec![String::new()];
    let mut escaped = false;
    for c in inner.chars() {
        match c {
            '\\' if !escaped => escaped = true,
            '|' if !escaped => cells.push(String::new()),
            _ => {
                if let Some(cell) = cells.last_mut() {
                    if escaped && c != '|' {
                        cell.push('\\');
                    }
                    if c != '`' {
                        cell.push(c);
                    }
                }
                escaped = false;
            }
        }
    }
    Some(cells.iter().map(|cell| cell.split_whitespace().collect::<Vec<_>>().join(" ")).collect())
}

/// A row; none when its table is not part of the suite.
fn case(file: &str, number: usize, headings: &[String], cells: &[String]) -> Result<Option<Case>, String> {
    let place = format!("{file}:{number}");
    let has = |heading: &str| headings.iter().any(|own| own == heading);
    match NEEDED.iter().filter(|heading| has(heading)).count() {
        0 | 1 => return Ok(None),
        2 => {
            let missing = NEEDED.iter().find(|heading| !has(heading)).copied().unwrap_or_default();
            return Err(format!("{place}: the table lacks the heading `{missing}`"));
        }
        _ => {}
    }
    let known = ["persona", "purpose", "on", "product", "column", "expect", "why"];
    if let Some(other) = headings.iter().find(|heading| !known.contains(&heading.as_str())) {
        return Err(format!("{place}: no heading `{other}` is known; there are {}", known.join(", ")));
    }
    if cells.len() != headings.len() {
        return Err(format!("{place}: the row has {} cells, and the table {}", cells.len(), headings.len()));
    }
    let cell = |heading: &str| {
        let found = headings.iter().zip(cells).find(|(own, _)| *own == heading);
        found.map(|(_, cell)| cell.clone()).filter(|cell| !cell.is_empty())
    };
    let needed = |heading: &str| cell(heading).ok_or_else(|| format!("{place}: `{heading}` is empty"));
    let on = cell("on").map(|day| moment::day(&day).map_err(|failure| format!("{place}: {failure}"))).transpose()?;
    Ok(Some(Case {
        persona: needed("persona")?,
        purpose: cell("purpose"),
        on,
        product: needed("product")?,
        column: cell("column"),
        expect: needed("expect")?,
        place,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_with_the_headings_are_cases_and_the_rest_is_prose() {
        let text = "# Who\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n| Persona | product | column | Expect | why |\n\
                    |:--|---|---|--:|---|\n| `ana` | shop.orders | | rows a = 'x\\|y'  AND b | |\n\
                    | bo | shop.orders | address.zip | masked | law |\n\n```\n| persona | product | expect |\n```\n";
        let cases = parse("s.md", text).unwrap();
        let case = |place: &str, persona: &str, column: Option<&str>, expect: &str| Case {
            place: place.to_owned(),
            persona: persona.to_owned(),
            purpose: None,
            on: None,
            product: "shop.orders".to_owned(),
            column: column.map(str::to_owned),
            expect: expect.to_owned(),
        };
        assert_eq!(
            cases,
            [case("s.md:9", "ana", None, "rows a = 'x|y' AND b"), case("s.md:10", "bo", Some("address.zip"), "masked")]
        );
    }

    #[test]
    fn a_table_that_is_not_whole_is_no_suite() {
        for (text, message) in [
            ("| persona | product |\n|---|---|\n| a | b |", "s.md:3: the table lacks the heading `expect`"),
            (
                "| persona | product | expects | expect |\n|---|---|---|---|\n| a | b | c | d |",
                "s.md:3: no heading `expects` is known; there are persona, purpose, on, product, column, expect, why",
            ),
            (
                "| persona | product | expect |\n|---|---|---|\n| a | b |",
                "s.md:3: the row has 2 cells, and the table 3",
            ),
            ("| persona | product | expect |\n|---|---|---|\n| a |  | c |", "s.md:3: `product` is empty"),
            (
                "| persona | product | expect | on |\n|---|---|---|---|\n| a | b | c | soon |",
                "s.md:3: `soon` is not a day such as 2027-03-31",
            ),
        ] {
            assert_eq!(parse("s.md", text), Err(message.to_owned()));
        }
    }
}
