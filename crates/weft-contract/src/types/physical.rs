//! Physical types: the spellings of Parquet, Delta, Iceberg and SQL.

use arrow_schema::{DataType, IntervalUnit, TimeUnit};

/// The deepest nesting of one spelling.
const DEPTH_MAX: usize = 32;

/// A physical type as spelled.
#[derive(Clone, Debug, PartialEq)]
pub enum Physical {
    /// A type without parts.
    Scalar(DataType),
    /// A decimal, with precision and scale if they are spelled out.
    Decimal(Option<(u8, i8)>),
    /// A timestamp; `zone` is known when the spelling says so.
    Timestamp {
        /// True for nanoseconds, otherwise microseconds.
        nanos: bool,
        /// Whether it is a point in time (`true`) or a wall-clock reading (`false`).
        zone: Option<bool>,
    },
    /// A list, with its element if that is spelled out.
    List(Option<Box<Physical>>),
    /// A map, with its key and value if they are spelled out.
    Map(Option<Box<(Physical, Physical)>>),
    /// A struct, with its fields if they are spelled out.
    Struct(Vec<(String, Physical)>),
    /// A decimal whose precision or scale is impossible.
    ImpossibleDecimal,
}

/// Reads a physical type; `None` when the spelling is not known.
#[must_use]
pub fn parse(spelling: &str) -> Option<Physical> {
    let mut cursor = Cursor { rest: spelling, depth: 0 };
    let physical = cursor.physical()?;
    cursor.skip_space();
    cursor.rest.is_empty().then_some(physical)
}

struct Cursor<'a> {
    rest: &'a str,
    depth: usize,
}

/// What stands between the brackets of a type.
enum Part {
    /// A bare number or word, such as a precision, a time unit or a zone.
    Word(String),
    /// A type, with the field name before it, if there is one.
    Type(Option<String>, Physical),
}

impl<'a> Cursor<'a> {
    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn eat(&mut self, c: char) -> bool {
        self.skip_space();
        match self.rest.strip_prefix(c) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn word(&mut self) -> &'a str {
        self.skip_space();
        let end = self
            .rest
            .find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '/' | '+' | '-' | '$')))
            .unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    fn field_name(&mut self) -> Option<String> {
        self.skip_space();
        for mark in ['`', '"'] {
            if let Some(rest) = self.rest.strip_prefix(mark) {
                let (name, rest) = rest.split_once(mark)?;
                self.rest = rest;
                return Some(name.to_owned());
            }
        }
        Some(self.word()).filter(|word| !word.is_empty()).map(str::to_owned)
    }

    /// `words [brackets] words { [] }`
    fn physical(&mut self) -> Option<Physical> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return None;
        }
        let mut name = self.words();
        let close = [('(', ')'), ('<', '>'), ('[', ']')];
        let mut parts = Vec::new();
        for (open, end) in close {
            let used = match open {
                '(' => true,
                '<' => nests(&name),
                _ => name == "fixed",
            };
            if used && self.next_is(open) && !self.rest.starts_with("[]") && self.eat(open) {
                parts = self.parts(end, &name)?;
                break;
            }
        }
        let suffix = self.words();
        if !suffix.is_empty() {
            name.push(' ');
            name.push_str(&suffix);
        }
        let mut physical = named(&name, parts)?;
        while self.next_is('[') {
            if !(self.eat('[') && self.eat(']')) {
                return None;
            }
            physical = Physical::List(Some(Box::new(physical)));
        }
        self.depth -= 1;
        Some(physical)
    }

    fn next_is(&mut self, c: char) -> bool {
        self.skip_space();
        self.rest.starts_with(c)
    }

    fn words(&mut self) -> String {
        let mut out = String::new();
        loop {
            let word = self.word();
            if word.is_empty() {
                return out;
            }
            if !out.is_empty() {
                out.push(' ');
            }
            out.push_str(&word.to_lowercase());
        }
    }

    fn parts(&mut self, end: char, outer: &str) -> Option<Vec<Part>> {
        let fields = matches!(outer, "struct" | "row" | "record");
        let mut parts = Vec::new();
        while !self.eat(end) {
            if !parts.is_empty() && !self.eat(',') {
                return None;
            }
            parts.push(if fields {
                let name = self.field_name()?;
                self.eat(':');
                Part::Type(Some(name), self.physical()?)
            } else if nests(outer) {
                self.element()?
            } else {
                let words = self.words();
                if words.is_empty() {
                    return None;
                }
                Part::Word(words)
            });
        }
        Some(parts)
    }

    /// An element type, which may carry a label: `list<element: int>`.
    fn element(&mut self) -> Option<Part> {
        let before = self.rest;
        let label = self.word();
        if !label.is_empty() && self.eat(':') {
            return Some(Part::Type(None, self.physical()?));
        }
        self.rest = before;
        Some(Part::Type(None, self.physical()?))
    }
}

/// True for types whose brackets hold types.
fn nests(name: &str) -> bool {
    matches!(name, "struct" | "row" | "record" | "array" | "list" | "large_list" | "largelist" | "map")
}

fn named(name: &str, parts: Vec<Part>) -> Option<Physical> {
    let name = name.strip_suffix(" not null").or_else(|| name.strip_suffix(" null")).unwrap_or(name);
    match name {
        "array" | "list" | "large_list" | "largelist" | "repeated" => {
            let mut types = types(parts)?.into_iter();
            Some(Physical::List(types.next().map(|(_, item)| Box::new(item))))
        }
        "map" => {
            let mut types = types(parts)?.into_iter();
            Some(Physical::Map(match (types.next(), types.next()) {
                (Some((_, key)), Some((_, value))) => Some(Box::new((key, value))),
                _ => None,
            }))
        }
        "struct" | "row" | "record" => {
            let fields = types(parts)?.into_iter().filter_map(|(name, physical)| Some((name?, physical)));
            Some(Physical::Struct(fields.collect()))
        }
        _ => {
            let words: Vec<String> = parts
                .into_iter()
                .map(|part| match part {
                    Part::Word(word) => Some(word),
                    Part::Type(..) => None,
                })
                .collect::<Option<_>>()?;
            timestamp(name, &words).or_else(|| decimal(name, &words)).or_else(|| scalar(name).map(Physical::Scalar))
        }
    }
}

fn types(parts: Vec<Part>) -> Option<Vec<(Option<String>, Physical)>> {
    parts
        .into_iter()
        .map(|part| match part {
            Part::Type(name, physical) => Some((name, physical)),
            Part::Word(_) => None,
        })
        .collect()
}

fn timestamp(name: &str, words: &[String]) -> Option<Physical> {
    let (nanos, zone) = match name {
        "timestamp" | "datetime" | "datetime2" | "smalldatetime" | "datetime64" => (false, None),
        "timestamp_ntz" | "timestampntz" | "timestamp without time zone" => (false, Some(false)),
        "timestamp_s" | "timestamp_ms" | "timestamp_us" | "timestamp_millis" | "timestamp_micros" => (false, None),
        "timestamptz"
        | "timestamp_tz"
        | "timestamp_ltz"
        | "timestamp with time zone"
        | "timestamp with local time zone"
        | "datetimeoffset" => (false, Some(true)),
        "timestamp_ns" | "timestamp_nanos" => (true, None),
        "timestamptz_ns" => (true, Some(true)),
        _ => return None,
    };
    let mut physical = (nanos, zone);
    for word in words {
        match word.as_str() {
            "s" | "ms" | "us" | "second" | "millisecond" | "microsecond" | "millis" | "micros" => {}
            "0" | "1" | "2" | "3" | "4" | "5" | "6" => {}
            "ns" | "nanosecond" | "nanos" | "7" | "8" | "9" => physical.0 = true,
            "none" | "null" => physical.1 = Some(false),
            zone if zone.chars().any(char::is_alphabetic) || zone.starts_with(['+', '-']) => physical.1 = Some(true),
            _ => return None,
        }
    }
    Some(Physical::Timestamp { nanos: physical.0, zone: physical.1 })
}

fn decimal(name: &str, words: &[String]) -> Option<Physical> {
    if !matches!(
        name,
        "decimal" | "numeric" | "number" | "dec" | "bignumeric" | "bigdecimal" | "decimal128" | "decimal256"
    ) {
        return None;
    }
    let scale = match words {
        [] => return Some(Physical::Decimal(None)),
        [_] => "0",
        [_, scale] => scale.as_str(),
        _ => return Some(Physical::ImpossibleDecimal),
    };
    let precision = words.first().and_then(|precision| precision.parse::<u8>().ok());
    Some(match (precision, scale.parse::<i8>().ok()) {
        (Some(precision), Some(scale)) if decimal_type(precision, scale).is_some() => {
            Physical::Decimal(Some((precision, scale)))
        }
        _ => Physical::ImpossibleDecimal,
    })
}

/// The decimal type of a precision and scale; `None` when they are impossible.
#[must_use]
pub fn decimal_type(precision: u8, scale: i8) -> Option<DataType> {
    let whole = u8::try_from(scale).ok()?;
    match precision {
        1..=38 if whole <= precision => Some(DataType::Decimal128(precision, scale)),
        39..=76 if whole <= precision => Some(DataType::Decimal256(precision, scale)),
        _ => None,
    }
}

fn scalar(name: &str) -> Option<DataType> {
    let (bare, unsigned) = match name.strip_suffix(" unsigned") {
        Some(bare) => (bare, true),
        None => (name, false),
    };
    let data_type = match bare {
        "boolean" | "bool" | "bit" | "logical" => DataType::Boolean,
        "byte" | "tinyint" | "int1" => DataType::Int8,
        "short" | "smallint" | "int2" | "int16" | "smallserial" => DataType::Int16,
        "int" | "integer" | "int4" | "int32" | "mediumint" | "serial" => DataType::Int32,
        "long" | "bigint" | "int8" | "int64" | "bigserial" => DataType::Int64,
        "uint8" | "utinyint" => DataType::UInt8,
        "uint16" | "usmallint" => DataType::UInt16,
        "uint32" | "uinteger" => DataType::UInt32,
        "uint64" | "ubigint" => DataType::UInt64,
        "hugeint" | "int128" => DataType::Decimal128(38, 0),
        "half" | "half_float" | "halffloat" | "float16" => DataType::Float16,
        "float" | "real" | "float4" | "float32" => DataType::Float32,
        "double" | "double precision" | "float8" | "float64" => DataType::Float64,
        "binary"
        | "varbinary"
        | "bytea"
        | "bytes"
        | "blob"
        | "raw"
        | "large_binary"
        | "fixed_size_binary"
        | "fixed_len_byte_array"
        | "byte_array"
        | "fixed"
        | "image"
        | "longblob"
        | "mediumblob"
        | "tinyblob"
        | "binary varying" => DataType::Binary,
        "date" | "date32" | "date64" => DataType::Date32,
        "time" | "time32" | "time64" | "timetz" | "time without time zone" | "time with time zone" => {
            DataType::Time64(TimeUnit::Microsecond)
        }
        "time_ns" => DataType::Time64(TimeUnit::Nanosecond),
        "duration" => DataType::Duration(TimeUnit::Microsecond),
        "duration_ns" => DataType::Duration(TimeUnit::Nanosecond),
        "interval" => DataType::Interval(IntervalUnit::MonthDayNano),
        _ if text(bare) => DataType::Utf8View,
        _ => return None,
    };
    match (unsigned, data_type) {
        (false, data_type) => Some(data_type),
        (true, DataType::Int8) => Some(DataType::UInt8),
        (true, DataType::Int16) => Some(DataType::UInt16),
        (true, DataType::Int32) => Some(DataType::UInt32),
        (true, DataType::Int64) => Some(DataType::UInt64),
        (true, _) => None,
    }
}

/// True for the many names of texts, and of what is served as text.
fn text(name: &str) -> bool {
    matches!(
        name,
        "string"
            | "text"
            | "varchar"
            | "char"
            | "character"
            | "character varying"
            | "char varying"
            | "nvarchar"
            | "nchar"
            | "varchar2"
            | "nvarchar2"
            | "bpchar"
            | "citext"
            | "clob"
            | "nclob"
            | "ntext"
            | "tinytext"
            | "mediumtext"
            | "longtext"
            | "large_string"
            | "utf8"
            | "json"
            | "jsonb"
            | "variant"
            | "uuid"
            | "uniqueidentifier"
            | "enum"
            | "xml"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data_type(spelling: &str) -> Option<DataType> {
        match parse(spelling)? {
            Physical::Scalar(data_type) => Some(data_type),
            _ => None,
        }
    }

    #[test]
    fn scalars_of_every_dialect() {
        for (spelling, expected) in [
            ("STRING", DataType::Utf8View),
            ("varchar(10 char)", DataType::Utf8View),
            ("character varying(20)", DataType::Utf8View),
            ("int", DataType::Int32),
            ("INT unsigned", DataType::UInt32),
            ("int8", DataType::Int64),
            ("bigint NOT NULL", DataType::Int64),
            ("double precision", DataType::Float64),
            ("fixed[16]", DataType::Binary),
            ("FIXED_SIZE_BINARY(4)", DataType::Binary),
            ("time without time zone", DataType::Time64(TimeUnit::Microsecond)),
        ] {
            assert_eq!(data_type(spelling), Some(expected), "{spelling}");
        }
        for spelling in ["", "money", "string(", "int)", "varchar unsigned", "enum<a>", "null"] {
            assert_eq!(parse(spelling), None, "{spelling}");
        }
    }

    #[test]
    fn decimals_and_timestamps() {
        assert_eq!(parse("decimal(10,2)"), Some(Physical::Decimal(Some((10, 2)))));
        assert_eq!(parse("NUMERIC ( 38 )"), Some(Physical::Decimal(Some((38, 0)))));
        assert_eq!(parse("decimal(76,10)"), Some(Physical::Decimal(Some((76, 10)))));
        assert_eq!(parse("decimal"), Some(Physical::Decimal(None)));
        for spelling in ["decimal(77,0)", "decimal(4,5)", "decimal(0,0)", "decimal(a,b)", "decimal(4,-1)"] {
            assert_eq!(parse(spelling), Some(Physical::ImpossibleDecimal), "{spelling}");
        }
        let timestamp = |nanos, zone| Some(Physical::Timestamp { nanos, zone });
        assert_eq!(parse("timestamp(us, UTC)"), timestamp(false, Some(true)));
        assert_eq!(parse("timestamp(6)"), timestamp(false, None));
        assert_eq!(parse("timestamp(ns, none)"), timestamp(true, Some(false)));
        assert_eq!(parse("timestamp with time zone"), timestamp(false, Some(true)));
        assert_eq!(parse("timestamp(3) without time zone"), timestamp(false, Some(false)));
        assert_eq!(parse("timestamptz_ns"), timestamp(true, Some(true)));
    }

    #[test]
    fn nested_types() {
        let text = || Physical::Scalar(DataType::Utf8View);
        assert_eq!(parse("array<string>"), Some(Physical::List(Some(Box::new(text())))));
        assert_eq!(parse("list<element: string>"), Some(Physical::List(Some(Box::new(text())))));
        assert_eq!(parse("varchar[]"), Some(Physical::List(Some(Box::new(text())))));
        assert_eq!(parse("map<string,string>"), Some(Physical::Map(Some(Box::new((text(), text()))))));
        assert_eq!(parse("LIST"), Some(Physical::List(None)));
        let fields = vec![("a".to_owned(), text()), ("b".to_owned(), Physical::Decimal(Some((4, 1))))];
        assert_eq!(parse("struct<a:string, b: decimal(4,1)>"), Some(Physical::Struct(fields.clone())));
        assert_eq!(parse("ROW(a varchar, \"b\" decimal(4,1))"), Some(Physical::Struct(fields)));
        assert_eq!(parse(&format!("{}int{}", "array<".repeat(40), ">".repeat(40))), None);
    }
}
