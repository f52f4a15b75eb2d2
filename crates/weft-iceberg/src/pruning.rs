//! What metadata says of manifests and of files, for a pruner to look at.

use std::collections::{HashMap, HashSet};

use arrow::array::{Array, ArrayRef, BooleanArray, UInt64Array};
use datafusion_common::pruning::PruningStatistics;
use datafusion_common::stats::Precision;
use datafusion_common::{Column, ColumnStatistics, ScalarValue};
use std::sync::Arc;

use crate::columns::Columns;
use crate::data_type::Primitive;
use crate::manifest::{DataFiles, Metrics};
use crate::manifest_list::ManifestFile;
use crate::partition::{Spec, SpecField, Transform};
use crate::single_value::typed;
use crate::transform::Range;

/// The fields of a specification that are made of a column.
fn made_of(spec: &Spec, source: i32) -> impl Iterator<Item = (usize, &SpecField)> {
    spec.fields.iter().enumerate().filter(move |(_, field)| field.source == source)
}

/// The narrower of two bounds on one side.
fn narrower(one: Option<ScalarValue>, other: Option<ScalarValue>, greatest: bool) -> Option<ScalarValue> {
    match (one, other) {
        (Some(one), Some(other)) => {
            let order = one.partial_cmp(&other);
            let keep_one = if greatest { order.is_some_and(|order| order.is_lt()) } else { order.is_some_and(|order| order.is_gt()) };
            Some(if keep_one { one } else { other })
        }
        (one, other) => one.or(other),
    }
}

fn array(values: Vec<Option<ScalarValue>>, primitive: Primitive) -> Option<ArrayRef> {
    let null = ScalarValue::try_from(&primitive.arrow()).ok()?;
    ScalarValue::iter_to_array(values.into_iter().map(|value| value.unwrap_or_else(|| null.clone()))).ok()
}

/// Types whose bounds are no order of what is served: a UUID is served as a text.
fn ordered(primitive: Primitive) -> bool {
    primitive != Primitive::Uuid
}

/// Manifests, by what their list says of the partitions in them.
pub(crate) struct Manifests<'a> {
    pub(crate) columns: &'a Columns,
    pub(crate) specs: &'a HashMap<i64, Spec>,
    pub(crate) files: Vec<&'a ManifestFile>,
}

impl Manifests<'_> {
    fn bounds(&self, column: &Column, greatest: bool) -> Option<ArrayRef> {
        let (source, primitive) = self.columns.plain(column.name()).filter(|(_, primitive)| ordered(*primitive))?;
        let of = |file: &&ManifestFile| {
            let range = self.range(file, source, primitive);
            if greatest { range.greatest } else { range.least }
        };
        array(self.files.iter().map(of).collect(), primitive)
    }

    fn range(&self, file: &ManifestFile, source: i32, primitive: Primitive) -> Range {
        let Some(spec) = self.specs.get(&file.spec) else { return Range::default() };
        made_of(spec, source).fold(Range::default(), |known, (at, field)| {
            let summary = file.summaries.get(at);
            let bound = |bound: Option<&Box<[u8]>>| typed(bound?, field.transform.result(primitive)?);
            let (least, greatest) = (bound(summary.and_then(|one| one.lower.as_ref())), bound(summary.and_then(|one| one.upper.as_ref())));
            let range = field.transform.range(primitive, least.as_ref(), greatest.as_ref());
            Range {
                least: narrower(known.least, range.least, false),
                greatest: narrower(known.greatest, range.greatest, true),
            }
        })
    }
}

impl PruningStatistics for Manifests<'_> {
    fn min_values(&self, column: &Column) -> Option<ArrayRef> {
        self.bounds(column, false)
    }

    fn max_values(&self, column: &Column) -> Option<ArrayRef> {
        self.bounds(column, true)
    }

    fn num_containers(&self) -> usize {
        self.files.len()
    }

    /// None, where a value of the partition that is NULL where the column is says so.
    fn null_counts(&self, column: &Column) -> Option<ArrayRef> {
        let (source, _) = self.columns.plain(column.name())?;
        let of = |file: &&ManifestFile| {
            let spec = self.specs.get(&file.spec)?;
            let mut telling = made_of(spec, source).filter(|(_, field)| tells_nulls(field.transform));
            telling.any(|(at, _)| file.summaries.get(at).is_some_and(|one| !one.nulls)).then_some(0)
        };
        Some(Arc::new(self.files.iter().map(of).collect::<UInt64Array>()))
    }

    fn row_counts(&self) -> Option<ArrayRef> {
        None
    }

    fn contained(&self, _: &Column, _: &HashSet<ScalarValue>) -> Option<BooleanArray> {
        None
    }
}

/// True where what is made of NULL, and of nothing else, is NULL.
fn tells_nulls(transform: Transform) -> bool {
    !matches!(transform, Transform::Void | Transform::Unknown)
}

/// The data files of some manifests.
pub(crate) struct Files<'a> {
    pub(crate) columns: &'a Columns,
    pub(crate) parts: Vec<Part<'a>>,
}

/// The data files of one manifest.
#[derive(Clone, Copy)]
pub(crate) struct Part<'a> {
    pub(crate) spec: &'a Spec,
    pub(crate) files: &'a DataFiles,
}

impl Part<'_> {
    /// What a column may be in one file.
    fn range(&self, at: usize, source: i32, primitive: Primitive) -> Range {
        let said = self.files.metrics.get(&source).map_or_else(Range::default, |metrics| said(metrics, at, primitive));
        made_of(self.spec, source).fold(said, |known, (_, field)| {
            let raw = self.files.partitions.get(&field.id).and_then(|values| values.get(at)).and_then(Option::as_ref);
            let value = raw.and_then(|raw| raw.typed(field.transform.result(primitive)?));
            let range = field.transform.range(primitive, value.as_ref(), value.as_ref());
            Range {
                least: narrower(known.least, range.least, false),
                greatest: narrower(known.greatest, range.greatest, true),
            }
        })
    }

    /// How many values of a column are NULL.
    fn nulls(&self, at: usize, source: i32) -> Option<u64> {
        let said = self.files.metrics.get(&source).and_then(|metrics| number(&metrics.nulls, at));
        said.or_else(|| {
            let mut telling = made_of(self.spec, source).filter(|(_, field)| tells_nulls(field.transform));
            let (_, field) = telling.next()?;
            match self.files.partitions.get(&field.id).and_then(|values| values.get(at))? {
                Some(_) => Some(0),
                None => self.files.records.get(at).and_then(|records| u64::try_from(*records).ok()),
            }
        })
    }

    /// What is known of a column of a file. Bounds are only bounds; deleted rows are counted.
    pub(crate) fn known(&self, at: usize, column: Option<(i32, Primitive)>) -> ColumnStatistics {
        let Some((source, primitive)) = column.filter(|(_, primitive)| ordered(*primitive)) else {
            return ColumnStatistics::default();
        };
        let Range { least, greatest } = self.range(at, source, primitive);
        let nulls = self.nulls(at, source).and_then(|nulls| usize::try_from(nulls).ok());
        ColumnStatistics {
            null_count: nulls.map_or(Precision::Absent, Precision::Inexact),
            min_value: least.map_or(Precision::Absent, Precision::Inexact),
            max_value: greatest.map_or(Precision::Absent, Precision::Inexact),
            ..ColumnStatistics::default()
        }
    }
}

/// What a manifest says itself of a column in one file.
fn said(metrics: &Metrics, at: usize, primitive: Primitive) -> Range {
    // NaN is greater than all numbers or less, and no bound.
    if matches!(primitive, Primitive::Float | Primitive::Double) && number(&metrics.nans, at) != Some(0) {
        return Range::default();
    }
    let bound = |bounds: &arrow::array::BinaryArray| {
        let bytes = (at < bounds.len() && !bounds.is_null(at)).then(|| bounds.value(at))?;
        typed(bytes, primitive)
    };
    Range { least: bound(&metrics.lower), greatest: bound(&metrics.upper) }
}

fn number(counts: &arrow::array::Int64Array, at: usize) -> Option<u64> {
    (at < counts.len() && !counts.is_null(at)).then(|| counts.value(at)).and_then(|count| u64::try_from(count).ok())
}

impl Files<'_> {
    fn each<T>(&self, of: impl Fn(&Part<'_>, usize) -> T) -> Vec<T> {
        self.parts.iter().flat_map(|part| (0..part.files.records.len()).map(|at| of(part, at)).collect::<Vec<_>>()).collect()
    }

    fn bounds(&self, column: &Column, greatest: bool) -> Option<ArrayRef> {
        let (source, primitive) = self.columns.plain(column.name()).filter(|(_, primitive)| ordered(*primitive))?;
        let of = |part: &Part<'_>, at| {
            let range = part.range(at, source, primitive);
            if greatest { range.greatest } else { range.least }
        };
        array(self.each(of), primitive)
    }
}

impl PruningStatistics for Files<'_> {
    fn min_values(&self, column: &Column) -> Option<ArrayRef> {
        self.bounds(column, false)
    }

    fn max_values(&self, column: &Column) -> Option<ArrayRef> {
        self.bounds(column, true)
    }

    fn num_containers(&self) -> usize {
        self.parts.iter().map(|part| part.files.records.len()).sum()
    }

    fn null_counts(&self, column: &Column) -> Option<ArrayRef> {
        let (source, _) = self.columns.plain(column.name())?;
        Some(Arc::new(UInt64Array::from(self.each(|part, at| part.nulls(at, source)))))
    }

    fn row_counts(&self) -> Option<ArrayRef> {
        // Not every writer counts.
        let counted = |records: &&i64| **records > 0;
        let records = |part: &Part<'_>, at: usize| {
            part.files.records.get(at).filter(counted).and_then(|records| u64::try_from(*records).ok())
        };
        Some(Arc::new(UInt64Array::from(self.each(records))))
    }

    /// False for files in buckets that none of the values falls into.
    fn contained(&self, column: &Column, values: &HashSet<ScalarValue>) -> Option<BooleanArray> {
        let (source, primitive) = self.columns.plain(column.name())?;
        let mut buckets: HashMap<Transform, Option<HashSet<i64>>> = HashMap::new();
        let mut found = Vec::with_capacity(self.num_containers());
        for part in &self.parts {
            let bucketed = made_of(part.spec, source).find(|(_, field)| matches!(field.transform, Transform::Bucket(_)));
            let Some((_, field)) = bucketed else {
                found.resize(found.len() + part.files.records.len(), None);
                continue;
            };
            // What is no value of the column's type is in no row.
            let bucket = |transform: Transform, value: &ScalarValue| transform.bucket(primitive, &value.cast_to(&primitive.arrow()).ok()?);
            let of = |transform: Transform| values.iter().map(|value| bucket(transform, value)).collect();
            let wanted = buckets.entry(field.transform).or_insert_with(|| of(field.transform));
            let stored = part.files.partitions.get(&field.id);
            found.extend((0..part.files.records.len()).map(|at| {
                let bucket = stored?.get(at)?.as_ref()?.typed(Primitive::Int).as_ref().and_then(crate::single_value::whole)?;
                (!wanted.as_ref()?.contains(&bucket)).then_some(false)
            }));
        }
        Some(BooleanArray::from(found))
    }
}
