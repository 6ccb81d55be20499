//! The writer's state that a logging call touches: the open segment and what is known of columns.

use super::source::TAIL_PREFIX;
use super::tail::{self, Description, RECORD_HEAD, RECORDS_AT, TailHeader, record_type};
use super::tailfile::TailFile;
use super::{Record, sys};
use crate::types::{Bitmap, ColumnKey, Kind, Table, Value, cbor};
use crate::{Error, Result};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Names a list of columns of a table; see [`super::Writer::layout`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LayoutId(pub(crate) u32);

/// The largest integer up to which every integer is a float.
const EXACT: u64 = 1 << 53;

/// How often a layout is written: damage to one copy must not cost the rows of a whole segment.
pub(crate) const LAYOUT_COPIES: usize = 2;

/// The most bytes of one structured value; what is sealed around it keeps below a reader's limit.
const MAX_VALUE: u32 = 1 << 28;

/// A row with gaps, integers or structured values.
#[derive(Clone, Copy, Debug)]
pub struct MixedRow<'a> {
    /// One word for each column of the layout; unspecified where absent.
    pub words: &'a [u64],
    /// A bit for each column that has a value.
    pub present: &'a [u64],
    /// A bit for each column whose word is an integer.
    pub ints: &'a [u64],
    /// Structured values. A key that the layout has too, as a column that is absent here, has its
    /// place among the columns there.
    pub extras: &'a [(ColumnKey, Value)],
}

/// One column of many rows.
#[derive(Clone, Copy, Debug)]
pub struct BulkColumn<'a> {
    /// How the words are read.
    pub kind: Kind,
    /// A word for each row; unspecified where absent.
    pub words: &'a [u64],
    /// Which rows hold a value; `None` means all.
    pub validity: Option<&'a Bitmap>,
}

/// What is known of a column, so that no value is stored that the column could not hold exactly.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ColumnState {
    pub(crate) has_float: bool,
    pub(crate) has_big_int: bool,
}

struct Layout {
    table: Table,
    keys: Vec<ColumnKey>,
    columns: Vec<usize>,
    /// The segment that holds this layout's definition, and its number there.
    defined: Option<(u32, u16)>,
    /// All columns are known to take floats.
    takes_floats: bool,
}

/// The state behind the writer's lock.
pub(crate) struct Hot {
    pub(crate) uuid: [u8; 16],
    pub(crate) attempt: u32,
    pub(crate) tail: Option<Arc<TailFile>>,
    pub(crate) spare: Option<TailFile>,
    words: *mut u64,
    pos: usize,
    cap: usize,
    /// Where the next segment is asked for.
    wake_at: usize,
    seed: u32,
    number: u32,
    row: u32,
    next_local: u16,
    pub(crate) next_seq: u64,
    pub(crate) next_step: i64,
    /// The wall time of the last call that logged steps.
    pub(crate) call_wall: Option<i64>,
    layouts: Vec<Layout>,
    columns: Vec<ColumnState>,
    column_index: HashMap<(Table, ColumnKey), usize>,
    layout_index: HashMap<(Table, Vec<ColumnKey>), LayoutId>,
    /// Records that wait for a segment.
    pub(crate) pending: Vec<Arc<Record>>,
    /// Rows dropped since the last record that said so.
    pub(crate) unsaid_drops: u64,
    pub(crate) dropped: u64,
    pub(crate) epochs: u64,
    pub(crate) steps: u64,
    pub(crate) next_number: u32,
    /// How many segments this attempt has begun.
    pub(crate) begun: u32,
    /// Set while no segment can be had, so that a full disk is not asked at each call.
    pub(crate) starved_since: Option<i64>,
}

// SAFETY: `words` points into the mapping of `tail`, which `Hot` keeps alive; the state is only
// reached through the writer's lock.
unsafe impl Send for Hot {}

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Room {
    /// There is room for it.
    Here,
    /// The open segment is full, or there is none.
    Full,
}

impl Hot {
    pub(crate) fn new(uuid: [u8; 16], attempt: u32, next_seq: u64, next_number: u32) -> Self {
        Self {
            uuid,
            attempt,
            tail: None,
            spare: None,
            words: std::ptr::null_mut(),
            pos: 0,
            cap: 0,
            wake_at: usize::MAX,
            seed: 0,
            number: 0,
            row: 0,
            next_local: 0,
            next_seq,
            next_step: 0,
            call_wall: None,
            layouts: Vec::new(),
            columns: Vec::new(),
            column_index: HashMap::new(),
            layout_index: HashMap::new(),
            pending: Vec::new(),
            unsaid_drops: 0,
            dropped: 0,
            epochs: 0,
            steps: 0,
            next_number,
            begun: 0,
            starved_since: None,
        }
    }

    /// The layout with these columns, made when it is new.
    pub(crate) fn layout(&mut self, table: Table, keys: &[ColumnKey]) -> LayoutId {
        if let Some(&id) = self.layout_index.get(&(table, keys.to_vec())) {
            return id;
        }
        let columns = keys.iter().map(|key| self.column(table, key)).collect();
        let id = LayoutId(self.layouts.len() as u32);
        self.layouts.push(Layout {
            table,
            keys: keys.to_vec(),
            columns,
            defined: None,
            takes_floats: false,
        });
        self.layout_index.insert((table, keys.to_vec()), id);
        id
    }

    fn column(&mut self, table: Table, key: &ColumnKey) -> usize {
        *self.column_index.entry((table, key.clone())).or_insert_with(|| {
            self.columns.push(ColumnState::default());
            self.columns.len() - 1
        })
    }

    /// What earlier attempts left in a column.
    pub(crate) fn set_column(&mut self, table: Table, key: &ColumnKey, state: ColumnState) {
        let at = self.column(table, key);
        self.columns[at] = state;
    }

    /// How many columns a layout has.
    pub(crate) fn width(&self, id: LayoutId) -> usize {
        self.layouts[id.0 as usize].keys.len()
    }

    /// Whether a row of floats may be stored, and notes that it is.
    #[inline]
    pub(crate) fn admit_floats(&mut self, id: LayoutId) -> Result<()> {
        if self.layouts[id.0 as usize].takes_floats {
            return Ok(());
        }
        let layout = &mut self.layouts[id.0 as usize];
        for (key, &column) in layout.keys.iter().zip(&layout.columns) {
            if self.columns[column].has_big_int {
                return Err(float_after_big(&key.name));
            }
        }
        for &column in &layout.columns {
            self.columns[column].has_float = true;
        }
        layout.takes_floats = true;
        Ok(())
    }

    /// Whether these values may be stored, and notes that they are.
    pub(crate) fn admit<'a>(
        &mut self,
        id: LayoutId,
        values: impl Iterator<Item = (usize, Kind, &'a [u64])> + Clone,
    ) -> Result<()> {
        let layout = &self.layouts[id.0 as usize];
        let is_big = |word: &u64| (*word as i64).unsigned_abs() > EXACT;
        for (at, kind, words) in values.clone() {
            let state = self.columns[layout.columns[at]];
            let name = &layout.keys[at].name;
            match kind {
                Kind::Float if state.has_big_int => return Err(float_after_big(name)),
                Kind::Int if state.has_float => {
                    if let Some(big) = words.iter().find(|word| is_big(word)) {
                        return Err(big_after_float(name, *big as i64));
                    }
                }
                _ => {}
            }
        }
        let mut new_big = false;
        for (at, kind, words) in values {
            let state = &mut self.columns[layout.columns[at]];
            match kind {
                Kind::Float => state.has_float |= !words.is_empty(),
                Kind::Int if !state.has_float && words.iter().any(is_big) => {
                    new_big |= !state.has_big_int;
                    state.has_big_int = true;
                }
                Kind::Int => {}
            }
        }
        if new_big {
            self.layouts.iter_mut().for_each(|layout| layout.takes_floats = false);
        }
        Ok(())
    }

    /// Whether a value of an epoch may become this one.
    pub(crate) fn admit_amendment(&mut self, key: &ColumnKey, value: &Value) -> Result<()> {
        let (kind, word) = match value {
            Value::Int(value) => (Kind::Int, *value as u64),
            Value::Float(value) => (Kind::Float, value.to_bits()),
            _ => return Ok(()),
        };
        let id = self.layout(Table::Epochs, std::slice::from_ref(key));
        self.admit(id, std::iter::once((0, kind, std::slice::from_ref(&word))))
    }

    /// Whether a record of `words` words, and the layout's definition before it, have room.
    #[inline]
    pub(crate) fn room(&self, id: LayoutId, words: usize) -> Room {
        let layout = &self.layouts[id.0 as usize];
        let defined = layout.defined.is_some_and(|(segment, _)| segment == self.number);
        // `number` is 0 while there is no segment, and no definition stands in segment 0.
        if defined && self.pos + words * 8 <= self.cap { Room::Here } else { Room::Full }
    }

    /// Bytes that a record of `words` words and the layout's definition need in a new segment.
    pub(crate) fn need(&self, id: LayoutId, words: usize) -> usize {
        let names: usize =
            self.layouts[id.0 as usize].keys.iter().map(|key| key.name.len() + 5).sum();
        words * 8 + LAYOUT_COPIES * ((RECORD_HEAD + 3) * 8 + names)
    }

    /// Defines the layout in the open segment if that has room for it and for the record.
    pub(crate) fn define(&mut self, id: LayoutId, words: usize) -> Result<Room> {
        if self.tail.is_none() || self.pos + self.need(id, words) > self.cap {
            return Ok(Room::Full);
        }
        let layout = &self.layouts[id.0 as usize];
        if layout.defined.is_some_and(|(segment, _)| segment == self.number) {
            return Ok(Room::Here);
        }
        let Some(next) = self.next_local.checked_add(1) else { return Ok(Room::Full) };
        let payload = tail::words_of(&tail::encode_layout(layout.table, &layout.keys));
        let local = self.next_local;
        for _ in 0..LAYOUT_COPIES {
            self.put(
                record_type::LAYOUT,
                0,
                local,
                |words| words.copy_from_slice(&payload),
                payload.len(),
            )?;
        }
        self.next_local = next;
        self.layouts[id.0 as usize].defined = Some((self.number, local));
        Ok(Room::Here)
    }

    /// Appends one record whose `n` payload words are written by `fill`; the caller made sure that
    /// there is room.
    #[inline]
    fn put(
        &mut self,
        kind: u8,
        flags: u8,
        layout: u16,
        fill: impl FnOnce(&mut [u64]),
        n: usize,
    ) -> Result<()> {
        let total = RECORD_HEAD + n;
        debug_assert!(self.pos + total * 8 <= self.cap);
        let Some(tail) = &self.tail else {
            return Err(Error::Closed("the recorder is closed".into()));
        };
        // SAFETY: `words` is the start of the open segment's mapping, which `tail` keeps alive and
        // which ends at or behind `cap`; the caller made sure that `total` words fit. Nobody else
        // writes there (the writer's lock is held), and readers of this process take nothing
        // behind `TailFile::used`.
        let record = unsafe { std::slice::from_raw_parts_mut(self.words.add(self.pos / 8), total) };
        record[1] = Description { kind, flags, layout, row: self.row }.word().to_le();
        fill(&mut record[RECORD_HEAD..]);
        let commit = tail::commit_word(self.seed, self.pos, &record[1..]).to_le();
        // SAFETY: the first word of the record, aligned, within the mapping as above.
        let word = unsafe { AtomicU64::from_ptr(record.as_mut_ptr()) };
        word.store(commit, Ordering::Release);
        let end = self.pos + total * 8;
        if tail.is_write_through()
            && let Err(error) = tail.write_out(self.pos, end)
        {
            word.store(0, Ordering::Relaxed);
            return Err(error);
        }
        tail.commit(end);
        self.pos = end;
        Ok(())
    }

    /// Whether the segment is so full that the next one should be made ready; true once.
    #[inline]
    pub(crate) fn wants_spare(&mut self) -> bool {
        if self.pos < self.wake_at {
            return false;
        }
        self.wake_at = usize::MAX;
        true
    }

    fn local(&self, id: LayoutId) -> u16 {
        self.layouts[id.0 as usize].defined.map_or(0, |(_, local)| local)
    }

    /// Counts rows that were kept.
    #[inline]
    fn count(&mut self, id: LayoutId, label: i64, wall: i64, rows: u32) {
        self.row += rows;
        self.next_seq += u64::from(rows);
        match self.layouts[id.0 as usize].table {
            Table::Steps => {
                self.next_step = label.wrapping_add(1);
                self.call_wall = Some(wall);
                self.steps += u64::from(rows);
            }
            Table::Epochs => self.epochs += u64::from(rows),
        }
    }

    /// Appends a row of floats to a segment that has room for it.
    #[inline]
    pub(crate) fn put_row(
        &mut self,
        id: LayoutId,
        label: i64,
        wall: i64,
        values: &[u64],
    ) -> Result<()> {
        let local = self.local(id);
        let fill = |words: &mut [u64]| {
            words[0] = (label as u64).to_le();
            words[1] = (wall as u64).to_le();
            words[2..].copy_from_slice(values);
        };
        self.put(record_type::ROW, 0, local, fill, 2 + values.len())?;
        self.count(id, label, wall, 1);
        Ok(())
    }

    /// Appends a row with gaps, integers or structured values (`extras` as coded by
    /// [`encode_extras`]) to a segment that has room for it.
    pub(crate) fn put_mixed(
        &mut self,
        id: LayoutId,
        label: i64,
        wall: i64,
        row: &MixedRow<'_>,
        extras: &[u64],
    ) -> Result<()> {
        let local = self.local(id);
        let flags = u8::from(!extras.is_empty());
        let fill = |words: &mut [u64]| {
            words[0] = (label as u64).to_le();
            words[1] = (wall as u64).to_le();
            let mut at = 2;
            for part in [row.present, row.ints, row.words, extras] {
                words[at..at + part.len()].copy_from_slice(part);
                at += part.len();
            }
        };
        self.put(record_type::MIXED_ROW, flags, local, fill, mixed_words(row, extras))?;
        self.count(id, label, wall, 1);
        Ok(())
    }

    /// Appends many rows as one record to a segment that has room for them.
    pub(crate) fn put_bulk(
        &mut self,
        id: LayoutId,
        wall: i64,
        labels: &[i64],
        columns: &[BulkColumn<'_>],
    ) -> Result<()> {
        let local = self.local(id);
        let head = bulk_head(wall, labels.len(), columns);
        let fill = |words: &mut [u64]| {
            let mut at = 0;
            let mut copy = |part: &[u64]| {
                words[at..at + part.len()].copy_from_slice(part);
                at += part.len();
            };
            copy(&head);
            copy(as_words(labels));
            for column in columns {
                if let Some(bits) = column.validity {
                    copy(bits.words());
                }
                copy(column.words);
            }
        };
        self.put(record_type::BULK, 0, local, fill, bulk_words(labels.len(), columns))?;
        self.count_bulk(id, wall, labels);
        Ok(())
    }

    /// Counts the rows of a bulk record.
    pub(crate) fn count_bulk(&mut self, id: LayoutId, wall: i64, labels: &[i64]) {
        if let Some(&last) = labels.last() {
            self.count(id, last, wall, labels.len() as u32);
        }
    }

    /// Appends a structured record; false where it has no room here.
    pub(crate) fn put_record(&mut self, record: &Record) -> Result<bool> {
        let payload = record_words(record)?;
        if self.tail.is_none() || self.pos + (RECORD_HEAD + payload.len()) * 8 > self.cap {
            return Ok(false);
        }
        let n = payload.len();
        self.put(record_type::RECORD, 0, 0, |words| words.copy_from_slice(&payload), n)?;
        Ok(true)
    }

    /// Makes `tail` the open segment; returns the one that was open, if rows or records are in it.
    pub(crate) fn activate(&mut self, tail: TailFile) -> Result<Option<Arc<TailFile>>> {
        let header = self.header(tail.number, tail.is_write_through()).encode();
        // SAFETY: a new mapping of at least the header's size that nobody else writes.
        unsafe { std::ptr::copy_nonoverlapping(header.as_ptr(), tail.words().cast(), RECORDS_AT) };
        if let Err(error) = tail.write_out(0, RECORDS_AT) {
            // Half a header would be taken for a damaged one.
            tail.remove();
            return Err(error);
        }
        tail.commit(RECORDS_AT);
        self.words = tail.words();
        self.pos = RECORDS_AT;
        self.cap = tail.capacity();
        self.wake_at = self.cap / 2;
        self.number = tail.number;
        self.seed = tail::seed(&self.uuid, tail.number);
        self.row = 0;
        self.next_local = 0;
        self.begun += 1;
        self.starved_since = None;
        Ok(self.tail.replace(Arc::new(tail)))
    }

    pub(crate) fn header(&self, segment: u32, written: bool) -> TailHeader {
        TailHeader {
            segment,
            uuid: self.uuid,
            first_seq: self.next_seq,
            attempt: self.attempt,
            created_micros: sys::wall_micros(),
            written,
        }
    }

    /// Gives up the open segment.
    pub(crate) fn retire(&mut self) -> Option<Arc<TailFile>> {
        self.words = std::ptr::null_mut();
        (self.pos, self.cap, self.number, self.wake_at) = (0, 0, 0, usize::MAX);
        self.tail.take()
    }

    /// The table and names of a layout.
    pub(crate) fn describe(&self, id: LayoutId) -> (Table, &[ColumnKey]) {
        let layout = &self.layouts[id.0 as usize];
        (layout.table, &layout.keys)
    }

    /// The file of the open segment, for messages.
    pub(crate) fn name(&self) -> String {
        format!("{TAIL_PREFIX}{:08}", self.number)
    }
}

/// Payload words of a mixed row.
pub(crate) fn mixed_words(row: &MixedRow<'_>, extras: &[u64]) -> usize {
    2 + row.present.len() + row.ints.len() + row.words.len() + extras.len()
}

/// What a bulk record begins with: how many rows, when, and how each column is read.
pub(crate) fn bulk_head(wall: i64, n: usize, columns: &[BulkColumn<'_>]) -> Vec<u64> {
    let mut head = vec![(n as u64).to_le(), (wall as u64).to_le()];
    head.extend(
        columns
            .iter()
            .map(|column| (column.kind as u64 | u64::from(column.validity.is_some()) << 1).to_le()),
    );
    head
}

/// Payload words of a bulk record.
pub(crate) fn bulk_words(n: usize, columns: &[BulkColumn<'_>]) -> usize {
    let column = |column: &BulkColumn<'_>| n + column.validity.map_or(0, |bits| bits.words().len());
    2 + columns.len() + n + columns.iter().map(column).sum::<usize>()
}

/// Structured values of a row, as words with their length first.
pub(crate) fn encode_extras(extras: &[(ColumnKey, Value)]) -> Result<Vec<u64>> {
    if extras.is_empty() {
        return Ok(Vec::new());
    }
    let list = extras.iter().map(|(key, value)| super::rows::extra_value(0, key, value));
    framed(&Value::List(list.collect()))
}

fn record_words(record: &Record) -> Result<Vec<u64>> {
    framed(&record.to_value())
}

/// Words that a record needs, its head included.
pub(crate) fn record_need(record: &Record) -> Result<usize> {
    Ok((RECORD_HEAD + record_words(record)?.len()) * 8)
}

fn framed(value: &Value) -> Result<Vec<u64>> {
    let mut bytes = vec![0; 4];
    cbor::encode(value, &mut bytes)?;
    let len = u32::try_from(bytes.len() - 4)
        .ok()
        .filter(|&len| len < MAX_VALUE)
        .ok_or_else(|| Error::invalid("value", "over 256 MiB; store large arrays in files"))?;
    bytes[..4].copy_from_slice(&len.to_le_bytes());
    Ok(tail::words_of(&bytes))
}

/// Integers as the words that hold them.
pub(crate) fn as_words(labels: &[i64]) -> &[u64] {
    // SAFETY: `i64` and `u64` have the same size and alignment, and every pattern is valid.
    unsafe { std::slice::from_raw_parts(labels.as_ptr().cast(), labels.len()) }
}

fn big_after_float(name: &str, value: i64) -> Error {
    Error::invalid(
        name,
        format!(
            "the integer {value} lies beyond 2**53 and this metric also holds floats, which \
             cannot hold it exactly; log it as float({value}) or under another name"
        ),
    )
}

fn float_after_big(name: &str) -> Error {
    Error::invalid(
        name,
        "a float for a metric that holds integers beyond 2**53, which floats cannot hold \
         exactly; log the float under another name",
    )
}
