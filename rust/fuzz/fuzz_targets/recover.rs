//! Edits of a run whose checksums are made right again: the reader must not panic, hang or take
//! memory for what is announced, whatever a file says that looks sound.
#![no_main]

#[path = "../edits.rs"]
mod edits;
#[path = "../../tachograph/tests/support/mod.rs"]
mod support;

use libfuzzer_sys::fuzz_target;
use tachograph::log::LogReader;
use tachograph::store::{Frame, View, attempts, records};
use tachograph::types::Table;

fn read(reader: &LogReader) {
    reader.check_all();
    for table in [Table::Epochs, Table::Steps] {
        for everything in [true, false] {
            let view = View::new(reader, table, everything);
            view.row_index();
            view.last_call();
            for column in view.schema() {
                view.series_with_rows(&column.key);
            }
            for key in view.extra_keys() {
                view.structured(key);
            }
            view.chunks().for_each(drop);
            let frame = Frame::all(view);
            frame.chunks().for_each(drop);
            (0..frame.part_count()).for_each(|at| drop(frame.part(at)));
        }
    }
    attempts(reader);
    records(reader);
    reader.report();
}

fuzz_target!(|data: &[u8]| {
    let Some(edited) = edits::Edited::of(data, true) else { return };
    if let Ok(mut reader) = edited.open() {
        read(&reader);
        // Bytes that do not change hold nothing new.
        assert!(matches!(reader.refresh(), Ok(false)));
    }
});
