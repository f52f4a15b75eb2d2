//! What an import says of itself.

use serde_json::json;
use weft_model::type_name::type_name;

use crate::cli::Output;
use crate::cli::import::ImportArgs;
use crate::error::Failure;
use crate::findings::count;
use crate::terminal;

use super::made::{File, Made};
use super::contract::Draft;
use super::mesh::Place;
use super::pii::Proposal;
use super::survey::Survey;

/// One location, and what becomes of it.
#[derive(Debug)]
pub(super) struct Imported {
    location: String,
    domain: String,
    pub(super) product: String,
    /// True when some role may read it.
    granted: bool,
    /// True when every column has a classification.
    classified: bool,
    survey: Survey,
    pub(super) files: Vec<File>,
    /// What its owner said of things that the data has no longer.
    pub(super) lost: Vec<String>,
}

impl Imported {
    pub(super) fn new(location: String, draft: &Draft<'_>, made: Made) -> Self {
        let mut survey = draft.survey.clone();
        survey.remarks.extend(made.notes);
        Self {
            location,
            domain: draft.domain.to_owned(),
            product: draft.product.to_owned(),
            granted: made.granted,
            classified: made.classified,
            survey,
            files: made.files,
            lost: made.lost,
        }
    }

    /// True when a file is there and says something else.
    pub(super) fn differs(&self) -> bool {
        self.files.iter().any(|file| file.before.as_ref().is_some_and(|before| *before != file.text))
    }

    fn outcome(&self, all_written: bool) -> &'static str {
        let changed = self.files.iter().any(|file| file.before.as_ref() != Some(&file.text));
        match (changed, all_written) {
            (false, _) => "unchanged",
            (true, true) => "written",
            (true, false) => "not written",
        }
    }
}

/// Says what was found and written, or what would be.
pub(super) fn print(all: &[Imported], place: &Place, args: &ImportArgs, output: Output) -> Result<(), Failure> {
    let written = args.write || !all.iter().any(Imported::differs);
    if output == Output::Json {
        return terminal::json(&json!({
            "products": all.iter().map(|one| document(one, written)).collect::<Vec<_>>(),
            "configuration": place.configuration().filter(|_| written).map(|(path, _)| path.display().to_string()),
            "roots": place.configuration().map(|(_, added)| {
                added.iter().map(|root| root.display().to_string()).collect::<Vec<_>>()
            }),
        }));
    }
    let mut text = String::new();
    for one in all {
        text.push_str(&section(one, written));
    }
    if let Some((path, added)) = place.configuration() {
        let path = path.display();
        text.push_str(&match (written, added) {
            (true, []) => format!("wrote {path}\n"),
            (true, _) => format!("wrote {path}, which lets every contract of the mesh read below\n"),
            (false, []) => String::new(),
            (false, _) => format!("{path} would let every contract of the mesh read below\n"),
        });
        for root in added {
            text.push_str(&format!("  {}\n", root.display()));
        }
    }
    if !all.iter().all(|one| one.granted) {
        text.push_str("\nNobody may read this yet unless a policy allows it: give a role with --reader ROLE, or write a rule.\n");
    }
    if !all.iter().all(|one| one.classified) {
        text.push_str("\nColumns without a classification are hidden by most policies: say --classification NAME.\n");
    }
    if !written {
        text.push_str("\nNothing was written; --write writes what is shown.\n");
    }
    terminal::legible(&text)
}

fn section(one: &Imported, written: bool) -> String {
    let rows = one.survey.rows.map_or_else(|| "rows not counted".to_owned(), |rows| format!("{rows} rows"));
    let files = count(one.survey.files, "file");
    let outcome = one.outcome(written);
    let (domain, product) = (&one.domain, &one.product);
    let mut text = format!("{domain}.{product}: {} ({files}, {rows}): {outcome}\n", one.location);
    let width = one.survey.columns.iter().map(|column| column.name.chars().count()).max().unwrap_or(0).min(40);
    for column in &one.survey.columns {
        let kind = if column.uuid { "UUID".to_owned() } else { type_name(&column.data_type) };
        let mut marks = Vec::new();
        if column.required {
            marks.push("never NULL".to_owned());
        }
        if column.folder.is_some() {
            marks.push("from folders".to_owned());
        }
        marks.extend(column.proposals.iter().map(because));
        let line = format!("  {:width$}  {kind:12}  {}", column.name.escape_debug().to_string(), marks.join(", "));
        text.push_str(line.trim_end());
        text.push('\n');
    }
    for remark in &one.survey.remarks {
        text.push_str(&format!("  note: {remark}\n"));
    }
    for file in &one.files {
        match &file.before {
            None if written => text.push_str(&format!("  wrote {}\n", file.path.display())),
            None => {}
            Some(before) if *before == file.text => {}
            Some(before) => text.push_str(&difference(file, before)),
        }
    }
    text
}

fn because(proposal: &Proposal) -> String {
    match proposal.matched {
        None => format!("{} ({})", proposal.tag, proposal.detector),
        Some((matched, of)) => format!("{} ({}: {matched} of {of} values)", proposal.tag, proposal.detector),
    }
}

/// What changes in a file, as patches show it.
fn difference(file: &File, before: &str) -> String {
    let name = file.path.display().to_string();
    similar::TextDiff::from_lines(before, &file.text)
        .unified_diff()
        .context_radius(2)
        .header(&name, &name)
        .to_string()
}

fn document(one: &Imported, written: bool) -> serde_json::Value {
    json!({
        "location": one.location,
        "domain": one.domain,
        "product": one.product,
        "outcome": one.outcome(written),
        "files": one.survey.files,
        "rows": one.survey.rows,
        "notes": one.survey.remarks,
        "columns": one.survey.columns.iter().map(|column| json!({
            "name": column.name,
            "type": type_name(&column.data_type),
            "required": column.required,
            "partition": column.folder,
            "proposals": column.proposals.iter().map(|proposal| json!({
                "tag": proposal.tag,
                "detector": proposal.detector,
                "matched": proposal.matched.map(|(matched, _)| matched),
                "sampled": proposal.matched.map(|(_, of)| of),
            })).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
        "contracts": one.files.iter().map(|file| json!({
            "path": file.path.display().to_string(),
            "difference": file.before.as_ref().filter(|before| **before != file.text)
                .map(|before| difference(file, before)),
        })).collect::<Vec<_>>(),
    })
}
