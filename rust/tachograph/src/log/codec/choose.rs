//! Choosing how to code a column.

use super::lane::Lane;
use super::patches::{self, Patches};
use super::{Codec, Effort, dictionary, ints, narrow, plain, ratio};
use crate::types::Kind;

/// A way to code the column: all that stands before its lane, and the lane.
struct Candidate {
    head: Vec<u8>,
    lane: Lane,
}

/// Appends the column in the form that seems smallest for the effort; false when there is none.
pub(super) fn encode(words: &[u64], kind: Kind, effort: Effort, out: &mut Vec<u8>) -> bool {
    let runs = plain::count_runs(words);
    if runs == 1 {
        out.push(Codec::Constant as u8);
        out.extend(words[0].to_le_bytes());
        return true;
    }
    if let (Kind::Int, Some((start, stride))) = (kind, plain::line(words)) {
        out.push(Codec::Linear as u8);
        out.extend(start.to_le_bytes());
        out.extend(stride.to_le_bytes());
        return true;
    }
    // Half a bit for each value is as good as any of the others gets.
    if plain::size_of_runs(runs) <= words.len() / 16 {
        encode_runs(words, out);
        return true;
    }
    match effort {
        Effort::Small => encode_smallest(words, kind, runs, out),
        Effort::Fast => encode_first(words, kind, out),
    }
}

fn encode_runs(words: &[u64], out: &mut Vec<u8>) {
    out.push(Codec::Runs as u8);
    plain::encode_runs(words, out);
}

/// The first candidate that fits, without comparing.
fn encode_first(words: &[u64], kind: Kind, out: &mut Vec<u8>) -> bool {
    if kind == Kind::Int {
        // Differences matter most for integers, and only pco takes them.
        let Some(candidate) = integers(words) else { return false };
        let Some(probe) = candidate.lane.probe(Effort::Fast) else { return false };
        out.extend(candidate.head);
        return candidate.lane.encode_pco_fast(probe.order, out);
    }
    let first = ratios(words)
        .filter(|candidate| candidate.lane.width() < 8)
        .or_else(|| narrowed(words))
        .unwrap_or_else(|| doubles(words));
    out.extend(first.head);
    if first.lane.width() == 8 {
        // Smooth schedules; planes would see nothing in them.
        if let Some(probe) = first
            .lane
            .probe(Effort::Fast)
            .filter(|probe| probe.order > 0 && probe.bytes < 5 * words.len())
        {
            return first.lane.encode_pco_fast(probe.order, out);
        }
    }
    first.lane.encode_planes(out)
}

/// The smallest of the candidates by their samples, or of the best two when those are close.
fn encode_smallest(words: &[u64], kind: Kind, runs: usize, out: &mut Vec<u8>) -> bool {
    let mut candidates = Vec::new();
    match kind {
        Kind::Int => candidates.extend(integers(words)),
        Kind::Float => {
            candidates.extend(ratios(words));
            candidates.extend(narrowed(words));
            if candidates.iter().all(|candidate| candidate.lane.width() == 8) {
                candidates.push(doubles(words));
            }
        }
    }
    if candidates.iter().all(|candidate| candidate.lane.width() > 2) {
        let mut head = vec![Codec::Dictionary as u8];
        let lane = dictionary::split(words, kind, &mut head);
        candidates.extend(lane.map(|lane| Candidate { head, lane }));
    }

    let mut probed: Vec<_> = candidates
        .iter()
        .filter_map(|candidate| {
            let probe = candidate.lane.probe(Effort::Small)?;
            Some((candidate.head.len() + probe.bytes, probe.order, candidate))
        })
        .collect();
    probed.sort_by_key(|&(bytes, ..)| bytes);
    let close = probed.first().map_or(0, |&(bytes, ..)| bytes + bytes / 32);
    probed.retain(|&(bytes, ..)| bytes <= close);
    if probed.iter().all(|(_, _, candidate)| candidate.lane.width() == 2) {
        // Two numberings of the same few values.
        probed.truncate(1);
    }

    let mut best: Option<Vec<u8>> = None;
    for (_, order, candidate) in probed.into_iter().take(2) {
        let mut bytes = candidate.head.clone();
        if candidate.lane.encode_small(order, &mut bytes)
            && best.as_ref().is_none_or(|best| bytes.len() < best.len())
        {
            best = Some(bytes);
        }
    }
    match best {
        Some(bytes) if bytes.len() <= plain::size_of_runs(runs) => out.extend(bytes),
        _ => encode_runs(words, out),
    }
    true
}

fn integers(words: &[u64]) -> Option<Candidate> {
    let ints: Vec<i64> = words.iter().map(|&word| word as i64).collect();
    let mut head = vec![Codec::Ints as u8];
    let lane = ints::split(&ints, &mut head)?;
    Some(Candidate { head, lane })
}

fn ratios(words: &[u64]) -> Option<Candidate> {
    let mut head = vec![Codec::Ratio as u8];
    let lane = ratio::split(words, &mut head)?;
    Some(Candidate { head, lane })
}

fn doubles(words: &[u64]) -> Candidate {
    let lane = Lane::F64(words.iter().map(|&word| f64::from_bits(word)).collect());
    Candidate { head: vec![Codec::F64 as u8], lane }
}

/// The narrowest float that serves nearly all values.
fn narrowed(words: &[u64]) -> Option<Candidate> {
    fn patched(codec: Codec, patches: &Patches, lane: Lane) -> Candidate {
        let mut head = vec![codec as u8];
        patches::encode(patches, &mut head);
        Candidate { head, lane }
    }
    if let Some((lane, patches)) = patches::narrow_all(words, narrow::to_bf16) {
        return Some(patched(Codec::Bf16, &patches, Lane::U16(lane)));
    }
    if let Some((lane, patches)) = patches::narrow_all(words, narrow::to_f16) {
        return Some(patched(Codec::F16, &patches, Lane::U16(lane)));
    }
    let (lane, patches) = patches::narrow_all(words, narrow::to_f32)?;
    Some(patched(Codec::F32, &patches, Lane::F32(lane)))
}
