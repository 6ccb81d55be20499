//! Runs as columns: attempts merged, amendments applied, rows of one step merged.

mod amend;
mod attempts;
mod courses;
mod cursor;
mod epochs;
mod frame;
mod health;
mod join;
mod last_call;
mod losses;
mod merge;
mod open_rows;
mod presence;
mod retain;
mod series;
mod view;

pub use attempts::{Attempt, attempts, records};
pub use cursor::Chunks;
pub use frame::{ATTEMPT, Choice, EPOCH, Frame};
pub use health::{health, watch_of};
pub use losses::{BestSoFar, Losses};
pub use merge::Plan;
pub use series::{RowIndex, Series};
pub use view::{Log, View};

pub(crate) use cursor::{Cursor, Wanted};
pub(crate) use epochs::Epochs;
pub(crate) use view::columns_of;
