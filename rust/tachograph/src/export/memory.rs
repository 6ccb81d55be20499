//! Text that was just written: what repeats from row to row is copied, not made again.

use super::number::{TIME_LEN, push_float, push_time, put_fraction};

/// Text of a fixed size is copied without a call; longer than that is none.
const ROOM: usize = 32;
const MICROS: i64 = 1_000_000;

/// What the rows before hold, of one piece of output.
pub(super) struct Memory {
    floats: Vec<Last>,
    second: Option<(i64, [u8; TIME_LEN])>,
}

/// The float that was last written in a place, and where its text stands.
#[derive(Clone, Copy, Default)]
struct Last {
    word: u64,
    start: usize,
    len: usize,
}

impl Memory {
    /// Of rows with so many places.
    pub(super) fn new(places: usize) -> Self {
        Self { floats: vec![Last::default(); places], second: None }
    }

    /// Appends a place's float, as [`push_float`] does; `out` has grown only since the last one.
    #[inline]
    pub(super) fn push_float(
        &mut self,
        out: &mut Vec<u8>,
        place: usize,
        word: u64,
        names: [&str; 3],
    ) {
        let Some(last) = self.floats.get_mut(place) else {
            return push_float(out, f64::from_bits(word), names);
        };
        let start = out.len();
        if last.len > 0 && last.word == word {
            repeat(out, last.start, last.len);
            last.start = start;
            return;
        }
        push_float(out, f64::from_bits(word), names);
        *last = Last { word, start, len: out.len() - start };
    }

    /// Appends a time, as [`push_time`] does.
    pub(super) fn push_time(&mut self, out: &mut Vec<u8>, micros: i64) {
        let (second, fraction) = (micros.div_euclid(MICROS), micros.rem_euclid(MICROS) as u32);
        match &mut self.second {
            Some((known, text)) if *known == second => {
                put_fraction(text, fraction);
                out.extend_from_slice(text);
            }
            _ => {
                let start = out.len();
                push_time(out, micros);
                // Only the common form is as long as this.
                let text = out.get(start..).and_then(|text| text.try_into().ok());
                self.second = text.map(|text| (second, text));
            }
        }
    }
}

/// Appends once more what stands at `start`.
#[inline]
fn repeat(out: &mut Vec<u8>, start: usize, len: usize) {
    let Some(&text) = out.get(start..).and_then(|text| text.first_chunk::<ROOM>()) else {
        return out.extend_from_within(start..start + len);
    };
    let end = out.len() + len;
    out.extend_from_slice(&text);
    out.truncate(end);
}

#[cfg(test)]
mod tests {
    use super::Memory;
    use crate::export::number::{push_float, push_time};
    use proptest::prelude::*;

    const NAMES: [&str; 3] = ["NaN", "inf", "-inf"];

    fn float() -> impl Strategy<Value = u64> {
        let few = [0.5, -0.0, 0.0, 1e300, f64::NAN, f64::NEG_INFINITY, 0.1 + 0.2];
        prop_oneof![4 => prop::sample::select(few.to_vec()).prop_map(f64::to_bits), 1 => any::<u64>()]
    }

    fn micros() -> impl Strategy<Value = i64> {
        let near = (0..4_i64, -2_000_000..2_000_000_i64)
            .prop_map(|(day, near)| day * 86_400_000_000 + near / 500_000 * 500_000);
        prop_oneof![4 => near, 1 => any::<i64>()]
    }

    proptest! {
        #[test]
        fn a_memory_changes_nothing(
            floats in prop::collection::vec((0..3_usize, float()), 0..60),
            times in prop::collection::vec(micros(), 0..60),
        ) {
            let (mut out, mut expected) = (b"before".to_vec(), b"before".to_vec());
            let mut memory = Memory::new(2); // the third place is not in it
            for (place, word) in floats {
                memory.push_float(&mut out, place, word, NAMES);
                push_float(&mut expected, f64::from_bits(word), NAMES);
                out.push(b',');
                expected.push(b',');
            }
            for time in times {
                memory.push_time(&mut out, time);
                push_time(&mut expected, time);
            }
            prop_assert_eq!(String::from_utf8(out), String::from_utf8(expected));
        }
    }
}
