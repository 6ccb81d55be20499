//! What is of no use in a run, by kind.

use std::collections::BTreeMap;

/// How many kinds are told apart, since a file may name as many as it likes.
const MAX_KINDS: usize = 64;
/// How many characters of a kind's name are kept.
const MAX_CHARS: usize = 40;

/// How often things of each kind were passed over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Skipped(BTreeMap<String, u64>);

impl Skipped {
    pub(super) fn add(&mut self, kind: &str) {
        self.add_many(kind, 1);
    }

    pub(super) fn add_many(&mut self, kind: &str, n: u64) {
        if n == 0 {
            return;
        }
        if let Some(count) = self.0.get_mut(kind) {
            *count += n;
            return;
        }
        let short: String = kind.chars().take(MAX_CHARS).collect();
        let known = self.0.len() < MAX_KINDS || self.0.contains_key(&short);
        *self.0.entry(if known { short } else { "others".to_owned() }).or_default() += n;
    }

    /// Kinds with their counts, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        self.0.iter().map(|(kind, &count)| (kind.as_str(), count))
    }
}
