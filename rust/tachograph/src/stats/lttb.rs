//! Largest Triangle Three Buckets: of each bucket the point that spans the largest triangle with
//! the point chosen before and the mean of the next bucket.
//!
//! Steinarsson, "Downsampling Time Series for Visual Representation", 2013. Buckets, rounding and
//! ties are those of the package tsdownsample 0.1.5 (`downsample_rs`), so that indices agree.

use super::abscissa::Abscissa;

/// Indices of `n_out` points, at least three, or of all if there are no more; all y finite.
pub(super) fn lttb(x: Abscissa<'_>, y: &[f64], n_out: usize) -> Vec<usize> {
    if n_out >= y.len() {
        return (0..y.len()).collect();
    }
    // The first and the last point stand outside of the buckets.
    let every = (y.len() - 2) as f64 / (n_out - 2) as f64;
    let start_of = |bucket: usize| (every * bucket as f64) as usize + 1;
    let mut chosen = Vec::with_capacity(n_out);
    chosen.push(0);
    let mut previous = 0;
    for bucket in 0..n_out - 2 {
        let (start, next) = (start_of(bucket), start_of(bucket + 1));
        let next_end = start_of(bucket + 2).min(y.len());
        let ahead = &y[next..next_end];
        let y_ahead = ahead.iter().fold(0.0, |sum, y| sum + y) / ahead.len() as f64;
        let areas = match x {
            Abscissa::Positions => {
                let x_ahead = (next + next_end - 1) as f64 / 2.0;
                let (dx, dy) = (previous as f64 - x_ahead, y_ahead - y[previous]);
                let offset = dx * y[previous];
                let first = previous as f64 - start as f64;
                let points = y[start..next].iter().enumerate();
                largest(points.map(|(i, y)| dx * y - (first - i as f64) * dy - offset))
            }
            Abscissa::Floats(..) | Abscissa::Integers(_) => {
                let x_ahead = f64::midpoint(x.at(next_end - 1), x.at(next));
                let (dx, dy) = (x.at(previous) - x_ahead, y_ahead - y[previous]);
                let offset = dx * y[previous] + dy * x.at(previous);
                largest((start..next).map(|row| dx * y[row] + dy * x.at(row) - offset))
            }
        };
        previous = start + areas;
        chosen.push(previous);
    }
    chosen.push(y.len() - 1);
    chosen
}

/// The position of the first largest magnitude; NaN counts as larger than all numbers.
fn largest(areas: impl Iterator<Item = f64>) -> usize {
    let mut best = (0, -1);
    for (position, area) in areas.enumerate() {
        // Bits without the sign ascend with the magnitude.
        let magnitude = area.abs().to_bits() as i64;
        if magnitude > best.1 {
            best = (position, magnitude);
        }
    }
    best.0
}
