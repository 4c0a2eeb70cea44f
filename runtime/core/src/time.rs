//! `time` (runtime reference 18.2): the clock, waiting, and times as text. Times are milliseconds since the epoch, in UTC.

use crate::abi::{Object, Pair};
use crate::console;
use crate::failure::{fail_with, guard};
use crate::string::{self, Builder};
use chrono::format::{Item, Numeric, Pad, Parsed, StrftimeItems, parse_and_remainder};
use chrono::{DateTime, Datelike};
use core::fmt;
use core::ptr;
use core::time::Duration;
use fuse_abi::failure::Failure;
use fuse_abi::layout::{Context, STATUS_OK};
use std::time::{SystemTime, UNIX_EPOCH};

/// `time.now`. A clock outside of 64 bits shows the nearest time.
#[unsafe(export_name = "fuse_time_now")]
pub unsafe extern "C" fn time_now() -> i64 {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_millis()).unwrap_or(i64::MAX),
        // A part of a millisecond before the epoch is a whole one, as everywhere below zero.
        Err(before) => {
            let millis = before.duration().as_nanos().div_ceil(1_000_000);
            i64::try_from(millis).map_or(i64::MIN, |millis| -millis)
        }
    }
}

/// `time.sleep`.
#[unsafe(export_name = "fuse_time_sleep")]
pub unsafe extern "C" fn time_sleep(context: *mut Context, millis: i64) -> u64 {
    let body = || {
        let Ok(millis) = u64::try_from(millis) else {
            let text: &[u8] = b"time.sleep expects a non-negative Int";
            // SAFETY: the context is the one the program was entered with.
            return unsafe { fail_with(context, Failure::InvalidArguments, &[text]) };
        };
        console::flush_if_possible();
        std::thread::sleep(Duration::from_millis(millis));
        u64::from(STATUS_OK)
    };
    // SAFETY: as above.
    unsafe { guard(context, body) }
}

/// Specifiers of one character, which may follow a padding.
const SPECIFIERS: &[u8] = b"YCymbhBdejaAuwUWGgVFDxvHIklpPMSfzZsTRrcX+nt%";
/// Specifiers of several.
const LONG_SPECIFIERS: &[&str] = &[":z", ".f", ".3f", ".6f", ".9f", "3f", "6f", "9f"];

/// The items of a format; `None` if a specifier is unknown or incomplete, or takes no padding and has one. The library
/// knows some more specifiers than the language.
fn items(format: &str) -> Option<StrftimeItems<'_>> {
    let mut rest = format;
    while let Some(at) = rest.find('%') {
        let specifier = &rest[at + 1..];
        rest = if let Some(long) = LONG_SPECIFIERS.iter().find(|long| specifier.starts_with(**long)) {
            &specifier[long.len()..]
        } else {
            let short = specifier.strip_prefix(['-', '_', '0']).unwrap_or(specifier);
            let first = short.bytes().next().filter(|first| SPECIFIERS.contains(first))?;
            &short[usize::from(first.is_ascii())..]
        };
    }
    let items = StrftimeItems::new(format);
    (!items.clone().any(|item| item == Item::Error)).then_some(items)
}

/// Lets the library write into a string.
struct Text(Builder);

impl fmt::Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.push(text.as_bytes());
        Ok(())
    }
}

/// An item, or the text of the century where it has not two digits: the library writes other characters then.
fn century(item: Item<'_>, century: i32) -> Item<'_> {
    match item {
        Item::Numeric(Numeric::YearDiv100, padding) if !(0..100).contains(&century) => {
            let text = match padding {
                Pad::Zero => format!("{century:02}"),
                Pad::Space => format!("{century:2}"),
                Pad::None => century.to_string(),
            };
            Item::OwnedLiteral(text.into())
        }
        item => item,
    }
}

/// The text of a time, or the text of the failure.
fn format(epoch: i64, format: &str) -> Result<Object, &'static str> {
    let time = DateTime::from_timestamp_millis(epoch).ok_or("time.format invalid epoch milliseconds")?;
    let items = items(format).ok_or("time.format invalid format")?;
    let items = items.map(|item| century(item, time.year().div_euclid(100)));
    let mut text = Text(Builder::with_capacity(format.len().saturating_mul(2)));
    match time.format_with_items(items).write_to(&mut text) {
        Ok(()) => Ok(text.0.finish()),
        Err(fmt::Error) => Err("time.format invalid format"),
    }
}

/// `time.format`.
#[unsafe(export_name = "fuse_time_format")]
pub unsafe extern "C" fn time_format(context: *mut Context, epoch: i64, fmt: Object) -> Pair<Object, u64> {
    // SAFETY: a live string; the context is the one the program was entered with.
    let body = || unsafe {
        match format(epoch, string::text(fmt)) {
            Ok(text) => Pair { first: text, second: u64::from(STATUS_OK) },
            Err(text) => {
                let status = fail_with(context, Failure::Message, &[text.as_bytes()]);
                Pair { first: ptr::null_mut(), second: status }
            }
        }
    };
    // SAFETY: as above.
    unsafe { guard(context, body) }
}

/// The seconds since the epoch at the start of a text, and what follows them. (The library takes no sign.)
fn timestamp(text: &str) -> Option<(i64, &str)> {
    let text = text.trim_start();
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    let (number, rest) = text.split_at(text.len() - digits.len() + end);
    Some((number.parse().ok()?, rest))
}

/// Reads a text by a format: all fields in it.
fn read<'a>(text: &str, items: impl Iterator<Item = Item<'a>>) -> Option<Parsed> {
    let mut parsed = Parsed::new();
    let mut rest = text;
    for item in items {
        rest = match item {
            Item::Numeric(Numeric::Timestamp, _) => {
                let (seconds, rest) = timestamp(rest)?;
                parsed.set_timestamp(seconds).ok()?;
                rest
            }
            // Only written, never read.
            Item::Fixed(chrono::format::Fixed::TimezoneName) => return None,
            item => parse_and_remainder(&mut parsed, rest, core::iter::once(item)).ok()?,
        };
    }
    rest.is_empty().then_some(parsed)
}

/// The time that a text says by a format.
fn parse(text: &str, format: &str) -> Option<i64> {
    let parsed = read(text, items(format)?)?;
    if parsed.timestamp().is_some() && parsed.second() == Some(60) {
        return None; // seconds since the epoch know no leap seconds
    }
    if parsed.offset().is_some() || parsed.timestamp().is_some() {
        return parsed.to_datetime().ok().map(|time| time.timestamp_millis());
    }
    let time =
        [parsed.hour_div_12(), parsed.hour_mod_12(), parsed.minute(), parsed.second(), parsed.nanosecond()];
    let time = if time == [None; 5] {
        parsed.to_naive_date().ok()?.and_hms_opt(0, 0, 0)?
    } else {
        parsed.to_naive_datetime_with_offset(0).ok()?
    };
    Some(time.and_utc().timestamp_millis())
}

/// `time.parse`: whether the text fits, and the time.
#[unsafe(export_name = "fuse_time_parse")]
pub unsafe extern "C" fn time_parse(text: Object, format: Object) -> Pair<u8, i64> {
    // SAFETY: live strings.
    let time = unsafe { parse(string::text(text), string::text(format)) };
    Pair { first: u8::from(time.is_some()), second: time.unwrap_or(0) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::{Report, Task};
    use crate::object::release;
    use crate::testing::{self, Leaks};
    use proptest::prelude::*;

    fn formatted(epoch: i64, format: &str) -> Result<String, &'static str> {
        super::format(epoch, format).map(|text| {
            // SAFETY: a new string.
            unsafe {
                let copy = string::text(text).to_owned();
                release(text);
                copy
            }
        })
    }

    /// 2001-07-08 00:34:59.026 UTC, a Sunday.
    const SUNDAY: i64 = 994_552_499_026;

    #[test]
    fn centuries() {
        testing::install();
        for (epoch, text) in [
            (SUNDAY, "20 20 20"),
            (-59_006_275_200_000, "01 1  1"),
            (253_402_300_800_000, "100 100 100"),
            (-62_198_755_200_000, "-1 -1 -1"),
            (8_210_266_876_799_999, "2621 2621 2621"),
        ] {
            assert_eq!(formatted(epoch, "%C %-C %_C").as_deref(), Ok(text), "{epoch}");
        }
    }

    #[test]
    fn every_specifier() {
        testing::install();
        for (format, text) in [
            ("%Y %C %y", "2001 20 01"),
            ("%m %b %h %B", "07 Jul Jul July"),
            ("%d|%e|%j", "08| 8|189"),
            ("%a %A %u %w", "Sun Sunday 7 0"),
            ("%U %W %G %g %V", "27 27 2001 01 27"),
            ("%F %D %x", "2001-07-08 07/08/01 07/08/01"),
            ("%v", " 8-Jul-2001"),
            ("%H %I|%k|%l", "00 12| 0|12"),
            ("%p %P %M %S", "AM am 34 59"),
            ("%f %.f %3f %6f %9f", "026000000 .026 026 026000 026000000"),
            ("%.3f %.6f %.9f", ".026 .026000 .026000000"),
            ("%z %:z %Z", "+0000 +00:00 UTC"),
            ("%s", "994552499"),
            ("%T %R %r %X", "00:34:59 00:34 12:34:59 AM 00:34:59"),
            ("%c", "Sun Jul  8 00:34:59 2001"),
            ("%+", "2001-07-08T00:34:59.026+00:00"),
            ("a%n%t%%é b", "a\n\t%é b"),
            ("%-d %_d %0e %-H %_m %-j", "8  8 08 0  7 189"),
            ("", ""),
        ] {
            assert_eq!(formatted(SUNDAY, format).as_deref(), Ok(text), "{format}");
        }
        assert_eq!(formatted(0, "%.f|%.3f").as_deref(), Ok("|.000"));
        assert_eq!(formatted(-1, "%F %T%.f %s").as_deref(), Ok("1969-12-31 23:59:59.999 -1"));
    }

    #[test]
    fn unknown_specifiers() {
        testing::install();
        for format in [
            "%", "%-", "a%", "%q", "%-q", "%Q", "%E", "%Ey", "%O", "%N", "%L", "%i", "%J", "%K", "%#z",
            "%::z", "%:::z", "%:", "%.", "%.4f", "%.3", "%3", "%4f", "%1f", "%-F", "%-3f", "%_p", "%0A",
            "%--d", "%é", "% d", "%-é",
        ] {
            assert_eq!(formatted(0, format), Err("time.format invalid format"), "{format}");
            assert_eq!(parse("1970-01-01", format), None, "{format}");
        }
    }

    #[test]
    fn the_range_of_years() {
        testing::install();
        const FIRST: i64 = -8_334_601_228_800_000;
        const LAST: i64 = 8_210_266_876_799_999;
        assert_eq!(formatted(FIRST, "%F %T").as_deref(), Ok("-262143-01-01 00:00:00"));
        assert_eq!(formatted(LAST, "%F %T%.f").as_deref(), Ok("+262142-12-31 23:59:59.999"));
        for epoch in [FIRST - 1, LAST + 1, i64::MIN, i64::MAX] {
            assert_eq!(formatted(epoch, "%F"), Err("time.format invalid epoch milliseconds"));
        }
        // The time is looked at first.
        assert_eq!(formatted(i64::MAX, "%"), Err("time.format invalid epoch milliseconds"));
        for epoch in [FIRST, FIRST + 86_399_999, LAST] {
            for specifier in SPECIFIERS {
                let format = format!("%{}", char::from(*specifier));
                assert!(formatted(epoch, &format).is_ok(), "{epoch} {format}");
            }
            let text = formatted(epoch, "%F %T%.f").expect("in the range");
            assert_eq!(parse(&text, "%F %T%.f"), Some(epoch));
            let text = formatted(epoch, "%s%.f").expect("in the range");
            assert_eq!(parse(&text, "%s%.f"), Some(epoch));
        }
        for text in ["-262144-01-01", "+262143-01-01", "+99999999999999999999-01-01"] {
            assert_eq!(parse(text, "%F"), None);
        }
        for text in ["-8334601228801", "8210266876800", "99999999999999999999", "-9223372036854775808"] {
            assert_eq!(parse(text, "%s"), None);
        }
        // Where the library would leave its range.
        assert_eq!(parse("-8334601228800 60", "%s %S"), None);
        assert_eq!(parse("-262143-01-01 00:00:00 +2300", "%F %T %z"), None);
        assert_eq!(parse("+262142-12-31 23:59:59 -2300", "%F %T %z"), None);
    }

    #[test]
    fn texts_that_fit() {
        for (text, format, epoch) in [
            ("2001-07-08", "%F", 994_550_400_000),
            ("2001-07-08 00:34:59.026", "%Y-%m-%d %H:%M:%S%.f", SUNDAY),
            ("2001-07-08T02:34:59.026+02:00", "%+", SUNDAY),
            ("2001-07-08T00:34:59.026Z", "%+", SUNDAY),
            ("2001-07-08 02:34 +0200", "%F %H:%M %z", 994_552_440_000),
            ("2001-07-08 02:34 +02:00", "%F %R %:z", 994_552_440_000),
            ("8 July 2001, 12:34:59 am", "%-d %B %Y, %r", 994_552_499_000),
            ("Sun Jul  8 00:34:59 2001", "%c", 994_552_499_000),
            ("2001 189", "%Y %j", 994_550_400_000),
            ("2001-W27-7", "%G-W%V-%u", 994_550_400_000),
            ("07/08/01", "%x", 994_550_400_000),
            ("994552499", "%s", 994_552_499_000),
            ("-1", "%s", -1000),
            ("-1.500", "%s%.3f", -500),
            ("100 +0200", "%s %z", 100_000),
            ("1969-12-31 23:59:59.9994", "%F %T%.f", -1),
            ("2016-12-31 23:59:60", "%F %T", 1_483_228_800_000),
            ("%é 1970-01-01", "%%é %F", 0),
        ] {
            assert_eq!(parse(text, format), Some(epoch), "{text} by {format}");
        }
    }

    #[test]
    fn texts_that_do_not_fit() {
        for (text, format) in [
            ("", ""),
            ("", "%F"),
            ("2001-07-08x", "%F"),
            ("x2001-07-08", "%F"),
            ("2001-07-08 ", "%F"),
            ("2001-02-29", "%F"),
            ("2001-13-01", "%F"),
            ("2001-07", "%Y-%m"),
            ("2001", "%Y"),
            ("Mon 2001-07-08", "%a %F"),
            // A time without date, a date with a part of a time, an offset without a time.
            ("12:30", "%R"),
            ("12:30 +0200", "%R %z"),
            ("2001-07-08 12", "%F %H"),
            ("2001-07-08 AM", "%F %p"),
            ("2001-07-08 30", "%F %M"),
            ("2001-07-08 .5", "%F %.f"),
            ("2001-07-08 +0200", "%F %z"),
            ("2001-07-08 24:00:00", "%F %T"),
            ("2001-07-08 12:00 +9900", "%F %R %z"),
            // Names of time zones are only written.
            ("2001-07-08 12:00 UTC", "%F %R %Z"),
            ("100 2001", "%s %Y"),
            ("--1", "%s"),
            ("-", "%s"),
            ("-1 60", "%s %S"),
        ] {
            assert_eq!(parse(text, format), None, "{text} by {format}");
        }
    }

    #[test]
    fn failures() {
        testing::install();
        let leaks = Leaks::watch();
        let mut task = Task::new(0);
        // SAFETY: the context is the head of a task; objects of this test.
        unsafe {
            let context = (&raw mut task).cast();
            let fmt = string::new("%q");
            let result = time_format(context, 0, fmt);
            assert!(result.first.is_null() && result.second != 0);
            let report = Report::take(&mut task);
            assert_eq!((report.code, &*report.message), ("runtime_error", "time.format invalid format"));
            assert_eq!(time_parse(fmt, fmt).first, 0);
            release(fmt);
            for millis in [-1, i64::MIN] {
                assert_ne!(time_sleep(context, millis), 0);
                let report = Report::take(&mut task);
                let text = "time.sleep expects a non-negative Int";
                assert_eq!((report.code, &*report.message), ("runtime_invalid_arguments", text));
            }
            let before = time_now();
            assert_eq!(time_sleep(context, 20), 0);
            assert!(time_now() - before >= 20);
            assert_eq!(time_sleep(context, 0), 0);
        }
        leaks.none();
    }

    fn formats() -> impl Strategy<Value = String> {
        proptest::collection::vec(
            prop_oneof![
                (0..SPECIFIERS.len()).prop_map(|at| format!("%{}", char::from(SPECIFIERS[at]))),
                (0..LONG_SPECIFIERS.len()).prop_map(|at| format!("%{}", LONG_SPECIFIERS[at])),
                "[-: %_0q#.é]",
            ],
            0..8,
        )
        .prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn nothing_panics(epoch in any::<i64>(), format in formats(), text in "[-+:. 0-9a-zTZ]{0,30}") {
            testing::install();
            if let Ok(written) = formatted(epoch % 8_210_266_876_800_000, &format) {
                let _ = parse(&written, &format);
            }
            let _ = formatted(epoch, &format);
            let _ = parse(&text, &format);
        }

        #[test]
        fn what_is_written_reads_back(epoch in -8_334_601_228_800_000..8_210_266_876_800_000_i64) {
            testing::install();
            for format in ["%F %T%.f", "%+", "%s%.3f", "%Y-%j %I:%M:%S%.6f %p", "%G %V %a %H%M%S%.9f %z"] {
                let text = formatted(epoch, format).expect("in the range");
                prop_assert_eq!(parse(&text, format), Some(epoch), "{} by {}", text, format);
            }
        }
    }
}
