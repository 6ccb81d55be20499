//! A forked child neither harms the log nor hangs, and is told what it may not do.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod support;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use support::{metric, with};
use tachograph::Error;
use tachograph::log::{LogReader, Mechanism, Writer, verify};
use tachograph::types::Table;

/// Runs `work` in a forked child; its exit code, 99 where it hangs.
fn forked(work: impl FnOnce() -> i32) -> i32 {
    // SAFETY: the child runs `work`, which keeps to what a forked child may do here, and exits
    // without running this test's destructors.
    let pid = unsafe { libc::fork() };
    if pid == 0 {
        let code = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).unwrap_or(98);
        // SAFETY: ends this process.
        unsafe { libc::_exit(code) };
    }
    let begin = Instant::now();
    let mut status = 0;
    // SAFETY: waits for the child from above.
    while unsafe { libc::waitpid(pid, &raw mut status, libc::WNOHANG) } == 0 {
        if begin.elapsed() > Duration::from_secs(60) {
            // SAFETY: the child from above.
            unsafe { libc::kill(pid, libc::SIGKILL) };
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    if libc::WIFEXITED(status) { libc::WEXITSTATUS(status) } else { 1000 + libc::WTERMSIG(status) }
}

fn closed<T>(result: tachograph::Result<T>) -> bool {
    matches!(result, Err(Error::Closed(text)) if text.contains("fork"))
}

#[test]
fn a_child_is_told_and_the_parent_goes_on() {
    for mechanism in [Mechanism::Map, Mechanism::Write, Mechanism::Memory] {
        let dir = tempfile::tempdir().unwrap();
        let path = (mechanism != Mechanism::Memory).then(|| dir.path().join("run"));
        let writer = Writer::create(path.as_deref(), [7; 16], with(mechanism)).unwrap();
        let id = writer.layout(Table::Steps, &[metric("loss")]).unwrap();
        let mut reader = writer.reader().unwrap();
        for round in 0..20 {
            assert!(writer.append_floats(id, Some(round), &[7]).unwrap());
            let code = forked(|| {
                let told = writer.in_child()
                    && closed(writer.append_floats(id, None, &[9]))
                    && closed(writer.layout(Table::Steps, &[metric("x")]).map(drop))
                    && closed(writer.sync())
                    && closed(writer.reader().map(drop))
                    && closed(reader.refresh().map(drop))
                    && writer.close(None).is_ok()
                    && writer.status().closed;
                i32::from(!told)
            });
            assert_eq!(code, 0, "{mechanism:?}");
        }
        if let Some(path) = &path {
            assert!(matches!(Writer::resume(path, with(mechanism)), Err(Error::Locked { .. })));
        }
        assert!(writer.append_floats(id, Some(20), &[7]).unwrap());
        assert!(writer.close(None).unwrap());
        if let Some(path) = &path {
            assert_eq!(verify(path).unwrap().rows, 21);
        }
    }
}

#[test]
fn a_child_that_drops_the_writer_and_ends_leaves_it_alone() {
    let dir = tempfile::tempdir().unwrap();
    let writer = Writer::create(Some(dir.path()), [7; 16], with(Mechanism::Map)).unwrap();
    let id = writer.layout(Table::Steps, &[metric("loss")]).unwrap();
    assert!(writer.append_floats(id, Some(0), &[7]).unwrap());
    let mut writer = Some(writer);
    let code = forked(|| {
        drop(writer.take());
        0
    });
    assert_eq!(code, 0);
    // The lock is still held: the child has no part in it.
    let refused = forked(|| {
        let taken = Writer::resume(dir.path(), with(Mechanism::Map));
        i32::from(!matches!(taken, Err(Error::Locked { .. })))
    });
    assert_eq!(refused, 0);
    let writer = writer.unwrap();
    assert!(writer.append_floats(id, Some(1), &[7]).unwrap());
    assert!(writer.close(None).unwrap());
    assert_eq!(LogReader::open(dir.path()).unwrap().report().rows, 2);
}

#[test]
fn forks_while_other_threads_log_do_not_hang() {
    let dir = tempfile::tempdir().unwrap();
    let writer = Writer::create(Some(dir.path()), [7; 16], with(Mechanism::Map)).unwrap();
    let id = writer.layout(Table::Steps, &[metric("loss")]).unwrap();
    let stop = AtomicBool::new(false);
    let logged = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    let mut n = 0u64;
                    while !stop.load(Ordering::Relaxed) {
                        assert!(writer.append_floats(id, None, &[7]).unwrap());
                        n += 1;
                    }
                    n
                })
            })
            .collect();
        for _ in 0..100 {
            let code = forked(|| {
                let told = closed(writer.append_floats(id, None, &[9]));
                // What was held by a thread that is not here must not be waited for.
                let asked = writer.next_step() + writer.width(id) as i64;
                i32::from(!told || asked == i64::MAX || !writer.status().closed)
            });
            assert_eq!(code, 0);
        }
        stop.store(true, Ordering::Relaxed);
        threads.into_iter().map(|thread| thread.join().unwrap()).sum::<u64>()
    });
    assert!(writer.close(None).unwrap());
    let report = verify(dir.path()).unwrap();
    assert!(report.is_sound() && report.rows == logged, "{logged} {report:?}");
}

#[test]
fn a_child_may_make_a_writer_of_its_own() {
    let dir = tempfile::tempdir().unwrap();
    let writer =
        Writer::create(Some(&dir.path().join("a")), [7; 16], with(Mechanism::Map)).unwrap();
    let code = forked(|| {
        let own =
            Writer::create(Some(&dir.path().join("b")), [8; 16], with(Mechanism::Map)).unwrap();
        let id = own.layout(Table::Steps, &[metric("loss")]).unwrap();
        for step in 0..1000 {
            assert!(own.append_floats(id, Some(step), &[7]).unwrap());
        }
        i32::from(!own.close(None).unwrap())
    });
    assert_eq!(code, 0);
    assert_eq!(verify(&dir.path().join("b")).unwrap().rows, 1000);
    assert!(writer.close(None).unwrap());
}
