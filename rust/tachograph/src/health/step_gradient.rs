//! The norm of all gradients, step by step: exploding, vanishing, spikes, lost.

use super::advice::number;
use super::episode::{Episode, Streak};
use super::finding::Code;
use super::noise::stands_out;
use super::recent::{Highest, Recent, middle};
use super::thresholds::{Thresholds, count};
use super::watch::Hit;

/// Of so many norms a spike takes the median, as the guide's diagnosis does.
const BEFORE: usize = 5;
/// The first norms, whose middle is where they began.
const BEGINNING: usize = 20;
/// A spike that stays below this share of where the norms began shakes nothing.
const SHARE_OF_FIRST: f64 = 0.1;
/// Rows without trouble that end it.
const QUIET: u32 = 20;
/// Losses of precision in a row that the scaling of gradients does not find its way out of.
const SCALING: usize = 10;

#[derive(Clone, Debug)]
pub(super) struct StepGradient {
    recent: Recent,
    highest: Highest,
    first: f64,
    high: Streak,
    low: Streak,
    lost: Streak,
    spike: Episode,
}

/// What the rest of the run says to a norm.
#[derive(Clone, Copy, Debug)]
pub(super) struct Around {
    /// The loss is next to nothing, so that gradients are, too.
    pub(super) is_solved: bool,
    /// Gradients are scaled, and a step whose gradients overflow is left out by design.
    pub(super) is_scaled: bool,
}

impl StepGradient {
    pub(super) fn new() -> Self {
        Self {
            recent: Recent::EMPTY,
            highest: Highest::EMPTY,
            first: f64::NAN,
            high: Streak::default(),
            low: Streak::default(),
            lost: Streak::default(),
            spike: Episode::default(),
        }
    }

    #[inline]
    pub(super) fn push(
        &mut self,
        value: f64,
        around: Around,
        limits: &Thresholds,
        hits: &mut Vec<Hit>,
    ) {
        if !value.is_finite() {
            return self.lose(value, around, hits);
        }
        self.lost.good(QUIET);
        if value > limits.exploding_gradients {
            self.look_high(value, limits, hits);
        } else {
            self.high.good(QUIET);
        }
        if value < limits.vanishing_gradients && !around.is_solved {
            self.look_low(value, limits, hits);
        } else {
            self.low.good(QUIET);
        }
        if value > self.highest.get() && self.recent.count() >= count(limits.warm_up_steps) {
            self.look_higher(value, limits, hits);
        } else {
            self.spike.good(QUIET);
        }
        self.recent.push(value);
        self.highest.push(value);
        if self.recent.count() == BEGINNING {
            self.first = middle(&self.recent.sorted(BEGINNING));
        }
    }

    /// Twice as many in a row while the training begins, which large norms may do.
    fn needed(&self, limits: &Thresholds) -> usize {
        let steps = count(limits.sustained_steps);
        if self.recent.count() < count(limits.warm_up_steps) {
            steps.saturating_mul(2)
        } else {
            steps
        }
    }

    #[cold]
    fn look_high(&mut self, value: f64, limits: &Thresholds, hits: &mut Vec<Hit>) {
        let (needed, limit) = (self.needed(limits), limits.exploding_gradients);
        // On its way down: what a training begins with.
        if self.high.length() > 0 && value < 0.5 * self.high.first() {
            return;
        }
        if self.high.bad(value, needed) {
            let how = format!(
                "is {}, above {} for {} measured steps in a row",
                number(value),
                number(limit),
                self.high.length()
            );
            hits.push(Hit::new(Code::ExplodingGradients, value, limit, how));
        }
    }

    #[cold]
    fn look_low(&mut self, value: f64, limits: &Thresholds, hits: &mut Vec<Hit>) {
        let (needed, limit) = (self.needed(limits), limits.vanishing_gradients);
        if self.low.bad(value, needed) {
            let how = format!(
                "is {}, below {} for {} measured steps in a row",
                number(value),
                number(limit),
                self.low.length()
            );
            hits.push(Hit::new(Code::VanishingGradients, value, limit, how));
        }
    }

    #[cold]
    fn look_higher(&mut self, value: f64, limits: &Thresholds, hits: &mut Vec<Hit>) {
        let median = middle(&self.recent.sorted(BEFORE));
        let limit = limits.gradient_spike * median;
        let is_spike = median > 0.0
            && value > limit
            && value > SHARE_OF_FIRST * self.first
            && stands_out(value, &self.recent);
        if is_spike && self.spike.bad() {
            let how = format!(
                "leapt to {}, over {} times the median of the {BEFORE} norms before ({})",
                number(value),
                number(limits.gradient_spike),
                number(median)
            );
            hits.push(Hit::new(Code::GradientSpike, value, limit, how));
        }
    }

    #[cold]
    fn lose(&mut self, value: f64, around: Around, hits: &mut Vec<Hit>) {
        let needed = if around.is_scaled { SCALING } else { 1 };
        if self.lost.bad(value, needed) {
            let how = format!("is {}", number(value));
            hits.push(Hit::new(Code::NotFinite, value, f64::INFINITY, how));
        }
    }
}
