//! In-process servers, fault-injecting stores, mesh builders for tests.
