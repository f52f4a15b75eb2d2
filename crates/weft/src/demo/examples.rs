//! What to try first, persona by persona.

use serde::Serialize;

/// A query worth pasting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Example {
    /// The user of `users.yaml` who asks.
    pub persona: &'static str,
    /// The query.
    pub sql: &'static str,
    /// The purpose to choose, where the persona has several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purpose: Option<&'static str>,
    /// What the answer shows.
    pub shows: &'static str,
}

const fn example(persona: &'static str, shows: &'static str, sql: &'static str) -> Example {
    Example { persona, sql, purpose: None, shows }
}

/// A join of three domains: who buys after which channel.
pub const THREE_DOMAINS: &str = "\
SELECT t.channel, p.loyalty_tier, count(DISTINCT o.order_id) AS orders, sum(o.total_amount) AS revenue
FROM marketing.touches t
JOIN customers.profiles p ON p.customer_id = t.customer_id
JOIN orders.orders o ON o.customer_id = t.customer_id AND o.created_at >= t.at
WHERE o.status <> 'CANCELLED' AND t.campaign = 'CMP-07'
GROUP BY t.channel, p.loyalty_tier
ORDER BY t.channel, p.loyalty_tier";

const FACES: &str = "\
SELECT customer_id, full_name, email, phone, birth_date, address, credit_limit
FROM customers.profiles ORDER BY updated_at DESC LIMIT 5";

const REGIONS: &str = "\
SELECT region, count(*) AS orders, sum(total_amount) AS revenue
FROM orders.orders GROUP BY region ORDER BY region";

const REFUNDS: &str = "\
SELECT y.iban, p.full_name, p.email, count(*) AS refunds, sum(y.amount) AS amount
FROM finance.payments y JOIN customers.profiles p ON p.customer_id = y.customer_id
WHERE y.amount < 0 AND y.iban IS NOT NULL
GROUP BY y.iban, p.full_name, p.email ORDER BY amount LIMIT 5";

const REACHED: &str = "\
SELECT p.region, count(*) AS touches, count(DISTINCT t.customer_id) AS customers
FROM marketing.touches t JOIN customers.profiles p ON p.customer_id = t.customer_id
GROUP BY p.region ORDER BY p.region";

/// Every example, in the order in which they are printed.
pub const EXAMPLES: &[Example] = &[
    example("analyst", "European customers only; personal data is masked", FACES),
    example("analyst", "three domains in one query, joined on tokens", THREE_DOMAINS),
    example("analyst", "rows of other regions do not exist", REGIONS),
    example("steward", "the same customers in clear", FACES),
    example("steward", "every region", REGIONS),
    Example {
        purpose: Some("fraud"),
        ..example("fraud", "account numbers and names in clear, for this purpose", REFUNDS)
    },
    Example {
        purpose: Some("reporting"),
        ..example("fraud", "the same question for another purpose: masked", REFUNDS)
    },
    example("marketer", "tokens that still join", REACHED),
    example("marketer", "every region, personal data masked", FACES),
    example(
        "outsider",
        "the one product that exists for a partner; its costs do not",
        "SELECT * FROM inventory.products ORDER BY product_id LIMIT 5",
    ),
    example("outsider", "a product one may not see is a product that does not exist", "SELECT * FROM hr.salaries"),
];

#[cfg(test)]
mod tests {
    use super::super::catalog::FILES;
    use super::*;

    #[test]
    fn every_persona_has_an_example_and_exists() {
        let (_, users) = FILES.iter().find(|(path, _)| *path == "users.yaml").unwrap();
        let personas: Vec<_> = users.lines().filter_map(|line| line.trim().strip_prefix("- name: ")).collect();
        assert_eq!(personas, ["analyst", "steward", "fraud", "marketer", "outsider"]);
        for persona in &personas {
            assert!(EXAMPLES.iter().any(|example| example.persona == *persona), "{persona}");
        }
        assert!(EXAMPLES.iter().all(|example| personas.contains(&example.persona)));
    }
}
