//! Runs as columns: attempts merged, amendments applied.

mod amend;
mod attempts;
mod losses;
mod series;
mod view;

pub use attempts::{Attempt, attempts, records};
pub use losses::Losses;
pub use series::{RowIndex, Series};
pub use view::View;

pub(crate) use view::columns_of;
