//! A reader that follows a live run sees each row once, whole, and soon.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod support;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use support::rows::{self, Logger, Mode, word};
use support::{metric, with};
use tachograph::log::{LogReader, Mechanism, Writer, verify};
use tachograph::store::View;
use tachograph::types::Table;

const STEPS: i64 = 150_000;

/// Follows until `done`, checking what each look adds.
fn follow(dir: &std::path::Path, done: &AtomicBool, acked: &AtomicU64) -> usize {
    let mut reader = LogReader::open(dir).unwrap();
    let (mut looks, mut seen) = (0, 0);
    loop {
        let last = done.load(Ordering::Acquire);
        let least = acked.load(Ordering::Acquire);
        reader.refresh().unwrap();
        let labels = View::new(&reader, Table::Steps, false).row_index().labels;
        assert!(labels.len() >= seen, "{} rows after {seen}", labels.len());
        assert!(labels.len() as u64 >= least, "{} rows of {least}", labels.len());
        let series = View::new(&reader, Table::Steps, false).series(&metric("loss"));
        for (at, &label) in labels.iter().enumerate() {
            assert_eq!(label, at as i64, "look {looks}");
        }
        for (at, &bits) in series.words.iter().enumerate().skip(seen.saturating_sub(10)) {
            assert_eq!(bits, word(at as i64, 0), "row {at}, look {looks}");
        }
        assert_eq!(series.words.len(), labels.len());
        assert!(reader.report().is_sound(), "{:?}", reader.report());
        (seen, looks) = (labels.len(), looks + 1);
        if last {
            reader.refresh().unwrap();
            assert!(reader.closed());
            rows::check(&reader, Mode::Floats);
            return looks;
        }
    }
}

fn write(dir: &std::path::Path, mechanism: Mechanism, acked: &AtomicU64, writer: Writer) {
    let mut writer = writer;
    for attempt in 0..3 {
        let logger = Logger::new(&writer, Mode::Floats);
        for step in attempt * STEPS / 3..(attempt + 1) * STEPS / 3 {
            assert_eq!(logger.log(step), (1, 0));
            acked.store(step as u64 + 1, Ordering::Release);
        }
        assert!(writer.close(None).unwrap());
        if attempt < 2 {
            writer = Writer::resume(dir, with(mechanism)).unwrap();
        }
    }
}

#[test]
fn readers_follow_through_rotation_sealing_close_and_resume() {
    for mechanism in [Mechanism::Map, Mechanism::Write] {
        let dir = tempfile::tempdir().unwrap();
        let writer = Writer::create(Some(dir.path()), [7; 16], with(mechanism)).unwrap();
        let (done, acked) = (AtomicBool::new(false), AtomicU64::new(0));
        std::thread::scope(|scope| {
            let readers: Vec<_> =
                (0..2).map(|_| scope.spawn(|| follow(dir.path(), &done, &acked))).collect();
            write(dir.path(), mechanism, &acked, writer);
            done.store(true, Ordering::Release);
            for reader in readers {
                assert!(reader.join().unwrap() > 2);
            }
        });
        assert!(verify(dir.path()).unwrap().is_sound());
    }
}

#[test]
fn readers_open_anew_at_any_moment() {
    let dir = tempfile::tempdir().unwrap();
    let writer = Writer::create(Some(dir.path()), [7; 16], with(Mechanism::Map)).unwrap();
    let (done, acked) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            while !done.load(Ordering::Acquire) {
                let least = acked.load(Ordering::Acquire);
                let reader = LogReader::open(dir.path()).unwrap();
                let kept = rows::check(&reader, Mode::Floats);
                assert!(kept >= least, "{kept} rows of {least}");
                assert!(reader.report().is_sound(), "{:?}", reader.report());
            }
        });
        write(dir.path(), Mechanism::Map, &acked, writer);
        done.store(true, Ordering::Release);
        reader.join().unwrap();
    });
}
