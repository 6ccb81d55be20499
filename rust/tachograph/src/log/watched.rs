//! The watch over what is logged: rows to rules, findings to records.

use super::hot::{BulkColumn, Hot, LayoutId, MixedRow};
use super::record::Record;
use super::shared::{At, Shared};
use super::writer::Writer;
use crate::health::{Finding, Plan, Watch};
use crate::types::{ColumnKey, Kind, Role, Table, Value};
use crate::{Error, Result};
use std::ops::Range;
use std::sync::atomic::Ordering;

/// What a key of a finding's record begins with; then come the attempt and its number, from 1.
const KEY: &str = "finding/";

/// A watch, with the layouts that it has met.
pub(crate) struct Watched {
    watch: Watch,
    /// Which columns of the layout with this number are watched.
    plans: Vec<Option<Plan>>,
}

/// Findings of this attempt.
#[derive(Default)]
pub(crate) struct Findings {
    /// How many there were.
    n: u64,
    /// Those that nobody has taken.
    fresh: Vec<Finding>,
}

impl Watched {
    pub(crate) fn new(watch: Watch) -> Self {
        Self { watch, plans: Vec::new() }
    }

    /// Takes in a row; `value` gives what stands in a column of the layout.
    #[inline]
    fn row(
        &mut self,
        id: LayoutId,
        (table, keys): (Table, &[ColumnKey]),
        label: i64,
        value: impl Fn(usize) -> Option<f64>,
    ) {
        if table == Table::Epochs {
            return self.epoch(keys, label, value);
        }
        if let Some(Some(plan)) = self.plans.get(id.0 as usize) {
            self.watch.step(label, plan, value);
        } else {
            let plan = self.plan(id, keys);
            self.watch.step(label, &plan, value);
        }
    }

    #[cold]
    fn plan(&mut self, id: LayoutId, keys: &[ColumnKey]) -> Plan {
        let (at, plan) = (id.0 as usize, self.watch.plan(keys));
        if self.plans.len() <= at {
            self.plans.resize(at + 1, None);
        }
        self.plans[at] = Some(plan.clone());
        plan
    }

    #[cold]
    fn epoch(&mut self, keys: &[ColumnKey], label: i64, value: impl Fn(usize) -> Option<f64>) {
        let number = |(at, key): (usize, &ColumnKey)| value(at).map(|value| (key.clone(), value));
        let numbers: Vec<_> = keys.iter().enumerate().filter_map(number).collect();
        let columns: Vec<(Role, &str, f64)> =
            numbers.iter().map(|(key, value)| (key.role, &*key.name, *value)).collect();
        self.watch.epoch(label, &columns);
    }
}

impl Hot {
    /// Shows a row of floats to the watch.
    #[inline]
    pub(super) fn watch_floats(&mut self, id: LayoutId, label: i64, words: &[u64]) {
        if self.watched.is_some() {
            self.watch_row(id, label, |at| Some(f64::from_bits(*words.get(at)?)));
        }
    }

    /// Shows a row with gaps or integers to the watch.
    #[inline]
    pub(super) fn watch_mixed(&mut self, id: LayoutId, label: i64, row: &MixedRow<'_>) {
        if self.watched.is_some() {
            let bit = |words: &[u64], at: usize| words[at / 64] >> (at % 64) & 1 == 1;
            self.watch_row(id, label, |at| {
                let kind = if bit(row.ints, at) { Kind::Int } else { Kind::Float };
                bit(row.present, at).then(|| kind.to_f64(row.words[at]))
            });
        }
    }

    /// Shows many rows to the watch.
    pub(super) fn watch_bulk(
        &mut self,
        id: LayoutId,
        labels: &[i64],
        columns: &[BulkColumn<'_>],
        rows: Range<usize>,
    ) {
        if self.watched.is_none() {
            return;
        }
        for row in rows {
            self.watch_row(id, labels[row], |at| {
                let column = columns.get(at)?;
                let is_there = column.validity.is_none_or(|bits| bits.get(row));
                is_there.then(|| column.kind.to_f64(column.words[row]))
            });
        }
    }

    #[inline]
    fn watch_row(&mut self, id: LayoutId, label: i64, value: impl Fn(usize) -> Option<f64>) {
        // Taken out for the call, because the layout is borrowed from the same state.
        if let Some(mut watched) = self.watched.take() {
            watched.row(id, self.describe(id), label, value);
            self.watched = Some(watched);
        }
    }

    /// Whether the watch has met something that is not recorded yet.
    #[inline]
    pub(super) fn has_findings(&self) -> bool {
        self.watched.as_ref().is_some_and(|watched| watched.watch.has_found())
    }
}

impl Shared {
    /// Records what the watch has met. The row that showed it is kept, whatever becomes of this.
    #[cold]
    pub(super) fn keep_findings(&self, hot: &mut Hot) {
        let Some(watched) = &mut hot.watched else { return };
        let found = watched.watch.take();
        for finding in &found {
            hot.findings.n += 1;
            let key = format!("{KEY}{}/{}", self.attempt, hot.findings.n);
            let fields = finding.fields().into_iter();
            let value = fields.map(|(name, value)| (Value::Str(name.into()), value));
            let attempt = (Value::Str("attempt".into()), Value::Int(i64::from(self.attempt)));
            let value = Value::Map(value.chain([attempt]).collect());
            hot.pending.push(Record::Put { key, value }.into());
        }
        hot.findings.fresh.extend(found);
        self.fresh_findings.store(true, Ordering::Release);
        match self.say_pending(hot) {
            // They wait for the next segment, as all records do.
            Ok(()) | Err(Error::Behind { .. }) => {}
            Err(error) => self.fail(At::Tail, &error),
        }
    }
}

impl Writer {
    /// Shows what is logged from now on to a watch, or with `None` to none; see
    /// [`crate::store::watch_of`].
    pub fn watch_health(&self, watch: Option<Watch>) -> Result<()> {
        self.hot()?.watched = watch.map(|watch| Box::new(Watched::new(watch)));
        Ok(())
    }

    /// Whether there are findings that nobody was told of. Asked after each call, so it only reads.
    #[inline]
    pub fn has_findings(&self) -> bool {
        self.shared.fresh_findings.load(Ordering::Relaxed)
    }

    /// The findings since the last call.
    pub fn take_findings(&self) -> Vec<Finding> {
        if self.in_child() || !self.has_findings() {
            return Vec::new();
        }
        let mut hot = super::shared::lock(&self.shared.hot);
        self.shared.fresh_findings.store(false, Ordering::Relaxed);
        std::mem::take(&mut hot.findings.fresh)
    }
}
