//! What was logged and what became of it, row by row.

use super::rows::{self, Logger, Mode};
use std::time::{Duration, Instant};
use tachograph::log::{LogReader, Writer};
use tachograph::store::View;
use tachograph::types::Table;

/// What was logged, row by row.
#[derive(Default)]
pub struct Tally {
    pub kept: Vec<i64>,
    pub dropped: i64,
    pub next: i64,
}

impl Tally {
    /// Logs some rows and notes which of them were kept.
    pub fn log(&mut self, logger: &Logger<'_>, calls: usize) {
        for _ in 0..calls {
            let (rows, dropped) = logger.log(self.next);
            assert!(dropped <= rows);
            self.kept.extend(self.next..self.next + rows - dropped);
            self.dropped += dropped;
            self.next += rows;
        }
    }

    /// Logs until a row is kept again.
    pub fn log_until_kept(&mut self, writer: &Writer, logger: &Logger<'_>) {
        let begin = Instant::now();
        let before = self.kept.len();
        while self.kept.len() == before {
            let patient = begin.elapsed() < Duration::from_secs(60);
            assert!(patient, "recording does not resume: {:?}", writer.status().last_error);
            self.log(logger, 1);
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Exactly the kept rows are in the run, and nothing is damaged.
    pub fn check(&self, reader: &LogReader, mode: Mode) {
        self.check_rows(reader, mode);
        reader.check_all();
        assert!(reader.report().is_sound(), "{:?}", reader.report());
    }

    /// Exactly the kept rows are in the run.
    pub fn check_rows(&self, reader: &LogReader, mode: Mode) {
        let labels = View::new(reader, Table::Steps, false).row_index().labels;
        assert_eq!(labels, self.kept, "{mode:?}");
        assert_eq!(self.kept.len() as i64 + self.dropped, self.next);
        rows::check_values(reader, mode, &labels);
    }
}
