//! A mask made ready for one column.

use std::fmt;

use arrow::array::{Array, ArrayRef, new_null_array};
use arrow::datatypes::DataType;
use weft_model::mask::{DateUnit, Mask};

use super::address::{email_domain, ip_prefix};
use super::alphanum::mask_alphanum;
use super::calendar::truncate;
use super::digest::sha_256;
use super::encoded;
use super::error::MaskError;
use super::fill::{constant, fixed_value, repeat};
use super::kernel::{Kernel, strings};
use super::keys::KeyProvider;
use super::numbers::{bucket, round};
use super::salt::QuerySalt;
use super::text::{Partial, partial, show_first_4, show_last_4};
use super::token::token;

/// A mask made ready for one column: parameters checked, constants parsed, keys derived.
#[derive(Clone)]
pub struct BoundMask {
    data_type: DataType,
    shape: Shape,
    closed: Option<Closed>,
}

/// Why a mask shows NULL although it was meant to show something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// The mask does not apply to the column's type, or its parameters make no sense for it.
    DoesNotApply,
    /// The constant does not spell a value of the column's type.
    Constant,
    /// The column has no token domain.
    NoTokenDomain,
    /// There is no key for the column's token domain.
    NoKey,
}

#[derive(Clone)]
enum Shape {
    Null,
    Fill(ArrayRef),
    Each(Kernel),
}

impl BoundMask {
    /// Makes the mask ready for a column of this type. What does not fit shows NULL; [`Self::closed`] says why.
    #[must_use]
    pub fn new(
        mask: &Mask,
        data_type: &DataType,
        token_domain: Option<&str>,
        keys: &dyn KeyProvider,
        salt: &QuerySalt,
    ) -> Self {
        let with = With { token_domain, keys, salt };
        let (shape, closed) = match bind(mask, data_type, &with) {
            Ok(shape) => (shape, None),
            Err(closed) => (Shape::Null, Some(closed)),
        };
        Self { data_type: data_type.clone(), shape, closed }
    }

    /// The masked array: of the same type and length, with no byte of a value that the mask hides.
    ///
    /// # Errors
    /// When the array is not of the type that the mask was made ready for, or the result does not fit that type.
    pub fn apply(&self, array: &ArrayRef) -> Result<ArrayRef, MaskError> {
        if *array.data_type() != self.data_type {
            return Err(MaskError::AnotherType);
        }
        Ok(match &self.shape {
            Shape::Null => new_null_array(&self.data_type, array.len()),
            Shape::Fill(value) => repeat(&self.data_type, value, array.len())?,
            Shape::Each(_) if array.is_empty() => new_null_array(&self.data_type, 0),
            Shape::Each(kernel) => kernel(array)?,
        })
    }

    /// Why the mask shows NULL although it was meant to show something; `None` when it shows what it was meant to.
    #[must_use]
    pub fn closed(&self) -> Option<Closed> {
        self.closed
    }

    /// True when every value becomes NULL, so that the column need not be read.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self.shape, Shape::Null)
    }

    /// True when every row shows the same, NULL or a constant, so that the column need not be read.
    #[must_use]
    pub fn is_uniform(&self) -> bool {
        !matches!(self.shape, Shape::Each(_))
    }

    /// The type of the column, before and behind the mask.
    #[must_use]
    pub fn data_type(&self) -> &DataType {
        &self.data_type
    }
}

impl fmt::Debug for BoundMask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shape = match self.shape {
            Shape::Null => "null",
            Shape::Fill(_) => "fill",
            Shape::Each(_) => "each",
        };
        f.debug_struct("BoundMask")
            .field("data_type", &self.data_type)
            .field("shape", &shape)
            .field("closed", &self.closed)
            .finish()
    }
}

/// What a mask may need beside its parameters.
struct With<'a> {
    token_domain: Option<&'a str>,
    keys: &'a dyn KeyProvider,
    salt: &'a QuerySalt,
}

fn bind(mask: &Mask, data_type: &DataType, with: &With<'_>) -> Result<Shape, Closed> {
    match mask {
        Mask::Null {} | Mask::ReplaceWithNull {} => Ok(Shape::Null),
        Mask::Constant { value } => constant(data_type, value).map(Shape::Fill).ok_or(Closed::Constant),
        Mask::MaskToFixedValue {} => fixed_value(data_type).map(Shape::Fill).ok_or(Closed::DoesNotApply),
        _ => kernel(mask, data_type, with).map(Shape::Each),
    }
}

fn kernel(mask: &Mask, data_type: &DataType, with: &With<'_>) -> Result<Kernel, Closed> {
    let values = match data_type {
        DataType::Dictionary(_, values) => values,
        DataType::RunEndEncoded(_, values) => values.data_type(),
        _ => return plain(mask, data_type, with)?.ok_or(Closed::DoesNotApply),
    };
    encoded::over(data_type, kernel(mask, values, with)?).ok_or(Closed::DoesNotApply)
}

/// The kernel over a type that is not encoded.
fn plain(mask: &Mask, data_type: &DataType, with: &With<'_>) -> Result<Option<Kernel>, Closed> {
    Ok(match *mask {
        Mask::Null {} | Mask::ReplaceWithNull {} | Mask::Constant { .. } | Mask::MaskToFixedValue {} => None,
        Mask::Partial { keep_first, keep_last, character, min_hidden } => {
            let count = |count: u32| usize::try_from(count).unwrap_or(usize::MAX);
            let (keep_first, keep_last, min_hidden) = (count(keep_first), count(keep_last), count(min_hidden));
            let how = Partial { keep_first, keep_last, character, min_hidden };
            strings(data_type, move |value, shown| partial(value, shown, how))
        }
        Mask::EmailDomain {} => strings(data_type, email_domain),
        Mask::Truncate { unit } => truncate(data_type, unit),
        Mask::TruncateToYear {} => truncate(data_type, DateUnit::Year),
        Mask::TruncateToMonth {} => truncate(data_type, DateUnit::Month),
        Mask::Bucket { width } => bucket(data_type, width),
        Mask::Round { places } => round(data_type, places),
        // More bits than an address has is no prefix.
        Mask::IpPrefix { v4, v6 } if v4 > 32 || v6 > 128 => None,
        Mask::IpPrefix { v4, v6 } => strings(data_type, move |value, shown| ip_prefix(value, shown, v4, v6)),
        Mask::Token {} => {
            let domain = with.token_domain.ok_or(Closed::NoTokenDomain)?;
            token(data_type, &with.keys.token_key(domain).ok_or(Closed::NoKey)?)
        }
        Mask::MaskAlphanum {} => mask_alphanum(data_type),
        Mask::ShowFirst4 {} => strings(data_type, show_first_4),
        Mask::ShowLast4 {} => strings(data_type, show_last_4),
        Mask::Sha256Global {} => sha_256(data_type, None),
        Mask::Sha256QueryLocal {} => sha_256(data_type, Some(with.salt)),
    })
}
