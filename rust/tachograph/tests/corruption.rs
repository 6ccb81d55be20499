//! No changed byte turns into a wrong value, hides rows that are sound, or goes unnoticed.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod support;

use std::collections::BTreeSet;
use support::specimen::{Found, Piece, Specimen, for_each, rows_where};
use tachograph::log::{LogReader, Mechanism, Writer, verify};
use tachograph::types::{ColumnKey, Role, Table, Value};

const LAYOUT_RECORD: u8 = 1;
const ROWS_FRAME: u8 = 1;

/// Eight flipped bits, a zero, and all ones.
const MUTATIONS: usize = 10;

/// Of how many mutations one is tried; `TACHO_TEST_EVERY=1` tries all of them.
fn stride(usual: usize) -> usize {
    std::env::var("TACHO_TEST_EVERY").ok().and_then(|every| every.parse().ok()).unwrap_or(usual)
}

fn mutate(byte: u8, mutation: usize) -> u8 {
    match mutation {
        0..8 => byte ^ 1 << mutation,
        8 => 0,
        _ => 0xff,
    }
}

/// The cases to try for a file of `len` bytes: all places, and for each one or all mutations.
fn for_each_mutation(data: &[u8], usual: usize, work: impl Fn(usize, u8) + Sync) {
    let stride = stride(usual);
    for_each(data.len() * MUTATIONS / stride, |case| {
        // The odd step walks through all mutations and all places.
        let case = case * stride + (case * stride / data.len()) % stride;
        let (at, mutation) = ((case / MUTATIONS) % data.len(), case % MUTATIONS);
        let byte = mutate(data[at], mutation);
        if byte != data[at] {
            work(at, byte);
        }
    });
}

fn look(specimen: &Specimen, scanning: bool) -> Option<Found> {
    // A file that does not begin like a log is refused.
    let mut reader = specimen.open(scanning).ok()?;
    let found = specimen.look(&reader);
    let more = reader.refresh();
    assert!(matches!(more, Ok(false)), "bytes that do not change hold nothing new: {more:?}");
    Some(found)
}

/// Sound rows are there; whatever is not there is told of.
fn check(specimen: &Specimen, found: &Found, sound: &BTreeSet<u64>, what: &str) {
    let missing: Vec<_> = sound.difference(&found.whole).collect();
    assert!(missing.is_empty(), "{what}: sound rows {missing:?} are missing");
    let complete = found.whole.len() == specimen.rows.len();
    assert!(complete || found.tells(), "{what}: {:?}", found.report);
    let gone = specimen.rows.len() - found.whole.len() - found.partial.len();
    assert!(found.report.rows_lost <= gone as u64, "{what}: {gone} {:?}", found.report);
}

fn mutate_main(whole: &Specimen, usual: usize) {
    let frames = whole.frames();
    let in_tail: BTreeSet<u64> = (0..whole.tails.len())
        .flat_map(|tail| rows_where(&whole.records(tail), |_| true))
        .collect();
    for_each_mutation(&whole.main, usual, |at, byte| {
        let mut bad = whole.clone();
        bad.main[at] = byte;
        let mut sound = rows_where(&frames, |frame| !(frame.start..frame.end).contains(&at));
        sound.extend(&in_tail);
        for scanning in [false, true] {
            let what = format!("byte {at} made {byte:#x}, scanning {scanning}");
            let Some(found) = look(&bad, scanning) else { panic!("{what}: not opened") };
            check(whole, &found, &sound, &what);
            assert!(!scanning || found.tells(), "{what}: not noticed {:?}", found.report);
        }
    });
}

#[test]
fn a_changed_byte_of_a_closed_run() {
    mutate_main(&Specimen::closed(), 307);
}

#[test]
fn a_changed_byte_of_the_main_file_of_a_crashed_run() {
    mutate_main(&Specimen::crashed(Mechanism::Map), 401);
}

fn mutate_tail(mechanism: Mechanism, usual: usize) {
    let whole = Specimen::crashed(mechanism);
    let records: Vec<Piece> = whole.records(0);
    let used = records.last().unwrap().end;
    let sealed = rows_where(&whole.frames(), |_| true);
    for_each_mutation(&whole.tails[0].1[..used], usual, |at, byte| {
        let mut bad = whole.clone();
        bad.tails[0].1[at] = byte;
        let what = format!("byte {at} of the tail made {byte:#x}");
        let found = look(&bad, true).unwrap();
        let mut sound = sealed.clone();
        // The layouts, without which rows are but words, are there twice.
        sound.extend(rows_where(&records, |record| !(record.start..record.end).contains(&at)));
        check(&whole, &found, &sound, &what);
        // The header is there twice.
        assert!(at < 128 || found.tells(), "{what}: not noticed {:?}", found.report);
    });
}

#[test]
fn a_changed_byte_of_a_mapped_tail() {
    mutate_tail(Mechanism::Map, 37);
}

#[test]
fn a_changed_byte_of_a_written_tail() {
    mutate_tail(Mechanism::Write, 37);
}

#[test]
fn zeros_in_a_tail_are_damage_and_later_rows_come_back() {
    let whole = Specimen::crashed(Mechanism::Map);
    let records = whole.records(0);
    for (from, to) in [(3, 4), (10, 40), (60, 200)] {
        let (start, end) = (records[from].start, records[to].end);
        let mut bad = whole.clone();
        bad.tails[0].1[start..end].fill(0);
        let found = look(&bad, false).unwrap();
        let layout_gone = records[from..=to].iter().any(|record| record.kind == LAYOUT_RECORD);
        let sound = rows_where(&records, |r| !layout_gone && (r.end <= start || r.start >= end));
        check(&whole, &found, &sound, "zeros");
        let lost = rows_where(&records[from..=to], |_| true).len() as u64;
        assert!(!found.report.is_sound() && found.report.is_lossy(), "{:?}", found.report);
        assert!(found.report.rows_lost >= lost, "{:?}", found.report);
    }
}

#[test]
fn zeroed_sectors_of_a_closed_run() {
    let whole = Specimen::closed();
    let frames = whole.frames();
    for size in [512, 4096] {
        for start in (0..whole.main.len()).step_by(size) {
            let end = (start + size).min(whole.main.len());
            let mut bad = whole.clone();
            bad.main[start..end].fill(0);
            let sound = rows_where(&frames, |frame| frame.end <= start || frame.start >= end);
            for scanning in [false, true] {
                let found = look(&bad, scanning).unwrap();
                check(&whole, &found, &sound, &format!("{size} zeros at {start}"));
                // What an earlier attempt's index said is not needed by one who reads the last.
                assert!(!scanning || found.tells(), "{size} zeros at {start}");
            }
        }
    }
}

#[test]
fn frames_out_of_their_place_are_not_taken() {
    let whole = Specimen::closed();
    let frames = whole.frames();
    for pair in frames.windows(2) {
        let (first, second) = (&whole.main[pair[0].start..pair[0].end], pair[1].start..pair[1].end);
        let second = &whole.main[second];
        let all = |middle: &[&[u8]]| {
            let ends = [&whole.main[..pair[0].start], &whole.main[pair[1].end..]];
            Specimen { main: [ends[0], &middle.concat(), ends[1]].concat(), ..whole.clone() }
        };
        let swapped = all(&[second, first]);
        let others = rows_where(&frames, |f| f.start != pair[0].start && f.start != pair[1].start);
        for scanning in [false, true] {
            let found = look(&swapped, scanning).unwrap();
            let sound = if first.len() == second.len() { BTreeSet::new() } else { others.clone() };
            check(&whole, &found, &sound, "swapped");
            assert!(found.tells());
        }
        // What stands behind a frame that was put in twice is out of its place as well.
        let found = look(&all(&[first, first, second]), true).unwrap();
        check(&whole, &found, &rows_where(&frames, |f| f.end <= pair[0].end), "doubled");
        assert!(found.tells());
    }
}

#[test]
fn a_frame_of_another_run_is_not_taken() {
    let whole = Specimen::closed();
    let frame = whole.frames().into_iter().find(|frame| frame.kind == ROWS_FRAME).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let other = Writer::create(Some(dir.path()), [8; 16], support::with(Mechanism::Map)).unwrap();
    let id = other.layout(Table::Steps, &[support::metric("loss")]).unwrap();
    for step in 0..50 {
        assert!(other.append_floats(id, Some(step), &[7]).unwrap());
    }
    other.close(None).unwrap();
    let foreign = std::fs::read(dir.path().join(tachograph::log::MAIN_FILE)).unwrap();
    for alien in [&foreign[64..], &foreign[..], &whole.main[frame.start..frame.end]] {
        let mut bad = whole.clone();
        bad.main.extend_from_slice(alien);
        for scanning in [false, true] {
            let found = look(&bad, scanning).unwrap();
            assert_eq!(found.whole.len(), whole.rows.len());
            assert!(found.tells());
        }
    }
}

#[test]
fn a_log_within_a_value_is_a_value() {
    let inner = Specimen::closed();
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    // The same identity: only its place tells such a frame from the run's own.
    let writer = Writer::create(Some(&run), [7; 16], support::with(Mechanism::Map)).unwrap();
    let id = writer.layout(Table::Steps, &[support::metric("loss")]).unwrap();
    let extra = [(ColumnKey::new(Role::Metric, "blob"), Value::Bytes(inner.main.clone()))];
    let row = tachograph::log::MixedRow { words: &[1], present: &[1], ints: &[0], extras: &extra };
    assert!(writer.append_mixed(id, None, None, &row).unwrap().is_some());
    writer
        .put(tachograph::log::Record::Put { key: "log".into(), value: extra[0].1.clone() })
        .unwrap();
    let crashed = LogReader::open(&run).unwrap().report();
    assert!(writer.close(None).unwrap());
    let closed = verify(&run).unwrap();
    for report in [crashed, closed] {
        assert!(report.is_sound() && report.rows == 1, "{report:?}");
    }
    // Where the frame around it is damaged, the inner log must not be taken for rows of this run.
    let main = std::fs::read(run.join(tachograph::log::MAIN_FILE)).unwrap();
    for at in [64, 100, 64 + 88] {
        let mut bad = main.clone();
        bad[at] ^= 0x10;
        let report = LogReader::scan_bytes(bad, Vec::new()).unwrap().report();
        assert!(report.rows <= 1 && !report.is_sound(), "{report:?}");
    }
}

#[test]
fn verify_on_disk_finds_what_a_scan_finds() {
    let whole = Specimen::closed();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("one.tacho");
    std::fs::write(&path, &whole.main).unwrap();
    assert!(verify(&path).unwrap().is_sound());
    for at in (0..whole.main.len()).step_by(stride(211)) {
        let mut bad = whole.main.clone();
        bad[at] ^= 1 << (at % 8);
        std::fs::write(&path, &bad).unwrap();
        let report = verify(&path).unwrap();
        assert!(!report.is_sound() || report.torn_bytes > 0, "byte {at}: {report:?}");
    }
}
