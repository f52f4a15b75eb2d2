//! `hr.salaries`: there to be denied.

use arrow::array::RecordBatch;

use super::columns::{batch, date_or_null, money, text};
use super::country::COUNTRIES;
use super::error::Result;
use super::orders::{FIRST_DAY, SPAN_DAYS};
use super::random::Random;

/// What one employee earns.
#[derive(Debug)]
pub struct Salary {
    /// `E0001` and so on.
    pub employee_id: String,
    /// Given and family name.
    pub full_name: String,
    /// Department.
    pub department: &'static str,
    /// Hundredths a year.
    pub salary: i64,
    /// First day, since 1970-01-01.
    pub valid_from: i32,
}

/// Makes this many salaries.
pub fn salaries(count: u32) -> Vec<Salary> {
    let mut random = Random::named("salaries");
    let names = COUNTRIES.first();
    (1..=count)
        .map(|number| Salary {
            employee_id: format!("E{number:04}"),
            full_name: names.map_or_else(String::new, |country| {
                format!("{} {}", random.pick(country.given), random.pick(country.family))
            }),
            department: random.pick(&["Logistics", "Stores", "Engineering", "Finance", "Marketing"]),
            salary: i64::from(random.between(280, 1_400)) * 10_000,
            valid_from: FIRST_DAY + random.between(0, SPAN_DAYS / 30 - 1) * 30,
        })
        .collect()
}

/// Salaries as columns.
pub fn columns(rows: &[Salary]) -> Result<RecordBatch> {
    batch(vec![
        ("employee_id", text(rows.iter().map(|row| &row.employee_id)), false),
        ("full_name", text(rows.iter().map(|row| &row.full_name)), false),
        ("department", text(rows.iter().map(|row| row.department)), false),
        ("salary", money(12, rows.iter().map(|row| row.salary))?, false),
        ("currency", text(rows.iter().map(|_| "EUR")), false),
        ("valid_from", date_or_null(rows.iter().map(|row| Some(row.valid_from))), false),
    ])
}
