//! The Open Data Product Standard: every object with its keys.

use crate::standard::edition::{ALWAYS, BEFORE_110, SINCE_110};
use crate::standard::extension::Home;
use crate::standard::shape::{Key, Kind, List, Object, Word};

const TEXTS: Kind = Kind::List(&List::of(Kind::Text));
const CUSTOM: Kind = Kind::List(&List::of(Kind::Object(&CUSTOM_PROPERTY)));
const DEFINITIONS: Kind = Kind::List(&List::of(Kind::Object(&DEFINITION)));
const SYNONYMS: Kind = Kind::List(&List::of(Kind::Object(&SYNONYM)));
const ID: Key = Key::new("id", Kind::Text).known(SINCE_110);
const TAGS: Key = Key::new("tags", TEXTS);
const CUSTOM_PROPERTIES: Key = Key::new("customProperties", CUSTOM);
const AUTHORITATIVE: Key = Key::new("authoritativeDefinitions", DEFINITIONS);
const DEPRECATED: Key = Key::new("deprecated", Kind::Flag).known(SINCE_110);
const CONTEXT_KEY: Key = Key::new("context", Kind::Object(&CONTEXT)).known(SINCE_110);
const SYNONYMS_KEY: Key = Key::new("synonyms", SYNONYMS).known(SINCE_110);

const fn text(name: &'static str) -> Key {
    Key::new(name, Kind::Text)
}

const fn list(name: &'static str, list: &'static List) -> Key {
    Key::new(name, Kind::List(list))
}

/// A product file.
pub static PRODUCT: Object = Object::new(
    "a data product",
    &[
        Key::new(
            "apiVersion",
            Kind::Word(&[Word::known("v1.1.0", SINCE_110), Word::new("v1.0.0"), Word::new("v0.9.0")]),
        )
        .required(ALWAYS),
        Key::new("kind", Kind::Word(&[Word::new("DataProduct")])).required(ALWAYS),
        text("id").required(ALWAYS),
        text("name"),
        DEPRECATED,
        SYNONYMS_KEY,
        text("version"),
        text("status").required(BEFORE_110),
        text("domain"),
        text("type").known(SINCE_110),
        CONTEXT_KEY,
        text("tenant"),
        AUTHORITATIVE,
        Key::new("description", Kind::Object(&DESCRIPTION)),
        CUSTOM_PROPERTIES,
        TAGS,
        list("inputPorts", &List::of(Kind::Object(&INPUT_PORT))),
        list("outputPorts", &List::of(Kind::Object(&OUTPUT_PORT))),
        list("managementPorts", &List::of(Kind::Object(&MANAGEMENT_PORT))),
        list("support", &List::of(Kind::Object(&SUPPORT))),
        Key::new("team", Kind::Object(&TEAM)),
        text("productCreatedTs"),
    ],
)
.home(Home::Product);

static DESCRIPTION: Object = Object::new(
    "a description",
    &[text("purpose"), text("limitations"), text("usage"), AUTHORITATIVE, CUSTOM_PROPERTIES],
);

static CUSTOM_PROPERTY: Object = Object::new(
    "a custom property",
    &[
        ID,
        text("property").required(ALWAYS),
        Key::new("value", Kind::Any).required(ALWAYS),
        text("description"),
        text("vendor").known(SINCE_110),
    ],
);

static SYNONYM: Object = Object::new(
    "a synonym",
    &[
        text("id"),
        text("synonym").required(ALWAYS),
        text("description"),
        text("locale"),
        text("source"),
        text("status"),
        CUSTOM_PROPERTIES,
    ],
);

static DEFINITION: Object = Object::new(
    "an authoritative definition",
    &[ID, text("type").required(ALWAYS), text("url").required(ALWAYS), text("description")],
);

static INPUT_PORT: Object = Object::new(
    "an input port",
    &[
        DEPRECATED,
        ID,
        text("name").required(ALWAYS),
        text("version").required(BEFORE_110),
        text("contractId").required(BEFORE_110),
        TAGS,
        CUSTOM_PROPERTIES,
        AUTHORITATIVE,
    ],
);

static OUTPUT_PORT: Object = Object::new(
    "an output port",
    &[
        DEPRECATED,
        ID,
        text("name").required(ALWAYS),
        text("description"),
        text("type"),
        text("version").required(BEFORE_110),
        text("contractId"),
        list("sbom", &List::of(Kind::Object(&SBOM))),
        list("inputContracts", &List::of(Kind::Object(&INPUT_CONTRACT))),
        SYNONYMS_KEY,
        TAGS,
        CUSTOM_PROPERTIES,
        AUTHORITATIVE,
        CONTEXT_KEY,
    ],
)
.home(Home::OutputPort);

static SBOM: Object = Object::new(
    "a bill of materials",
    &[
        ID,
        text("type"),
        text("url").required(BEFORE_110),
        TAGS.known(SINCE_110),
        CUSTOM_PROPERTIES.known(SINCE_110),
        AUTHORITATIVE.known(SINCE_110),
    ],
);

static INPUT_CONTRACT: Object =
    Object::new("an input contract", &[text("id").required(ALWAYS), text("version").required(ALWAYS)]);

static MANAGEMENT_PORT: Object = Object::new(
    "a management port",
    &[
        DEPRECATED,
        ID,
        text("name").required(ALWAYS),
        text("content").required(ALWAYS),
        text("type"),
        text("url"),
        text("channel"),
        text("description"),
        TAGS,
        CUSTOM_PROPERTIES,
        AUTHORITATIVE,
    ],
);

static SUPPORT: Object = Object::new(
    "a support channel",
    &[
        ID,
        text("channel").required(ALWAYS),
        text("url").required(ALWAYS),
        text("description"),
        text("tool"),
        text("scope"),
        text("invitationUrl"),
        TAGS,
        CUSTOM_PROPERTIES,
        AUTHORITATIVE,
    ],
);

static TEAM: Object = Object::new(
    "a team",
    &[
        text("name"),
        text("description"),
        list("members", &List::of(Kind::Object(&TEAM_MEMBER))),
        TAGS,
        CUSTOM_PROPERTIES,
        AUTHORITATIVE,
    ],
);

static TEAM_MEMBER: Object = Object::new(
    "a team member",
    &[
        ID,
        text("username").required(ALWAYS),
        text("name"),
        text("description"),
        text("role"),
        text("dateIn"),
        text("dateOut"),
        text("replacedByUsername"),
        TAGS,
        CUSTOM_PROPERTIES,
        AUTHORITATIVE,
    ],
);

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
