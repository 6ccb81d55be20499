//! Which columns a table has as a frame, and of what types.

use super::super::columns::{Column, columns, leads, places};
use super::super::rows::Places;
use crate::store::{EPOCH, Frame};
use crate::types::{ColumnKey, Kind, Table};
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use std::sync::Arc;

/// What stands for NUL in names.
const NUL_SHOWN: &str = "\u{2400}";

/// A frame's columns.
pub(super) struct Layout {
    pub(super) has_attempts: bool,
    /// Whether the epoch of each step is wanted.
    pub(super) has_epochs: bool,
    pub(super) places: Places,
    /// The columns after the leading ones.
    pub(super) columns: Vec<Typed>,
    pub(super) schema: SchemaRef,
}

/// A column and what its values are made of.
pub(super) struct Typed {
    pub(super) column: Column,
    pub(super) content: Content,
    /// The column's place in the schema of the view, if it has one.
    pub(super) index: Option<usize>,
}

/// What the values of a column are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Content {
    Int,
    /// And what stands for absent ones.
    Float(Option<f64>),
    Truth,
    Text,
}

impl Layout {
    pub(super) fn new(frame: &Frame<'_>) -> Self {
        let (table, has_epochs) = (frame.table(), frame.has_epochs());
        let places = places(table, frame.schema(), frame.keys());
        // A name ends at its first NUL in Arrow's C interface.
        let dress = |name: String| name.replace('\0', NUL_SHOWN);
        let mut all: Vec<Option<Column>> =
            columns(table, &places, dress).into_iter().map(Some).collect();
        let has_key = |column: &Option<Column>, key: &ColumnKey| {
            column.as_ref().is_some_and(|column| places.keys()[column.place] == *key)
        };
        let chosen: Vec<Column> = match frame.columns() {
            None => all.into_iter().flatten().collect(),
            Some(keys) => keys
                .iter()
                .filter_map(|key| all.iter_mut().find(|column| has_key(column, key))?.take())
                .collect(),
        };
        let columns: Vec<Typed> =
            chosen.into_iter().map(|column| typed(column, &places, frame)).collect();
        let lead = |name: &&str| {
            let data_type = match *name {
                "wall_time" | "timestamp" => time_type(),
                _ => DataType::Int64,
            };
            // Steps behind the last epoch are in none that is known.
            Field::new(*name, data_type, has_epochs && *name == EPOCH)
        };
        let with_more = match table {
            Table::Epochs => frame.has_attempts(),
            Table::Steps => has_epochs,
        };
        let mut fields: Vec<Field> = leads(table, with_more).iter().map(lead).collect();
        fields.extend(columns.iter().map(|typed| {
            let data_type = match typed.content {
                Content::Int => DataType::Int64,
                Content::Float(_) => DataType::Float64,
                Content::Truth => DataType::Boolean,
                Content::Text => DataType::LargeUtf8,
            };
            Field::new(&typed.column.name, data_type, true)
        }));
        let schema = Arc::new(Schema::new(fields));
        Self { has_attempts: frame.has_attempts(), has_epochs, places, columns, schema }
    }
}

pub(super) fn time_type() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

fn typed(column: Column, places: &Places, frame: &Frame<'_>) -> Typed {
    let index = places.schema_index(column.place);
    let content = if frame.extra_keys().contains(&places.keys()[column.place]) {
        Content::Text
    } else if column.truth {
        Content::Truth
    } else if index.is_some_and(|index| frame.schema()[index].kind == Kind::Int) {
        Content::Int
    } else {
        Content::Float(column.absent.parse().ok())
    };
    Typed { column, content, index }
}
