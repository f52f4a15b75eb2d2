//! `marketing.campaigns` and `marketing.touches`.

use arrow::array::RecordBatch;

use super::columns::{batch, date_or_null, long, moment, money_or_null, text, text_or_null};
use super::customers::Customer;
use super::error::Result;
use super::orders::{DAY, FIRST_DAY, FIRST_MOMENT, SPAN_DAYS};
use super::random::Random;

/// A campaign.
#[derive(Debug)]
pub struct Campaign {
    /// `CMP-01` and so on.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// Its main channel.
    pub channel: &'static str,
    /// Hundredths.
    pub budget: Option<i64>,
    /// First day, since 1970-01-01.
    pub starts_on: i32,
    /// Last day; the last campaign is open-ended.
    pub ends_on: Option<i32>,
}

/// A contact of a campaign with a customer.
#[derive(Debug)]
pub struct Touch {
    /// Ascending in time.
    pub id: i64,
    /// Position of the customer in the list of customers.
    pub customer: usize,
    /// The customer's identifier.
    pub customer_id: String,
    /// The campaign.
    pub campaign: String,
    /// How the customer was reached.
    pub channel: &'static str,
    /// Microseconds since 1970-01-01T00:00:00Z.
    pub at: i64,
    /// The customer's region.
    pub region: &'static str,
    /// Address of the device.
    pub ip: Option<String>,
}

/// How many campaigns there are.
pub const CAMPAIGNS: i32 = 40;
/// Days between the starts of two campaigns: together they cover the whole span.
const EVERY: i32 = SPAN_DAYS / CAMPAIGNS;
/// Days a campaign lasts, so that two or three run at any time.
const LASTS: i32 = 40;
const CHANNELS: &[&str] = &["email", "push", "social", "search", "print"];
const TITLES: &[&str] =
    &["Frühling", "Summer Sale", "Rentrée", "Otoño", "Black Friday", "Hygge", "Święta", "Golden Week"];

/// The campaigns, in the order of their starts.
pub fn campaigns() -> Vec<Campaign> {
    let mut random = Random::named("campaigns");
    (0..CAMPAIGNS)
        .map(|number| {
            let starts_on = FIRST_DAY + number * EVERY;
            Campaign {
                id: format!("CMP-{:02}", number + 1),
                title: format!("{} {}", random.pick(TITLES), number + 1),
                channel: random.pick(CHANNELS),
                budget: (!random.percent(5)).then(|| i64::from(random.between(10, 900)) * 50_000),
                starts_on,
                ends_on: (number + 1 < CAMPAIGNS).then_some(starts_on + LASTS - 1),
            }
        })
        .collect()
}

/// Makes this many contacts, each within the days of its campaign.
pub fn touches(count: u32, customers: &[Customer], campaigns: &[Campaign]) -> Vec<Touch> {
    let mut random = Random::named("touches");
    let slot = i64::from(SPAN_DAYS) * DAY / i64::from(count.max(1));
    let bound = u32::try_from(customers.len()).unwrap_or(u32::MAX);
    let mut rows = Vec::new();
    for number in 0..i64::from(count) {
        let at = FIRST_MOMENT + number * slot + i64::from(random.below(u32::try_from(slot).unwrap_or(u32::MAX)));
        let place = usize::try_from(random.below(bound)).unwrap_or(0);
        let day = i32::try_from(at / DAY).unwrap_or(FIRST_DAY);
        let running =
            |campaign: &&Campaign| campaign.starts_on <= day && campaign.ends_on.is_none_or(|last| day <= last);
        let running: Vec<_> = campaigns.iter().filter(running).collect();
        let (Some(customer), Some(campaign)) = (customers.get(place), random.choose(&running)) else { continue };
        let channel = if random.percent(70) { campaign.channel } else { random.pick(CHANNELS) };
        rows.push(Touch {
            id: 5_000_001 + number,
            customer: place,
            customer_id: customer.id.clone(),
            campaign: campaign.id.clone(),
            channel,
            at,
            region: customer.country.region,
            ip: (channel != "print").then(|| address(&mut random)),
        });
    }
    rows
}

/// An address out of the blocks reserved for documentation.
fn address(random: &mut Random) -> String {
    if random.percent(15) {
        return format!("2001:db8:{:x}::{:x}", random.between(1, 0xffff), random.between(1, 0xffff));
    }
    format!("{}.{}", random.pick(&["192.0.2", "198.51.100", "203.0.113"]), random.between(1, 254))
}

/// Campaigns as columns.
pub fn campaign_columns(rows: &[Campaign]) -> Result<RecordBatch> {
    batch(vec![
        ("campaign", text(rows.iter().map(|row| &row.id)), false),
        ("title", text(rows.iter().map(|row| &row.title)), false),
        ("channel", text(rows.iter().map(|row| row.channel)), false),
        ("budget", money_or_null(12, rows.iter().map(|row| row.budget))?, true),
        ("starts_on", date_or_null(rows.iter().map(|row| Some(row.starts_on))), false),
        ("ends_on", date_or_null(rows.iter().map(|row| row.ends_on)), true),
    ])
}

/// Contacts as columns.
pub fn touch_columns(rows: &[Touch]) -> Result<RecordBatch> {
    batch(vec![
        ("touch_id", long(rows.iter().map(|row| row.id)), false),
        ("customer_id", text(rows.iter().map(|row| &row.customer_id)), false),
        ("campaign", text(rows.iter().map(|row| &row.campaign)), false),
        ("channel", text(rows.iter().map(|row| row.channel)), false),
        ("at", moment(rows.iter().map(|row| row.at)), false),
        ("region", text(rows.iter().map(|row| row.region)), false),
        ("ip", text_or_null(rows.iter().map(|row| row.ip.as_ref())), true),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::customers::customers;
    use super::*;

    #[test]
    fn some_campaign_runs_at_any_time() {
        assert_eq!(touches(2_000, &customers(50), &campaigns()).len(), 2_000);
    }
}
