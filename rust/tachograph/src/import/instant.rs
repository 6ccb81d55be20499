//! Seconds of others as the log's microseconds.

/// The first and the last second that a calendar of four digits knows, years 1 to 9999.
const CALENDAR: std::ops::RangeInclusive<f64> = -62_135_596_800.0..=253_402_300_799.0;

/// The nearest microsecond; `None` where no calendar has the instant.
pub(super) fn micros(seconds: f64) -> Option<i64> {
    CALENDAR.contains(&seconds).then(|| (seconds * 1e6).round() as i64)
}

#[cfg(test)]
mod tests {
    use super::micros;

    #[test]
    fn every_microsecond_of_a_double_comes_back() {
        // Below 2^32 seconds, the year 2106, doubles lie less than half a microsecond apart.
        for at in [0, 1, -1, 1_795_277_789_487_374, (1_000_000 << 32) - 1] {
            assert_eq!(micros(at as f64 / 1e6), Some(at));
        }
        for odd in [f64::NAN, f64::INFINITY, -1e300, 1e18] {
            assert_eq!(micros(odd), None);
        }
    }
}
