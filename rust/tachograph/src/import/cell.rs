//! Cells of CSV files as the numbers that they stand for.

/// What a cell holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// An integer that is written as one.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// `True` or `False`.
    Bool(bool),
    /// Text, an integer beyond 64 bits included, since a float would round it.
    Text,
}

/// The largest integer up to which every integer is a float.
const EXACT: f64 = 9_007_199_254_740_992.0;

impl Cell {
    /// Reads a cell; blanks around it do not count.
    pub fn read(text: &str) -> Self {
        let text = text.trim_ascii();
        if text.is_empty() {
            return Self::Empty;
        }
        let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
        if digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return text.parse().map_or(Self::Text, Self::Int);
        }
        match text {
            "True" | "true" => Self::Bool(true),
            "False" | "false" => Self::Bool(false),
            _ => text.parse().map_or(Self::Text, Self::Float),
        }
    }

    /// The integer that it holds; also a float that is one, which pandas makes of all integers of a
    /// column with gaps.
    pub fn whole(self) -> Option<i64> {
        match self {
            Self::Int(value) => Some(value),
            Self::Float(value) if value.fract() == 0.0 && value.abs() <= EXACT => {
                Some(value as i64)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Cell::{Bool, Empty, Float, Int, Text};
    use super::*;

    #[test]
    fn cells_are_what_they_look_like() {
        for (text, cell) in [
            ("", Empty),
            (" ", Empty),
            ("5", Int(5)),
            (" -5\t", Int(-5)),
            ("+007", Int(7)),
            ("9223372036854775807", Int(i64::MAX)),
            ("-9223372036854775808", Int(i64::MIN)),
            ("9223372036854775808", Text),
            ("5.", Float(5.0)),
            ("-.5", Float(-0.5)),
            ("1E-3", Float(0.001)),
            ("1e400", Float(f64::INFINITY)),
            ("-Infinity", Float(f64::NEG_INFINITY)),
            ("true", Bool(true)),
            ("False", Bool(false)),
            ("TRUE", Text),
            ("1_000", Text),
            ("1,5", Text),
            ("0x10", Text),
            ("٣", Text),
            ("-", Text),
            (".", Text),
            ("five", Text),
        ] {
            assert_eq!(Cell::read(text), cell, "{text:?}");
        }
        assert!(matches!(Cell::read("NaN"), Float(value) if value.is_nan()));
    }

    #[test]
    fn whole_numbers_may_have_been_made_floats() {
        let whole = |text| Cell::read(text).whole();
        assert_eq!([whole("7"), whole("7.0"), whole("-7.")], [Some(7), Some(7), Some(-7)]);
        for text in ["7.5", "nan", "inf", "1e300", "True", "", "x"] {
            assert_eq!(whole(text), None, "{text:?}");
        }
    }
}
