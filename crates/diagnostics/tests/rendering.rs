//! What diagnostics look like, as text and as records.

use std::path::Path;

use fuse_diagnostics::json::{cli_message_record, command_step_record, diagnostic_record};
use fuse_diagnostics::text::{cli_message_text, diagnostic_text};
use fuse_diagnostics::{Code, Diagnostic, FileId, Level, Sources, Span, codes};

const CWD: &str = "/project/shop";

/// The text form of a diagnostic over the first occurrence of `marked` in `source`.
fn render(source: &str, marked: &str, color: bool) -> String {
    let start = source.find(marked).expect("the marked text is in the source") as u32;
    render_span(source, Span::new(start, start + marked.len() as u32), color)
}

fn render_span(source: &str, span: Span, color: bool) -> String {
    let mut sources = Sources::new();
    let file = sources.add(format!("{CWD}/cart.fuse"), source);
    let diagnostic = Diagnostic::error(codes::UNKNOWN_NAME, file, span, "cannot find `totl` in this scope");
    diagnostic_text(&diagnostic, &sources, Path::new(CWD), color)
}

/// The excerpt and the caret line.
fn excerpt(source: &str, span: Span) -> (String, String) {
    let text = render_span(source, span, false);
    let mut lines = text.split('\n').skip(1).map(str::to_owned);
    (lines.next().unwrap(), lines.next().unwrap())
}

#[test]
fn the_example_of_the_contract() {
    let source = "fn f():\n    return totl * rate\n";
    assert_eq!(
        render(source, "totl", false),
        "error: cannot find `totl` in this scope (cart.fuse:2:12)\n      return totl * rate\n             ^^^^\n  code: FUSE_UNKNOWN_NAME\n"
    );
}

#[test]
fn painted_are_the_first_line_and_the_caret() {
    assert_eq!(
        render("totl", "totl", true),
        "\u{1b}[31;1merror: cannot find `totl` in this scope (cart.fuse:1:1)\u{1b}[0m\n  totl\n  \u{1b}[31;1m^^^^\u{1b}[0m\n  code: FUSE_UNKNOWN_NAME\n"
    );
    let mut sources = Sources::new();
    let file = sources.add("/elsewhere/a.fuse", "x\n");
    let warning = Diagnostic::warning(codes::UNREACHABLE_CODE, file, Span::new(0, 1), "never reached");
    assert_eq!(
        diagnostic_text(&warning, &sources, Path::new(CWD), true),
        "\u{1b}[33;1mwarning: never reached (/elsewhere/a.fuse:1:1)\u{1b}[0m\n  x\n  \u{1b}[33;1m^\u{1b}[0m\n  code: FUSE_UNREACHABLE_CODE\n"
    );
}

#[test]
fn tabs_stay_and_the_caret_line_has_them_too() {
    assert_eq!(excerpt("\tlet\tx = y", Span::new(5, 6)), ("  \tlet\tx = y".into(), "  \t   \t^".into()));
}

#[test]
fn carets_stand_under_wide_and_combining_characters() {
    let source = "let 名前 = x";
    let at = source.find('x').unwrap() as u32;
    assert_eq!(
        excerpt(source, Span::new(at, at + 1)),
        (format!("  {source}"), format!("  {}^", " ".repeat(11)))
    );
    let name = source.find('名').unwrap() as u32;
    assert_eq!(excerpt(source, Span::new(name, name + 6)).1, "      ^^^^");
    let source = "\"e\u{301}\" + x";
    let at = source.find('x').unwrap() as u32;
    assert_eq!(excerpt(source, Span::new(at, at + 1)).1, "        ^");
}

#[test]
fn control_characters_do_not_reach_the_terminal() {
    let source = "a\u{1b}[2J\u{7}b";
    let at = source.find('b').unwrap() as u32;
    assert_eq!(
        excerpt(source, Span::new(at, at + 1)),
        ("  a\u{241b}[2J\u{2407}b".into(), "        ^".into())
    );
}

#[test]
fn empty_spans_ends_of_lines_and_ends_of_files() {
    assert_eq!(excerpt("ab\ncd\n", Span::empty(6)), ("  ".into(), "  ^".into()));
    assert_eq!(excerpt("ab\r\ncd", Span::new(2, 4)), ("  ab".into(), "    ^".into()));
    assert_eq!(excerpt("ab\ncd", Span::new(1, 5)), ("  ab".into(), "   ^".into()));
    assert_eq!(excerpt("", Span::empty(0)), ("  ".into(), "  ^".into()));
    assert_eq!(excerpt("ab", Span::new(900, 901)), ("  ab".into(), "    ^".into()));
    assert_eq!(excerpt("\u{feff}ab", Span::new(3, 4)), ("  ab".into(), "  ^".into()));
}

#[test]
fn a_line_that_someone_wrote_is_shown_whole() {
    let source = format!("{}BAD{}", "é".repeat(500), "y".repeat(497));
    let at = source.find("BAD").unwrap() as u32;
    let (line, caret) = excerpt(&source, Span::new(at, at + 3));
    assert_eq!(line, format!("  {source}"));
    assert_eq!(caret, format!("  {}^^^", " ".repeat(500)));
}

#[test]
fn a_long_line_is_shown_as_a_window() {
    let source = format!("{}BAD{}", "é".repeat(5_000_000), "y".repeat(5_000_000));
    let at = source.find("BAD").unwrap() as u32;
    let text = render_span(&source, Span::new(at, at + 3), false);
    assert!(text.starts_with("error: cannot find `totl` in this scope (cart.fuse:1:5000001)\n"), "{text}");
    let (line, caret) = excerpt(&source, Span::new(at, at + 3));
    assert_eq!(line, format!("  …{}BAD{}…", "é".repeat(60), "y".repeat(97)));
    assert_eq!(caret, format!("  {}^^^", " ".repeat(61)));
    // A span over the whole line is cut as well, and one at the start is not preceded by a cut.
    let (line, caret) = excerpt(&source, Span::new(0, source.len() as u32));
    assert_eq!(line, format!("  {}…", "é".repeat(160)));
    assert_eq!(caret, format!("  {}", "^".repeat(160)));
    let (line, _) = excerpt(&source, Span::empty(source.len() as u32));
    assert_eq!(line, format!("  …{}", "y".repeat(60)));
}

#[test]
fn notes_and_hints_stand_before_the_code() {
    let sources = Sources::new();
    let diagnostic = Diagnostic::error(codes::DEP_CYCLE, FileId(0), Span::default(), "A → B → A")
        .note("declared here")
        .hint("remove one\nof them");
    let diagnostic = Diagnostic { file: None, ..diagnostic };
    assert_eq!(
        diagnostic_text(&diagnostic, &sources, Path::new(CWD), false),
        "error: A → B → A\n  note: declared here\n  hint: remove one\\nof them\n  code: FUSE_DEP_CYCLE\n"
    );
}

#[test]
fn messages_of_the_command_line() {
    let text = |code: Option<Code>| cli_message_text(Level::Error, code, "cannot read a", &[], false);
    assert_eq!(text(None), "error: cannot read a\n");
    assert_eq!(text(Some(codes::WRAPPER_FILE_READ)), "error: cannot read a\n  code: wrapper_file_read\n");
}

#[test]
fn records() {
    let mut sources = Sources::new();
    let file = sources.add(format!("{CWD}/cart.fuse"), "é = \"\\\n");
    let diagnostic = Diagnostic::error(codes::UNKNOWN_NAME, file, Span::new(3, 4), "a \"b\"\n\u{1}");
    assert_eq!(
        diagnostic_record(&diagnostic, &sources, Path::new(CWD)),
        r#"{"code":"FUSE_UNKNOWN_NAME","column":3,"kind":"diagnostic","level":"error","line":1,"message":"a \"b\"\n\u0001","path":"/project/shop/cart.fuse","span_end":4,"span_start":3}"#
    );
    let nowhere = Diagnostic { file: None, ..diagnostic.hint("x") };
    assert_eq!(
        diagnostic_record(&nowhere, &sources, Path::new(CWD)),
        r#"{"code":"FUSE_UNKNOWN_NAME","kind":"diagnostic","level":"error","message":"a \"b\"\n\u0001","span_end":0,"span_start":0}"#
    );
    assert_eq!(
        command_step_record("check", "start"),
        r#"{"command":"check","kind":"command_step","message":"start"}"#
    );
    assert_eq!(
        cli_message_record(Level::Error, Some(codes::WRAPPER_USAGE), "unexpected --"),
        r#"{"code":"wrapper_usage","kind":"cli_message","level":"error","message":"unexpected --"}"#
    );
    assert_eq!(
        cli_message_record(Level::Warning, None, "w"),
        r#"{"kind":"cli_message","level":"warning","message":"w"}"#
    );
}
