//! `inventory.products` and `inventory.stock`: what is sold, and how much of it lies where.

use std::sync::Arc;

use arrow::array::{ListBuilder, RecordBatch, StringBuilder};

use super::columns::{batch, boolean, date_or_null, double_or_null, int, moment, money, money_or_null, text};
use super::error::Result;
use super::iceberg_files::{By, History};
use super::orders::{DAY, FIRST_DAY, FIRST_MOMENT, SPAN_DAYS};
use super::random::Random;

/// A product of the shop.
#[derive(Debug)]
pub struct Article {
    /// `P00001` and so on.
    pub id: String,
    /// Name in the shop.
    pub name: String,
    /// Department.
    pub category: &'static str,
    /// Hundredths.
    pub list_price: i32,
    /// Hundredths.
    pub unit_cost: Option<i64>,
    /// Kilograms.
    pub weight: Option<f64>,
    /// Search labels.
    pub labels: Vec<&'static str>,
    /// True when it is no longer made.
    pub discontinued: bool,
    /// Microseconds since 1970-01-01T00:00:00Z.
    pub updated_at: i64,
}

/// Pieces of one product in one warehouse.
#[derive(Clone, Debug)]
pub struct Stock {
    /// The product.
    pub product_id: String,
    /// The warehouse.
    pub warehouse: &'static str,
    /// Pieces on the shelf.
    pub on_hand: i32,
    /// Pieces promised.
    pub reserved: i32,
    /// Day of the last count, since 1970-01-01.
    pub counted_on: Option<i32>,
}

const CATEGORIES: &[(&str, &[&str])] = &[
    ("Kitchen", &["Kettle", "Crêpe Pan", "Café Press", "Knife", "Bowl"]),
    ("Garden", &["Spade", "Hose", "Lantern", "Bird Bath", "Piñata"]),
    ("Books", &["Atlas", "Novel", "Cook Book", "Diary"]),
    ("Toys", &["Puzzle", "Kite", "Train Set", "Plush Bear"]),
    ("Sports", &["Tent", "Skipping Rope", "Racket", "Bottle"]),
    ("Electronics", &["Lamp", "Radio", "Charger", "Headset"]),
];
const MOODS: &[&str] = &["Classic", "Nordic", "Compact", "Deluxe", "Señorial", "Öko", "Travel", "Essential"];
const LABELS: &[&str] = &["new", "sale", "gift", "eco", "bestseller", "fragile"];
const WAREHOUSES: &[&str] = &["BERLIN", "DALLAS", "SINGAPORE", "QUARANTINE"];

/// Makes this many products.
pub fn articles(count: u32) -> Vec<Article> {
    let mut random = Random::named("products");
    (1..=count)
        .map(|number| {
            let (category, things) = random.choose(CATEGORIES).copied().unwrap_or_default();
            let list_price = random.between(2, 500) * 100 - 1;
            Article {
                id: format!("P{number:05}"),
                name: format!("{} {} {number}", random.pick(MOODS), random.pick(things)),
                category,
                list_price,
                unit_cost: (!random.percent(3)).then(|| i64::from(list_price * random.between(35, 70) / 100)),
                weight: (!random.percent(4)).then(|| f64::from(random.between(1, 160)) / 8.0),
                labels: LABELS.iter().copied().filter(|_| random.percent(30)).collect(),
                discontinued: random.percent(6),
                updated_at: FIRST_MOMENT + i64::from(random.between(0, SPAN_DAYS - 1)) * DAY,
            }
        })
        .collect()
}

/// Every product in three of the four warehouses.
pub fn stock(articles: &[Article]) -> Vec<Stock> {
    let mut random = Random::named("stock");
    let mut rows = Vec::with_capacity(articles.len() * 3);
    for article in articles {
        // Quarantine is rare: it takes the place of another warehouse once in eight products.
        let spared = if random.percent(12) { random.pick(&["BERLIN", "DALLAS", "SINGAPORE"]) } else { "QUARANTINE" };
        for &warehouse in WAREHOUSES.iter().filter(|warehouse| **warehouse != spared) {
            let on_hand = random.between(0, 400);
            rows.push(Stock {
                product_id: article.id.clone(),
                warehouse,
                on_hand,
                reserved: random.between(0, on_hand / 4),
                counted_on: (!random.percent(2)).then(|| FIRST_DAY + random.between(0, SPAN_DAYS - 1)),
            });
        }
    }
    rows
}

/// Stock was counted before, and columns were called otherwise.
pub const STOCK: History = History { by: By::Position, renamed: ("pieces", "on_hand") };

/// What was counted at first of every fortieth row: one piece too many.
pub fn miscounted(row: &Stock) -> Option<Stock> {
    let number: u32 = row.product_id.get(1..)?.parse().ok()?;
    let wrong = number % 40 == 7 && row.warehouse != "DALLAS";
    wrong.then(|| Stock { on_hand: row.on_hand + 1, ..row.clone() })
}

/// Products as columns.
pub fn article_columns(rows: &[Article]) -> Result<RecordBatch> {
    let mut labels = ListBuilder::new(StringBuilder::new());
    for row in rows {
        labels.append_value(row.labels.iter().map(Some));
    }
    batch(vec![
        ("product_id", text(rows.iter().map(|row| &row.id)), false),
        ("name", text(rows.iter().map(|row| &row.name)), false),
        ("category", text(rows.iter().map(|row| row.category)), false),
        ("list_price", money(12, rows.iter().map(|row| i64::from(row.list_price)))?, false),
        ("unit_cost", money_or_null(12, rows.iter().map(|row| row.unit_cost))?, true),
        ("weight_kg", double_or_null(rows.iter().map(|row| row.weight)), true),
        ("labels", Arc::new(labels.finish()), true),
        ("discontinued", boolean(rows.iter().map(|row| row.discontinued)), false),
        ("updated_at", moment(rows.iter().map(|row| row.updated_at)), false),
    ])
}

/// Stock as columns.
pub fn stock_columns(rows: &[Stock]) -> Result<RecordBatch> {
    batch(vec![
        ("product_id", text(rows.iter().map(|row| &row.product_id)), false),
        ("warehouse", text(rows.iter().map(|row| row.warehouse)), false),
        ("on_hand", int(rows.iter().map(|row| row.on_hand)), false),
        ("reserved", int(rows.iter().map(|row| row.reserved)), false),
        ("counted_on", date_or_null(rows.iter().map(|row| row.counted_on)), true),
    ])
}
