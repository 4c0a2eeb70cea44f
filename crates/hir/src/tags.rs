//! The names of HTML: tags (language reference, Appendix C) and ARIA attributes (Appendix D). Their one home: what the runtime needs of
//! them, it is told.

/// The tags that have content, sorted.
#[rustfmt::skip]
pub const NORMAL: &[&str] = &[
    "a", "abbr", "acronym", "address", "applet", "article", "aside", "audio", "b", "bdi", "bdo", "big",
    "blockquote", "body", "button", "canvas", "caption", "center", "cite", "code", "colgroup", "data",
    "datalist", "dd", "del", "details", "dfn", "dialog", "dir", "div", "dl", "dt", "em", "fieldset",
    "figcaption", "figure", "font", "footer", "form", "frame", "frameset", "h1", "h2", "h3", "h4", "h5",
    "h6", "head", "header", "hgroup", "html", "i", "iframe", "ins", "kbd", "label", "legend", "li", "main",
    "map", "mark", "marquee", "math", "menu", "meter", "nav", "noembed", "noframes", "noscript", "object",
    "ol", "optgroup", "option", "output", "p", "picture", "plaintext", "pre", "progress", "q", "rb", "rp",
    "rt", "rtc", "ruby", "s", "samp", "script", "search", "section", "select", "slot", "small", "span",
    "strike", "strong", "style", "sub", "summary", "sup", "svg", "table", "tbody", "td", "template",
    "textarea", "tfoot", "th", "thead", "time", "title", "tr", "tt", "u", "ul", "var", "video", "xmp",
];

/// The tags without content and end tag, sorted.
#[rustfmt::skip]
pub const VOID: &[&str] = &[
    "area", "base", "basefont", "br", "col", "embed", "hr", "image", "img", "input", "isindex", "keygen",
    "link", "meta", "param", "source", "track", "wbr",
];

/// The tags whose text a browser takes as it is: it is not escaped.
pub const RAW_TEXT: &[&str] = &["script", "style"];

/// The names of ARIA attributes, sorted; all without the prefix that they have in common.
#[rustfmt::skip]
const ARIA: &[&str] = &[
    "activedescendant", "atomic", "autocomplete", "braillelabel", "brailleroledescription", "busy",
    "checked", "colcount", "colindex", "colindextext", "colspan", "controls", "current", "describedby",
    "description", "details", "disabled", "errormessage", "expanded", "flowto", "haspopup", "hidden",
    "invalid", "keyshortcuts", "label", "labelledby", "level", "live", "modal", "multiline",
    "multiselectable", "orientation", "owns", "placeholder", "posinset", "pressed", "readonly", "relevant",
    "required", "roledescription", "rowcount", "rowindex", "rowindextext", "rowspan", "selected", "setsize",
    "sort", "valuemax", "valuemin", "valuenow", "valuetext",
];

/// What the names of ARIA attributes begin with.
pub const ARIA_PREFIX: &str = "aria-";

/// The tag of a name.
pub fn tag(name: &str) -> Option<&'static str> {
    let found = |tags: &'static [&'static str]| tags.binary_search(&name).ok().map(|at| tags[at]);
    found(NORMAL).or_else(|| found(VOID))
}

/// Whether a tag has no content. Names of elements have no case.
pub fn is_void(tag: &str) -> bool {
    VOID.iter().any(|void| void.eq_ignore_ascii_case(tag))
}

/// Whether the text in a tag is not escaped.
pub fn is_raw_text(tag: &str) -> bool {
    RAW_TEXT.iter().any(|raw| raw.eq_ignore_ascii_case(tag))
}

/// Whether an attribute whose name begins with [`ARIA_PREFIX`] exists.
pub fn is_aria(name: &str) -> bool {
    name.strip_prefix(ARIA_PREFIX).is_some_and(|rest| ARIA.binary_search(&rest).is_ok())
}

/// All ARIA attributes.
pub fn aria_names() -> impl Iterator<Item = String> {
    ARIA.iter().map(|name| format!("{ARIA_PREFIX}{name}"))
}

/// What a literal value of an ARIA attribute may be, as text for messages; `None` if it may be anything.
pub fn aria_values(name: &str) -> Option<&'static str> {
    Some(match name {
        "aria-hidden" => "`true` or `false`",
        "aria-expanded" => "`true`, `false` or `undefined`",
        "aria-checked" | "aria-pressed" => "`true`, `false`, `mixed` or `undefined`",
        "aria-level" => "a positive decimal integer",
        _ => return None,
    })
}

/// Whether a literal value fits an ARIA attribute.
pub fn aria_accepts(name: &str, value: &str) -> bool {
    match name {
        "aria-hidden" => matches!(value, "true" | "false"),
        "aria-expanded" => matches!(value, "true" | "false" | "undefined"),
        "aria-checked" | "aria-pressed" => matches!(value, "true" | "false" | "mixed" | "undefined"),
        "aria-level" => {
            value.bytes().all(|byte| byte.is_ascii_digit()) && value.bytes().any(|byte| byte != b'0')
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_sorted_and_apart() {
        for table in [NORMAL, VOID, ARIA] {
            assert!(table.is_sorted() && table.windows(2).all(|pair| pair[0] != pair[1]));
        }
        assert!(VOID.iter().all(|void| NORMAL.binary_search(void).is_err()));
        assert_eq!((NORMAL.len(), VOID.len(), ARIA.len()), (118, 18, 51));
        assert_eq!((NORMAL.concat().len(), VOID.concat().len(), ARIA.concat().len()), (531, 81, 445));
    }

    #[test]
    fn names_are_found() {
        for name in NORMAL.iter().chain(VOID) {
            assert_eq!(tag(name), Some(*name));
        }
        for name in ["", "Div", "vars", "aria-label", "blink"] {
            assert_eq!(tag(name), None, "{name}");
        }
        assert!(
            is_void("br") && is_void("BR") && !is_void("b") && is_raw_text("Style") && !is_raw_text("title")
        );
    }

    #[test]
    fn aria() {
        assert!(aria_names().all(|name| is_aria(&name)));
        for name in ["aria-", "aria-lable", "aria-role", "label", "data-aria-label"] {
            assert!(!is_aria(name), "{name}");
        }
        for (name, fine, wrong) in [
            ("aria-hidden", &["true", "false"][..], &["undefined", "True", ""][..]),
            ("aria-expanded", &["true", "false", "undefined"], &["mixed"]),
            ("aria-checked", &["true", "false", "mixed", "undefined"], &["yes"]),
            ("aria-pressed", &["mixed"], &["on"]),
            ("aria-level", &["1", "12", "003"], &["0", "", "-1", "1.5", "+1", "two"]),
            ("aria-label", &["", "anything"], &[]),
        ] {
            assert!(fine.iter().all(|value| aria_accepts(name, value)), "{name}");
            assert!(wrong.iter().all(|value| !aria_accepts(name, value)), "{name}");
            assert_eq!(aria_values(name).is_none(), wrong.is_empty());
        }
    }
}
