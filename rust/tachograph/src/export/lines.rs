//! Epochs and steps as JSON Lines: one object a row, one row a line.

use super::fields::STEP_FIELDS;
use super::names::{Names, Wish};
use super::number::push_int;
use super::record::{Layout, prefix};
use super::rows::Places;
use super::sink::Sink;
use crate::Result;
use crate::types::{Chunk, ColumnKey, ColumnSchema};
use std::io::Write;

/// Writes each epoch as the object that it is in the complete record.
pub fn write_epochs_jsonl(
    out: &mut dyn Write,
    (schema, keys): (&[ColumnSchema], &[ColumnKey]),
    chunks: impl Iterator<Item = Result<Chunk>>,
) -> Result<()> {
    let mut sink = Sink::new(out);
    let layout = Layout::new(schema, keys);
    for chunk in chunks {
        let chunk = chunk?;
        sink.rows(&layout.bind(&chunk)?, b"", &mut false, |row, out, memory| {
            layout.push_epoch(row, out, memory);
            out.push(b'\n');
        })?;
    }
    sink.finish()
}

/// Writes each step as `{"step": …, "attempt": …, "wall_time": …, "<metric>": …}`.
///
/// Metrics stand in the order of `keys`, which names every key that has a structured value; one
/// called like another member is `metric.<metric>`, with as many `metric.` as it takes. A metric
/// that a step lacks is left out.
pub fn write_steps_jsonl(
    out: &mut dyn Write,
    (schema, keys): (&[ColumnSchema], &[ColumnKey]),
    chunks: impl Iterator<Item = Result<Chunk>>,
) -> Result<()> {
    let places = Places::new(&[], schema, keys);
    let wishes: Vec<Wish<'_>> = places.keys().iter().map(Wish::plain).collect();
    let names = Names::reserving(STEP_FIELDS).grant(&wishes, |name| name);
    let prefixes: Vec<Vec<u8>> = names.iter().map(|name| prefix(name)).collect();
    let mut sink = Sink::new(out);
    for chunk in chunks {
        let chunk = chunk?;
        sink.rows(&places.bind(&chunk)?, b"", &mut false, |row, out, memory| {
            out.extend_from_slice(b"{\"step\":");
            push_int(out, row.label());
            out.extend_from_slice(b",\"attempt\":");
            push_int(out, row.attempt().into());
            out.extend_from_slice(b",\"wall_time\":\"");
            memory.push_time(out, row.wall_micros());
            out.push(b'"');
            for (place, prefix) in prefixes.iter().enumerate() {
                let cell = row.cell(place);
                if !cell.is_absent() {
                    out.extend_from_slice(prefix);
                    cell.push_json(out, "");
                }
            }
            out.extend_from_slice(b"}\n");
        })?;
    }
    sink.finish()
}
