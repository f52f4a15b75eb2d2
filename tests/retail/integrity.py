"""The generated data is what the contracts and the generator's page of figures say."""

ROWS = {
    "customers.profiles": 50_000, "orders.orders": 200_000, "orders.orders_v1": 200_000, "orders.order_items": 500_000,
    "inventory.products": 2_000, "inventory.stock": 6_000, "marketing.touches": 150_000, "marketing.campaigns": 40,
    "customer360.customers": 50_000, "hr.salaries": 500,
}

UNIQUE = {
    "customers.profiles": ["customer_id", "email"], "orders.orders": ["order_id"], "orders.orders_v1": ["order_id"],
    "inventory.products": ["product_id"], "marketing.touches": ["touch_id"], "marketing.campaigns": ["campaign"],
    "finance.payments": ["payment_id"], "customer360.customers": ["customer_id"], "hr.salaries": ["employee_id"],
}

# Every statement counts rows that must not exist.
NONE = [
    "SELECT count(*) FROM orders.orders o ANTI JOIN customers.profiles p ON p.customer_id = o.customer_id AND p.region = o.region",
    "SELECT count(*) FROM orders.order_items i ANTI JOIN orders.orders o ON o.order_id = i.order_id AND o.region = i.region",
    "SELECT count(*) FROM orders.order_items i ANTI JOIN inventory.products p ON p.product_id = i.product_id",
    "SELECT count(*) FROM inventory.stock s ANTI JOIN inventory.products p ON p.product_id = s.product_id",
    "SELECT count(*) FROM marketing.touches t ANTI JOIN customers.profiles p ON p.customer_id = t.customer_id AND p.region = t.region",
    "SELECT count(*) FROM marketing.touches t JOIN marketing.campaigns c USING (campaign) WHERE t.at::DATE NOT BETWEEN starts_on AND coalesce(ends_on, DATE '9999-12-31')",
    "SELECT count(*) FROM finance.payments y ANTI JOIN orders.orders o ON o.order_id = y.order_id AND o.customer_id = y.customer_id AND o.region = y.region",
    "SELECT count(*) FROM customers.profiles p ANTI JOIN customer360.customers c ON c.customer_id = p.customer_id AND c.full_name = p.full_name",
    "SELECT count(*) FROM (SELECT order_id, sum(quantity * unit_price) AS total FROM orders.order_items GROUP BY order_id) i JOIN orders.orders o USING (order_id) WHERE i.total <> o.total_amount",
    "SELECT count(*) FROM orders.orders o JOIN orders.orders_v1 v USING (order_id) WHERE abs(o.total_amount::DOUBLE - v.total) > 1e-9 OR o.created_at <> v.created_at",
    "SELECT count(*) FROM (SELECT customer_id, count(*) AS n, sum(total_amount) AS total FROM orders.orders WHERE status <> 'CANCELLED' GROUP BY customer_id) o JOIN customer360.customers c USING (customer_id) WHERE c.order_count <> o.n OR c.lifetime_value <> o.total",
    "SELECT count(*) FROM (SELECT order_id, sum(amount) AS paid FROM finance.payments GROUP BY order_id) y JOIN orders.orders o USING (order_id) WHERE y.paid <> CASE WHEN o.status = 'CANCELLED' THEN 0 ELSE o.total_amount END",
    "SELECT count(*) FROM finance.payments WHERE (iban IS NOT NULL) <> (method = 'SEPA')",
]


def check(database):
    """Raises when a count, a key or a reference does not hold."""
    one = lambda sql: database.execute(sql).fetchone()[0]
    for name, rows in ROWS.items():
        assert one(f"SELECT count(*) FROM {name}") == rows, name
    payments = one("SELECT count(*) FROM finance.payments")
    assert 190_000 <= payments <= 210_000, payments
    for name, columns in UNIQUE.items():
        for column in columns:
            assert one(f"SELECT count({column}) - count(DISTINCT {column}) FROM {name}") == 0, (name, column)
    for sql in NONE:
        assert one(sql) == 0, sql
    assert one("SELECT count(*) FROM customers.profiles WHERE full_name <> strip_accents(full_name)") > 10_000
