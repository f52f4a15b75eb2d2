//! Products on their way into a snapshot.

use std::collections::BTreeMap;
use std::sync::Arc;

use weft_contract::assemble::BrokenProduct;
use weft_model::name::ProductName;
use weft_model::product::Product;

/// The products that can be served so far, and those that cannot.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    pub(crate) products: BTreeMap<ProductName, Arc<Product>>,
    pub(crate) broken: Vec<Arc<BrokenProduct>>,
}
