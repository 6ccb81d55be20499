//! The gradient norms of epochs.

use super::advice::number;
use super::episode::{Episode, Streak};
use super::epoch_values::{EpochValues, Measured};
use super::epochs::{Met, QUIET};
use super::finding::{Code, Split};
use super::recent::{Recent, middle};
use super::thresholds::Thresholds;
use super::watch::{Hit, OfSteps};

/// Epochs before one of which a spike takes the median, as the guide's diagnosis does.
const BEFORE: usize = 5;

#[derive(Clone, Debug)]
pub(super) struct EpochGradients {
    n: usize,
    recent: Recent,
    high: Streak,
    low: Streak,
    spike: Episode,
    lost: Episode,
}

impl Default for EpochGradients {
    fn default() -> Self {
        Self {
            n: 0,
            recent: Recent::EMPTY,
            high: Streak::default(),
            low: Streak::default(),
            spike: Episode::default(),
            lost: Episode::default(),
        }
    }
}

impl EpochGradients {
    pub(super) fn push(
        &mut self,
        values: &EpochValues<'_>,
        of_steps: &OfSteps,
        is_solved: bool,
        limits: &Thresholds,
        met: &mut Met,
    ) {
        let metric = |name| values.metric(Split::Train, name).map(|found| (found, Split::Train));
        let field = values.field("gradient_norm").map(|found| (found, None));
        let typical = ["grad_norm_mean", "grad_norm", "gradient_norm"];
        let typical = typical.into_iter().find_map(metric);
        let typical = typical.map(|(found, split)| (found, Some(split))).or(field);
        let highest = metric("grad_norm_max").map(|(found, _)| found);
        let nonfinite = metric("grad_norm_nonfinite").map(|(found, _)| found);
        if typical.is_none() && highest.is_none() && nonfinite.is_none() {
            return;
        }
        self.n += 1;
        self.look_for_lost(typical, nonfinite, of_steps, met);
        let typical = typical.filter(|(found, _)| found.value.is_finite());
        self.look_high(typical, highest, of_steps, limits, met);
        if let Some((found, split)) = typical {
            self.look_low(found, split, of_steps, is_solved, limits, met);
            self.look_for_spike(found, split, of_steps, limits, met);
            self.recent.push(found.value);
        }
    }

    fn look_high(
        &mut self,
        typical: Option<(Measured<'_>, Option<Split>)>,
        highest: Option<Measured<'_>>,
        of_steps: &OfSteps,
        limits: &Thresholds,
        met: &mut Met,
    ) {
        let limit = limits.exploding_gradients;
        let beyond = |found: &Measured<'_>| found.value > limit && found.value.is_finite();
        let mean = typical.filter(|(found, _)| beyond(found));
        // A training begins with large steps, and where steps were watched they have told.
        let may_tell = self.n > 1 && !of_steps.has_gradients;
        let highest = highest.filter(beyond).filter(|_| may_tell);
        let Some((found, split)) = mean.or(highest.map(|found| (found, Some(Split::Train)))) else {
            return self.high.good(QUIET);
        };
        if of_steps.told.contains(&Code::ExplodingGradients) {
            return self.high.set_told();
        }
        if self.high.bad(found.value, 1) {
            let how = format!("is {}, above {}", number(found.value), number(limit));
            let hit = Hit::new(Code::ExplodingGradients, found.value, limit, how);
            met.push((found.name.to_owned(), split, hit));
        }
    }

    fn look_low(
        &mut self,
        found: Measured<'_>,
        split: Option<Split>,
        of_steps: &OfSteps,
        is_solved: bool,
        limits: &Thresholds,
        met: &mut Met,
    ) {
        let limit = limits.vanishing_gradients;
        if found.value >= limit || is_solved {
            return self.low.good(QUIET);
        }
        if of_steps.told.contains(&Code::VanishingGradients) {
            return self.low.set_told();
        }
        if self.low.bad(found.value, 1) {
            let how = format!("is {}, below {}", number(found.value), number(limit));
            let hit = Hit::new(Code::VanishingGradients, found.value, limit, how);
            met.push((found.name.to_owned(), split, hit));
        }
    }

    fn look_for_spike(
        &mut self,
        found: Measured<'_>,
        split: Option<Split>,
        of_steps: &OfSteps,
        limits: &Thresholds,
        met: &mut Met,
    ) {
        let median = middle(&self.recent.sorted(BEFORE));
        let limit = limits.gradient_spike * median;
        if self.recent.count() < BEFORE || median <= 0.0 || found.value <= limit {
            return self.spike.good(QUIET);
        }
        let told = [Code::GradientSpike, Code::ExplodingGradients];
        let is_told = told.iter().any(|code| of_steps.told.contains(code));
        if self.spike.bad() && !is_told {
            let how = format!(
                "leapt to {}, over {} times the median of the {BEFORE} epochs before ({})",
                number(found.value),
                number(limits.gradient_spike),
                number(median)
            );
            let hit = Hit::new(Code::GradientSpike, found.value, limit, how);
            met.push((found.name.to_owned(), split, hit));
        }
    }

    fn look_for_lost(
        &mut self,
        typical: Option<(Measured<'_>, Option<Split>)>,
        nonfinite: Option<Measured<'_>>,
        of_steps: &OfSteps,
        met: &mut Met,
    ) {
        let lost = typical.filter(|(found, _)| !found.value.is_finite());
        // Scaled gradients overflow by design now and then, and such steps are left out.
        let counted = nonfinite.filter(|found| found.value > 0.0 && !of_steps.is_scaled);
        let counted = counted.map(|found| (found, Some(Split::Train), 0.0));
        let lost = lost.map(|(found, split)| (found, split, f64::INFINITY));
        let Some((found, split, limit)) = counted.or(lost) else {
            return self.lost.good(QUIET);
        };
        if self.lost.bad() && !of_steps.told.contains(&Code::NotFinite) {
            let how = format!("is {}", number(found.value));
            let hit = Hit::new(Code::NotFinite, found.value, limit, how);
            met.push((found.name.to_owned(), split, hit));
        }
    }
}
