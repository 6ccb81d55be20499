//! What the tests of the log share: rows whose values follow from their step, and their check.
#![allow(dead_code, clippy::allow_attributes, reason = "no test uses all of it")]

#[cfg(unix)]
pub mod ack;
#[cfg(unix)]
pub mod kill;
pub mod making;
pub mod rows;
pub mod specimen;
pub mod tally;

use tachograph::log::{Mechanism, Options};
use tachograph::types::{ColumnKey, Role};

/// The key of a step's metric.
pub fn metric(name: &str) -> ColumnKey {
    ColumnKey::new(Role::Metric, name)
}

/// Options with a way for rows to reach the kernel.
pub fn with(mechanism: Mechanism) -> Options {
    Options { mechanism: Some(mechanism), ..Options::default() }
}

/// Numbers that look random and follow from their place.
pub fn mix(seed: u64) -> u64 {
    let mut x = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(0x1234_5678_9abc_def1);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// A source of random numbers.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A seed that differs each time, and for each `worker` of one time.
    pub fn by_clock_and(worker: u64) -> Self {
        let process = u64::from(std::process::id());
        Self(tachograph::log::wall_micros() as u64 ^ process << 40 ^ worker << 32)
    }

    /// The next number below `limit`.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(1);
        mix(self.0) % limit
    }
}
