//! A full disk, a size limit and any failing system call cost rows at most, and those are counted.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod support;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use support::ack::AckPage;
use support::kill::this_test;
use support::rows::{Logger, Mode};
use support::tally::Tally;
use support::with;
use tachograph::Error;
use tachograph::log::{Durability, LogReader, Mechanism, Options, Writer, verify};
use tachograph::store::attempts;
use tachograph::types::Table;

fn limit_file_size(bytes: libc::rlim_t) {
    let limit = libc::rlimit { rlim_cur: bytes, rlim_max: libc::RLIM_INFINITY };
    // SAFETY: plain calls; this process ignores the signal, as Python does.
    unsafe {
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
        assert_eq!(libc::setrlimit(libc::RLIMIT_FSIZE, &raw const limit), 0);
    }
}

/// Logs while the disk takes no more, and once `free` has ended that. Returns whether rows were
/// dropped.
fn through_a_full_disk(dir: &Path, mode: Mode, mechanism: Mechanism, free: impl FnOnce()) -> bool {
    let writer = Writer::create(Some(dir), [7; 16], with(mechanism)).unwrap();
    let logger = Logger::new(&writer, mode);
    let mut tally = Tally::default();
    let calls = if mode == Mode::Bulk { 12 } else { 40_000 };
    let mut told = false;
    for _ in 0..calls {
        tally.log(&logger, 1);
        told |= writer.take_failure().is_some();
    }
    assert!(told || tally.dropped == 0);
    let reader = writer.reader().unwrap();
    tally.check(&reader, mode);
    free();
    tally.log_until_kept(&writer, &logger);
    tally.log(&logger, 10);
    assert_eq!(writer.status().dropped as i64, tally.dropped);
    assert_eq!(writer.status().steps as usize, tally.kept.len());
    assert!(writer.close(None).unwrap());
    let reader = LogReader::open(dir).unwrap();
    tally.check(&reader, mode);
    let dropped = attempts(&reader)[0].dropped;
    assert_eq!(dropped as i64, tally.dropped, "{mode:?} {mechanism:?}");
    let report = verify(dir).unwrap();
    assert!(report.is_sound(), "{report:?}");
    tally.dropped > 0
}

const CHILD_TASK: &str = "TACHO_TEST_FAULT";
const CHILD_DIR: &str = "TACHO_TEST_FAULT_DIR";

/// The children of the tests below, each in a process of its own.
#[test]
fn child() {
    let Ok(task) = std::env::var(CHILD_TASK) else { return };
    let dir = PathBuf::from(std::env::var_os(CHILD_DIR).unwrap());
    match task.as_str() {
        "limit" => limited(&dir),
        "sync" => failed_syncs(&dir),
        task => every_call(&dir, task),
    }
}

fn limited(dir: &Path) {
    for mechanism in [Mechanism::Map, Mechanism::Write] {
        for mode in [Mode::Floats, Mode::Mixed, Mode::Bulk] {
            for limit in [40_000, 100_000, 333_337] {
                limit_file_size(limit);
                let run = dir.join(format!("{mechanism:?}-{mode:?}-{limit}"));
                let free = || limit_file_size(libc::RLIM_INFINITY);
                let dropped = through_a_full_disk(&run, mode, mechanism, free);
                // Segments that fit are made as long as the disk itself has room.
                assert!(dropped || limit > 65_536, "{mechanism:?} {mode:?} {limit}");
                assert!(LogReader::open(&run).unwrap().closed());
            }
        }
    }
    limit_file_size(40_000);
    let options = Options { raise_on_drop: true, ..with(Mechanism::Map) };
    let writer = Writer::create(Some(&dir.join("raise")), [7; 16], options).unwrap();
    let id = writer.layout(Table::Steps, &[support::metric("loss")]).unwrap();
    let failed = (0..100_000).find_map(|_| writer.append_floats(id, None, &[7]).err());
    assert!(matches!(failed, Some(Error::Io { .. })), "{failed:?}");
}

fn start(task: &str, dir: &Path) -> Command {
    let mut program = this_test("child");
    program.env(CHILD_TASK, task).env(CHILD_DIR, dir).stdout(Stdio::null());
    program
}

#[test]
fn a_file_size_limit() {
    let dir = tempfile::tempdir().unwrap();
    let status = start("limit", dir.path()).status().unwrap();
    assert!(status.success(), "{status}");
}

/// Unmounts when the test ends, however it does.
struct Mounted(PathBuf);

impl Drop for Mounted {
    fn drop(&mut self) {
        Command::new("umount").arg(&self.0).status().ok();
    }
}

#[test]
fn a_full_file_system() {
    let dir = tempfile::tempdir().unwrap();
    let at = dir.path().join("small");
    std::fs::create_dir(&at).unwrap();
    let mount = |size: &str| {
        let options = format!("size={size}");
        let mut mount = Command::new("mount");
        let mount = mount.args(["-t", "tmpfs", "-o", &options, "none"]).arg(&at);
        mount.stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    };
    if !mount("1m") {
        println!("skipped: mounting a small file system is not permitted here");
        return;
    }
    let _mounted = Mounted(at.clone());
    for mechanism in [Mechanism::Map, Mechanism::Write] {
        for mode in [Mode::Floats, Mode::Mixed, Mode::Bulk] {
            let ballast = at.join("ballast");
            std::fs::write(&ballast, vec![1; 300_000]).unwrap();
            let run = at.join("run");
            let free = || std::fs::remove_file(&ballast).unwrap();
            assert!(through_a_full_disk(&run, mode, mechanism, free), "{mechanism:?} {mode:?}");
            std::fs::remove_dir_all(&run).unwrap();
        }
    }
}

/// The shim's switches, found among the symbols of this process.
struct Shim {
    arm: Arm,
    only: Only,
    disarm: Disarm,
}

type Only = unsafe extern "C" fn(*const libc::c_char);
type Arm = unsafe extern "C" fn(libc::c_long, libc::c_int, libc::c_int);
type Disarm = unsafe extern "C" fn() -> libc::c_int;

impl Shim {
    fn find() -> Self {
        // SAFETY: the symbols are functions of these types in `shim.c`.
        unsafe {
            let arm = libc::dlsym(libc::RTLD_DEFAULT, c"shim_arm".as_ptr());
            let disarm = libc::dlsym(libc::RTLD_DEFAULT, c"shim_disarm".as_ptr());
            let only = libc::dlsym(libc::RTLD_DEFAULT, c"shim_only".as_ptr());
            assert!(!arm.is_null() && !disarm.is_null() && !only.is_null());
            let only = std::mem::transmute::<*mut libc::c_void, Only>(only);
            let arm = std::mem::transmute::<*mut libc::c_void, Arm>(arm);
            let disarm = std::mem::transmute::<*mut libc::c_void, Disarm>(disarm);
            Self { arm, only, disarm }
        }
    }

    fn arm(&self, n: usize, persistent: bool, code: i32) {
        // SAFETY: sets plain variables.
        unsafe { (self.arm)(n as libc::c_long, i32::from(persistent), code) }
    }

    /// Makes the next call of this name fail as a disk does.
    fn fail_next(&self, name: &'static std::ffi::CStr) {
        // SAFETY: the name lives for ever.
        unsafe { (self.only)(name.as_ptr()) }
        self.arm(1, false, libc::EIO);
    }

    /// Whether a call was made to fail.
    fn disarm(&self) -> bool {
        // SAFETY: sets and reads plain variables.
        unsafe { (self.disarm)() > 0 }
    }
}

/// Fails the first call, then in a new run the second, and so on until no call is left to fail.
fn every_call(dir: &Path, task: &str) {
    let words: Vec<&str> = task.split(' ').collect();
    let mechanism = if words[0] == "Map" { Mechanism::Map } else { Mechanism::Write };
    let (code, persistent) = (words[1].parse().unwrap(), words[2] == "true");
    let page = AckPage::open(&dir.join("page"));
    let shim = Shim::find();
    let mut next = 1;
    loop {
        let n = next;
        // A writer without shared memory makes one call a row, which all fail alike.
        next += if n < 120 { 1 } else { 97 };
        page.set(0, n as u64);
        let run = dir.join("run");
        let failed = one_run(&run, mechanism, &shim, n, persistent, code);
        std::fs::remove_dir_all(&run).ok();
        if !failed {
            page.set(1, 1);
            return;
        }
    }
}

fn one_run(
    dir: &Path,
    mechanism: Mechanism,
    shim: &Shim,
    n: usize,
    stays: bool,
    code: i32,
) -> bool {
    shim.arm(n, stays, code);
    let writer = match Writer::create(Some(dir), [7; 16], with(mechanism)) {
        Ok(writer) => writer,
        Err(error) => {
            assert!(shim.disarm() && matches!(error, Error::Io { .. }), "{error}");
            return true;
        }
    };
    let logger = Logger::new(&writer, Mode::Mixed);
    let mut tally = Tally::default();
    tally.log(&logger, 3000);
    let synced = writer.sync();
    assert!(matches!(synced, Ok(()) | Err(Error::Io { .. })), "{synced:?}");
    tally.log(&logger, 10);
    if stays {
        let failed = shim.disarm();
        tally.log_until_kept(&writer, &logger);
        tally.log(&logger, 100);
        close(&writer, &tally);
        tally.check(&LogReader::open(dir).unwrap(), Mode::Mixed);
        return failed;
    }
    close(&writer, &tally);
    let failed = shim.disarm();
    tally.check(&LogReader::open(dir).unwrap(), Mode::Mixed);
    failed
}

fn tails_in(dir: &Path) -> usize {
    let names = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name());
    names.filter(|name| name.to_string_lossy().contains(".tail-")).count()
}

/// Logs until the open segment and all before it were sealed.
fn log_until_sealed(writer: &Writer, logger: &Logger<'_>, tally: &mut Tally) {
    tally.log(logger, 60_000);
    let since = Instant::now();
    while writer.status().queued_bytes > 0 && since.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(writer.status().queued_bytes, 0);
}

/// A sync that failed must not be made good by one that merely says so: the kernel forgets what it
/// could not write.
fn failed_syncs(dir: &Path) {
    let shim = Shim::find();
    for mechanism in [Mechanism::Map, Mechanism::Write] {
        let run = dir.join(format!("{mechanism:?}"));
        let options = || Options {
            durability: Durability::Interval,
            sync_interval: Duration::from_secs(3600),
            ..with(mechanism)
        };
        let mut tally = Tally::default();
        let writer = Writer::create(Some(&run), [7; 16], options()).unwrap();
        let logger = Logger::new(&writer, Mode::Mixed);
        tally.log(&logger, 100);
        writer.sync().unwrap();

        // The open segment: it stays unsure until its rows are sealed and that is on the disk.
        tally.log(&logger, 100);
        shim.fail_next(if mechanism == Mechanism::Map { c"msync" } else { c"fdatasync" });
        writer.sync().unwrap_err();
        assert!(shim.disarm());
        writer.sync().unwrap_err();
        assert!(writer.status().last_error.is_none(), "told to the caller already");
        log_until_sealed(&writer, &logger, &mut tally);
        writer.sync().unwrap();

        // The main file: its segments stay, and serve.
        log_until_sealed(&writer, &logger, &mut tally);
        if mechanism == Mechanism::Map {
            shim.fail_next(c"fdatasync");
            writer.sync().unwrap_err();
            assert!(shim.disarm());
            writer.sync().unwrap();
            let kept = tails_in(&run);
            log_until_sealed(&writer, &logger, &mut tally);
            writer.sync().unwrap();
            assert!(kept > 2 && tails_in(&run) > kept);
        }
        close(&writer, &tally);
        drop(writer);
        tally.check(&LogReader::open(&run).unwrap(), Mode::Mixed);

        // The next writer puts the main file right and lets the segments go.
        let writer = Writer::resume(&run, options()).unwrap();
        writer.sync().unwrap();
        assert!(writer.close(None).unwrap());
        assert_eq!(tails_in(&run), 0);
        tally.check(&LogReader::open(&run).unwrap(), Mode::Mixed);
        assert!(verify(&run).unwrap().is_sound());
    }
}

fn close(writer: &Writer, tally: &Tally) {
    assert_eq!(writer.status().dropped as i64, tally.dropped);
    assert!(writer.close(Some(Duration::from_secs(60))).unwrap());
}

/// A directory in memory where there is one: thousands of runs are synced.
fn quick_dir() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

/// Compiles the shim, where there is a C compiler.
fn compiled_shim(dir: &Path) -> Option<PathBuf> {
    let shim = dir.join("shim.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults/shim.c");
    let compiled = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-o"])
        .args([&shim, &source])
        .arg("-ldl")
        .status();
    compiled.is_ok_and(|status| status.success()).then_some(shim)
}

#[test]
fn a_failed_sync_is_not_forgotten() {
    let dir = quick_dir();
    let Some(shim) = compiled_shim(dir.path()) else {
        println!("skipped: no C compiler");
        return;
    };
    let status = start("sync", dir.path()).env("LD_PRELOAD", &shim).status().unwrap();
    assert!(status.success(), "{status}");
}

#[test]
fn any_failing_system_call() {
    let dir = quick_dir();
    let Some(shim) = compiled_shim(dir.path()) else {
        println!("skipped: no C compiler");
        return;
    };
    for mechanism in [Mechanism::Map, Mechanism::Write] {
        for (code, stays) in [
            (libc::ENOSPC, false),
            (libc::ENOSPC, true),
            (libc::EIO, false),
            (libc::EIO, true),
            (0, false),
            (0, true),
        ] {
            let scratch = tempfile::tempdir_in(dir.path()).unwrap();
            let task = format!("{mechanism:?} {code} {stays}");
            let mut child = start(&task, scratch.path()).env("LD_PRELOAD", &shim).spawn().unwrap();
            let page = AckPage::open(&scratch.path().join("page"));
            let (mut n, mut since) = (0, Instant::now());
            let status = loop {
                if let Some(status) = child.try_wait().unwrap() {
                    break status;
                }
                if page.get(0) != n {
                    (n, since) = (page.get(0), Instant::now());
                }
                if since.elapsed() > Duration::from_secs(60) {
                    child.kill().unwrap();
                }
                std::thread::sleep(Duration::from_millis(2));
            };
            let n = page.get(0);
            assert!(status.success() && page.get(1) == 1, "{task}: call {n}: {status}");
            println!("{task}: {n} calls");
        }
    }
}
