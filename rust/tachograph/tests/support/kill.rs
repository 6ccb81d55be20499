//! A child process that logs as fast as it can until it is killed, and what must be left of it.

use super::ack::AckPage;
use super::rows::{self, Logger, Mode};
use super::{Random, with};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tachograph::log::{LogReader, MAIN_FILE, Mechanism, Writer, verify};

const TASK: &str = "TACHO_TEST_TASK";
const DIR: &str = "TACHO_TEST_DIR";
const ACK: &str = "TACHO_TEST_ACK";

/// What a child is to do.
#[derive(Clone, Debug)]
pub struct Task {
    pub dir: PathBuf,
    pub ack: PathBuf,
    pub mode: Mode,
    pub mechanism: Mechanism,
    /// Log this many calls and close, rather than log until killed.
    pub calls: Option<u64>,
}

impl Task {
    /// Starts this program again as the child.
    pub fn start(&self, program: &mut Command) -> Child {
        let calls = self.calls.map_or("-".into(), |calls| calls.to_string());
        let task = format!("{:?} {:?} {calls}", self.mode, self.mechanism);
        let child = program.env(TASK, task).env(DIR, &self.dir).env(ACK, &self.ack);
        child.stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap()
    }

    fn from_env() -> Option<Self> {
        let task = std::env::var(TASK).ok()?;
        let words: Vec<&str> = task.split(' ').collect();
        let mode = rows::MODES.into_iter().find(|mode| format!("{mode:?}") == words[0]).unwrap();
        let mechanism = if words[1] == "Map" { Mechanism::Map } else { Mechanism::Write };
        let dir = PathBuf::from(std::env::var_os(DIR).unwrap());
        let ack = PathBuf::from(std::env::var_os(ACK).unwrap());
        Some(Self { dir, ack, mode, mechanism, calls: words[2].parse().ok() })
    }

    fn run(&self) {
        let ack = AckPage::open(&self.ack);
        let options = with(self.mechanism);
        let writer = if self.dir.join(MAIN_FILE).exists() {
            Writer::resume(&self.dir, options).unwrap()
        } else {
            Writer::create(Some(&self.dir), [7; 16], options).unwrap()
        };
        let mut step = writer.next_step();
        if self.mode == Mode::Records {
            let reader = writer.reader().unwrap();
            step = reader.report().rows as i64;
        }
        assert!(
            step as u64 >= ack.get(0),
            "resumed at {step}, but {} were acknowledged",
            ack.get(0)
        );
        let logger = Logger::new(&writer, self.mode);
        let mut calls = 0;
        while self.calls.is_none_or(|limit| calls < limit) {
            step += logger.log(step).0;
            calls += 1;
            ack.set(0, step as u64);
        }
        assert!(writer.close(None).unwrap());
    }
}

/// In a child: does its task and returns true.
pub fn run_child() -> bool {
    let task = Task::from_env();
    if let Some(task) = &task {
        task.run();
    }
    task.is_some()
}

/// This test program, to be started again so that only its test `name` runs.
pub fn this_test(name: &str) -> Command {
    let mut program = Command::new(std::env::current_exe().unwrap());
    program.args(["--exact", name, "--nocapture"]);
    program
}

/// Lets a child log until a random moment of its first 30 ms.
fn kill_once(task: &Task, program: &mut Command, random: &mut Random) {
    let before = AckPage::open(&task.ack).get(0);
    let mut child = task.start(program);
    if random.below(4) > 0 {
        // From the first call on; else from the start of the process on.
        let begin = Instant::now();
        let page = AckPage::open(&task.ack);
        while page.get(0) == before && begin.elapsed() < Duration::from_secs(60) {
            assert!(child.try_wait().unwrap().is_none(), "the child ended by itself: {task:?}");
            std::thread::yield_now();
        }
    }
    std::thread::sleep(Duration::from_micros(random.below(30_000)));
    child.kill().unwrap();
    let status = child.wait().unwrap();
    assert_eq!(status.code(), None, "the child ended by itself: {task:?}");
}

/// Everything acknowledged is there, right and in order, and nothing is reported as damaged.
fn check_kept(task: &Task) -> u64 {
    let acked = AckPage::open(&task.ack).get(0);
    let reader = match LogReader::open(&task.dir) {
        Ok(reader) => reader,
        Err(error) => {
            assert_eq!(acked, 0, "{error}");
            return 0;
        }
    };
    let kept = rows::check(&reader, task.mode);
    assert!(kept >= acked, "{kept} rows of {acked} acknowledged ones: {task:?}");
    reader.check_all();
    assert!(reader.report().is_sound(), "{:?} {task:?}", reader.report());
    kept
}

/// Kills a writer, kills the one that resumes its run, and closes the run with a third.
/// Returns how many rows were acknowledged.
pub fn round(
    dir: &Path,
    mode: Mode,
    mechanism: Mechanism,
    random: &mut Random,
    program: &dyn Fn() -> Command,
) -> u64 {
    let scratch = tempfile::tempdir_in(dir).unwrap();
    let (dir, ack) = (scratch.path().join("run"), scratch.path().join("ack"));
    let mut task = Task { dir, ack, mode, mechanism, calls: None };
    for _ in 0..2 {
        kill_once(&task, &mut program(), random);
        check_kept(&task);
    }
    task.calls = Some(10);
    assert!(task.start(&mut program()).wait().unwrap().success(), "{task:?}");
    let kept = check_kept(&task);
    let acked = AckPage::open(&task.ack).get(0);
    assert_eq!(kept, acked, "{task:?}");
    let report = verify(&task.dir).unwrap();
    assert!(report.is_sound() && report.closed, "{report:?} {task:?}");
    acked
}
