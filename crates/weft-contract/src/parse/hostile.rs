//! Damaged and hostile files.

use std::collections::BTreeMap;

use weft_model::finding::Severity;

use super::tests::{ORDERS_ODPS, ORDERS_V2, PROFILES};
use super::*;

#[test]
fn every_finding_of_a_broken_file_has_a_hint_and_a_known_code() {
    let known: Vec<&str> = codes::WEFT
        .iter()
        .map(|(code, _)| *code)
        .chain(codes::STANDARD.iter().flat_map(|pair| [pair.of(Standard::Odcs), pair.of(Standard::Odps)]))
        .collect();
    for text in [ORDERS_V2, PROFILES, ORDERS_ODPS] {
        for (at, _) in text.match_indices(':').step_by(3) {
            let (before, after) = text.split_at(at);
            let damaged = format!("{before}x{after}");
            let name = if text == ORDERS_ODPS { "a.odps.yaml" } else { "a.odcs.yaml" };
            for finding in parse(&SourceFile::new(name, damaged.as_str()), &BTreeMap::new()).findings {
                assert!(finding.hint.is_some() && known.contains(&finding.code), "{finding}");
            }
        }
    }
}

#[test]
fn hostile_files_are_read_in_a_moment() {
    let keys: String = (0..5_000).map(|key| format!("k{key}: 1\n")).collect();
    let items = "  - {value: a}\n".repeat(20_000);
    let columns: String = (0..20_000).map(|column| format!("{{name: c{column}, logicalType: string}}, ")).collect();
    for (text, code) in [
        (keys, "W101"),
        (format!("schema: [{{name: t, properties: [{columns}]}}]\n"), "W101"),
        (
            format!("schema: [{{name: t, properties: [{{name: c, logicalType: string, enum: *e}}]}}]\nx: &e\n{items}"),
            "ODCS-E001",
        ),
        (
            format!("x: &e\n{items}schema: [{{name: t, properties: [{{name: c, logicalType: string, enum: *e}}]}}]\n"),
            "ODCS-E017",
        ),
    ] {
        let findings = parse(&SourceFile::new("a.odcs.yaml", text), &BTreeMap::new()).findings;
        assert!(findings.iter().any(|finding| finding.code == code), "{code}: {:?}", findings.first());
        assert!(findings.len() <= crate::complaints::FINDINGS_MAX + 1);
    }
}

#[test]
fn no_damaged_file_brings_the_parser_down() {
    for text in [ORDERS_V2, PROFILES, ORDERS_ODPS] {
        for (at, c) in text.char_indices().step_by(97) {
            let (before, after) = text.split_at(at);
            let rest = after.get(c.len_utf8()..).unwrap_or_default();
            for damaged in
                [before.to_owned(), format!("{before}{rest}"), format!("{before}[{rest}"), format!("{before}\n{rest}")]
            {
                for name in ["a.odcs.yaml", "a.odps.yaml"] {
                    let parsed = parse(&SourceFile::new(name, damaged.as_str()), &BTreeMap::new());
                    let errors = parsed.findings.iter().any(|finding| finding.severity == Severity::Error);
                    assert_eq!(parsed.document.is_none(), errors);
                }
            }
        }
    }
}
