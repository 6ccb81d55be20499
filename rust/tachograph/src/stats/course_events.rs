//! What stands out in the course of a column, bin by bin: spikes, a divergence, a plateau.
//!
//! The rules for single values are those of `spikes`, `divergence` and `plateaus`; what is added
//! here keeps what a training does anyway from being told: heavy tails, noise, what came back.

use super::divergence::divergence;
use super::rolling::{Rolled, rolling};
use super::spikes::spikes;
use super::stretches::plateaus;

const SPIKE_WINDOW: usize = 50;
const SPIKE_SCORE: f64 = 12.0;
const SPIKE_REACH: f64 = 4.0;
const SPIKE_MEMORY: usize = 250;

/// A median of so many leaves a spike out.
const SPIKE_WIDTH: usize = 5;

const WINDOW_SHARE: usize = 20;
const NARROWEST_WINDOW: usize = 8;
const DIVERGENCE_FACTOR: f64 = 0.5;
const STAYS_SHARE: f64 = 0.5;
const MOST_OF_LOWEST: f64 = 0.9;
const FEW_OF_LAST: f64 = 0.25;

const WIDEST_LEVEL: usize = 20;
const NARROWEST_LEVEL: usize = 5;
const LEVEL_WINDOW_SHARE: usize = 10;
const LEVEL_TOLERANCE: f64 = 0.001;
const LEVEL_SHARE: f64 = 0.25;
const FEWEST_TO_BE_LEVEL: usize = 20;
const COARSEST: usize = 256;

/// How many bins of `highs` lie far above those before, and which of these is the highest, the
/// first of equal ones; `None` where none does.
///
/// Far is so by scaled deviations from the median, and by what the bins before reached. The second
/// keeps heavy tails, which gradient norms have, from being taken for spikes.
///
/// ```
/// let mut highs: Vec<f64> = (0..100).map(|bin| f64::from(bin % 7)).collect();
/// highs[80] = 500.0;
/// assert_eq!(tachograph::stats::course_spikes(&highs), Some((1, 80)));
/// ```
pub fn course_spikes(highs: &[f64]) -> Option<(usize, usize)> {
    let (rows, scores) = spikes(highs, SPIKE_WINDOW, SPIKE_SCORE);
    // Infinite after a level stretch, where any change is: that says nothing.
    let rises = scores.iter().map(|score| *score > 0.0 && score.is_finite());
    let far = rows
        .iter()
        .zip(rises)
        .filter_map(|(&row, rises)| rises.then_some(row as usize))
        .filter(|&row| reaches_far(highs, row));
    far.fold(None, |found: Option<(usize, usize)>, row| {
        let (n, highest) = found.unwrap_or((0, row));
        Some((n + 1, if highs[row] > highs[highest] { row } else { highest }))
    })
}

fn reaches_far(highs: &[f64], row: usize) -> bool {
    let before = sorted(&highs[row.saturating_sub(SPIKE_MEMORY)..row]);
    // Where all of them are lost, nothing reached anywhere.
    let Some(&highest) = before.last() else { return true };
    let middle = before[before.len() / 2];
    highs[row] - middle > SPIKE_REACH * (highest - middle)
}

/// The bin of `means`, a loss, at which it is seen to have risen far above its lowest, clear of its
/// noise, without coming back until the end; `None` where it has not, or where all was lost.
///
/// ```
/// let falls = (0..60).map(|bin| 1.0 - f64::from(bin) / 100.0);
/// let losses: Vec<f64> = falls.chain((0..40).map(f64::from)).collect();
/// assert_eq!(tachograph::stats::course_divergence(&losses), Some(62));
/// ```
pub fn course_divergence(means: &[f64]) -> Option<usize> {
    // Medians of a few, so that a spike is not told twice.
    let medians: Vec<f64> = means.windows(SPIKE_WIDTH).map(median_nan_last).collect();
    let width = NARROWEST_WINDOW.max(medians.len() / WINDOW_SHARE);
    let found = divergence(&medians, width, DIVERGENCE_FACTOR);
    let row = found.row.filter(|_| !found.is_lost)?;
    is_still_up(means, &medians, row, width).then_some(row + SPIKE_WIDTH / 2)
}

/// The middle of a few values, of which those that are lost count as the greatest.
fn median_nan_last(values: &[f64]) -> f64 {
    let mut few = values.to_vec();
    few.sort_by(|one, other| one.is_nan().cmp(&other.is_nan()).then_with(|| one.total_cmp(other)));
    few[few.len() / 2]
}

fn is_still_up(means: &[f64], medians: &[f64], row: usize, width: usize) -> bool {
    let of_windows = &rolling(None, medians, width, Rolled::Mean)[width - 1..];
    let at_row = row + 1 - width;
    let known =
        of_windows[..=at_row].iter().copied().enumerate().filter(|(_, mean)| !mean.is_nan());
    let lowest = known.reduce(|least, one| if one.1 < least.1 { one } else { least });
    let (Some((at_lowest, lowest)), Some(&end)) = (lowest, of_windows.last()) else { return false };
    if end.is_nan() || end - lowest <= STAYS_SHARE * (of_windows[at_row] - lowest) {
        return false;
    }
    // A window of medians is made of so many more means.
    let span = width + SPIKE_WIDTH - 1;
    let most = sorted_at(&means[at_lowest..at_lowest + span], MOST_OF_LOWEST);
    let few = sorted_at(&means[means.len() - span..], FEW_OF_LAST);
    few.zip(most).is_some_and(|(few, most)| few > most)
}

/// The value that so great a share of the others lies below.
fn sorted_at(values: &[f64], share: f64) -> Option<f64> {
    let known = sorted(values);
    known.get((share * known.len().checked_sub(1)? as f64) as usize).copied()
}

/// The values that are not NaN, ascending.
fn sorted(values: &[f64]) -> Vec<f64> {
    let mut known: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    known.sort_by(f64::total_cmp);
    known
}

/// The bin since which `means`, the losses of epochs, are level to their end, and the share of the
/// course that is: a quarter at least. `None` where they are not, are few, or lack a value.
///
/// ```
/// let falls = (0..40).map(|bin| 2.0 - f64::from(bin) / 20.0);
/// let losses: Vec<f64> = falls.chain([0.05; 60]).collect();
/// assert_eq!(tachograph::stats::course_plateau(&losses), Some((39, 0.61)));
/// ```
pub fn course_plateau(means: &[f64]) -> Option<(usize, f64)> {
    if means.len() < FEWEST_TO_BE_LEVEL {
        return None;
    }
    // Coarser, or the noise of an epoch would hide that the loss does not move any more.
    let stride = means.len().div_ceil(COARSEST);
    let mean = |some: &[f64]| some.iter().sum::<f64>() / stride as f64;
    let coarse: Vec<f64> = means.chunks_exact(stride).map(mean).collect();
    if !coarse.iter().all(|mean| mean.is_finite()) {
        return None;
    }
    let width = (coarse.len() / LEVEL_WINDOW_SHARE).clamp(NARROWEST_LEVEL, WIDEST_LEVEL);
    let &(start, stop) = plateaus(&coarse, width, LEVEL_TOLERANCE).last()?;
    let share = (coarse.len() - start) as f64 / coarse.len() as f64;
    (stop == coarse.len() && share >= LEVEL_SHARE).then_some((start * stride, share))
}
