//! The number types whose sequences are coded, seen as bits.

use pco::data_types::Number;

/// A type of 2, 4 or 8 bytes.
pub(super) trait Bits: Number + Copy {
    /// Bytes in a number.
    const WIDTH: usize;
    /// Its bit pattern, zero-extended.
    fn bits(self) -> u64;
    /// The number with this pattern in its low bits.
    fn of(bits: u64) -> Self;
}

macro_rules! integers {
    ($($integer:ty),*) => {$(
        impl Bits for $integer {
            const WIDTH: usize = size_of::<Self>();
            fn bits(self) -> u64 {
                u64::from(self)
            }
            fn of(bits: u64) -> Self {
                bits as Self
            }
        }
    )*};
}
integers!(u16, u32, u64);

impl Bits for f32 {
    const WIDTH: usize = 4;
    fn bits(self) -> u64 {
        u64::from(self.to_bits())
    }
    fn of(bits: u64) -> Self {
        Self::from_bits(bits as u32)
    }
}

impl Bits for f64 {
    const WIDTH: usize = 8;
    fn bits(self) -> u64 {
        self.to_bits()
    }
    fn of(bits: u64) -> Self {
        Self::from_bits(bits)
    }
}
