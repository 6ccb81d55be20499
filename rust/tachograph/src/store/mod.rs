//! Runs as columns: attempts merged, amendments applied, rows of one step merged.

mod amend;
mod attempts;
mod courses;
mod epochs;
mod frame;
mod health;
mod losses;
mod merge;
mod rearrange;
mod series;
mod view;

pub use attempts::{Attempt, attempts, records};
pub use frame::{ATTEMPT, Choice, Chunks, EPOCH, Frame};
pub use health::health;
pub use losses::{BestSoFar, Losses};
pub use series::{RowIndex, Series};
pub use view::{Log, View};

pub(crate) use epochs::Epochs;
pub(crate) use frame::{Cursor, Wanted};
pub(crate) use health::replay_epochs;
pub(crate) use view::columns_of;
