//! Reading and writing the small fixed parts of coded columns.

use crate::error::{Error, Result};

/// Appends `value` in base 128, least significant group first, at most ten bytes.
pub(crate) fn put_varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// A place in bytes that nobody vouches for.
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    /// At the start of `bytes`.
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Damage at this place.
    pub(super) fn bad(&self, reason: impl Into<String>) -> Error {
        Error::corrupt(self.at as u64, reason)
    }

    /// The next `n` bytes.
    pub(super) fn take(&mut self, n: usize) -> Result<&'a [u8]> {
        let Some((taken, _)) = self.bytes[self.at..].split_at_checked(n) else {
            return Err(self.bad(format!("{n} more bytes were expected")));
        };
        self.at += n;
        Ok(taken)
    }

    /// All bytes that are left.
    pub(super) fn rest(&mut self) -> &'a [u8] {
        let rest = &self.bytes[self.at..];
        self.at = self.bytes.len();
        rest
    }

    /// One byte.
    pub(super) fn byte(&mut self) -> Result<u8> {
        Ok(self.take(1)?[0])
    }

    /// A little-endian word.
    pub(super) fn word(&mut self) -> Result<u64> {
        let mut word = [0; 8];
        word.copy_from_slice(self.take(8)?);
        Ok(u64::from_le_bytes(word))
    }

    /// A number written by [`put_varint`].
    pub(super) fn varint(&mut self) -> Result<u64> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let group = u64::from(byte & 0x7f);
            if group << shift >> shift != group {
                break;
            }
            value |= group << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(self.bad("a number is longer than 64 bits"))
    }

    /// A number written by [`put_varint`] that must not pass `max`.
    pub(super) fn count(&mut self, max: usize) -> Result<usize> {
        match usize::try_from(self.varint()?) {
            Ok(count) if count <= max => Ok(count),
            _ => Err(self.bad(format!("a count is above {max}"))),
        }
    }

    /// Fails unless everything was read.
    pub(super) fn finish(&self) -> Result<()> {
        if self.at == self.bytes.len() { Ok(()) } else { Err(self.bad("bytes are left over")) }
    }
}

#[cfg(test)]
mod tests {
    use super::{Cursor, put_varint};

    #[test]
    fn numbers_of_every_size_come_back_and_longer_ones_are_refused() {
        for value in (0..64).map(|shift| 1u64 << shift).flat_map(|bit| [bit - 1, bit, !bit]) {
            let mut bytes = Vec::new();
            put_varint(value, &mut bytes);
            let mut cursor = Cursor::new(&bytes);
            assert_eq!(cursor.varint().unwrap(), value);
            cursor.finish().unwrap();
        }
        for bytes in
            [&[0x80u8; 10][..], &[0xff; 9], &[255, 255, 255, 255, 255, 255, 255, 255, 255, 2]]
        {
            assert!(Cursor::new(bytes).varint().is_err());
        }
    }
}
