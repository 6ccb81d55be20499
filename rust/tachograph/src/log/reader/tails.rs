//! Following the tail segments, which a writer may be filling.

use super::{LogReader, SealedSegment};
use crate::log::frame::MAJOR;
use crate::log::segment::{Fed, Segment};
use crate::log::source::MAIN_FILE;
use crate::log::tail::{RECORDS_AT, TailHeader};
use crate::types::Table;
use crate::{Error, Result};
use std::path::Path;

/// How often a faulty tail is read again before all of its faults are taken for damage.
const MAX_LOOKS: u32 = 8;

impl LogReader {
    /// Reads on in the tail segments.
    pub(super) fn take_tails(&mut self) -> Result<bool> {
        let mut changed = false;
        self.headless = 0;
        let numbers = self.source.tails()?;
        for number in numbers {
            if self.segments.get(&number).is_some_and(SealedSegment::is_complete) {
                continue;
            }
            changed |= self.take_tail(number)?;
        }
        // A segment may have grown after it was read and before the next one was, whose first row
        // tells so. It does not grow any more.
        let behind = |((number, tail), (_, next)): ((&u32, &Segment), (&u32, &Segment))| {
            (tail.next_seq() < next.header.first_seq).then_some(*number)
        };
        let behind: Vec<u32> =
            self.tails.iter().zip(self.tails.iter().skip(1)).filter_map(behind).collect();
        for number in behind {
            changed |= self.take_tail(number)?;
        }
        Ok(changed)
    }

    fn take_tail(&mut self, number: u32) -> Result<bool> {
        let (mut tail, mut changed) = match self.tails.remove(&number) {
            Some(tail) => (tail, false),
            None => match self.begin_tail(number)? {
                Some(tail) => (tail, true),
                None => return Ok(false),
            },
        };
        // A moment's view of a growing file may show a later record and not yet an earlier one.
        // Only a fault that a second look confirms is damage.
        let mut confirmed = None;
        for look in 0.. {
            let before = tail.position();
            let Some(data) = self.source.read_tail(number, before as u64)? else { break };
            let fed = tail.feed_to_end(&data, confirmed);
            changed |= tail.position() != before;
            match fed {
                Fed::Done => break,
                // Many faults are no writer's doing: one look at each would take for ever.
                Fed::Unsure(at) => confirmed = Some(if look < MAX_LOOKS { at } else { usize::MAX }),
            }
        }
        tail.epochs.finish();
        tail.steps.finish();
        self.tails.insert(number, tail);
        Ok(changed)
    }

    /// The segment at its first row; `None` while it is not in use.
    fn begin_tail(&mut self, number: u32) -> Result<Option<Segment>> {
        let Some(mut data) = self.source.read_tail(number, 0)? else { return Ok(None) };
        let mut header = TailHeader::decode(&data);
        if header.is_none() && data.iter().skip(RECORDS_AT).any(|&byte| byte != 0) {
            // The header is written before the first record. Where a moment's view shows a record
            // and no header, a second look shows both.
            data = self.source.read_tail(number, 0)?.unwrap_or_default();
            header = TailHeader::decode(&data);
        }
        if let Some((header, major)) = header {
            if major > MAJOR {
                return Err(Error::Unsupported {
                    path: self.source.path().unwrap_or(Path::new(MAIN_FILE)).to_owned(),
                    reason: format!("a segment in format {major}; install a newer tachograph"),
                });
            }
            let ours = self.uuid.get_or_insert(header.uuid);
            return Ok(
                (*ours == header.uuid && header.segment == number).then(|| Segment::new(header))
            );
        }
        if data.iter().skip(RECORDS_AT).all(|&byte| byte == 0) {
            // Killed while the header was written, if anything was.
            let begun = data.iter().rposition(|&byte| byte != 0);
            self.headless += begun.map_or(0, |at| at as u64 + 1);
            return Ok(None);
        }
        // Both copies of the header are damaged: what it said follows from its neighbours.
        let Some(uuid) = self.uuid else { return Ok(None) };
        let attempt = self.parts(Table::Steps).chain(self.parts(Table::Epochs));
        let attempt = attempt.map(|part| part.attempt).max().unwrap_or(1);
        let first_seq = self.next_seq();
        let mut tail = Segment::new(TailHeader {
            segment: number,
            uuid,
            first_seq,
            attempt,
            created_micros: 0,
            written: true,
        });
        tail.note_lost_header();
        Ok(Some(tail))
    }
}
