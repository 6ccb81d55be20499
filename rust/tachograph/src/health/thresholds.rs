//! The parameters of the rules, with their defaults and where they come from.

use crate::{Error, Result};

/// Defines the parameters once: their names, defaults and what they mean.
macro_rules! thresholds {
    ($($(#[$meta:meta])* $name:ident = $default:expr;)*) => {
        /// The parameters of the rules.
        ///
        /// A value exactly at a limit is no finding. What nothing passes turns its rule off:
        /// infinity for those from above, 0 for those from below. The guide is the monitoring guide
        /// of the recorder that this one stands for; where it gives no number, the default is ours,
        /// with the reason beside it.
        #[derive(Clone, Debug, PartialEq)]
        pub struct Thresholds {
            $($(#[$meta])* pub $name: f64,)*
        }

        impl Default for Thresholds {
            fn default() -> Self {
                Self { $($name: $default,)* }
            }
        }

        impl Thresholds {
            /// The parameters by name.
            pub fn pairs(&self) -> Vec<(&'static str, f64)> {
                vec![$((stringify!($name), self.$name),)*]
            }

            fn place(&mut self, name: &str) -> Option<&mut f64> {
                match name {
                    $(stringify!($name) => Some(&mut self.$name),)*
                    _ => None,
                }
            }
        }
    };
}

thresholds! {
    /// Gradients explode above this norm (the guide: "very large norms (>100)").
    exploding_gradients = 100.0;
    /// Gradients vanish below this norm (the guide: "very small norms (<1e-6)").
    vanishing_gradients = 1e-6;
    /// Norms from this one on are stable (the guide: 1e-3 to 1e1): for a diagnosis, no rule asks.
    stable_gradients_low = 1e-3;
    /// Norms up to this one are stable, likewise.
    stable_gradients_high = 10.0;
    /// A gradient spikes above so many times the median of the five norms before it.
    gradient_spike = 10.0;
    /// A loss spikes when it regains more than this share of its fall since the beginning, or of
    /// itself where that is more: half, as in the divergence of a finished run.
    loss_spike = 0.5;
    /// A loss diverges when its mean lies this share of its fall, or of itself, above its lowest.
    divergence = 0.5;
    /// An epoch's loss is level while its line changes by no more than this share of it over ten
    /// epochs, as in the overview of a finished run.
    plateau = 0.001;
    /// The share of all epochs that a plateau takes before it is told, as in the overview.
    plateau_share = 0.25;
    /// Epochs before which no plateau is told, as in the overview.
    plateau_epochs = 20.0;
    /// The validation loss has risen above its lowest by more than this share of it, while the
    /// training loss fell. Ours: less is within what early stopping waits for.
    overfitting = 0.1;
    /// Predictions that are wrong have more than this mean confidence. Ours.
    overconfident = 0.9;
    /// The mean confidence lies less than this share of the way from chance to certainty. Ours.
    underconfident = 0.1;
    /// The gradient of a layer is gone below this norm while others have one. Ours: far below what
    /// float32 gradients that do anything are.
    dead_layer = 1e-12;
    /// Measured steps in a row for which it is gone. Ours: longer than a layer waits for its turn.
    dead_layer_steps = 50.0;
    /// Weights that never moved by more than this share of their norm, a step or an epoch, are
    /// frozen. A thousandth a step is usual (Karpathy, notes of the course `CS231n`, "Ratio of
    /// weights:updates"); this is a thousandth of that.
    weights_frozen = 1e-6;
    /// Measured steps, from the first, in which they did not. Ours: a warm-up of the learning rate
    /// is past the limit by then.
    weights_frozen_steps = 100.0;
    /// A step changes weights by more than this share of their norm: some hundred times the usual.
    weights_erratic = 0.3;
    /// An epoch changes weights by more than their whole norm. Ours.
    weights_erratic_epoch = 1.0;
    /// From one epoch to the next the change of weights rises and falls by more than this factor,
    /// in turn. Ours: cycles of a learning rate do less.
    weights_swing = 5.0;
    /// The recalls of the best and the worst class lie further apart. Ours.
    class_dominance = 0.5;
    /// Precision and recall of a class lie further apart. Ours.
    precision_recall_gap = 0.4;
    /// Memory has grown steadily by more than this share over eight epochs. Ours.
    memory_growth = 0.1;
    /// And by more than so many MiB. Ours: less is caches.
    memory_growth_mb = 64.0;
    /// Measured steps in a row that pass a limit of a gradient norm before it is told. Ours.
    sustained_steps = 5.0;
    /// Epochs in a row that pass a limit of classes, confidence or weights before it is told. Ours.
    sustained_epochs = 3.0;
    /// Measured steps before which nothing is a spike: a training begins with large ones. Ours.
    warm_up_steps = 20.0;
}

impl Thresholds {
    /// The defaults with some of them replaced.
    pub fn with<'a>(changes: impl IntoIterator<Item = (&'a str, f64)>) -> Result<Self> {
        let mut all = Self::default();
        for (name, value) in changes {
            let Some(place) = all.place(name) else {
                let names: Vec<_> = all.pairs().into_iter().map(|(name, _)| name).collect();
                let reason = format!("no rule has {name:?}; there are {}", names.join(", "));
                return Err(Error::invalid("thresholds", reason));
            };
            if value.is_nan() || value < 0.0 {
                let reason = format!("{name} must be 0 or more, not {value}");
                return Err(Error::invalid("thresholds", reason));
            }
            *place = value;
        }
        Ok(all)
    }
}

/// A parameter that counts, at least one.
pub(super) fn count(parameter: f64) -> usize {
    // A float beyond every integer becomes the largest one, which nothing reaches.
    (parameter.ceil() as usize).max(1)
}
