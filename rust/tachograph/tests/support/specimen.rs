//! A small run with every kind of frame and record, what it holds, and what damage left of it.

use super::making::Making;
use super::with;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;
use tachograph::log::{LogReader, MAIN_FILE, Mechanism, Report, Writer, pack};
use tachograph::store::View;
use tachograph::types::{ChunkColumn, ColumnKey, Kind, Table, Value};

const FILE_HEADER: usize = 64;
const FRAME_HEADER: usize = 88;
const TAIL_HEADER: usize = 128;

/// A scalar: its kind and bits.
pub type Cell = (Kind, u64);

/// The scalars of a row.
pub type Cells = BTreeMap<ColumnKey, Cell>;

/// The cell of each row, by its place in the log, of every column.
pub type ByColumn = HashMap<(Table, ColumnKey), Vec<Option<Cell>>>;

/// A row as it was logged.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub table: Table,
    pub label: i64,
    pub cells: Cells,
    pub extras: Vec<(ColumnKey, Value)>,
}

/// The files of a run, and the rows by their place in the log.
#[derive(Clone)]
pub struct Specimen {
    pub main: Vec<u8>,
    pub tails: Vec<(u32, Vec<u8>)>,
    pub rows: Arc<BTreeMap<u64, Row>>,
    /// Made once, because damaged copies are compared by the million.
    pub cells: Arc<ByColumn>,
}

/// A stretch of a file and the rows that stand in it.
#[derive(Clone, Debug)]
pub struct Piece {
    pub start: usize,
    pub end: usize,
    pub kind: u8,
    pub rows: BTreeSet<u64>,
}

/// A run of two attempts, of which the first is closed. Of the second `steps` rows are logged.
fn make(dir: &Path, mechanism: Mechanism, steps: i64) -> Making {
    let writer = Writer::create(Some(dir), [7; 16], with(mechanism)).unwrap();
    let mut run = Making { writer, rows: BTreeMap::new() };
    run.record(1);
    (0..900).for_each(|step| {
        run.step(step);
        if step % 100 == 0 {
            run.epoch(step / 100);
        }
    });
    run.bulk(900..1200);
    let mut run = run.resume(dir, mechanism);
    run.record(2);
    (2000..2000 + steps).for_each(|step| run.step(step));
    run.bulk(5000..5040);
    run.record(3);
    (6000..6020).for_each(|step| run.floats(step));
    (100..110).for_each(|epoch| run.epoch(epoch));
    run.record(4);
    run
}

impl Specimen {
    fn new(main: Vec<u8>, tails: Vec<(u32, Vec<u8>)>, rows: BTreeMap<u64, Row>) -> Self {
        let end = rows.keys().next_back().map_or(0, |seq| *seq as usize + 1);
        let mut cells = ByColumn::new();
        for (seq, row) in &rows {
            for (key, cell) in &row.cells {
                let column = cells.entry((row.table, key.clone()));
                column.or_insert_with(|| vec![None; end])[*seq as usize] = Some(*cell);
            }
        }
        Self { main, tails, rows: Arc::new(rows), cells: Arc::new(cells) }
    }

    fn read(dir: &Path, rows: BTreeMap<u64, Row>) -> Self {
        let mut tails = Vec::new();
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if let Some(number) = name.strip_prefix("run.tacho.tail-") {
                tails.push((number.parse().unwrap(), std::fs::read(&path).unwrap()));
            }
        }
        tails.sort();
        tails.retain(|(_, data): &(u32, Vec<u8>)| data.iter().any(|&byte| byte != 0));
        Self::new(std::fs::read(dir.join(MAIN_FILE)).unwrap(), tails, rows)
    }

    /// A closed run of 32 to 64 kB.
    pub fn closed() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let run = make(dir.path(), Mechanism::Map, 1000);
        assert!(run.writer.close(None).unwrap());
        let specimen = Self::read(dir.path(), run.rows);
        assert!(specimen.tails.is_empty());
        assert!((32_000..64_000).contains(&specimen.main.len()), "{}", specimen.main.len());
        specimen
    }

    /// What a writer killed now would leave: a closed attempt, and one in a tail segment.
    pub fn crashed(mechanism: Mechanism) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let run = make(dir.path(), mechanism, 250);
        Self::read(dir.path(), run.rows.clone())
    }

    /// A crashed run of a few rows of every kind, to be read millions of times.
    pub fn small(mechanism: Mechanism) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let writer = Writer::create(Some(dir.path()), [7; 16], with(mechanism)).unwrap();
        let mut run = Making { writer, rows: BTreeMap::new() };
        run.record(1);
        (398..403).for_each(|step| run.step(step));
        run.epoch(1);
        let mut run = run.resume(dir.path(), mechanism);
        run.record(2);
        (608..611).for_each(|step| run.step(step));
        run.bulk(700..704);
        run.floats(800);
        run.epoch(2);
        let mut small = Self::read(dir.path(), run.rows.clone());
        // The rest of a mapped segment is zeros, of which a few do.
        let used = small.records(0).last().unwrap().end;
        small.tails[0].1.truncate(used.next_multiple_of(8) + 64);
        small
    }

    /// A crashed run as one file.
    pub fn packed() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let run = make(&dir.path().join("run"), Mechanism::Map, 250);
        let target = dir.path().join("one.tacho");
        pack(&dir.path().join("run"), &target).unwrap();
        Self::new(std::fs::read(target).unwrap(), Vec::new(), run.rows.clone())
    }

    /// The frames of the main file.
    pub fn frames(&self) -> Vec<Piece> {
        let mut frames = Vec::new();
        let mut start = FILE_HEADER;
        while start < self.main.len() {
            let u32_at = |at: usize| u32::from_le_bytes(self.main[at..at + 4].try_into().unwrap());
            let u64_at = |at: usize| u64::from_le_bytes(self.main[at..at + 8].try_into().unwrap());
            assert_eq!(u64_at(start + 8), start as u64);
            let end = start + FRAME_HEADER + u32_at(start + 40) as usize;
            let (kind, table) = (self.main[start + 4], self.main[start + 5]);
            let of_table =
                self.rows.range(u64_at(start + 32)..).filter(|(_, row)| row.table as u8 == table);
            let rows = of_table.take(u32_at(start + 48) as usize).map(|(seq, _)| *seq).collect();
            frames.push(Piece { start, end, kind, rows });
            start = end;
        }
        frames
    }

    /// The records of a tail segment.
    pub fn records(&self, tail: usize) -> Vec<Piece> {
        let data = &self.tails[tail].1;
        let u64_at = |at: usize| u64::from_le_bytes(data[at..at + 8].try_into().unwrap());
        let first_seq = u64_at(32);
        let mut records: Vec<Piece> = Vec::new();
        let mut starts = Vec::new();
        let mut start = TAIL_HEADER;
        while start + 8 <= data.len() && u64_at(start) != 0 {
            let end = start + 8 + (u64_at(start) >> 32) as usize;
            starts.push(first_seq + (u64_at(start + 8) >> 32));
            records.push(Piece { start, end, kind: data[start + 8], rows: BTreeSet::new() });
            start = end;
        }
        starts.push(self.rows.keys().next_back().unwrap() + 1);
        for (record, seqs) in records.iter_mut().zip(starts.windows(2)) {
            record.rows = (seqs[0]..seqs[1]).collect();
        }
        records
    }

    /// Opens the files by the index or by walking them.
    pub fn open(&self, scanning: bool) -> tachograph::Result<LogReader> {
        let (main, tails) = (self.main.clone(), self.tails.clone());
        if scanning {
            LogReader::scan_bytes(main, tails)
        } else {
            LogReader::from_bytes(main, tails)
        }
    }

    /// Reads everything; panics where a value is not what was logged.
    pub fn look(&self, reader: &LogReader) -> Found {
        reader.check_all();
        let mut found =
            Found { whole: BTreeSet::new(), partial: BTreeSet::new(), report: Report::default() };
        for table in [Table::Epochs, Table::Steps] {
            self.look_at(&View::new(reader, table, true), table, &mut found);
        }
        found.report = reader.report();
        found
    }

    fn look_at(&self, view: &View<'_>, table: Table, found: &mut Found) {
        for chunk in view.chunks() {
            let key = |column: &ChunkColumn| &view.schema()[column.index].key;
            let columns: Vec<_> = chunk
                .columns
                .iter()
                .map(|column| (column, self.cells.get(&(table, key(column).clone()))))
                .collect();
            for row in 0..chunk.rows() {
                let seq = chunk.seq[row];
                let want = self.rows.get(&seq);
                let want = want.unwrap_or_else(|| panic!("row {seq} was never logged"));
                assert_eq!((want.table, want.label), (table, chunk.label[row]), "row {seq}");
                let mut cells = 0;
                for (column, want) in &columns {
                    let Some(word) = column.get(row) else { continue };
                    let want = want.and_then(|cells| cells[seq as usize]);
                    let key = key(column);
                    assert_eq!(Some((column.kind, word)), want, "{key:?} of row {seq}");
                    cells += 1;
                }
                let extras = chunk.extras.iter().filter(|(at, ..)| *at == row);
                let extras: Vec<_> = extras.map(|(_, key, v)| (key.clone(), v.clone())).collect();
                assert!(extras.iter().all(|extra| want.extras.contains(extra)), "row {seq}");
                let whole = cells == want.cells.len() && extras.len() == want.extras.len();
                let new = if whole { found.whole.insert(seq) } else { found.partial.insert(seq) };
                assert!(new, "row {seq} twice");
            }
        }
    }
}

/// What was read.
#[derive(Debug)]
pub struct Found {
    /// Rows with all that was logged.
    pub whole: BTreeSet<u64>,
    /// Rows with a part of it.
    pub partial: BTreeSet<u64>,
    pub report: Report,
}

impl Found {
    /// Whether the report says that something is wrong.
    pub fn tells(&self) -> bool {
        !self.report.is_sound() || self.report.torn_bytes > 0
    }
}

/// The rows of all pieces that meet a condition.
pub fn rows_where(pieces: &[Piece], keep: impl Fn(&Piece) -> bool) -> BTreeSet<u64> {
    pieces.iter().filter(|piece| keep(piece)).flat_map(|piece| piece.rows.iter().copied()).collect()
}

/// Runs `work` for each number below `end`, on two threads.
pub fn for_each(end: usize, work: impl Fn(usize) + Sync) {
    std::thread::scope(|scope| {
        for first in 0..2 {
            let work = &work;
            scope.spawn(move || (first..end).step_by(2).for_each(work));
        }
    });
}
