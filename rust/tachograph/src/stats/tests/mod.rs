//! Tables of cases, and twins in exact arithmetic.

#![expect(clippy::float_cmp, reason = "the expected numbers are exact")]

mod best;
mod column_course;
mod convergence;
mod course;
mod downsample;
mod events;
mod exact;
mod norm;
mod predictions;
mod ranks;
mod series;
mod spread;
mod stability;
mod tails;
mod windows;
