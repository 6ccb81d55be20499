//! Looking at every byte of a run.

use super::frame::frame_type;
use super::reader::LogReader;
use super::report::{Damage, Report};
use super::scan;
use super::source::MAIN_FILE;
use crate::{Error, Result};
use std::path::Path;

/// Reads every file of a run, checks every checksum and decodes every block.
pub fn verify(path: &Path) -> Result<Report> {
    let reader = LogReader::open_scanning(path)?;
    verify_reader(&reader)
}

/// As [`verify`], for a run that is open.
pub(crate) fn verify_reader(reader: &LogReader) -> Result<Report> {
    reader.check_all();
    let mut report = reader.report();
    for frame in reader.frame_headers() {
        let known = report.damage.iter().any(|damage| {
            damage.file == MAIN_FILE
                && damage.offset < frame.end()
                && frame.offset < damage.offset + damage.len.max(1)
        });
        if known || frame.kind != frame_type::ROWS {
            continue;
        }
        match scan::check_frame(reader.source(), &frame) {
            Ok(()) => {}
            Err(error @ Error::Io { .. }) => return Err(error),
            Err(error) => report.damage.push(Damage {
                file: MAIN_FILE.into(),
                offset: frame.offset,
                len: frame.end() - frame.offset,
                reason: error.to_string(),
                rows: 0,
                table: frame.rows_table(),
                labels: Some((frame.label_min, frame.label_max)),
                column: None,
            }),
        }
    }
    Ok(report)
}
