//! Structured values as strict JSON.

use super::number::{push_float, push_int, push_time};
use crate::types::{NdArray, Value, cbor};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::borrow::Cow;
use std::collections::HashSet;

pub(super) const NON_FINITE: [&str; 3] = ["NaN", "Infinity", "-Infinity"];
const NON_FINITE_JSON: [&str; 3] = ["\"NaN\"", "\"Infinity\"", "\"-Infinity\""];

/// The keys that tell a reader what the only value of an object stands for.
const MARKERS: [&str; 5] = ["__str__", "__bytes__", "__datetime__", "__ndarray__", "__dict__"];

/// Bytes for base64 at a time; a multiple of three, so that pieces join without padding.
const BASE64_PIECE: usize = 3 * 256;

/// Appends the value as JSON; the [module](crate::export) lists what becomes what.
pub fn value_to_json(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(bit) => push_bool(out, *bit),
        Value::Int(number) => push_int(out, *number),
        Value::BigInt(digits) if cbor::is_integer_text(digits) => {
            out.extend_from_slice(digits.as_bytes());
        }
        Value::Float(number) => push_json_float(out, *number),
        Value::Str(text) | Value::BigInt(text) | Value::Opaque { text, .. } => {
            push_tellable(out, text);
        }
        Value::Bytes(bytes) => {
            out.extend_from_slice(b"{\"__bytes__\":");
            push_base64(out, bytes);
            out.push(b'}');
        }
        Value::List(items) => push_list(out, items, value_to_json),
        Value::Map(pairs) => push_map(out, pairs),
        Value::Array(array) => push_array(out, array),
        Value::Time(micros) => {
            out.extend_from_slice(b"{\"__datetime__\":\"");
            push_time(out, *micros);
            out.extend_from_slice(b"\"}");
        }
    }
}

/// Appends a float, or the name of what is not finite in quotes.
pub(super) fn push_json_float(out: &mut Vec<u8>, number: f64) {
    push_float(out, number, NON_FINITE_JSON);
}

/// Appends `true` or `false`.
pub(super) fn push_bool(out: &mut Vec<u8>, bit: bool) {
    out.extend_from_slice(if bit { b"true" } else { b"false" });
}

/// Appends text in quotes, escaped as far as JSON demands.
pub(super) fn push_text(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let bytes = text.as_bytes();
    let mut written = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.extend_from_slice(&bytes[written..at]);
        written = at + 1;
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            _ => {
                let hex = |digit: u8| b"0123456789abcdef"[usize::from(digit)];
                out.extend_from_slice(b"\\u00");
                out.extend_from_slice(&[hex(byte >> 4), hex(byte & 15)]);
            }
        }
    }
    out.extend_from_slice(&bytes[written..]);
    out.push(b'"');
}

/// Text that a reader cannot take for a float.
fn push_tellable(out: &mut Vec<u8>, text: &str) {
    if NON_FINITE.contains(&text) {
        out.extend_from_slice(b"{\"__str__\":");
        push_text(out, text);
        out.push(b'}');
    } else {
        push_text(out, text);
    }
}

fn push_list<T>(out: &mut Vec<u8>, items: &[T], push: impl Fn(&T, &mut Vec<u8>)) {
    out.push(b'[');
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        push(item, out);
    }
    out.push(b']');
}

fn push_base64(out: &mut Vec<u8>, bytes: &[u8]) {
    out.push(b'"');
    let mut text = [0; BASE64_PIECE / 3 * 4];
    for piece in bytes.chunks(BASE64_PIECE) {
        // The buffer has room for the text of a whole piece.
        let len = STANDARD.encode_slice(piece, &mut text).unwrap_or_default();
        out.extend_from_slice(&text[..len]);
    }
    out.push(b'"');
}

fn push_array(out: &mut Vec<u8>, array: &NdArray) {
    out.extend_from_slice(b"{\"__ndarray__\":{\"dtype\":");
    push_text(out, &array.dtype);
    out.extend_from_slice(b",\"shape\":");
    push_list(out, &array.shape, |extent, out| {
        out.extend_from_slice(itoa::Buffer::new().format(*extent).as_bytes());
    });
    out.extend_from_slice(b",\"data\":");
    push_base64(out, &array.bytes);
    out.extend_from_slice(b"}}");
}

fn push_map(out: &mut Vec<u8>, pairs: &[(Value, Value)]) {
    let Some(names) = object_names(pairs) else {
        out.extend_from_slice(b"{\"__dict__\":");
        push_list(out, pairs, |(key, value), out| {
            out.push(b'[');
            value_to_json(key, out);
            out.push(b',');
            value_to_json(value, out);
            out.push(b']');
        });
        out.push(b'}');
        return;
    };
    out.push(b'{');
    for (at, (name, (_, value))) in names.iter().zip(pairs).enumerate() {
        if at > 0 {
            out.push(b',');
        }
        push_text(out, name);
        out.push(b':');
        value_to_json(value, out);
    }
    out.push(b'}');
}

/// The names under which an object holds these pairs, or `None` if no object can.
fn object_names(pairs: &[(Value, Value)]) -> Option<Vec<Cow<'_, str>>> {
    let names = pairs.iter().map(|(key, _)| key_name(key)).collect::<Option<Vec<_>>>()?;
    if matches!(&names[..], [only] if MARKERS.contains(&only.as_ref())) {
        return None;
    }
    let mut seen = HashSet::with_capacity(names.len());
    names.iter().all(|name| seen.insert(name.as_ref())).then_some(names)
}

/// A key as text, as Python's `json` turns it into one.
fn key_name(key: &Value) -> Option<Cow<'_, str>> {
    Some(match key {
        Value::Str(text) | Value::BigInt(text) | Value::Opaque { text, .. } => text.into(),
        Value::Null => "null".into(),
        Value::Bool(bit) => (if *bit { "true" } else { "false" }).into(),
        Value::Int(number) => number.to_string().into(),
        Value::Float(number) => {
            let mut text = Vec::new();
            push_float(&mut text, *number, NON_FINITE);
            String::from_utf8(text).ok()?.into()
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::value_to_json;
    use crate::types::{NdArray, Value};

    fn json(value: &Value) -> String {
        let mut out = Vec::new();
        value_to_json(value, &mut out);
        String::from_utf8(out).unwrap()
    }

    fn text(text: &str) -> Value {
        Value::Str(text.to_owned())
    }

    #[test]
    fn each_kind_has_its_form() {
        let array = NdArray { dtype: "<f4".into(), shape: vec![1, 1], bytes: vec![0, 0, 128, 63] };
        let cases = [
            (Value::Null, "null"),
            (Value::Bool(false), "false"),
            (Value::Int(-7), "-7"),
            (Value::BigInt("-123456789012345678901".into()), "-123456789012345678901"),
            (Value::BigInt("=1+1".into()), "\"=1+1\""),
            (Value::Float(1.0), "1.0"),
            (Value::Float(f64::NAN), "\"NaN\""),
            (Value::Float(f64::INFINITY), "\"Infinity\""),
            (Value::Float(f64::NEG_INFINITY), "\"-Infinity\""),
            (text("NaN"), r#"{"__str__":"NaN"}"#),
            (text("nan"), "\"nan\""),
            (Value::Opaque { type_name: "t".into(), text: "NaN".into() }, r#"{"__str__":"NaN"}"#),
            (Value::Opaque { type_name: "t".into(), text: "/tmp".into() }, "\"/tmp\""),
            (Value::Bytes(b"fooba".to_vec()), r#"{"__bytes__":"Zm9vYmE="}"#),
            (Value::Time(1), r#"{"__datetime__":"1970-01-01T00:00:00.000001+00:00"}"#),
            (
                Value::Array(array),
                r#"{"__ndarray__":{"dtype":"<f4","shape":[1,1],"data":"AACAPw=="}}"#,
            ),
            (Value::List(vec![Value::Int(1), Value::List(vec![])]), "[1,[]]"),
        ];
        for (value, expected) in cases {
            assert_eq!(json(&value), expected);
        }
    }

    #[test]
    fn text_is_escaped_no_further_than_json_demands() {
        assert_eq!(
            json(&text("a\"\\\n\r\t\0\u{1f}\u{7f}\u{2028}é😀/")),
            "\"a\\\"\\\\\\n\\r\\t\\u0000\\u001f\u{7f}\u{2028}é😀/\""
        );
    }

    #[test]
    fn base64_pieces_join() {
        for len in [0, 1, 2, 3, 767, 768, 769, 1536, 5000] {
            let bytes: Vec<u8> = (0..len).map(|at| (at * 7) as u8).collect();
            let expected = base64::display::Base64Display::new(
                &bytes,
                &base64::engine::general_purpose::STANDARD,
            )
            .to_string();
            assert_eq!(json(&Value::Bytes(bytes)), format!("{{\"__bytes__\":\"{expected}\"}}"));
        }
    }

    #[test]
    fn keys_become_text_and_colliding_keys_stay_apart() {
        let map = |keys: &[Value]| {
            json(&Value::Map(keys.iter().map(|key| (key.clone(), Value::Null)).collect()))
        };
        let (one, yes, none) = (Value::Int(1), Value::Bool(true), Value::Null);
        assert_eq!(map(&[one.clone(), yes.clone()]), r#"{"1":null,"true":null}"#);
        assert_eq!(map(&[none, Value::Float(0.5)]), r#"{"null":null,"0.5":null}"#);
        assert_eq!(map(&[Value::Float(f64::NAN)]), r#"{"NaN":null}"#);
        assert_eq!(map(&[text("NaN")]), r#"{"NaN":null}"#);
        assert_eq!(map(&[one, text("1")]), r#"{"__dict__":[[1,null],["1",null]]}"#);
        assert_eq!(map(&[yes, text("true")]), r#"{"__dict__":[[true,null],["true",null]]}"#);
        assert_eq!(
            map(&[Value::Time(0)]),
            r#"{"__dict__":[[{"__datetime__":"1970-01-01T00:00:00.000000+00:00"},null]]}"#
        );
    }

    #[test]
    fn a_map_that_looks_like_a_marker_is_marked_itself() {
        for name in super::MARKERS {
            let value = Value::Map(vec![(text(name), text("x"))]);
            assert_eq!(json(&value), format!(r#"{{"__dict__":[["{name}","x"]]}}"#));
        }
        let two = Value::Map(vec![(text("__str__"), text("x")), (text("b"), Value::Null)]);
        assert_eq!(json(&two), r#"{"__str__":"x","b":null}"#);
        assert_eq!(json(&Value::Map(vec![(text("__init__"), Value::Int(1))])), r#"{"__init__":1}"#);
    }
}
