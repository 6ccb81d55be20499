//! The rows and records of one tail segment, taken in as they appear.

use super::builder::{Builder, KnownLayout};
use super::bytes::Bytes;
use super::record::Record;
use super::rows::Rows;
use super::tail::{self, Description, RECORDS_AT, RecordFault, TailHeader, record_type};
use crate::Result;
use crate::types::{Table, Value, cbor};

/// A stretch of a segment that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hole {
    pub(crate) offset: u64,
    pub(crate) len: u64,
    pub(crate) reason: &'static str,
    /// Rows known to be gone with it: the count jumps there.
    pub(crate) rows: u64,
}

/// Reads a segment forward; call [`Segment::feed`] again when it has grown.
#[derive(Clone, Debug)]
pub(crate) struct Segment {
    pub(crate) header: TailHeader,
    seed: u32,
    at: usize,
    layouts: Vec<Option<Layout>>,
    pub(crate) epochs: Builder,
    pub(crate) steps: Builder,
    /// Structured records, each with the place of the row that follows it.
    pub(crate) records: Vec<(u64, Record)>,
    pub(crate) holes: Vec<Hole>,
    /// Bytes at the end of a record that was begun and never committed.
    pub(crate) torn: u64,
    next_row: u32,
}

/// What taking in a segment came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fed {
    /// All that is committed was taken in.
    Done,
    /// There is a fault at this place with sound records behind it: look again.
    Unsure(usize),
}

#[derive(Clone, Debug)]
enum Layout {
    Known(KnownLayout),
    /// Of a table or with a role of a later version.
    Foreign,
}

impl Segment {
    pub(crate) fn new(header: TailHeader) -> Self {
        Self {
            seed: tail::seed(&header.uuid, header.segment),
            header,
            at: RECORDS_AT,
            layouts: Vec::new(),
            epochs: Builder::default(),
            steps: Builder::default(),
            records: Vec::new(),
            holes: Vec::new(),
            torn: 0,
            next_row: 0,
        }
    }

    /// Where reading goes on.
    pub(crate) fn position(&self) -> usize {
        self.at
    }

    /// The place of the row that would come next.
    pub(crate) fn next_seq(&self) -> u64 {
        self.header.first_seq.saturating_add(u64::from(self.next_row))
    }

    pub(crate) fn rows(&self, table: Table) -> &Rows {
        match table {
            Table::Epochs => &self.epochs.rows,
            Table::Steps => &self.steps.rows,
        }
    }

    /// Takes in the committed records at the start of `data`, which is the file from
    /// [`Segment::position`] on. Stops at the first place without one.
    pub(crate) fn feed(&mut self, data: &[u8]) -> RecordFault {
        let mut start = 0;
        let fault = loop {
            match tail::check_record(self.seed, self.at, &data[start..]) {
                Ok(len) => {
                    self.record(&data[start + 8..start + len], data.len() - start);
                    self.at += len;
                    start += len;
                }
                Err(fault) => break fault,
            }
        };
        self.epochs.settle();
        self.steps.settle();
        fault
    }

    /// Takes in everything, skipping damage. `data` is the rest of the file, as it was for a
    /// moment; only a fault at `confirmed` is taken for damage (`usize::MAX` stands for any), others are to be
    /// looked at again.
    pub(crate) fn feed_to_end(&mut self, data: &[u8], confirmed: Option<usize>) -> Fed {
        // Looking for the next record costs a checksum at each place that could be one. The
        // budget bounds what a hostile file can make of that.
        let mut budget = data.len().saturating_mul(8).max(1 << 20);
        let mut start = 0;
        self.torn = 0;
        loop {
            let before = self.at;
            let fault = self.feed(&data[start..]);
            start += self.at - before;
            let rest = &data[start..];
            let Some(dirty) = rest.iter().rposition(|&byte| byte != 0) else { return Fed::Done };
            let next = self.next_record(rest, &mut budget);
            let unfinished = match fault {
                RecordFault::End => true,
                // A file that had its whole length from the start does not end within a record.
                RecordFault::CutOff => self.header.written,
                RecordFault::Damaged => false,
            };
            if next.is_none() && unfinished {
                // A record that was begun and never committed, or is being written.
                self.torn = dirty as u64 + 1;
                return Fed::Done;
            }
            if confirmed.is_none_or(|at| at != self.at && at != usize::MAX) {
                return Fed::Unsure(self.at);
            }
            let Some(skip) = next else {
                self.hole(dirty as u64 + 1, "no sound record follows", 0);
                self.at += data.len() - start;
                return Fed::Done;
            };
            let reason = match fault {
                RecordFault::End => "zeros where a record should be",
                _ => "a record's checksum is wrong",
            };
            let mut word = [0; 8];
            word.copy_from_slice(&rest[skip + 8..skip + 16]);
            let row = Description::from_word(u64::from_le_bytes(word)).row;
            self.hole(skip as u64, reason, u64::from(row.saturating_sub(self.next_row)));
            self.next_row = self.next_row.max(row);
            self.at += skip;
            start += skip;
        }
    }

    fn hole(&mut self, len: u64, reason: &'static str, rows: u64) {
        self.holes.push(Hole { offset: self.at as u64, len, reason, rows });
    }

    /// Notes that both copies of the header were lost.
    pub(crate) fn note_lost_header(&mut self) {
        let len = RECORDS_AT as u64;
        let reason = "both copies of the segment's header are damaged";
        self.holes.push(Hole { offset: 0, len, reason, rows: 0 });
    }

    fn next_record(&self, rest: &[u8], budget: &mut usize) -> Option<usize> {
        (8..rest.len().saturating_sub(15)).step_by(8).find(|&skip| {
            let mut len = [0; 4];
            len.copy_from_slice(&rest[skip + 4..skip + 8]);
            let len = u32::from_le_bytes(len) as usize;
            if len < 8 || !len.is_multiple_of(8) || len > rest.len() - skip - 8 || len > *budget {
                return false;
            }
            *budget -= len;
            let kind = rest[skip + 8];
            (record_type::LAYOUT..=record_type::BULK).contains(&kind)
                && tail::check_record(self.seed, self.at + skip, &rest[skip..]).is_ok()
        })
    }

    /// One record whose checksum is right, with `left` bytes of data from its start on. What its
    /// content contradicts is a hole.
    fn record(&mut self, body: &[u8], left: usize) {
        if let Err(reason) = self.try_record(body, left) {
            self.hole(8 + body.len() as u64, reason, 0);
        }
    }

    fn try_record(&mut self, body: &[u8], left: usize) -> Result<(), &'static str> {
        let mut word = [0; 8];
        word.copy_from_slice(&body[..8]);
        let description = Description::from_word(u64::from_le_bytes(word));
        let payload = &body[8..];
        if description.row > self.next_row {
            let gone = u64::from(description.row - self.next_row);
            self.hole(0, "rows are missing", gone);
        }
        self.next_row = self.next_row.max(description.row);
        match description.kind {
            record_type::LAYOUT => {
                let decoded = tail::decode_layout(payload).map_err(|_| "a damaged layout")?;
                let layout = match decoded {
                    None => Layout::Foreign,
                    Some((table, keys)) => {
                        let builder = self.builder(table);
                        let columns = keys.iter().map(|key| builder.column(key)).collect();
                        Layout::Known(KnownLayout { table, keys, columns })
                    }
                };
                let at = usize::from(description.layout);
                if self.layouts.len() <= at {
                    self.layouts.resize_with(at + 1, || None);
                }
                self.layouts[at] = Some(layout);
                Ok(())
            }
            record_type::RECORD => {
                let record = cbor_prefix(payload).and_then(Record::from_value);
                let seq = self.next_seq();
                self.records.push((seq, record.map_err(|_| "a damaged structured record")?));
                Ok(())
            }
            record_type::ROW | record_type::MIXED_ROW | record_type::BULK => {
                let seq = self.next_seq();
                let layout = self.layouts.get_mut(usize::from(description.layout));
                let layout = match layout.and_then(Option::take) {
                    None => {
                        let rows = rows_in(description.kind, payload);
                        self.hole(8 + body.len() as u64, "a row without its layout", rows.into());
                        self.next_row = self.next_row.saturating_add(rows);
                        return Ok(());
                    }
                    Some(Layout::Foreign) => {
                        self.layouts[usize::from(description.layout)] = Some(Layout::Foreign);
                        self.next_row =
                            self.next_row.saturating_add(rows_in(description.kind, payload));
                        return Ok(());
                    }
                    Some(Layout::Known(layout)) => layout,
                };
                let builder = match layout.table {
                    Table::Epochs => &mut self.epochs,
                    Table::Steps => &mut self.steps,
                };
                let taken = match description.kind {
                    record_type::ROW => builder.row(&layout, seq, payload, left),
                    record_type::MIXED_ROW => {
                        builder.mixed_row(&layout, seq, payload, description.flags)
                    }
                    _ => builder.bulk(&layout, seq, payload),
                };
                self.layouts[usize::from(description.layout)] = Some(Layout::Known(layout));
                let taken = taken.map_err(|_| "a row that contradicts its layout")?;
                self.next_row = self.next_row.saturating_add(taken);
                Ok(())
            }
            // A kind of a later version: its rows, if any, are not for this reader.
            _ => Ok(()),
        }
    }

    fn builder(&mut self, table: Table) -> &mut Builder {
        match table {
            Table::Epochs => &mut self.epochs,
            Table::Steps => &mut self.steps,
        }
    }
}

/// How many rows a record holds that cannot be read itself.
fn rows_in(kind: u8, payload: &[u8]) -> u32 {
    if kind != record_type::BULK {
        return 1;
    }
    let n = Bytes::new(payload).u64().unwrap_or(0);
    u32::try_from(n).unwrap_or(0)
}

/// Structured values are followed by zeros up to a whole word, so their length comes first.
pub(crate) fn cbor_prefix(payload: &[u8]) -> Result<Value> {
    let mut fields = Bytes::new(payload);
    let len = fields.u32()? as usize;
    cbor::decode(fields.take(len)?)
}
