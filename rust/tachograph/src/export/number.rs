//! The text of numbers and times.

const MICROS_PER_DAY: i64 = 86_400_000_000;
/// How long the text of a time is.
pub(super) const TIME_LEN: usize = 32;
const TIME: [u8; TIME_LEN] = *b"0000-00-00T00:00:00.000000+00:00";
/// Where the year of four digits ends.
const YEAR_END: usize = 4;

/// Appends an integer.
#[inline]
pub(super) fn push_int(out: &mut Vec<u8>, number: i64) {
    push_short(out, itoa::Buffer::new().format(number).as_bytes());
}

/// Appends the shortest text that reads back as the same float, or what `names` calls it if it is
/// not finite: NaN, infinity, negative infinity.
#[inline]
pub(super) fn push_float(out: &mut Vec<u8>, number: f64, names: [&str; 3]) {
    if number.is_finite() {
        push_short(out, zmij::Buffer::new().format_finite(number).as_bytes());
    } else {
        let name = names[if number.is_nan() { 0 } else { 1 + usize::from(number < 0.0) }];
        out.extend_from_slice(name.as_bytes());
    }
}

/// Appends text of at most 32 bytes by two copies of a fixed size that may overlap: a copy of as
/// many bytes as there happen to be is a call.
#[inline]
fn push_short(out: &mut Vec<u8>, text: &[u8]) {
    match text.len() {
        16..=32 => push_halves::<16>(out, text),
        8..16 => push_halves::<8>(out, text),
        4..8 => push_halves::<4>(out, text),
        _ => out.extend_from_slice(text),
    }
}

/// Appends text of `N` to `2 N` bytes.
#[inline]
fn push_halves<const N: usize>(out: &mut Vec<u8>, text: &[u8]) {
    if let (Some(head), Some(tail)) = (text.first_chunk::<N>(), text.last_chunk::<N>()) {
        out.extend_from_slice(head);
        out.truncate(out.len() + text.len() - 2 * N);
        out.extend_from_slice(tail);
    }
}

/// Appends a time as Python's `datetime.isoformat(timespec="microseconds")` writes it for UTC: whoever
/// guesses a column's form from its first row finds the same in all.
pub(super) fn push_time(out: &mut Vec<u8>, micros: i64) {
    let (year, month, day) = civil_from_days(micros.div_euclid(MICROS_PER_DAY));
    let of_day = micros.rem_euclid(MICROS_PER_DAY) as u64;
    let (seconds, fraction) = ((of_day / 1_000_000) as u32, (of_day % 1_000_000) as u32);
    let mut text = TIME;
    put(&mut text, 5, month);
    put(&mut text, 8, day);
    put(&mut text, 11, seconds / 3600);
    put(&mut text, 14, seconds / 60 % 60);
    put(&mut text, 17, seconds % 60);
    put_fraction(&mut text, fraction);
    let is_common = (1..=9999).contains(&year);
    if is_common {
        put(&mut text, 0, year as u32 / 100);
        put(&mut text, 2, year as u32 % 100);
    }
    if is_common {
        out.extend_from_slice(&text);
        return;
    }
    // A sign and six digits, as ISO 8601 expands years.
    let years = year.unsigned_abs() as u32;
    let mut expanded = [if year < 0 { b'-' } else { b'+' }; 7];
    put(&mut expanded, 1, years / 10_000);
    put(&mut expanded, 3, years / 100 % 100);
    put(&mut expanded, 5, years % 100);
    out.extend_from_slice(&expanded);
    out.extend_from_slice(&text[YEAR_END..]);
}

/// Puts the microseconds of a second into a time's text.
#[inline]
pub(super) fn put_fraction(text: &mut [u8; TIME_LEN], fraction: u32) {
    put(text, 20, fraction / 10_000);
    put(text, 22, fraction / 100 % 100);
    put(text, 24, fraction % 100);
}

/// Puts a number below 100 in its place.
#[inline]
fn put(text: &mut [u8], at: usize, number: u32) {
    text[at] = b'0' + (number / 10) as u8;
    text[at + 1] = b'0' + (number % 10) as u8;
}

/// Year, month and day of a count of days since 1970-01-01.
///
/// Eras of 400 years that begin in March, as in <https://howardhinnant.github.io/date_algorithms.html>.
fn civil_from_days(days: i64) -> (i64, u32, u32) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097) as u64;
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (year_of_era as i64 + era * 400 + i64::from(month <= 2), month as u32, day as u32)
}

#[cfg(test)]
mod tests {
    use super::{civil_from_days, push_float, push_int, push_time};
    use proptest::prelude::*;

    fn float(number: f64) -> String {
        let mut out = Vec::new();
        push_float(&mut out, number, ["nan", "inf", "-inf"]);
        String::from_utf8(out).unwrap()
    }

    fn time(micros: i64) -> String {
        let mut out = Vec::new();
        push_time(&mut out, micros);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn floats_never_look_like_integers() {
        let cases = [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (0.1, "0.1"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            (1e21, "1e+21"),
            (1.5e300, "1.5e+300"),
            (5e-324, "5e-324"),
            (1e-5, "0.00001"),
            (1e-7, "1e-7"),
            (f64::MAX, "1.7976931348623157e+308"),
            (f64::NAN, "nan"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
        ];
        for (number, text) in cases {
            assert_eq!(float(number), text);
        }
    }

    proptest! {
        #[test]
        fn floats_read_back_to_the_bit(bits in any::<u64>()) {
            let number = f64::from_bits(bits);
            let text = float(number);
            if number.is_finite() {
                prop_assert_eq!(text.parse::<f64>().unwrap().to_bits(), bits);
                prop_assert!(text.contains(['.', 'e']));
                prop_assert!(serde_json::from_str::<serde_json::Value>(&text).unwrap().is_f64());
            }
        }

        #[test]
        fn any_instant_has_a_text(micros in any::<i64>()) {
            prop_assert!(time(micros).ends_with("+00:00"));
        }
    }

    #[test]
    fn integers_reach_both_ends() {
        let mut out = Vec::new();
        push_int(&mut out, i64::MIN);
        push_int(&mut out, i64::MAX);
        assert_eq!(out, b"-92233720368547758089223372036854775807");
    }

    // Each text is what CPython's datetime.fromtimestamp(…, UTC) gives, asked for microseconds.
    #[test]
    fn times_are_those_of_python() {
        let cases = [
            (0, "1970-01-01T00:00:00.000000+00:00"),
            (1, "1970-01-01T00:00:00.000001+00:00"),
            (-1, "1969-12-31T23:59:59.999999+00:00"),
            (1_700_000_000_123_456, "2023-11-14T22:13:20.123456+00:00"),
            (951_782_400_000_000, "2000-02-29T00:00:00.000000+00:00"),
            (-62_135_596_800_000_000, "0001-01-01T00:00:00.000000+00:00"),
            (253_402_300_799_999_999, "9999-12-31T23:59:59.999999+00:00"),
        ];
        for (micros, text) in cases {
            assert_eq!(time(micros), text);
        }
    }

    #[test]
    fn years_that_python_lacks_have_a_sign() {
        assert_eq!(time(-62_135_596_800_000_001), "+000000-12-31T23:59:59.999999+00:00");
        assert_eq!(time(253_402_300_800_000_000), "+010000-01-01T00:00:00.000000+00:00");
        assert_eq!(time(i64::MIN), "-290308-12-21T19:59:05.224192+00:00");
        assert_eq!(time(i64::MAX), "+294247-01-10T04:00:54.775807+00:00");
    }

    #[test]
    fn days_follow_each_other() {
        let mut last = civil_from_days(-800_000);
        for days in -799_999..800_000 {
            let (year, month, day) = civil_from_days(days);
            let next_day = (year, month) == (last.0, last.1) && day == last.2 + 1;
            let next_month = day == 1
                && last.2 >= 28
                && if month == 1 {
                    (year, 12) == (last.0 + 1, last.1)
                } else {
                    (year, month) == (last.0, last.1 + 1)
                };
            assert!(next_day || next_month, "{last:?} {year}-{month}-{day}");
            last = (year, month, day);
        }
    }
}
