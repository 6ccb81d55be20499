//! A run has one writer; who is refused learns who holds it; a dead holder is in nobody's way.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod support;

use std::process::{Child, Command};
use std::time::{Duration, Instant};
use support::ack::AckPage;
use support::kill::this_test;
use support::{metric, with};
use tachograph::Error;
use tachograph::log::{LogReader, Mechanism, Writer, holder};
use tachograph::types::Table;

const DIR: &str = "TACHO_TEST_LOCK_DIR";
const FORKS: &str = "TACHO_TEST_LOCK_FORKS";

/// The child: holds the run in a directory, perhaps with a forked worker, until it is killed.
#[test]
fn child() {
    let Some(dir) = std::env::var_os(DIR).map(std::path::PathBuf::from) else { return };
    let page = AckPage::open(&dir.join("page"));
    let writer = Writer::create(Some(&dir.join("run")), [7; 16], with(Mechanism::Map)).unwrap();
    let id = writer.layout(Table::Steps, &[metric("loss")]).unwrap();
    for step in 0..100 {
        assert!(writer.append_floats(id, Some(step), &[7]).unwrap());
    }
    if std::env::var_os(FORKS).is_some() {
        // SAFETY: the child only sleeps.
        let pid = unsafe { libc::fork() };
        if pid == 0 {
            loop {
                std::thread::sleep(Duration::from_secs(60));
            }
        }
        page.set(1, pid as u64);
    }
    page.set(0, 1);
    std::thread::sleep(Duration::from_secs(60));
}

fn start(dir: &std::path::Path, forks: bool) -> Child {
    let mut program: Command = this_test("child");
    program.env(DIR, dir).stdout(std::process::Stdio::null());
    if forks {
        program.env(FORKS, "1");
    }
    let child = program.spawn().unwrap();
    let page = AckPage::open(&dir.join("page"));
    let begin = Instant::now();
    while page.get(0) == 0 {
        assert!(begin.elapsed() < Duration::from_secs(60));
        std::thread::sleep(Duration::from_millis(1));
    }
    child
}

fn refused(dir: &std::path::Path, pid: u32) {
    // The least of a few: a busy machine may keep any one of them waiting.
    let least = (0..5).map(|_| {
        let begin = Instant::now();
        let Err(error) = Writer::resume(dir, with(Mechanism::Map)) else { panic!("two writers") };
        let elapsed = begin.elapsed();
        let Error::Locked { holder, .. } = error else { panic!("{error}") };
        assert!(holder.starts_with(&format!("process {pid} on ")), "{holder}");
        elapsed
    });
    assert!(least.min().unwrap() < Duration::from_millis(100));
}

#[test]
fn a_second_writer_in_this_process_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let writer = Writer::create(Some(dir.path()), [7; 16], with(Mechanism::Map)).unwrap();
    refused(dir.path(), std::process::id());
    assert!(holder(dir.path()).unwrap().is_some());
    // Asking must not have given the lock up.
    refused(dir.path(), std::process::id());
    assert!(writer.close(None).unwrap());
    assert_eq!(holder(dir.path()).unwrap(), None);
    assert_eq!(Writer::resume(dir.path(), with(Mechanism::Map)).unwrap().attempt(), 2);
}

#[test]
fn a_second_writer_in_another_process_is_refused_until_the_first_is_dead() {
    for forks in [false, true] {
        let dir = tempfile::tempdir().unwrap();
        let run = dir.path().join("run");
        let mut child = start(dir.path(), forks);
        refused(&run, child.id());
        let told = holder(&run).unwrap().unwrap();
        assert!(told.contains(&child.id().to_string()), "{told}");
        child.kill().unwrap();
        child.wait().unwrap();
        // A worker that the dead writer forked is still alive and has its files open.
        let writer = Writer::resume(&run, with(Mechanism::Map)).unwrap();
        assert_eq!((writer.attempt(), writer.next_step()), (2, 100));
        assert!(writer.close(None).unwrap());
        assert_eq!(LogReader::open(&run).unwrap().report().rows, 100);
        let worker = AckPage::open(&dir.path().join("page")).get(1);
        if worker != 0 {
            // SAFETY: the worker that the killed child named.
            unsafe { libc::kill(worker as i32, libc::SIGKILL) };
        }
    }
}

#[test]
fn a_writer_that_died_before_its_first_row_is_in_nobodys_way() {
    for begun in [0, 1, 14] {
        let dir = tempfile::tempdir().unwrap();
        let header = &b"\x89TACHO\r\n\x1a\n@\0\x01\0"[..begun];
        std::fs::write(dir.path().join("run.tacho"), header).unwrap();
        std::fs::write(dir.path().join("run.tacho.lock"), "").unwrap();
        let writer = Writer::resume(dir.path(), with(Mechanism::Map)).unwrap();
        let id = writer.layout(Table::Steps, &[metric("loss")]).unwrap();
        assert!(writer.append_floats(id, None, &[7]).unwrap());
        assert!(writer.close(None).unwrap());
        let report = tachograph::log::verify(dir.path()).unwrap();
        assert!(report.is_sound() && report.rows == 1, "{report:?}");
    }
}

/// Whether any process has a POSIX lock on the run, as the kernel tells.
#[cfg(target_os = "linux")]
fn is_locked(run: &std::path::Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let inode = std::fs::metadata(run.join("run.tacho.lock")).unwrap().ino();
    let locks = std::fs::read_to_string("/proc/locks").unwrap();
    locks.lines().any(|line| line.contains(&format!(":{inode} ")))
}

#[test]
#[cfg(target_os = "linux")]
fn a_lock_is_not_lost_to_a_thread_that_gives_it_up() {
    let dir = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let run = dir.path();
    let mut writer = Writer::create(Some(run), [7; 16], with(Mechanism::Map)).unwrap();
    assert!(is_locked(run));
    for _ in 0..200 {
        let old = writer;
        writer = std::thread::scope(|scope| {
            scope.spawn(|| assert!(old.close(None).unwrap()));
            loop {
                if let Ok(next) = Writer::resume(run, with(Mechanism::Map)) {
                    return next;
                }
            }
        });
        assert!(is_locked(run));
    }
}

#[test]
fn a_lock_that_cannot_be_looked_at_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(holder(dir.path()).unwrap(), None);
    std::os::unix::fs::symlink("run.tacho.lock", dir.path().join("run.tacho.lock")).unwrap();
    let error = holder(dir.path()).unwrap_err();
    assert!(matches!(error, Error::Io { .. }), "{error}");
}
