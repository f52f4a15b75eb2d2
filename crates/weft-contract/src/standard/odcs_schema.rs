//! The Open Data Contract Standard: schema objects, properties and relationships.

use crate::standard::edition::{ALWAYS, BEFORE_310, Edition, SINCE_310, SINCE_320};
use crate::standard::extension::Home;
use crate::standard::odcs::{AUTHORITATIVE, CONTEXT_KEY, CUSTOM_PROPERTIES, ID, SYNONYMS, TAGS, TEXTS, list, text};
use crate::standard::odcs_quality::QUALITY;
use crate::standard::shape::{Key, Kind, List, Object, Rule, Word};
use crate::yaml::tree::Map;

const PROPERTIES: Key = Key::new("properties", PROPERTY_LIST);
const PROPERTY_LIST: Kind = Kind::List(&List::of(Kind::Object(&PROPERTY)));
const DEPRECATED: Key = Key::new("deprecated", Kind::Flag).known(SINCE_320);
const QUALITIES: Key = Key::new("quality", QUALITY_LIST);
const QUALITY_LIST: Kind = Kind::List(&List::of(Kind::Object(&QUALITY)));
const ANYTHING: Kind = Kind::List(&List::of(Kind::Any));
const ENUMERATION: Kind = Kind::List(&ENUM);
const RELATIONSHIPS: Kind = Kind::List(&List::of(Kind::Object(&PROPERTY_RELATIONSHIP)));
const COUNT: Kind = Kind::Integer(Some(0));

/// One table of a contract.
pub static SCHEMA_OBJECT: Object = Object::new(
    "a schema object",
    &[
        ID,
        text("name").required(ALWAYS),
        text("physicalType"),
        text("description"),
        text("businessName"),
        DEPRECATED,
        SYNONYMS,
        AUTHORITATIVE,
        TAGS,
        CUSTOM_PROPERTIES,
        Key::new("logicalType", Kind::Word(&[Word::new("object"), Word::known("blob", SINCE_310)])),
        text("physicalName"),
        text("dataGranularityDescription"),
        PROPERTIES,
        list("relationships", &List::of(Kind::Object(&OBJECT_RELATIONSHIP))).known(SINCE_310),
        QUALITIES,
        CONTEXT_KEY,
    ],
)
.home(Home::SchemaObject);

/// What properties and items share.
const fn base(name_required: bool) -> [Key; 30] {
    [
        ID,
        if name_required { text("name").required(ALWAYS) } else { text("name") },
        text("physicalType"),
        text("description"),
        text("businessName"),
        DEPRECATED,
        SYNONYMS,
        AUTHORITATIVE,
        TAGS,
        CUSTOM_PROPERTIES,
        Key::new("primaryKey", Kind::Flag),
        Key::new("primaryKeyPosition", Kind::Integer(None)),
        Key::new("logicalType", Kind::Word(LOGICAL_TYPES)),
        text("physicalName"),
        Key::new("required", Kind::Flag),
        Key::new("unique", Kind::Flag),
        Key::new("semanticType", Kind::Word(SEMANTIC_TYPES)).known(SINCE_320),
        Key::new("partitioned", Kind::Flag),
        Key::new("partitionKeyPosition", Kind::Integer(None)),
        text("classification"),
        text("encryptedName"),
        Key::new("transformSourceObjects", TEXTS),
        text("transformLogic"),
        text("transformDescription"),
        Key::new("examples", ANYTHING),
        Key::new("enum", ENUMERATION).known(SINCE_320),
        Key::new("criticalDataElement", Kind::Flag),
        Key::new("relationships", RELATIONSHIPS).known(SINCE_310),
        QUALITIES,
        // Every property accepts options; which ones depends on the logical type.
        Key::new("logicalTypeOptions", Kind::Free),
    ]
}

static PROPERTY_KEYS: [Key; 30] = base(true);
static ITEM_KEYS: [Key; 30] = base(false);

static PROPERTY: Object =
    Object::new("a property", &PROPERTY_KEYS).more(more_of_property).rule(Rule::DistinctEnum).home(Home::Column);

static ITEM: Object =
    Object::new("an element", &ITEM_KEYS).more(more_of_item).rule(Rule::DistinctEnum).home(Home::Column);

static LOGICAL_TYPES: &[Word] = &[
    Word::new("string"),
    Word::new("date"),
    Word::known("timestamp", SINCE_310),
    Word::known("time", SINCE_310),
    Word::new("number"),
    Word::new("integer"),
    Word::new("object"),
    Word::new("array"),
    Word::new("boolean"),
    Word::known("map", SINCE_320),
    Word::known("vector", SINCE_320),
];

static SEMANTIC_TYPES: &[Word] = &[Word::new("column"), Word::new("measure"), Word::new("dimension")];

static ENUM: List = List { item: Kind::Object(&ENUM_VALUE), least: 1, most: usize::MAX, distinct: true };

static ENUM_VALUE: Object = Object::new(
    "an enumerated value",
    &[
        Key::new("value", Kind::Scalar).required(ALWAYS),
        text("label"),
        ID,
        text("description"),
        CUSTOM_PROPERTIES,
        AUTHORITATIVE,
        TAGS,
    ],
);

static PROPERTY_RELATIONSHIP: Object = Object::new(
    "a relationship of a property",
    &[
        text("id").known(SINCE_320),
        Key::new("type", Kind::Word(&[Word::new("foreignKey")])),
        Key::new("to", Kind::Reference).required(ALWAYS),
        CUSTOM_PROPERTIES,
    ],
)
.home(Home::Relationship);

static OBJECT_RELATIONSHIP: Object = Object::new(
    "a relationship of a schema object",
    &[
        text("id").known(SINCE_320),
        Key::new("type", Kind::Word(&[Word::new("foreignKey")])),
        Key::new("from", Kind::Reference).required(ALWAYS),
        Key::new("to", Kind::Reference).required(ALWAYS),
        CUSTOM_PROPERTIES,
    ],
)
.rule(Rule::SameShape)
.home(Home::Relationship);

const fn options(of: &'static Object) -> Key {
    Key::new("logicalTypeOptions", Kind::Object(of))
}

static STRING: &[Key] = &[options(&STRING_OPTIONS)];
static DATE: &[Key] = &[options(&DATE_OPTIONS)];
static TIMESTAMP: &[Key] = &[options(&TIMESTAMP_OPTIONS)];
static INTEGER: &[Key] = &[options(&INTEGER_OPTIONS)];
static NUMBER: &[Key] = &[options(&NUMBER_OPTIONS)];
static OBJECT: &[Key] = &[options(&OBJECT_OPTIONS), PROPERTIES];
static ARRAY: &[Key] = &[options(&ARRAY_OPTIONS), Key::new("items", Kind::Object(&ITEM))];
static MAP: &[Key] = &[Key::new("map", Kind::Object(&MAP_OBJECT)).required(ALWAYS)];
static VECTOR: &[Key] = &[options(&VECTOR_OPTIONS).required(ALWAYS)];
/// Without a logical type the standard asks the options to fit every type at once, which only empty ones do.
static UNTYPED: &[Key] = &[options(&NO_OPTIONS), PROPERTIES, Key::new("items", Kind::Object(&ITEM))];
static ITEM_PROPERTIES: &[Key] = &[PROPERTIES];

fn more_of_property(property: &Map, edition: Edition) -> Vec<&'static [Key]> {
    let Some(logical) = property.get("logicalType") else { return vec![UNTYPED] };
    match logical.text().map_or("", |text| &**text) {
        "string" => vec![STRING],
        "date" => vec![DATE],
        "timestamp" | "time" if SINCE_310.has(edition) => vec![TIMESTAMP],
        "integer" => vec![INTEGER],
        "number" => vec![NUMBER],
        "object" => vec![OBJECT],
        "array" => vec![ARRAY],
        "map" if SINCE_320.has(edition) => vec![MAP],
        "vector" if SINCE_320.has(edition) => vec![VECTOR],
        _ => Vec::new(),
    }
}

fn more_of_item(item: &Map, edition: Edition) -> Vec<&'static [Key]> {
    let mut more = more_of_property(item, edition);
    if BEFORE_310.has(edition) {
        more.push(ITEM_PROPERTIES);
    }
    more
}

static MAP_OBJECT: Object = Object::new(
    "a map",
    &[Key::new("key", Kind::Object(&ITEM)).required(ALWAYS), Key::new("value", Kind::Object(&ITEM)).required(ALWAYS)],
);

static NO_OPTIONS: Object = Object::new("an option set without a logical type", &[]);

static STRING_OPTIONS: Object = Object::new(
    "an option set of a string",
    &[Key::new("minLength", COUNT), Key::new("maxLength", COUNT), text("pattern"), text("format")],
);

/// A bound that is exclusive: a flag before 3.1.0, a value since.
const fn exclusive(name: &'static str, number: bool) -> Key {
    const TEXT: Kind = Kind::By(&[(BEFORE_310, Kind::Flag), (SINCE_310, Kind::Text)]);
    const NUMBER: Kind = Kind::By(&[(BEFORE_310, Kind::Flag), (SINCE_310, Kind::Number)]);
    Key::new(name, if number { NUMBER } else { TEXT })
}

static DATE_OPTIONS: Object = Object::new(
    "an option set of a date",
    &[
        text("format"),
        exclusive("exclusiveMaximum", false),
        text("maximum"),
        exclusive("exclusiveMinimum", false),
        text("minimum"),
    ],
);

static TIMESTAMP_OPTIONS: Object = Object::new(
    "an option set of a timestamp",
    &[
        text("format"),
        text("exclusiveMaximum"),
        text("maximum"),
        text("exclusiveMinimum"),
        text("minimum"),
        Key::new("timezone", Kind::Flag),
        text("defaultTimezone"),
    ],
);

static INTEGER_OPTIONS: Object = Object::new(
    "an option set of an integer",
    &[
        Key::new("multipleOf", Kind::Positive),
        Key::new("maximum", Kind::Number),
        exclusive("exclusiveMaximum", true),
        Key::new("minimum", Kind::Number),
        exclusive("exclusiveMinimum", true),
        Key::new(
            "format",
            Kind::Word(&[
                Word::new("i8"),
                Word::new("i16"),
                Word::new("i32"),
                Word::new("i64"),
                Word::new("i128"),
                Word::new("u8"),
                Word::new("u16"),
                Word::new("u32"),
                Word::new("u64"),
                Word::new("u128"),
            ]),
        ),
    ],
);

static NUMBER_OPTIONS: Object = Object::new(
    "an option set of a number",
    &[
        Key::new("multipleOf", Kind::Positive),
        Key::new("maximum", Kind::Number),
        exclusive("exclusiveMaximum", true),
        Key::new("minimum", Kind::Number),
        exclusive("exclusiveMinimum", true),
        Key::new("format", Kind::Word(&[Word::new("f32"), Word::new("f64")])),
    ],
);

static OBJECT_OPTIONS: Object = Object::new(
    "an option set of an object",
    &[
        Key::new("maxProperties", COUNT),
        Key::new("minProperties", COUNT),
        list("required", &List { item: Kind::Text, least: 1, most: usize::MAX, distinct: true }),
    ],
);

static ARRAY_OPTIONS: Object = Object::new(
    "an option set of an array",
    &[Key::new("maxItems", COUNT), Key::new("minItems", COUNT), Key::new("uniqueItems", Kind::Flag)],
);

static VECTOR_OPTIONS: Object = Object::new(
    "an option set of a vector",
    &[
        Key::new("dimensions", Kind::Integer(Some(1))).required(ALWAYS),
        Key::new(
            "elementType",
            Kind::Word(&[
                Word::new("bfloat16"),
                Word::new("binary"),
                Word::new("float16"),
                Word::new("float32"),
                Word::new("float64"),
                Word::new("int8"),
                Word::new("uint8"),
            ]),
        ),
        Key::new(
            "distanceMetric",
            Kind::Word(&[
                Word::new("cosine"),
                Word::new("dotProduct"),
                Word::new("euclidean"),
                Word::new("hamming"),
                Word::new("manhattan"),
            ]),
        ),
        text("embeddingModel"),
        text("embeddingModelVersion"),
        Key::new("normalized", Kind::Flag),
    ],
);
