use super::*;
use crate::failure::Task;
use crate::testing::{self, Leaks, MAP_STRING, map_of};
use fuse_abi::layout::STATUS_FAILURE;
use html5gum::{Token, Tokenizer};
use proptest::prelude::*;

fn text_of(object: Object) -> String {
    // SAFETY: a string that is ours.
    unsafe {
        let text = String::from_utf8(string::bytes(object).to_vec()).expect("UTF-8");
        release(object);
        text
    }
}

/// A text, escaped by one of the functions that append.
fn appended(text: &str, append: unsafe extern "C" fn(Object, Object) -> Object) -> String {
    let text = string::new(text);
    // SAFETY: live strings; each is released once.
    unsafe {
        let out = append(string::new(""), text);
        release(text);
        text_of(out)
    }
}

unsafe extern "C" fn push_plain(out: Object, text: Object) -> Object {
    // SAFETY: the caller's promise.
    unsafe { html_push_text(out, text, 0) }
}

/// What an independent reader of HTML makes of an element: its attribute `a`, and its text.
fn read_back(html: &str) -> (String, String) {
    let (mut attribute, mut text) = (None, String::new());
    for Ok(token) in Tokenizer::new(html) {
        match token {
            Token::StartTag(tag) => {
                assert!(attribute.is_none() && tag.attributes.len() == 1, "{html}");
                let value = tag.attributes.get(&b"a"[..]).expect("the attribute");
                attribute = Some(String::from_utf8(value.value.0.clone()).expect("UTF-8"));
            }
            Token::String(piece) => text.push_str(std::str::from_utf8(&piece).expect("UTF-8")),
            // Characters that a page should not have, which are read all the same.
            Token::Error(error)
                if matches!(
                    error.value,
                    html5gum::Error::ControlCharacterInInputStream
                        | html5gum::Error::NoncharacterInInputStream
                ) => {}
            Token::EndTag(tag) => assert_eq!(&*tag.name, b"p"),
            other => panic!("{other:?} in {html}"),
        }
    }
    (attribute.expect("an element"), text)
}

proptest! {
    /// Whatever goes in as a text or as the value of an attribute comes out the same. (HTML has no way to write NUL, and reads every line end as LF.)
    #[test]
    fn what_is_escaped_reads_back(text in "([&<>\"'/=a-c;#]|amp;|&lt|<!--|</p>|\\PC){0,40}", value in "(?s)[^\0\r]{0,40}") {
        testing::install();
        let leaks = Leaks::watch();
        for text in [&text, &value] {
            let html = format!("<p a=\"{}\">{}</p>", appended(text, html_push_value), appended(text, push_plain));
            prop_assert_eq!(read_back(&html), (text.clone(), text.clone()));
        }
        leaks.none();
    }

    /// The search by words finds what a search by bytes finds.
    #[test]
    fn the_next_escape(bytes in proptest::collection::vec(prop_oneof![any::<u8>(), Just(b'&'), Just(b'<'), Just(b'>'), Just(b'"')], 0..40), from in 0..40_usize) {
        let from = from.min(bytes.len());
        let slow = |quote: bool| {
            let special = |byte: &u8| b"&<>".contains(byte) || (quote && *byte == b'"');
            from + bytes[from..].iter().position(special).unwrap_or(bytes.len() - from)
        };
        prop_assert_eq!(next_escape::<false>(&bytes, from), slow(false));
        prop_assert_eq!(next_escape::<true>(&bytes, from), slow(true));
    }

    /// Marked text is taken back exactly where it stands in a tag without escapes, and nothing else changes.
    #[test]
    fn marked_text_is_taken_back(parts in proptest::collection::vec((any::<bool>(), "[&<>a-z;\"é]{0,12}"), 0..8)) {
        testing::install();
        let leaks = Leaks::watch();
        // SAFETY: live strings; each is released once.
        unsafe {
            let mut html = string::new("");
            let (mut plain, mut escaped) = (String::new(), String::new());
            for (is_text, part) in &parts {
                let piece = string::new(part);
                html = if *is_text { html_push_text(html, piece, 1) } else { html_push(html, piece) };
                release(piece);
                plain.push_str(part);
                escaped.push_str(&if *is_text { appended(part, push_plain) } else { part.clone() });
            }
            let mut task = Task::new(0);
            let tag = string::new("script");
            let raw = html_push_raw_html((&raw mut task).cast(), string::new(""), html, tag);
            prop_assert_eq!(raw.second, 0);
            prop_assert_eq!(text_of(raw.first), plain);
            prop_assert_eq!(text_of(html_rendering(html)), escaped);
            release(html);
            release(tag);
        }
        leaks.none();
    }
}

#[test]
fn attributes_of_maps() {
    testing::install();
    let leaks = Leaks::watch();
    // SAFETY: live objects; each is released once. The context is the head of a task.
    unsafe {
        let mut task = Task::new(0);
        let context: *mut Context = (&raw mut task).cast();
        let value = |text: &str| string::new(text) as u64;
        let map = map_of(MAP_STRING, &[("b", value("<\"")), ("Z", value("")), ("a-b:c", value("&"))]);
        assert_eq!(html_check_attributes(context, map), u64::from(STATUS_OK));
        let pushed = html_push_attributes(string::new("<p"), map);
        assert_eq!(text_of(pushed), "<p Z=\"\" a-b:c=\"&amp;\" b=\"&lt;&quot;\"");
        release(map);
        for name in ["", "a b", "a\u{a0}b", "a\tb", "a\u{1}", "a\"", "a'", "a>", "a/b", "a="] {
            let map = map_of(MAP_STRING, &[("ok", value("1")), (name, value("2"))]);
            assert_eq!(html_check_attributes(context, map), u64::from(STATUS_FAILURE), "{name}");
            assert_eq!(task.message, [b"invalid html attribute name ", name.as_bytes()].concat());
            release(map);
        }
    }
    leaks.none();
}

#[test]
fn text_that_ends_its_tag() {
    let tag = b"style";
    for text in ["</style", "a</STYLE>", "<</styLe>", "</stylex"] {
        assert!(ends_tag(text.as_bytes(), tag), "{text}");
    }
    for text in ["", "<", "</", "</styl", "</ style", "<style", "< /style", "</script"] {
        assert!(!ends_tag(text.as_bytes(), tag), "{text}");
    }
}
