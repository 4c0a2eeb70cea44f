//! Numbers: text of floats and comparison across kinds.

/// Hands the parts of a float's text (runtime reference 2.4) to `push`: the shortest digits that read back to the same
/// value, always positional, no fraction if integral.
pub(crate) fn with_float_text(value: f64, mut push: impl FnMut(&[u8])) {
    if value.is_nan() {
        return push(b"NaN");
    }
    if value.is_infinite() {
        return push(if value > 0.0 { b"inf" } else { b"-inf" });
    }
    if let Some(short) = Short::of(value) {
        return push(short.text(&mut [0; Short::LONGEST]));
    }
    let mut buffer = ryu::Buffer::new();
    let mut digits = buffer.format_finite(value).as_bytes();
    if let [b'-', rest @ ..] = digits {
        push(b"-");
        digits = rest;
    }
    match digits.iter().position(|&byte| byte == b'e') {
        None => push(digits.strip_suffix(b".0").unwrap_or(digits)),
        Some(at) => push_positional(&digits[..at], &digits[at + 1..], push),
    }
}

/// A number with few digits, of which few are decimals: most of those that people write. Its text is found with a division instead of a search.
struct Short {
    negative: bool,
    /// The digits as an integer.
    digits: u64,
    /// How many of them are decimals; the last one is not zero.
    decimals: usize,
}

impl Short {
    /// Powers of ten, by number of decimals.
    const TENS: [u64; 5] = [1, 10, 100, 1000, 10_000];
    /// Different numbers of so many digits are different Floats, so that a text that reads back is the shortest.
    const MOST: f64 = 1e15;
    /// Sign, digits, a point and the zero before it.
    const LONGEST: usize = 24;

    #[inline]
    fn of(value: f64) -> Option<Short> {
        let size = value.abs();
        for (decimals, &ten) in Short::TENS.iter().enumerate() {
            let scaled = size * ten as f64;
            if scaled >= Short::MOST {
                return None;
            }
            let mut short = Short { negative: value.is_sign_negative(), digits: scaled as u64, decimals };
            // The product may be rounded; the quotient of two exact numbers is what reading gives.
            if short.digits as f64 == scaled && scaled / ten as f64 == size {
                while short.decimals > 0 && short.digits.is_multiple_of(10) {
                    short.digits /= 10;
                    short.decimals -= 1;
                }
                return Some(short);
            }
        }
        None
    }

    #[inline]
    fn text<'a>(&self, room: &'a mut [u8; Short::LONGEST]) -> &'a [u8] {
        let mut start = room.len();
        let mut put = |byte| {
            start -= 1;
            room[start] = byte;
        };
        let mut digits = self.digits;
        for _ in 0..self.decimals {
            put(b'0' + (digits % 10) as u8);
            digits /= 10;
        }
        if self.decimals > 0 {
            put(b'.');
        }
        loop {
            put(b'0' + (digits % 10) as u8);
            digits /= 10;
            if digits == 0 {
                break;
            }
        }
        if self.negative {
            put(b'-');
        }
        &room[start..]
    }
}

/// Writes `d.ddd` times ten to the `exponent` without exponent.
fn push_positional(mantissa: &[u8], exponent: &[u8], mut push: impl FnMut(&[u8])) {
    let (negative, exponent) = match exponent {
        [b'-', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    let mut places = exponent.iter().fold(0_usize, |number, &digit| 10 * number + usize::from(digit - b'0'));
    let (whole, fraction) = match mantissa {
        [whole, b'.', fraction @ ..] => (core::slice::from_ref(whole), fraction),
        whole => (whole, &[][..]),
    };
    const ZEROES: &[u8] = &[b'0'; 32];
    let zeroes = |mut count: usize, push: &mut dyn FnMut(&[u8])| {
        while count > 0 {
            let now = count.min(ZEROES.len());
            push(&ZEROES[..now]);
            count -= now;
        }
    };
    if negative {
        push(b"0.");
        zeroes(places.saturating_sub(1), &mut push);
        push(whole);
        push(fraction);
        return;
    }
    push(whole);
    let shown = fraction.len().min(places);
    push(&fraction[..shown]);
    places -= shown;
    zeroes(places, &mut push);
    if shown < fraction.len() {
        push(b".");
        push(&fraction[shown..]);
    }
}

/// Compares a Float with an Int by mathematical value: -1, 0, 1; 2 if unordered.
#[unsafe(export_name = "fuse_float_cmp_int")]
pub unsafe extern "C" fn float_cmp_int(float: f64, int: i64) -> i64 {
    const TWO_63: f64 = 9_223_372_036_854_775_808.0;
    if float.is_nan() {
        2
    } else if float >= TWO_63 {
        1
    } else if float < -TWO_63 {
        -1
    } else {
        // In range: the conversion cuts the fraction and is exact otherwise.
        let whole = float as i64;
        let fraction = float - whole as f64;
        match whole.cmp(&int) {
            core::cmp::Ordering::Less => -1,
            core::cmp::Ordering::Greater => 1,
            core::cmp::Ordering::Equal if fraction < 0.0 => -1,
            core::cmp::Ordering::Equal => i64::from(fraction > 0.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(value: f64) -> String {
        let mut text = Vec::new();
        with_float_text(value, |part| text.extend_from_slice(part));
        String::from_utf8(text).expect("digits")
    }

    #[test]
    fn float_texts() {
        let cases: &[(f64, &str)] = &[
            (1.0, "1"),
            (2.5, "2.5"),
            (0.000_000_1, "0.0000001"),
            (1e22, "10000000000000000000000"),
            (1.5e16, "15000000000000000"),
            (-0.0, "-0"),
            (0.0, "0"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
            (f64::NAN, "NaN"),
            (123_456_789.125, "123456789.125"),
            (-1e-5, "-0.00001"),
            (0.1, "0.1"),
            (-0.75, "-0.75"),
            (1234.5678, "1234.5678"),
            (0.0001, "0.0001"),
            (99_999_999_999.999_9, "99999999999.9999"),
            (999_999_999_999_999.0, "999999999999999"),
            (1e15, "1000000000000000"),
            (0.1 + 0.2, "0.30000000000000004"),
        ];
        for &(value, expected) in cases {
            assert_eq!(text(value), expected);
        }
    }

    #[test]
    fn comparisons() {
        let cases: &[(f64, i64, i64)] = &[
            (9_007_199_254_740_992.0, 9_007_199_254_740_993, -1),
            (9_223_372_036_854_775_808.0, i64::MAX, 1),
            (-9_223_372_036_854_775_808.0, i64::MIN, 0),
            (-9_223_372_036_854_775_808.0, i64::MIN + 1, -1),
            (2.5, 2, 1),
            (-2.5, -2, -1),
            (-0.0, 0, 0),
            (f64::NAN, 0, 2),
            (f64::INFINITY, i64::MAX, 1),
            (f64::NEG_INFINITY, i64::MIN, -1),
            (0.1, 0, 1),
            (-0.1, 0, -1),
        ];
        for &(float, int, expected) in cases {
            // SAFETY: takes numbers only.
            assert_eq!(unsafe { float_cmp_int(float, int) }, expected, "{float} {int}");
        }
    }

    proptest! {
        /// The text reads back, and is as long as the standard library's, which goes by the same rules except that it
        /// chooses otherwise between two texts that are equally near.
        #[test]
        fn as_the_standard_library(bits in any::<u64>()) {
            let value = f64::from_bits(bits);
            prop_assert_eq!(text(value).len(), value.to_string().len());
            if !value.is_nan() {
                prop_assert_eq!(text(value).parse::<f64>().expect("a float").to_bits(), bits);
            }
        }

        #[test]
        fn short_ones_as_the_standard_library(digits in 0..1_000_000_000_000_000_i64, decimals in 0..7_i32) {
            let value = digits as f64 / 10_f64.powi(decimals);
            prop_assert_eq!(text(value), value.to_string());
            prop_assert_eq!(text(-value), (-value).to_string());
        }

        #[test]
        fn compares_as_wide_integers(float in -1e19..1e19_f64, int in any::<i64>()) {
            let expected = match (float.floor() as i128).cmp(&i128::from(int)) {
                core::cmp::Ordering::Equal if float.fract() != 0.0 => 1,
                order => order as i64,
            };
            // SAFETY: takes numbers only.
            prop_assert_eq!(unsafe { float_cmp_int(float, int) }, expected);
        }
    }
}
