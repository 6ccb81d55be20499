//! Fields of protocol buffers, written and read.
//!
//! After <https://protobuf.dev/programming-guides/encoding/>. Groups, which nobody has written for
//! many years, count as malformed.

use crate::log::codec::put_varint;

const VARINT: u32 = 0;
const FIXED_64: u32 = 1;
const BYTES: u32 = 2;
const FIXED_32: u32 = 5;

fn push_key(out: &mut Vec<u8>, field: u32, form: u32) {
    put_varint(u64::from(field << 3 | form), out);
}

/// An integer; a negative one takes ten bytes.
pub(crate) fn push_int(out: &mut Vec<u8>, field: u32, value: i64) {
    push_key(out, field, VARINT);
    put_varint(value as u64, out);
}

pub(crate) fn push_double(out: &mut Vec<u8>, field: u32, value: f64) {
    push_key(out, field, FIXED_64);
    out.extend_from_slice(&value.to_le_bytes());
}

pub(crate) fn push_float(out: &mut Vec<u8>, field: u32, value: f32) {
    push_key(out, field, FIXED_32);
    out.extend_from_slice(&value.to_le_bytes());
}

pub(crate) fn push_bytes(out: &mut Vec<u8>, field: u32, bytes: &[u8]) {
    push_key(out, field, BYTES);
    put_varint(bytes.len() as u64, out);
    out.extend_from_slice(bytes);
}

/// A message whose fields `fill` appends.
pub(crate) fn push_message(out: &mut Vec<u8>, field: u32, fill: impl FnOnce(&mut Vec<u8>)) {
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

/// What a field holds; who reads it knows which type is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field<'a> {
    Varint(u64),
    Fixed64(u64),
    Bytes(&'a [u8]),
    Fixed32(u32),
}

/// The bytes are no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

/// The fields of a message with their numbers, in the order in which they stand. Ends at the first
/// thing that is no field.
#[derive(Clone, Debug)]
pub(crate) struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    pub(crate) fn of(message: &'a [u8]) -> Self {
        Self { rest: message }
    }

    #[inline]
    fn read(&mut self) -> Option<(u32, Field<'a>)> {
        let key = take_varint(&mut self.rest)?;
        let number = u32::try_from(key >> 3).ok().filter(|&number| number > 0)?;
        let field = match key as u32 & 7 {
            VARINT => Field::Varint(take_varint(&mut self.rest)?),
            FIXED_64 => Field::Fixed64(u64::from_le_bytes(take_array(&mut self.rest)?)),
            BYTES => {
                let len = usize::try_from(take_varint(&mut self.rest)?).ok()?;
                let (bytes, rest) = self.rest.split_at_checked(len)?;
                self.rest = rest;
                Field::Bytes(bytes)
            }
            FIXED_32 => Field::Fixed32(u32::from_le_bytes(take_array(&mut self.rest)?)),
            _ => return None,
        };
        Some((number, field))
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u32, Field<'a>), Malformed>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let read = self.read();
        if read.is_none() {
            self.rest = &[];
        }
        Some(read.ok_or(Malformed))
    }
}

/// Takes a number of at most ten bytes off the front.
#[inline]
pub(crate) fn take_varint(from: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for (at, &byte) in from.iter().take(10).enumerate() {
        // Bits beyond 64 are dropped, as all readers of protocol buffers do.
        value |= u64::from(byte & 0x7f) << (7 * at);
        if byte < 0x80 {
            *from = &from[at + 1..];
            return Some(value);
        }
    }
    None
}

fn take_array<const N: usize>(from: &mut &[u8]) -> Option<[u8; N]> {
    let (array, rest) = from.split_first_chunk()?;
    *from = rest;
    Some(*array)
}
