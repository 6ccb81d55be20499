//! A run is closed at any moment, by several threads, in any time: nothing is left of it but its
//! main file.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod support;

use std::path::{Path, PathBuf};
use std::time::Duration;
use support::{metric, with};
use tachograph::log::{BulkColumn, LogReader, Mechanism, Options, Writer};
use tachograph::types::{Kind, Table};

fn files_of(run: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(run).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// A directory in memory where there is one: hundreds of runs are synced.
fn quick_dir() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

fn log(writer: &Writer, rows: usize) {
    let id = writer.layout(Table::Steps, &[metric("loss")]).unwrap();
    let labels: Vec<i64> = (0..rows as i64).collect();
    let words = vec![7; rows];
    let column = BulkColumn { kind: Kind::Float, words: &words, validity: None };
    assert!(writer.append_bulk(id, &labels, &[column]).unwrap());
}

#[test]
fn a_segment_that_is_made_ready_while_a_run_is_closed_does_not_stay() {
    let dir = quick_dir();
    for n in 0..400 {
        let run = dir.path().join(n.to_string());
        let writer = Writer::create(Some(&run), [7; 16], with(Mechanism::Map)).unwrap();
        log(&writer, 3);
        // The next segment is being made since the first one was begun.
        std::thread::sleep(Duration::from_micros(n * 2));
        assert!(writer.close(None).unwrap());
        assert_eq!(files_of(&run), ["run.tacho", "run.tacho.lock"], "run {n}");
        std::fs::remove_dir_all(&run).unwrap();
    }
}

/// A writer whose close ran out of time, in a directory of its own, and how many rows it has: as
/// many as it takes, for a thread that is kept waiting may find all of fewer sealed.
fn left_unfinished(dir: &Path, least: usize) -> (PathBuf, Writer, usize) {
    for times in [1, 2, 4, 8, 16] {
        let run = dir.join(format!("{least}-{times}"));
        let writer = Writer::create(Some(&run), [7; 16], with(Mechanism::Map)).unwrap();
        for _ in 0..least * times {
            log(&writer, 1_000_000);
        }
        if !writer.close(Some(Duration::ZERO)).unwrap() {
            return (run, writer, least * times * 1_000_000);
        }
    }
    panic!("a close of no time found everything sealed");
}

#[test]
fn a_second_close_waits_for_what_the_first_left() {
    let dir = quick_dir();
    let (run, writer, _) = left_unfinished(dir.path(), 1);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                assert!(writer.close(Some(Duration::MAX)).unwrap());
                assert!(LogReader::open(&run).unwrap().closed());
            });
        }
    });
    assert_eq!(files_of(&run), ["run.tacho", "run.tacho.lock"]);
}

#[test]
fn who_has_waited_for_a_close_does_not_wait_again_for_the_writer_to_go() {
    let dir = quick_dir();
    // Sealing goes on in the background: segments are still there, unless this thread was kept
    // waiting for longer than all of them take; of one that waits they never are.
    let goes_on = [3, 6, 12].into_iter().any(|millions| {
        let (run, writer, rows) = left_unfinished(dir.path(), millions);
        drop(writer);
        let goes_on = files_of(&run).len() > 2;
        assert_eq!(LogReader::open(&run).unwrap().report().rows, rows as u64);
        goes_on
    });
    assert!(goes_on);
}

#[test]
fn an_interval_may_be_longer_than_clocks_reach() {
    let dir = quick_dir();
    let options = Options { sync_interval: Duration::MAX, ..with(Mechanism::Map) };
    let writer = Writer::create(Some(dir.path()), [7; 16], options).unwrap();
    // The thread that syncs also lets go of the memory of full segments, and readies new ones.
    log(&writer, 10_000);
    assert!(writer.close(None).unwrap());
    assert_eq!(writer.take_failure(), None);
    assert_eq!(LogReader::open(dir.path()).unwrap().report().rows, 10_000);
}
