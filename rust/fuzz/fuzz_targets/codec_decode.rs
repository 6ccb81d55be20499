//! Any bytes decode to an error or to as many words as were asked for.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tachograph::log::codec::{decode, decode_bytes};

fuzz_target!(|input: (u16, &[u8])| {
    let (len, bytes) = input;
    let len = usize::from(len);
    let mut words = Vec::new();
    if decode(bytes, len, &mut words).is_ok() {
        assert_eq!(words.len(), len);
    }
    assert!(words.capacity() <= len.max(16).next_power_of_two());
    if let Ok(raw) = decode_bytes(bytes, 1 << 16) {
        assert!(raw.len() <= 1 << 16);
    }
});
