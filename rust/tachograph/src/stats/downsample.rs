//! Fewer points that draw the same curve.
//!
//! `MinMax` keeps the smallest and the largest value of each of equally wide bins. `MinMaxLTTB`
//! (Van Der Donckt et al., "`MinMaxLTTB`: Leveraging MinMax-Preselection to Scale LTTB", 2023)
//! thins out to four times the wanted number that way, inner points only, and then by LTTB. Both
//! choose what the package tsdownsample 0.1.5 chooses, with its default `minmax_ratio` of 4; to
//! that the first and the last point and the global extremes are added where they are missing.

use super::extremes::first_extremes;
use super::lttb::{Abscissa, lttb};

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

/// What the numbers of x were before they became `f64`: ends of bins are rounded to that type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum XKind {
    /// 64-bit floats.
    Double,
    /// 32-bit floats.
    Single,
    /// Integers up to 2^53.
    Whole,
}

impl XKind {
    fn rounded(self, value: f64) -> f64 {
        match self {
            Self::Double => value,
            Self::Single => f64::from(value as f32),
            Self::Whole => value.trunc(),
        }
    }
}

/// Ascending indices of about `n_out` points of `y`, at most two more: what the method chooses,
/// and the first, the last, the first smallest and the first largest point.
///
/// Points with a y that is not finite are left out before anything else; the indices are still
/// those of `y`. `x` ascends, is finite and as long as `y`; `None` stands for 0, 1, ... Fewer than
/// four points cannot be asked for; `MinMax` chooses an even number.
///
/// ```
/// use tachograph::stats::{Method, downsample};
///
/// let y: Vec<f64> = (0..1000).map(|row| f64::from(row % 100)).collect();
/// let chosen = downsample(None, &y, 20, Method::MinMaxLttb);
/// assert!((20..=22).contains(&chosen.len()));
/// assert_eq!((chosen[0], chosen[chosen.len() - 1]), (0, 999));
/// ```
pub fn downsample(
    x: Option<(&[f64], XKind)>,
    y: &[f64],
    n_out: usize,
    method: Method,
) -> Vec<usize> {
    let n_out = n_out.max(4);
    if let Some(chosen) = of_finite(x, y, n_out, method) {
        return chosen;
    }
    let kept: Vec<usize> = (0..y.len()).filter(|&row| y[row].is_finite()).collect();
    let finite: Vec<f64> = kept.iter().map(|&row| y[row]).collect();
    // Without x the rows themselves are the x that the gaps leave.
    let (xs, kind) = match x {
        Some((x, kind)) => (kept.iter().map(|&row| x[row]).collect::<Vec<_>>(), kind),
        None => (kept.iter().map(|&row| row as f64).collect(), XKind::Whole),
    };
    let chosen = of_finite(Some((&xs, kind)), &finite, n_out, method).unwrap_or_default();
    chosen.into_iter().map(|at| kept[at]).collect()
}

/// `None` if a y is not finite, or there is none.
fn of_finite(
    x: Option<(&[f64], XKind)>,
    y: &[f64],
    n_out: usize,
    method: Method,
) -> Option<Vec<usize>> {
    let n = y.len();
    if n <= n_out {
        let _ = first_extremes(y)?;
        return Some((0..n).collect());
    }
    let mut chosen = match method {
        Method::MinMax => {
            let all = min_max(x, y, n_out - n_out % 2)?;
            let (min, max) = extremes_of(&all, 0, y)?;
            let mut chosen = all.places;
            chosen.extend([min, max]);
            chosen
        }
        Method::MinMaxLttb if n / n_out > MINMAX_RATIO => {
            let inner = x.map(|(x, kind)| (&x[1..n - 1], kind));
            if !(y[0].is_finite() && y[n - 1].is_finite()) {
                return None;
            }
            let middle = min_max(inner, &y[1..n - 1], n_out * MINMAX_RATIO)?;
            let (min, max) = extremes_of(&middle, 1, y)?;
            let mut places = Vec::with_capacity(middle.places.len() + 2);
            places.push(0);
            places.extend(middle.places.iter().map(|at| at + 1));
            places.push(n - 1);
            let ys: Vec<f64> = places.iter().map(|&at| y[at]).collect();
            let xs: Vec<f64> = match x {
                Some((x, _)) => places.iter().map(|&at| x[at]).collect(),
                None => places.iter().map(|&at| at as f64).collect(),
            };
            let mut chosen: Vec<usize> =
                lttb(Abscissa::Of(&xs), &ys, n_out).into_iter().map(|at| places[at]).collect();
            chosen.extend([min, max]);
            chosen
        }
        Method::MinMaxLttb => {
            let extremes = first_extremes(y)?;
            let mut chosen =
                lttb(x.map_or(Abscissa::Positions, |(x, _)| Abscissa::Of(x)), y, n_out);
            chosen.extend([extremes.0, extremes.1]);
            chosen
        }
    };
    chosen.extend([0, n - 1]);
    chosen.sort_unstable();
    chosen.dedup();
    Some(chosen)
}

/// What the bins gave.
struct Binned {
    /// Ascending positions.
    places: Vec<usize>,
    /// How many points the bins hold: rounding can lose the last one, a single x all.
    n_covered: usize,
}

/// The first extremes of all of `y`, whose points from `first` on were binned.
fn extremes_of(binned: &Binned, first: usize, y: &[f64]) -> Option<(usize, usize)> {
    let last = y.len() - 1;
    if binned.n_covered < y.len() - 2 * first {
        return first_extremes(y);
    }
    // The first extremes of every bin are there, the global ones among them.
    let mut places: Vec<usize> = binned.places.iter().map(|at| at + first).collect();
    if first > 0 {
        places.insert(0, 0);
        places.push(last);
    }
    let values: Vec<f64> = places.iter().map(|&at| y[at]).collect();
    let (min, max) = first_extremes(&values)?;
    Some((places[min], places[max]))
}

/// Extremes of `n_out / 2` bins; `None` if a y is not finite.
fn min_max(x: Option<(&[f64], XKind)>, y: &[f64], n_out: usize) -> Option<Binned> {
    let n = y.len();
    if n_out >= n {
        return Some(Binned { places: (0..n).collect(), n_covered: n });
    }
    let bins = match x {
        Some((x, kind)) => bins_of_x(x, kind, n_out / 2),
        None => bins_of_rows(n, n_out / 2),
    };
    let mut places = Vec::with_capacity(n_out);
    for &(start, end) in &bins {
        let (min, max) = first_extremes(&y[start..end])?;
        if x.is_some() && end <= start + 2 {
            places.extend(start..end);
        } else {
            places.extend([start + min.min(max), start + min.max(max)]);
        }
    }
    Some(Binned { places, n_covered: bins.last().map_or(0, |bin| bin.1) })
}

/// Bins of equally many rows, up to rounding.
fn bins_of_rows(n: usize, n_bins: usize) -> Vec<(usize, usize)> {
    let width = (n - 1) as f64 / n_bins as f64;
    let start_of = |bin: usize| if bin == 0 { 0 } else { (width * bin as f64) as usize + 1 };
    (0..n_bins).map(|bin| (start_of(bin), start_of(bin + 1))).collect()
}

/// Bins of equal width in x, from the first to before the second position; empty ones left out.
fn bins_of_x(x: &[f64], kind: XKind, n_bins: usize) -> Vec<(usize, usize)> {
    let count = n_bins as f64;
    let width = x[x.len() - 1] / count - x[0] / count;
    let mut start = 0;
    let mut found = Vec::with_capacity(n_bins);
    for bin in 1..=n_bins {
        // In two halves, so that nothing overflows.
        let half = width * (bin as f64 / 2.0);
        let end = kind.rounded(x[0] + half + half + BIN_MARGIN);
        if start >= x.len() || x[start] >= end {
            continue;
        }
        // The last value below the end, and one that equals it.
        let mut stop = start + x[start..x.len() - 1].partition_point(|&one| one < end);
        stop += usize::from(x[stop] <= end);
        found.push((start, stop));
        start = stop;
    }
    found
}
