//! A tensor of one number, as `tensorflow/core/framework/tensor.proto` has it.

use crate::types::Kind;
use crate::wire::proto::{Field, Fields, Malformed, take_varint};

/// The numbers of element types.
mod dtype {
    pub(super) const FLOAT: u64 = 1;
    pub(super) const DOUBLE: u64 = 2;
    pub(super) const INT32: u64 = 3;
    pub(super) const UINT8: u64 = 4;
    pub(super) const INT16: u64 = 5;
    pub(super) const INT8: u64 = 6;
    pub(super) const INT64: u64 = 9;
    pub(super) const BOOL: u64 = 10;
    pub(super) const BFLOAT16: u64 = 14;
    pub(super) const UINT16: u64 = 17;
    pub(super) const HALF: u64 = 19;
    pub(super) const UINT32: u64 = 22;
    pub(super) const UINT64: u64 = 23;
}

/// The parts of a tensor that matter to a scalar.
#[derive(Default)]
struct Parts<'a> {
    dtype: u64,
    content: &'a [u8],
    /// The one element of whichever list of elements has any: the field's number, and its bits.
    element: Option<(u32, u64)>,
    /// How many elements the lists have.
    elements: usize,
}

/// The number that a tensor of one element holds; `None` where it has none or several, or one that
/// is no number of 64 bits.
pub(super) fn scalar(message: &[u8]) -> Result<Option<(Kind, u64)>, Malformed> {
    let mut parts = Parts::default();
    for field in Fields::of(message) {
        match field? {
            (1, Field::Varint(dtype)) => parts.dtype = dtype,
            (2, Field::Bytes(shape)) if !is_of_one(shape)? => return Ok(None),
            (4, Field::Bytes(content)) => parts.content = content,
            (number @ (5..=7 | 10 | 11 | 13 | 16 | 17), list) => parts.list(number, list)?,
            _ => {}
        }
    }
    Ok(if parts.content.is_empty() { parts.number_of_list() } else { parts.number_of_content() })
}

/// Whether a shape has one element.
fn is_of_one(shape: &[u8]) -> Result<bool, Malformed> {
    for field in Fields::of(shape) {
        if let (2, Field::Bytes(dimension)) = field? {
            let mut size = 0;
            for field in Fields::of(dimension) {
                if let (1, Field::Varint(number)) = field? {
                    size = number;
                }
            }
            if size != 1 {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

impl Parts<'_> {
    /// Takes in a list of elements, packed or a single one.
    fn list(&mut self, number: u32, list: Field<'_>) -> Result<(), Malformed> {
        let (element, n) = match (number, list) {
            (5, Field::Fixed32(bits)) => (u64::from(bits), 1),
            (5, Field::Bytes(bytes)) => {
                (first_chunk(bytes).map_or(0, u32::from_le_bytes).into(), bytes.len().div_ceil(4))
            }
            (6, Field::Bytes(bytes)) => {
                (first_chunk(bytes).map_or(0, u64::from_le_bytes), bytes.len().div_ceil(8))
            }
            (6, Field::Fixed64(bits)) | (_, Field::Varint(bits)) => (bits, 1),
            (_, Field::Bytes(mut bytes)) => {
                let mut first = 0;
                let mut n = 0;
                while !bytes.is_empty() {
                    let bits = take_varint(&mut bytes).ok_or(Malformed)?;
                    if n == 0 {
                        first = bits;
                    }
                    n += 1;
                }
                (first, n)
            }
            _ => return Err(Malformed),
        };
        if n > 0 {
            self.element = Some((number, element));
            self.elements += n;
        }
        Ok(())
    }

    fn number_of_list(&self) -> Option<(Kind, u64)> {
        let (number, bits) = self.element.filter(|_| self.elements == 1)?;
        match (self.dtype, number) {
            (dtype::FLOAT, 5) => Some(single(bits as u32)),
            (dtype::DOUBLE, 6) => Some((Kind::Float, bits)),
            (dtype::HALF, 13) => Some(float(half(bits as u16))),
            (dtype::BFLOAT16, 13) => Some(single(u32::from(bits as u16) << 16)),
            (dtype::INT32 | dtype::INT16 | dtype::INT8, 7) => {
                Some((Kind::Int, i64::from(bits as i32) as u64))
            }
            (dtype::UINT8 | dtype::UINT16, 7) | (dtype::UINT32, 16) => {
                Some((Kind::Int, u64::from(bits as u32)))
            }
            (dtype::INT64, 10) => Some((Kind::Int, bits)),
            (dtype::BOOL, 11) => Some((Kind::Int, u64::from(bits != 0))),
            (dtype::UINT64, 17) => unsigned(bits),
            _ => None,
        }
    }

    fn number_of_content(&self) -> Option<(Kind, u64)> {
        let content = self.content;
        let signed = |value: i64| Some((Kind::Int, value as u64));
        match self.dtype {
            dtype::FLOAT => Some(single(u32::from_le_bytes(content.try_into().ok()?))),
            dtype::DOUBLE => Some((Kind::Float, u64::from_le_bytes(content.try_into().ok()?))),
            dtype::HALF => Some(float(half(u16::from_le_bytes(content.try_into().ok()?)))),
            dtype::BFLOAT16 => {
                Some(single(u32::from(u16::from_le_bytes(content.try_into().ok()?)) << 16))
            }
            dtype::INT8 => signed(i8::from_le_bytes(content.try_into().ok()?).into()),
            dtype::INT16 => signed(i16::from_le_bytes(content.try_into().ok()?).into()),
            dtype::INT32 => signed(i32::from_le_bytes(content.try_into().ok()?).into()),
            dtype::INT64 => signed(i64::from_le_bytes(content.try_into().ok()?)),
            dtype::UINT8 => signed(u8::from_le_bytes(content.try_into().ok()?).into()),
            dtype::UINT16 => signed(u16::from_le_bytes(content.try_into().ok()?).into()),
            dtype::UINT32 => signed(u32::from_le_bytes(content.try_into().ok()?).into()),
            dtype::UINT64 => unsigned(u64::from_le_bytes(content.try_into().ok()?)),
            dtype::BOOL => signed((u8::from_le_bytes(content.try_into().ok()?) != 0).into()),
            _ => None,
        }
    }
}

fn first_chunk<const N: usize>(bytes: &[u8]) -> Option<[u8; N]> {
    bytes.first_chunk().copied()
}

fn float(value: f64) -> (Kind, u64) {
    (Kind::Float, value.to_bits())
}

/// A single as the double that equals it; a NaN keeps its sign and payload.
pub(super) fn single(bits: u32) -> (Kind, u64) {
    let value = f32::from_bits(bits);
    if !value.is_nan() {
        return float(f64::from(value));
    }
    let (sign, fraction) = (u64::from(bits >> 31) << 63, u64::from(bits & 0x007f_ffff) << 29);
    (Kind::Float, sign | 0x7ff0_0000_0000_0000 | fraction)
}

fn unsigned(value: u64) -> Option<(Kind, u64)> {
    i64::try_from(value).ok().map(|_| (Kind::Int, value))
}

/// An IEEE half as the double that equals it; a NaN keeps its sign and payload.
fn half(bits: u16) -> f64 {
    let (sign, exponent, fraction) =
        (u64::from(bits >> 15) << 63, bits >> 10 & 0x1f, u64::from(bits & 0x3ff));
    match exponent {
        // 2^-24 is the unit of the subnormals.
        0 => f64::from_bits((fraction as f64 * 2f64.powi(-24)).to_bits() | sign),
        0x1f => f64::from_bits(sign | 0x7ff << 52 | fraction << 42),
        _ => f64::from_bits(sign | (u64::from(exponent) + 1008) << 52 | fraction << 42),
    }
}

#[cfg(test)]
mod tests {
    use super::{half, single};

    #[test]
    fn halves_have_their_published_values() {
        // From IEEE 754-2019: 1 / 3 rounded, the greatest and the least normal and subnormal.
        let known = [
            (0x3555, 0.333_251_953_125),
            (0x7bff, 65504.0),
            (0xc000, -2.0),
            (0x0400, 6.103_515_625e-5),
            (0x03ff, 6.097_555_160_522_461e-5),
            (0x0001, 5.960_464_477_539_063e-8),
            (0x7c00, f64::INFINITY),
            (0xfc00, f64::NEG_INFINITY),
        ];
        for (bits, value) in known {
            assert_eq!(half(bits).to_bits(), value.to_bits(), "{bits:#x}");
        }
        assert!(half(0x8000).is_sign_negative() && half(0x8000) == 0.0);
        assert!(half(0x7e01).is_nan());
    }

    #[test]
    fn a_signalling_nan_keeps_its_payload() {
        assert_eq!(single(0xffa0_0001).1, 0xfff4_0000_2000_0000);
    }
}
