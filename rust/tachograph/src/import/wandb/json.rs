//! JSON of one value, as far as curves need it.

use crate::types::Kind;

/// The largest integer up to which every integer is a float.
const EXACT: u64 = 1 << 53;

/// The number that the text stands for, or the kind of what it is instead.
///
/// W&B writes whole floats without a point, so an integer that a float equals and that lies beyond
/// 2^53 is taken for a float.
pub(super) fn number(text: &[u8]) -> Result<(Kind, u64), &'static str> {
    let text = text.trim_ascii();
    match text {
        b"true" => return Ok((Kind::Int, 1)),
        b"false" => return Ok((Kind::Int, 0)),
        b"NaN" | b"\"NaN\"" => return Ok(float(f64::NAN)),
        b"Infinity" | b"\"Infinity\"" => return Ok(float(f64::INFINITY)),
        b"-Infinity" | b"\"-Infinity\"" => return Ok(float(f64::NEG_INFINITY)),
        b"null" => return Err("null"),
        _ => {}
    }
    match text.first() {
        Some(b'0'..=b'9' | b'-') => {}
        Some(b'"') => return Err("text"),
        Some(b'{') => return Err("media and other objects"),
        Some(b'[') => return Err("lists"),
        _ => return Err("values that are no JSON"),
    }
    let text = str::from_utf8(text).map_err(|_| "values that are no JSON")?;
    if let Ok(value) = text.parse::<i64>() {
        return Ok(integer(value));
    }
    let value = text.parse::<f64>().map_err(|_| "values that are no JSON")?;
    let is_whole = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    // Rust writes all digits of a whole float.
    if is_whole && format!("{value}") != text {
        return Err("integers beyond 64 bits");
    }
    Ok(float(value))
}

/// An integer, or the float that equals it where it is so large that it may have been one.
pub(super) fn integer(value: i64) -> (Kind, u64) {
    let as_float = value as f64;
    if value.unsigned_abs() > EXACT && as_float as i128 == i128::from(value) {
        return float(as_float);
    }
    (Kind::Int, value as u64)
}

pub(super) fn float(value: f64) -> (Kind, u64) {
    (Kind::Float, value.to_bits())
}

#[cfg(test)]
mod tests {
    use super::{float, number};
    use crate::types::Kind;

    #[test]
    fn numbers_come_out_exactly_or_not_at_all() {
        assert_eq!(number(b"-7"), Ok((Kind::Int, (-7i64) as u64)));
        assert_eq!(number(b"0.1"), Ok(float(0.1)));
        assert_eq!(number(b"1.7952777894873748e+09"), Ok(float(1_795_277_789.487_374_8)));
        assert_eq!(number(b"1152921504606846976"), Ok(float(2f64.powi(60))));
        assert_eq!(number(b"1152921504606846977"), Ok((Kind::Int, (1 << 60) + 1)));
        assert_eq!(number(b"10000000000000000000"), Ok(float(1e19)));
        assert_eq!(number(b"10000000000000000001"), Err("integers beyond 64 bits"));
        assert_eq!(number(b"-0"), Ok((Kind::Int, 0)));
        assert_eq!(number(b" true"), Ok((Kind::Int, 1)));
        assert_eq!(number(b"-Infinity"), Ok(float(f64::NEG_INFINITY)));
        assert!(matches!(number(b"NaN"), Ok((Kind::Float, bits)) if f64::from_bits(bits).is_nan()));
        for (text, kind) in [
            (&b"\"5\""[..], "text"),
            (b"{\"_type\":\"histogram\"}", "media and other objects"),
            (b"[1]", "lists"),
            (b"null", "null"),
            (b"", "values that are no JSON"),
            (b"inf", "values that are no JSON"),
            (b"1x", "values that are no JSON"),
            (b"-", "values that are no JSON"),
            (b"\xff", "values that are no JSON"),
        ] {
            assert_eq!(number(text), Err(kind));
        }
    }
}
