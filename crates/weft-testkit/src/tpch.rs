//! TPC-H as a mesh, and the same files under plain DataFusion.
//!
//! [`data`] makes the tables, [`mesh`] puts the engine over them, [`plain`] is what both paths are compared with.

pub mod data;
pub mod mesh;
pub mod plain;

/// One of the benchmark's queries.
#[derive(Clone, Copy, Debug)]
pub struct Query {
    /// Its name, `q01` to `q22`.
    pub name: &'static str,
    /// Its text, with the parameters the benchmark validates with; tables are named bare.
    pub sql: &'static str,
}

macro_rules! queries {
    ($($name:literal),*) => {
        [$(Query { name: $name, sql: include_str!(concat!("../../../benches/tpch/", $name, ".sql")) }),*]
    };
}

/// All of the benchmark's queries.
pub const QUERIES: [Query; 22] = queries!(
    "q01", "q02", "q03", "q04", "q05", "q06", "q07", "q08", "q09", "q10", "q11", "q12", "q13", "q14", "q15", "q16",
    "q17", "q18", "q19", "q20", "q21", "q22"
);

/// The tables, each one a product of the domain [`DOMAIN`].
pub const TABLES: [&str; 8] = ["region", "nation", "supplier", "part", "partsupp", "customer", "orders", "lineitem"];

/// The domain of all tables.
pub const DOMAIN: &str = "tpch";
