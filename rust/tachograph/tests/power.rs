//! What a power failure leaves of the main file: pages that were written beside pages that were not.
//! The segments stay until a sync has said that the main file is on the disk, so nothing is lost.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod support;

use std::path::Path;
use std::time::Duration;
use support::rows::{Logger, Mode};
use support::tally::Tally;
use support::with;
use tachograph::log::{
    Durability, LogReader, MAIN_FILE, Mechanism, Options, Record, Writer, verify,
};
use tachograph::types::Value;

const PAGE: usize = 4096;

fn options() -> Options {
    Options {
        durability: Durability::Interval,
        sync_interval: Duration::from_secs(3600),
        ..with(Mechanism::Map)
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

/// The run with this main file: all is read, and all is again once it was resumed and closed.
fn check(run: &Path, at: &Path, main: &[u8], tally: &Tally, what: &str) {
    copy(run, at);
    std::fs::write(at.join(MAIN_FILE), main).unwrap();
    let reader = LogReader::open(at).unwrap();
    tally.check_rows(&reader, Mode::Mixed);
    let report = verify(at).unwrap();
    assert_eq!(report.rows_lost, 0, "{what}: {report:?}");
    assert!(!report.is_lossy(), "{what}: {report:?}");

    let writer = Writer::resume(at, options()).unwrap();
    writer.sync().unwrap();
    assert!(writer.close(None).unwrap());
    for reader in [LogReader::open(at).unwrap(), {
        let main = std::fs::read(at.join(MAIN_FILE)).unwrap();
        LogReader::scan_bytes(main, Vec::new()).unwrap()
    }] {
        tally.check_rows(&reader, Mode::Mixed);
        assert!(reader.closed(), "{what}");
    }
    let report = verify(at).unwrap();
    assert_eq!(report.rows_lost, 0, "{what}: {report:?}");
    assert!(report.is_sound(), "{what}: {report:?}");
    std::fs::remove_dir_all(at).unwrap();
}

#[test]
fn pages_that_did_not_reach_the_disk_cost_nothing() {
    let dir = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let (run, at) = (dir.path().join("run"), dir.path().join("copy"));
    let mut tally = Tally::default();
    {
        let writer = Writer::create(Some(&dir.path().join("live")), [7; 16], options()).unwrap();
        let logger = Logger::new(&writer, Mode::Mixed);
        for _ in 0..60 {
            tally.log(&logger, 100);
            // Each round is sealed before the next, so that there are several frames.
            while writer.status().queued_bytes > 0 {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        copy(&dir.path().join("live"), &run);
    }
    let main = std::fs::read(run.join(MAIN_FILE)).unwrap();
    assert!(main.len() > 4 * PAGE, "{}", main.len());
    for page in 0..main.len() / PAGE {
        let mut bad = main.clone();
        bad[page * PAGE..(page + 1) * PAGE].fill(0);
        check(&run, &at, &bad, &tally, &format!("page {page} is zeros"));
        check(&run, &at, &main[..page * PAGE], &tally, &format!("cut at page {page}"));
        let mut bad = main.clone();
        bad[page * PAGE..].fill(0);
        check(&run, &at, &bad, &tally, &format!("zeros from page {page} on"));
    }
}

#[test]
fn damage_to_what_was_on_the_disk_is_still_told_after_a_resume() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    let text = "a configuration, found by its bytes";
    let mut tally = Tally::default();
    {
        let writer = Writer::create(Some(&run), [7; 16], options()).unwrap();
        let value = Value::Str(text.into());
        writer.put(Record::Put { key: "config".into(), value }).unwrap();
        tally.log(&Logger::new(&writer, Mode::Mixed), 100);
        assert!(writer.close(None).unwrap());
    }
    let path = run.join(MAIN_FILE);
    let mut main = std::fs::read(&path).unwrap();
    let at = main.windows(text.len()).position(|bytes| bytes == text.as_bytes()).unwrap();
    main[at] ^= 1;
    std::fs::write(&path, main).unwrap();
    let damage = |what: &str| {
        let report = verify(&run).unwrap();
        assert_eq!(report.rows_lost, 0, "{what}: {report:?}");
        let found = report
            .damage
            .iter()
            .find(|damage| (damage.offset..damage.offset + damage.len).contains(&(at as u64)));
        assert!(found.is_some(), "{what}: {report:?}");
    };
    damage("before");

    let writer = Writer::resume(&run, options()).unwrap();
    tally.log(&Logger::new(&writer, Mode::Mixed), 100);
    assert!(writer.close(None).unwrap());
    damage("after");
    tally.check_rows(&LogReader::open(&run).unwrap(), Mode::Mixed);
}
