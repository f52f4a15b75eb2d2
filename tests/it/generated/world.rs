//! One generated mesh, and the same mesh as one persona sees it, laid out by hand.

use std::sync::Arc;

use arrow::array::RecordBatch;
use proptest::prelude::*;
use weft_engine::limits::Limits;
use weft_testkit::contract::ProductFiles;
use weft_testkit::mesh::{MeshBuilder, TestMesh};

use super::cells::{Cell, Kind, array, cell, mix};
use super::queries::{Query, View, queries};
use super::rules::{Columns, Rule, rules};
use super::shapes::{Leaf, Persona, Shape, Treat, shapes};

/// A table, its policy, its rows, and what is asked of it.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) columns: Vec<Shape>,
    /// A number per row, which makes its cells.
    pub(crate) rows: Vec<u16>,
    pub(crate) persona: Persona,
    /// The row filter of the role `viewer`.
    pub(crate) viewed: Option<Rule>,
    /// The row filter of the role `carer`.
    pub(crate) cared: Rule,
    /// The board's restriction.
    pub(crate) restricted: Option<Rule>,
    /// How the rows lie: files, rows of a group, rows of a batch, and whether files call columns by others' names.
    pub(crate) files: u8,
    pub(crate) group: u8,
    pub(crate) batch: u8,
    pub(crate) renamed: bool,
    pub(crate) queries: Vec<Query>,
}

/// Worlds of up to sixty rows.
pub(super) fn worlds() -> impl Strategy<Value = World> {
    let persona = prop_oneof![1 => Just(Persona::Viewer), 1 => Just(Persona::Carer), 2 => Just(Persona::Both)];
    let data = (prop::collection::vec(shapes(), 1..6), prop::collection::vec(any::<u16>(), 0..60), persona);
    let policy = (prop::option::weighted(0.6, rules()), rules(), prop::option::weighted(0.3, rules()));
    let layout = (1_u8..4, 1_u8..12, 1_u8..40, any::<bool>());
    (data, policy, layout, queries()).prop_map(
        |((columns, rows, persona), (viewed, cared, restricted), (files, group, batch, renamed), queries)| World {
            columns,
            rows,
            persona,
            viewed,
            cared,
            restricted,
            files,
            group,
            batch,
            renamed,
            queries,
        },
    )
}

impl World {
    /// Every column, with the clear `c0` that numbers the rows.
    fn shapes(&self) -> Vec<Shape> {
        let number = Shape::Leaf(Leaf { kind: Kind::Int, treat: Treat::Clear });
        std::iter::once(number).chain(self.columns.iter().cloned()).collect()
    }

    /// Every row as it lies in the files.
    fn cells(&self) -> Vec<Vec<Cell>> {
        let shapes = self.shapes();
        let row = |(at, seed): (i64, &u16)| {
            let mut row = vec![Cell::Int(at)];
            row.extend(shapes.iter().zip(0..).skip(1).map(|(shape, column)| cell(shape, mix((*seed).into(), column))));
            row
        };
        (0..).zip(&self.rows).map(row).collect()
    }

    /// The groups the persona is in.
    pub(super) fn groups(&self) -> &'static [&'static str] {
        match self.persona {
            Persona::Viewer => &["viewer"],
            Persona::Carer => &["carer"],
            Persona::Both => &["viewer", "carer"],
        }
    }

    /// The columns that rules may name: those without parts, hidden or not.
    fn ruled(&self) -> Vec<(String, Kind, usize)> {
        plain(self.shapes().iter().enumerate())
    }

    /// What the persona's queries may name.
    pub(super) fn view(&self) -> View {
        let seen: Vec<(usize, Shape)> = self.seen();
        View {
            plain: plain(seen.iter().map(|(at, shape)| (*at, shape))),
            all: seen.into_iter().map(|(at, shape)| (format!("c{at}"), shape)).collect(),
        }
    }

    fn seen(&self) -> Vec<(usize, Shape)> {
        let seen = |(at, shape): (usize, Shape)| Some((at, shape.seen()?));
        self.shapes().into_iter().enumerate().filter_map(seen).collect()
    }

    fn builder(&self) -> MeshBuilder {
        let batch_rows = usize::from(self.batch);
        MeshBuilder::new().limits(Limits { target_partitions: 3, batch_rows, ..Limits::default() })
    }

    /// The mesh as it is published.
    pub(super) async fn governed(&self) -> TestMesh {
        let (shapes, ruled) = (self.shapes(), self.ruled());
        let physical =
            |at: usize| if self.renamed { format!("c{}", (at + 1) % shapes.len()) } else { format!("c{at}") };
        let mut masks = Vec::new();
        let mut product = ProductFiles::new("d", "t", "data/t/");
        for (at, shape) in shapes.iter().enumerate() {
            let keys = shape.property(&format!("c{at}"), &mut masks);
            product = product.property(&format!("name: c{at}, physicalName: {}, {keys}", physical(at)));
        }
        let filter = |rule: &Rule| property("rowFilter", &serde_json::to_string(&rule.sql(&ruled)).unwrap());
        let viewer =
            self.viewed.as_ref().map_or_else(String::new, |rule| format!("customProperties: [{}]", filter(rule)));
        let carer = format!("customProperties: [{}, {}]", property("clearance", "confidential"), filter(&self.cared));
        let mut board: Vec<String> = masks
            .iter()
            .map(|(path, mask)| {
                let mask = serde_json::to_string(mask).unwrap();
                format!("  - {{id: \"mask {path}\", match: {{tag: \"m:{path}\"}}, mask: {mask}}}")
            })
            .collect();
        if let Some(rule) = &self.restricted {
            let rule = serde_json::to_string(&rule.sql(&ruled)).unwrap();
            board.push(format!("  - {{id: restricted, match: {{product: \"d.t\"}}, restrict: {rule}}}"));
        }
        let cells = self.cells();
        let rows: Vec<&[Cell]> = cells.iter().map(Vec::as_slice).collect();
        let numbered: Vec<(usize, &Shape)> = shapes.iter().enumerate().collect();
        let batch = batch(&numbered, &rows, &physical);
        let files = usize::from(self.files);
        let each = batch.num_rows().div_ceil(files);
        let mesh =
            self.builder().board(&board.join("\n")).product(&product.role("viewer", &viewer).role("carer", &carer));
        (0..files)
            .fold(mesh, |mesh, file| {
                let from = (file * each).min(batch.num_rows());
                let part = batch.slice(from, each.min(batch.num_rows() - from));
                mesh.parquet(&format!("data/t/part-{file}.parquet"), &part, self.group.into())
            })
            .build()
            .await
    }

    /// The mesh that holds what the persona sees and nothing else.
    pub(super) async fn materialised(&self) -> TestMesh {
        let (shapes, ruled) = (self.shapes(), self.ruled());
        let true_on = |rule: &Rule, row: &[Cell]| rule.holds(&ruled as &Columns, row) == Some(true);
        let visible = |row: &&Vec<Cell>| {
            let viewed = self.persona != Persona::Carer && self.viewed.as_ref().is_none_or(|rule| true_on(rule, row));
            let cared = self.persona != Persona::Viewer && true_on(&self.cared, row);
            (viewed || cared) && self.restricted.as_ref().is_none_or(|rule| true_on(rule, row))
        };
        let seen = self.seen();
        let cells: Vec<Vec<Cell>> = self
            .cells()
            .iter()
            .filter(visible)
            .map(|row| {
                let cared = true_on(&self.cared, row);
                seen.iter().map(|(at, _)| shapes[*at].shown(self.persona, cared, &row[*at])).collect()
            })
            .collect();
        let rows: Vec<&[Cell]> = cells.iter().map(Vec::as_slice).collect();
        let product = seen.iter().fold(ProductFiles::new("d", "t", "data/t/"), |product, (at, shape)| {
            product.property(&format!("name: c{at}, {}", shape.property("", &mut Vec::new())))
        });
        let numbered: Vec<(usize, &Shape)> = seen.iter().map(|(at, shape)| (*at, shape)).collect();
        self.builder()
            .board("")
            .product(&product.role("viewer", "").role("carer", ""))
            .parquet("data/t/part-0.parquet", &batch(&numbered, &rows, &|at| format!("c{at}")), 1_000)
            .build()
            .await
    }
}

fn property(name: &str, value: &str) -> String {
    format!("{{property: {name}, value: {value}, vendor: weft}}")
}

fn plain<'a>(shapes: impl Iterator<Item = (usize, &'a Shape)>) -> Vec<(String, Kind, usize)> {
    shapes.filter_map(|(at, shape)| Some((format!("c{at}"), shape.kind()?, at))).collect()
}

/// Rows as a batch; `name` says what the files call a column.
fn batch(shapes: &[(usize, &Shape)], rows: &[&[Cell]], name: &dyn Fn(usize) -> String) -> RecordBatch {
    let columns = shapes.iter().enumerate().map(|(position, (at, shape))| {
        let cells: Vec<&Cell> = rows.iter().map(|row| &row[position]).collect();
        (name(*at), Arc::clone(&array(shape, &cells)), true)
    });
    RecordBatch::try_from_iter_with_nullable(columns).unwrap()
}
