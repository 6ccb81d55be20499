//! A process killed at any moment loses nothing that a call had returned for.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod support;

use support::kill::{round, run_child, this_test};
use support::{Random, rows};
use tachograph::log::Mechanism;

/// Rounds of two kills for each way of logging and each way to the kernel.
const ROUNDS: usize = 4;

#[test]
fn child() {
    run_child();
}

#[test]
fn a_killed_writer_loses_no_acknowledged_row() {
    let mut random = Random::by_clock_and(0);
    let dir = tempfile::tempdir().unwrap();
    for mechanism in [Mechanism::Map, Mechanism::Write] {
        for mode in rows::MODES {
            for _ in 0..ROUNDS {
                round(dir.path(), mode, mechanism, &mut random, &|| this_test("child"));
            }
        }
    }
}
