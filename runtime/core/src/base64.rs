//! Base64 (runtime reference 4.6): the text of Bytes, and Bytes from text.

use crate::abi::Object;
use crate::string::Builder;
use std::borrow::Cow;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/// The value of each digit; [`NO_DIGIT`] for all other bytes.
const VALUES: [u8; 256] = values();
const NO_DIGIT: u8 = 64;

const fn values() -> [u8; 256] {
    let mut values = [NO_DIGIT; 256];
    let mut value = 0;
    while value < ALPHABET.len() {
        values[ALPHABET[value] as usize] = value as u8;
        value += 1;
    }
    values
}

/// Appends the text of bytes.
pub(crate) fn write(out: &mut Builder, bytes: &[u8]) {
    out.reserve(bytes.len().div_ceil(3).saturating_mul(4));
    for chunk in bytes.chunks(3) {
        let bits =
            chunk.iter().fold(0_u32, |bits, &byte| bits << 8 | u32::from(byte)) << (8 * (3 - chunk.len()));
        let mut quad = [b'='; 4];
        for (index, digit) in quad.iter_mut().enumerate().take(chunk.len() + 1) {
            *digit = ALPHABET[(bits >> (18 - 6 * index)) as usize & 63];
        }
        out.push(&quad);
    }
}

/// The Bytes that a text stands for, a new object, or the detail of the message. Whitespace around the text does not count.
pub(crate) fn read(text: &str) -> Result<Object, Cow<'static, str>> {
    let text = text.trim();
    check(text)?;
    let mut out = Builder::bytes_with_capacity(text.len() / 4 * 3);
    for quad in text.as_bytes().chunks(4) {
        let padding = quad.iter().filter(|&&byte| byte == b'=').count();
        let bits = quad
            .iter()
            .fold(0_u32, |bits, &digit| bits << 6 | u32::from(VALUES[usize::from(digit)] % NO_DIGIT));
        out.push(&bits.to_be_bytes()[1..4 - padding]);
    }
    Ok(out.finish())
}

/// Whether a text is canonical: its length, then its characters, then its padding.
fn check(text: &str) -> Result<(), Cow<'static, str>> {
    let bytes = text.as_bytes();
    let is_digit = |byte: u8| VALUES[usize::from(byte)] != NO_DIGIT;
    let digits = bytes.iter().take_while(|&&byte| is_digit(byte)).count();
    let rest = &text[digits..];
    if rest.is_empty() && bytes.len().is_multiple_of(4) {
        return Ok(());
    }
    if !text.chars().count().is_multiple_of(4) {
        return Err(Cow::Borrowed("invalid base64 length"));
    }
    let foreign = |character: char| character != '=' && !(character.is_ascii() && is_digit(character as u8));
    if let Some(character) = rest.chars().find(|&character| foreign(character)) {
        return Err(Cow::Owned(format!("invalid base64 character '{character}'")));
    }
    let last = bytes[..digits].last().map_or(0, |&digit| VALUES[usize::from(digit)]);
    let canonical = match rest {
        "=" => last & 0b11 == 0,
        "==" => last & 0b1111 == 0,
        _ => false,
    };
    if canonical { Ok(()) } else { Err(Cow::Borrowed("invalid base64 padding")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::release;
    use crate::string;
    use crate::testing::{self, Leaks};
    use fuse_abi::desc::TYPE_BYTES;
    use proptest::prelude::*;

    fn text(bytes: &[u8]) -> String {
        let mut out = Builder::with_capacity(0);
        write(&mut out, bytes);
        String::from_utf8(out.bytes().to_vec()).expect("ASCII")
    }

    fn bytes(text: &str) -> Result<Vec<u8>, String> {
        let object = read(text).map_err(Cow::into_owned)?;
        // SAFETY: new Bytes, released here.
        unsafe {
            assert_eq!((*object).kind, TYPE_BYTES);
            let bytes = string::bytes(object).to_vec();
            release(object);
            Ok(bytes)
        }
    }

    #[test]
    fn texts() {
        testing::install();
        for (content, expected) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")]
        {
            assert_eq!(text(content.as_bytes()), expected);
            assert_eq!(bytes(expected).as_deref(), Ok(content.as_bytes()));
        }
        assert_eq!(text(&[0xfb, 0xff, 0xfe]), "+//+");
        assert_eq!(bytes(" \n+//+\t").as_deref(), Ok(&[0xfb, 0xff, 0xfe][..]));
    }

    #[test]
    fn only_canonical_text_is_read() {
        testing::install();
        let leaks = Leaks::watch();
        for text in ["Z", "Zg", "Zg=", "Zm9vYg", "=", "Zg==Z"] {
            assert_eq!(bytes(text), Err("invalid base64 length".into()), "{text}");
        }
        for (text, character) in
            [("Zg-=", '-'), ("Zm 9", ' '), ("Zm\n9", '\n'), ("aé==", 'é'), ("____", '_'), ("Z=!b", '!')]
        {
            assert_eq!(bytes(text), Err(format!("invalid base64 character '{character}'")), "{text}");
        }
        for text in ["====", "Z===", "=Zm9", "Zg==Zg==", "Zm=v", "Zh==", "Zm9="] {
            assert_eq!(bytes(text), Err("invalid base64 padding".into()), "{text}");
        }
        leaks.none();
    }

    proptest! {
        #[test]
        fn reads_what_it_writes(content in proptest::collection::vec(any::<u8>(), 0..80)) {
            testing::install();
            prop_assert_eq!(bytes(&text(&content)), Ok(content));
        }

        /// What is read is written the same: there is one text for each content.
        #[test]
        fn any_text(digits in "[A-Za-z0-9+/]{0,11}={0,2}|.{0,8}") {
            testing::install();
            if let Ok(content) = bytes(&digits) {
                prop_assert_eq!(text(&content), digits.trim());
            }
        }
    }
}
