//! How far epochs move the weights.

use super::advice::number;
use super::episode::{Episode, Streak};
use super::epoch_values::{EpochValues, Measured};
use super::epochs::{Met, QUIET};
use super::finding::{Code, Split};
use super::recent::Recent;
use super::thresholds::{Thresholds, count};
use super::watch::Hit;

/// Changes from one epoch to the next that must turn in turn.
const TURNS: usize = 4;

#[derive(Clone, Debug)]
pub(super) struct EpochWeights {
    highest: f64,
    recent: Recent,
    frozen: Streak,
    wild: Streak,
    swinging: Episode,
}

impl Default for EpochWeights {
    fn default() -> Self {
        Self {
            highest: 0.0,
            recent: Recent::EMPTY,
            frozen: Streak::default(),
            wild: Streak::default(),
            swinging: Episode::default(),
        }
    }
}

impl EpochWeights {
    pub(super) fn push(&mut self, values: &EpochValues<'_>, limits: &Thresholds, met: &mut Met) {
        let found = ["weight_change_l2", "update_ratio"]
            .into_iter()
            .find_map(|name| values.metric(Split::Train, name))
            .filter(|found| found.value.is_finite());
        let Some(found) = found else { return };
        self.highest = self.highest.max(found.value);
        self.recent.push(found.value);
        self.look_still(found, limits, met);
        self.look_wild(found, limits, met);
        self.look_swinging(found, limits, met);
    }

    fn look_still(&mut self, found: Measured<'_>, limits: &Thresholds, met: &mut Met) {
        // Small changes late in a training are what schedules lead to; none at all are not.
        let is_still = self.highest < limits.weights_frozen
            || (found.value == 0.0 && limits.weights_frozen > 0.0);
        if !is_still {
            return self.frozen.good(QUIET);
        }
        if self.frozen.bad(found.value, count(limits.sustained_epochs)) {
            let how = format!(
                "is {}, below {} for {} epochs",
                number(found.value),
                number(limits.weights_frozen),
                self.frozen.length()
            );
            let hit = Hit::new(Code::WeightsFrozen, found.value, limits.weights_frozen, how);
            met.push((found.name.to_owned(), Some(Split::Train), hit));
        }
    }

    fn look_wild(&mut self, found: Measured<'_>, limits: &Thresholds, met: &mut Met) {
        let limit = match found.name {
            "update_ratio" => limits.weights_erratic,
            _ => limits.weights_erratic_epoch,
        };
        let needed = count(limits.sustained_epochs);
        // From small weights a training may go far in its first epochs.
        if found.value <= limit || self.recent.count() <= needed {
            return self.wild.good(QUIET);
        }
        if self.wild.bad(found.value, needed) {
            let how =
                format!("is {}, above {} for {needed} epochs", number(found.value), number(limit));
            let hit = Hit::new(Code::WeightsErratic, found.value, limit, how);
            met.push((found.name.to_owned(), Some(Split::Train), hit));
        }
    }

    fn look_swinging(&mut self, found: Measured<'_>, limits: &Thresholds, met: &mut Met) {
        let last: Vec<f64> = self.recent.last(TURNS + 1).collect();
        let swing = limits.weights_swing.max(1.0);
        let turn = |pair: &[f64]| match (pair[0], pair[1]) {
            (one, other) if one > swing * other => 1,
            (one, other) if other > swing * one => -1,
            _ => 0,
        };
        let turns: Vec<i32> = last.windows(2).map(turn).collect();
        let alternates = turns.len() == TURNS
            && turns.iter().all(|&turn| turn != 0)
            && turns.windows(2).all(|pair| pair[0] == -pair[1]);
        if !alternates {
            return self.swinging.good(QUIET);
        }
        if self.swinging.bad() {
            let (high, low) = (last[0].max(last[1]), last[0].min(last[1]));
            let how = format!(
                "swings between {} and {} from epoch to epoch, by more than {} times",
                number(high),
                number(low),
                number(limits.weights_swing)
            );
            let hit = Hit::new(Code::WeightsErratic, high, swing * low, how);
            met.push((found.name.to_owned(), Some(Split::Train), hit));
        }
    }
}
