//! Mutated programs through lexer, parser and checker: nothing panics, nothing takes long, and what is reported makes sense.

mod corpus;
mod harness;
mod mutate;

use std::path::Path;

use corpus::Sources;
use fuse_diagnostics::{FileId, Level, json, text};
use fuse_sema::{MemoryFiles, Options, check};
use fuse_syntax::{Interner, dump, dump_tokens, lex, parse};

#[test]
fn mutated_programs_are_answered() {
    harness::run(&corpus::programs(), 6, answer);
}

/// What no message should tell: a name that is missing because of another mistake, or the type of what has one.
fn leak(shown: &str) -> Option<&'static str> {
    // The lines of the source are not the message.
    let told =
        shown.lines().filter(|line| !line.starts_with("  ") || line.trim_start().starts_with("hint: "));
    let told: String = told.collect::<Vec<_>>().join("\n").replace("`````", "");
    if told.replace("` `", "").contains("``") {
        return Some("an empty name");
    }
    ["unknown,", "unknown>", "unknown?", "unknown!", "found unknown", "type unknown", "<unknown"]
        .iter()
        .any(|part| told.contains(part))
        .then_some("the type of a mistake")
}

fn answer(program: &Sources) -> Result<(), String> {
    let mut files = MemoryFiles::new();
    for (path, text) in &program.0 {
        files.add(Path::new("/p").join(path), text.as_str());
        let lexed = lex(text, FileId(0));
        dump_tokens(text, &lexed);
        let mut interner = Interner::new();
        let parsed = parse(text, FileId(0), &mut interner);
        dump(&parsed.module, &interner);
    }
    let checked = check(&Path::new("/p").join(&program.0[0].0), &files, &Options::default());
    let cwd = Path::new("/p");
    let mut errors = 0;
    for diagnostic in &checked.diagnostics {
        let shown = text::diagnostic_text(diagnostic, &checked.sources, cwd, false);
        let record = json::diagnostic_record(diagnostic, &checked.sources, cwd);
        errors += usize::from(diagnostic.level == Level::Error);
        let last = format!("  code: {}\n", diagnostic.code);
        let lines_are_known = shown.lines().skip(1).all(|line| line.starts_with("  "));
        if diagnostic.message.is_empty()
            || !shown.ends_with(&last)
            || !lines_are_known
            || record.contains('\n')
        {
            return Err(format!("a message of another form: {shown}"));
        }
        if let Some(what) = leak(&shown) {
            return Err(format!("a message tells {what}: {shown}"));
        }
        let Some(file) = diagnostic.file.and_then(|file| checked.sources.get(file)) else { continue };
        let (start, end) = (diagnostic.span.start as usize, diagnostic.span.end as usize);
        if start > end || file.text().get(start..end).is_none() {
            return Err(format!("the span {start}..{end} of {} is no text", diagnostic.code));
        }
    }
    match (&checked.program, errors) {
        (Some(_), 0) => Ok(()),
        (None, 0) => Err("no program and no error".into()),
        (Some(_), _) => Err("a program in spite of an error".into()),
        (None, _) => Ok(()),
    }
}
