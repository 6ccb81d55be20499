//! Doubles that were single or half precision once, told and restored by their bits.

/// The single that is exactly this double, NaN payloads and subnormals included.
pub(super) fn to_f32(word: u64) -> Option<f32> {
    let double = f64::from_bits(word);
    if double.is_nan() {
        // Not by a cast, which would make a signalling NaN quiet.
        let bits =
            (word >> 32) as u32 & 0x8000_0000 | 0x7f80_0000 | (word >> 29) as u32 & 0x7f_ffff;
        return (word << 35 == 0).then(|| f32::from_bits(bits));
    }
    let single = double as f32;
    (f64::from(single).to_bits() == word).then_some(single)
}

/// The double of a single.
pub(super) fn from_f32(single: f32) -> u64 {
    let bits = u64::from(single.to_bits());
    if single.is_nan() {
        (bits & 0x8000_0000) << 32 | 0x7ff << 52 | (bits & 0x7f_ffff) << 29
    } else {
        f64::from(single).to_bits()
    }
}

/// Sixteen bits of sign and magnitude as a number that grows with the float's value.
fn ordered(half: u16) -> u16 {
    if half & 0x8000 == 0 { half | 0x8000 } else { !half }
}

/// The inverse of [`ordered`].
fn unordered(number: u16) -> u16 {
    if number & 0x8000 == 0 { !number } else { number & 0x7fff }
}

/// The place of the bfloat16 that is exactly this double.
pub(super) fn to_bf16(word: u64) -> Option<u16> {
    let bits = to_f32(word)?.to_bits();
    (bits << 16 == 0).then_some(ordered((bits >> 16) as u16))
}

/// The double of the bfloat16 at this place.
pub(super) fn from_bf16(number: u16) -> u64 {
    from_f32(f32::from_bits(u32::from(unordered(number)) << 16))
}

/// The place of the half that is exactly this double.
pub(super) fn to_f16(word: u64) -> Option<u16> {
    let bits = to_f32(word)?.to_bits();
    let (exponent, fraction) = (bits >> 23 & 0xff, bits & 0x7f_ffff);
    let (magnitude, lost) = match exponent {
        0 if fraction == 0 => (0, 0),
        // Subnormal halves: multiples of 2^-24.
        103..=112 => {
            let shift = 126 - exponent;
            ((fraction | 0x80_0000) >> shift, (fraction | 0x80_0000) & ((1 << shift) - 1))
        }
        113..=142 => ((exponent - 112) << 10 | fraction >> 13, fraction & 0x1fff),
        255 => (0x7c00 | fraction >> 13, fraction & 0x1fff),
        _ => return None,
    };
    (lost == 0).then_some(ordered((bits >> 16) as u16 & 0x8000 | magnitude as u16))
}

/// The double of the half at this place.
pub(super) fn from_f16(number: u16) -> u64 {
    let half = u32::from(unordered(number));
    let (exponent, fraction) = (half >> 10 & 31, half & 0x3ff);
    let magnitude = match exponent {
        0 => (fraction as f32 * f32::from_bits(103 << 23)).to_bits(),
        31 => 0x7f80_0000 | fraction << 13,
        _ => (exponent + 112) << 23 | fraction << 13,
    };
    from_f32(f32::from_bits((half & 0x8000) << 16 | magnitude))
}

#[cfg(test)]
mod tests {
    use super::{from_bf16, from_f16, from_f32, to_bf16, to_f16, to_f32};

    #[test]
    fn every_half_of_either_kind_comes_back() {
        for number in 0..=u16::MAX {
            assert_eq!(to_bf16(from_bf16(number)), Some(number));
            assert_eq!(to_f16(from_f16(number)), Some(number));
        }
    }

    #[test]
    fn order_is_the_order_of_values() {
        let half = |value: f64| to_f16(value.to_bits()).unwrap();
        let brain = |value: f64| to_bf16(value.to_bits()).unwrap();
        for pair in [-65504.0, -1.0, -0.0, 0.0, 2f64.powi(-24), 2f64.powi(-14), 1.5].windows(2) {
            assert!(half(pair[0]) < half(pair[1]));
        }
        for pair in [-3e38f64, -1.0, -0.0, 0.0, 2f64.powi(-133), 1.5].windows(2) {
            let [low, high] = [pair[0], pair[1]].map(|value| value.to_bits() >> 45 << 45);
            assert!(brain(f64::from_bits(low)) < brain(f64::from_bits(high)));
        }
    }

    #[test]
    fn singles_come_back_and_doubles_between_them_are_refused() {
        let patterns = [0, 1, 0x7f_ffff, 0x80_0000, 0x3f80_0001, 0x7f7f_ffff, 0x7f80_0000];
        let nans = [0x7f80_0001, 0x7fc0_0000, 0x7fff_ffff];
        for bits in patterns.into_iter().chain(nans).flat_map(|bits| [bits, bits | 1 << 31]) {
            let word = from_f32(f32::from_bits(bits));
            assert_eq!(to_f32(word).map(f32::to_bits), Some(bits));
            assert!(to_f32(word ^ 1).is_none());
        }
        assert!(to_f32(1e300f64.to_bits()).is_none());
        assert!(to_f32(2f64.powi(-150).to_bits()).is_none());
    }
}
