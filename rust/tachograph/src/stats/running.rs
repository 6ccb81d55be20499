//! Moments and slope of points that come one by one.

/// The sums of a stream of points `(x, y)` about their means, updated in constant time.
///
/// The updates are those of Welford, "Note on a method for calculating corrected sums of squares
/// and products", 1962; two streams are joined as in Chan, Golub and `LeVeque` 1979. Points are
/// taken relative to the first, so a large offset costs nothing. Squares must stay in the range of
/// `f64`: with differences beyond 1e150 deviations and slopes are infinite or NaN.
///
/// ```
/// let mut running = tachograph::stats::Running::default();
/// for (step, loss) in [3.0, 2.0, f64::NAN, 0.0].into_iter().enumerate() {
///     running.push(step as f64, loss);
/// }
/// assert_eq!((running.n, running.non_finite), (3, 1));
/// assert!((running.slope() + 1.0).abs() < 1e-15);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Running {
    /// Points that took part.
    pub n: usize,
    /// Points left out because a coordinate is NaN or infinite.
    pub non_finite: usize,
    /// Smallest y; +inf before the first.
    pub min: f64,
    /// Largest y; -inf before the first.
    pub max: f64,
    /// The first point; means are relative to it.
    origin: (f64, f64),
    x_mean: f64,
    y_mean: f64,
    xx: f64,
    xy: f64,
    yy: f64,
}

impl Default for Running {
    fn default() -> Self {
        Self {
            n: 0,
            non_finite: 0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
            origin: (0.0, 0.0),
            x_mean: 0.0,
            y_mean: 0.0,
            xx: 0.0,
            xy: 0.0,
            yy: 0.0,
        }
    }
}

impl Running {
    /// Takes in a point; one with a coordinate that is not finite is only counted.
    pub fn push(&mut self, x: f64, y: f64) {
        if !(x.is_finite() && y.is_finite()) {
            self.non_finite += 1;
            return;
        }
        if self.n == 0 {
            self.origin = (x, y);
        }
        self.n += 1;
        let n = self.n as f64;
        self.min = self.min.min(y);
        self.max = self.max.max(y);
        let (x, y) = (x - self.origin.0, y - self.origin.1);
        let (dx, dy) = (x - self.x_mean, y - self.y_mean);
        self.x_mean += dx / n;
        self.y_mean += dy / n;
        let (dx_after, dy_after) = (x - self.x_mean, y - self.y_mean);
        self.xx += dx * dx_after;
        self.xy += dx * dy_after;
        self.yy += dy * dy_after;
    }

    /// The points of both.
    #[must_use]
    pub fn joined(&self, other: &Self) -> Self {
        let non_finite = self.non_finite + other.non_finite;
        if self.n == 0 || other.n == 0 {
            let some = if self.n == 0 { other } else { self };
            return Self { non_finite, ..*some };
        }
        let n = self.n + other.n;
        let share = other.n as f64 / n as f64;
        let weight = self.n as f64 * share;
        let apart = (other.origin.0 - self.origin.0, other.origin.1 - self.origin.1);
        let dx = apart.0 + (other.x_mean - self.x_mean);
        let dy = apart.1 + (other.y_mean - self.y_mean);
        Self {
            n,
            non_finite,
            min: self.min.min(other.min),
            max: self.max.max(other.max),
            origin: self.origin,
            x_mean: self.x_mean + dx * share,
            y_mean: self.y_mean + dy * share,
            xx: self.xx + other.xx + dx * dx * weight,
            xy: self.xy + other.xy + dx * dy * weight,
            yy: self.yy + other.yy + dy * dy * weight,
        }
    }

    /// Mean of y; NaN before the first.
    pub fn mean(&self) -> f64 {
        if self.n == 0 {
            f64::NAN
        } else {
            (self.origin.1 + self.y_mean).max(self.min).min(self.max)
        }
    }

    /// Population standard deviation of y; NaN before the first.
    pub fn std(&self) -> f64 {
        if self.n == 0 { f64::NAN } else { (self.squares() / self.n as f64).sqrt() }
    }

    /// Sum of squared deviations of y from their mean.
    pub fn squares(&self) -> f64 {
        self.yy.max(0.0)
    }

    /// Slope of the least-squares line; NaN before there are two different x.
    pub fn slope(&self) -> f64 {
        if self.xx > 0.0 { self.xy / self.xx } else { f64::NAN }
    }

    /// Standard error of the slope; NaN before there are three points.
    pub fn slope_stderr(&self) -> f64 {
        if self.n < 3 || self.xx <= 0.0 {
            return f64::NAN;
        }
        let residual = (self.yy - self.xy * (self.xy / self.xx)).max(0.0);
        (residual / (self.n as f64 - 2.0) / self.xx).sqrt()
    }
}
