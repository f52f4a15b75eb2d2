//! The demonstration mesh: the retail catalog, and data for it that is the same on every machine.
//!
//! The binary carries the catalog (`catalogs/retail`) and makes the data itself; nothing is downloaded. [`prepare`]
//! puts both into a folder, and does nothing when the folder already holds what this binary would make.
//!
//! | table | rows | files | |
//! |---|--:|--:|---|
//! | `customers.profiles` | 50,000 | 1 | names with non-ASCII letters, unique addresses, a struct |
//! | `orders.orders` 2.x | 200,000 | 8 | Delta: columns that files call otherwise, 5,000 deleted rows; a map, a decimal |
//! | `orders.orders` 1.x | 200,000 | 4 | the same orders, totals as floats |
//! | `orders.order_items` | 500,000 | 4 | exactly 2.5 lines per order |
//! | `inventory.products` | 2,000 | 1 | a list |
//! | `inventory.stock` | 6,000 | 2 | Iceberg: a renamed column, 150 rows counted again, by position; three warehouses per product |
//! | `marketing.touches` | 150,000 | 2 | every one within the days of its campaign |
//! | `marketing.campaigns` | 40 | 1 | |
//! | `finance.payments` | 209,341 | 3 | Iceberg: 2,094 corrected, by key; split payments, refunds, account numbers with valid check digits |
//! | `customer360.customers` | 50,000 | 1 | computed from profiles, orders and touches |
//! | `hr.salaries` | 500 | 1 | |
//!
//! Read in this order: [`generate`] (what is made and in which order), [`customers`] … [`salaries`] (one table or two
//! each: the record, how records come about, how they become columns), [`parquet_files`], [`delta_files`], [`iceberg_files`] and
//! [`iceberg_manifests`] (how they are written),
//! [`catalog`], [`prepare`], [`examples`].

pub mod catalog;
pub mod columns;
pub mod country;
pub mod customer360;
pub mod customers;
pub mod delta_files;
pub mod error;
pub mod examples;
pub mod generate;
pub mod goods;
pub mod iban;
pub mod iceberg_files;
pub mod iceberg_manifests;
pub mod marketing;
pub mod orders;
pub mod parquet_files;
pub mod payments;
pub mod plain;
pub mod prepare;
pub mod random;
pub mod salaries;
