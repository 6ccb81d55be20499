//! Which epoch a row of the steps is in, by their places in the log.

use super::view::View;
use crate::log::{LogReader, Own};
use crate::types::{Chunk, Table};

/// The place and the label of every epoch, ascending by place. Where rows are lost, which may have
/// been epochs, there is one without a label at the place of the last row before them.
#[derive(Debug, Default)]
pub(crate) struct Epochs(Vec<(u64, Option<i64>)>);

impl Epochs {
    pub(super) fn of(log: &LogReader) -> Self {
        let view = View::new(log, Table::Epochs, false);
        let chunks = (0..view.parts.len()).filter_map(|part| view.chunk_of(part, |_| false, false));
        let labelled = |chunk: Chunk| chunk.seq.into_iter().zip(chunk.label.into_iter().map(Some));
        let mut epochs: Vec<_> = chunks.flat_map(labelled).collect();
        epochs.extend(last_before_gaps(log).into_iter().map(|seq| (seq, None)));
        // An epoch is before the gap that follows it at once.
        epochs.sort_by_key(|&(seq, label)| (seq, label.is_none()));
        Self(epochs)
    }

    /// The label of the first epoch behind a row at this place; `None` where that is not known.
    pub(crate) fn of_row(&self, seq: u64) -> Option<i64> {
        self.0.get(self.0.partition_point(|&(at, _)| at < seq))?.1
    }
}

/// The places of the rows, of both tables and all attempts, behind which rows are missing.
fn last_before_gaps(log: &LogReader) -> Vec<u64> {
    let mut places: Vec<u64> = [Table::Epochs, Table::Steps]
        .iter()
        .flat_map(|&table| log.parts(table).map(move |part| (part, table)))
        .filter_map(|(part, table)| log.own_column(&part, table, Own::Seq))
        .flatten()
        .collect();
    places.sort_unstable();
    let pairs = places.windows(2).filter(|pair| pair[1] - pair[0] > 1);
    pairs.map(|pair| pair[0]).collect()
}
