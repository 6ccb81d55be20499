//! One thing that a rule has met.

use crate::types::Value;

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The training is lost or soon will be.
    Error,
    /// Something should be looked at.
    Warning,
    /// Worth knowing.
    Note,
}

impl Severity {
    /// `error`, `warning` or `note`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// Of which data a metric tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Split {
    /// Those that are trained on.
    Train,
    /// Those held back.
    Val,
}

impl Split {
    /// `train` or `val`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Val => "val",
        }
    }
}

/// Defines the codes, their texts and how grave they are.
macro_rules! codes {
    ($($(#[$meta:meta])* $name:ident = $text:literal, $severity:ident;)*) => {
        /// What was met.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code {
            $($(#[$meta])* $name,)*
        }

        impl Code {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The text that stands in logs, for example `exploding_gradients`.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }

            /// How grave it is.
            pub fn severity(self) -> Severity {
                match self {
                    $(Self::$name => Severity::$severity,)*
                }
            }
        }
    };
}

codes! {
    /// The gradient norm stays very large.
    ExplodingGradients = "exploding_gradients", Error;
    /// The gradient norm stays next to nothing while there is a loss to reduce.
    VanishingGradients = "vanishing_gradients", Warning;
    /// The gradient norm leaps.
    GradientSpike = "gradient_spike", Warning;
    /// A loss or a gradient is NaN or infinite.
    NotFinite = "not_finite", Error;
    /// A loss leaps.
    LossSpike = "loss_spike", Warning;
    /// A loss has risen and stays up.
    Divergence = "divergence", Error;
    /// A loss does not move any more.
    Plateau = "plateau", Note;
    /// The validation loss rises while the training loss falls.
    Overfitting = "overfitting", Warning;
    /// Wrong predictions are made with confidence.
    Overconfident = "overconfident", Warning;
    /// Predictions stay next to chance.
    Underconfident = "underconfident", Warning;
    /// A layer gets no gradient while others do.
    DeadLayer = "dead_layer", Warning;
    /// Weights do not move.
    WeightsFrozen = "weights_frozen", Warning;
    /// Weights are thrown about.
    WeightsErratic = "weights_erratic", Warning;
    /// A class is learned at the cost of another.
    ClassDominance = "class_dominance", Warning;
    /// Precision and recall of a class lie far apart.
    PrecisionRecallGap = "precision_recall_gap", Warning;
    /// Memory grows from epoch to epoch.
    MemoryGrowth = "memory_growth", Warning;
}

/// One thing that a rule has met.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What it is.
    pub code: Code,
    /// How grave it is.
    pub severity: Severity,
    /// The column's name as recorded, which is data.
    pub metric: String,
    /// Of which data the column tells; `None` where it is no matter of that.
    pub split: Option<Split>,
    /// The step at which it was met; `None` where an epoch tells it.
    pub step: Option<i64>,
    /// The epoch that tells it.
    pub epoch: Option<i64>,
    /// What was measured.
    pub value: f64,
    /// The limit that it passed, in the unit of the value.
    pub threshold: f64,
    /// What it is in words.
    pub message: String,
    /// What to do, in one sentence.
    pub advice: String,
}

impl Finding {
    /// Its fields as a map of texts and numbers, absent ones null.
    pub fn fields(&self) -> Vec<(&'static str, Value)> {
        let text = |text: &str| Value::Str(text.to_owned());
        let label = |label: Option<i64>| label.map_or(Value::Null, Value::Int);
        vec![
            ("code", text(self.code.as_str())),
            ("severity", text(self.severity.as_str())),
            ("metric", text(&self.metric)),
            ("split", self.split.map_or(Value::Null, |split| text(split.as_str()))),
            ("step", label(self.step)),
            ("epoch", label(self.epoch)),
            ("value", Value::Float(self.value)),
            ("threshold", Value::Float(self.threshold)),
            ("message", text(&self.message)),
            ("advice", text(&self.advice)),
        ]
    }
}
