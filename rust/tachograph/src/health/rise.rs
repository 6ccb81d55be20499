//! A loss that has risen from its lowest and stays up.

use super::recent::{Recent, quantile};

/// How far the lowest window's highest values are left out, and the last window's lowest.
const MOST_OF_LOWEST: f64 = 0.9;
const FEW_OF_LAST: f64 = 0.25;
/// Windows from which the usual size of a loss is taken that may be negative, or goes about zero.
const SETTLING: usize = 32;
/// How many times that size its rise above it is compared with.
const SIGNED: f64 = 4.0;

/// Compares the mean of the last window with the lowest such mean before, as the divergence of a
/// finished run does.
#[derive(Clone, Debug)]
pub(super) struct Rise {
    /// How many values a window has.
    window: usize,
    /// How many times the range of the lowest window a rise must exceed: few values need it.
    ranges: f64,
    windows: usize,
    first: f64,
    lowest: f64,
    /// What most of the lowest window lies below, and from its lowest to its highest value.
    lowest_most: f64,
    lowest_range: f64,
    is_signed: bool,
    usual: f64,
}

/// What the last window says.
pub(super) enum Risen {
    /// It has risen beyond the limit: its mean, and the limit.
    Beyond(f64, f64),
    /// It has come back by half.
    Back,
    /// Neither, or too early to say.
    Between,
}

impl Rise {
    pub(super) fn new(window: usize, ranges: f64) -> Self {
        Self {
            window,
            ranges,
            windows: 0,
            first: f64::NAN,
            lowest: f64::INFINITY,
            lowest_most: f64::INFINITY,
            lowest_range: 0.0,
            is_signed: false,
            usual: 0.0,
        }
    }

    /// Looks at the last window; `factor` is the share of the scale that it may rise by.
    pub(super) fn look(&mut self, recent: &Recent, factor: f64) -> Risen {
        if recent.count() < self.window {
            return Risen::Between;
        }
        let mean = recent.last(self.window).sum::<f64>() / self.window as f64;
        if self.windows == 0 {
            self.first = mean;
        }
        self.windows += 1;
        self.is_signed |= recent.last(self.window).any(|value| value <= 0.0);
        if self.windows <= SETTLING {
            self.usual = self.usual.max(mean.abs());
        }
        if mean < self.lowest {
            let sorted = recent.sorted(self.window);
            self.lowest = mean;
            self.lowest_most = quantile(&sorted, MOST_OF_LOWEST);
            self.lowest_range = quantile(&sorted, 1.0) - quantile(&sorted, 0.0);
        }
        if self.is_signed && self.windows <= SETTLING {
            return Risen::Between;
        }
        let (from, scale) = self.scale();
        let (rise, limit) = (mean - from, factor * scale);
        if rise <= 0.5 * limit {
            return Risen::Back;
        }
        let is_clear = mean - self.lowest > self.ranges * self.lowest_range
            && quantile(&recent.sorted(self.window), FEW_OF_LAST) > self.lowest_most;
        if rise > limit && is_clear { Risen::Beyond(mean, from + limit) } else { Risen::Between }
    }

    /// From where a rise is taken, and with what it is compared: with what the loss is, or how far
    /// it has fallen, whichever is more. One that goes about zero wanders by as much as it is, so
    /// it must leave what it did in its beginning far below.
    fn scale(&self) -> (f64, f64) {
        if self.is_signed {
            (self.usual, SIGNED * self.usual)
        } else {
            (self.lowest, self.lowest.abs().max(self.first - self.lowest))
        }
    }
}
