//! A column as it comes: its ends, its extremes, what is not finite, and its shape in few bins.

use super::lanes::{Range, range, sum};

/// Some values that follow each other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bin {
    /// The label of its first value.
    pub label: i64,
    /// How many of its values are finite.
    pub n_finite: usize,
    /// The mean of the finite values; NaN where none is.
    pub mean: f64,
    /// The least of them; NaN likewise.
    pub low: f64,
    /// The greatest of them; NaN likewise.
    pub high: f64,
}

/// The NaN and infinite values of a column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NotFinite {
    /// How many there are.
    pub n: usize,
    /// The label of the first.
    pub first: Option<i64>,
    /// The label of the last.
    pub last: Option<i64>,
}

/// The ends and the extremes of some values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ends<T> {
    /// The value that came first.
    pub first: T,
    /// The value that came last.
    pub last: T,
    /// The least finite value, with the greatest; `None` where none is finite.
    pub extremes: Option<(T, T)>,
}

/// Follows a column, however long it becomes, in the memory of its bins.
///
/// A bin begins as one value. When there are as many bins as there may be, each two become one, so
/// that all but the last have equally many values, a power of two.
///
/// ```
/// use tachograph::stats::ColumnCourse;
///
/// let mut course = ColumnCourse::new(2);
/// course.extend(&[10, 11, 12], &[1.0, 3.0, 8.0]);
/// assert_eq!(course.rows_per_bin(), 2);
/// assert_eq!(course.bins().iter().map(|bin| bin.mean).collect::<Vec<_>>(), [2.0, 8.0]);
/// ```
#[derive(Clone, Debug)]
pub struct ColumnCourse {
    most_bins: usize,
    rows_per_bin: usize,
    /// How many values the last bin can still take.
    room: usize,
    bins: Vec<Bin>,
    n: usize,
    last_label: Option<i64>,
    not_finite: NotFinite,
    floats: Option<Ends<f64>>,
    ints: Option<Ends<i64>>,
    /// Integers of one call as floats.
    scratch: Vec<f64>,
}

impl ColumnCourse {
    /// No value yet; there will never be more bins than `most_bins`, of which one is the least.
    pub fn new(most_bins: usize) -> Self {
        Self {
            most_bins: most_bins.max(1),
            rows_per_bin: 1,
            room: 0,
            bins: Vec::new(),
            n: 0,
            last_label: None,
            not_finite: NotFinite::default(),
            floats: None,
            ints: None,
            scratch: Vec::new(),
        }
    }

    /// Takes in the next values, each with its label.
    pub fn extend(&mut self, labels: &[i64], values: &[f64]) {
        let (&[first, ..], &[.., last]) = (values, values) else { return };
        let (mut labels, mut values) = (labels, values);
        self.n += values.len();
        self.last_label = labels.last().copied();
        let ends = self.floats.get_or_insert(Ends { first, last, extremes: None });
        ends.last = last;
        while !values.is_empty() {
            if self.room == 0 {
                self.begin(labels.first().copied().unwrap_or_default());
            }
            let n = self.room.min(values.len());
            self.room -= n;
            let (label, rest) = labels.split_at(n.min(labels.len()));
            let (value, others) = values.split_at(n);
            self.add(label, value);
            (labels, values) = (rest, others);
        }
    }

    /// As [`extend`](Self::extend), of integers, whose ends and extremes are kept exactly.
    pub fn extend_ints(&mut self, labels: &[i64], values: &[i64]) {
        let (&[first, ..], &[.., last]) = (values, values) else { return };
        let low = values.iter().copied().fold(first, i64::min);
        let high = values.iter().copied().fold(first, i64::max);
        let ends = self.ints.get_or_insert(Ends { first, last, extremes: Some((low, high)) });
        ends.last = last;
        ends.extremes = ends.extremes.map(|(least, most)| (least.min(low), most.max(high)));
        let mut floats = std::mem::take(&mut self.scratch);
        floats.clear();
        floats.extend(values.iter().map(|&value| value as f64));
        self.extend(labels, &floats);
        self.scratch = floats;
    }

    /// How many values came.
    pub fn len(&self) -> usize {
        self.n
    }

    /// Whether none came.
    pub fn is_empty(&self) -> bool {
        self.n == 0
    }

    /// How many values each bin has; the last may have fewer.
    pub fn rows_per_bin(&self) -> usize {
        self.rows_per_bin
    }

    /// The bins in order.
    pub fn bins(&self) -> &[Bin] {
        &self.bins
    }

    /// The label of the last value.
    pub fn last_label(&self) -> Option<i64> {
        self.last_label
    }

    /// What is not finite.
    pub fn not_finite(&self) -> NotFinite {
        self.not_finite
    }

    /// The ends and extremes, integers as floats; `None` before the first value.
    pub fn floats(&self) -> Option<Ends<f64>> {
        self.floats
    }

    /// The ends and extremes of what came as integers.
    pub fn ints(&self) -> Option<Ends<i64>> {
        self.ints
    }

    /// Begins a bin; makes room for it where there is none.
    fn begin(&mut self, label: i64) {
        if self.bins.len() == self.most_bins {
            let n_odd = self.bins.len() % 2;
            self.room = n_odd * self.rows_per_bin;
            self.rows_per_bin *= 2;
            let pairs = self.bins.chunks(2);
            self.bins = pairs
                .map(|pair| match pair {
                    &[one, other] => one.joined(&other),
                    alone => alone[0],
                })
                .collect();
        }
        if self.room == 0 {
            self.bins.push(Bin { label, ..Bin::EMPTY });
            self.room = self.rows_per_bin;
        }
    }

    /// Takes values into the last bin.
    fn add(&mut self, labels: &[i64], values: &[f64]) {
        let total = sum(values);
        let (n_finite, mean, range) = if total.is_finite() {
            (values.len(), total / values.len() as f64, range(values))
        } else {
            self.sift(labels, values)
        };
        if n_finite == 0 {
            return;
        }
        let Range { min: low, max: high } = range;
        // A mean lies between the extremes; its rounding may not.
        let bin = Bin { label: 0, n_finite, mean: mean.max(low).min(high), low, high };
        if let Some(last) = self.bins.last_mut() {
            *last = last.joined(&bin);
        }
        if let Some(ends) = &mut self.floats {
            let (least, most) = ends.extremes.unwrap_or((low, high));
            ends.extremes = Some((least.min(low), most.max(high)));
        }
    }

    /// The careful way: tells lost values from sums that left the range of `f64`.
    fn sift(&mut self, labels: &[i64], values: &[f64]) -> (usize, f64, Range) {
        let finite = || values.iter().copied().filter(|value| value.is_finite());
        let n_finite = finite().count();
        let lost = labels.iter().zip(values).filter(|(_, value)| !value.is_finite());
        for (&label, _) in lost {
            self.not_finite.n += 1;
            self.not_finite.first.get_or_insert(label);
            self.not_finite.last = Some(label);
        }
        let mut range = Range::EMPTY;
        for value in finite() {
            range.join(Range { min: value, max: value });
        }
        let plain: f64 = finite().sum();
        let mean = if plain.is_finite() {
            plain / n_finite as f64
        } else {
            finite().map(|value| value / n_finite as f64).sum()
        };
        (n_finite, mean, range)
    }
}

impl Bin {
    const EMPTY: Self =
        Self { label: 0, n_finite: 0, mean: f64::NAN, low: f64::NAN, high: f64::NAN };

    /// The values of both, of which those of `self` came first.
    fn joined(&self, other: &Self) -> Self {
        if other.n_finite == 0 {
            return *self;
        }
        if self.n_finite == 0 {
            return Self { label: self.label, ..*other };
        }
        let n_finite = self.n_finite + other.n_finite;
        let (low, high) = (self.low.min(other.low), self.high.max(other.high));
        // Shares rather than sums, which could leave the range of `f64`.
        let share = |bin: &Self| bin.mean * (bin.n_finite as f64 / n_finite as f64);
        let mean = (share(self) + share(other)).max(low).min(high);
        Self { label: self.label, n_finite, mean, low, high }
    }
}
