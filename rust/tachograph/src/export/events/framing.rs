//! `TFRecord` framing: length and content, each with a masked CRC-32C.
//!
//! After <https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details>.

/// Bytes before the content.
const HEAD: usize = 12;

/// What a checksum is turned into, so that checksums of data that holds checksums stay useful.
pub(super) fn masked(crc: u32) -> u32 {
    crc.rotate_right(15).wrapping_add(0xa282_ead8)
}

/// Appends a record whose content `fill` appends.
pub(super) fn push_record(out: &mut Vec<u8>, fill: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(&[0; HEAD]);
    fill(out);
    let length = ((out.len() - start - HEAD) as u64).to_le_bytes();
    out[start..start + 8].copy_from_slice(&length);
    out[start + 8..start + HEAD].copy_from_slice(&masked(crc32c::crc32c(&length)).to_le_bytes());
    let crc = masked(crc32c::crc32c(&out[start + HEAD..]));
    out.extend_from_slice(&crc.to_le_bytes());
}
