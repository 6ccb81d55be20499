//! Kills writers at random moments and checks what they leave.
//!
//! `cargo run --release --example crash_kill -- KILLS DIR...` divides the kills among the
//! directories and, in each, among the ways of logging and the ways to the kernel.
#![expect(clippy::print_stdout, reason = "the program reports to a person")]
#![expect(clippy::unwrap_used, reason = "a panic is how the check fails")]

#[path = "../tests/support/mod.rs"]
mod support;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;
use support::{Random, kill, rows};
use tachograph::log::Mechanism;

/// How many writers are killed side by side.
const WORKERS: u64 = 2;

fn main() {
    if kill::run_child() {
        return;
    }
    let mut args = std::env::args().skip(1);
    let kills: u64 = args.next().and_then(|kills| kills.parse().ok()).unwrap_or(200);
    let mut dirs: Vec<PathBuf> = args.map(PathBuf::from).collect();
    if dirs.is_empty() {
        dirs.push(".".into());
    }
    let mut cases = Vec::new();
    for dir in &dirs {
        for mechanism in [Mechanism::Map, Mechanism::Write] {
            cases.extend(rows::MODES.map(|mode| (dir.as_path(), mode, mechanism)));
        }
    }
    let rounds = kills.div_ceil(2).div_ceil(cases.len() as u64);
    for (dir, mode, mechanism) in cases {
        let begin = Instant::now();
        let acked = run_case(dir, mode, mechanism, rounds);
        let seconds = begin.elapsed().as_secs_f64();
        println!(
            "{} {mode:?} {mechanism:?}: {} kills, {acked} rows acknowledged, 0 lost, 0 wrong; \
             {:.1} kills/s",
            dir.display(),
            rounds * 2,
            (rounds * 2) as f64 / seconds
        );
    }
}

fn run_case(dir: &Path, mode: rows::Mode, mechanism: Mechanism, rounds: u64) -> u64 {
    let left = AtomicU64::new(rounds);
    let acked = AtomicU64::new(0);
    let program = || Command::new(std::env::current_exe().unwrap());
    std::thread::scope(|scope| {
        for worker in 0..WORKERS {
            let (left, acked, program) = (&left, &acked, &program);
            scope.spawn(move || {
                let mut random = Random::by_clock_and(worker);
                let take = |left: u64| left.checked_sub(1);
                while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok() {
                    let n = kill::round(dir, mode, mechanism, &mut random, program);
                    acked.fetch_add(n, Ordering::Relaxed);
                }
            });
        }
    });
    acked.load(Ordering::Relaxed)
}
