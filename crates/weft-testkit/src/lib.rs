//! Meshes of real files and engines over them, for tests.
//!
//! Beside the floors: only tests and benchmarks use it. A [`MeshBuilder`](mesh::MeshBuilder) writes contracts, policy
//! and Parquet files into a folder of its own; what it builds is the same engine the server runs. [`tpch`] is a
//! benchmark's tables as a mesh, and the same tables without one. With the feature `sabotage`, a debug build obeys
//! `WEFT_TEST_SABOTAGE` (`sabotage.rs`): that is read here, never by the product.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot be set up fails")]

pub mod mesh;
pub mod told_catalog;
pub mod contract;
#[cfg(all(feature = "sabotage", debug_assertions))]
pub mod sabotage;
pub mod tpch;
