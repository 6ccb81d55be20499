//! The steps of a run as JSON, column by column.

use super::json::push_text;
use super::memory::Memory;
use super::names::{Names, Wish};
use super::number::push_int;
use super::record::push_pairs;
use super::rows::{Places, Row};
use super::sink::Sink;
use crate::types::{Chunk, ColumnKey, ColumnSchema, Value};
use crate::{Error, Result};
use std::io::Write;

/// Writes the object
/// `{head…, "steps": {"step": […], "attempt": […], "wall_time": […], "metrics": {name: […]}}, tail…}`.
///
/// All lists are equally long; a metric that a step lacks is null in it. Metrics stand in the order
/// of `keys`, which names every key that has a structured value.
///
/// Memory stays flat because the rows are read once for each list. `chunks` gets the indices of the
/// schema's columns that are wanted this time, none or one, and yields the same rows every time,
/// with their structured values; columns that are not wanted may be left out.
pub fn write_steps_json<I>(
    out: &mut dyn Write,
    head: &[(String, Value)],
    (schema, keys): (&[ColumnSchema], &[ColumnKey]),
    chunks: impl Fn(&[usize]) -> I,
    tail: &[(String, Value)],
) -> Result<()>
where
    I: Iterator<Item = Result<Chunk>>,
{
    let mut lists =
        Lists { sink: Sink::new(out), places: Places::new(&[], schema, keys), rows: None };
    lists.sink.buffer.extend_from_slice(b"{\n");
    push_pairs(&mut lists.sink, head, b"", b",\n")?;
    lists.sink.buffer.extend_from_slice(b"\"steps\":{\n");
    lists.push("step", chunks(&[]), |row, out, _| push_int(out, row.label()))?;
    lists.sink.buffer.extend_from_slice(b",\n");
    lists.push("attempt", chunks(&[]), |row, out, _| push_int(out, row.attempt().into()))?;
    lists.sink.buffer.extend_from_slice(b",\n");
    lists.push("wall_time", chunks(&[]), |row, out, memory| {
        out.push(b'"');
        memory.push_time(out, row.wall_micros());
        out.push(b'"');
    })?;
    lists.sink.buffer.extend_from_slice(b",\n\"metrics\":{");
    let wishes: Vec<Wish<'_>> = lists.places.keys().iter().map(Wish::plain).collect();
    let names = Names::reserving([]).grant(&wishes, |name| name);
    for (place, name) in names.iter().enumerate() {
        lists.sink.buffer.extend_from_slice(if place == 0 { b"\n" } else { b",\n" });
        let wanted = lists.places.schema_index(place);
        lists.push(name, chunks(wanted.as_slice()), |row, out, _| {
            row.cell(place).push_json(out, "null");
        })?;
    }
    lists.sink.buffer.extend_from_slice(b"\n}\n}");
    push_pairs(&mut lists.sink, tail, b",\n", b"")?;
    lists.sink.buffer.extend_from_slice(b"\n}\n");
    lists.sink.finish()
}

/// Lists that have to be equally long.
struct Lists<'a> {
    sink: Sink<'a>,
    places: Places,
    /// How many rows the first pass saw.
    rows: Option<usize>,
}

impl Lists<'_> {
    fn push(
        &mut self,
        name: &str,
        chunks: impl Iterator<Item = Result<Chunk>>,
        format: impl Fn(&Row<'_>, &mut Vec<u8>, &mut Memory) + Sync,
    ) -> Result<()> {
        push_text(&mut self.sink.buffer, name);
        self.sink.buffer.extend_from_slice(b":[");
        let mut started = false;
        let mut n_rows = 0;
        for chunk in chunks {
            let chunk = chunk?;
            let rows = self.places.bind(&chunk)?;
            n_rows += rows.len();
            self.sink.rows(&rows, b",", &mut started, &format)?;
        }
        self.sink.buffer.push(b']');
        if *self.rows.get_or_insert(n_rows) == n_rows { Ok(()) } else { Err(changed()) }
    }
}

fn changed() -> Error {
    Error::invalid("chunks", "yield different rows each time; pass a fixed view")
}
