//! Edits of a run whose checksums are made right again: the reader must not panic, hang or take
//! memory for what is announced, whatever a file says that looks sound.
#![no_main]

#[path = "../edits.rs"]
mod edits;
#[path = "../../tachograph/tests/support/mod.rs"]
mod support;

use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;
use support::specimen::Specimen;
use tachograph::log::{LogReader, Mechanism};
use tachograph::store::{View, attempts, records};
use tachograph::types::Table;

static SOUND: LazyLock<[Specimen; 2]> =
    LazyLock::new(|| [Specimen::small(Mechanism::Map), Specimen::small(Mechanism::Write)]);

fn read(reader: &LogReader) {
    reader.check_all();
    for table in [Table::Epochs, Table::Steps] {
        for everything in [true, false] {
            let view = View::new(reader, table, everything);
            view.row_index();
            view.last_label();
            for column in view.schema() {
                view.series_with_rows(&column.key);
            }
            for key in view.extra_keys() {
                view.structured(key);
            }
            view.chunks().for_each(drop);
        }
    }
    attempts(reader);
    records(reader);
    reader.report();
}

fuzz_target!(|data: &[u8]| {
    let Some((&which, edits)) = data.split_first() else { return };
    let mut run = SOUND[usize::from(which & 1)].clone();
    edits::apply(&mut run.main, &mut run.tails[0].1, edits, true);
    for scanning in [false, true] {
        if let Ok(mut reader) = run.open(scanning) {
            read(&reader);
            reader.refresh().ok();
        }
    }
});
