//! Reading a run: the sealed frames, the tail behind them, and what is damaged between.

mod main;
mod tails;

use super::amendments::Amendments;
use super::columns::TableColumns;
use super::frame::{FILE_HEADER, FrameHeader};
use super::index::Index;
use super::record::Record;
use super::report::{Damage, Report};
use super::rows::{Entry, Own};
use super::segment::Segment;
use super::source::{Disk, Source, TAIL_PREFIX};
use crate::Result;
use crate::types::Table;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// A run, read only. It needs no lock and sees what a live writer has committed.
///
/// A clone stays as it is when the other is refreshed; both report the damage that either meets.
#[derive(Clone)]
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
    /// The last amendments among them.
    amendments: Arc<Amendments>,
    /// What views found the columns of epochs and of steps to be, since anything was taken in.
    columns: [OnceLock<Arc<TableColumns>>; 2],
    /// Frames of kinds of a later version, which are passed on and not read.
    foreign: Vec<FrameHeader>,
    /// Features that a writer would have to know.
    ro_compat: u32,
    index: Option<Index>,
    /// Where the last sound frame of the main file ends: it tells how many rows came before it.
    told_up_to: u64,
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
    pub(super) lazy: Arc<Mutex<Lazy>>,
}

#[derive(Default)]
pub(super) struct Lazy {
    pub(super) entries: HashMap<u64, Arc<Vec<Entry>>>,
    pub(super) damage: Vec<Damage>,
    pub(super) damaged: HashSet<(u64, String)>,
    /// Frames whose rows cannot be told apart any more.
    pub(super) dead: HashSet<u64>,
    /// Frames whose rows are known to be there.
    pub(super) sound: HashSet<u64>,
}

/// The frames that hold the content of one tail segment.
#[derive(Clone, Default)]
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
            amendments: Arc::default(),
            columns: Default::default(),
            foreign: Vec::new(),
            ro_compat: 0,
            index: None,
            told_up_to: 0,
            damage: Vec::new(),
            torn: 0,
            abandoned: 0,
            superseded: Vec::new(),
            headless: 0,
            closed_by: 0,
            lazy: Arc::default(),
        };
        reader.refresh()?;
        Ok(reader)
    }

    /// Takes in what was written since; whether anything was.
    pub fn refresh(&mut self) -> Result<bool> {
        let changed = self.take_all();
        // What was taken in before an error shows as well.
        if !matches!(changed, Ok(false)) {
            self.take_amendments();
            self.columns = Default::default();
        }
        changed
    }

    fn take_amendments(&mut self) {
        let mut amendments = std::mem::take(&mut self.amendments);
        let lists = self.record_lists();
        if !amendments.knows(&lists) {
            Arc::make_mut(&mut amendments).update(&lists);
        }
        self.amendments = amendments;
    }

    fn take_all(&mut self) -> Result<bool> {
        if self.main_at == 0 && !self.open_main()? {
            return self.take_tails();
        }
        if self.by_index && self.frames == 0 && self.open_by_index()? {
            return Ok(true);
        }
        let sealed = self.scan_main()?;
        let tails = self.take_tails()?;
        // What was sealed meanwhile is in the main file by now, and its segment may be gone.
        let more = self.scan_main()?;
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
        self.record_lists().into_values().flatten()
    }

    /// The same by segment.
    fn record_lists(&self) -> BTreeMap<u32, &[(u64, Record)]> {
        let sealed = self.records.iter().map(|(number, list)| (*number, list.as_slice()));
        // A segment that is half sealed is read where it is whole.
        let open = self.open_tails().map(|(number, tail)| (number, tail.records.as_slice()));
        sealed.chain(open).collect()
    }

    /// The columns of a table over all attempts; `find` finds them if they are not known yet.
    pub(crate) fn columns(
        &self,
        table: Table,
        find: impl FnOnce() -> TableColumns,
    ) -> Arc<TableColumns> {
        let known = match table {
            Table::Epochs => &self.columns[0],
            Table::Steps => &self.columns[1],
        };
        Arc::clone(known.get_or_init(|| Arc::new(find())))
    }

    /// The last amendment of each value.
    pub(crate) fn amendments(&self) -> &Arc<Amendments> {
        &self.amendments
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
        report.damage.extend(self.missing_end());
        let lazy = self.lazy();
        report.damage.extend(lazy.damage.iter().cloned());
        drop(lazy);
        report.rows_lost = self.next_seq().saturating_sub(report.rows + self.known_lost());
        report.told_up_to = if self.tails.is_empty() { self.told_up_to } else { u64::MAX };
        report
    }

    /// Of a file by itself, which has no segments beside it: whether it ends before its index.
    fn missing_end(&self) -> Option<Damage> {
        let is_single = self.source.path().is_some() && self.source.run_dir().is_none();
        let is_told = self.damage.iter().any(|damage| damage.offset + damage.len >= self.main_at);
        (is_single && self.index.is_none() && !is_told).then(|| Damage {
            file: super::MAIN_FILE.into(),
            offset: self.main_at,
            len: self.torn,
            reason: "cut before its index, or copied from a run that was not closed".into(),
            rows: 0,
            table: None,
            labels: None,
            column: None,
        })
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
}
