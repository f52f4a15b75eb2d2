//! `customers.profiles`: who the customers are.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StructArray};
use arrow::datatypes::Field;

use super::columns::{batch, date_or_null, moment, money_or_null, text, text_or_null};
use super::country::{self, Country};
use super::error::Result;
use super::iban::iban;
use super::orders::{DAY, FIRST_MOMENT, SPAN_DAYS};
use super::plain::plain;
use super::random::Random;

/// A customer. The account number stands in `finance.payments` only.
#[derive(Debug)]
pub struct Customer {
    /// `C0000001` and so on.
    pub id: String,
    /// As the customer writes it.
    pub full_name: String,
    /// Unique where there is one.
    pub email: Option<String>,
    /// In international form.
    pub phone: Option<String>,
    /// Days since 1970-01-01.
    pub birth_date: Option<i32>,
    /// Street and number.
    pub street: String,
    /// Town.
    pub city: &'static str,
    /// Postal code.
    pub zip: String,
    /// Where the customer lives.
    pub country: &'static Country,
    /// Standing in the loyalty programme.
    pub tier: Option<&'static str>,
    /// Hundredths.
    pub credit_limit: Option<i64>,
    /// Microseconds since 1970-01-01T00:00:00Z.
    pub updated_at: i64,
    /// The account the customer pays from, in countries that have such numbers.
    pub iban: Option<String>,
}

const MAILBOXES: &[&str] = &["mail.example", "post.example", "inbox.example", "correo.example", "poczta.example"];
/// 1940-01-01 and 2007-12-31, as days since 1970-01-01.
const BIRTHS: (i32, i32) = (-10_957, 13_878);

/// Makes this many customers.
pub fn customers(count: u32) -> Vec<Customer> {
    let mut random = Random::named("customers");
    let mut namesakes = HashMap::new();
    (1..=count).map(|number| customer(number, &mut random, &mut namesakes)).collect()
}

fn customer(number: u32, random: &mut Random, namesakes: &mut HashMap<String, u32>) -> Customer {
    let country = country::draw(random);
    let (given, given_plain) = spellings(random.pick(country.given));
    let (family, family_plain) = spellings(random.pick(country.family));
    let full_name = if country.family_first { format!("{family} {given}") } else { format!("{given} {family}") };
    let local = format!("{given_plain}.{family_plain}");
    let namesake = namesakes.entry(local.clone()).or_insert(0);
    *namesake += 1;
    // A few people keep their accents in the address; the number keeps it unique either way.
    let spelled =
        if random.percent(2) { format!("{given}.{family}").to_lowercase().replace([' ', '’'], "") } else { local };
    let email = format!("{spelled}{namesake}@{}", random.pick(MAILBOXES));
    Customer {
        id: format!("C{number:07}"),
        full_name,
        email: (!random.percent(1)).then_some(email),
        phone: (!random.percent(7)).then(|| random.digits(country.phone)),
        birth_date: (!random.percent(2)).then(|| random.between(BIRTHS.0, BIRTHS.1)),
        street: format!("{} {}", random.pick(country.streets), random.between(1, 180)),
        city: random.pick(country.cities),
        zip: random.digits(country.zip),
        country,
        tier: (!random.percent(5)).then(|| random.pick(&["BRONZE", "BRONZE", "BRONZE", "SILVER", "SILVER", "GOLD"])),
        credit_limit: (!random.percent(10)).then(|| i64::from(random.between(1, 100)) * 10_000),
        updated_at: FIRST_MOMENT
            + i64::from(random.between(0, SPAN_DAYS - 1)) * DAY
            + i64::from(random.between(0, 86_399)) * 1_000_000,
        iban: (country.iban_digits > 0).then(|| iban(country.code, country.iban_digits, random)),
    }
}

/// A name as it is written, and in plain Latin letters.
fn spellings(name: &'static str) -> (&'static str, String) {
    match name.split_once('|') {
        Some((written, latin)) => (written, latin.to_owned()),
        None => (name, plain(name)),
    }
}

/// The records as columns.
pub fn columns(rows: &[Customer]) -> Result<RecordBatch> {
    let part = |name: &str, values: ArrayRef| (Arc::new(Field::new(name, values.data_type().clone(), true)), values);
    let address = StructArray::from(vec![
        part("street", text(rows.iter().map(|row| &row.street))),
        part("city", text(rows.iter().map(|row| row.city))),
        part("zip", text(rows.iter().map(|row| &row.zip))),
        part("country", text(rows.iter().map(|row| row.country.code))),
    ]);
    batch(vec![
        ("customer_id", text(rows.iter().map(|row| &row.id)), false),
        ("full_name", text(rows.iter().map(|row| &row.full_name)), true),
        ("email", text_or_null(rows.iter().map(|row| row.email.as_ref())), true),
        ("phone", text_or_null(rows.iter().map(|row| row.phone.as_ref())), true),
        ("birth_date", date_or_null(rows.iter().map(|row| row.birth_date)), true),
        ("address", Arc::new(address), true),
        ("region", text(rows.iter().map(|row| row.country.region)), false),
        ("loyalty_tier", text_or_null(rows.iter().map(|row| row.tier)), true),
        ("credit_limit", money_or_null(12, rows.iter().map(|row| row.credit_limit))?, true),
        ("updated_at", moment(rows.iter().map(|row| row.updated_at)), false),
    ])
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn addresses_are_unique_and_made_of_the_name() {
        let people = customers(5_000);
        let emails: HashSet<_> = people.iter().filter_map(|person| person.email.as_ref()).collect();
        assert_eq!(emails.len(), people.iter().filter(|person| person.email.is_some()).count());
        assert!(emails.iter().all(|email| !email.starts_with('.') && !email.contains(' ')), "{emails:?}");
        assert!(emails.iter().any(|email| !email.is_ascii()));
        assert!(people.iter().any(|person| person.full_name.contains('ł')));
    }

    #[test]
    fn the_same_customers_every_time() {
        let first = customers(1);
        let person = first.first().map(|person| (person.id.as_str(), person.country.region));
        assert_eq!(person, customers(9).first().map(|person| (person.id.as_str(), person.country.region)));
        assert_eq!(person.map(|(id, _)| id), Some("C0000001"));
    }
}
