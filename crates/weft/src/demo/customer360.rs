//! `customer360.customers`: each customer with what orders and marketing know about them.

use arrow::array::RecordBatch;

use super::columns::{batch, long, moment_or_null, money, text, text_or_null};
use super::customers::Customer;
use super::error::Result;
use super::marketing::Touch;
use super::orders::Order;

/// A customer's history in figures.
#[derive(Debug)]
pub struct History<'a> {
    /// Whose.
    pub customer: &'a Customer,
    /// Orders that were not cancelled.
    pub order_count: i64,
    /// Their sum, in hundredths.
    pub value: i64,
    /// The latest of them, in microseconds since 1970-01-01T00:00:00Z.
    pub last_order_at: Option<i64>,
    /// Contacts by campaigns.
    pub touch_count: i64,
    /// Channel of the first contact.
    pub first_channel: Option<&'static str>,
}

impl History<'_> {
    fn segment(&self) -> &'static str {
        match self.order_count {
            0 => "NEW",
            1..=2 => "CASUAL",
            3..=6 => "REGULAR",
            _ => "LOYAL",
        }
    }
}

/// Condenses orders and touches; both come in the order of time.
pub fn histories<'a>(customers: &'a [Customer], orders: &[Order], touches: &[Touch]) -> Vec<History<'a>> {
    let mut rows: Vec<_> = customers
        .iter()
        .map(|customer| History {
            customer,
            order_count: 0,
            value: 0,
            last_order_at: None,
            touch_count: 0,
            first_channel: None,
        })
        .collect();
    for order in orders.iter().filter(|order| order.status != "CANCELLED") {
        if let Some(row) = rows.get_mut(order.customer) {
            row.order_count += 1;
            row.value += i64::from(order.total);
            row.last_order_at = Some(order.created_at);
        }
    }
    for touch in touches {
        if let Some(row) = rows.get_mut(touch.customer) {
            row.touch_count += 1;
            row.first_channel = row.first_channel.or(Some(touch.channel));
        }
    }
    rows
}

/// Histories as columns.
pub fn columns(rows: &[History<'_>]) -> Result<RecordBatch> {
    batch(vec![
        ("customer_id", text(rows.iter().map(|row| &row.customer.id)), false),
        ("full_name", text(rows.iter().map(|row| &row.customer.full_name)), true),
        ("email", text_or_null(rows.iter().map(|row| row.customer.email.as_ref())), true),
        ("region", text(rows.iter().map(|row| row.customer.country.region)), false),
        ("country", text(rows.iter().map(|row| row.customer.country.code)), false),
        ("loyalty_tier", text_or_null(rows.iter().map(|row| row.customer.tier)), true),
        ("order_count", long(rows.iter().map(|row| row.order_count)), false),
        ("lifetime_value", money(14, rows.iter().map(|row| row.value))?, false),
        ("last_order_at", moment_or_null(rows.iter().map(|row| row.last_order_at)), true),
        ("touch_count", long(rows.iter().map(|row| row.touch_count)), false),
        ("first_channel", text_or_null(rows.iter().map(|row| row.first_channel)), true),
        ("segment", text(rows.iter().map(History::segment)), false),
    ])
}
