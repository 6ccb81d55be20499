//! Health of a training: rules over its columns, told as values come.
//!
//! Nothing here knows of logs or files: a [`Watch`] takes in steps and epochs and gives out
//! [`Finding`]s. The state of each rule is bounded, and a step costs constant time.
//!
//! Three things keep a healthy run silent. A limit must be passed for some measured steps, or
//! clear of the noise that the column itself shows. What has its cause in something good (the
//! gradients of a loss that has gone to nothing) is none. And one stretch of trouble is told once,
//! however long it is, by the first rule that meets it: epochs do not repeat what their steps told.

mod advice;
mod episode;
mod epoch_classes;
mod epoch_confidence;
mod epoch_gradients;
mod epoch_losses;
mod epoch_memory;
mod epoch_values;
mod epoch_weights;
mod epochs;
mod finding;
mod names;
mod noise;
mod recent;
mod rise;
mod step_gradient;
mod step_layer;
mod step_loss;
mod step_weights;
mod thresholds;
mod watch;

pub use finding::{Code, Finding, Severity, Split};
pub use thresholds::Thresholds;
pub use watch::{Plan, Watch};
