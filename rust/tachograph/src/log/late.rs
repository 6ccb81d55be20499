//! Rows that come late: more of a step that an earlier call logged.
//!
//! What watches a training learns some of a step's values only after the loop has gone on. It logs
//! them as a row of that step's label and wall time; the loop's own count is not touched.

use super::hot::{LayoutId, MixedRow, Room, mixed_words};
use super::tail::RECORD_HEAD;
use super::writer::Writer;
use crate::Result;
use crate::types::Kind;

impl Writer {
    /// Records a row of the steps that belongs to an earlier call, with that call's label and wall
    /// time. Returns false where it had to be dropped.
    ///
    /// The step that `None` stands for stays as it is. A time to come is now. A row that would tie
    /// with the last call's, but is of another step, is brought down by a microsecond: readers take
    /// the last of the latest rows for the last call's.
    pub fn append_late(
        &self,
        id: LayoutId,
        label: i64,
        wall_micros: i64,
        row: &MixedRow<'_>,
    ) -> Result<bool> {
        let extras = super::hot::encode_extras(row.extras)?;
        let mut hot = self.hot()?;
        let n = row.words.len();
        let bit = |words: &[u64], at: usize| words[at / 64] >> (at % 64) & 1 == 1;
        let floats =
            extras.is_empty() && (0..n).all(|at| bit(row.present, at) && !bit(row.ints, at));
        if floats {
            hot.admit_floats(id)?;
        } else {
            let values = (0..n).filter(|&at| bit(row.present, at)).map(|at| {
                let kind = if bit(row.ints, at) { Kind::Int } else { Kind::Float };
                (at, kind, &row.words[at..=at])
            });
            hot.admit(id, values)?;
        }
        let words = RECORD_HEAD + if floats { 2 + n } else { mixed_words(row, &extras) };
        if hot.room(id, words) == Room::Full && !self.shared.make_room(&mut hot, id, words)? {
            self.shared.dropped(&mut hot, 1)?;
            return Ok(false);
        }
        let call = (hot.next_step, hot.call_wall);
        let mut wall = wall_micros.min(self.shared.now());
        if call.1 == Some(wall) && label.wrapping_add(1) != call.0 {
            wall -= 1;
        }
        let kept = if floats {
            hot.put_row(id, label, wall, row.words)
        } else {
            hot.put_mixed(id, label, wall, row, &extras)
        };
        (hot.next_step, hot.call_wall) = call;
        self.finish(hot, kept, 1)
    }
}
