//! Functions over one value, run over whole arrays.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, GenericByteArray, GenericByteViewArray, GenericByteViewBuilder,
};
use arrow::buffer::{Buffer, OffsetBuffer};
use arrow::datatypes::{
    ArrowNativeType, BinaryType, BinaryViewType, ByteArrayType, ByteViewType, DataType, LargeBinaryType,
    LargeUtf8Type, StringViewType, Utf8Type,
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

/// A kernel over strings of any layout; the function appends what it shows. `None` for other types.
pub(super) fn strings(
    data_type: &DataType,
    function: impl Fn(&str, &mut String) + Send + Sync + 'static,
) -> Option<Kernel> {
    Some(match data_type {
        DataType::Utf8 => Arc::new(move |array| offset_values::<Utf8Type, String>(array, &function)),
        DataType::LargeUtf8 => Arc::new(move |array| offset_values::<LargeUtf8Type, String>(array, &function)),
        DataType::Utf8View => Arc::new(move |array| view_values::<StringViewType, String>(array, &function)),
        _ => return None,
    })
}

/// A kernel over binary values of any layout but fixed size. `None` for other types.
pub(super) fn binary(
    data_type: &DataType,
    function: impl Fn(&[u8], &mut Vec<u8>) + Send + Sync + 'static,
) -> Option<Kernel> {
    Some(match data_type {
        DataType::Binary => Arc::new(move |array| offset_values::<BinaryType, Vec<u8>>(array, &function)),
        DataType::LargeBinary => Arc::new(move |array| offset_values::<LargeBinaryType, Vec<u8>>(array, &function)),
        DataType::BinaryView => Arc::new(move |array| view_values::<BinaryViewType, Vec<u8>>(array, &function)),
        _ => return None,
    })
}

/// What masked values are collected in.
trait Store: Default {
    fn room(capacity: usize) -> Self;
    fn len(&self) -> usize;
    fn clear(&mut self);
    fn into_bytes(self) -> Vec<u8>;
}

impl Store for String {
    fn room(capacity: usize) -> Self {
        Self::with_capacity(capacity)
    }
    fn len(&self) -> usize {
        Self::len(self)
    }
    fn clear(&mut self) {
        Self::clear(self);
    }
    fn into_bytes(self) -> Vec<u8> {
        Self::into_bytes(self)
    }
}

impl Store for Vec<u8> {
    fn room(capacity: usize) -> Self {
        Self::with_capacity(capacity)
    }
    fn len(&self) -> usize {
        Self::len(self)
    }
    fn clear(&mut self) {
        Self::clear(self);
    }
    fn into_bytes(self) -> Vec<u8> {
        self
    }
}

fn offset_values<T: ByteArrayType, S: Store>(
    array: &ArrayRef,
    function: &impl Fn(&T::Native, &mut S),
) -> Result<ArrayRef, MaskError> {
    let typed: &GenericByteArray<T> = array.as_bytes_opt::<T>().ok_or(MaskError::AnotherType)?;
    let span = typed.offsets().last().zip(typed.offsets().first());
    let mut values = S::room(span.map_or(0, |(last, first)| last.as_usize().saturating_sub(first.as_usize())));
    let mut offsets = Vec::with_capacity(typed.len() + 1);
    offsets.push(T::Offset::default());
    for value in typed {
        if let Some(value) = value {
            function(value, &mut values);
        }
        offsets.push(T::Offset::from_usize(values.len()).ok_or(MaskError::TooLarge)?);
    }
    let offsets = OffsetBuffer::new(offsets.into());
    let values = Buffer::from_vec(values.into_bytes());
    Ok(Arc::new(GenericByteArray::<T>::try_new(offsets, values, exact_nulls(typed.nulls()))?))
}

fn view_values<T: ByteViewType, S: Store + AsRef<T::Native>>(
    array: &ArrayRef,
    function: &impl Fn(&T::Native, &mut S),
) -> Result<ArrayRef, MaskError> {
    let typed: &GenericByteViewArray<T> = array.as_byte_view_opt::<T>().ok_or(MaskError::AnotherType)?;
    let mut views = GenericByteViewBuilder::<T>::with_capacity(typed.len());
    let mut scratch = S::default();
    for value in typed {
        match value {
            None => views.append_null(),
            Some(value) => {
                scratch.clear();
                function(value, &mut scratch);
                views.try_append_value(&scratch)?;
            }
        }
    }
    Ok(Arc::new(views.finish()))
}
