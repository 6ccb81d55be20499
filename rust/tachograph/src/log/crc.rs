//! CRC-32C of 64-bit words, for records of some dozen words.
//!
//! The `crc32c` crate is made for long buffers; a record needs its checksum in a few nanoseconds,
//! so the instruction is used directly where the processor has it. Both agree (see the test).

/// Continues `crc` over words as they lie in memory, little-endian.
#[inline]
pub(crate) fn append_words(crc: u32, words: &[u64]) -> u32 {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("sse4.2") {
        // SAFETY: the processor has SSE 4.2, as was just checked.
        return unsafe { append_words_sse(crc, words) };
    }
    append_words_portable(crc, words)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "sse4.2")]
#[inline]
fn append_words_sse(crc: u32, words: &[u64]) -> u32 {
    let mut state = u64::from(!crc);
    for &word in words {
        state = std::arch::x86_64::_mm_crc32_u64(state, word);
    }
    !(state as u32)
}

fn append_words_portable(crc: u32, words: &[u64]) -> u32 {
    words.iter().fold(crc, |crc, word| crc32c::crc32c_append(crc, &word.to_ne_bytes()))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_instruction_agrees_with_the_crate() {
        let words: Vec<u64> = (0..40u64).map(|i| i.wrapping_mul(0x9e37_79b9_7f4a_7c15)).collect();
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_ne_bytes()).collect();
        for n in 0..words.len() {
            let expected = crc32c::crc32c_append(77, &bytes[..n * 8]);
            assert_eq!(super::append_words(77, &words[..n]), expected);
            assert_eq!(super::append_words_portable(77, &words[..n]), expected);
        }
        // From RFC 3720 (iSCSI), section B.4: 32 bytes of zeros.
        assert_eq!(super::append_words(0, &[0; 4]), 0x8a91_36aa);
    }
}
