//! Several calls at one step are one row of a frame, wherever blocks end and whatever comes between.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::collections::HashMap;
use std::sync::Arc;
use tachograph::log::{LogReader, MixedRow, Options, Writer, pack};
use tachograph::store::{Choice, Frame, View};
use tachograph::types::{Chunk, ColumnKey, Role, Table};

/// Step and the values of `a`, `b` and `c`.
type Row = (i64, [Option<u64>; 3]);

const NAMES: [&str; 3] = ["a", "b", "c"];

fn key(name: &str) -> ColumnKey {
    ColumnKey::new(Role::Metric, name)
}

/// Rows enough for many blocks: two and three calls a step, columns that come twice, a step that
/// goes on without a value over several blocks.
fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for step in 0..60_000 {
        rows.push((step, [Some(step as u64), None, None]));
        rows.push((step, [None, Some(1), None]));
        if step % 3 == 0 {
            rows.push((step, [None, None, Some(2)]));
        }
        if step % 1000 == 0 {
            rows.push((step, [Some(7), None, None]));
        }
    }
    rows.extend(std::iter::repeat_n((60_000, [None; 3]), 200_000));
    rows.push((60_000, [Some(5), None, None]));
    rows.push((60_000, [Some(6), Some(8), None]));
    rows.push((60_000, [None, None, Some(9)]));
    rows
}

/// The rule, row by row.
fn merged(rows: &[Row]) -> Vec<Row> {
    let mut merged: Vec<Row> = Vec::new();
    // The latest merged row of each step, and its first and last raw rows.
    let mut latest: HashMap<i64, (usize, usize, usize)> = HashMap::new();
    for (seq, row) in rows.iter().enumerate() {
        let near = latest.get_mut(&row.0).filter(|(at, first, last)| {
            (seq - *first <= 256 || seq - *last == 1)
                && (0..3).all(|column| merged[*at].1[column].is_none() || row.1[column].is_none())
        });
        if let Some((at, _, last)) = near {
            (0..3).for_each(|column| {
                merged[*at].1[column] = merged[*at].1[column].or(row.1[column]);
            });
            *last = seq;
        } else {
            latest.insert(row.0, (merged.len(), seq, seq));
            merged.push(*row);
        }
    }
    merged
}

/// What a monitor makes of a run: each step's own values come some steps late, a few of them too
/// late, once in a while in bursts; epochs count their steps anew.
fn monitored() -> Vec<Row> {
    let mut rows = Vec::new();
    let mut waiting = Vec::new();
    for at in 0..150_000_i64 {
        let step = if at < 60_000 { at } else { 60_000 + at % 500 };
        rows.push((step, [Some(at as u64), None, None]));
        waiting.push((step, [None, Some(at as u64), None]));
        if at % 1000 == 999 {
            rows.push((step, [None, None, Some(1)]));
        }
        let late = match at % 7000 {
            5000..5100 => 100,
            5100..5500 => 300,
            _ => 1 + (at % 4) as usize,
        };
        while waiting.len() > late {
            rows.push(waiting.remove(0));
        }
    }
    rows.extend(waiting);
    rows
}

fn log(writer: &Writer, rows: &[Row]) {
    let id = writer.layout(Table::Steps, &NAMES.map(key)).unwrap();
    for (step, values) in rows {
        let words = values.map(Option::unwrap_or_default);
        let present = [(0..3).map(|at| u64::from(values[at].is_some()) << at).sum()];
        let row = MixedRow { words: &words, present: &present, ints: &[0b111], extras: &[] };
        writer.append_mixed(id, Some(*step), None, &row).unwrap().unwrap();
    }
}

fn read(chunks: impl Iterator<Item = Chunk>) -> (Vec<Row>, usize) {
    let (mut rows, mut n) = (Vec::new(), 0);
    for chunk in chunks {
        assert!(chunk.rows() > 0);
        for row in 0..chunk.rows() {
            let cell = |at| chunk.column(at).and_then(|column| column.get(row));
            rows.push((chunk.label[row], [cell(0), cell(1), cell(2)]));
        }
        n += 1;
    }
    (rows, n)
}

fn check(reader: &LogReader, raw: &[Row]) {
    let all = merged(raw);
    let whole = Frame::all(View::new(reader, Table::Steps, false));
    let (found, n_chunks) = read(whole.chunks());
    assert!(n_chunks > 3, "{n_chunks}");
    assert_eq!(found, all);
    assert_eq!(whole.len(), all.len());
    let parts = (0..whole.part_count()).map(|at| {
        let part = whole.part(at).unwrap();
        assert_eq!(part.rows(), whole.part_rows(at));
        part
    });
    assert_eq!(read(parts.filter(|part| part.rows() > 0)).0, all);
    let known = Arc::clone(whole.plan());
    let again = Frame::all_as_planned(View::new(reader, Table::Steps, false), known);
    assert_eq!(read(again.chunks()).0, all);
    let only = |row: &Row| (row.0, [None, row.1[1], None]);
    assert_eq!(read(whole.chunks_of(&[1])).0, all.iter().map(only).collect::<Vec<_>>());
    for (start, stop) in [(Some(30_000), Some(30_010)), (None, Some(7)), (Some(59_999), None)] {
        let choice = Choice { start, stop, ..Choice::default() };
        let frame = Frame::new(View::new(reader, Table::Steps, false), choice);
        let within = |row: &&Row| {
            start.is_none_or(|start| start <= row.0) && stop.is_none_or(|stop| row.0 < stop)
        };
        let expected: Vec<Row> = all.iter().filter(within).copied().collect();
        assert_eq!(read(frame.chunks()).0, expected);
        assert_eq!(frame.len(), expected.len());
    }
    let raw_frame = Choice { raw: true, ..Choice::default() };
    let raw_frame = Frame::new(View::new(reader, Table::Steps, false), raw_frame);
    assert_eq!(read(raw_frame.chunks()).0, raw);
    assert_eq!(raw_frame.len(), raw.len());
}

fn check_live_and_closed(raw: &[Row]) {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    let writer = Writer::create(Some(&run), [7; 16], Options::default()).unwrap();
    let mut follower = LogReader::open(&run).unwrap();
    let (first, rest) = raw.split_at(raw.len() / 3);
    log(&writer, first);
    follower.refresh().unwrap();
    check(&follower, first);
    log(&writer, rest);
    follower.refresh().unwrap();
    check(&follower, raw);
    check(&writer.reader().unwrap(), raw);
    assert!(writer.close(None).unwrap());
    check(&LogReader::open(&run).unwrap(), raw);
    let file = dir.path().join("one.tacho");
    pack(&run, &file).unwrap();
    check(&LogReader::open(&file).unwrap(), raw);
}

#[test]
fn rows_merge_across_blocks_live_and_closed() {
    check_live_and_closed(&rows());
}

#[test]
fn late_rows_merge_across_blocks_live_and_closed() {
    check_live_and_closed(&monitored());
}

#[test]
fn little_is_held_back_between_chunks() {
    let writer = Writer::create(None, [7; 16], Options::default()).unwrap();
    let raw = monitored();
    log(&writer, &raw);
    let reader = writer.reader().unwrap();
    let frame = Frame::all(View::new(&reader, Table::Steps, false));
    let most = (0..frame.part_count()).map(|at| frame.part_rows(at)).max().unwrap();
    for chunk in frame.chunks() {
        assert!(chunk.rows() <= most + 257, "{} {most}", chunk.rows());
    }
}

#[test]
fn a_clone_stays_as_it_is() {
    let writer = Writer::create(None, [1; 16], Options::default()).unwrap();
    log(&writer, &[(0, [Some(1), None, None])]);
    let mut reader = writer.reader().unwrap();
    let before = reader.clone();
    log(&writer, &[(1, [Some(2), None, None])]);
    assert!(reader.refresh().unwrap());
    assert_eq!(View::new(&before, Table::Steps, false).len(), 1);
    assert_eq!(View::new(&reader, Table::Steps, false).len(), 2);
}

/// Three calls a step; a value says whose step it is, and of which column.
fn triples() -> Vec<Row> {
    let row = |step: i64, at: usize| {
        let mut values = [None; 3];
        values[at] = Some(step as u64 * 3 + at as u64);
        (step, values)
    };
    (0..40_000).flat_map(|step| (0..3).map(move |at| row(step, at))).collect()
}

#[test]
fn rows_beside_a_damaged_block_are_not_joined_across_it() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    let writer = Writer::create(Some(&run), [7; 16], Options::default()).unwrap();
    log(&writer, &triples());
    assert!(writer.close(None).unwrap());
    let file = run.join("run.tacho");
    let sound = std::fs::read(&file).unwrap();
    let mut lost = 0;
    for at in (0..sound.len()).step_by(151) {
        let mut bytes = sound.clone();
        bytes[at] ^= 1;
        std::fs::write(&file, &bytes).unwrap();
        let Ok(reader) = LogReader::open(&run) else { continue };
        let (rows, _) = read(Frame::all(View::new(&reader, Table::Steps, false)).chunks());
        for (step, values) in &rows {
            for (at, value) in values.iter().enumerate() {
                assert!(value.is_none_or(|value| value == *step as u64 * 3 + at as u64), "{step}");
            }
        }
        lost += usize::from(rows.len() < 39_000);
        // Once it is known which blocks are lost, rows have positions that stay.
        let reader = LogReader::open(&run).unwrap();
        reader.settle(Table::Steps);
        let settled = Frame::all(View::new(&reader, Table::Steps, false));
        let rows = read(settled.chunks()).0;
        assert_eq!(rows.len(), settled.len());
        let parts = (0..settled.part_count()).map(|at| settled.part(at).unwrap());
        assert_eq!(read(parts.filter(|part| part.rows() > 0)).0, rows);
    }
    assert!(lost > 10, "{lost}");
}
