//! One spelling for every file that the log names.
//!
//! A file may be added by one spelling of its address and removed by another: with a scheme or without, with one slash or
//! three. What the kernel compares are texts, so absolute ones are spelled alike before it sees them. Names below the table are
//! left as they are.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray, StructArray};
use delta_kernel::KernelResult;
use delta_kernel::engine::arrow_data::ArrowEngineData;
use weft_port::location::PortLocation;

use crate::place;

/// What names files.
const ACTIONS: [&str; 2] = ["add", "remove"];
const PATH: &str = "path";

/// Actions whose absolute addresses are spelled in one way.
pub(super) fn canonical(data: ArrowEngineData, at: &PortLocation) -> KernelResult<ArrowEngineData> {
    let batch = data.record_batch();
    let mut columns: Option<Vec<ArrayRef>> = None;
    for (index, field) in batch.schema_ref().fields().iter().enumerate() {
        let action = ACTIONS.contains(&field.name().as_str()).then(|| batch.column(index).as_struct_opt()).flatten();
        if let Some(spelled) = action.and_then(|action| spelled(action, at))
            && let Some(slot) = columns.get_or_insert_with(|| batch.columns().to_vec()).get_mut(index)
        {
            *slot = Arc::new(spelled);
        }
    }
    match columns {
        None => Ok(data),
        Some(columns) => Ok(ArrowEngineData::new(RecordBatch::try_new(batch.schema(), columns)?)),
    }
}

/// An action with its paths spelled alike; [`None`] when they are already.
fn spelled(action: &StructArray, at: &PortLocation) -> Option<StructArray> {
    let (index, _) = action.fields().find(PATH)?;
    let paths = action.column(index).as_string_opt::<i32>()?;
    if !paths.iter().flatten().any(place::absolute) {
        return None;
    }
    let paths: StringArray = paths.iter().map(|path| path.map(|path| one(path, at))).collect();
    let mut columns = action.columns().to_vec();
    *columns.get_mut(index)? = Arc::new(paths);
    StructArray::try_new_with_length(action.fields().clone(), columns, action.nulls().cloned(), action.len()).ok()
}

fn one<'a>(path: &'a str, at: &PortLocation) -> Cow<'a, str> {
    match place::absolute(path) {
        false => Cow::Borrowed(path),
        true => place::relative(path, at).map_or_else(|| Cow::Owned(place::spelled(path)), Cow::Owned),
    }
}
