//! The answers that the benchmark publishes for scale factor 1.

use tpchgen::q_and_a::QueryAndAnswer;

/// Compares rows, cells joined by ` | `, with the published answer of a query. `None` when they agree.
#[must_use]
pub fn disagreement(name: &str, rows: &[String]) -> Option<String> {
    let number: i32 = name.trim_start_matches('q').parse().unwrap();
    let published = QueryAndAnswer::new(number, 1.0).unwrap();
    // The published keys of q11 are cut to four digits; the values beside them tell the rows apart.
    let from = usize::from(name == "q11");
    let mut expected: Vec<Vec<String>> =
        published.answer().trim().lines().skip(1).map(|row| cells(row).split_off(from)).collect();
    let mut rows: Vec<Vec<String>> = rows.iter().map(|row| cells(row).split_off(from)).collect();
    expected.sort();
    rows.sort();
    if rows.len() != expected.len() {
        return Some(format!("{} rows, {} are published", rows.len(), expected.len()));
    }
    let mut pairs = rows.iter().zip(&expected);
    let other = pairs.find(|(row, wanted)| !row.iter().zip(*wanted).all(|(cell, wanted)| agree(cell, wanted)));
    other.map(|(row, wanted)| format!("{row:?}, published is {wanted:?}"))
}

fn cells(row: &str) -> Vec<String> {
    row.split('|').map(|cell| cell.trim().to_owned()).collect()
}

/// Published numbers have two decimal places, or seven digits that count.
fn agree(cell: &str, wanted: &str) -> bool {
    match (cell.parse::<f64>(), wanted.parse::<f64>()) {
        (Ok(cell), Ok(wanted)) => (cell - wanted).abs() <= 0.011_f64.max(wanted.abs() * 1e-7),
        _ => cell == wanted,
    }
}
