//! The losses of epochs: lost ones, divergence, plateau, overfitting.

use super::advice::number;
use super::episode::Episode;
use super::epoch_values::{EpochValues, Measured};
use super::epochs::{Met, QUIET};
use super::finding::{Code, Split};
use super::recent::Recent;
use super::rise::{Rise, Risen};
use super::thresholds::{Thresholds, count};
use super::watch::{Hit, OfSteps};
use crate::stats::{PlateauDetector, Running};

/// Epochs in the window of a divergence, and how many times the noise of its lowest it exceeds.
const WINDOW: usize = 5;
const RANGES: f64 = 3.0;
/// Epochs in the window of a plateau.
const LEVEL: usize = 10;
/// A plateau below this share of the first loss is where a training ends.
const DONE: f64 = 0.05;
/// Epochs whose mean is compared for overfitting, and the fewest of a run.
const FEW: usize = 5;
const FEWEST: usize = 10;
/// Epochs that the line through the validation losses spans at most, and by how many standard
/// errors it rises.
const SPAN: usize = 20;
const ERRORS: f64 = 4.0;
/// A loss at most this share of the first is next to nothing.
const SOLVED: f64 = 1e-3;

#[derive(Clone, Debug)]
pub(super) struct EpochLosses {
    first: f64,
    train: Recent,
    val: Recent,
    rise: Rise,
    level: PlateauDetector,
    n: usize,
    /// The lowest mean of a few validation losses, the training loss then, and how long ago.
    best: f64,
    best_train: f64,
    since_best: usize,
    lost: [Episode; 2],
    risen: Episode,
    plateau: Episode,
    overfitting: Episode,
}

impl Default for EpochLosses {
    fn default() -> Self {
        Self {
            first: f64::NAN,
            train: Recent::EMPTY,
            val: Recent::EMPTY,
            rise: Rise::new(WINDOW, RANGES),
            level: PlateauDetector::new(LEVEL, 0.0),
            n: 0,
            best: f64::INFINITY,
            best_train: f64::NAN,
            since_best: 0,
            lost: [Episode::default(); 2],
            risen: Episode::default(),
            plateau: Episode::default(),
            overfitting: Episode::default(),
        }
    }
}

impl EpochLosses {
    pub(super) fn push(
        &mut self,
        values: &EpochValues<'_>,
        of_steps: &OfSteps,
        limits: &Thresholds,
        met: &mut Met,
    ) {
        let (train, val) = (values.loss(Split::Train), values.loss(Split::Val));
        self.look_for_lost(train, Split::Train, of_steps, met);
        self.look_for_lost(val, Split::Val, of_steps, met);
        let train = train.filter(|loss| loss.value.is_finite());
        if let Some(train) = train {
            if self.train.count() == 0 {
                self.first = train.value;
                self.level = PlateauDetector::new(LEVEL, limits.plateau);
            }
            self.train.push(train.value);
            self.look_for_rise(train, of_steps, limits, met);
            self.look_for_level(train, limits, met);
        }
        if let (Some(_), Some(val)) = (train, val.filter(|loss| loss.value.is_finite())) {
            self.val.push(val.value);
            self.look_for_overfitting(val, limits, met);
        }
    }

    /// Whether the training loss is next to nothing, measured by where it began.
    pub(super) fn is_solved(&self) -> bool {
        let last = self.train.last(1).next();
        last.is_some_and(|last| last == 0.0 || (last > 0.0 && last <= SOLVED * self.first))
    }

    fn look_for_lost(
        &mut self,
        loss: Option<Measured<'_>>,
        split: Split,
        of_steps: &OfSteps,
        met: &mut Met,
    ) {
        let Some(loss) = loss else { return };
        let episode = &mut self.lost[usize::from(split == Split::Val)];
        if loss.value.is_finite() {
            return episode.good(QUIET);
        }
        let is_news = episode.bad();
        if is_news && !(split == Split::Train && of_steps.told.contains(&Code::NotFinite)) {
            let how = format!("is {}", number(loss.value));
            let hit = Hit::new(Code::NotFinite, loss.value, f64::INFINITY, how);
            met.push((loss.name.to_owned(), Some(split), hit));
        }
    }

    fn look_for_rise(
        &mut self,
        loss: Measured<'_>,
        of_steps: &OfSteps,
        limits: &Thresholds,
        met: &mut Met,
    ) {
        match self.rise.look(&self.train, limits.divergence) {
            Risen::Beyond(mean, limit) => {
                let is_news = self.risen.bad() && !of_steps.told.contains(&Code::Divergence);
                if is_news {
                    let how = format!(
                        "has risen: its mean over {WINDOW} epochs is {}, above {}",
                        number(mean),
                        number(limit)
                    );
                    let hit = Hit::new(Code::Divergence, mean, limit, how);
                    met.push((loss.name.to_owned(), Some(Split::Train), hit));
                }
            }
            Risen::Back => self.risen.good(QUIET),
            Risen::Between => {}
        }
    }

    fn look_for_level(&mut self, loss: Measured<'_>, limits: &Thresholds, met: &mut Met) {
        self.n += 1;
        self.level.push(loss.value);
        let Some(start) = self.level.start() else { return self.plateau.good(1) };
        let length = self.n - start;
        let share = length as f64 / self.n as f64;
        let is_done = loss.value == 0.0
            || (loss.value > 0.0 && self.first > 0.0 && loss.value <= DONE * self.first);
        let is_long = self.n >= count(limits.plateau_epochs) && share >= limits.plateau_share;
        // Off where its tolerance is 0: a loss that is exactly constant would be level.
        if is_long && !is_done && limits.plateau > 0.0 && self.plateau.bad() {
            let how = format!("is level at {} for {length} epochs", number(loss.value));
            let hit =
                Hit::new(Code::Plateau, length as f64, limits.plateau_share * self.n as f64, how);
            met.push((loss.name.to_owned(), Some(Split::Train), hit));
        }
    }

    fn look_for_overfitting(&mut self, val: Measured<'_>, limits: &Thresholds, met: &mut Met) {
        if self.val.count() < FEW {
            return;
        }
        let mean = |losses: &Recent| losses.last(FEW).sum::<f64>() / FEW as f64;
        let (now, train) = (mean(&self.val), mean(&self.train));
        self.since_best = self.since_best.saturating_add(1);
        if now < self.best {
            (self.best, self.best_train, self.since_best) = (now, train, 0);
            return self.overfitting.good(QUIET);
        }
        let limit = self.best + limits.overfitting * self.best.abs();
        if now <= limit {
            return self.overfitting.good(QUIET);
        }
        let has_few = self.val.count() < FEWEST || self.since_best < FEW;
        if has_few || train >= self.best_train || !self.rises() {
            return;
        }
        if self.overfitting.bad() {
            let how = format!(
                "has risen to {} from {} while the training loss fell on to {}",
                number(now),
                number(self.best),
                number(train)
            );
            let hit = Hit::new(Code::Overfitting, now, limit, how);
            met.push((val.name.to_owned(), Some(Split::Val), hit));
        }
    }

    /// Whether the line through the validation losses since the best rises clear of their noise.
    fn rises(&self) -> bool {
        let n = (self.since_best + FEW).min(SPAN);
        let mut line = Running::default();
        for (back, value) in self.val.last(n).enumerate() {
            line.push(-(back as f64), value);
        }
        line.slope() > ERRORS * line.slope_stderr()
    }
}
