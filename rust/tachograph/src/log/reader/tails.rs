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

#[cfg(test)]
mod tests {
    use crate::Result;
    use crate::log::source::{Fixed, MAIN_FILE, Source, list_tails, tail_path};
    use crate::log::{LogReader, Options, Writer};
    use crate::types::{ColumnKey, Role, Table};
    use std::path::Path;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    fn files(dir: &Path) -> Fixed {
        let read = |number| (number, std::fs::read(tail_path(dir, number)).unwrap());
        let tails = list_tails(dir).unwrap().into_iter().map(read).collect();
        Fixed { main: std::fs::read(dir.join(MAIN_FILE)).unwrap(), tails }
    }

    /// A run that is sealed and closed right after its segments were listed.
    struct Closing {
        before: Fixed,
        after: Fixed,
        listed: AtomicBool,
    }

    impl Closing {
        fn now(&self) -> &Fixed {
            if self.listed.load(Ordering::Relaxed) { &self.after } else { &self.before }
        }
    }

    impl Source for Closing {
        fn path(&self) -> Option<&Path> {
            None
        }

        fn main_len(&self) -> Result<u64> {
            self.now().main_len()
        }

        fn read_main(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
            self.now().read_main(offset, buffer)
        }

        fn tails(&self) -> Result<Vec<u32>> {
            let tails = self.now().tails();
            self.listed.store(true, Ordering::Relaxed);
            tails
        }

        fn read_tail(&self, segment: u32, offset: u64) -> Result<Option<Vec<u8>>> {
            self.now().read_tail(segment, offset)
        }
    }

    #[test]
    fn what_is_sealed_while_a_run_is_opened_is_not_missed() {
        let dir = tempfile::tempdir().unwrap();
        let writer = Writer::create(Some(dir.path()), [7; 16], Options::default()).unwrap();
        let id = writer.layout(Table::Steps, &[ColumnKey::new(Role::Metric, "loss")]).unwrap();
        for step in 0..10 {
            assert!(writer.append_floats(id, Some(step), &[7]).unwrap());
        }
        let before = files(dir.path());
        assert!(writer.close(None).unwrap());
        let after = files(dir.path());
        assert!(after.tails.is_empty());
        for by_index in [true, false] {
            let (main, tails) = (before.main.clone(), before.tails.clone());
            let before = Fixed { main, tails };
            let after = Fixed { main: after.main.clone(), tails: Vec::new() };
            let source = Closing { before, after, listed: AtomicBool::new(false) };
            let reader = LogReader::begin(Arc::new(source), by_index).unwrap();
            assert_eq!(reader.report().rows, 10);
            assert!(reader.closed());
        }
    }
}
