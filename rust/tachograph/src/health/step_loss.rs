//! The losses of steps: lost ones, spikes, divergence.

use super::advice::number;
use super::episode::Episode;
use super::finding::Code;
use super::noise::stands_out;
use super::recent::{Highest, Recent, middle};
use super::rise::{Rise, Risen};
use super::thresholds::{Thresholds, count};
use super::watch::Hit;

/// Values in the window of a divergence, and after how many it is looked at again.
const WINDOW: usize = 32;
const STRIDE: usize = 8;
/// The first values, whose middle is where the loss began.
const BEGINNING: usize = 20;
/// Rows without trouble that end it.
const QUIET: u32 = 20;
/// Looks, likewise.
const QUIET_LOOKS: u32 = 4;

#[derive(Clone, Debug)]
pub(super) struct StepLoss {
    is_whole: bool,
    is_training: bool,
    recent: Recent,
    highest: Highest,
    first: f64,
    last: f64,
    rise: Rise,
    lost: Episode,
    spike: Episode,
    risen: Episode,
}

impl StepLoss {
    pub(super) fn new(is_whole: bool, is_training: bool) -> Self {
        Self {
            is_whole,
            is_training,
            recent: Recent::EMPTY,
            highest: Highest::EMPTY,
            first: f64::NAN,
            last: f64::NAN,
            rise: Rise::new(WINDOW, 0.0),
            lost: Episode::default(),
            spike: Episode::default(),
            risen: Episode::default(),
        }
    }

    #[inline]
    pub(super) fn push(&mut self, value: f64, limits: &Thresholds, hits: &mut Vec<Hit>) {
        self.last = value;
        if !value.is_finite() {
            if self.lost.bad() {
                hits.push(Hit::new(
                    Code::NotFinite,
                    value,
                    f64::INFINITY,
                    format!("is {}", number(value)),
                ));
            }
            return;
        }
        self.lost.good(QUIET);
        if !self.is_whole {
            return;
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
        if self.recent.count().is_multiple_of(STRIDE) {
            self.look_back(limits, hits);
        }
    }

    /// Whether it is what gradients are taken of.
    #[inline]
    pub(super) fn is_training(&self) -> bool {
        self.is_whole && self.is_training
    }

    /// Whether the loss is next to nothing, measured by where it began.
    pub(super) fn is_solved(&self) -> bool {
        const SOLVED: f64 = 1e-3;
        let began = if self.first.is_nan() { self.recent.last(1).sum() } else { self.first };
        self.last == 0.0 || (self.last > 0.0 && self.last <= SOLVED * began)
    }

    #[cold]
    fn look_higher(&mut self, value: f64, limits: &Thresholds, hits: &mut Vec<Hit>) {
        let median = middle(&self.recent.sorted(BEGINNING));
        let scale = median.abs().max(self.first - median);
        let limit = median + limits.loss_spike * scale;
        let rises = value > limit && stands_out(value, &self.recent);
        if rises && self.spike.bad() {
            let how = format!("leapt to {} from about {}", number(value), number(median));
            hits.push(Hit::new(Code::LossSpike, value, limit, how));
        }
    }

    fn look_back(&mut self, limits: &Thresholds, hits: &mut Vec<Hit>) {
        match self.rise.look(&self.recent, limits.divergence) {
            Risen::Beyond(mean, limit) => {
                if self.risen.bad() {
                    let how = format!(
                        "has risen: its mean over {WINDOW} measured steps is {}, above {}",
                        number(mean),
                        number(limit)
                    );
                    hits.push(Hit::new(Code::Divergence, mean, limit, how));
                }
            }
            Risen::Back => self.risen.good(QUIET_LOOKS),
            Risen::Between => {}
        }
    }
}
