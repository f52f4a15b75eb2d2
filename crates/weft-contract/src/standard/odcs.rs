//! The Open Data Contract Standard: the contract as a whole, and the objects that stand everywhere in it.

use crate::standard::edition::{ALWAYS, BEFORE_310, BEFORE_320, SINCE_310, SINCE_320};
use crate::standard::extension::Home;
use crate::standard::odcs_schema::SCHEMA_OBJECT;
use crate::standard::odcs_server::SERVER;
use crate::standard::shape::{Key, Kind, List, Object, Word};

/// A list of texts.
pub const TEXTS: Kind = Kind::List(&List::of(Kind::Text));
/// The `id` that most objects may carry.
pub const ID: Key = Key::new("id", Kind::StableId).known(SINCE_310);
/// `tags`.
pub const TAGS: Key = Key::new("tags", TEXTS);
/// `customProperties`.
pub const CUSTOM_PROPERTIES: Key = Key::new("customProperties", CUSTOM);
/// `authoritativeDefinitions`.
pub const AUTHORITATIVE: Key = Key::new("authoritativeDefinitions", DEFINITIONS);
/// `synonyms`.
pub const SYNONYMS: Key = Key::new("synonyms", SYNONYM_LIST).known(SINCE_320);
/// `context`.
pub const CONTEXT_KEY: Key = Key::new("context", TEXT_OR_CONTEXT).known(SINCE_320);

const CUSTOM: Kind = Kind::List(&List::of(Kind::Object(&CUSTOM_PROPERTY)));
const DEFINITIONS: Kind = Kind::List(&List::of(Kind::Object(&DEFINITION)));
const SYNONYM_LIST: Kind = Kind::List(&List::of(Kind::Object(&SYNONYM)));
const TEXT_OR_CONTEXT: Kind = Kind::Either(&[Kind::Text, Kind::Object(&CONTEXT)]);
const MEMBERS: Kind = Kind::List(&List::of(Kind::Object(&TEAM_MEMBER)));

/// An optional text.
#[must_use]
pub const fn text(name: &'static str) -> Key {
    Key::new(name, Kind::Text)
}

/// An optional list.
#[must_use]
pub const fn list(name: &'static str, list: &'static List) -> Key {
    Key::new(name, Kind::List(list))
}

/// A contract file.
pub static CONTRACT: Object = Object::new(
    "a data contract",
    &[
        text("version").required(ALWAYS),
        Key::new("kind", Kind::Word(&[Word::new("DataContract")])).required(ALWAYS),
        Key::new(
            "apiVersion",
            Kind::Word(&[
                Word::known("v3.2.0", SINCE_320),
                Word::known("v3.1.0", SINCE_310),
                Word::new("v3.0.2"),
                Word::new("v3.0.1"),
                Word::new("v3.0.0"),
                Word::new("v2.2.2"),
                Word::new("v2.2.1"),
                Word::new("v2.2.0"),
            ]),
        )
        .required(ALWAYS),
        text("id").required(ALWAYS),
        text("name"),
        text("tenant"),
        TAGS,
        text("status").required(BEFORE_320),
        list("servers", &List::of(Kind::Object(&SERVER))),
        text("dataProduct"),
        Key::new("description", Kind::Object(&DESCRIPTION)),
        text("domain"),
        CONTEXT_KEY,
        list("schema", &List::of(Kind::Object(&SCHEMA_OBJECT))),
        list("support", &List::of(Kind::Object(&SUPPORT))),
        Key::new("price", Kind::Object(&PRICE)),
        Key::new(
            "team",
            Kind::By(&[(BEFORE_310, MEMBERS), (SINCE_310, Kind::Either(&[Kind::Object(&TEAM), MEMBERS]))]),
        ),
        list("roles", &List::of(Kind::Object(&ROLE))),
        text("slaDefaultElement"),
        list("slaProperties", &List::of(Kind::Object(&SLA_PROPERTY))),
        AUTHORITATIVE,
        CUSTOM_PROPERTIES,
        text("contractCreatedTs"),
    ],
)
.home(Home::Contract);

static DESCRIPTION: Object = Object::new(
    "a description",
    &[text("usage"), text("purpose"), text("limitations"), AUTHORITATIVE, CUSTOM_PROPERTIES],
)
.open(ALWAYS);

static CUSTOM_PROPERTY: Object = Object::new(
    "a custom property",
    &[
        ID,
        text("property").required(SINCE_310),
        Key::new("value", Kind::Any).required(SINCE_310),
        text("description").known(SINCE_310),
        text("vendor").known(SINCE_320),
    ],
)
.open(BEFORE_310);

static DEFINITION: Object = Object::new(
    "an authoritative definition",
    &[ID, text("url").required(ALWAYS), text("type").required(ALWAYS), text("description").known(SINCE_310)],
)
.open(BEFORE_310);

static SYNONYM: Object = Object::new(
    "a synonym",
    &[
        ID,
        text("synonym").required(ALWAYS),
        text("description"),
        text("locale"),
        text("source"),
        text("status"),
        CUSTOM_PROPERTIES,
    ],
);

static SUPPORT: Object = Object::new(
    "a support channel",
    &[
        ID,
        text("channel").required(ALWAYS),
        text("url").required(BEFORE_310),
        text("description"),
        text("tool"),
        text("scope"),
        text("invitationUrl"),
        CUSTOM_PROPERTIES.known(SINCE_310),
    ],
)
.open(BEFORE_310);

static PRICE: Object =
    Object::new("a price", &[ID, Key::new("priceAmount", Kind::Number), text("priceCurrency"), text("priceUnit")])
        .open(BEFORE_310);

static TEAM: Object = Object::new(
    "a team",
    &[ID, text("name"), text("description"), Key::new("members", MEMBERS), TAGS, CUSTOM_PROPERTIES, AUTHORITATIVE],
);

static TEAM_MEMBER: Object = Object::new(
    "a team member",
    &[
        ID,
        text("username").required(SINCE_310),
        text("name"),
        text("description"),
        text("role"),
        text("dateIn"),
        text("dateOut"),
        text("replacedByUsername"),
        TAGS.known(SINCE_310),
        CUSTOM_PROPERTIES.known(SINCE_310),
        AUTHORITATIVE.known(SINCE_310),
    ],
)
.open(BEFORE_310);

/// A role, of the contract or of a server.
pub static ROLE: Object = Object::new(
    "a role",
    &[
        ID,
        text("role").required(ALWAYS),
        text("description"),
        text("access"),
        text("firstLevelApprovers"),
        text("secondLevelApprovers"),
        CUSTOM_PROPERTIES,
    ],
)
.open(BEFORE_310)
.home(Home::Role);

static SLA_PROPERTY: Object = Object::new(
    "a service level",
    &[
        ID,
        text("property").required(ALWAYS),
        Key::new("value", Kind::Scalar).required(ALWAYS),
        Key::new("valueExt", Kind::Scalar),
        text("unit"),
        text("element"),
        text("driver"),
        text("description").known(SINCE_310),
        text("scheduler").known(SINCE_310),
        text("schedule").known(SINCE_310),
        CUSTOM_PROPERTIES.known(SINCE_320),
        AUTHORITATIVE.known(SINCE_320),
    ],
)
.open(BEFORE_310);

static CONTEXT: Object = Object::new(
    "a context",
    &[
        text("instructions"),
        list("verifiedStatements", &List::of(Kind::Object(&VERIFIED_STATEMENT))),
        list("constraints", &List::of(Kind::Object(&CONSTRAINT))),
    ],
);

static VERIFIED_STATEMENT: Object = Object::new(
    "a verified statement",
    &[text("id"), text("question").required(ALWAYS), text("answer"), AUTHORITATIVE, TAGS, CUSTOM_PROPERTIES],
);

static CONSTRAINT: Object = Object::new(
    "a constraint",
    &[text("id"), text("constraint").required(ALWAYS), AUTHORITATIVE, TAGS, CUSTOM_PROPERTIES],
);
