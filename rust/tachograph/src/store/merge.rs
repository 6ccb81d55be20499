//! Which raw rows of the steps begin a merged row.
//!
//! Several calls may log parts of one step, and what watches a training logs some of them late. A
//! visible row goes on with the latest merged row of its label and attempt if that is near (it began
//! at most [`REACH`] rows of the log ago, or has the row directly before) and no column has a value
//! in both; else it begins one. A merged row has the wall time and the place of its first row.
//!
//! A row that begins none goes on with the latest of its label: labels and a bit for each row say it
//! all.

use super::open_rows::OpenRows;
use super::presence::{Bits, Presence};
use super::view::{View, VisiblePart, filtered};
use crate::log::Own;
use crate::types::{Bitmap, Table};
use std::collections::BTreeMap;

/// By how much a row's seq is at most greater than that of the first row that it goes on with.
/// Writers may rely on it: the number stands in docs/format.md.
pub(super) const REACH: u64 = 256;

/// What becomes of a part's visible rows.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Merge {
    /// Each is a row.
    Apart,
    /// Those with a bit begin a row.
    Begins(Bitmap),
    /// There are none: the part cannot be read.
    Gone,
}

/// What becomes of the rows of a frame's parts.
#[derive(Debug)]
pub struct Plan {
    merges: Vec<Merge>,
    /// How many merged rows begin before each part, and in all.
    begun: Vec<usize>,
    /// Behind each part, the place of the first merged row that a later part has more of; as many
    /// as begin before that if there is none.
    awaited: Vec<usize>,
}

impl Plan {
    /// Nothing is merged.
    pub(super) fn apart(view: &View<'_>, parts: &[usize]) -> Self {
        Self::new(view, parts, vec![Merge::Apart; parts.len()], vec![usize::MAX; parts.len()])
    }

    /// `reaches`: the first merged row of an earlier part that each part has more of.
    fn new(view: &View<'_>, parts: &[usize], merges: Vec<Merge>, mut reaches: Vec<usize>) -> Self {
        let mut begun = vec![0];
        let mut all = 0;
        for (merge, &part) in merges.iter().zip(parts) {
            all += match merge {
                Merge::Apart => view.parts[part].rows,
                Merge::Begins(begins) => begins.count(),
                Merge::Gone => 0,
            };
            begun.push(all);
        }
        let mut least = usize::MAX;
        for (reach, &before) in reaches.iter_mut().zip(&begun[1..]).rev() {
            let later = least;
            least = least.min(*reach);
            *reach = later.min(before);
        }
        Self { merges, begun, awaited: reaches }
    }

    pub(super) fn merges(&self) -> &[Merge] {
        &self.merges
    }

    /// How many merged rows begin before a part.
    pub(super) fn begun(&self, part: usize) -> usize {
        self.begun.get(part).copied().unwrap_or_default()
    }

    /// How many merged rows, counted from the last, are held back behind a part: later parts may
    /// have more of them.
    pub(super) fn held(&self, part: usize) -> usize {
        self.begun(part + 1) - self.awaited.get(part).copied().unwrap_or_default()
    }

    /// Whether no later part has more of the rows before this place.
    pub(super) fn is_whole(&self, part: usize, place: usize) -> bool {
        self.awaited.get(part).is_none_or(|&awaited| awaited >= place)
    }
}

/// Says what becomes of the rows of these parts.
pub(super) fn plan(view: &View<'_>, parts: &[usize]) -> Plan {
    if view.table != Table::Steps {
        return Plan::apart(view, parts);
    }
    let mut planner = Planner::new(view);
    let (mut merges, mut reaches) = (Vec::new(), Vec::new());
    for &part in parts {
        let (merge, reach) = planner.part(part);
        merges.push(merge);
        reaches.push(reach);
    }
    Plan::new(view, parts, merges, reaches)
}

struct Planner<'v, 'a> {
    view: &'v View<'a>,
    bits: Bits,
    open: OpenRows,
    attempt: Option<u32>,
    /// What was looked up of earlier parts that open rows begin in.
    facts: BTreeMap<usize, Facts>,
}

/// What tells whether a row goes on with another.
struct Facts {
    seqs: Vec<u64>,
    presence: Presence,
}

impl<'v, 'a> Planner<'v, 'a> {
    fn new(view: &'v View<'a>) -> Self {
        let bits = Bits::of(view);
        let open = OpenRows::new(bits.width);
        Self { view, bits, open, attempt: None, facts: BTreeMap::new() }
    }

    /// What becomes of a part's rows, and the place of the first row of an earlier part that it has
    /// more of.
    fn part(&mut self, index: usize) -> (Merge, usize) {
        let visible = &self.view.parts[index];
        let labels = self.view.labels(visible);
        let Some(&first) = labels.first() else { return (Merge::Gone, usize::MAX) };
        if self.attempt.replace(visible.part.attempt) != Some(visible.part.attempt) {
            self.open.close_all();
        }
        let kept = self.open.first_part().unwrap_or(index);
        self.facts = self.facts.split_off(&kept);
        let rises = labels.windows(2).all(|pair| pair[0] < pair[1]);
        if rises && self.open.greatest().is_none_or(|greatest| greatest < first) {
            let skipped = labels.len().saturating_sub(REACH as usize);
            self.open.skip(skipped);
            for (row, &label) in labels.iter().enumerate().skip(skipped) {
                self.open.begin(label, index, row);
            }
            return (Merge::Apart, usize::MAX);
        }
        let before = self.open.begun();
        let mut facts = None;
        let mut reach = usize::MAX;
        let mut begins = Bitmap::default();
        for (row, &label) in labels.iter().enumerate() {
            let latest = self.open.latest(label);
            let joined = latest.filter(|&number| {
                let facts = facts.get_or_insert_with(|| Facts::of(self.view, visible, &self.bits));
                self.join(number, facts, index, row)
            });
            match joined {
                None => self.open.begin(label, index, row),
                Some(number) if OpenRows::place(number) < before => {
                    reach = reach.min(OpenRows::place(number));
                }
                Some(_) => {}
            }
            begins.push(joined.is_none());
        }
        self.facts.extend(facts.map(|facts| (index, facts)));
        (if begins.all() { Merge::Apart } else { Merge::Begins(begins) }, reach)
    }

    /// Whether a row of the part at `index` goes on with this open one, which it then does.
    fn join(&mut self, number: usize, facts: &Facts, index: usize, row: usize) -> bool {
        let open = *self.open.row(number);
        if open.seqs.is_none() {
            let facts = if open.part == index {
                facts
            } else {
                let visible = &self.view.parts[open.part];
                let look_up = || Facts::of(self.view, visible, &self.bits);
                self.facts.entry(open.part).or_insert_with(look_up)
            };
            let Some(&seq) = facts.seqs.get(open.row) else { return false };
            self.open.learn(number, seq, facts.presence.row(open.row));
        }
        let Some(&seq) = facts.seqs.get(row) else { return false };
        self.open.take(number, seq, facts.presence.row(row))
    }
}

impl Facts {
    fn of(view: &View<'_>, visible: &VisiblePart, bits: &Bits) -> Self {
        let own = |own| view.reader.own_column(&visible.part, view.table, own);
        let mut seqs = own(Own::Seq).unwrap_or_default();
        if visible.cutoff.is_some() {
            let labels = own(Own::Label).unwrap_or_default();
            let labels: Vec<i64> = labels.into_iter().map(|word| word as i64).collect();
            seqs = filtered(seqs, visible.mask(&labels).as_ref());
        }
        Self { seqs, presence: Presence::of(view, visible, bits) }
    }
}
