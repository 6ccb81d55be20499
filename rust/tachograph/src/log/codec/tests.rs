//! Round trips of every form, and what damage may do.

use super::{Codec, Effort, MAX_LEN, decode, decode_bytes, encode, encode_bytes};
use crate::types::Kind;
use proptest::collection::vec;
use proptest::prelude::*;

const KINDS: [Kind; 2] = [Kind::Float, Kind::Int];
const EFFORTS: [Effort; 2] = [Effort::Small, Effort::Fast];

fn coded(words: &[u64], kind: Kind, effort: Effort) -> Vec<u8> {
    let mut bytes = vec![0xaa];
    encode(words, kind, effort, &mut bytes);
    assert_eq!(bytes.remove(0), 0xaa);
    bytes
}

/// Codes, compares, and tells the codec.
fn round_trip(words: &[u64], kind: Kind, effort: Effort) -> Codec {
    let bytes = coded(words, kind, effort);
    assert!(bytes.len() <= 1 + 8 * words.len());
    let mut back = vec![7; words.len()];
    decode(&bytes, &mut back).unwrap();
    assert_eq!(back, words);
    Codec::from_u8(bytes[0]).unwrap()
}

fn floats(n: u32, value: impl Fn(f64) -> f64) -> Vec<u64> {
    (0..n).map(|i| value(f64::from(i)).to_bits()).collect()
}

fn single(value: f64) -> f64 {
    f64::from(value as f32)
}

fn noise(i: f64) -> f64 {
    (i * i * 0.37).sin()
}

/// A column for each codec, in the order of the codecs.
fn specimens(n: u32) -> Vec<(Codec, Kind, Vec<u64>)> {
    let scrambled = |i: u32| {
        let word = (u64::from(i) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let word = (word ^ word >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (word ^ word >> 27).wrapping_mul(0x94d0_49bb_1331_11eb)
    };
    vec![
        (Codec::Raw, Kind::Int, (0..n).map(scrambled).collect()),
        (Codec::Constant, Kind::Float, floats(n, |_| f64::NAN)),
        (
            Codec::Linear,
            Kind::Int,
            (0..u64::from(n)).map(|i| (u64::MAX - 70).wrapping_add(7 * i)).collect(),
        ),
        (Codec::Runs, Kind::Float, floats(n, |i| noise((i / f64::from(n) * 3.0).floor()))),
        (Codec::Ints, Kind::Int, floats(n, |i| noise(i).abs())),
        (Codec::F64, Kind::Float, floats(n, |i| 1.5 + 0.1 * noise(i))),
        (Codec::F32, Kind::Float, floats(n, |i| single(1.5 + 0.1 * noise(i)))),
        (
            Codec::Bf16,
            Kind::Float,
            floats(n, |i| f64::from_bits(noise(i).exp().to_bits() >> 45 << 45)),
        ),
        (
            Codec::F16,
            Kind::Float,
            floats(n, |i| f64::from_bits(noise(i).exp().to_bits() >> 42 << 42)),
        ),
        (Codec::Ratio, Kind::Float, floats(n, |i| (1e4 * noise(i)).round() / 1e4)),
        (Codec::Dictionary, Kind::Int, (0..n).map(|i| scrambled(i * i % 17)).collect()),
    ]
}

#[test]
fn each_codec_serves_the_columns_it_is_meant_for() {
    for (codec, kind, words) in specimens(4000) {
        assert_eq!(round_trip(&words, kind, Effort::Small), codec);
        round_trip(&words, kind, Effort::Fast);
    }
}

#[test]
fn few_odd_values_do_not_spoil_a_column() {
    let odd = [f64::NAN.to_bits(), 0x7ff0_0000_0000_0001, (-0.0f64).to_bits(), 1, 0.1f64.to_bits()];
    for (codec, kind, clean) in specimens(4000) {
        if matches!(codec, Codec::F32 | Codec::Bf16 | Codec::F16 | Codec::Ratio) {
            for first in [0, 77] {
                let mut words = clean.clone();
                for at in (first..4000).step_by(100) {
                    words[at] = odd[at / 100 % odd.len()];
                }
                assert_eq!(round_trip(&words, kind, Effort::Small), codec);
                round_trip(&words, kind, Effort::Fast);
                assert!(coded(&words, kind, Effort::Fast).len() < 5 * words.len());
            }
        }
    }
}

#[test]
fn lengths_from_none_to_the_limit() {
    for (_, kind, words) in specimens(600) {
        for len in (0..40).chain([255, 256, 257, 600]) {
            for effort in EFFORTS {
                round_trip(&words[..len], kind, effort);
            }
        }
    }
    let longest: Vec<u64> = (0..MAX_LEN as u64).collect();
    let mut bytes = coded(&longest, Kind::Int, Effort::Fast);
    assert_eq!(bytes.len(), 17);
    assert!(decode(&bytes, &mut vec![0; MAX_LEN + 1]).is_err());
    bytes.push(0);
    assert!(decode(&bytes, &mut vec![0; MAX_LEN]).is_err());
}

/// Decodes damaged bytes: an error or other words, but no panic.
fn survive(bytes: &[u8], len: usize) {
    let _ = decode(bytes, &mut vec![0; len]);
}

#[test]
fn damage_gives_an_error_or_other_words() {
    let small = if cfg!(debug_assertions) { 70 } else { 300 };
    for (_, kind, words) in specimens(small) {
        for effort in EFFORTS {
            let good = coded(&words, kind, effort);
            for cut in 0..good.len() {
                assert!(decode(&good[..cut], &mut vec![0; words.len()]).is_err());
            }
            for at in 0..good.len() {
                for flip in [1, 2, 4, 8, 16, 32, 64, 128, 255] {
                    let mut bad = good.clone();
                    bad[at] ^= flip;
                    survive(&bad, words.len());
                }
            }
            let longer = [&good[..], &[0]].concat();
            assert!(decode(&longer, &mut vec![0; words.len()]).is_err());
            for len in [0, 1, words.len() - 1, words.len() + 1, 100_000] {
                survive(&good, len);
            }
        }
    }
}

#[test]
fn bytes_that_lie_about_their_length_are_refused() {
    let text = "the quick brown fox ".repeat(50);
    for effort in EFFORTS {
        for raw in [text.as_bytes(), b"", b"x"] {
            let mut bytes = Vec::new();
            encode_bytes(raw, effort, &mut bytes);
            assert_eq!(decode_bytes(&bytes, raw.len()).unwrap(), raw);
            assert!(raw.is_empty() || decode_bytes(&bytes, raw.len() - 1).is_err());
            for cut in 0..bytes.len() {
                assert!(decode_bytes(&bytes[..cut], 1 << 20).is_err());
            }
            for at in 0..bytes.len() {
                for flip in 1..=255 {
                    let mut bad = bytes.clone();
                    bad[at] ^= flip;
                    let len = decode_bytes(&bad, 1 << 20).map_or(0, |raw| raw.len());
                    assert!(len <= 1 << 20);
                }
            }
        }
    }
    let boast = [1, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x28, 0xb5, 0x2f, 0xfd];
    assert!(decode_bytes(&boast, usize::MAX).is_err());
}

/// Words that are hard on a codec.
fn word() -> impl Strategy<Value = u64> {
    let special = [
        0,
        1,
        1 << 63,
        (1 << 63) - 1,
        u64::MAX,
        (1 << 53) + 1,
        0x7ff0_0000_0000_0000,
        0x7ff0_0000_0000_0001,
        0x7ff8_0000_dead_beef,
        0xfff4_0000_2000_0000,
        f64::MIN_POSITIVE.to_bits() - 1,
        u64::from(1e-40f32.to_bits()),
        f64::from(1e-40f32).to_bits(),
    ];
    prop_oneof![
        any::<u64>(),
        prop::sample::select(special.to_vec()),
        any::<f32>().prop_map(|value| f64::from(value).to_bits()),
        (-500i32..500).prop_map(|i| (f64::from(i) / 100.0).to_bits()),
        (-500i64..500).prop_map(|i| i as u64),
    ]
}

/// Columns of one sort of word with some of any other sort, or made by a rule.
fn column() -> impl Strategy<Value = Vec<u64>> {
    let singles =
        vec(any::<u32>().prop_map(|bits| super::narrow::from_f32(f32::from_bits(bits))), 1..900);
    let small = vec((-99i32..99).prop_map(|i| (f64::from(i) / 8.0).to_bits()), 1..900);
    let lines = (any::<u64>(), any::<u64>(), 0usize..900).prop_map(|(start, stride, n)| {
        (0..n as u64).map(|i| start.wrapping_add(i.wrapping_mul(stride))).collect()
    });
    let runs = vec((word(), 1usize..200), 0..9)
        .prop_map(|runs| runs.into_iter().flat_map(|(word, n)| vec![word; n]).collect());
    let base =
        prop_oneof![vec(word(), 0..300), vec(any::<u64>(), 0..300), singles, small, lines, runs];
    (base, vec((any::<prop::sample::Index>(), word()), 0..4)).prop_map(|(mut words, odd)| {
        for (at, word) in odd {
            if !words.is_empty() {
                let at = at.index(words.len());
                words[at] = word;
            }
        }
        words
    })
}

proptest! {
    #[test]
    fn any_words_come_back_to_the_bit(words in column()) {
        for kind in KINDS {
            for effort in EFFORTS {
                round_trip(&words, kind, effort);
            }
        }
    }

    #[test]
    fn any_bytes_are_survived(
        codec in 0u8..12, form in 0u8..3, bytes in vec(any::<u8>(), 0..200), len in 0usize..5000,
    ) {
        survive(&bytes, len);
        survive(&[&[codec][..], &bytes].concat(), len);
        survive(&[&[codec, 0, form][..], &bytes].concat(), len);
        survive(&[&[codec, form, 4, 1][..], &bytes].concat(), len);
        let _ = decode_bytes(&bytes, 1 << 16);
    }

    #[test]
    fn any_text_comes_back(raw in vec(any::<u8>(), 0..2000), repeats in 1usize..4) {
        let raw = raw.repeat(repeats);
        for effort in EFFORTS {
            let mut bytes = Vec::new();
            encode_bytes(&raw, effort, &mut bytes);
            prop_assert_eq!(decode_bytes(&bytes, raw.len()).unwrap(), &raw[..]);
        }
    }
}
