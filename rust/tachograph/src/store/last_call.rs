//! Where a loop goes on.

use super::view::View;
use crate::log::Own;

impl View<'_> {
    /// The step that the last call logged.
    ///
    /// Late rows stand behind it, but none is later by its wall time: of the last attempt that has
    /// rows it is that of the latest time, of equal times the last in the log. (Clocks of two
    /// attempts may differ.)
    pub fn last_call(&self) -> Option<i64> {
        let attempt = self.parts.last()?.part.attempt;
        let mut last: Option<(i64, i64)> = None;
        for visible in self.parts.iter().filter(|visible| visible.part.attempt == attempt) {
            let own = |own| self.reader.own_column(&visible.part, self.table, own);
            let (Some(labels), Some(times)) = (own(Own::Label), own(Own::Wall)) else { continue };
            let rows = times.into_iter().zip(labels).map(|(at, label)| (at as i64, label as i64));
            let shown =
                rows.filter(|(_, label)| visible.cutoff.is_none_or(|cutoff| *label < cutoff));
            for (at, label) in shown {
                if last.is_none_or(|(latest, _)| latest <= at) {
                    last = Some((at, label));
                }
            }
        }
        last.map(|(_, label)| label)
    }
}
