//! Laws that hold for every array and every condition.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanArray, Int64Builder, ListBuilder, MapBuilder, StringBuilder, StringDictionaryBuilder,
    StringViewBuilder,
};
use arrow::compute::filter;
use arrow::datatypes::Int16Type;
use proptest::prelude::*;

use super::tests::{every, shown};
use super::{choose, null_out, rebuild};

type Lists = Vec<Option<Vec<Option<String>>>>;

fn lists() -> impl Strategy<Value = Lists> {
    let element = prop::option::weighted(0.8, "[a-z]{0,20}");
    prop::collection::vec(prop::option::weighted(0.8, prop::collection::vec(element, 0..5)), 1..20)
}

/// The same lists in several types of list and element.
fn arrays(lists: &Lists) -> Vec<ArrayRef> {
    let mut views = ListBuilder::new(StringViewBuilder::new());
    let mut keyed = ListBuilder::new(StringDictionaryBuilder::<Int16Type>::new());
    let mut nested = ListBuilder::new(ListBuilder::new(StringBuilder::new()));
    let mut maps = MapBuilder::new(None, Int64Builder::new(), StringViewBuilder::new());
    for list in lists {
        for (key, element) in list.iter().flatten().enumerate() {
            views.values().append_option(element.as_deref());
            keyed.values().append_option(element.as_deref());
            nested.values().values().append_option(element.as_deref());
            nested.values().append(key % 3 != 1);
            maps.keys().append_value(i64::try_from(key).unwrap());
            maps.values().append_option(element.as_deref());
        }
        views.append(list.is_some());
        keyed.append(list.is_some());
        nested.append(list.is_some());
        maps.append(list.is_some()).unwrap();
    }
    vec![Arc::new(views.finish()), Arc::new(keyed.finish()), Arc::new(nested.finish()), Arc::new(maps.finish())]
}

/// Slices, filters and nulls an array in every order that matters, and looks at what is left.
fn holds(array: &ArrayRef, keep: &[bool], from: usize) -> Result<(), TestCaseError> {
    let from = from % array.len();
    let array = array.slice(from, array.len() - from);
    let keep: BooleanArray = keep.iter().cycle().take(array.len()).map(|keep| Some(*keep)).collect();
    let texts = shown(&array);
    prop_assert_eq!(&shown(&rebuild(&array).unwrap()), &texts);

    let kept = filter(&array, &keep).unwrap();
    let expected = texts.iter().zip(&keep).filter(|(_, keep)| *keep == Some(true)).map(|(text, _)| text.clone());
    prop_assert_eq!(shown(&rebuild(&kept).unwrap()), expected.collect::<Vec<_>>());

    let hidden = null_out(&array, &keep).unwrap();
    hidden.to_data().validate_full().unwrap();
    let nulls = hidden.logical_nulls();
    for (row, text) in shown(&hidden).iter().enumerate() {
        if keep.value(row) {
            prop_assert_eq!(text, &texts[row]);
        } else {
            prop_assert!(nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)));
        }
    }
    let visible = filter(&hidden, &keep).unwrap();
    prop_assert_eq!(shown(&rebuild(&visible).unwrap()), shown(&kept));

    prop_assert_eq!(shown(&choose(&keep, &array, &array).unwrap()), texts);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn lists_show_the_same(
        lists in lists(),
        keep in prop::collection::vec(any::<bool>(), 1..20),
        from in 0_usize..20,
    ) {
        for array in arrays(&lists) {
            holds(&array, &keep, from)?;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]

    #[test]
    fn every_type_shows_the_same(keep in prop::collection::vec(any::<bool>(), 1..20), from in 0_usize..20) {
        for (_, array) in every(|_| false) {
            holds(&array, &keep, from)?;
        }
    }
}
