//! The x of points: their positions, floats, or integers.

/// What the numbers of x were before they became `f64`: ends of bins are rounded to that type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum XKind {
    /// 64-bit floats.
    Double,
    /// 32-bit floats.
    Single,
    /// Integers up to 2^53.
    Whole,
}

/// The ascending, finite x of the points.
#[derive(Clone, Copy, Debug)]
pub enum Abscissa<'a> {
    /// The positions 0, 1, ...
    Positions,
    /// Floats, and what they were before.
    Floats(&'a [f64], XKind),
    /// Integers; beyond 2^53 the nearest float is meant.
    Integers(&'a [i64]),
}

impl Abscissa<'_> {
    /// The x of a point.
    pub(super) fn at(self, row: usize) -> f64 {
        match self {
            Self::Positions => row as f64,
            Self::Floats(x, _) => x[row],
            Self::Integers(x) => x[row] as f64,
        }
    }

    /// The x of some points.
    pub(super) fn of_rows(self, rows: &[usize]) -> Vec<f64> {
        rows.iter().map(|&row| self.at(row)).collect()
    }

    /// What its numbers were before they became `f64`.
    pub(super) fn kind(self) -> XKind {
        match self {
            Self::Floats(_, kind) => kind,
            Self::Positions | Self::Integers(_) => XKind::Whole,
        }
    }
}

impl XKind {
    /// The nearest number of that kind, towards zero for integers.
    pub(super) fn rounded(self, value: f64) -> f64 {
        match self {
            Self::Double => value,
            Self::Single => f64::from(value as f32),
            Self::Whole => value.trunc(),
        }
    }
}
