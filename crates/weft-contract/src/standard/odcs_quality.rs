//! The Open Data Contract Standard: quality rules.

use crate::standard::edition::{ALWAYS, BEFORE_310, Edition, SINCE_310};
use crate::standard::odcs::{AUTHORITATIVE, CUSTOM_PROPERTIES, ID, TAGS, text};
use crate::standard::shape::{Key, Kind, List, Object, Rule, Word};
use crate::yaml::tree::Map;

/// The comparisons of a quality rule.
pub static OPERATORS: &[Key] = &[
    Key::new("mustBe", Kind::Any),
    Key::new("mustNotBe", Kind::Any),
    Key::new("mustBeGreaterThan", Kind::Number),
    Key::new("mustBeGreaterOrEqualTo", Kind::Number),
    Key::new("mustBeLessThan", Kind::Number),
    Key::new("mustBeLessOrEqualTo", Kind::Number),
    Key::new("mustBeBetween", Kind::List(&RANGE)),
    Key::new("mustNotBeBetween", Kind::List(&RANGE)),
];

static RANGE: List = List { item: Kind::Number, least: 2, most: 2, distinct: true };

/// A quality rule.
pub static QUALITY: Object = Object::new(
    "a quality rule",
    &[
        ID,
        AUTHORITATIVE,
        text("businessImpact"),
        CUSTOM_PROPERTIES,
        text("description"),
        Key::new(
            "dimension",
            Kind::Word(&[
                Word::new("accuracy"),
                Word::new("completeness"),
                Word::new("conformity"),
                Word::new("consistency"),
                Word::new("coverage"),
                Word::new("timeliness"),
                Word::new("uniqueness"),
            ]),
        ),
        text("method"),
        text("name"),
        text("schedule"),
        text("scheduler"),
        text("severity"),
        TAGS,
        Key::new("type", Kind::Word(&[Word::new("text"), Word::new("library"), Word::new("sql"), Word::new("custom")])),
        text("unit"),
    ],
)
.open(BEFORE_310)
.more(more)
.rule(Rule::OneOperator);

static LIBRARY: &[Key] = &[
    Key::new(
        "metric",
        Kind::Word(&[
            Word::new("nullValues"),
            Word::new("missingValues"),
            Word::new("invalidValues"),
            Word::new("duplicateValues"),
            Word::new("rowCount"),
        ]),
    )
    .known(SINCE_310)
    .required(SINCE_310),
    text("rule").required(BEFORE_310),
    Key::new("arguments", Kind::Free).known(SINCE_310),
];

static SQL: &[Key] = &[text("query").required(ALWAYS)];

static CUSTOM: &[Key] = &[
    text("engine").required(ALWAYS),
    Key::new("implementation", Kind::Either(&[Kind::Text, Kind::Free])).required(ALWAYS),
];

/// True when a rule of this edition is one of the library's.
fn library(rule: &Map, edition: Edition) -> bool {
    if SINCE_310.has(edition) {
        is(rule, "library") || rule.text("metric").is_some()
    } else {
        // Before 3.1.0 a rule without a type counts as one of the library's.
        is(rule, "library") || rule.get("type").is_none()
    }
}

/// True when a rule has to compare with an operator.
#[must_use]
pub fn compares(rule: &Map, edition: Edition) -> bool {
    SINCE_310.has(edition) && (library(rule, edition) || is(rule, "sql"))
}

fn is(rule: &Map, kind: &str) -> bool {
    rule.text("type").is_some_and(|text| &**text == kind)
}

fn more(rule: &Map, edition: Edition) -> Vec<&'static [Key]> {
    let mut keys = Vec::new();
    let library = library(rule, edition);
    if library {
        keys.push(LIBRARY);
    }
    if is(rule, "sql") {
        keys.push(SQL);
    }
    if is(rule, "custom") {
        keys.push(CUSTOM);
    }
    if compares(rule, edition) || library {
        keys.push(OPERATORS);
    }
    keys
}
