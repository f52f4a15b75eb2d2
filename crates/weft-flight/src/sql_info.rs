//! Facts about the server: one row per fact, in the member of a union that drivers read it from.
//!
//! Where the specification's comment and the drivers differ (503, 505, 507 and 562 are read as 64-bit integers), the
//! drivers win: one of them reinterprets memory without looking.

mod facts;

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Int32Array, Int32Builder, Int64Array, ListBuilder, MapBuilder, MapFieldNames, StringArray,
    StringBuilder, UInt32Array, UnionArray,
};
use arrow::buffer::ScalarBuffer;
use arrow::record_batch::RecordBatch;
use arrow_schema::{ArrowError, DataType, Field, Fields, Schema, SchemaRef, UnionFields, UnionMode};

use crate::sql_info::facts::FACTS;

/// The value of a fact; the order of the variants is the order of the union's members.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fact {
    Text(&'static str),
    Flag(bool),
    Long(i64),
    Bits(i32),
    Texts(&'static [&'static str]),
    Map(&'static [(i32, &'static [i32])]),
}

/// `info_name`, `value`.
pub(crate) fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("info_name", DataType::UInt32, false),
        Field::new("value", DataType::Union(members(), UnionMode::Dense), false),
    ]))
}

fn members() -> UnionFields {
    let entries = Fields::from(vec![
        Field::new("key", DataType::Int32, false),
        Field::new("value", DataType::new_list(DataType::Int32, true), true),
    ]);
    let map = DataType::Map(Arc::new(Field::new("entries", DataType::Struct(entries), false)), false);
    [
        Field::new("string_value", DataType::Utf8, false),
        Field::new("bool_value", DataType::Boolean, false),
        Field::new("bigint_value", DataType::Int64, false),
        Field::new("int32_bitmask", DataType::Int32, false),
        Field::new("string_list", DataType::new_list(DataType::Utf8, true), true),
        Field::new("int32_to_int32_list_map", map, true),
    ]
    .into_iter()
    .enumerate()
    .filter_map(|(at, field)| i8::try_from(at).ok().map(|id| (id, Arc::new(field))))
    .collect()
}

/// The facts asked for, or all of them; numbers we know nothing about are left out.
pub(crate) fn answer(asked: &[u32]) -> Result<RecordBatch, ArrowError> {
    let mut columns = Columns::default();
    for (number, fact) in FACTS {
        if asked.is_empty() || asked.contains(number) {
            columns.push(*number, *fact)?;
        }
    }
    columns.finish()
}

/// The members of the union as they fill.
struct Columns {
    numbers: Vec<u32>,
    ids: Vec<i8>,
    offsets: Vec<i32>,
    texts: Vec<&'static str>,
    flags: Vec<bool>,
    longs: Vec<i64>,
    bits: Vec<i32>,
    lists: ListBuilder<StringBuilder>,
    list_count: usize,
    maps: MapBuilder<Int32Builder, ListBuilder<Int32Builder>>,
    map_count: usize,
}

impl Default for Columns {
    fn default() -> Self {
        let names = MapFieldNames { entry: "entries".to_owned(), key: "key".to_owned(), value: "value".to_owned() };
        Self {
            numbers: Vec::new(),
            ids: Vec::new(),
            offsets: Vec::new(),
            texts: Vec::new(),
            flags: Vec::new(),
            longs: Vec::new(),
            bits: Vec::new(),
            lists: ListBuilder::new(StringBuilder::new()),
            list_count: 0,
            maps: MapBuilder::new(Some(names), Int32Builder::new(), ListBuilder::new(Int32Builder::new())),
            map_count: 0,
        }
    }
}

impl Columns {
    fn push(&mut self, number: u32, fact: Fact) -> Result<(), ArrowError> {
        let (id, offset) = match fact {
            Fact::Text(text) => append(0, &mut self.texts, text),
            Fact::Flag(flag) => append(1, &mut self.flags, flag),
            Fact::Long(long) => append(2, &mut self.longs, long),
            Fact::Bits(bits) => append(3, &mut self.bits, bits),
            Fact::Texts(texts) => {
                texts.iter().for_each(|text| self.lists.values().append_value(text));
                self.lists.append(true);
                self.list_count += 1;
                (4, self.list_count - 1)
            }
            Fact::Map(pairs) => {
                for (key, values) in pairs {
                    self.maps.keys().append_value(*key);
                    self.maps.values().values().append_slice(values);
                    self.maps.values().append(true);
                }
                self.maps.append(true)?;
                self.map_count += 1;
                (5, self.map_count - 1)
            }
        };
        self.numbers.push(number);
        self.ids.push(id);
        self.offsets.push(i32::try_from(offset).unwrap_or(i32::MAX));
        Ok(())
    }

    fn finish(mut self) -> Result<RecordBatch, ArrowError> {
        let children: Vec<ArrayRef> = vec![
            Arc::new(StringArray::from(self.texts)),
            Arc::new(BooleanArray::from(self.flags)),
            Arc::new(Int64Array::from(self.longs)),
            Arc::new(Int32Array::from(self.bits)),
            Arc::new(self.lists.finish()),
            Arc::new(self.maps.finish()),
        ];
        let offsets = Some(ScalarBuffer::from(self.offsets));
        let values = UnionArray::try_new(members(), ScalarBuffer::from(self.ids), offsets, children)?;
        RecordBatch::try_new(schema(), vec![Arc::new(UInt32Array::from(self.numbers)), Arc::new(values)])
    }
}

fn append<T>(id: i8, values: &mut Vec<T>, value: T) -> (i8, usize) {
    values.push(value);
    (id, values.len() - 1)
}

#[cfg(test)]
mod tests;
