//! Numbers of JSON text: exact integers however they are written, else the nearest Float (runtime reference 4.2, 4.4).
//!
//! Short numbers are read in one go. The others are cut to the digits that count, so that the time is linear and the memory constant.

use super::scan::Mistake;

/// A number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Number {
    /// Mathematically an integer, and within 64 bits.
    Int(i64),
    /// The nearest Float of any other; infinite if there is no finite one.
    Float(f64),
}

/// Powers of ten that a Float holds exactly.
const TENS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    1e19, 1e20, 1e21, 1e22,
];
/// Integers up to here are exact as Floats.
const LARGEST_EXACT: u64 = 1 << 53;
/// So many decimal digits always fit an `i64`, and one more a `u64`.
const DIGITS_I64: usize = 18;

/// Reads the number that starts at `from`, with a minus or a digit. The second half is where it ends.
#[inline]
pub(super) fn read(text: &[u8], from: usize) -> Result<(Number, usize), Mistake> {
    let negative = text.get(from) == Some(&b'-');
    let start = from + usize::from(negative);
    let (whole, at) = digits(text, start, 0);
    let len = at - start;
    if len == 0 || (len > 1 && text.get(start) == Some(&b'0')) {
        return Err(Mistake::Number);
    }
    let signed = |value: u64| if negative { (value as i64).wrapping_neg() } else { value as i64 };
    match text.get(at) {
        Some(b'.') if len <= DIGITS_I64 => {
            let (all, end) = digits(text, at + 1, whole);
            let fraction = end - at - 1;
            if fraction == 0 {
                return Err(Mistake::Number);
            }
            if len + fraction <= DIGITS_I64 + 1 && !matches!(text.get(end), Some(b'e' | b'E')) {
                return Ok((decimal(&text[from..end], all, fraction, signed), end));
            }
        }
        Some(b'.' | b'e' | b'E') => {}
        _ if len <= DIGITS_I64 => return Ok((Number::Int(signed(whole)), at)),
        _ => {}
    }
    long(text, from)
}

/// Digits from `at` on, added to the right of `value`, whose upper digits are lost if there are too many; and where they end.
#[inline]
fn digits(text: &[u8], mut at: usize, mut value: u64) -> (u64, usize) {
    while let Some(digit @ b'0'..=b'9') = text.get(at) {
        value = value.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
        at += 1;
    }
    (value, at)
}

/// A number without exponent: `all` its digits, of which so many are a fraction.
#[inline]
fn decimal(text: &[u8], mut all: u64, mut fraction: usize, signed: impl Fn(u64) -> i64) -> Number {
    while fraction > 0 && all.is_multiple_of(10) {
        all /= 10;
        fraction -= 1;
    }
    if fraction == 0 {
        // At most eighteen digits: at least one zero was cut.
        return Number::Int(signed(all));
    }
    if all <= LARGEST_EXACT {
        // Both are exact, so the quotient is the nearest.
        return Number::Float(signed(all) as f64 / TENS[fraction]);
    }
    Number::Float(parse(text))
}

/// A number of any length and with any exponent.
#[cold]
fn long(text: &[u8], from: usize) -> Result<(Number, usize), Mistake> {
    let negative = text.get(from) == Some(&b'-');
    let start = from + usize::from(negative);
    let (_, mut at) = digits(text, start, 0);
    let whole = &text[start..at];
    let mut fraction: &[u8] = &[];
    if text.get(at) == Some(&b'.') {
        let (_, end) = digits(text, at + 1, 0);
        fraction = &text[at + 1..end];
        at = end;
        if fraction.is_empty() {
            return Err(Mistake::Number);
        }
    }
    let mut exponent = 0;
    if let Some(b'e' | b'E') = text.get(at) {
        (exponent, at) = read_exponent(text, at + 1)?;
    }
    Ok((value(negative, whole, fraction, exponent), at))
}

/// An exponent behind its letter, and where it ends. What is too large for any number stays too large.
fn read_exponent(text: &[u8], mut at: usize) -> Result<(i64, usize), Mistake> {
    let negative = text.get(at) == Some(&b'-');
    at += usize::from(matches!(text.get(at), Some(b'-' | b'+')));
    let start = at;
    let mut exponent = 0_i64;
    while let Some(digit @ b'0'..=b'9') = text.get(at) {
        exponent = exponent.saturating_mul(10).saturating_add(i64::from(digit - b'0'));
        at += 1;
    }
    if at == start {
        return Err(Mistake::Number);
    }
    Ok((if negative { -exponent } else { exponent }, at))
}

/// The value of `whole.fraction` times ten to the `exponent`.
fn value(negative: bool, whole: &[u8], fraction: &[u8], exponent: i64) -> Number {
    let digits = whole.iter().chain(fraction);
    let Some(zeroes) = digits.clone().position(|&digit| digit != b'0') else { return Number::Int(0) };
    let cut = digits.clone().rev().take_while(|&&digit| digit == b'0').count();
    let count = whole.len() + fraction.len() - zeroes - cut;
    // Texts are far shorter than half of 64 bits, so that only the exponent can saturate here.
    let scale = exponent.saturating_sub(fraction.len() as i64).saturating_add(cut as i64);
    let mut significant = digits.skip(zeroes).take(count).copied();
    // The last digit is not zero: with a fraction left this is no integer.
    if let Ok(scale) = u32::try_from(scale)
        && count + scale as usize <= DIGITS_I64 + 1
    {
        let all = significant.clone().fold(0_u64, |value, digit| 10 * value + u64::from(digit - b'0'));
        let value = i128::from(all) * 10_i128.pow(scale);
        if let Ok(value) = i64::try_from(if negative { -value } else { value }) {
            return Number::Int(value);
        }
    }
    nearest(negative, &mut significant, count, scale)
}

/// More digits than these never decide between two Floats, except by being there.
const DECIDING: usize = 780;

/// The Float nearest to an integer of `count` digits, the last of which is not zero, times ten to the `scale`.
fn nearest(negative: bool, digits: &mut dyn Iterator<Item = u8>, count: usize, scale: i64) -> Number {
    let mut text = [0; DECIDING + 32];
    let mut len = 0;
    let mut push = |byte| {
        text[len] = byte;
        len += 1;
    };
    if negative {
        push(b'-');
    }
    digits.take(DECIDING).for_each(&mut push);
    let mut scale = scale;
    if let Some(left) = count.checked_sub(DECIDING + 1) {
        push(b'1');
        scale = scale.saturating_add(left as i64);
    }
    push(b'e');
    // Far outside of what has a finite Float, or one that is not zero.
    const FAR: i64 = 10_000;
    itoa::Buffer::new().format(scale.clamp(-FAR, FAR)).bytes().for_each(&mut push);
    Number::Float(parse(&text[..len]))
}

/// The nearest Float of a text that is a number.
fn parse(text: &[u8]) -> f64 {
    core::str::from_utf8(text).ok().and_then(|text| text.parse().ok()).unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::{Duration, Instant};

    fn all(text: &str) -> Result<Number, Mistake> {
        let (number, end) = read(text.as_bytes(), 0)?;
        assert_eq!(end, text.len(), "{text}");
        Ok(number)
    }

    #[test]
    fn integers_however_written() {
        let cases: &[(&str, i64)] = &[
            ("0", 0),
            ("-0", 0),
            ("-0.0", 0),
            ("0e5", 0),
            ("0.000e-99999999999999999999", 0),
            ("3", 3),
            ("3.0", 3),
            ("3e2", 300),
            ("3E+2", 300),
            ("-30e-1", -3),
            ("1.5e1", 15),
            ("0.00000000000000000000000000012e29", 12),
            ("120000000000000000000000000000000000000000e-40", 12),
            ("9007199254740993", 9_007_199_254_740_993),
            ("9007199254740993.000", 9_007_199_254_740_993),
            ("90071992547409930e-1", 9_007_199_254_740_993),
            ("9223372036854775807", i64::MAX),
            ("-9223372036854775808", i64::MIN),
            ("-9223372036854775808.0", i64::MIN),
            ("-9.223372036854775808e18", i64::MIN),
            ("922337203685477580.7e1", i64::MAX),
            ("1000000000000000000", 1_000_000_000_000_000_000),
            ("1e18", 1_000_000_000_000_000_000),
        ];
        for &(text, value) in cases {
            assert_eq!(all(text), Ok(Number::Int(value)), "{text}");
        }
        assert_eq!(all(&format!("7{}e-100000", "0".repeat(100_000))), Ok(Number::Int(7)));
        assert_eq!(all(&format!("0.{}7e100001", "0".repeat(100_000))), Ok(Number::Int(7)));
    }

    #[test]
    fn floats_are_the_nearest() {
        let cases: &[(&str, f64)] = &[
            ("1.5", 1.5),
            ("-2.25", -2.25),
            ("0.1", 0.1),
            ("120.25", 120.25),
            ("0.30000000000000004", 0.30000000000000004),
            ("1e19", 1e19),
            ("9223372036854775808", 9_223_372_036_854_775_808.0),
            ("-9223372036854775809", -9_223_372_036_854_775_808.0),
            ("1e308", 1e308),
            ("1.7976931348623157e308", f64::MAX),
            ("1.7976931348623159e308", f64::INFINITY),
            ("-1e309", f64::NEG_INFINITY),
            ("1e999999999999999999", f64::INFINITY),
            ("1e99999999999999999999999999", f64::INFINITY),
            ("5e-324", 5e-324),
            ("2.4703282292062328e-324", 5e-324),
            ("1e-400", 0.0),
            ("1e-99999999999999999999999999", 0.0),
            ("123456789012345678901234567890", 123_456_789_012_345_678_901_234_567_890.0),
        ];
        for &(text, value) in cases {
            assert_eq!(all(text), Ok(Number::Float(value)), "{text}");
        }
        assert!(
            matches!(all("-1e-400"), Ok(Number::Float(value)) if value == 0.0 && value.is_sign_negative())
        );
        // Exactly half-way between two Floats, and a little more a thousand digits later.
        let half = format!("9007199254740993.{}", "0".repeat(1000));
        assert_eq!(all(&format!("{half}1")), Ok(Number::Float(9_007_199_254_740_994.0)));
        assert_eq!(all(&format!("0.{}5e700000", "0".repeat(700_000))), Ok(Number::Float(0.5)));
    }

    #[test]
    fn mistakes() {
        for text in [
            "-",
            "-x",
            "01",
            "-01",
            "00",
            "1.",
            "1.e5",
            "1.x",
            "1e",
            "1e+",
            "1E-x",
            "0.5e",
            "123456789012345678901.",
        ] {
            assert_eq!(read(text.as_bytes(), 0), Err(Mistake::Number), "{text}");
        }
        assert_eq!(read(b"12,", 0), Ok((Number::Int(12), 2)));
        assert_eq!(read(b"1.5]", 0), Ok((Number::Float(1.5), 3)));
    }

    #[test]
    fn linear_in_the_digits() {
        let start = Instant::now();
        let many = "7".repeat(20_000_000);
        assert_eq!(all(&many), Ok(Number::Float(f64::INFINITY)));
        assert_eq!(all(&format!("0.{many}")), Ok(Number::Float(0.7777777777777778)));
        assert_eq!(all(&format!("1e{many}")), Ok(Number::Float(f64::INFINITY)));
        assert_eq!(all(&format!("1e-{many}")), Ok(Number::Float(0.0)));
        assert!(start.elapsed() < Duration::from_secs(20));
    }

    /// By the exact arithmetic of long decimals: the integer, if it is one within 64 bits.
    fn exact(negative: bool, whole: &str, fraction: &str, exponent: i64) -> Option<i64> {
        let digits = format!("{whole}{fraction}");
        let point = whole.len() as i64 + exponent;
        let at = |index: i64| {
            usize::try_from(index)
                .ok()
                .and_then(|index| digits.as_bytes().get(index))
                .map_or(0, |digit| digit - b'0')
        };
        if (point.max(0)..digits.len() as i64).chain(0..0).any(|index| at(index) != 0) {
            return None;
        }
        if point < 0 && digits.bytes().any(|digit| digit != b'0') {
            return None;
        }
        let mut value = 0_i128;
        for index in 0..point.max(0) {
            value = value.checked_mul(10)?.checked_add(i128::from(at(index)))?;
            if value > 1 << 64 {
                return None;
            }
        }
        i64::try_from(if negative { -value } else { value }).ok()
    }

    proptest! {
        #[test]
        fn as_exact_arithmetic(
            negative: bool,
            whole in "0|[1-9][0-9]{0,22}|[1-9]0{0,20}",
            fraction in "[0-9]{0,6}|[0-9]{0,2}0{0,20}|[0-9]{15,30}",
            exponent in prop_oneof![3 => Just(None), 2 => (-25..25_i64).prop_map(Some), 1 => (-400..400_i64).prop_map(Some)],
        ) {
            let mut text = String::new();
            if negative { text.push('-'); }
            text.push_str(&whole);
            if !fraction.is_empty() { text.push('.'); text.push_str(&fraction); }
            if let Some(exponent) = exponent { text.push_str(&format!("e{exponent}")); }
            match exact(negative, &whole, &fraction, exponent.unwrap_or(0)) {
                Some(value) => prop_assert_eq!(all(&text), Ok(Number::Int(value))),
                None => prop_assert_eq!(all(&text), Ok(Number::Float(text.parse().expect("a number")))),
            }
        }

        #[test]
        fn floats_read_back(bits: u64) {
            let value = f64::from_bits(bits);
            prop_assume!(value.is_finite());
            let text = format!("{value:e}");
            let read = match all(&text) {
                Ok(Number::Int(value)) => value as f64,
                Ok(Number::Float(value)) => value,
                Err(mistake) => panic!("{mistake:?}"),
            };
            prop_assert_eq!(read, value);
        }
    }
}
