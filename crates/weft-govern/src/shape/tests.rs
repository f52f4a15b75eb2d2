use arrow::array::{Int64Array, ListBuilder, StringViewArray, StringViewBuilder};
use weft_model::mask::Mask;

use super::*;
use crate::mask::keys::MasterKeys;

fn child(rule: ColumnRule) -> (Arc<str>, ColumnRule) {
    (Arc::from("item"), rule)
}

fn starred() -> MaskRule {
    MaskRule { mask: Mask::Constant { value: "*".to_owned() }, token_domain: None }
}

fn bind(rule: &ColumnRule, data_type: &DataType) -> Option<Shape> {
    let (keys, salt) = (MasterKeys::new([7; 32], 1), QuerySalt::new([1; 32]));
    Shape::bind(rule, data_type, &MaskContext { keys: &keys, salt: &salt })
}

#[test]
fn what_nobody_decided_does_not_show() {
    let pair = DataType::Struct(Fields::from(vec![
        Field::new("seen", DataType::Int64, true),
        Field::new("undecided", DataType::Int64, true),
    ]));
    let rule = ColumnRule::Nested(vec![(Arc::from("seen"), ColumnRule::Clear)]);
    let seen = DataType::Struct(Fields::from(vec![Field::new("seen", DataType::Int64, true)]));
    assert_eq!(served_type(&rule, &pair), Some(seen.clone()));
    let one = || Arc::new(Int64Array::from(vec![1_i64])) as ArrayRef;
    let DataType::Struct(fields) = &pair else { panic!("a struct") };
    let raw = Arc::new(StructArray::new(fields.clone(), vec![one(), one()], None)) as ArrayRef;
    let made = bind(&rule, &pair).unwrap().apply(&raw, &|_| panic!("no condition")).unwrap();
    assert_eq!(*made.data_type(), seen);
    assert_eq!(made.as_struct().columns(), [one()]);
    // Nothing decided, nothing there: neither struct, list nor map, and no rule of fields for what has none.
    let nothing = ColumnRule::Nested(Vec::new());
    let entries = Field::new("entries", pair.clone(), false);
    for data_type in [pair, DataType::new_list(DataType::Int64, true), DataType::Map(Arc::new(entries), false)] {
        assert_eq!(served_type(&nothing, &data_type), None, "{data_type}");
        assert!(bind(&nothing, &data_type).is_none(), "{data_type}");
    }
    let fields = ColumnRule::Nested(vec![child(ColumnRule::Clear)]);
    assert_eq!(served_type(&fields, &DataType::Utf8View), None);
    assert_eq!(served_type(&ColumnRule::Hidden, &DataType::Utf8View), None);
}

#[test]
fn elements_are_as_clear_as_their_row() {
    let mut builder = ListBuilder::new(StringViewBuilder::new());
    for row in [&["cut"][..], &["a", "b"], &[], &["c"], &["d", "e", "f"], &["cut", "too"]] {
        row.iter().for_each(|value| builder.values().append_value(value));
        builder.append(true);
    }
    builder.append(false);
    let lists: ArrayRef = Arc::new(builder.finish());
    let rule = ColumnRule::Nested(vec![child(ColumnRule::ClearWhere {
        rows: Predicate::Constant(true),
        otherwise: starred(),
    })]);
    let shape = bind(&rule, lists.data_type()).unwrap();
    // Four rows and six elements, in the middle of an array that has more on both sides.
    let slice = lists.slice(1, 4);
    let made = shape.apply(&slice, &|_| Ok(BooleanArray::from(vec![true, false, false, true]))).unwrap();
    let made = made.as_list::<i32>();
    let rows: Vec<Vec<String>> = made
        .iter()
        .map(|row| row.unwrap().as_string_view().iter().map(|value| value.unwrap().to_owned()).collect())
        .collect();
    assert_eq!(rows, [&["a", "b"][..], &[], &["*"], &["d", "e", "f"]]);
    // A NULL list shows nothing, whatever holds for its row.
    let made = shape.apply(&lists.slice(5, 2), &|_| Ok(BooleanArray::from(vec![false, true]))).unwrap();
    assert_eq!(made.as_list::<i32>().value(0).as_string_view(), &StringViewArray::from(vec!["*", "*"]));
    assert!(made.is_null(1));
    // A condition of another length is no condition.
    let refused = shape.apply(&slice, &|_| Ok(BooleanArray::from(vec![true; 6]))).unwrap_err();
    assert_eq!(refused.strip_backtrace(), "Error during planning: a condition for every row was expected");
}
