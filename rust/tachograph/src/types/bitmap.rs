//! A bitmap that tells which rows of a column hold a value.

/// Bits in 64-bit words, least significant first; bits past `len` are zero.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bitmap {
    words: Vec<u64>,
    len: usize,
}

impl Bitmap {
    /// `len` bits, all of them `bit`.
    pub fn filled(len: usize, bit: bool) -> Self {
        let mut words = vec![if bit { u64::MAX } else { 0 }; len.div_ceil(64)];
        if bit
            && !len.is_multiple_of(64)
            && let Some(last) = words.last_mut()
        {
            *last = (1 << (len % 64)) - 1;
        }
        Self { words, len }
    }

    /// From words, least significant bit first. Bits past `len` are cleared.
    pub fn from_words(mut words: Vec<u64>, len: usize) -> Self {
        words.resize(len.div_ceil(64), 0);
        if !len.is_multiple_of(64)
            && let Some(last) = words.last_mut()
        {
            *last &= (1 << (len % 64)) - 1;
        }
        Self { words, len }
    }

    /// How many bits.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no bits at all.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The bit at `index`; false past the end.
    pub fn get(&self, index: usize) -> bool {
        self.words.get(index / 64).is_some_and(|word| word >> (index % 64) & 1 == 1)
    }

    /// Sets or clears the bit at `index`, which is below `len`.
    pub fn set(&mut self, index: usize, bit: bool) {
        debug_assert!(index < self.len);
        let mask = 1 << (index % 64);
        if bit {
            self.words[index / 64] |= mask;
        } else {
            self.words[index / 64] &= !mask;
        }
    }

    /// Appends one bit.
    pub fn push(&mut self, bit: bool) {
        if self.len.is_multiple_of(64) {
            self.words.push(0);
        }
        self.len += 1;
        if bit {
            self.set(self.len - 1, true);
        }
    }

    /// Appends `n` equal bits.
    pub fn extend(&mut self, n: usize, bit: bool) {
        let old = self.len;
        self.len += n;
        self.words.resize(self.len.div_ceil(64), 0);
        if bit {
            for index in old..self.len {
                self.words[index / 64] |= 1 << (index % 64);
            }
        }
    }

    /// Takes the bits from `at` on away; none where there are fewer.
    #[must_use]
    pub fn split_off(&mut self, at: usize) -> Self {
        let mut taken = Self::default();
        (at..self.len).for_each(|index| taken.push(self.get(index)));
        *self = Self::from_words(std::mem::take(&mut self.words), at.min(self.len));
        taken
    }

    /// The places of the bits that are set, ascending.
    pub fn ones(&self) -> impl Iterator<Item = usize> + '_ {
        self.words.iter().enumerate().flat_map(|(at, &word)| {
            let rest = |word: &u64| Some(word & (word - 1)).filter(|&rest| rest != 0);
            let words = std::iter::successors(Some(word).filter(|&word| word != 0), rest);
            words.map(move |word| at * 64 + word.trailing_zeros() as usize)
        })
    }

    /// How many bits are set.
    pub fn count(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Whether every bit is set.
    pub fn all(&self) -> bool {
        self.count() == self.len
    }

    /// The words, least significant bit first.
    pub fn into_words(self) -> Vec<u64> {
        self.words
    }

    /// The words.
    pub fn words(&self) -> &[u64] {
        &self.words
    }

    /// The bits in order.
    pub fn iter(&self) -> impl Iterator<Item = bool> + '_ {
        (0..self.len).map(|index| self.get(index))
    }
}

#[cfg(test)]
mod tests {
    use super::Bitmap;

    #[test]
    fn bits_past_the_end_stay_clear() {
        for len in [0, 1, 63, 64, 65, 130] {
            let full = Bitmap::filled(len, true);
            assert_eq!(full.count(), len);
            assert_eq!(Bitmap::from_words(vec![u64::MAX; 9], len), full);
            let mut grown = Bitmap::default();
            grown.extend(len / 2, true);
            for _ in len / 2..len {
                grown.push(true);
            }
            assert_eq!(grown, full);
            assert!(!full.get(len));
        }
    }

    #[test]
    fn set_bits_are_found_and_split() {
        for len in [0, 1, 63, 64, 65, 130, 200] {
            let mut bits = Bitmap::filled(len, false);
            let ones: Vec<usize> = (0..len).filter(|at| at % 7 == 3 || at % 64 == 63).collect();
            for &at in &ones {
                bits.set(at, true);
            }
            assert_eq!(bits.ones().collect::<Vec<_>>(), ones);
            for at in 0..=len {
                let mut head = bits.clone();
                let tail = head.split_off(at);
                assert_eq!((head.len(), tail.len()), (at, len - at));
                let found = head.ones().chain(tail.ones().map(|found| found + at));
                assert_eq!(found.collect::<Vec<_>>(), ones);
            }
        }
    }
}
