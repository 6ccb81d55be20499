//! Values of epochs that were changed after they were logged: the last one of each.

use super::Record;
use crate::types::{ColumnKey, Kind, Value};
use std::collections::{BTreeMap, HashMap};

/// The last amendments of a run, kept while it grows: whoever changes a value of each epoch and
/// reads it again would otherwise go through all of them each time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Amendments {
    by_key: HashMap<ColumnKey, Amended>,
    /// How many records of each segment were taken in.
    taken: BTreeMap<u32, usize>,
}

/// The amendments of one column.
#[derive(Clone, Debug, Default)]
pub(crate) struct Amended {
    /// How many columns were amended before this one.
    order: usize,
    /// By the row's place in the log.
    by_seq: BTreeMap<u64, Value>,
    ints: usize,
    floats: usize,
    structured: usize,
    nulls: usize,
}

/// Structured records, each with the place of the row that follows it.
type Records = [(u64, Record)];

impl Amendments {
    /// Whether [`Amendments::update`] would change nothing.
    pub(super) fn knows(&self, lists: &BTreeMap<u32, &Records>) -> bool {
        let taken = |number: &u32| self.taken.get(number).copied().unwrap_or(0);
        self.continue_in(lists) && lists.iter().all(|(number, list)| list.len() == taken(number))
    }

    /// Takes in the records of each segment, from where it left off.
    pub(super) fn update(&mut self, lists: &BTreeMap<u32, &Records>) {
        if !self.continue_in(lists) {
            *self = Self::default();
        }
        for (&number, list) in lists {
            let taken = self.taken.insert(number, list.len()).unwrap_or(0);
            for (_, record) in &list[taken..] {
                if let Record::Amend { seq, key, value } = record {
                    let order = self.by_key.len();
                    let of_key = self.by_key.entry(key.clone());
                    let amended = of_key.or_insert_with(|| Amended { order, ..Amended::default() });
                    amended.put(*seq, value.clone());
                }
            }
        }
    }

    /// Whether what is new stands behind all that was taken in, which is still there.
    fn continue_in(&self, lists: &BTreeMap<u32, &Records>) -> bool {
        let len = |number: &u32| lists.get(number).map_or(0, |list| list.len());
        let last =
            self.taken.iter().rev().find(|(_, taken)| **taken > 0).map(|(number, _)| *number);
        self.taken.iter().all(|(number, &taken)| taken <= len(number))
            && lists.keys().all(|number| {
                last.is_none_or(|last| *number >= last)
                    || self.taken.get(number).copied().unwrap_or(0) == len(number)
            })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.by_key.is_empty()
    }

    pub(crate) fn of(&self, key: &ColumnKey) -> Option<&Amended> {
        self.by_key.get(key)
    }

    /// The columns that have any, in first-seen order.
    pub(crate) fn columns(&self) -> Vec<(&ColumnKey, &Amended)> {
        let mut columns: Vec<_> = self.by_key.iter().collect();
        columns.sort_by_key(|(_, amended)| amended.order);
        columns
    }
}

impl Amended {
    fn put(&mut self, seq: u64, value: Value) {
        *self.count(&value) += 1;
        if let Some(before) = self.by_seq.insert(seq, value) {
            *self.count(&before) -= 1;
        }
    }

    /// How many values are of the kind of this one.
    fn count(&mut self, value: &Value) -> &mut usize {
        match scalar(value) {
            Some((Kind::Int, _)) => &mut self.ints,
            Some((Kind::Float, _)) => &mut self.floats,
            None if *value == Value::Null => &mut self.nulls,
            None => &mut self.structured,
        }
    }

    /// The kind of a column that only these values are in; none if no value is a number.
    pub(crate) fn kind(&self) -> Option<Kind> {
        if self.floats > 0 { Some(Kind::Float) } else { (self.ints > 0).then_some(Kind::Int) }
    }

    /// Whether any value is neither a number nor null.
    pub(crate) fn has_structured(&self) -> bool {
        self.structured > 0
    }

    pub(crate) fn get(&self, seq: u64) -> Option<&Value> {
        self.by_seq.get(&seq)
    }

    /// Row and value of those that amend any of these rows, whose places ascend.
    pub(crate) fn within<'a>(&'a self, seq: &'a [u64]) -> impl Iterator<Item = (usize, &'a Value)> {
        let bounds = seq.first().zip(seq.last()).filter(|(first, last)| first <= last);
        let amended = bounds.map(|(&first, &last)| self.by_seq.range(first..=last));
        amended
            .into_iter()
            .flatten()
            .filter_map(|(place, value)| seq.binary_search(place).ok().map(|row| (row, value)))
    }
}

/// A number's kind and word.
pub(crate) fn scalar(value: &Value) -> Option<(Kind, u64)> {
    match value {
        Value::Int(value) => Some((Kind::Int, *value as u64)),
        Value::Bool(value) => Some((Kind::Int, u64::from(*value))),
        Value::Float(value) => Some((Kind::Float, value.to_bits())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Role;
    use proptest::prelude::*;

    fn record() -> impl Strategy<Value = (u64, Record)> {
        let value = prop_oneof![
            any::<i64>().prop_map(Value::Int),
            any::<bool>().prop_map(Value::Bool),
            (-9.0..9.0).prop_map(Value::Float),
            Just(Value::Null),
            Just(Value::Str("text".into())),
        ];
        let amend = (0..4_u64, 0..2_usize, value).prop_map(|(seq, name, value)| {
            let key = ColumnKey::new(Role::Train, ["a", "b"][name]);
            (seq, Record::Amend { seq, key, value })
        });
        prop_oneof![9 => amend, 1 => Just((0, Record::Dropped(1, 1)))]
    }

    /// A column's kind, whether any value is structured, and the values.
    type Shown = (ColumnKey, Option<Kind>, bool, Vec<(u64, Value)>);

    fn shown(amendments: &Amendments) -> Vec<Shown> {
        let columns = amendments.columns().into_iter();
        let row = |(key, amended): (&ColumnKey, &Amended)| {
            let values = amended.by_seq.iter().map(|(seq, value)| (*seq, value.clone())).collect();
            (key.clone(), amended.kind(), amended.has_structured(), values)
        };
        columns.map(row).collect()
    }

    /// What should show of these records.
    fn expected<'a>(records: impl Iterator<Item = &'a (u64, Record)>) -> Vec<Shown> {
        let mut keys: Vec<&ColumnKey> = Vec::new();
        let mut last: BTreeMap<(&ColumnKey, u64), &Value> = BTreeMap::new();
        for (_, record) in records {
            let Record::Amend { seq, key, value } = record else { continue };
            if !keys.contains(&key) {
                keys.push(key);
            }
            last.insert((key, *seq), value);
        }
        let column = |key: &ColumnKey| {
            let own = last.iter().filter(|((have, _), _)| *have == key);
            let values: Vec<(u64, Value)> =
                own.map(|((_, seq), value)| (*seq, (*value).clone())).collect();
            let kinds: Vec<Kind> =
                values.iter().filter_map(|(_, value)| Some(scalar(value)?.0)).collect();
            let is_float = kinds.contains(&Kind::Float);
            let kind = if is_float { Some(Kind::Float) } else { kinds.first().copied() };
            let structured = values.iter().any(|(_, value)| matches!(value, Value::Str(_)));
            (key.clone(), kind, structured, values)
        };
        keys.into_iter().map(column).collect()
    }

    proptest! {
        /// Segments that grow, at the end mostly, and once lose some: as from scratch each time.
        #[test]
        fn taken_in_piece_by_piece(
            pieces in prop::collection::vec((0..3_u32, prop::collection::vec(record(), 0..6)), 1..9),
            loss in any::<prop::sample::Index>(),
        ) {
            let mut held: BTreeMap<u32, Vec<(u64, Record)>> = BTreeMap::new();
            let mut amendments = Amendments::default();
            for (at, (number, records)) in pieces.iter().enumerate() {
                held.entry(*number).or_default().extend(records.iter().cloned());
                if at == loss.index(pieces.len()) {
                    held.entry(*number).or_default().pop();
                }
                let lists = held.iter().map(|(number, list)| (*number, list.as_slice())).collect();
                amendments.update(&lists);
                prop_assert!(amendments.knows(&lists));
                prop_assert_eq!(shown(&amendments), expected(held.values().flatten()));
            }
        }
    }
}
