//! Credentials in, principal out.
