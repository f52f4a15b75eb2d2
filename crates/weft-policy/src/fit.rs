//! Which masks fit which columns. A mask that does not fit is replaced by null and reported.

use std::sync::Arc;

use arrow_schema::DataType;
use weft_model::column::Column;
use weft_model::mask::Mask;

use crate::decision::MaskRule;
use crate::literal::Target;

/// Decimals below this precision have fewer than 2^32 values.
const TOKEN_PRECISION_MIN: u8 = 10;

/// The mask that shows nothing.
pub(crate) fn null() -> MaskRule {
    MaskRule { mask: Mask::Null {}, token_domain: None }
}

/// The mask as it is applied to a column, or a clause that says why it does not fit.
pub(crate) fn fitted(mask: &Mask, column: &Column) -> Result<MaskRule, String> {
    let data_type = &column.data_type;
    let misfit = |what: &str| Err(format!("mask `{}` fits {what}, not `{}`", mask.action(), column.type_name));
    let plain = || Ok(MaskRule { mask: mask.clone(), token_domain: None });
    match mask {
        Mask::Null {} | Mask::ReplaceWithNull {} => Ok(null()),
        Mask::MaskToFixedValue {} => plain(),
        Mask::Constant { value } => match Target::of(data_type).map(|target| target.read(value)) {
            Some(Some(_)) => plain(),
            Some(None) => Err(format!("mask `constant`: `{value}` is no value of `{}`", column.type_name)),
            None => misfit("booleans, numbers, texts, dates and timestamps"),
        },
        Mask::Partial { .. }
        | Mask::EmailDomain {}
        | Mask::IpPrefix { .. }
        | Mask::MaskAlphanum {}
        | Mask::ShowFirst4 {}
        | Mask::ShowLast4 {} => {
            if text(data_type) {
                plain()
            } else {
                misfit("texts")
            }
        }
        Mask::Truncate { .. } | Mask::TruncateToYear {} | Mask::TruncateToMonth {} => {
            if temporal(data_type) {
                plain()
            } else {
                misfit("dates and timestamps")
            }
        }
        Mask::Bucket { .. } => {
            if numeric(data_type) || *data_type == DataType::Date32 {
                plain()
            } else {
                misfit("numbers and dates")
            }
        }
        Mask::Round { .. } => {
            if numeric(data_type) {
                plain()
            } else {
                misfit("numbers")
            }
        }
        Mask::Sha256Global {} | Mask::Sha256QueryLocal {} => {
            let bytes = matches!(data_type, DataType::Int32 | DataType::Int64) || text(data_type) || binary(data_type);
            if bytes { plain() } else { misfit("texts, binaries and integers of 32 or 64 bits") }
        }
        Mask::Token {} => token(column),
    }
}

/// A token needs a token domain, and a type with at least 2^32 values that a permutation can stay in.
fn token(column: &Column) -> Result<MaskRule, String> {
    let Some(domain) = &column.token_domain else {
        return Err("mask `token` needs a `tokenDomain` on the column".to_owned());
    };
    let wide = match &column.data_type {
        DataType::Int32 | DataType::UInt32 | DataType::Int64 | DataType::UInt64 => true,
        DataType::Decimal128(precision, _) => *precision >= TOKEN_PRECISION_MIN,
        DataType::FixedSizeBinary(16) => true,
        other => text(other) || binary(other),
    };
    if !wide {
        return Err(format!("mask `token` fits identifiers with at least 2^32 values, not `{}`", column.type_name));
    }
    Ok(MaskRule { mask: Mask::Token {}, token_domain: Some(Arc::clone(domain)) })
}

fn text(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}

fn binary(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Binary | DataType::LargeBinary | DataType::BinaryView)
}

fn temporal(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Date32 | DataType::Date64 | DataType::Timestamp(..))
}

fn numeric(data_type: &DataType) -> bool {
    data_type.is_integer()
        || matches!(
            data_type,
            DataType::Float32
                | DataType::Float64
                | DataType::Decimal32(..)
                | DataType::Decimal64(..)
                | DataType::Decimal128(..)
                | DataType::Decimal256(..)
        )
}
