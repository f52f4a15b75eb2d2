//! The sentences of the design as tests: each names the sentence it holds the crate to.

mod mesh;
mod naive;

mod access;
mod broken;
mod columns;
mod filters;
mod labels;
mod mappings;
mod nested;
mod people;
mod properties;
mod restricted;
mod reuse;
mod rows;
mod table;
mod two_values;
