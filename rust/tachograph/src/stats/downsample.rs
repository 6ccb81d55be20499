//! Fewer points that draw the same curve.
//!
//! `MinMax` keeps the smallest and the largest value of each of equally wide bins. `MinMaxLTTB`
//! (Van Der Donckt et al., "`MinMaxLTTB`: Leveraging MinMax-Preselection to Scale LTTB", 2023)
//! thins out to four times the wanted number that way, inner points only, and then by LTTB. Both
//! choose what the package tsdownsample 0.1.5 chooses, with its default `minmax_ratio` of 4; to
//! that the first and the last point and the global extremes are added where they are missing.

use std::ops::Range;

use super::abscissa::Abscissa;
use super::extremes::first_extremes;
use super::lttb::lttb;

/// Points of the preselection for each point of the result.
const MINMAX_RATIO: usize = 4;
/// Added to the end of a bin in x, against rounding.
const BIN_MARGIN: f64 = 1e-12;

/// How points are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Extremes of equally wide bins.
    MinMax,
    /// A preselection of extremes, then the largest triangles.
    MinMaxLttb,
}

/// Ascending indices of about `n_out` points of `y`, at most two more, or four by `MinMax` where
/// rounding keeps the last points out of its bins: what the method chooses,
/// and the first, the last, the first smallest and the first largest point.
///
/// Points with a y that is not finite are left out before anything else; the indices are still
/// those of `y`. `x` is as long as `y`. Fewer than four points cannot be asked for; `MinMax`
/// chooses an even number.
///
/// ```
/// use tachograph::stats::{Abscissa, Method, downsample};
///
/// let y: Vec<f64> = (0..1000).map(|row| f64::from(row % 100)).collect();
/// let chosen = downsample(Abscissa::Positions, &y, 20, Method::MinMaxLttb);
/// assert!((20..=22).contains(&chosen.len()));
/// assert_eq!((chosen[0], chosen[chosen.len() - 1]), (0, 999));
/// ```
pub fn downsample(x: Abscissa<'_>, y: &[f64], n_out: usize, method: Method) -> Vec<usize> {
    let n_out = n_out.max(4);
    if let Some(chosen) = of_finite(x, y, n_out, method) {
        return chosen;
    }
    let kept: Vec<usize> = (0..y.len()).filter(|&row| y[row].is_finite()).collect();
    let finite: Vec<f64> = kept.iter().map(|&row| y[row]).collect();
    // Without x the rows themselves are the x that the gaps leave.
    let xs = x.of_rows(&kept);
    let chosen = of_finite(Abscissa::Floats(&xs, x.kind()), &finite, n_out, method);
    chosen.unwrap_or_default().into_iter().map(|at| kept[at]).collect()
}

/// `None` if a y is not finite, or there is none.
fn of_finite(x: Abscissa<'_>, y: &[f64], n_out: usize, method: Method) -> Option<Vec<usize>> {
    let n = y.len();
    if n <= n_out {
        let all_finite = n > 0 && y.iter().all(|value| value.is_finite());
        return all_finite.then(|| (0..n).collect());
    }
    let (mut chosen, (min, max)) = match method {
        Method::MinMax => {
            let bins = min_max(x, y, 0..n, n_out - n_out % 2)?;
            let extremes = extremes_of(&bins, y)?;
            (bins.places, extremes)
        }
        Method::MinMaxLttb if n / n_out > MINMAX_RATIO => {
            let mut bins = min_max(x, y, 1..n - 1, n_out * MINMAX_RATIO)?;
            bins.places.insert(0, 0);
            bins.places.push(n - 1);
            let extremes = extremes_of(&bins, y)?;
            let places = bins.places;
            let ys: Vec<f64> = places.iter().map(|&at| y[at]).collect();
            let chosen = lttb(Abscissa::Floats(&x.of_rows(&places), x.kind()), &ys, n_out);
            (chosen.into_iter().map(|at| places[at]).collect(), extremes)
        }
        Method::MinMaxLttb => (lttb(x, y, n_out), first_extremes(y)?),
    };
    chosen.extend([min, max, 0, n - 1]);
    chosen.sort_unstable();
    chosen.dedup();
    Some(chosen)
}

/// What the bins gave.
struct Binned {
    /// Ascending positions.
    places: Vec<usize>,
    /// Whether the bins hold all points: rounding can lose the last one, a single x all.
    are_all: bool,
}

/// The first extremes of all of `y`, of which the first ones of every bin are known.
fn extremes_of(bins: &Binned, y: &[f64]) -> Option<(usize, usize)> {
    if !bins.are_all {
        return first_extremes(y);
    }
    let values: Vec<f64> = bins.places.iter().map(|&at| y[at]).collect();
    let (min, max) = first_extremes(&values)?;
    Some((bins.places[min], bins.places[max]))
}

/// Extremes of `n_out / 2` bins of some rows; `None` if a y is not finite.
fn min_max(x: Abscissa<'_>, y: &[f64], rows: Range<usize>, n_out: usize) -> Option<Binned> {
    if n_out >= rows.len() {
        return Some(Binned { places: rows.collect(), are_all: true });
    }
    let has_x = !matches!(x, Abscissa::Positions);
    let end = rows.end;
    let bins = if has_x { bins_of_x(x, rows, n_out / 2) } else { bins_of_rows(rows, n_out / 2) };
    let mut places = Vec::with_capacity(n_out + 2);
    for &(start, end) in &bins {
        let (min, max) = first_extremes(&y[start..end])?;
        if has_x && end <= start + 2 {
            places.extend(start..end);
        } else {
            places.extend([start + min.min(max), start + min.max(max)]);
        }
    }
    Some(Binned { places, are_all: bins.last().is_some_and(|bin| bin.1 == end) })
}

/// Bins of equally many rows, up to rounding.
fn bins_of_rows(rows: Range<usize>, n_bins: usize) -> Vec<(usize, usize)> {
    let width = (rows.len() - 1) as f64 / n_bins as f64;
    let start_of =
        |bin: usize| rows.start + if bin == 0 { 0 } else { (width * bin as f64) as usize + 1 };
    (0..n_bins).map(|bin| (start_of(bin), start_of(bin + 1))).collect()
}

/// Bins of equal width in x, from the first to before the second position; empty ones left out.
fn bins_of_x(x: Abscissa<'_>, rows: Range<usize>, n_bins: usize) -> Vec<(usize, usize)> {
    let (kind, last) = (x.kind(), rows.end - 1);
    let (first_x, last_x) = (x.at(rows.start), x.at(last));
    let width = last_x / n_bins as f64 - first_x / n_bins as f64;
    let (mut start, mut usual) = (rows.start, rows.len() / n_bins);
    let mut found = Vec::with_capacity(n_bins);
    for bin in 1..=n_bins {
        // In two halves, so that nothing overflows.
        let half = width * (bin as f64 / 2.0);
        let end = kind.rounded(first_x + half + half + BIN_MARGIN);
        if start > last || x.at(start) >= end {
            continue;
        }
        // The last value below the end, and one that equals it.
        let mut stop = first_at_least(x, end, start..last, usual);
        stop += usize::from(x.at(stop) <= end);
        found.push((start, stop));
        (start, usual) = (stop, stop - start);
    }
    found
}

/// The first of `rows` whose x is not below `end`, or the row behind them; looked for around the
/// `usual` distance from the first, for steps are mostly even.
fn first_at_least(x: Abscissa<'_>, end: f64, rows: Range<usize>, usual: usize) -> usize {
    let is_below = |row: usize| x.at(row) < end;
    let (mut low, mut high) = (rows.start, rows.end);
    let mut probe = low.saturating_add(usual).min(high);
    let mut reach = 1;
    if probe < high && is_below(probe) {
        while probe < high && is_below(probe) {
            (low, probe, reach) = (probe + 1, probe.saturating_add(reach), reach * 2);
        }
        high = probe.min(high);
    } else {
        high = probe;
        while high > low + reach && !is_below(high - reach) {
            (high, reach) = (high - reach, reach * 2);
        }
        low = low.max(high.saturating_sub(reach));
    }
    while low < high {
        let middle = low.midpoint(high);
        if is_below(middle) { low = middle + 1 } else { high = middle }
    }
    low
}
