//! Exponential means.

/// A mean in which each value counts `1 - alpha` times what its successor counts, corrected for
/// its beginning: weights of a geometric series that sum to one at every step.
///
/// `m = (1 - alpha) m + alpha y`, told as `m / (1 - (1 - alpha)^n)` after n finite values, the
/// correction of Kingma and Ba, "Adam", 2015; it is also pandas' `ewm(alpha=alpha, adjust=True,
/// ignore_na=True).mean()`. Values that are not finite are left out.
///
/// ```
/// let mut mean = tachograph::stats::ExponentialMean::new(0.5);
/// mean.push(4.0);
/// mean.push(1.0);
/// assert_eq!(mean.value(), 2.0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExponentialMean {
    /// Finite values, those that took part.
    pub n: usize,
    /// NaN and infinite values, left out.
    pub non_finite: usize,
    alpha: f64,
    mean: f64,
    weight: f64,
}

impl ExponentialMean {
    /// No value yet. `alpha`, the weight of the newest value, is above 0 and at most 1.
    pub fn new(alpha: f64) -> Self {
        Self { n: 0, non_finite: 0, alpha, mean: 0.0, weight: 0.0 }
    }

    /// Takes in a value.
    pub fn push(&mut self, value: f64) {
        if !value.is_finite() {
            self.non_finite += 1;
            return;
        }
        self.n += 1;
        // 1 - (1 - alpha)^n; the mean moves towards the value by the value's share of it, so that
        // a constant stays what it is.
        self.weight = (1.0 - self.alpha) * self.weight + self.alpha;
        let share = (self.alpha / self.weight).min(1.0);
        let away = value - self.mean;
        self.mean = if away.is_finite() {
            self.mean + share * away
        } else {
            // Two of the largest numbers, of opposite signs, lie further apart than any number.
            (1.0 - share) * self.mean + share * value
        };
    }

    /// The mean so far; NaN before the first finite value.
    pub fn value(&self) -> f64 {
        if self.n == 0 { f64::NAN } else { self.mean }
    }
}

/// The exponential mean at each row; where the row's own value is not finite, that of the rows
/// before; NaN before the first finite one.
pub fn exponential(values: &[f64], alpha: f64) -> Vec<f64> {
    let mut mean = ExponentialMean::new(alpha);
    let mut means = vec![0.0; values.len()];
    for (place, &value) in means.iter_mut().zip(values) {
        mean.push(value);
        *place = mean.value();
    }
    means
}

/// What TensorBoard draws with its smoothing slider at `weight`, from 0 to below 1.
///
/// `last = weight last + (1 - weight) y`, drawn as `last / (1 - weight^n)` after n finite values.
/// A value that is not finite is drawn as it is, and a series whose values are all equal is drawn
/// unchanged (TensorBoard 2.x, `scalar_card` and `vz_line_chart2`). Every operation is
/// TensorBoard's own.
pub fn tensorboard(values: &[f64], weight: f64) -> Vec<f64> {
    // NaN differs from itself, there as here.
    #[expect(clippy::float_cmp, reason = "the rule is about equal values")]
    let is_constant = values.iter().all(|&value| value == values[0]);
    let (mut last, mut n, mut correction) = (0.0, 0.0, 0.0);
    let step = |&value: &f64| {
        if is_constant || !value.is_finite() {
            return value;
        }
        last = last * weight + (1.0 - weight) * value;
        n += 1.0;
        // It grows to 1 and stays there; powers take longer than all the rest.
        if correction < 1.0 {
            correction = 1.0 - weight.powf(n);
        }
        last / correction
    };
    values.iter().map(step).collect()
}
