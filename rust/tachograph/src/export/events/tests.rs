//! Framing against its published check, and the encoding of messages. TensorBoard's own reader is
//! the judge of whole files, in the tests of the Python package.

use super::framing::{masked, push_record};
use super::proto::{push_bytes, push_int, push_message};

#[test]
fn checksums_are_masked_as_published() {
    // ((crc >> 15) | (crc << 17)) + 0xa282ead8 of the well-known check value of CRC-32C.
    assert_eq!(crc32c::crc32c(b"123456789"), 0xe306_9283);
    assert_eq!(masked(0xe306_9283), 0xc78a_b0e5);
}

#[test]
fn a_record_is_length_content_and_their_checksums() {
    let mut out = b"before".to_vec();
    push_record(&mut out, |out| out.extend_from_slice(b"content"));
    let record = &out[6..];
    assert_eq!(record[..8], 7u64.to_le_bytes());
    assert_eq!(record[8..12], masked(crc32c::crc32c(&record[..8])).to_le_bytes());
    assert_eq!(&record[12..19], b"content");
    assert_eq!(record[19..], masked(crc32c::crc32c(b"content")).to_le_bytes());
}

#[test]
fn messages_of_any_length_have_their_length_first() {
    for len in [0, 1, 126, 127, 128, 129, 16_383, 16_384, 70_000] {
        let mut out = Vec::new();
        push_message(&mut out, 1, |out| out.resize(out.len() + len, 7));
        let mut want = Vec::new();
        push_bytes(&mut want, 1, &vec![7; len]);
        assert_eq!(out, want, "{len}");
    }
}

#[test]
fn negative_integers_take_ten_bytes() {
    let mut out = Vec::new();
    push_int(&mut out, 2, -1);
    assert_eq!(out, [0x10, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1]);
}
