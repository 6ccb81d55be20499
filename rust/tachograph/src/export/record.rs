//! The complete record of a run as JSON: one object an epoch, one line each.

use super::fields::{AFTER_METRICS, COMPOSED, FIELDS, field_keys};
use super::json::{push_text, value_to_json};
use super::memory::Memory;
use super::names::{Names, Wish};
use super::number::push_int;
use super::rows::{Places, Row, Rows};
use super::sink::Sink;
use crate::Result;
use crate::types::{Chunk, ColumnKey, ColumnSchema, Role, Value};
use std::io::Write;

/// Writes `{head…, "epochs": […], tail…}`.
///
/// An epoch's object has the twelve names of the record in their order: `epoch`, `timestamp`,
/// `train_loss`, `val_loss`, `train_metrics`, `val_metrics`, `learning_rate`, `epoch_time`,
/// `memory_usage`, `gradient_norm`, `is_best`, `sample_predictions`; a field that was not recorded,
/// or is null, has the record's default. Metrics stand in the order of `keys`, which names every
/// key that has a structured value; a metric that an epoch lacks is left out. Columns of other
/// fields follow under their own name, or `field.` and their name where that is one of the twelve.
pub fn write_record_json(
    out: &mut dyn Write,
    head: &[(String, Value)],
    (schema, keys): (&[ColumnSchema], &[ColumnKey]),
    chunks: impl Iterator<Item = Result<Chunk>>,
    tail: &[(String, Value)],
) -> Result<()> {
    let mut sink = Sink::new(out);
    sink.buffer.extend_from_slice(b"{\n");
    push_pairs(&mut sink, head, b"", b",\n")?;
    sink.buffer.extend_from_slice(b"\"epochs\":[");
    let layout = Layout::new(schema, keys);
    let mut started = false;
    for chunk in chunks {
        let chunk = chunk?;
        if !started && chunk.rows() > 0 {
            sink.buffer.push(b'\n');
        }
        let rows = layout.bind(&chunk)?;
        sink.rows(&rows, b",\n", &mut started, |row, out, memory| {
            layout.push_epoch(row, out, memory);
        })?;
    }
    if started {
        sink.buffer.push(b'\n');
    }
    sink.buffer.push(b']');
    push_pairs(&mut sink, tail, b",\n", b"")?;
    sink.buffer.extend_from_slice(b"\n}\n");
    sink.finish()
}

/// Appends pairs of the outermost object.
pub(super) fn push_pairs(
    sink: &mut Sink<'_>,
    pairs: &[(String, Value)],
    before: &[u8],
    after: &[u8],
) -> Result<()> {
    for (name, value) in pairs {
        sink.buffer.extend_from_slice(before);
        push_text(&mut sink.buffer, name);
        sink.buffer.push(b':');
        value_to_json(value, &mut sink.buffer);
        sink.buffer.extend_from_slice(after);
        sink.spill()?;
    }
    Ok(())
}

/// A place and the text before its value: a comma, the name, a colon.
struct Member {
    place: usize,
    prefix: Vec<u8>,
}

/// Where the members of an epoch's object come from.
pub(super) struct Layout {
    places: Places,
    fields: Vec<Member>,
    train: Vec<Member>,
    val: Vec<Member>,
    others: Vec<Member>,
}

impl Layout {
    pub(super) fn new(schema: &[ColumnSchema], keys: &[ColumnKey]) -> Self {
        let places = Places::new(&field_keys(), schema, keys);
        let member = |place: usize, name: &str| Member { place, prefix: prefix(name) };
        let fields = FIELDS.iter().enumerate().map(|(place, field)| member(place, field.name));
        let (mut train, mut val) = (Vec::new(), Vec::new());
        let (mut others, mut wishes) = (Vec::new(), Vec::new());
        for (place, key) in places.keys().iter().enumerate().skip(FIELDS.len()) {
            match key.role {
                Role::Train => train.push(member(place, &key.name)),
                Role::Val => val.push(member(place, &key.name)),
                Role::Field | Role::Metric => {
                    others.push(place);
                    wishes.push(Wish::plain(key));
                }
            }
        }
        let mut names =
            Names::reserving(COMPOSED.into_iter().chain(FIELDS.map(|field| field.name)));
        let names = names.grant(&wishes, |name| name);
        let others = others.into_iter().zip(&names).map(|(place, name)| member(place, name));
        Self { fields: fields.collect(), train, val, others: others.collect(), places }
    }

    /// The chunk's content by place.
    pub(super) fn bind<'a>(&self, chunk: &'a Chunk) -> Result<Rows<'a>> {
        self.places.bind(chunk)
    }

    /// Appends an epoch's object.
    pub(super) fn push_epoch(&self, row: &Row<'_>, out: &mut Vec<u8>, memory: &mut Memory) {
        out.extend_from_slice(b"{\"epoch\":");
        push_int(out, row.label());
        out.extend_from_slice(b",\"timestamp\":\"");
        memory.push_time(out, row.wall_micros());
        out.push(b'"');
        self.push_fields(0..AFTER_METRICS, row, out);
        out.extend_from_slice(b",\"train_metrics\":{");
        push_members(&self.train, row, out);
        out.extend_from_slice(b"},\"val_metrics\":{");
        push_members(&self.val, row, out);
        out.push(b'}');
        self.push_fields(AFTER_METRICS..FIELDS.len(), row, out);
        for member in &self.others {
            out.extend_from_slice(&member.prefix);
            row.cell(member.place).push_json(out, "null");
        }
        out.push(b'}');
    }

    fn push_fields(&self, range: std::ops::Range<usize>, row: &Row<'_>, out: &mut Vec<u8>) {
        for (field, member) in FIELDS[range.clone()].iter().zip(&self.fields[range]) {
            out.extend_from_slice(&member.prefix);
            let cell = row.cell(member.place).unless_null();
            if field.truth {
                cell.push_json_truth(out, field.absent);
            } else {
                cell.push_json(out, field.absent);
            }
        }
    }
}

fn push_members(members: &[Member], row: &Row<'_>, out: &mut Vec<u8>) {
    let mut comma = 1;
    for member in members {
        let cell = row.cell(member.place);
        if !cell.is_absent() {
            out.extend_from_slice(&member.prefix[comma..]);
            cell.push_json(out, "");
            comma = 0;
        }
    }
}

/// The text before a member's value.
pub(super) fn prefix(name: &str) -> Vec<u8> {
    let mut prefix = vec![b','];
    push_text(&mut prefix, name);
    prefix.push(b':');
    prefix
}
