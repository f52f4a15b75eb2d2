//! What is asked of the decision point.

use weft_model::contract::SchemaObject;
use weft_model::principal::Principal;
use weft_model::product::{OutputPort, Product};

/// One question: may this principal, for this purpose, now, read this table?
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Who asks.
    pub principal: &'a Principal,
    /// The one purpose of the statement, already checked against the principal's permitted purposes.
    pub purpose: Option<&'a str>,
    /// The time of the question, seconds since 1970-01-01T00:00:00Z.
    pub now: i64,
    /// The product asked for.
    pub product: &'a Product,
    /// The version of the port asked for.
    pub port: &'a OutputPort,
    /// The table of that port's contract.
    pub object: &'a SchemaObject,
}
