//! The payload of a frame of rows: a directory of columns, then one coded chunk for each.

use super::bytes::Bytes;
use super::codec::{self, Effort};
use super::columns::FoundColumn;
use super::tail::all_differ;
use crate::types::{Bitmap, ColumnKey, Kind, Role, Value, cbor};
use crate::{Error, Result};
use std::collections::{HashMap, HashSet};

/// Column roles that only the format uses, beside those of [`Role`].
const ROLE_SEQ: u8 = 0xf0;
const ROLE_LABEL: u8 = 0xf1;
const ROLE_WALL: u8 = 0xf2;
const ROLE_EXTRAS: u8 = 0xf3;
/// With the role of a column: an entry without a chunk, which says where the column, whose
/// structured values stand among the extras, was first seen.
const ROLE_PLACE: u8 = 0x80;
/// Bytes of a directory entry before the name.
const ENTRY: usize = 24;
/// The directory entry's flag for a chunk that begins with a bitmap of the rows that hold a value.
const HAS_VALIDITY: u8 = 1;
/// The most bytes that the structured values of one frame may unpack to.
const MAX_EXTRAS: usize = 1 << 30;

/// Rows of one table with their columns by name: what a tail segment or a frame holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Rows {
    pub(crate) seq: Vec<u64>,
    pub(crate) label: Vec<i64>,
    pub(crate) wall_micros: Vec<i64>,
    /// In first-seen order; one without words has structured values only, or none.
    pub(crate) columns: Vec<Column>,
    /// (row, key, value), ascending by row.
    pub(crate) extras: Vec<(usize, ColumnKey, Value)>,
}

/// A column of [`Rows`]: a word a row, unspecified where `validity` has no bit.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Column {
    pub(crate) key: ColumnKey,
    pub(crate) kind: Kind,
    pub(crate) words: Vec<u64>,
    pub(crate) validity: Option<Bitmap>,
}

impl Rows {
    /// The columns that have a value, in first-seen order.
    pub(crate) fn found(&self) -> Vec<FoundColumn> {
        let mut structured: HashSet<&ColumnKey> =
            self.extras.iter().map(|(_, key, _)| key).collect();
        let mut found = Vec::with_capacity(self.columns.len());
        for column in &self.columns {
            let is_structured = structured.remove(&column.key);
            let kind = column.has_values().then_some(column.kind);
            if is_structured || kind.is_some() {
                found.push(FoundColumn { key: column.key.clone(), kind, is_structured });
            }
        }
        for (_, key, _) in &self.extras {
            if structured.remove(key) {
                found.push(FoundColumn::structured(key.clone()));
            }
        }
        found
    }
}

impl Column {
    /// A column without values, which keeps a place.
    pub(crate) fn empty(key: ColumnKey) -> Self {
        Self { key, kind: Kind::Int, words: Vec::new(), validity: None }
    }

    /// Whether any row has one.
    pub(crate) fn has_values(&self) -> bool {
        !self.words.is_empty() && self.validity.as_ref().is_none_or(|bits| bits.count() > 0)
    }
}

/// One entry of a directory.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    role: u8,
    kind: u8,
    flags: u8,
    pub(crate) name: String,
    start: usize,
    len: usize,
    crc: u32,
    values: u32,
}

impl Entry {
    /// The column's key, unless it is one of the format's own.
    pub(crate) fn key(&self) -> Option<ColumnKey> {
        Some(ColumnKey::new(Role::from_u8(self.role)?, self.name.as_str()))
    }

    pub(crate) fn kind(&self) -> Option<Kind> {
        Kind::from_u8(self.kind)
    }

    /// Whether some rows may lack a value.
    pub(crate) fn has_gaps(&self) -> bool {
        self.flags & HAS_VALIDITY != 0
    }

    /// The column that the entry tells of, unless it is one of the format's own.
    pub(crate) fn column(&self) -> Option<FoundColumn> {
        if self.is_place() {
            let role = Role::from_u8(self.role ^ ROLE_PLACE)?;
            return Some(FoundColumn::structured(ColumnKey::new(role, self.name.as_str())));
        }
        Some(FoundColumn::numbers(self.key()?, self.kind()?))
    }

    /// Whether the entry has no chunk and only keeps a column's place.
    pub(crate) fn is_place(&self) -> bool {
        self.role & ROLE_PLACE != 0 && Role::from_u8(self.role ^ ROLE_PLACE).is_some()
    }

    pub(crate) fn is_extras(&self) -> bool {
        self.role == ROLE_EXTRAS
    }

    /// Where the chunk stands behind the head, and its length.
    pub(crate) fn range(&self) -> (usize, usize) {
        (self.start, self.len)
    }

    /// The chunk's bytes once its checksum was found right.
    pub(crate) fn check<'a>(&self, chunk: &'a [u8]) -> Result<&'a [u8]> {
        if chunk.len() != self.len || crc32c::crc32c(chunk) != self.crc {
            let name = if self.name.is_empty() { "internal" } else { &self.name };
            return Err(Error::corrupt(
                self.start as u64,
                format!("the checksum of column {name:?} is wrong"),
            ));
        }
        Ok(chunk)
    }
}

/// Codes rows; returns (head, chunks), which stand behind each other in the payload.
pub(crate) fn encode(rows: &Rows, effort: Effort) -> Result<(Vec<u8>, Vec<u8>)> {
    let mut entries = Vec::with_capacity(rows.columns.len() + 4);
    let mut chunks = Vec::new();
    let labels: Vec<u64> = rows.label.iter().map(|&label| label as u64).collect();
    let walls: Vec<u64> = rows.wall_micros.iter().map(|&wall| wall as u64).collect();
    for (role, words) in [(ROLE_SEQ, &rows.seq), (ROLE_LABEL, &labels), (ROLE_WALL, &walls)] {
        let start = chunks.len();
        codec::encode(words, Kind::Int, effort, &mut chunks);
        entries.push(entry(role, Kind::Int, 0, "", start, &chunks, words.len()));
    }
    let columns: HashMap<&ColumnKey, &Column> =
        rows.columns.iter().map(|column| (&column.key, column)).collect();
    for found in rows.found() {
        let start = chunks.len();
        if found.is_structured {
            let role = ROLE_PLACE | found.key.role as u8;
            entries.push(entry(role, Kind::Int, 0, &found.key.name, start, &chunks, 0));
        }
        let Some(column) = found.kind.and_then(|_| columns.get(&found.key)) else { continue };
        let mut flags = 0;
        let mut present = column.words.len();
        match column.validity.as_ref().filter(|bits| !bits.all()) {
            Some(bits) => {
                flags = HAS_VALIDITY;
                let words: Vec<u64> = selected(&column.words, bits);
                present = words.len();
                let bitmap: Vec<u8> = bits.words().iter().flat_map(|w| w.to_le_bytes()).collect();
                let at = chunks.len();
                chunks.extend_from_slice(&[0; 4]);
                codec::encode_bytes(&bitmap, effort, &mut chunks);
                let len = (chunks.len() - at - 4) as u32;
                chunks[at..at + 4].copy_from_slice(&len.to_le_bytes());
                codec::encode(&words, column.kind, effort, &mut chunks);
            }
            None => codec::encode(&column.words, column.kind, effort, &mut chunks),
        }
        let role = column.key.role as u8;
        entries.push(entry(role, column.kind, flags, &column.key.name, start, &chunks, present));
    }
    if !rows.extras.is_empty() {
        let start = chunks.len();
        let list = rows.extras.iter().map(|(row, key, value)| extra_value(*row, key, value));
        let mut raw = Vec::new();
        cbor::encode(&Value::List(list.collect()), &mut raw)?;
        codec::encode_bytes(&raw, effort, &mut chunks);
        entries.push(entry(ROLE_EXTRAS, Kind::Int, 0, "", start, &chunks, rows.extras.len()));
    }
    if u32::try_from(chunks.len()).is_err() {
        return Err(Error::invalid("rows", "a frame of over 4 GiB; record less in one row"));
    }
    Ok((encode_head(&entries), chunks))
}

fn entry(
    role: u8,
    kind: Kind,
    flags: u8,
    name: &str,
    start: usize,
    chunks: &[u8],
    n: usize,
) -> Entry {
    let crc = crc32c::crc32c(&chunks[start..]);
    let len = chunks.len() - start;
    let kind = kind as u8;
    Entry { role, kind, flags, name: name.to_owned(), start, len, crc, values: n as u32 }
}

fn encode_head(entries: &[Entry]) -> Vec<u8> {
    let mut out = Vec::new();
    out.extend_from_slice(&(entries.len() as u32).to_le_bytes());
    for entry in entries {
        out.extend_from_slice(&[entry.role, entry.kind, entry.flags, 0]);
        for field in [entry.name.len() as u32, entry.start as u32, entry.len as u32] {
            out.extend_from_slice(&field.to_le_bytes());
        }
        out.extend_from_slice(&entry.crc.to_le_bytes());
        out.extend_from_slice(&entry.values.to_le_bytes());
        out.extend_from_slice(entry.name.as_bytes());
    }
    out
}

/// The directory of a frame whose head checksum was found right.
pub(crate) fn decode_head(head: &[u8]) -> Result<Vec<Entry>> {
    let mut fields = Bytes::new(head);
    let n = fields.u32()? as usize;
    if n > head.len() / ENTRY {
        return Err(Error::corrupt(0, "more columns are announced than fit"));
    }
    let mut entries = Vec::with_capacity(n);
    for _ in 0..n {
        let (role, kind, flags) = (fields.u8()?, fields.u8()?, fields.u8()?);
        fields.u8()?;
        let (name_len, start, len) = (fields.u32()?, fields.u32()?, fields.u32()?);
        let (crc, values) = (fields.u32()?, fields.u32()?);
        let name = fields.text(name_len as usize)?.to_owned();
        let (start, len) = (start as usize, len as usize);
        entries.push(Entry { role, kind, flags, name, start, len, crc, values });
    }
    if !all_differ(entries.iter().map(|entry| (entry.role, &entry.name))) {
        return Err(Error::corrupt(0, "a directory names a column twice"));
    }
    Ok(entries)
}

/// The words of one of the format's own columns: which one, and the entry to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Own {
    Seq,
    Label,
    Wall,
}

/// The entry of one of the format's own columns.
pub(crate) fn own_entry(entries: &[Entry], own: Own) -> Result<&Entry> {
    let role = match own {
        Own::Seq => ROLE_SEQ,
        Own::Label => ROLE_LABEL,
        Own::Wall => ROLE_WALL,
    };
    entries
        .iter()
        .find(|entry| entry.role == role)
        .ok_or_else(|| Error::corrupt(0, "the frame lacks one of its own columns"))
}

/// Decodes a column without gaps: a word a row.
pub(crate) fn decode_dense(entry: &Entry, chunk: &[u8], words: &mut [u64]) -> Result<()> {
    codec::decode(entry.check(chunk)?, words)
}

/// Decodes a column's values to the front of `words`, which has room for one a row; and the rows
/// that hold them unless all do.
pub(crate) fn decode_present(
    entry: &Entry,
    chunk: &[u8],
    words: &mut [u64],
) -> Result<Option<Bitmap>> {
    if !entry.has_gaps() {
        decode_dense(entry, chunk, words)?;
        return Ok(None);
    }
    let mut fields = Bytes::new(entry.check(chunk)?);
    let bits = decode_bitmap(entry, &mut fields, words.len())?;
    codec::decode(fields.take(fields.remaining())?, &mut words[..bits.count()])?;
    Ok(Some(bits))
}

/// The rows that hold a value of a column with gaps.
pub(crate) fn decode_validity(entry: &Entry, chunk: &[u8], rows: usize) -> Result<Bitmap> {
    decode_bitmap(entry, &mut Bytes::new(entry.check(chunk)?), rows)
}

fn decode_bitmap(entry: &Entry, fields: &mut Bytes<'_>, rows: usize) -> Result<Bitmap> {
    let len = fields.u32()? as usize;
    let raw = codec::decode_bytes(fields.take(len)?, rows.div_ceil(64) * 8)?;
    let bits = Bitmap::from_words(Bytes::new(&raw).words(raw.len() / 8)?, rows);
    if bits.count() != entry.values as usize {
        return Err(Error::corrupt(0, "the bitmap disagrees with the number of values"));
    }
    Ok(bits)
}

/// Moves values from the front of `words` to the rows that hold them.
pub(crate) fn spread(words: &mut [u64], bits: &Bitmap) {
    let mut left = bits.count();
    for row in (0..words.len()).rev() {
        if bits.get(row) {
            left -= 1;
            words[row] = words[left];
        } else {
            words[row] = 0;
        }
    }
}

/// Decodes the structured values.
pub(crate) fn decode_extras(
    entry: &Entry,
    chunk: &[u8],
    rows: usize,
) -> Result<Vec<(usize, ColumnKey, Value)>> {
    let raw = codec::decode_bytes(entry.check(chunk)?, MAX_EXTRAS)?;
    let Value::List(list) = cbor::decode(&raw)? else {
        return Err(Error::corrupt(0, "structured values are no list"));
    };
    list.into_iter().map(|item| extra_from(item, rows)).collect()
}

fn selected(words: &[u64], bits: &Bitmap) -> Vec<u64> {
    words.iter().zip(bits.iter()).filter_map(|(&word, bit)| bit.then_some(word)).collect()
}

/// A structured value of a row as it stands in a file: [row, role, name, value].
pub(crate) fn extra_value(row: usize, key: &ColumnKey, value: &Value) -> Value {
    Value::List(vec![
        Value::Int(row as i64),
        Value::Int(key.role as i64),
        Value::Str(key.name.to_string()),
        value.clone(),
    ])
}

/// The reverse of [`extra_value`].
pub(crate) fn extra_from(item: Value, rows: usize) -> Result<(usize, ColumnKey, Value)> {
    let bad = || Error::corrupt(0, "a structured value has an unknown form");
    let Value::List(parts) = item else { return Err(bad()) };
    let Ok([Value::Int(row), Value::Int(role), Value::Str(name), value]) =
        <[Value; 4]>::try_from(parts)
    else {
        return Err(bad());
    };
    let row = usize::try_from(row).ok().filter(|&row| row < rows).ok_or_else(bad)?;
    let role = u8::try_from(role).ok().and_then(Role::from_u8).ok_or_else(bad)?;
    Ok((row, ColumnKey::new(role, name), value))
}
