//! The gradient norm of one layer: dead, or lost.

use super::advice::number;
use super::episode::Streak;
use super::finding::Code;
use super::thresholds::{Thresholds, count};
use super::watch::Hit;

/// Rows with a gradient that end it.
const QUIET: u32 = 1;

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct StepLayer {
    dead: Streak,
}

impl StepLayer {
    /// Takes in a norm; `others_live` is whether any layer of the row has a gradient. That one is
    /// NaN or infinite, the global norm says.
    #[inline]
    pub(super) fn push(
        &mut self,
        value: f64,
        others_live: bool,
        limits: &Thresholds,
        hits: &mut Vec<Hit>,
    ) {
        if !value.is_finite() || value >= limits.dead_layer {
            self.dead.good(QUIET);
        } else if others_live && self.dead.bad(value, count(limits.dead_layer_steps)) {
            let how = format!(
                "is {} for {} measured steps in a row, while other layers have gradients",
                number(value),
                self.dead.length()
            );
            hits.push(Hit::new(Code::DeadLayer, value, limits.dead_layer, how));
        }
    }
}
