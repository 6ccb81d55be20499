//! Structured values as CBOR (RFC 8949).
//!
//! Every length is definite and every number big-endian, as CBOR has it.
//!
//! | value | encoding |
//! |---|---|
//! | `Null` | `null` (0xf6) |
//! | `Bool` | `false`, `true` (0xf4, 0xf5) |
//! | `Int` | integer (major types 0 and 1) within i64 |
//! | `BigInt` | tag 0x74616301, text: decimal digits, `-` before them if negative, no leading zero |
//! | `Float` | double (0xfb and 8 bytes), never shorter, so a NaN keeps its payload |
//! | `Str` | text (major type 3), valid UTF-8 |
//! | `Bytes` | byte string (major type 2) |
//! | `List` | array (major type 4) |
//! | `Map` | map (major type 5), pairs in order; a key is no list, map or array |
//! | `Array` | tag 0x74616302, array of 3: dtype (text), shape (array of integers), elements (byte string) |
//! | `Time` | tag 0x74616303, integer: microseconds since 1970-01-01 UTC |
//! | `Opaque` | tag 0x74616304, array of 2: type name (text), text form (text) |
//!
//! The tags spell `tac` and a number, within the range that RFC 8949 leaves to first come, first
//! served. Big integers are text because the standard's binary form takes quadratic time to turn
//! into digits, and RFC 8746 arrays have no type for booleans or complex numbers. Lists and maps
//! nest at most [`MAX_NESTING`] deep. Anything else is damage: other tags, indefinite lengths,
//! shorter floats, `undefined`, bytes after the value.

use super::{MAX_NESTING, NdArray, Value};
use crate::{Error, Result};
use minicbor::data::{Tag, Type};
use minicbor::decode::{Decoder, Error as ReadError};
use minicbor::encode::{Encoder, Error as WriteError};
use std::convert::Infallible;

const BIG_INT: Tag = Tag::new(0x7461_6301);
const ARRAY: Tag = Tag::new(0x7461_6302);
const TIME: Tag = Tag::new(0x7461_6303);
const OPAQUE: Tag = Tag::new(0x7461_6304);

/// The most elements for which room is made before any of them was read.
const FIRST_CAPACITY: u64 = 16;

/// Appends the value to `out`; a refused value leaves `out` as it was.
///
/// Refused are lists and maps nested deeper than [`MAX_NESTING`], keys with structure and big
/// integers that are not plain decimal digits.
pub fn encode(value: &Value, out: &mut Vec<u8>) -> Result<()> {
    check(value, 0)?;
    write(value, &mut Encoder::new(out)).map_err(|error| Error::invalid("value", error.to_string()))
}

/// The value that all of `bytes` encode.
///
/// Any input is safe to pass: memory stays proportional to its length.
pub fn decode(bytes: &[u8]) -> Result<Value> {
    let mut decoder = Decoder::new(bytes);
    let value = read(&mut decoder, 0)?;
    if decoder.position() == bytes.len() {
        Ok(value)
    } else {
        Err(Error::corrupt(decoder.position() as u64, "bytes follow the value"))
    }
}

/// Whether `text` is an integer as Python prints it.
pub(crate) fn is_integer_text(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    match digits.as_bytes() {
        [] => false,
        [b'0', rest @ ..] => rest.is_empty() && digits.len() == text.len(),
        all => all.iter().all(u8::is_ascii_digit),
    }
}

fn has_structure(value: &Value) -> bool {
    matches!(value, Value::List(_) | Value::Map(_) | Value::Array(_))
}

fn check(value: &Value, depth: usize) -> Result<()> {
    match value {
        Value::List(_) | Value::Map(_) if depth == MAX_NESTING => Err(Error::invalid(
            "value",
            format!("lists and maps nest deeper than {MAX_NESTING} levels; flatten them"),
        )),
        Value::List(items) => items.iter().try_for_each(|item| check(item, depth + 1)),
        Value::Map(pairs) => pairs.iter().try_for_each(|(key, value)| {
            if has_structure(key) {
                return Err(Error::invalid("value", "a key is a list, map or array"));
            }
            check(key, depth + 1)?;
            check(value, depth + 1)
        }),
        Value::BigInt(digits) if !is_integer_text(digits) => {
            Err(Error::invalid("value", format!("not an integer in decimal digits: {digits}")))
        }
        _ => Ok(()),
    }
}

fn write(
    value: &Value,
    to: &mut Encoder<&mut Vec<u8>>,
) -> std::result::Result<(), WriteError<Infallible>> {
    match value {
        Value::Null => to.null()?,
        Value::Bool(bit) => to.bool(*bit)?,
        Value::Int(number) => to.i64(*number)?,
        Value::BigInt(digits) => to.tag(BIG_INT)?.str(digits)?,
        Value::Float(number) => to.f64(*number)?,
        Value::Str(text) => to.str(text)?,
        Value::Bytes(bytes) => to.bytes(bytes)?,
        Value::List(items) => {
            to.array(items.len() as u64)?;
            return items.iter().try_for_each(|item| write(item, to));
        }
        Value::Map(pairs) => {
            to.map(pairs.len() as u64)?;
            return pairs.iter().try_for_each(|(key, value)| {
                write(key, to)?;
                write(value, to)
            });
        }
        Value::Array(array) => {
            to.tag(ARRAY)?.array(3)?.str(&array.dtype)?.array(array.shape.len() as u64)?;
            for extent in &array.shape {
                to.u64(*extent)?;
            }
            to.bytes(&array.bytes)?
        }
        Value::Time(micros) => to.tag(TIME)?.i64(*micros)?,
        Value::Opaque { type_name, text } => to.tag(OPAQUE)?.array(2)?.str(type_name)?.str(text)?,
    }
    .ok()
}

/// Turns the decoder's error into damage at a place.
trait OrCorrupt<T> {
    fn or_corrupt(self, offset: usize) -> Result<T>;
}

impl<T> OrCorrupt<T> for std::result::Result<T, ReadError> {
    fn or_corrupt(self, offset: usize) -> Result<T> {
        self.map_err(|error| {
            Error::corrupt(error.position().unwrap_or(offset) as u64, error.to_string())
        })
    }
}

fn read(from: &mut Decoder<'_>, depth: usize) -> Result<Value> {
    let at = from.position();
    let kind = from.datatype().or_corrupt(at)?;
    if matches!(kind, Type::Array | Type::Map) && depth == MAX_NESTING {
        let reason = format!("lists and maps nest deeper than {MAX_NESTING} levels");
        return Err(Error::corrupt(at as u64, reason));
    }
    Ok(match kind {
        Type::Null => {
            from.null().or_corrupt(at)?;
            Value::Null
        }
        Type::Bool => Value::Bool(from.bool().or_corrupt(at)?),
        Type::U8
        | Type::U16
        | Type::U32
        | Type::U64
        | Type::I8
        | Type::I16
        | Type::I32
        | Type::I64
        | Type::Int => Value::Int(from.i64().or_corrupt(at)?),
        Type::F64 => Value::Float(from.f64().or_corrupt(at)?),
        Type::String => Value::Str(from.str().or_corrupt(at)?.to_owned()),
        Type::Bytes => Value::Bytes(from.bytes().or_corrupt(at)?.to_owned()),
        Type::Array => {
            Value::List(read_many(from, at, Decoder::array, |from| read(from, depth + 1))?)
        }
        Type::Map => Value::Map(read_many(from, at, Decoder::map, |from| {
            let at = from.position();
            let key = read(from, depth + 1)?;
            if has_structure(&key) {
                return Err(Error::corrupt(at as u64, "a key is a list, map or array"));
            }
            Ok((key, read(from, depth + 1)?))
        })?),
        Type::Tag => read_tagged(from, at)?,
        other => return Err(Error::corrupt(at as u64, format!("unexpected {other}"))),
    })
}

/// The items of an array or map, whose length `head` reads. Room grows with the items read.
fn read_many<'b, T>(
    from: &mut Decoder<'b>,
    at: usize,
    head: impl Fn(&mut Decoder<'b>) -> std::result::Result<Option<u64>, ReadError>,
    item: impl Fn(&mut Decoder<'b>) -> Result<T>,
) -> Result<Vec<T>> {
    let len = head(from)
        .or_corrupt(at)?
        .ok_or_else(|| Error::corrupt(at as u64, "a length is not definite"))?;
    let mut items = Vec::with_capacity(len.min(FIRST_CAPACITY) as usize);
    for _ in 0..len {
        items.push(item(from)?);
    }
    Ok(items)
}

fn read_tagged(from: &mut Decoder<'_>, at: usize) -> Result<Value> {
    match from.tag().or_corrupt(at)? {
        BIG_INT => {
            let digits = from.str().or_corrupt(at)?;
            if !is_integer_text(digits) {
                return Err(Error::corrupt(at as u64, "not an integer in decimal digits"));
            }
            Ok(Value::BigInt(digits.to_owned()))
        }
        ARRAY => {
            expect_array(from, at, 3)?;
            let dtype = from.str().or_corrupt(at)?.to_owned();
            let shape = read_many(from, at, Decoder::array, |from| from.u64().or_corrupt(at))?;
            let bytes = from.bytes().or_corrupt(at)?.to_owned();
            Ok(Value::Array(NdArray { dtype, shape, bytes }))
        }
        TIME => Ok(Value::Time(from.i64().or_corrupt(at)?)),
        OPAQUE => {
            expect_array(from, at, 2)?;
            let type_name = from.str().or_corrupt(at)?.to_owned();
            let text = from.str().or_corrupt(at)?.to_owned();
            Ok(Value::Opaque { type_name, text })
        }
        other => Err(Error::corrupt(at as u64, format!("unknown tag 0x{:x}", other.as_u64()))),
    }
}

fn expect_array(from: &mut Decoder<'_>, at: usize, len: u64) -> Result<()> {
    if from.array().or_corrupt(at)? == Some(len) {
        Ok(())
    } else {
        Err(Error::corrupt(at as u64, format!("a tagged array has not {len} items")))
    }
}

#[cfg(test)]
pub(crate) mod tests;
