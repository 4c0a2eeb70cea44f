//! Base64 texts in source: the standard alphabet with padding, canonical (runtime reference 4.6).

/// The bytes that a text denotes; the error says what is wrong, as the runtime does. White space around the text is ignored.
pub(crate) fn decode(text: &str) -> Result<Vec<u8>, String> {
    let text = text.trim();
    let (digits, padding) = match text.find('=') {
        Some(at) => text.split_at(at),
        None => (text, ""),
    };
    if let Some(c) = text.chars().find(|&c| c != '=' && value(c).is_none()) {
        return Err(format!("invalid base64 character '{c}'"));
    }
    if !text.len().is_multiple_of(4) {
        return Err("invalid base64 length".into());
    }
    if padding.len() > 2 || padding.contains(|c| c != '=') {
        return Err("invalid base64 padding".into());
    }
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0u32, 0);
    for digit in digits.chars().filter_map(value) {
        bits = bits << 6 | digit;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    if bits != 0 { Err("invalid base64 padding".into()) } else { Ok(bytes) }
}

/// The value of a digit.
fn value(c: char) -> Option<u32> {
    let (first, base) = match c {
        'A'..='Z' => ('A', 0),
        'a'..='z' => ('a', 26),
        '0'..='9' => ('0', 52),
        '+' => return Some(62),
        '/' => return Some(63),
        _ => return None,
    };
    Some(c as u32 - first as u32 + base)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_texts() {
        assert_eq!(decode(""), Ok(vec![]));
        assert_eq!(decode("c2VjcmV0"), Ok(b"secret".to_vec()));
        assert_eq!(decode(" YQ==\n"), Ok(b"a".to_vec()));
        assert_eq!(decode("YWI="), Ok(b"ab".to_vec()));
        assert_eq!(decode("+/+/"), Ok(vec![0xfb, 0xff, 0xbf]));
    }

    #[test]
    fn other_texts() {
        let error = |text: &str| decode(text).unwrap_err();
        assert_eq!(error("YQ"), "invalid base64 length");
        assert_eq!(error("YQ=a"), "invalid base64 padding");
        assert_eq!(error("Y==="), "invalid base64 padding");
        assert_eq!(error("===="), "invalid base64 padding");
        assert_eq!(error("YR=="), "invalid base64 padding");
        assert_eq!(error("YWJ="), "invalid base64 padding");
        assert_eq!(error("not base64!"), "invalid base64 character ' '");
        assert_eq!(error("c2Vj-mV0"), "invalid base64 character '-'");
    }
}
