//! Any bytes decode to an error or to words.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tachograph::log::codec::{decode, decode_bytes};

fuzz_target!(|input: (u16, &[u8])| {
    let (len, bytes) = input;
    let _ = decode(bytes, &mut vec![0; usize::from(len)]);
    if let Ok(raw) = decode_bytes(bytes, 1 << 16) {
        assert!(raw.len() <= 1 << 16);
    }
});
