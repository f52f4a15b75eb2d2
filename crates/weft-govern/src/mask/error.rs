//! What can go wrong while a mask is applied.

use arrow::error::ArrowError;
use thiserror::Error;

/// A mask that could not be applied. Binding never fails: a mask that does not fit shows NULL.
#[derive(Debug, Error)]
pub enum MaskError {
    /// The array is not of the type that the mask was made ready for.
    #[error("a mask met a column of another type")]
    AnotherType,
    /// The masked strings of one batch are longer than the type's offsets count.
    #[error("a masked batch is too large for its type")]
    TooLarge,
    /// A mask function produced something that is not text.
    #[error("a mask produced something that is not text")]
    NotText,
    /// Arrow refused the parts of the masked array. The cause may quote values and is for the log only.
    #[error("a masked batch could not be built")]
    Arrow(#[from] ArrowError),
}
