//! Edits of a sound run: whatever is done to its bytes, the reader returns no wrong value.
#![no_main]

#[path = "../edits.rs"]
mod edits;
#[path = "../../tachograph/tests/support/mod.rs"]
mod support;

use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;
use support::specimen::Specimen;
use tachograph::log::Mechanism;

static SOUND: LazyLock<[Specimen; 2]> =
    LazyLock::new(|| [Specimen::small(Mechanism::Map), Specimen::small(Mechanism::Write)]);

fuzz_target!(|data: &[u8]| {
    let Some((&which, edits)) = data.split_first() else { return };
    let mut run = SOUND[usize::from(which & 1)].clone();
    edits::apply(&mut run.main, &mut run.tails[0].1, edits, false);
    // Where both headers are lost, the places of a segment's rows are guesses.
    let sound = &SOUND[usize::from(which & 1)].tails[0].1;
    if ![0, 64].iter().any(|&at| run.tails[0].1.get(at..at + 64) == Some(&sound[at..at + 64])) {
        return;
    }
    for scanning in [false, true] {
        if let Ok(reader) = run.open(scanning) {
            run.look(&reader);
        }
    }
});
