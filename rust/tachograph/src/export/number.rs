//! The text of numbers and times.

const MICROS_PER_DAY: i64 = 86_400_000_000;

/// Appends an integer.
pub(super) fn push_int(out: &mut Vec<u8>, number: i64) {
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

/// Appends the shortest text that reads back as the same float, or what `names` calls it if it is
/// not finite: NaN, infinity, negative infinity.
pub(super) fn push_float(out: &mut Vec<u8>, number: f64, names: [&str; 3]) {
    if number.is_finite() {
        out.extend_from_slice(zmij::Buffer::new().format_finite(number).as_bytes());
    } else {
        let name = names[if number.is_nan() { 0 } else { 1 + usize::from(number < 0.0) }];
        out.extend_from_slice(name.as_bytes());
    }
}

/// Appends a time as Python's `datetime.isoformat()` writes it for UTC.
pub(super) fn push_time(out: &mut Vec<u8>, micros: i64) {
    let (year, month, day) = civil_from_days(micros.div_euclid(MICROS_PER_DAY));
    let of_day = micros.rem_euclid(MICROS_PER_DAY) as u64;
    let (seconds, fraction) = (of_day / 1_000_000, of_day % 1_000_000);
    push_year(out, year);
    out.push(b'-');
    push_padded::<2>(out, month);
    out.push(b'-');
    push_padded::<2>(out, day);
    out.push(b'T');
    push_padded::<2>(out, seconds / 3600);
    out.push(b':');
    push_padded::<2>(out, seconds / 60 % 60);
    out.push(b':');
    push_padded::<2>(out, seconds % 60);
    if fraction != 0 {
        out.push(b'.');
        push_padded::<6>(out, fraction);
    }
    out.extend_from_slice(b"+00:00");
}

/// Four digits, or a sign and six digits outside 1 to 9999, as ISO 8601 expands years.
fn push_year(out: &mut Vec<u8>, year: i64) {
    if (1..=9999).contains(&year) {
        push_padded::<4>(out, year as u64);
    } else {
        out.push(if year < 0 { b'-' } else { b'+' });
        push_padded::<6>(out, year.unsigned_abs());
    }
}

fn push_padded<const WIDTH: usize>(out: &mut Vec<u8>, mut number: u64) {
    let mut digits = [b'0'; WIDTH];
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
    out.extend_from_slice(&digits);
}

/// Year, month and day of a count of days since 1970-01-01.
///
/// Eras of 400 years that begin in March, as in <https://howardhinnant.github.io/date_algorithms.html>.
fn civil_from_days(days: i64) -> (i64, u64, u64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097) as u64;
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (year_of_era as i64 + era * 400 + i64::from(month <= 2), month, day)
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

    // Each text is what CPython's datetime.fromtimestamp(…, UTC).isoformat() gives.
    #[test]
    fn times_are_those_of_python() {
        let cases = [
            (0, "1970-01-01T00:00:00+00:00"),
            (1, "1970-01-01T00:00:00.000001+00:00"),
            (-1, "1969-12-31T23:59:59.999999+00:00"),
            (1_700_000_000_123_456, "2023-11-14T22:13:20.123456+00:00"),
            (951_782_400_000_000, "2000-02-29T00:00:00+00:00"),
            (-62_135_596_800_000_000, "0001-01-01T00:00:00+00:00"),
            (253_402_300_799_999_999, "9999-12-31T23:59:59.999999+00:00"),
        ];
        for (micros, text) in cases {
            assert_eq!(time(micros), text);
        }
    }

    #[test]
    fn years_that_python_lacks_have_a_sign() {
        assert_eq!(time(-62_135_596_800_000_001), "+000000-12-31T23:59:59.999999+00:00");
        assert_eq!(time(253_402_300_800_000_000), "+010000-01-01T00:00:00+00:00");
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
