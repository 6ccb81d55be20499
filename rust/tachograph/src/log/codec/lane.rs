//! A lane: the sequence of equally wide numbers that is left once a codec has taken out what it
//! knows. `0 pco-stream` or `1 planes`, to the end of the column.

use super::cursor::Cursor;
use super::number::Bits;
use super::pcodec::{self, Probe};
use super::{Effort, planes};
use crate::error::Result;

const PCO: u8 = 0;
const PLANES: u8 = 1;

/// Sequences of each type in use.
pub(super) enum Lane {
    /// Small offsets, indices, half-width floats in order of their value.
    U16(Vec<u16>),
    /// Offsets.
    U32(Vec<u32>),
    /// Offsets that need all bits.
    U64(Vec<u64>),
    /// Floats of single precision.
    F32(Vec<f32>),
    /// Floats of double precision.
    F64(Vec<f64>),
}

/// Runs `$body` with `$values` bound to the lane's numbers.
macro_rules! with_values {
    ($lane:expr, $values:ident => $body:expr) => {
        match $lane {
            Lane::U16($values) => $body,
            Lane::U32($values) => $body,
            Lane::U64($values) => $body,
            Lane::F32($values) => $body,
            Lane::F64($values) => $body,
        }
    };
}

/// pco's level: beyond 8 it spends ten times longer for a thousandth.
fn level(effort: Effort) -> usize {
    match effort {
        Effort::Small => 8,
        Effort::Fast => 0,
    }
}

impl Lane {
    /// What a sample says of it.
    pub(super) fn probe(&self, effort: Effort) -> Option<Probe> {
        with_values!(self, values => pcodec::probe(values, level(effort)))
    }

    /// Bytes in a number.
    pub(super) fn width(&self) -> usize {
        match self {
            Self::U16(_) => 2,
            Self::U32(_) | Self::F32(_) => 4,
            Self::U64(_) | Self::F64(_) => 8,
        }
    }

    /// Appends the lane through pco, or in planes when that is smaller; false when pco refuses.
    pub(super) fn encode_small(&self, order: usize, out: &mut Vec<u8>) -> bool {
        with_values!(self, values => {
            let start = out.len();
            if !encode_pco(values, order, Effort::Small, out) {
                return false;
            }
            // Planes win where values repeat at a distance, which pco does not look for. The trial
            // is only worth its time where much is left to win.
            if out.len() - start > 2 * values.len() {
                let mut planar = Vec::with_capacity(out.len() - start);
                if encode_planes(values, &mut planar) && planar.len() < out.len() - start {
                    out.truncate(start);
                    out.append(&mut planar);
                }
            }
            true
        })
    }

    /// Appends the lane through pco without any search.
    pub(super) fn encode_pco_fast(&self, order: usize, out: &mut Vec<u8>) -> bool {
        with_values!(self, values => encode_pco(values, order, Effort::Fast, out))
    }

    /// Appends the lane in planes.
    pub(super) fn encode_planes(&self, out: &mut Vec<u8>) -> bool {
        with_values!(self, values => encode_planes(values, out))
    }
}

fn encode_pco<T: Bits>(values: &[T], order: usize, effort: Effort, out: &mut Vec<u8>) -> bool {
    out.push(PCO);
    pcodec::encode(values, order, level(effort), out)
}

fn encode_planes<T: Bits>(values: &[T], out: &mut Vec<u8>) -> bool {
    out.push(PLANES);
    planes::encode(values, out)
}

/// Fills `out` with `map` of each number; the lane takes up the rest of the column.
pub(super) fn decode<T: Bits>(
    cursor: &mut Cursor,
    out: &mut [u64],
    mut map: impl FnMut(T) -> u64,
) -> Result<()> {
    match cursor.byte()? {
        PCO if !out.is_empty() => pcodec::decode(cursor.rest(), out, map),
        PLANES => {
            planes::decode::<T>(cursor.rest(), out)?;
            for word in out.iter_mut() {
                *word = map(T::of(*word));
            }
            Ok(())
        }
        _ => Err(cursor.bad("unknown form of a lane")),
    }
}
