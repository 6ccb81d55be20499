//! Reading a run: the sealed frames, the tail behind them, and what is damaged between.

use super::frame::{FILE_HEADER, FRAME_HEADER, FrameHeader, MAJOR, frame_type};
use super::index::{self, Index, TRAILER};
use super::record::Record;
use super::report::{Damage, Report};
use super::rows::{Entry, Own};
use super::scan::{self, Opening};
use super::segment::{Fed, Segment};
use super::source::{Disk, MAIN_FILE, Source, TAIL_PREFIX};
use super::tail::TailHeader;
use crate::types::Table;
use crate::{Error, Result};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How often a faulty tail is read again before all of its faults are taken for damage.
const MAX_LOOKS: u32 = 8;

/// A run, read only. It needs no lock and sees what a live writer has committed.
pub struct LogReader {
    pub(super) source: Arc<dyn Source>,
    /// Whether a sound index is believed, or every frame looked at.
    by_index: bool,
    pub(super) uuid: Option<[u8; 16]>,
    created_micros: i64,
    main_at: u64,
    closed: bool,
    next_seq: u64,
    frames: u64,
    pub(super) segments: BTreeMap<u32, SealedSegment>,
    pub(super) tails: BTreeMap<u32, Segment>,
    /// By the segment that held them.
    records: BTreeMap<u32, Vec<(u64, Record)>>,
    /// Frames of kinds of a later version, which are passed on and not read.
    foreign: Vec<FrameHeader>,
    /// Features that a writer would have to know.
    ro_compat: u32,
    index: Option<Index>,
    damage: Vec<Damage>,
    torn: u64,
    /// Bytes that a later writer found unfinished and wrote behind.
    abandoned: u64,
    /// Damaged frames whose rows stand in a segment.
    superseded: Vec<(u64, u64)>,
    /// Bytes of tail segments whose header was begun and never finished.
    headless: u64,
    /// The attempt that closed the run.
    closed_by: u32,
    /// Damage met while decoding, and the directories read so far: both fill on use.
    pub(super) lazy: Mutex<Lazy>,
}

#[derive(Default)]
pub(super) struct Lazy {
    pub(super) entries: HashMap<u64, Arc<Vec<Entry>>>,
    pub(super) damage: Vec<Damage>,
    pub(super) damaged: HashSet<(u64, String)>,
    /// Frames whose rows cannot be told apart any more.
    pub(super) dead: HashSet<u64>,
}

/// The frames that hold the content of one tail segment.
#[derive(Default)]
pub(super) struct SealedSegment {
    parts: u16,
    pub(super) have: Vec<FrameHeader>,
}

impl SealedSegment {
    pub(super) fn is_complete(&self) -> bool {
        self.have.len() >= usize::from(self.parts)
    }
}

impl LogReader {
    /// Opens a run's directory or a `.tacho` file.
    pub fn open(path: &Path) -> Result<Self> {
        Self::from_source(Arc::new(Disk::open(path)?))
    }

    /// Opens bytes in memory: a main file and numbered tail segments.
    pub fn from_bytes(main: Vec<u8>, tails: Vec<(u32, Vec<u8>)>) -> Result<Self> {
        Self::from_source(Arc::new(super::source::Fixed { main, tails }))
    }

    pub(crate) fn from_source(source: Arc<dyn Source>) -> Result<Self> {
        Self::begin(source, true)
    }

    /// Opens a run by walking all of its frames, whatever its index says.
    pub(crate) fn open_scanning(path: &Path) -> Result<Self> {
        Self::begin(Arc::new(Disk::open(path)?), false)
    }

    /// As [`LogReader::from_bytes`], walking all frames.
    pub fn scan_bytes(main: Vec<u8>, tails: Vec<(u32, Vec<u8>)>) -> Result<Self> {
        Self::begin(Arc::new(super::source::Fixed { main, tails }), false)
    }

    fn begin(source: Arc<dyn Source>, by_index: bool) -> Result<Self> {
        let mut reader = Self {
            by_index,
            source,
            uuid: None,
            created_micros: 0,
            main_at: 0,
            closed: false,
            next_seq: 0,
            frames: 0,
            segments: BTreeMap::new(),
            tails: BTreeMap::new(),
            records: BTreeMap::new(),
            foreign: Vec::new(),
            ro_compat: 0,
            index: None,
            damage: Vec::new(),
            torn: 0,
            abandoned: 0,
            superseded: Vec::new(),
            headless: 0,
            closed_by: 0,
            lazy: Mutex::default(),
        };
        reader.refresh()?;
        Ok(reader)
    }

    /// Takes in what was written since; whether anything was.
    pub fn refresh(&mut self) -> Result<bool> {
        if self.main_at == 0 && !self.open_main()? {
            return self.take_tails();
        }
        if self.by_index && self.frames == 0 && self.open_by_index()? {
            return Ok(true);
        }
        let sealed = self.scan_main()?;
        let tails = self.take_tails()?;
        // What was sealed while the tail was read is in the main file by now.
        let more = tails && self.scan_main()?;
        if sealed || more {
            self.count_rows();
        }
        let done: Vec<u32> = self
            .tails
            .keys()
            .copied()
            .filter(|number| self.segments.get(number).is_some_and(SealedSegment::is_complete))
            .collect();
        for number in done {
            self.tails.remove(&number);
        }
        Ok(sealed || tails || more)
    }

    /// Follows the places of rows up to the last one. Rows of both tables take turns, so a frame's
    /// first place and number of rows do not tell its last; its own column does.
    fn count_rows(&mut self) {
        let Some((&number, _)) = self.segments.last_key_value() else { return };
        let mut next = self.next_seq;
        for table in [Table::Epochs, Table::Steps] {
            for part in self.parts_of(number, table) {
                let seq = self.own_column(&part, table, Own::Seq);
                next = next.max(
                    seq.and_then(|seq| seq.last().copied()).map_or(0, |seq| seq.saturating_add(1)),
                );
            }
        }
        // Where a column is damaged, the rows of the whole segment tell.
        let frames = self.segments.get(&number).map(|s| s.have.as_slice()).unwrap_or_default();
        let rows = frames.iter().map(|frame| u64::from(frame.rows)).sum::<u64>();
        let first = frames.iter().map(|frame| frame.seq_first).min().unwrap_or(0);
        self.next_seq = next.max(first.saturating_add(rows));
    }

    /// The run's 16-byte identity, unless all that told it is lost.
    pub fn uuid(&self) -> Option<[u8; 16]> {
        self.uuid
    }

    /// When the main file was made, microseconds since 1970-01-01 UTC.
    pub fn created_micros(&self) -> i64 {
        self.created_micros
    }

    /// Whether the last frame says that the run was closed.
    pub fn closed(&self) -> bool {
        let sealed = |tail: &Segment| {
            tail.next_seq() <= self.next_seq && tail.header.attempt <= self.closed_by
        };
        self.closed && self.headless == 0 && self.tails.values().all(sealed)
    }

    /// The run's directory or file.
    pub fn path(&self) -> Option<&Path> {
        self.source.path()
    }

    /// The run's directory, unless this is a single file or memory.
    pub fn run_dir(&self) -> Option<&Path> {
        self.source.run_dir()
    }

    pub(crate) fn source(&self) -> &dyn Source {
        &*self.source
    }

    /// The structured records in log order, each with the place of the row that follows it.
    pub fn records(&self) -> impl Iterator<Item = &(u64, Record)> {
        // A segment that is half sealed is read where it is whole.
        let open: BTreeMap<u32, &Segment> = self.open_tails().collect();
        let numbers: BTreeSet<u32> = self.records.keys().chain(open.keys()).copied().collect();
        numbers.into_iter().flat_map(move |number| match open.get(&number) {
            Some(tail) => tail.records.as_slice(),
            None => self.records.get(&number).map(Vec::as_slice).unwrap_or_default(),
        })
    }

    /// The place of the row that would come next.
    pub fn next_seq(&self) -> u64 {
        self.open_tails().map(|(_, tail)| tail.next_seq()).fold(self.next_seq, u64::max)
    }

    /// Features that a writer would have to know; 0 where this version may write.
    pub(crate) fn ro_compat(&self) -> u32 {
        self.ro_compat
    }

    /// How far the main file was read.
    pub(crate) fn main_end(&self) -> u64 {
        self.main_at
    }

    /// Whether there is not even an unreadable tail segment.
    pub(crate) fn is_empty(&self) -> bool {
        self.segments.is_empty() && self.tails.is_empty()
    }

    /// Stretches of the main file, from where to where, that hold nothing that is not elsewhere:
    /// what was never finished, and what a power failure took before it was synced.
    pub(crate) fn idle_stretches(&self) -> Result<Vec<(u64, u64)>> {
        let mut stretches = self.superseded.clone();
        // Frames of segments that are gone were synced, and so was all before them: damage there
        // is damage. Behind them stand frames whose segments are there.
        let frames = self.frame_headers();
        let gone = self.source.tails()?.first().map_or(u32::MAX, |first| first - 1);
        let synced = frames.iter().filter(|frame| frame.segment <= gone);
        let synced_end = synced.map(FrameHeader::end).max().unwrap_or(FILE_HEADER as u64);
        let all_there = self.segments.range(..=gone).all(|(_, segment)| segment.is_complete());
        if all_there && self.report().rows_lost == 0 {
            let unsynced = self.damage.iter().filter(|damage| damage.offset >= synced_end);
            let stretch = |damage: &Damage| (damage.offset, damage.offset + damage.len);
            // An index may have restored a frame in there.
            let is_empty = |(from, to): &(u64, u64)| {
                !frames.iter().any(|frame| (*from..*to).contains(&frame.offset))
            };
            stretches.extend(unsynced.map(stretch).filter(is_empty));
        }
        if self.torn > 0 {
            stretches.push((self.main_at, self.main_at + self.torn));
        }
        stretches.sort_unstable();
        stretches.dedup();
        Ok(stretches)
    }

    pub(crate) fn last_segment(&self) -> u32 {
        let sealed = self.segments.keys().next_back().copied().unwrap_or(0);
        let tail = self.tails.keys().next_back().copied().unwrap_or(0);
        sealed.max(tail)
    }

    pub(crate) fn index(&self) -> Option<&Index> {
        self.index.as_ref().filter(|_| self.closed && self.tails.is_empty())
    }

    /// Every frame that counts, in file order.
    pub(crate) fn frame_headers(&self) -> Vec<FrameHeader> {
        let mut frames: Vec<FrameHeader> =
            self.segments.values().flat_map(|segment| segment.have.iter().copied()).collect();
        frames.extend(&self.foreign);
        frames.sort_by_key(|frame| frame.offset);
        frames
    }

    /// The tail segments whose content is not in the main file.
    pub(crate) fn open_tails(&self) -> impl Iterator<Item = (u32, &Segment)> {
        self.tails
            .iter()
            .filter(|(number, _)| {
                !self.segments.get(number).is_some_and(SealedSegment::is_complete)
            })
            .map(|(number, tail)| (*number, tail))
    }

    /// What reading met so far.
    pub fn report(&self) -> Report {
        let mut report = Report {
            damage: self.damage.clone(),
            torn_bytes: self.torn + self.abandoned + self.headless,
            frames: self.frames,
            closed: self.closed(),
            ..Report::default()
        };
        for table in [Table::Epochs, Table::Steps] {
            for part in self.parts(table) {
                report.rows += part.rows as u64;
                if part.is_sealed() {
                    report.rows_sealed += part.rows as u64;
                }
            }
        }
        for (number, tail) in self.open_tails() {
            report.torn_bytes += tail.torn;
            report.damage.extend(tail.holes.iter().map(|hole| Damage {
                file: format!("{TAIL_PREFIX}{number:08}"),
                offset: hole.offset,
                len: hole.len,
                reason: hole.reason.into(),
                rows: hole.rows,
                table: None,
                labels: None,
                column: None,
            }));
        }
        let lazy = self.lazy();
        report.damage.extend(lazy.damage.iter().cloned());
        drop(lazy);
        report.rows_lost = self.next_seq().saturating_sub(report.rows + self.known_lost());
        report
    }

    /// Rows that were already lost when this run was made by repairing another.
    fn known_lost(&self) -> u64 {
        let lost = self.records().filter_map(|(_, record)| match record {
            Record::Put { key, value } if key == super::pack::REPAIRED => {
                super::record::int_field(value, "rows_lost")
            }
            _ => None,
        });
        lost.last().unwrap_or(0) as u64
    }

    pub(super) fn lazy(&self) -> MutexGuard<'_, Lazy> {
        self.lazy.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the file header; false while there is none.
    fn open_main(&mut self) -> Result<bool> {
        let name = self.source.path().unwrap_or(Path::new(MAIN_FILE)).to_owned();
        match scan::open(&*self.source, &name)? {
            Opening::Header(header) => {
                self.uuid = Some(header.uuid);
                self.created_micros = header.created_micros;
                self.ro_compat = header.ro_compat;
            }
            Opening::Torn => {
                self.torn = self.source.main_len()?;
                return Ok(false);
            }
            Opening::Damaged(uuid) => {
                self.uuid = uuid;
                self.main_damage(0, FILE_HEADER as u64, "the file header's checksum is wrong");
            }
        }
        self.torn = 0;
        self.main_at = FILE_HEADER as u64;
        Ok(true)
    }

    /// Takes everything from the index of a closed file.
    fn open_by_index(&mut self) -> Result<bool> {
        let len = self.source.main_len()?;
        let Some(uuid) = self.uuid else { return Ok(false) };
        if len < (FILE_HEADER + FRAME_HEADER + TRAILER) as u64 || !self.source.tails()?.is_empty() {
            return Ok(false);
        }
        let mut trailer = [0; TRAILER];
        self.source.read_main(len - TRAILER as u64, &mut trailer)?;
        let Some(offset) = index::decode_trailer(&trailer, &uuid) else { return Ok(false) };
        let frame = scan::frame_at(&*self.source, offset, Some(uuid))?;
        let Some(frame) = frame.filter(|f| f.kind == frame_type::INDEX && f.end() == len) else {
            return Ok(false);
        };
        let Ok(index) = scan::read_head(&*self.source, &frame).and_then(|h| Index::decode(&h))
        else {
            return Ok(false);
        };
        // The structured records are read now; if one cannot be, the careful way is taken.
        for frame in index.frames.iter().filter(|frame| frame.kind == frame_type::RECORDS) {
            if self.take_records(frame).is_err() {
                self.records.clear();
                return Ok(false);
            }
        }
        for frame in &index.frames {
            match frame.kind {
                frame_type::ROWS | frame_type::RECORDS => self.add_part(*frame),
                _ => self.foreign.push(*frame),
            }
        }
        self.frames = index.frames.len() as u64 + 1;
        self.next_seq = index.next_seq;
        self.closed = index.closed;
        self.closed_by = frame.attempt;
        self.index = Some(index);
        self.main_at = len;
        Ok(true)
    }

    fn scan_main(&mut self) -> Result<bool> {
        let len = self.source.main_len()?;
        let before = (self.frames, self.damage.len());
        let segments = self.source.tails()?;
        self.torn = 0;
        while self.main_at < len {
            let at = self.main_at;
            let header = scan::frame_at(&*self.source, at, self.uuid)?;
            if let Some(frame) = header
                && self.follows_on(&frame, len)?
            {
                self.take_frame(&frame, segments.contains(&frame.segment))?;
                self.main_at = frame.end();
                continue;
            }
            let from = at + if header.is_some() { FRAME_HEADER as u64 } else { 1 };
            let Some(next) = scan::next_frame(&*self.source, from, len, self.uuid)? else {
                // Either a write that is still going on, or one that never finished.
                self.torn = len - at;
                break;
            };
            self.skip_to(next.offset, header);
        }
        Ok(before != (self.frames, self.damage.len()))
    }

    /// Whether the frame reaches up to the next one or the end, or else is whole.
    fn follows_on(&self, frame: &FrameHeader, len: u64) -> Result<bool> {
        if frame.end() == len {
            return Ok(true);
        }
        let next =
            frame.end() < len && scan::frame_at(&*self.source, frame.end(), self.uuid)?.is_some();
        Ok(next || scan::is_whole(&*self.source, frame)?)
    }

    /// Notes the stretch up to the next sound frame, whose header may be the only sound part.
    fn skip_to(&mut self, next: u64, header: Option<FrameHeader>) {
        let at = self.main_at;
        self.main_at = next;
        self.main_damage(at, next - at, "no sound frame stands here");
        if let (Some(frame), Some(damage)) = (header, self.damage.last_mut()) {
            damage.reason = "the frame is cut off or its content is damaged".into();
            describe(damage, &frame);
        }
    }

    fn main_damage(&mut self, offset: u64, len: u64, reason: impl Into<String>) {
        self.damage.push(Damage {
            file: MAIN_FILE.into(),
            offset,
            len,
            reason: reason.into(),
            rows: 0,
            table: None,
            labels: None,
            column: None,
        });
    }

    /// `beside`: the segment whose content this is still stands beside the main file, which is
    /// the case until the frame is known to be on the disk.
    fn take_frame(&mut self, frame: &FrameHeader, beside: bool) -> Result<()> {
        self.frames += 1;
        self.closed = false;
        self.index = None;
        let taken = match frame.kind {
            _ if frame.features != 0 => {
                Err(Error::corrupt(frame.offset, "the frame needs a newer version of tachograph"))
            }
            frame_type::ROWS => self.take_rows(frame, beside),
            frame_type::RECORDS => self.take_records(frame),
            frame_type::INDEX => self.take_index(frame),
            frame_type::ABANDONED => self.take_abandoned(frame),
            _ => {
                self.foreign.push(*frame);
                return Ok(());
            }
        };
        match taken {
            Ok(()) => {
                if matches!(frame.kind, frame_type::ROWS | frame_type::RECORDS) {
                    self.add_part(*frame);
                }
                Ok(())
            }
            Err(error @ Error::Io { .. }) => Err(error),
            Err(error) => {
                let len = frame.end() - frame.offset;
                self.main_damage(frame.offset, len, error.to_string());
                if beside {
                    // Half a frame, as a power failure leaves it. Its segment holds the same.
                    self.superseded.push((frame.offset, frame.end()));
                } else if let Some(damage) = self.damage.last_mut() {
                    describe(damage, frame);
                }
                Ok(())
            }
        }
    }

    fn take_rows(&self, frame: &FrameHeader, beside: bool) -> Result<()> {
        let entries = Arc::new(scan::read_entries(&*self.source, frame)?);
        if beside {
            scan::check_chunks(&*self.source, frame, &entries)?;
        }
        self.lazy().entries.insert(frame.offset, entries);
        Ok(())
    }

    fn take_records(&mut self, frame: &FrameHeader) -> Result<()> {
        if self.has_part(frame) {
            return Ok(());
        }
        let records = super::seal::decode_records(&scan::read_head(&*self.source, frame)?)?;
        self.records.entry(frame.segment).or_default().extend(records);
        Ok(())
    }

    fn take_index(&mut self, frame: &FrameHeader) -> Result<()> {
        let index = Index::decode(&scan::read_head(&*self.source, frame)?)?;
        let mut trailer = [0; TRAILER];
        self.source.read_main(frame.end() - TRAILER as u64, &mut trailer)?;
        if self.uuid.and_then(|uuid| index::decode_trailer(&trailer, &uuid)) != Some(frame.offset) {
            let at = frame.end() - TRAILER as u64;
            self.main_damage(at, TRAILER as u64, "the trailer's checksum is wrong");
        }
        self.next_seq = self.next_seq.max(index.next_seq);
        // A frame whose own header was lost is still described by the index.
        for lost in index.frames.iter().filter(|lost| lost.offset < frame.offset) {
            if self.has_part(lost) {
                continue;
            }
            let restored = match lost.kind {
                frame_type::ROWS => self.take_rows(lost, false),
                frame_type::RECORDS => self.take_records(lost),
                _ => continue,
            };
            let place = |damage: &&mut Damage| {
                damage.offset <= lost.offset && lost.offset < damage.offset + damage.len.max(1)
            };
            let damage = self.damage.iter_mut().find(place);
            if restored.is_ok() && Some(lost.uuid) == self.uuid {
                if let Some(damage) = damage {
                    damage.reason = "a frame's header is damaged; the index restored it".into();
                    damage.rows = 0;
                }
                self.add_part(*lost);
            } else if let Some(damage) = damage {
                describe(damage, lost);
            }
        }
        self.closed = index.closed;
        self.closed_by = frame.attempt;
        self.index = Some(index);
        Ok(())
    }

    /// What the frame speaks of holds nothing that is not elsewhere: it is no damage.
    fn take_abandoned(&mut self, frame: &FrameHeader) -> Result<()> {
        let (from, to) = super::mainfile::decode_gap(&scan::read_head(&*self.source, frame)?)?;
        self.damage.retain(|damage| damage.offset < from || damage.offset + damage.len > to);
        for segment in self.segments.values_mut() {
            segment.have.retain(|frame| frame.offset < from || frame.offset >= to);
        }
        self.abandoned += to.saturating_sub(from);
        Ok(())
    }

    fn has_part(&self, frame: &FrameHeader) -> bool {
        self.segments
            .get(&frame.segment)
            .is_some_and(|segment| segment.have.iter().any(|have| have.part == frame.part))
    }

    fn add_part(&mut self, frame: FrameHeader) {
        self.next_seq = self.next_seq.max(frame.seq_first + u64::from(frame.rows));
        let segment = self.segments.entry(frame.segment).or_default();
        segment.parts = segment.parts.max(frame.parts);
        match segment.have.iter_mut().find(|have| have.part == frame.part) {
            None => {
                segment.have.push(frame);
                segment.have.sort_by_key(|frame| frame.part);
            }
            // The first sound one counts.
            Some(have) if have.offset != frame.offset => {
                if !scan::is_whole(&*self.source, have).unwrap_or(false) {
                    *have = frame;
                }
            }
            Some(_) => {}
        }
    }

    /// Reads on in the tail segments.
    fn take_tails(&mut self) -> Result<bool> {
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
        if header.is_none() && data.iter().skip(super::tail::RECORDS_AT).any(|&byte| byte != 0) {
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
        if data.iter().skip(super::tail::RECORDS_AT).all(|&byte| byte == 0) {
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

/// Says which rows a damaged frame held.
fn describe(damage: &mut Damage, frame: &FrameHeader) {
    damage.table = frame.rows_table();
    if damage.table.is_some() {
        damage.rows += u64::from(frame.rows);
        damage.labels = Some((frame.label_min, frame.label_max));
    }
}
