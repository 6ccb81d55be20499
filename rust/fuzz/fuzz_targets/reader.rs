//! Edits of a sound run: whatever is done to its bytes, the reader returns no wrong value.
#![no_main]

#[path = "../edits.rs"]
mod edits;
#[path = "../../tachograph/tests/support/mod.rs"]
mod support;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some(edited) = edits::Edited::of(data, false) else { return };
    // Where both headers are lost, the places of a segment's rows are guesses.
    let sound = edited.sound;
    let header = &sound.tails[0].1[..64];
    if ![0, 64].iter().any(|&at| edited.tail.get(at..at + 64) == Some(header)) {
        return;
    }
    if let Ok(reader) = edited.open() {
        sound.look(&reader);
    }
});
