//! `orders.orders` in two majors, and `orders.order_items`.

use std::sync::Arc;

use arrow::array::{MapBuilder, MapFieldNames, RecordBatch, StringBuilder};

use super::columns::{batch, double_or_null, int, long, moment, money, text};
use super::country;
use super::customers::Customer;
use super::error::Result;
use super::goods::Article;
use super::random::Random;

/// 2024-07-01, as days since 1970-01-01: the mesh begins here.
pub const FIRST_DAY: i32 = 19_905;
/// The mesh spans two years.
pub const SPAN_DAYS: i32 = 730;
/// Microseconds of a day.
pub const DAY: i64 = 86_400_000_000;
/// 2024-07-01T00:00:00Z in microseconds since 1970-01-01T00:00:00Z.
pub const FIRST_MOMENT: i64 = 19_905 * DAY;

/// The number before the first order's.
const NUMBERS_FROM: i64 = 1_000_000;

/// An order.
#[derive(Clone, Debug)]
pub struct Order {
    /// Ascending in time.
    pub id: i64,
    /// Position of the customer in the list of customers.
    pub customer: usize,
    /// The customer's identifier.
    pub customer_id: String,
    /// The customer's region.
    pub region: &'static str,
    /// Where the order stands.
    pub status: &'static str,
    /// Hundredths; the sum of the lines.
    pub total: i32,
    /// Microseconds since 1970-01-01T00:00:00Z.
    pub created_at: i64,
    /// What the shop noted; `None` is NULL, and an empty map is an empty map.
    pub metadata: Option<Vec<(&'static str, &'static str)>>,
    /// True for an earlier state of an order, which was replaced.
    pub replaced: bool,
}

/// A line of an order.
#[derive(Debug)]
pub struct Line {
    /// The order.
    pub order_id: i64,
    /// From 1.
    pub line_no: i32,
    /// The product.
    pub product_id: String,
    /// Pieces.
    pub quantity: i32,
    /// Hundredths.
    pub unit_price: i32,
    /// The customer's region.
    pub region: &'static str,
}

/// Makes this many orders, rounded down to an even number, with five lines in every two.
pub fn orders(count: u32, customers: &[Customer], articles: &[Article]) -> (Vec<Order>, Vec<Line>) {
    let mut random = Random::named("orders");
    let (mut orders, mut lines) = (Vec::new(), Vec::new());
    let slot = i64::from(SPAN_DAYS) * DAY / i64::from(count.max(1));
    let mut pair = 0;
    for number in 1..=i64::from(count - count % 2) {
        // Two neighbours share five lines, so that the number of lines is known beforehand.
        let width = if number % 2 == 1 { random.between(1, 4) } else { 5 - pair };
        pair = width;
        let id = NUMBERS_FROM + number;
        let created_at =
            FIRST_MOMENT + (number - 1) * slot + i64::from(random.below(u32::try_from(slot).unwrap_or(u32::MAX)));
        // The smaller of two draws: some customers order often, some never.
        let bound = u32::try_from(customers.len()).unwrap_or(u32::MAX);
        let place = usize::try_from(random.below(bound).min(random.below(bound))).unwrap_or(0);
        let Some(customer) = customers.get(place) else { break };
        let region = customer.country.region;
        let mut total = 0;
        for line_no in 1..=width {
            let Some(article) = random.choose(articles) else { break };
            let line = Line {
                order_id: id,
                line_no,
                product_id: article.id.clone(),
                quantity: random.pick(&[1, 1, 1, 1, 2, 2, 3, 5, 10]),
                unit_price: article.list_price * random.between(80, 100) / 100,
                region,
            };
            total += line.quantity * line.unit_price;
            lines.push(line);
        }
        orders.push(Order {
            id,
            customer: place,
            customer_id: customer.id.clone(),
            region,
            status: status(&mut random),
            total,
            created_at,
            metadata: metadata(&mut random),
            replaced: false,
        });
    }
    (orders, lines)
}

/// One of this many orders was changed after it was written.
const CHANGED: usize = 40;

/// The orders as they were written: before some of them stands what they were.
pub fn with_earlier_states(orders: &[Order]) -> Vec<Order> {
    let mut all = Vec::with_capacity(orders.len() + orders.len() / CHANGED);
    for (at, order) in orders.iter().enumerate() {
        if at % CHANGED == CHANGED / 2 {
            all.push(Order { status: "CREATED", replaced: true, ..order.clone() });
        }
        all.push(order.clone());
    }
    all
}

fn status(random: &mut Random) -> &'static str {
    match random.below(100) {
        0..5 => "CREATED",
        5..13 => "CONFIRMED",
        13..23 => "SHIPPED",
        23..93 => "DELIVERED",
        _ => "CANCELLED",
    }
}

fn metadata(random: &mut Random) -> Option<Vec<(&'static str, &'static str)>> {
    match random.below(20) {
        0 | 1 => None,
        2 => Some(Vec::new()),
        _ => {
            let mut entries = vec![("channel", random.pick(&["web", "web", "app", "store"]))];
            if random.percent(60) {
                entries.push(("device", random.pick(&["phone", "desktop", "tablet"])));
            }
            if random.percent(15) {
                entries.push(("coupon", random.pick(&["SPRING10", "WELCOME", "GRÜSSE5", "été2025"])));
            }
            Some(entries)
        }
    }
}

/// Orders as columns of the second major.
pub fn columns_v2(rows: &[Order]) -> Result<RecordBatch> {
    let names = MapFieldNames { entry: "entries".to_owned(), key: "key".to_owned(), value: "value".to_owned() };
    let mut metadata = MapBuilder::new(Some(names), StringBuilder::new(), StringBuilder::new());
    for row in rows {
        for (key, value) in row.metadata.iter().flatten() {
            metadata.keys().append_value(key);
            metadata.values().append_value(value);
        }
        metadata.append(row.metadata.is_some())?;
    }
    batch(vec![
        ("order_id", long(rows.iter().map(|row| row.id)), false),
        ("customer_id", text(rows.iter().map(|row| &row.customer_id)), false),
        ("region", text(rows.iter().map(|row| row.region)), false),
        ("status", text(rows.iter().map(|row| row.status)), false),
        ("total_amount", money(12, rows.iter().map(|row| i64::from(row.total)))?, false),
        ("currency", text(rows.iter().map(|row| country::currency(row.region))), false),
        ("created_at", moment(rows.iter().map(|row| row.created_at)), false),
        ("metadata", Arc::new(metadata.finish()), true),
    ])
}

/// Orders as columns of the first major.
pub fn columns_v1(rows: &[Order]) -> Result<RecordBatch> {
    batch(vec![
        ("order_id", long(rows.iter().map(|row| row.id)), false),
        ("customer_id", text(rows.iter().map(|row| &row.customer_id)), false),
        ("region", text(rows.iter().map(|row| row.region)), false),
        ("status", text(rows.iter().map(|row| row.status)), false),
        ("total", double_or_null(rows.iter().map(|row| Some(f64::from(row.total) / 100.0))), false),
        ("created_at", moment(rows.iter().map(|row| row.created_at)), false),
    ])
}

/// Order lines as columns.
pub fn line_columns(rows: &[Line]) -> Result<RecordBatch> {
    batch(vec![
        ("order_id", long(rows.iter().map(|row| row.order_id)), false),
        ("line_no", int(rows.iter().map(|row| row.line_no)), false),
        ("product_id", text(rows.iter().map(|row| &row.product_id)), false),
        ("quantity", int(rows.iter().map(|row| row.quantity)), false),
        ("unit_price", money(12, rows.iter().map(|row| i64::from(row.unit_price)))?, false),
        ("region", text(rows.iter().map(|row| row.region)), false),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::{customers::customers, goods::articles};
    use super::*;

    #[test]
    fn five_lines_in_every_two_orders() {
        let (orders, lines) = orders(1_001, &customers(100), &articles(20));
        assert_eq!((orders.len(), lines.len()), (1_000, 2_500));
        assert!(orders.iter().zip(orders.iter().skip(1)).all(|(one, next)| one.created_at < next.created_at));
        let total: i32 =
            lines.iter().filter(|line| line.order_id == 1_000_007).map(|l| l.quantity * l.unit_price).sum();
        assert_eq!(orders.iter().find(|order| order.id == 1_000_007).map(|order| order.total), Some(total));
    }
}
