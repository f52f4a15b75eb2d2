//! Worlds that failed once, shrunk.

use weft_model::mask::Mask;

use super::cells::Kind;
use super::queries::{Form, Query};
use super::rules::Rule;
use super::shapes::{Leaf, Persona, Shape, Treat};
use super::world::World;

fn leaf(kind: Kind, treat: Treat) -> Shape {
    Shape::Leaf(Leaf { kind, treat })
}

fn query(form: Form, choice: u8) -> Query {
    Query { form, columns: vec![0, 1], filter: None, above: None, choice }
}

/// Two rows in one file, asked by somebody whom a rule lets see all of them: the table is sealed, and hides nothing.
fn plain(columns: Vec<Shape>, queries: Vec<Query>) -> World {
    World {
        columns,
        rows: vec![0, 1],
        persona: Persona::Viewer,
        viewed: Some(Rule::IsNull(0, true)),
        cared: Rule::IsNull(0, true),
        restricted: None,
        files: 1,
        group: 8,
        batch: 8,
        renamed: false,
        queries,
    }
}

/// Each with what went wrong.
pub(super) fn worlds() -> Vec<(&'static str, World)> {
    vec![
        (
            "a native scan answered a query's own division by zero as if the product could not be read",
            plain(vec![leaf(Kind::Text, Treat::Clear)], vec![query(Form::Fails, 0), query(Form::Fails, 1)]),
        ),
        (
            "a map with anything nested in it broke its product",
            plain(
                vec![Shape::Map(Box::new(Shape::List(Box::new(leaf(Kind::Text, Treat::Hidden)))))],
                vec![query(Form::Select, 0), query(Form::Parts, 0)],
            ),
        ),
        (
            "row groups were skipped by the bounds of the column that the files call as the contract calls another",
            World {
                viewed: Some(Rule::IsNull(1, false)),
                renamed: true,
                rows: (0..20).collect(),
                ..plain(
                    vec![leaf(Kind::Int, Treat::Hidden), leaf(Kind::Int, Treat::Clear)],
                    vec![query(Form::Select, 0), query(Form::Bounds, 0)],
                )
            },
        ),
        (
            "a clearance of some rows was applied to the elements of a list by their places among all elements",
            World {
                persona: Persona::Both,
                cared: Rule::Compare(0, 0, 1),
                rows: (0..30).collect(),
                ..plain(
                    vec![Shape::List(Box::new(leaf(Kind::Text, Treat::Care(Mask::EmailDomain {}))))],
                    vec![query(Form::Select, 0), query(Form::Parts, 0), query(Form::Parts, 1)],
                )
            },
        ),
    ]
}
