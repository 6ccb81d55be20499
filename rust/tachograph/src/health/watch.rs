//! The watch over a run: columns to rules, and what they met to findings.

use super::advice::{advice, number};
use super::episode::Streak;
use super::epoch_values::EpochValues;
use super::epochs::Epochs;
use super::finding::{Code, Finding, Split};
use super::names::{self, Watched};
use super::step_gradient::{Around, StepGradient};
use super::step_layer::StepLayer;
use super::step_loss::StepLoss;
use super::step_weights::{UpdateRatio, WrongConfidence};
use super::thresholds::Thresholds;
use crate::types::{ColumnKey, Role};
use std::collections::HashMap;
use std::sync::Arc;

/// The most findings of one code and one column.
const MOST_OF_COLUMN: u32 = 20;
/// The most findings of one code.
const MOST_OF_CODE: u32 = 100;
/// Columns of steps that are watched; a run with more has their names made up as it goes.
const MOST_COLUMNS: usize = 10_000;

/// What a rule has met in its column.
#[derive(Clone, Debug)]
pub(super) struct Hit {
    pub(super) code: Code,
    pub(super) value: f64,
    pub(super) threshold: f64,
    /// What is said behind the column's name.
    pub(super) how: String,
}

impl Hit {
    pub(super) fn new(code: Code, value: f64, threshold: f64, how: String) -> Self {
        Self { code, value, threshold, how }
    }
}

/// Which columns of a row are watched.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// (place in the row, column of the watch)
    entries: Vec<(u32, u32)>,
    has_layers: bool,
}

impl Plan {
    /// Whether nothing in such a row is watched.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The places in the row that are looked at.
    pub fn places(&self) -> impl Iterator<Item = usize> + '_ {
        self.entries.iter().map(|&(place, _)| place as usize)
    }
}

#[derive(Clone, Debug)]
struct Column {
    name: Arc<str>,
    rules: Rules,
    told: Vec<(Code, u32)>,
}

#[derive(Clone, Debug)]
enum Rules {
    Loss(Box<StepLoss>),
    Gradient(Box<StepGradient>),
    Layer(StepLayer),
    NonFinite(Streak),
    Ratio(Box<UpdateRatio>),
    Wrong(Box<WrongConfidence>),
    Scale,
}

impl Rules {
    fn of(watched: Watched) -> Self {
        match watched {
            Watched::Loss { is_whole, is_training } => {
                Self::Loss(Box::new(StepLoss::new(is_whole, is_training)))
            }
            Watched::GradientNorm => Self::Gradient(Box::new(StepGradient::new())),
            Watched::LayerNorm => Self::Layer(StepLayer::default()),
            Watched::NonFiniteGradients => Self::NonFinite(Streak::default()),
            Watched::UpdateRatio => Self::Ratio(Box::new(UpdateRatio::new())),
            Watched::WrongConfidence => Self::Wrong(Box::new(WrongConfidence::new())),
            Watched::GradientScale => Self::Scale,
        }
    }
}

/// What the steps have told, so that an epoch need not.
#[derive(Clone, Debug, Default)]
pub(super) struct OfSteps {
    /// Codes told since the last epoch.
    pub(super) told: Vec<Code>,
    /// Whether gradient norms were measured since the last epoch.
    pub(super) has_gradients: bool,
    /// Whether gradients are scaled, and steps with gradients that overflow are left out by design.
    pub(super) is_scaled: bool,
}

/// Watches a run: takes in its steps and epochs as they are logged.
///
/// ```
/// use tachograph::health::{Thresholds, Watch};
/// use tachograph::types::{ColumnKey, Role};
///
/// let mut watch = Watch::new(Thresholds::default());
/// let plan = watch.plan(&[ColumnKey::new(Role::Metric, "loss")]);
/// for (step, loss) in [0.7, 0.6, f64::NAN, f64::NAN].into_iter().enumerate() {
///     watch.step(step as i64, &plan, |_| Some(loss));
/// }
/// let found = watch.take();
/// assert_eq!((found.len(), found[0].code.as_str(), found[0].step), (1, "not_finite", Some(2)));
/// ```
#[derive(Clone, Debug)]
pub struct Watch {
    limits: Thresholds,
    columns: Vec<Column>,
    index: HashMap<Arc<str>, Option<u32>>,
    /// The column of the loss that was logged last, as the training's.
    loss: Option<u32>,
    of_steps: OfSteps,
    epochs: Epochs,
    epoch_told: HashMap<(Code, String), u32>,
    of_code: HashMap<Code, u32>,
    hits: Vec<Hit>,
    found: Vec<Finding>,
}

impl Watch {
    /// A watch that has seen nothing.
    pub fn new(limits: Thresholds) -> Self {
        Self {
            limits,
            columns: Vec::new(),
            index: HashMap::new(),
            loss: None,
            of_steps: OfSteps::default(),
            epochs: Epochs::default(),
            epoch_told: HashMap::new(),
            of_code: HashMap::new(),
            hits: Vec::new(),
            found: Vec::new(),
        }
    }

    /// Which of the columns of a row of steps are watched.
    pub fn plan(&mut self, keys: &[ColumnKey]) -> Plan {
        let mut plan = Plan::default();
        for (place, key) in keys.iter().enumerate() {
            if key.role != Role::Metric {
                continue;
            }
            if let Some(column) = self.column(&key.name) {
                plan.entries.push((place as u32, column));
                let rules = &self.columns[column as usize].rules;
                plan.has_layers |= matches!(rules, Rules::Layer(_));
                // Known before the first row, whose gradients may overflow already.
                self.of_steps.is_scaled |= matches!(rules, Rules::Scale);
            }
        }
        plan
    }

    fn column(&mut self, name: &Arc<str>) -> Option<u32> {
        if let Some(&known) = self.index.get(name) {
            return known;
        }
        if self.index.len() >= MOST_COLUMNS {
            return None;
        }
        let column = names::watched(name).map(|watched| {
            self.columns.push(Column {
                name: Arc::clone(name),
                rules: Rules::of(watched),
                told: Vec::new(),
            });
            (self.columns.len() - 1) as u32
        });
        self.index.insert(Arc::clone(name), column);
        column
    }

    /// Takes in a row of steps: `value` gives what stands at a place of the row, if anything does.
    #[inline]
    pub fn step(&mut self, step: i64, plan: &Plan, value: impl Fn(usize) -> Option<f64>) {
        let others_live = plan.has_layers && self.has_live_layer(plan, &value);
        for &(place, column) in &plan.entries {
            let Some(value) = value(place as usize) else { continue };
            self.push(column, value, others_live);
            if !self.hits.is_empty() {
                self.tell_step(step, column);
            }
        }
    }

    #[inline]
    fn push(&mut self, at: u32, value: f64, others_live: bool) {
        let around = Around { is_solved: self.is_solved(), is_scaled: self.of_steps.is_scaled };
        let (limits, hits) = (&self.limits, &mut self.hits);
        match &mut self.columns[at as usize].rules {
            Rules::Loss(rule) => {
                rule.push(value, limits, hits);
                if rule.is_training() {
                    self.loss = Some(at);
                }
            }
            Rules::Gradient(rule) => {
                rule.push(value, around, limits, hits);
                self.of_steps.has_gradients = true;
            }
            Rules::Layer(rule) => rule.push(value, others_live, limits, hits),
            Rules::NonFinite(streak) => nonfinite(streak, value, around.is_scaled, hits),
            Rules::Ratio(rule) => rule.push(value, limits, hits),
            Rules::Wrong(rule) => rule.push(value, limits, hits),
            Rules::Scale => {}
        }
    }

    #[inline]
    fn is_solved(&self) -> bool {
        let rules = self.loss.map(|at| &self.columns[at as usize].rules);
        matches!(rules, Some(Rules::Loss(loss)) if loss.is_solved())
    }

    #[cold]
    fn has_live_layer(&self, plan: &Plan, value: &impl Fn(usize) -> Option<f64>) -> bool {
        plan.entries.iter().any(|&(place, column)| {
            matches!(self.columns[column as usize].rules, Rules::Layer(_))
                && value(place as usize).is_some_and(|norm| norm >= self.limits.dead_layer)
        })
    }

    #[cold]
    fn tell_step(&mut self, step: i64, at: u32) {
        let column = &mut self.columns[at as usize];
        for hit in self.hits.drain(..) {
            let is_told = self.of_steps.told.contains(&hit.code);
            // What a count says, the norm has said.
            if is_told && matches!(column.rules, Rules::NonFinite(_)) {
                continue;
            }
            if !is_told {
                self.of_steps.told.push(hit.code);
            }
            let known = column.told.iter().position(|(code, _)| *code == hit.code);
            let at = known.unwrap_or_else(|| {
                column.told.push((hit.code, 0));
                column.told.len() - 1
            });
            let n = &mut column.told[at].1;
            if !counts(n, self.of_code.entry(hit.code).or_default()) {
                continue;
            }
            let split = split_of(hit.code, &column.name);
            self.found.push(finding(hit, &column.name, split, (Some(step), None)));
        }
    }

    /// Takes in an epoch: its columns with their values, in any order.
    pub fn epoch(&mut self, epoch: i64, values: &[(Role, &str, f64)]) {
        let values = EpochValues::new(values);
        let met = self.epochs.push(&values, &self.of_steps, &self.limits);
        for (metric, split, hit) in met {
            let n = self.epoch_told.entry((hit.code, metric.clone())).or_default();
            if counts(n, self.of_code.entry(hit.code).or_default()) {
                self.found.push(finding(hit, &metric, split, (None, Some(epoch))));
            }
        }
        self.of_steps.told.clear();
        self.of_steps.has_gradients = false;
    }

    /// What was met since the last call.
    pub fn take(&mut self) -> Vec<Finding> {
        std::mem::take(&mut self.found)
    }

    /// Whether anything was met since.
    #[inline]
    pub fn has_found(&self) -> bool {
        !self.found.is_empty()
    }

    /// Begins the steps afresh, as the next attempt of a run does; its epochs go on.
    pub fn next_attempt(&mut self) {
        for column in &mut self.columns {
            if let Some(watched) = names::watched(&column.name) {
                column.rules = Rules::of(watched);
            }
        }
        self.loss = None;
        let is_scaled = self.of_steps.is_scaled;
        self.of_steps = OfSteps { is_scaled, ..OfSteps::default() };
    }
}

/// A row's count of gradients that are NaN or infinite.
fn nonfinite(streak: &mut Streak, value: f64, is_scaled: bool, hits: &mut Vec<Hit>) {
    const QUIET: u32 = 20;
    // Scaled gradients overflow by design until the scale fits.
    let needed = if is_scaled { 10 } else { 1 };
    if value > 0.0 {
        if streak.bad(value, needed) {
            let how = format!("is {}", number(value));
            hits.push(Hit::new(Code::NotFinite, value, 0.0, how));
        }
    } else {
        streak.good(QUIET);
    }
}

/// Counts a finding; whether it is one too many.
fn counts(of_column: &mut u32, of_code: &mut u32) -> bool {
    if *of_column >= MOST_OF_COLUMN || *of_code >= MOST_OF_CODE {
        return false;
    }
    (*of_column, *of_code) = (*of_column + 1, *of_code + 1);
    true
}

/// Losses tell of one split, gradients and weights of the training.
fn split_of(code: Code, name: &str) -> Option<Split> {
    match code {
        Code::NotFinite | Code::LossSpike | Code::Divergence | Code::Overconfident => {
            Some(if names::is_validation(name) { Split::Val } else { Split::Train })
        }
        _ => None,
    }
}

fn finding(
    hit: Hit,
    metric: &str,
    split: Option<Split>,
    (step, epoch): (Option<i64>, Option<i64>),
) -> Finding {
    Finding {
        code: hit.code,
        severity: hit.code.severity(),
        metric: metric.to_owned(),
        split,
        step,
        epoch,
        value: hit.value,
        threshold: hit.threshold,
        message: format!("{metric} {}", hit.how),
        advice: advice(hit.code).to_owned(),
    }
}
