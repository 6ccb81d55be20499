//! Any words come back to the bit, as the kind and with the effort that the input says.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tachograph::log::codec::{Effort, decode, decode_bytes, encode, encode_bytes};
use tachograph::types::Kind;

/// The words that the fuzzer's bytes stand for: as they are, singles, hundredths, or small steps.
fn words(form: u8, bytes: &[u8]) -> Vec<u64> {
    let (eights, _) = bytes.as_chunks();
    let (fours, _) = bytes.as_chunks();
    match form % 4 {
        0 => eights.iter().map(|word| u64::from_le_bytes(*word)).collect(),
        1 => fours.iter().map(|single| f64::from(f32::from_le_bytes(*single)).to_bits()).collect(),
        2 => bytes.iter().map(|&byte| (f64::from(byte) / 100.0).to_bits()).collect(),
        _ => bytes
            .iter()
            .scan(0u64, |word, &byte| {
                *word = word.wrapping_add(u64::from(byte).wrapping_sub(9));
                Some(*word)
            })
            .collect(),
    }
}

fuzz_target!(|input: (u8, &[u8])| {
    let (form, bytes) = input;
    let words = words(form, bytes);
    let effort = if form & 4 == 0 { Effort::Small } else { Effort::Fast };
    let kind = if form & 8 == 0 { Kind::Float } else { Kind::Int };
    let mut coded = Vec::new();
    encode(&words, kind, effort, &mut coded);
    assert!(coded.len() <= 1 + 8 * words.len());
    let mut back = vec![0; words.len()];
    decode(&coded, &mut back).expect("what was just coded");
    assert_eq!(back, words);
    coded.clear();
    encode_bytes(bytes, effort, &mut coded);
    assert_eq!(decode_bytes(&coded, bytes.len()).expect("what was just coded"), bytes);
});
