//! Tables of cases, and twins in exact arithmetic.

#![expect(clippy::float_cmp, reason = "the expected numbers are exact")]

mod best;
mod convergence;
mod exact;
mod series;
mod stability;
