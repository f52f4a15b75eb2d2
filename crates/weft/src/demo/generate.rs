//! All tables of the retail mesh, in the order in which they build on each other.

use std::path::Path;

use super::error::Result;
use super::parquet_files::{Target, Written, write};
use super::{customer360, customers, delta_files, goods, iceberg_files, marketing, orders, payments, salaries};

/// How much is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale {
    /// Customers.
    pub customers: u32,
    /// Orders; there are five lines for every two.
    pub orders: u32,
    /// Products; each lies in three warehouses.
    pub products: u32,
    /// Contacts of campaigns.
    pub touches: u32,
    /// Employees.
    pub employees: u32,
}

impl Scale {
    /// What `weft demo` serves.
    pub const FULL: Self =
        Self { customers: 50_000, orders: 200_000, products: 2_000, touches: 150_000, employees: 500 };
    /// Enough for a test that wants every table and little time.
    pub const SMALL: Self = Self { customers: 500, orders: 2_000, products: 50, touches: 1_500, employees: 20 };
}

/// What was made, table by table.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// The tables in the order in which they were written.
    pub tables: Vec<Written>,
}

impl Summary {
    /// Rows of all tables.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.tables.iter().map(|table| table.rows).sum()
    }

    /// Bytes of all files.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.tables.iter().flat_map(|table| &table.files).map(|(_, bytes)| bytes).sum()
    }
}

/// Row groups of the large tables; the others have smaller ones, so that every file has several.
const LARGE: usize = 65_536;
const SMALL: usize = 16_384;

const PROFILES: Target = target("customers.profiles", "data/customers/profiles", 1, SMALL);
const PRODUCTS: Target = target("inventory.products", "data/inventory/products", 1, 1_024);
const STOCK: Target = target("inventory.stock", "data/inventory/stock", 1, 2_048);
const ORDERS_V2: Target = target("orders.orders", "data/orders/orders-v2", 8, SMALL);
const ORDERS_V1: Target = target("orders.orders_v1", "data/orders/orders-v1", 4, SMALL);
const ORDER_ITEMS: Target = target("orders.order_items", "data/orders/order_items", 4, LARGE);
const CAMPAIGNS: Target = target("marketing.campaigns", "data/marketing/campaigns", 1, SMALL);
const TOUCHES: Target = target("marketing.touches", "data/marketing/touches", 2, LARGE);
const PAYMENTS: Target = target("finance.payments", "data/finance/payments", 2, LARGE);
const CUSTOMERS: Target = target("customer360.customers", "data/customer360/customers", 1, SMALL);
const SALARIES: Target = target("hr.salaries", "data/hr/salaries", 1, SMALL);

const fn target(table: &'static str, path: &'static str, files: usize, row_group: usize) -> Target {
    Target { table, path, files, row_group }
}

/// Writes every table below `root/data`. The same scale gives the same bytes.
pub fn generate(root: &Path, scale: Scale, progress: &mut dyn FnMut(&str)) -> Result<Summary> {
    let mut tables = Vec::new();
    let mut done = |written: Written| {
        progress(&format!("{}: {} rows", written.table, written.rows));
        tables.push(written);
    };

    let people = customers::customers(scale.customers);
    done(write(root, PROFILES, &people, customers::columns)?);

    let articles = goods::articles(scale.products);
    done(write(root, PRODUCTS, &articles, goods::article_columns)?);
    done(iceberg_files::write(root, STOCK, &goods::stock(&articles), goods::STOCK, goods::miscounted, goods::stock_columns)?);

    let (orders, lines) = orders::orders(scale.orders, &people, &articles);
    let written = orders::with_earlier_states(&orders);
    done(delta_files::write(root, ORDERS_V2, &written, |order| order.replaced, orders::columns_v2)?);
    drop(written);
    done(write(root, ORDERS_V1, &orders, orders::columns_v1)?);
    done(write(root, ORDER_ITEMS, &lines, orders::line_columns)?);

    let campaigns = marketing::campaigns();
    let touches = marketing::touches(scale.touches, &people, &campaigns);
    done(write(root, CAMPAIGNS, &campaigns, marketing::campaign_columns)?);
    done(write(root, TOUCHES, &touches, marketing::touch_columns)?);

    let paid = payments::payments(&orders, &people);
    done(iceberg_files::write(root, PAYMENTS, &paid, payments::HISTORY, payments::misbooked, payments::columns)?);
    let histories = customer360::histories(&people, &orders, &touches);
    done(write(root, CUSTOMERS, &histories, customer360::columns)?);
    done(write(root, SALARIES, &salaries::salaries(scale.employees), salaries::columns)?);
    Ok(Summary { tables })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_scale_gives_the_same_bytes() {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let first = generate(one.path(), Scale::SMALL, &mut |_| {}).unwrap();
        let second = generate(two.path(), Scale::SMALL, &mut |_| {}).unwrap();
        assert_eq!(first.rows(), second.rows());
        for (path, _) in first.tables.iter().flat_map(|table| &table.files) {
            let read = |root: &Path| std::fs::read(root.join(path)).unwrap();
            assert_eq!(read(one.path()), read(two.path()), "{}", path.display());
        }
    }
}
