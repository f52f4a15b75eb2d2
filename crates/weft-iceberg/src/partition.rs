//! How tables are partitioned: "Partitioning" and "Partition Transforms" of the Iceberg specification.

use serde_json::Value as Json;

/// The first id of partition fields where version 1 says none.
const FIRST_ID: i32 = 1000;
/// The most fields of a specification.
const FIELDS_MAX: usize = 256;

/// What makes partitions of rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Spec {
    pub(crate) fields: Vec<SpecField>,
}

/// One value of a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SpecField {
    /// The column it is made of.
    pub(crate) source: i32,
    /// Its own id, in manifests.
    pub(crate) id: i32,
    pub(crate) transform: Transform,
}

/// How a value of a partition is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Transform {
    Identity,
    Bucket(u32),
    Truncate(u32),
    Year,
    Month,
    Day,
    Hour,
    /// Always NULL.
    Void,
    /// One that is not known, or of several columns: nothing follows from it.
    Unknown,
}

impl Spec {
    /// Out of the list of its fields.
    pub(crate) fn parse(fields: &Json) -> Result<Self, String> {
        let fields = fields.as_array().map(Vec::as_slice).unwrap_or_default();
        if fields.len() > FIELDS_MAX {
            return Err(format!("more than {FIELDS_MAX} fields partition it"));
        }
        let number = |json: &Json, key: &str| json.get(key).and_then(Json::as_i64).and_then(|id| i32::try_from(id).ok());
        let fields = fields.iter().zip(FIRST_ID..).map(|(field, next)| {
            let several = || field.get("source-ids").and_then(Json::as_array);
            let source = number(field, "source-id");
            let only = || several().filter(|ids| ids.len() == 1)?.first()?.as_i64().and_then(|id| i32::try_from(id).ok());
            let (source, transform) = match (source.or_else(only), several()) {
                (Some(source), _) => (source, field.get("transform").and_then(Json::as_str).map_or(Transform::Unknown, Transform::parse)),
                (None, Some(_)) => (-1, Transform::Unknown),
                (None, None) => return Err("a partition field has no source".to_owned()),
            };
            Ok(SpecField { source, id: number(field, "field-id").unwrap_or(next), transform })
        });
        Ok(Self { fields: fields.collect::<Result<_, _>>()? })
    }

    /// True where all rows are in one partition.
    pub(crate) fn unpartitioned(&self) -> bool {
        self.fields.iter().all(|field| field.transform == Transform::Void)
    }
}

impl Transform {
    fn parse(name: &str) -> Self {
        let width = |opening: &str| {
            let inner = name.strip_prefix(opening)?.strip_suffix(']')?;
            inner.trim().parse::<u32>().ok().filter(|width| *width > 0 && i32::try_from(*width).is_ok())
        };
        match name {
            "identity" => Self::Identity,
            "year" => Self::Year,
            "month" => Self::Month,
            "day" => Self::Day,
            "hour" => Self::Hour,
            "void" => Self::Void,
            _ => match (width("bucket["), width("truncate[")) {
                (Some(buckets), _) => Self::Bucket(buckets),
                (_, Some(width)) => Self::Truncate(width),
                _ => Self::Unknown,
            },
        }
    }
}
