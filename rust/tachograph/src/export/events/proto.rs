//! Fields of protocol buffers, as far as events need them.
//!
//! After <https://protobuf.dev/programming-guides/encoding/>.

use crate::log::codec::put_varint;

const VARINT: u32 = 0;
const FIXED_64: u32 = 1;
const BYTES: u32 = 2;
const FIXED_32: u32 = 5;

fn push_key(out: &mut Vec<u8>, field: u32, form: u32) {
    put_varint(u64::from(field << 3 | form), out);
}

/// An integer; a negative one takes ten bytes.
pub(super) fn push_int(out: &mut Vec<u8>, field: u32, value: i64) {
    push_key(out, field, VARINT);
    put_varint(value as u64, out);
}

pub(super) fn push_double(out: &mut Vec<u8>, field: u32, value: f64) {
    push_key(out, field, FIXED_64);
    out.extend_from_slice(&value.to_le_bytes());
}

pub(super) fn push_float(out: &mut Vec<u8>, field: u32, value: f32) {
    push_key(out, field, FIXED_32);
    out.extend_from_slice(&value.to_le_bytes());
}

pub(super) fn push_bytes(out: &mut Vec<u8>, field: u32, bytes: &[u8]) {
    push_key(out, field, BYTES);
    put_varint(bytes.len() as u64, out);
    out.extend_from_slice(bytes);
}

/// A message whose fields `fill` appends.
pub(super) fn push_message(out: &mut Vec<u8>, field: u32, fill: impl FnOnce(&mut Vec<u8>)) {
    push_key(out, field, BYTES);
    // Most messages are shorter than 128 bytes: their length takes the one byte that is left here.
    let start = out.len() + 1;
    out.push(0);
    fill(out);
    let len = out.len() - start;
    if len < 0x80 {
        out[start - 1] = len as u8;
        return;
    }
    let mut length = Vec::with_capacity(10);
    put_varint(len as u64, &mut length);
    out.splice(start - 1..start, length);
}
