//! Numbers through pco's wrapped format, in one chunk of one page.
//!
//! pco reads any input without reading or writing out of bounds, but two of its forms make it
//! allocate by numbers in the input: dictionaries and lookback windows, 256 MiB at worst. Neither
//! is ever written here, and both are refused before pco sees them.

use super::cursor::Cursor;
use super::number::Bits;
use crate::error::Result;
use pco::wrapped::{ChunkCompressor, FileCompressor, FileDecompressor};
use pco::{ChunkConfig, DeltaSpec, ModeSpec, PagingSpec};

/// pco's format version that stands first in every stream; its minor version may be lower.
const FORMAT: [u8; 2] = [4, 1];
/// Numbers in a piece of a sample; pco's own batch.
const PIECE: usize = 256;
/// Pieces in a sample.
const PIECES: usize = 4;
/// Highest order of differences that is tried.
const MAX_ORDER: usize = 5;
/// Numbers decoded at a time.
const BATCH: usize = 4096;

/// What a sample says of a sequence.
#[derive(Clone, Copy, Debug)]
pub(super) struct Probe {
    /// The order of differences that came out smallest.
    pub(super) order: usize,
    /// Expected size of the whole sequence.
    pub(super) bytes: usize,
}

/// Tries orders of differences on pieces of `values`.
pub(super) fn probe<T: Bits>(values: &[T], level: usize) -> Option<Probe> {
    let (sample, pages) = sample(values);
    let mut best: Option<Probe> = None;
    for order in 0..=MAX_ORDER {
        let config = config(order, level)
            .with_mode_spec(ModeSpec::Classic)
            .with_paging_spec(PagingSpec::Exact(pages.clone()));
        let mut chunk = FileCompressor::default().chunk_compressor(&sample, &config).ok()?;
        let mut paged = Vec::new();
        for page in 0..pages.len() {
            chunk.write_page(page, &mut paged).ok()?;
        }
        // Each page repeats its first numbers, which the whole sequence has only once.
        let repeated = (order * T::WIDTH + 8) * (pages.len() - 1);
        let body = paged.len().saturating_sub(repeated) * values.len() / sample.len();
        let bytes = chunk.meta_size_hint() + body;
        if best.is_some_and(|best| best.bytes <= bytes) {
            break;
        }
        best = Some(Probe { order, bytes });
    }
    best
}

/// Pieces from all over the sequence, and how long each is.
fn sample<T: Bits>(values: &[T]) -> (Vec<T>, Vec<usize>) {
    if values.len() <= 2 * PIECE * PIECES {
        return (values.to_vec(), vec![values.len()]);
    }
    let stride = (values.len() - PIECE) / (PIECES - 1);
    let pieces = (0..PIECES).flat_map(|piece| &values[piece * stride..piece * stride + PIECE]);
    (pieces.copied().collect(), vec![PIECE; PIECES])
}

fn config(order: usize, level: usize) -> ChunkConfig {
    let delta = if order == 0 { DeltaSpec::NoOp } else { DeltaSpec::TryConsecutive(order) };
    ChunkConfig::default().with_compression_level(level).with_delta_spec(delta)
}

/// Appends `values`, which are not empty; false when pco refuses.
pub(super) fn encode<T: Bits>(values: &[T], order: usize, level: usize, out: &mut Vec<u8>) -> bool {
    // Numbers of 16 bits are few; a bin for each value beats any factoring.
    let mode = if T::WIDTH == 2 || level == 0 { ModeSpec::Classic } else { ModeSpec::Auto };
    let config = config(order, level)
        .with_mode_spec(mode)
        .with_paging_spec(PagingSpec::Exact(vec![values.len()]));
    let files = FileCompressor::default();
    let mut write = |chunk: &mut ChunkCompressor| {
        files.write_header(&mut *out)?;
        chunk.write_meta(&mut *out)?;
        chunk.write_page(0, &mut *out).map(|_| ())
    };
    files.chunk_compressor(values, &config).and_then(|mut chunk| write(&mut chunk)).is_ok()
}

/// Fills `out`, which is not empty, with `map` of each number.
pub(super) fn decode<T: Bits>(
    bytes: &[u8],
    out: &mut [u64],
    mut map: impl FnMut(T) -> u64,
) -> Result<()> {
    let damage = |error| Cursor::new(bytes).bad(format!("pco: {error}"));
    refuse_hungry_forms::<T>(bytes)?;
    let (file, rest) = FileDecompressor::new(bytes).map_err(damage)?;
    let (mut chunk, rest) = file.chunk_decompressor::<T, _>(rest).map_err(damage)?;
    let mut page = chunk.page_decompressor(rest, out.len()).map_err(damage)?;
    let mut batch = vec![T::of(0); BATCH.min(out.len())];
    for into in out.chunks_mut(BATCH) {
        let numbers = &mut batch[..into.len()];
        let progress = page.read(numbers).map_err(damage)?;
        if progress.n_processed != into.len() {
            return Err(Cursor::new(bytes).bad("pco stopped early"));
        }
        for (word, &number) in into.iter_mut().zip(&*numbers) {
            *word = map(number);
        }
    }
    if page.into_src().is_empty() {
        Ok(())
    } else {
        Err(Cursor::new(bytes).bad("bytes are left over after pco's page"))
    }
}

/// Lets pass only forms of pco's that need no memory beyond their own bins: no dictionary and no
/// differences but consecutive ones.
///
/// After the version come, in bits from the least significant, four of mode, the mode's
/// parameter, which fills whole bytes, and four that tell the differences.
fn refuse_hungry_forms<T: Bits>(bytes: &[u8]) -> Result<()> {
    let mut cursor = Cursor::new(bytes);
    let version = cursor.take(2)?;
    if version[0] != FORMAT[0] || version[1] > FORMAT[1] {
        return Err(cursor.bad(format!("pco format {}.{} is unknown", version[0], version[1])));
    }
    let mut byte = cursor.byte()?;
    let parameter = match byte & 15 {
        0 => 0,
        1 | 2 => T::WIDTH,
        3 => 1,
        mode => return Err(cursor.bad(format!("pco mode {mode} is not in use"))),
    };
    if parameter > 0 {
        cursor.take(parameter - 1)?;
        byte = cursor.byte()?;
    }
    match byte >> 4 {
        0 | 1 => Ok(()),
        delta => Err(cursor.bad(format!("pco differences {delta} are not in use"))),
    }
}

#[cfg(test)]
mod tests {
    use super::{FORMAT, decode, encode, refuse_hungry_forms};
    use pco::wrapped::FileCompressor;
    use pco::{ChunkConfig, DeltaSpec, ModeSpec};

    fn stream(values: &[u32], config: &ChunkConfig) -> Vec<u8> {
        let mut out = Vec::new();
        let files = FileCompressor::default();
        files.write_header(&mut out).unwrap();
        let mut chunk = files.chunk_compressor(values, config).unwrap();
        chunk.write_meta(&mut out).unwrap();
        chunk.write_page(0, &mut out).unwrap();
        out
    }

    #[test]
    fn pco_writes_the_version_that_is_accepted() {
        assert_eq!(stream(&[1], &ChunkConfig::default())[..2], FORMAT);
    }

    #[test]
    fn every_mode_in_use_passes_with_every_order() {
        let multiples: Vec<u32> = (0..3000u32).map(|i| i.wrapping_mul(i) % 9973 * 1000).collect();
        for order in 0..=5 {
            let mut out = Vec::new();
            assert!(encode(&multiples, order, 8, &mut out));
            let mut back = vec![0; multiples.len()];
            decode::<u32>(&out, &mut back, u64::from).unwrap();
            assert!(back.iter().zip(&multiples).all(|(a, &b)| *a == u64::from(b)));
        }
    }

    #[test]
    fn dictionaries_and_windows_are_refused() {
        let values: Vec<u32> = (0..5000u32).map(|i| (i % 7).wrapping_mul(2_654_435_769)).collect();
        let plain = ChunkConfig::default().with_delta_spec(DeltaSpec::NoOp);
        let dictionary = plain.clone().with_mode_spec(ModeSpec::TryDict);
        let window =
            plain.clone().with_mode_spec(ModeSpec::Classic).with_delta_spec(DeltaSpec::TryLookback);
        refuse_hungry_forms::<u32>(&stream(&values, &plain)).unwrap();
        for hungry in [dictionary, window] {
            let bytes = stream(&values, &hungry);
            assert!(refuse_hungry_forms::<u32>(&bytes).is_err());
            assert!(decode::<u32>(&bytes, &mut vec![0; values.len()], u64::from).is_err());
        }
    }
}
