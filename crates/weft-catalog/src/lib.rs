//! Finds products: immutable catalog snapshots.
