//! A file that was cut off at any byte opens, and holds everything before the cut.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod support;

use std::collections::BTreeSet;
use support::specimen::{Found, Piece, Specimen, for_each, rows_where};
use tachograph::log::Mechanism;

const LAYOUT_RECORD: u8 = 1;
const INDEX_FRAME: u8 = 3;

fn look(specimen: &Specimen) -> Found {
    let reader = specimen.open(false).unwrap();
    specimen.look(&reader)
}

/// What stands before the cut is there, and the report tells of the rest, if there is a `rest` to be
/// seen at all.
fn check(specimen: &Specimen, found: &Found, before: &BTreeSet<u64>, cut: usize, rest: bool) {
    let missing: Vec<_> = before.difference(&found.whole).collect();
    assert!(missing.is_empty(), "cut at {cut}: rows {missing:?} are missing");
    assert!(found.partial.is_empty(), "cut at {cut}");
    let lost = specimen.rows.len() - found.whole.len();
    let tells = found.tells() || !found.report.closed;
    assert!(lost == 0 || tells || !rest, "cut at {cut}: {lost} rows");
    assert!(found.report.rows_lost <= lost as u64, "cut at {cut}: {:?}", found.report);
}

fn cut_main(whole: &Specimen) {
    let frames = whole.frames();
    let is_edge = |cut: usize| frames.iter().any(|frame| cut.abs_diff(frame.start) < 100);
    assert!(frames.iter().any(|frame| frame.kind == 1 && !frame.rows.is_empty()));
    assert!(frames.iter().any(|frame| frame.kind == 2) && frames.iter().any(|f| f.kind == 3));
    let in_tail: BTreeSet<u64> = (0..whole.tails.len())
        .flat_map(|tail| rows_where(&whole.records(tail), |_| true))
        .collect();
    for_each(whole.main.len(), |cut| {
        let part = Specimen { main: whole.main[..cut].to_vec(), ..whole.clone() };
        if cut % 32 != 0 && !is_edge(cut) {
            let report = part.open(false).unwrap().report();
            assert!(!report.is_sound() || report.torn_bytes > 0, "cut at {cut}: {report:?}");
            return;
        }
        let found = look(&part);
        let mut before = rows_where(&frames, |frame| frame.end <= cut);
        before.extend(&in_tail);
        // A run that was closed there and resumed later looks closed when it is cut there.
        let closed = frames.iter().any(|frame| frame.kind == INDEX_FRAME && frame.end == cut);
        check(&part, &found, &before, cut, !closed);
        let torn = !frames.iter().any(|frame| frame.end == cut) && cut != 64 && cut != 0;
        assert!(!torn || found.tells(), "cut at {cut}: {:?}", found.report);
    });
}

#[test]
fn a_closed_run_cut_anywhere() {
    cut_main(&Specimen::closed());
}

#[test]
fn a_packed_run_cut_anywhere() {
    cut_main(&Specimen::packed());
}

#[test]
fn a_main_file_cut_before_a_whole_tail() {
    cut_main(&Specimen::crashed(Mechanism::Map));
}

fn cut_tail(mechanism: Mechanism) {
    let whole = Specimen::crashed(mechanism);
    assert_eq!(whole.tails.len(), 1);
    let records: Vec<Piece> = whole.records(0);
    for kind in LAYOUT_RECORD..=5 {
        assert!(records.iter().any(|record| record.kind == kind), "no record of kind {kind}");
    }
    let used = records.last().unwrap().end;
    let sealed = rows_where(&whole.frames(), |_| true);
    let is_edge = |cut: usize| records.iter().any(|record| cut.abs_diff(record.start) < 3);
    for_each(whole.tails[0].1.len().min(used + 200), |cut| {
        let mut part = whole.clone();
        part.tails[0].1.truncate(cut);
        if cut % 32 != 0 && !is_edge(cut) {
            let rows = part.open(false).unwrap().report().rows as usize;
            let before = rows_where(&records, |record| record.end <= cut);
            assert_eq!(rows, sealed.len() + before.len(), "cut at {cut}");
            return;
        }
        let found = look(&part);
        let mut before = rows_where(&records, |record| record.end <= cut);
        before.extend(&sealed);
        // An empty segment is one that was not begun.
        check(&part, &found, &before, cut, cut > 0);
        // Less than a record's first word may be zeros.
        let bare = records.iter().any(|record| (record.start..record.start + 8).contains(&cut));
        let torn = 128 < cut && cut < used && !bare;
        assert!(!torn || found.tells(), "cut at {cut}: {:?}", found.report);
    });
}

#[test]
fn a_mapped_tail_cut_anywhere() {
    cut_tail(Mechanism::Map);
}

#[test]
fn a_written_tail_cut_anywhere() {
    cut_tail(Mechanism::Write);
}
