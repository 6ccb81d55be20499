//! Epochs and steps as CSV (RFC 4180): CRLF line ends, quotes only where needed, UTF-8.

use super::cell::Cell;
use super::columns::{Column, columns, leads, places};
use super::json::value_to_json;
use super::memory::Memory;
use super::number::{push_float, push_int, push_time};
use super::rows::{Places, Row};
use super::sink::Sink;
use crate::Result;
use crate::types::{Chunk, ColumnKey, ColumnSchema, Kind, Table, Value, cbor};
use std::io::Write;
use std::ops::Range;

const NON_FINITE: [&str; 3] = ["NaN", "inf", "-inf"];
/// The columns behind the leading ones where each value has a line of its own.
const LONG: [&str; 2] = ["metric", "value"];

/// How CSV is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CsvOptions {
    /// Whether text that a spreadsheet would run as a formula gets an apostrophe before it: text
    /// that begins with a tab or line end, or with `=`, `+`, `-`, `@` or their full-width forms,
    /// after white space too. Numbers are never touched.
    pub formula_guard: bool,
    /// Whether each value that was recorded has a line of its own,
    /// `<leading columns>,metric,value`, instead of each metric a column.
    pub long: bool,
}

impl Default for CsvOptions {
    fn default() -> Self {
        Self { formula_guard: true, long: false }
    }
}

/// Writes one line an epoch: `epoch,timestamp,train_loss,val_loss,learning_rate,epoch_time,
/// memory_usage,gradient_norm,is_best`, then `train_<metric>` and `val_<metric>`.
///
/// Metrics stand in the order of `keys`, which names every key that has a structured value. A
/// metric whose column would have another's name is called `train_metric_<metric>`, with as many
/// `metric_` as it takes. Columns of other fields come last. What was not recorded is empty, or the
/// record's default for learning rate, epoch time and `is_best`. Structured values are compact
/// JSON. Sample predictions are left out.
pub fn write_epochs_csv(
    out: &mut dyn Write,
    (schema, keys): (&[ColumnSchema], &[ColumnKey]),
    chunks: impl Iterator<Item = Result<Chunk>>,
    options: CsvOptions,
) -> Result<()> {
    let places = places(Table::Epochs, schema, keys);
    write_lines(out, Table::Epochs, &places, chunks, options, |row, out, memory| {
        push_int(out, row.label());
        out.push(b',');
        memory.push_time(out, row.wall_micros());
    })
}

/// Writes one line a step: `step,attempt,wall_time`, then a column a metric.
///
/// Metrics stand in the order of `keys`, which names every key that has a structured value. A
/// metric called like another column is `metric.<metric>`, with as many `metric.` as it takes. What
/// was not recorded is empty. Structured values are compact JSON.
pub fn write_steps_csv(
    out: &mut dyn Write,
    (schema, keys): (&[ColumnSchema], &[ColumnKey]),
    chunks: impl Iterator<Item = Result<Chunk>>,
    options: CsvOptions,
) -> Result<()> {
    let places = places(Table::Steps, schema, keys);
    write_lines(out, Table::Steps, &places, chunks, options, |row, out, memory| {
        push_int(out, row.label());
        out.push(b',');
        push_int(out, row.attempt().into());
        out.push(b',');
        memory.push_time(out, row.wall_micros());
    })
}

fn write_lines(
    out: &mut dyn Write,
    table: Table,
    places: &Places,
    chunks: impl Iterator<Item = Result<Chunk>>,
    options: CsvOptions,
    lead: impl Fn(&Row<'_>, &mut Vec<u8>, &mut Memory) + Sync,
) -> Result<()> {
    let mut sink = Sink::new(out);
    let columns = columns(table, places, |name| options.dress(name));
    let names: Vec<&str> = if options.long {
        LONG.to_vec()
    } else {
        columns.iter().map(|column| column.name.as_str()).collect()
    };
    for (at, name) in leads(table, false).iter().chain(&names).enumerate() {
        if at > 0 {
            sink.buffer.push(b',');
        }
        push_quoted(&mut sink.buffer, name.as_bytes());
    }
    sink.buffer.extend_from_slice(b"\r\n");
    for chunk in chunks {
        let chunk = chunk?;
        sink.rows(&places.bind(&chunk)?, b"", &mut false, |row, out, memory| {
            if options.long {
                push_values(out, row, &columns, &lead, options, memory);
                return;
            }
            lead(row, out, memory);
            for column in &columns {
                out.push(b',');
                push_cell(out, row.cell(column.place).unless_null(), column, options, memory);
            }
            out.extend_from_slice(b"\r\n");
        })?;
    }
    sink.finish()
}

/// Appends a line for each value that was recorded.
fn push_values(
    out: &mut Vec<u8>,
    row: &Row<'_>,
    columns: &[Column],
    lead: impl Fn(&Row<'_>, &mut Vec<u8>, &mut Memory),
    options: CsvOptions,
    memory: &mut Memory,
) {
    let mut leading = None;
    for column in columns {
        let cell = row.cell(column.place).unless_null();
        if cell.is_absent() {
            continue;
        }
        // What a row begins with is the same in all of its lines.
        let start = out.len();
        match &leading {
            Some(range) => out.extend_from_within(Range::clone(range)),
            None => lead(row, out, memory),
        }
        leading.get_or_insert(start..out.len());
        out.push(b',');
        push_quoted(out, column.name.as_bytes());
        out.push(b',');
        push_cell(out, cell, column, options, memory);
        out.extend_from_slice(b"\r\n");
    }
}

fn push_cell(
    out: &mut Vec<u8>,
    cell: Cell<'_>,
    column: &Column,
    options: CsvOptions,
    memory: &mut Memory,
) {
    match cell {
        Cell::Absent => out.extend_from_slice(column.absent.as_bytes()),
        Cell::Number(kind, word) if column.truth => push_truth(out, kind.to_f64(word) != 0.0),
        Cell::Number(Kind::Float, word) => memory.push_float(out, column.place, word, NON_FINITE),
        Cell::Number(kind, word) => push_number(out, kind, word),
        Cell::Value(Value::Str(text) | Value::BigInt(text) | Value::Opaque { text, .. })
            if options.guards(text) && !is_digits(cell) =>
        {
            push_quoted(out, format!("'{text}").as_bytes());
        }
        Cell::Value(_) => {
            let mut plain = Vec::new();
            push_plain(&mut plain, cell);
            if plain.is_empty() {
                // Text of no length, which many readers tell from nothing by its quotes.
                out.extend_from_slice(b"\"\"");
            } else {
                push_quoted(out, &plain);
            }
        }
    }
}

/// Appends what a row holds in one place: a number's or truth value's or time's text, text as it
/// is, the compact JSON of all else. Nothing for null.
pub(super) fn push_plain(out: &mut Vec<u8>, cell: Cell<'_>) {
    let value = match cell {
        Cell::Absent | Cell::Value(Value::Null) => return,
        Cell::Number(kind, word) => return push_number(out, kind, word),
        Cell::Value(value) => value,
    };
    match value {
        Value::Null => {}
        Value::Bool(bit) => push_truth(out, *bit),
        Value::Int(number) => push_int(out, *number),
        Value::Float(number) => push_float(out, *number, NON_FINITE),
        Value::Time(micros) => push_time(out, *micros),
        Value::Str(text) | Value::BigInt(text) | Value::Opaque { text, .. } => {
            out.extend_from_slice(text.as_bytes());
        }
        Value::Bytes(_) | Value::List(_) | Value::Map(_) | Value::Array(_) => {
            value_to_json(value, out);
        }
    }
}

#[inline]
fn push_number(out: &mut Vec<u8>, kind: Kind, word: u64) {
    match kind {
        Kind::Float => push_float(out, f64::from_bits(word), NON_FINITE),
        Kind::Int => push_int(out, word as i64),
    }
}

/// Whether it is an integer of any size, which is a number and no text.
fn is_digits(cell: Cell<'_>) -> bool {
    matches!(cell, Cell::Value(Value::BigInt(digits)) if cbor::is_integer_text(digits))
}

fn push_truth(out: &mut Vec<u8>, bit: bool) {
    out.extend_from_slice(if bit { b"True" } else { b"False" });
}

/// Appends text, in quotes if it could not be told from its surroundings otherwise.
fn push_quoted(out: &mut Vec<u8>, text: &[u8]) {
    if !text.iter().any(|byte| matches!(byte, b'"' | b',' | b'\r' | b'\n')) {
        out.extend_from_slice(text);
        return;
    }
    out.push(b'"');
    let mut written = 0;
    for at in memchr::memchr_iter(b'"', text) {
        out.extend_from_slice(&text[written..=at]);
        written = at;
    }
    out.extend_from_slice(&text[written..]);
    out.push(b'"');
}

impl CsvOptions {
    /// Whether the text gets an apostrophe, after
    /// <https://owasp.org/www-community/attacks/CSV_Injection>.
    fn guards(self, text: &str) -> bool {
        self.formula_guard
            && (text.starts_with(['\t', '\r', '\n'])
                || text.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']))
    }

    pub(super) fn dress(self, name: String) -> String {
        if self.guards(&name) { format!("'{name}") } else { name }
    }
}
