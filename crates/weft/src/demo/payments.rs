//! `finance.payments`: what was paid for orders, and what was paid back.

use arrow::array::RecordBatch;

use super::columns::{batch, long, moment, money, text, text_or_null};
use super::country;
use super::customers::Customer;
use super::error::Result;
use super::iceberg_files::{By, History};
use super::orders::{DAY, Order};
use super::random::Random;

/// A movement of money.
#[derive(Clone, Debug)]
pub struct Payment {
    /// Ascending with the order.
    pub id: i64,
    /// The order paid for.
    pub order_id: i64,
    /// Who paid.
    pub customer_id: String,
    /// The customer's region.
    pub region: &'static str,
    /// Hundredths; negative for refunds.
    pub amount: i64,
    /// How.
    pub method: &'static str,
    /// The account, for SEPA payments.
    pub iban: Option<String>,
    /// What the payer wrote.
    pub reference: Option<String>,
    /// Microseconds since 1970-01-01T00:00:00Z.
    pub paid_at: i64,
}

/// One payment for every order that was not cancelled, two for some; half of the cancelled ones were paid and refunded.
pub fn payments(orders: &[Order], customers: &[Customer]) -> Vec<Payment> {
    let mut random = Random::named("payments");
    let mut rows = Vec::with_capacity(orders.len());
    for order in orders {
        let Some(customer) = customers.get(order.customer) else { continue };
        let total = i64::from(order.total);
        let split = random.percent(5);
        let amounts = match order.status {
            "CANCELLED" if random.percent(50) => vec![total, -total],
            "CANCELLED" => Vec::new(),
            _ if split => vec![total / 3, total - total / 3],
            _ => vec![total],
        };
        let method = match random.below(100) {
            0..60 if customer.iban.is_some() => "SEPA",
            0..85 => "CARD",
            _ => "WALLET",
        };
        let mut paid_at = order.created_at;
        for amount in amounts {
            paid_at += i64::from(random.between(60, 172_800)) * (DAY / 86_400);
            let sepa = method == "SEPA";
            rows.push(Payment {
                id: 0,
                order_id: order.id,
                customer_id: order.customer_id.clone(),
                region: order.region,
                amount,
                method,
                iban: customer.iban.clone().filter(|_| sepa),
                reference: sepa.then(|| format!("Order {}, {}", order.id, customer.full_name)),
                paid_at,
            });
        }
    }
    for (row, id) in rows.iter_mut().zip(9_000_001..) {
        row.id = id;
    }
    rows
}

/// Payments are corrected by their keys, and their accounts were called otherwise.
pub const HISTORY: History = History { by: By::Key("payment_id"), renamed: ("account", "iban") };

/// What was booked at first of every hundredth payment: ten cents too many.
pub fn misbooked(row: &Payment) -> Option<Payment> {
    (row.id % 100 == 42).then(|| Payment { amount: row.amount + 10, ..row.clone() })
}

/// Payments as columns.
pub fn columns(rows: &[Payment]) -> Result<RecordBatch> {
    batch(vec![
        ("payment_id", long(rows.iter().map(|row| row.id)), false),
        ("order_id", long(rows.iter().map(|row| row.order_id)), false),
        ("customer_id", text(rows.iter().map(|row| &row.customer_id)), false),
        ("region", text(rows.iter().map(|row| row.region)), false),
        ("amount", money(12, rows.iter().map(|row| row.amount))?, false),
        ("currency", text(rows.iter().map(|row| country::currency(row.region))), false),
        ("method", text(rows.iter().map(|row| row.method)), false),
        ("iban", text_or_null(rows.iter().map(|row| row.iban.as_ref())), true),
        ("reference", text_or_null(rows.iter().map(|row| row.reference.as_ref())), true),
        ("paid_at", moment(rows.iter().map(|row| row.paid_at)), false),
    ])
}
