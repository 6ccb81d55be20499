//! Arrays of a chunk, which take over its memory.

use super::super::cell::Cell;
use super::super::csv::push_plain;
use super::super::rows::Rows;
use super::layout::{Content, Layout, Typed};
use crate::store::Epochs;
use crate::types::{Bitmap, Chunk, ChunkColumn};
use crate::{Error, Result};
use arrow_array::builder::LargeStringBuilder;
use arrow_array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, TimestampMicrosecondArray, new_null_array,
};
use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer, ScalarBuffer};
use arrow_schema::DataType;
use std::sync::Arc;

impl Layout {
    /// The chunk's columns in the order of the schema.
    pub(super) fn arrays(&self, mut chunk: Chunk, epochs: &Epochs) -> Result<Vec<ArrayRef>> {
        let n = chunk.rows();
        let rows = self.places.bind(&chunk)?;
        let texts: Vec<Option<ArrayRef>> = self
            .columns
            .iter()
            .map(|typed| (typed.content == Content::Text).then(|| texts(&rows, typed)).transpose())
            .collect::<Result<_>>()?;
        let attempt = i64::from(chunk.attempt);
        let label = Int64Array::new(std::mem::take(&mut chunk.label).into(), None);
        let wall = TimestampMicrosecondArray::new(chunk.wall_micros.into(), None);
        let wall: ArrayRef = Arc::new(wall.with_timezone("UTC"));
        let mut arrays: Vec<ArrayRef> = vec![Arc::new(label)];
        if self.has_attempts {
            arrays.push(Arc::new(Int64Array::from_value(attempt, n)));
        }
        if self.has_epochs {
            let labels = chunk.seq.iter().map(|&seq| epochs.of_row(seq));
            arrays.push(Arc::new(labels.collect::<Int64Array>()));
        }
        arrays.push(wall);
        let mut columns: Vec<Option<ChunkColumn>> = chunk.columns.into_iter().map(Some).collect();
        for (typed, text) in self.columns.iter().zip(texts) {
            let own = |column: &&mut Option<ChunkColumn>| {
                column.as_ref().is_some_and(|column| Some(column.index) == typed.index)
            };
            let mut column = || columns.iter_mut().find(own).and_then(Option::take);
            arrays.push(text.unwrap_or_else(|| numbers(column(), typed.content, n)));
        }
        Ok(arrays)
    }
}

/// An array of what is no text.
fn numbers(column: Option<ChunkColumn>, content: Content, n: usize) -> ArrayRef {
    let column = column.unwrap_or_else(|| ChunkColumn {
        index: 0,
        kind: crate::types::Kind::Float,
        words: vec![0; n],
        validity: Some(Bitmap::filled(n, false)),
    });
    match content {
        Content::Int => {
            let words =
                ScalarBuffer::from(bytemuck::allocation::cast_vec::<u64, i64>(column.words));
            Arc::new(Int64Array::new(words, nulls(column.validity)))
        }
        Content::Float(absent) => {
            let mut floats = bytemuck::allocation::cast_vec::<u64, f64>(column.words);
            let mut validity = column.validity;
            if let Some(absent) = absent
                && let Some(bits) = validity.take()
            {
                let gaps = floats.iter_mut().zip(bits.iter()).filter(|(_, bit)| !bit);
                gaps.for_each(|(float, _)| *float = absent);
            }
            Arc::new(Float64Array::new(floats.into(), nulls(validity)))
        }
        Content::Truth => {
            let truth = |row| column.get(row).is_some_and(|word| column.kind.to_f64(word) != 0.0);
            Arc::new(BooleanArray::new(BooleanBuffer::collect_bool(n, truth), None))
        }
        Content::Text => new_null_array(&DataType::LargeUtf8, n),
    }
}

fn nulls(validity: Option<Bitmap>) -> Option<NullBuffer> {
    let bits = validity.filter(|bits| !bits.all())?;
    let n = bits.len();
    Some(NullBuffer::new(BooleanBuffer::new(Buffer::from_vec(bits.into_words()), 0, n)))
}

/// An array of what CSV holds.
fn texts(rows: &Rows<'_>, typed: &Typed) -> Result<ArrayRef> {
    let mut builder = LargeStringBuilder::new();
    let mut text = Vec::new();
    for at in 0..rows.len() {
        let cell = rows.row(at).cell(typed.column.place).unless_null();
        if matches!(cell, Cell::Absent) {
            builder.append_null();
            continue;
        }
        text.clear();
        push_plain(&mut text, cell);
        let utf8 = std::str::from_utf8(&text).map_err(|_| {
            Error::invalid(typed.column.name.as_str(), "holds text that is no UTF-8")
        })?;
        builder.append_value(utf8);
    }
    Ok(Arc::new(builder.finish()))
}
