//! The escaping that keeps a message one line.

/// Hands a text to `push` in pieces, control characters escaped. TAB may stay.
pub(crate) fn escape_line<'a>(text: &'a str, keep_tab: bool, mut push: impl FnMut(&[u8])) {
    let mut rest: &'a str = text;
    while let Some(at) = rest.find(|c: char| c.is_control() && !(keep_tab && c == '\t')) {
        push(&rest.as_bytes()[..at]);
        let Some(control) = rest[at..].chars().next() else { return };
        match control {
            '\n' => push(b"\\n"),
            '\r' => push(b"\\r"),
            // Control characters are below U+00A0: two hexadecimal digits at most.
            other => {
                const HEX: &[u8; 16] = b"0123456789abcdef";
                let code = other as usize & 0xff;
                let digits = [HEX[code >> 4], HEX[code & 15]];
                push(b"\\u{");
                push(if code < 16 { &digits[1..] } else { &digits });
                push(b"}");
            }
        }
        rest = &rest[at + control.len_utf8()..];
    }
    push(rest.as_bytes());
}
