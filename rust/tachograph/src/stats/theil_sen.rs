//! The Theil-Sen line: the median of the slopes through all pairs of points.
//!
//! The median of the n (n - 1) / 2 slopes is found without listing them (Matousek, "Randomized
//! optimal algorithm for slope selection", 1991; Dillencourt, Mount and Netanyahu, "A randomized
//! algorithm for slope selection", 1992). A pair's slope is below t exactly if sorting the points
//! by `y - t x` swaps them, so counting inversions counts slopes, in O(n log n). An interval that
//! holds the median shrinks to the quantiles of a random sample of the slopes inside it until few
//! enough are left to list. Chance, from a fixed seed, decides the time and never the result.
//!
//! Points are sorted by keys of two words each, so that slopes that differ by a rounding are told
//! apart.

use super::compensated::two_sum;
use super::inversions::{each_inversion, sort_counting};

/// Slopes that are listed rather than sampled, for each point.
const LISTED: u64 = 8;
/// Fewer than this are always listed.
const FEW: u64 = 1 << 16;
/// Slopes in the smallest sample; else there are as many as points.
const SAMPLE: u64 = 1 << 14;
/// Half the width of the next interval, in standard deviations of the sample's median rank.
const MARGIN: f64 = 4.0;

/// A Theil-Sen line. What the points do not determine is NaN.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TheilSen {
    /// Median of the slopes of all pairs with two different x, the mean of the middle two where
    /// their number is even; NaN without such a pair.
    pub slope: f64,
    /// `median(y) - slope * median(x)`; NaN where the slope is.
    pub intercept: f64,
    /// Points that took part.
    pub n: usize,
    /// Points left out because a coordinate is NaN or infinite.
    pub non_finite: usize,
}

/// The Theil-Sen line through `y` over its rows, `x = 0, 1, ..`; expected O(n log n), the exact
/// median up to the rounding of a slope.
///
/// ```
/// let line = tachograph::stats::theil_sen(&[0.0, 1.0, 2.0, 300.0, 4.0]);
/// assert_eq!(line.slope, 1.0);
/// ```
pub fn theil_sen(y: &[f64]) -> TheilSen {
    of_points(y.iter().enumerate().map(|(row, &y)| (row as f64, y)), y.len())
}

/// The same over `x`; a longer slice is cut.
pub fn theil_sen_at(x: &[f64], y: &[f64]) -> TheilSen {
    of_points(x.iter().copied().zip(y.iter().copied()), x.len().min(y.len()))
}

fn of_points(points: impl Iterator<Item = (f64, f64)>, len: usize) -> TheilSen {
    let mut points: Vec<(f64, f64)> =
        points.filter(|(x, y)| x.is_finite() && y.is_finite()).collect();
    // Points of one x stand in the order of y: no line swaps them, so they are no pairs.
    points.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let n = points.len();
    let slope = Slopes::new(points.clone()).median();
    let mut ys: Vec<f64> = points.iter().map(|point| point.1).collect();
    let mut xs: Vec<f64> = points.iter().map(|point| point.0).collect();
    let intercept = if slope.is_nan() {
        f64::NAN
    } else {
        super::median::median(&mut ys) - slope * super::median::median(&mut xs)
    };
    TheilSen { slope, intercept, n, non_finite: len - n }
}

/// A point and its key `y - t x` in two words.
#[derive(Clone, Copy)]
struct Keyed {
    high: f64,
    low: f64,
    point: u32,
}

impl Keyed {
    fn in_order(&self, other: &Self) -> bool {
        self.high < other.high || (self.high <= other.high && self.low <= other.low)
    }
}

/// The slopes of all pairs of points with two different x; points ascend in x, then in y.
struct Slopes {
    points: Vec<(f64, f64)>,
    n_slopes: u64,
}

impl Slopes {
    fn new(points: Vec<(f64, f64)>) -> Self {
        let pairs = |n: usize| n as u64 * n.saturating_sub(1) as u64 / 2;
        let tied: u64 = points.chunk_by(|a, b| a.0 >= b.0).map(|group| pairs(group.len())).sum();
        let n_slopes = pairs(points.len()) - tied;
        Self { points, n_slopes }
    }

    fn median(&self) -> f64 {
        if self.n_slopes == 0 {
            return f64::NAN;
        }
        let (lower, upper) = ((self.n_slopes - 1) / 2, self.n_slopes / 2);
        // Only where an interval ends between the middle two are they looked for one by one.
        let (low, high) = self.at_ranks(lower, upper).unwrap_or_else(|| {
            let at = |rank| self.at_ranks(rank, rank).map_or(f64::NAN, |slopes| slopes.0);
            (at(lower), at(upper))
        });
        f64::midpoint(low, high)
    }

    /// The slopes with `lower` and with `upper` others before them in ascending order; `None` where
    /// an interval came to lie between them, which one rank never meets.
    fn at_ranks(&self, lower: u64, upper: u64) -> Option<(f64, f64)> {
        // Slopes of the interval are those with low <= slope < high.
        let (mut low, mut high) = (f64::NEG_INFINITY, f64::INFINITY);
        let (mut below, mut above) = (0, self.n_slopes);
        let mut random = Random(0x9E37_79B9_7F4A_7C15);
        let n_points = self.points.len() as u64;
        loop {
            let n_inside = above - below;
            if n_inside <= FEW.max(LISTED * n_points) {
                let mut inside = self.inside(low, high, None);
                inside.sort_unstable_by(f64::total_cmp);
                let at = |rank: u64| {
                    let last = inside.len().saturating_sub(1);
                    inside.get(((rank - below) as usize).min(last)).copied().unwrap_or(low)
                };
                return Some((at(lower), at(upper)));
            }
            let ranks = random.ranks(SAMPLE.max(n_points), n_inside);
            let mut sample = self.inside(low, high, Some(&ranks));
            if sample.is_empty() {
                return Some((low, low));
            }
            sample.sort_unstable_by(f64::total_cmp);
            let (from, to) = around(&sample, (lower - below) as f64 / n_inside as f64);
            let (from, to) = narrowed((low, high), (from, to));
            let (n_from, n_to) = (self.count_below(from), self.count_below(to));
            if (lower < n_from) != (upper < n_from) || (lower < n_to) != (upper < n_to) {
                return None;
            }
            if lower < n_from {
                (high, above) = (from, n_from);
            } else if lower < n_to {
                (low, below, high, above) = (from, n_from, to, n_to);
            } else {
                (low, below) = (to, n_to);
            }
            if low.next_up() >= high {
                return Some((low, low));
            }
        }
    }

    /// Points in their order by `y - t x`, ties as they stand, and the pairs that this swaps.
    fn sorted(&self, t: f64) -> (Vec<Keyed>, u64) {
        let mut keyed = self.keyed(t, 0..self.points.len() as u32);
        if t.is_infinite() {
            return (keyed, 0);
        }
        let mut other = keyed.clone();
        let swapped = sort_counting(&mut keyed, &mut other, Keyed::in_order);
        (keyed, swapped as u64)
    }

    fn keyed(&self, t: f64, points: impl Iterator<Item = u32>) -> Vec<Keyed> {
        points
            .map(|point| {
                let (x, y) = self.points[point as usize];
                if t.is_infinite() {
                    return Keyed { high: -t.signum() * x, low: y, point };
                }
                let product = t * x;
                let lost = t.mul_add(x, -product);
                let (high, low) = two_sum(y, -product);
                let (high, low) = two_sum(high, low - lost);
                Keyed { high, low, point }
            })
            .collect()
    }

    /// How many slopes are smaller than `t`.
    fn count_below(&self, t: f64) -> u64 {
        if t == f64::INFINITY { self.n_slopes } else { self.sorted(t).1 }
    }

    /// The slopes from `low` to below `high`; of them those at the ascending `ranks`, if given, in
    /// an order of no meaning.
    fn inside(&self, low: f64, high: f64, ranks: Option<&[u64]>) -> Vec<f64> {
        let from = self.sorted(low).0;
        let mut keyed = self.keyed(high, from.iter().map(|key| key.point));
        let mut other = keyed.clone();
        let mut slopes = Vec::new();
        let mut ranks = ranks.map(|ranks| ranks.iter().copied().peekable());
        each_inversion(&mut keyed, &mut other, Keyed::in_order, |first, passed, one| {
            let Some(ranks) = &mut ranks else {
                slopes.extend(passed.iter().map(|other| self.slope(other.point, one.point)));
                return;
            };
            let end = first + passed.len() as u64;
            while let Some(rank) = ranks.next_if(|&rank| rank < end) {
                slopes.push(self.slope(passed[(rank - first) as usize].point, one.point));
            }
        });
        slopes
    }

    fn slope(&self, a: u32, b: u32) -> f64 {
        let ((ax, ay), (bx, by)) = (self.points[a as usize], self.points[b as usize]);
        (by - ay) / (bx - ax)
    }
}

/// The quantiles of a sorted sample that most likely hold the `share` quantile of the whole.
fn around(sample: &[f64], share: f64) -> (f64, f64) {
    let n = sample.len() as f64;
    let margin = MARGIN * (n * share * (1.0 - share)).sqrt() + 1.0;
    let place = |at: f64| at.clamp(0.0, n - 1.0) as usize;
    (sample[place((share * n - margin).floor())], sample[place((share * n + margin).ceil())])
}

/// The part of `interval` between two of its numbers, one float wide where they are equal; the
/// interval's half where that would not shrink it.
fn narrowed((low, high): (f64, f64), (from, to): (f64, f64)) -> (f64, f64) {
    let (from, to) = (from.max(low), to.next_up().min(high));
    if from < to && (from > low || to < high) {
        return (from, to);
    }
    let half = f64::midpoint(low.max(f64::MIN), high.min(f64::MAX));
    (half, high)
}

/// Random numbers by Steele, Lea and Flood's `SplitMix64`.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// About `wanted` ascending ranks below `n`, each once.
    fn ranks(&mut self, wanted: u64, n: u64) -> Vec<u64> {
        let mut ranks: Vec<u64> = (0..wanted).map(|_| self.next() % n).collect();
        ranks.sort_unstable();
        ranks.dedup();
        ranks
    }
}
