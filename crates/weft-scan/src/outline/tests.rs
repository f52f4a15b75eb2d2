use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray, StructArray};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use proptest::prelude::*;

use super::*;

/// A file of nested columns in two row groups, with page index and dictionary.
fn file() -> Vec<u8> {
    let numbers: ArrayRef = Arc::new((0..5_000).collect::<Int64Array>());
    let texts: ArrayRef = Arc::new((0..5_000).map(|at| Some(format!("text {}", at % 7))).collect::<StringArray>());
    let inner = StructArray::try_from(vec![("a", Arc::clone(&numbers)), ("b", Arc::clone(&texts))]).unwrap();
    let columns: [(&str, ArrayRef); 3] = [("n", numbers), ("t", texts), ("s", Arc::new(inner))];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(2_500)).build();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    bytes
}

fn footer_of(file: &[u8]) -> &[u8] {
    let end = file.len() - 8;
    let length = u32::from_le_bytes(file[end..end + 4].try_into().unwrap());
    &file[end - length as usize..end]
}

#[test]
fn what_a_writer_writes_is_sound() {
    let file = file();
    assert_eq!(footer(footer_of(&file)), Ok(Vec::new()));
    let metadata = parquet::file::metadata::ParquetMetaDataReader::decode_metadata(footer_of(&file)).unwrap();
    let mut columns = 0;
    for column in metadata.row_groups().iter().flat_map(|group| group.columns()) {
        let at = |start: Option<i64>, length: Option<i32>| {
            let start = usize::try_from(start.unwrap()).unwrap();
            &file[start..start + usize::try_from(length.unwrap()).unwrap()]
        };
        assert_eq!(column_index(at(column.column_index_offset(), column.column_index_length())), Ok(()));
        assert_eq!(offset_index(at(column.offset_index_offset(), column.offset_index_length())), Ok(()));
        let (start, length) = column.byte_range();
        let found = pages(&file[usize::try_from(start).unwrap()..usize::try_from(start + length).unwrap()]).unwrap();
        let all = u64::try_from(column.uncompressed_size()).unwrap();
        let sizes = found.data.iter().map(|page| page.size).sum::<u64>();
        assert!(sizes > 0 && found.dictionary > 0 && sizes + found.dictionary <= all, "{found:?}");
        columns += 1;
    }
    assert_eq!(columns, 8);
}

proptest! {
    /// Whatever the bytes are, they are walked to an end.
    #[test]
    fn every_text_is_walked(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = (footer(&bytes), column_index(&bytes), offset_index(&bytes), pages(&bytes));
    }

    /// A footer with some of its bytes changed is refused, or small enough that the decoder says what it thinks of it.
    #[test]
    fn a_changed_footer_is_refused_or_decoded(changes in proptest::collection::vec((any::<usize>(), any::<u8>()), 1..4)) {
        let file = file();
        let mut bytes = footer_of(&file).to_vec();
        let length = bytes.len();
        for (at, value) in changes {
            bytes[at % length] = value;
        }
        if footer(&bytes).is_ok() {
            let _ = parquet::file::metadata::ParquetMetaDataReader::decode_metadata(&bytes);
        }
    }
}
