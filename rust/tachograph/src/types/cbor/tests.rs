//! What the CBOR of values survives: every value, every cut, every flipped byte, every lie.

use super::{decode, encode};
use crate::Error;
use crate::types::{MAX_NESTING, NdArray, Value};
use proptest::prelude::*;

fn encoded(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    encode(value, &mut out).unwrap();
    out
}

fn is_damage(bytes: &[u8]) -> bool {
    matches!(decode(bytes), Err(Error::Corrupt { .. }))
}

/// Values without structure.
pub(crate) fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        "-?[1-9][0-9]{18,40}".prop_map(Value::BigInt),
        any::<u64>().prop_map(|bits| Value::Float(f64::from_bits(bits))),
        any::<i32>().prop_map(|small| Value::Float(f64::from(small) / 8.0)),
        "\\PC{0,12}".prop_map(Value::Str),
        prop::sample::select(vec!["NaN", "Infinity", "-Infinity", "\0\t\"\\\u{2028}", "1", ""])
            .prop_map(|text| Value::Str(text.to_owned())),
        prop::collection::vec(any::<u8>(), 0..9).prop_map(Value::Bytes),
        any::<i64>().prop_map(Value::Time),
        ("[a-z.]{1,8}", "\\PC{0,8}")
            .prop_map(|(type_name, text)| Value::Opaque { type_name, text }),
    ]
}

/// Any value.
pub(crate) fn value() -> impl Strategy<Value = Value> {
    let array = prop::collection::vec(any::<u8>(), 0..5).prop_map(|bytes| {
        Value::Array(NdArray { dtype: "|u1".to_owned(), shape: vec![bytes.len() as u64], bytes })
    });
    let key = prop_oneof![
        leaf(),
        (0..3i64).prop_map(Value::Int),
        prop::sample::select(vec!["__str__", "__dict__", "__ndarray__", "0", "true"])
            .prop_map(|text| Value::Str(text.to_owned())),
    ];
    prop_oneof![6 => leaf(), 1 => array].prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::List),
            prop::collection::vec((key.clone(), inner), 0..6).prop_map(Value::Map),
        ]
    })
}

/// Equality in which a NaN equals itself.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Float(a), Value::Float(b)) => a.to_bits() == b.to_bits(),
        (Value::List(a), Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Map(a), Value::Map(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(&a.0, &b.0) && same(&a.1, &b.1))
        }
        _ => a == b,
    }
}

proptest! {
    #[test]
    fn every_value_comes_back(value in value()) {
        prop_assert!(same(&decode(&encoded(&value)).unwrap(), &value));
    }

    #[test]
    fn every_cut_and_every_tail_is_damage(value in value()) {
        let mut bytes = encoded(&value);
        for len in 0..bytes.len() {
            prop_assert!(is_damage(&bytes[..len]), "{}", len);
        }
        bytes.push(0xf6);
        prop_assert!(is_damage(&bytes));
    }

    #[test]
    fn changed_bytes_are_damage_or_another_value(value in value(), flips in any::<[u8; 2]>()) {
        let bytes = encoded(&value);
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= flips[0] | 1;
            if let Some(next) = changed.get_mut(at + 1) {
                *next ^= flips[1];
            }
            if let Ok(other) = decode(&changed) {
                prop_assert!(same(&decode(&encoded(&other)).unwrap(), &other));
            }
        }
    }

    #[test]
    fn noise_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let _ = decode(&bytes);
    }
}

#[test]
fn the_table_holds_byte_for_byte() {
    let cases: [(Value, &[u8]); 9] = [
        (Value::Null, b"\xf6"),
        (Value::Bool(true), b"\xf5"),
        (Value::Int(-1), b"\x20"),
        (Value::Int(i64::MIN), b"\x3b\x7f\xff\xff\xff\xff\xff\xff\xff"),
        (Value::BigInt("-12".into()), b"\xda\x74\x61\x63\x01\x63-12"),
        (Value::Float(1.5), b"\xfb\x3f\xf8\0\0\0\0\0\0"),
        (Value::Time(5), b"\xda\x74\x61\x63\x03\x05"),
        (
            Value::Array(NdArray { dtype: "|u1".into(), shape: vec![2], bytes: vec![7, 8] }),
            b"\xda\x74\x61\x63\x02\x83\x63|u1\x81\x02\x42\x07\x08",
        ),
        (
            Value::Opaque { type_name: "t".into(), text: "x".into() },
            b"\xda\x74\x61\x63\x04\x82\x61t\x61x",
        ),
    ];
    for (value, bytes) in cases {
        assert_eq!(encoded(&value), bytes);
        assert_eq!(decode(bytes).unwrap(), value);
    }
}

#[test]
fn a_nan_keeps_its_payload() {
    for bits in [0x7ff8_0000_0000_0001, 0xfff0_0000_dead_beef, 0x7ff0_0000_0000_0001] {
        let Value::Float(back) = decode(&encoded(&Value::Float(f64::from_bits(bits)))).unwrap()
        else {
            panic!("not a float");
        };
        assert_eq!(back.to_bits(), bits);
    }
}

#[test]
fn lengths_that_the_input_does_not_have_cost_nothing() {
    for head in [0x9b, 0xbb, 0x5b, 0x7b] {
        for len in [u64::MAX, 1 << 62, 1 << 40] {
            let mut bytes = vec![head];
            bytes.extend(len.to_be_bytes());
            assert!(is_damage(&bytes), "{head:x} {len}");
        }
    }
    let mut shape = b"\xda\x74\x61\x63\x02\x83\x63|u1\x9b".to_vec();
    shape.extend(u64::MAX.to_be_bytes());
    assert!(decode(&shape).is_err());
}

#[test]
fn what_is_not_in_the_table_is_damage() {
    let cases: [&[u8]; 12] = [
        b"",
        b"\xf7",                       // undefined
        b"\xf9\x3c\x00",               // half
        b"\xfa\x3f\x80\0\0",           // single
        b"\x9f\xff",                   // indefinite array
        b"\x7f\xff",                   // indefinite text
        b"\x61\xff",                   // not UTF-8
        b"\x1b\xff\0\0\0\0\0\0\0",     // beyond i64
        b"\xc2\x41\x01",               // a standard bignum
        b"\xa1\x80\xf6",               // a list as key
        b"\xda\x74\x61\x63\x01\x620",  // a cut big integer
        b"\xda\x74\x61\x63\x01\x6207", // a leading zero
    ];
    for bytes in cases {
        assert!(is_damage(bytes), "{bytes:x?}");
    }
}

#[test]
fn nesting_ends_at_the_limit() {
    let nest = |depth: usize| (0..depth).fold(Value::Int(1), |inner, _| Value::List(vec![inner]));
    let deepest = nest(MAX_NESTING);
    assert_eq!(decode(&encoded(&deepest)).unwrap(), deepest);

    let mut out = b"before".to_vec();
    let error = encode(&nest(MAX_NESTING + 1), &mut out).unwrap_err().to_string();
    assert!(error.contains("64"), "{error}");
    assert_eq!(out, b"before");

    let mut bytes = vec![0x81; MAX_NESTING + 1];
    bytes.push(1);
    assert!(matches!(decode(&bytes), Err(Error::Corrupt { offset: 64, .. })));
    assert!(decode(&vec![0x81; 1 << 20]).is_err());
}

#[test]
fn refused_values_name_the_rule() {
    let list_key = Value::Map(vec![(Value::List(vec![]), Value::Null)]);
    for value in [
        list_key,
        Value::BigInt("12x".into()),
        Value::BigInt("-".into()),
        Value::BigInt("-0".into()),
        Value::BigInt("007".into()),
    ] {
        assert!(matches!(encode(&value, &mut Vec::new()), Err(Error::Invalid { .. })));
    }
}
