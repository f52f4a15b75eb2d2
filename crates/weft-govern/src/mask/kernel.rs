//! Functions over one value, run over whole arrays.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, BinaryViewBuilder, GenericByteArray, GenericByteViewArray,
    GenericByteViewBuilder, StringViewBuilder,
};
use arrow::buffer::{Buffer, OffsetBuffer};
use arrow::datatypes::{
    ArrowNativeType, BinaryType, BinaryViewType, ByteArrayType, ByteViewType, DataType, LargeBinaryType, LargeUtf8Type,
    StringViewType, Utf8Type,
};

use super::error::MaskError;
use crate::rebuild::exact_nulls;

/// A mask function over an array of one type.
pub(super) type Kernel = Arc<dyn Fn(&ArrayRef) -> Result<ArrayRef, MaskError> + Send + Sync>;

/// A kernel over numbers, dates and the like; what the function refuses becomes NULL.
pub(super) fn primitive<T: ArrowPrimitiveType>(
    function: impl Fn(T::Native) -> Option<T::Native> + Send + Sync + 'static,
) -> Kernel {
    Arc::new(move |array| {
        let typed = array.as_primitive_opt::<T>().ok_or(MaskError::AnotherType)?;
        let masked = typed.unary_opt::<_, T>(&function);
        Ok(Arc::new(masked.with_data_type(typed.data_type().clone())))
    })
}

/// A kernel over strings of any layout; the function appends what it shows, as UTF-8. `None` for other types.
pub(super) fn strings(
    data_type: &DataType,
    function: impl Fn(&str, &mut Vec<u8>) + Send + Sync + 'static,
) -> Option<Kernel> {
    Some(match data_type {
        DataType::Utf8 => Arc::new(move |array| offset_values::<Utf8Type>(array, &function)),
        DataType::LargeUtf8 => Arc::new(move |array| offset_values::<LargeUtf8Type>(array, &function)),
        DataType::Utf8View => {
            let read = |bytes: &[u8], views: &mut StringViewBuilder| {
                let text = str::from_utf8(bytes).map_err(|_| MaskError::NotText)?;
                Ok(views.try_append_value(text)?)
            };
            Arc::new(move |array| view_values::<StringViewType>(array, &function, read))
        }
        _ => return None,
    })
}

/// A kernel over binary values of any layout but fixed size. `None` for other types.
pub(super) fn binary(
    data_type: &DataType,
    function: impl Fn(&[u8], &mut Vec<u8>) + Send + Sync + 'static,
) -> Option<Kernel> {
    Some(match data_type {
        DataType::Binary => Arc::new(move |array| offset_values::<BinaryType>(array, &function)),
        DataType::LargeBinary => Arc::new(move |array| offset_values::<LargeBinaryType>(array, &function)),
        DataType::BinaryView => {
            let read = |bytes: &[u8], views: &mut BinaryViewBuilder| Ok(views.try_append_value(bytes)?);
            Arc::new(move |array| view_values::<BinaryViewType>(array, &function, read))
        }
        _ => return None,
    })
}

fn offset_values<T: ByteArrayType>(
    array: &ArrayRef,
    function: &impl Fn(&T::Native, &mut Vec<u8>),
) -> Result<ArrayRef, MaskError> {
    let typed: &GenericByteArray<T> = array.as_bytes_opt::<T>().ok_or(MaskError::AnotherType)?;
    let span = typed.offsets().last().zip(typed.offsets().first());
    let room = span.map_or(0, |(last, first)| last.as_usize().saturating_sub(first.as_usize()));
    let mut values = Vec::with_capacity(room);
    let mut offsets = Vec::with_capacity(typed.len() + 1);
    offsets.push(T::Offset::default());
    for value in typed {
        if let Some(value) = value {
            function(value, &mut values);
        }
        offsets.push(T::Offset::from_usize(values.len()).ok_or(MaskError::TooLarge)?);
    }
    let offsets = OffsetBuffer::new(offsets.into());
    let values = Buffer::from_vec(values);
    Ok(Arc::new(GenericByteArray::<T>::try_new(offsets, values, exact_nulls(typed.nulls()))?))
}

fn view_values<T: ByteViewType>(
    array: &ArrayRef,
    function: &impl Fn(&T::Native, &mut Vec<u8>),
    append: impl Fn(&[u8], &mut GenericByteViewBuilder<T>) -> Result<(), MaskError>,
) -> Result<ArrayRef, MaskError> {
    let typed: &GenericByteViewArray<T> = array.as_byte_view_opt::<T>().ok_or(MaskError::AnotherType)?;
    let mut views = GenericByteViewBuilder::<T>::with_capacity(typed.len());
    let mut shown = Vec::new();
    for value in typed {
        match value {
            None => views.append_null(),
            Some(value) => {
                shown.clear();
                function(value, &mut shown);
                append(&shown, &mut views)?;
            }
        }
    }
    Ok(Arc::new(views.finish()))
}
