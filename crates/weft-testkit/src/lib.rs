//! Meshes of real files and engines over them, for tests.
//!
//! Beside the floors: only tests and benchmarks use it. A [`MeshBuilder`](mesh::MeshBuilder) writes contracts, policy
//! and Parquet files into a folder of its own; what it builds is the same engine the server runs.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot be set up fails")]

pub mod mesh;
pub mod contract;
