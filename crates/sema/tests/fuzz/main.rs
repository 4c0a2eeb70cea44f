//! Mutated programs through lexer, parser and checker: nothing panics, nothing takes long, and what is reported makes sense.

mod corpus;
mod grammar;
mod harness;
mod mutate;

use std::path::Path;

use corpus::Sources;
use fuse_diagnostics::{FileId, Level, json, text};
use fuse_sema::{Dependency, MemoryFiles, Options, check};
use fuse_syntax::{Interner, dump, dump_tokens, lex, parse};
use mutate::{Random, mutated};

#[test]
fn mutated_programs_are_answered() {
    let programs = corpus::programs();
    let make = |random: &mut Random| match random.below(4) {
        0 => grammar::program(random),
        1 => mutated(&[grammar::program(random)], 3, random),
        _ => mutated(&programs, 6, random),
    };
    harness::run(&programs, make, answer);
}

/// What no message should tell: a name that is missing because of another mistake, or the type of what has one.
fn leak(shown: &str) -> Option<&'static str> {
    // The lines of the source are not the message.
    let told =
        shown.lines().filter(|line| !line.starts_with("  ") || line.trim_start().starts_with("hint: "));
    let told: String = told.collect::<Vec<_>>().join("\n");
    if told.replace("` `", "").contains("``") {
        return Some("an empty name");
    }
    [
        "unknown,",
        "unknown>",
        "unknown?",
        "unknown!",
        "found unknown",
        "type unknown",
        "<unknown",
        "and unknown",
        "unknown and",
    ]
    .iter()
    .any(|part| told.contains(part))
    .then_some("the type of a mistake")
}

/// What lies below `deps/`, by name.
fn dependencies(program: &Sources) -> Vec<Dependency> {
    let below = program.0.iter().filter_map(|(path, _)| path.strip_prefix("deps/")?.split_once('/'));
    let names: std::collections::BTreeSet<&str> = below.map(|(name, _)| name).collect();
    let root = |name: &&str| Path::new("/p/deps").join(name);
    names.iter().map(|name| Dependency { name: name.to_string(), root: root(name), checkout: None }).collect()
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
    // Either way, as the input decides.
    let strict_architecture = program.0.iter().map(|(_, text)| text.len()).sum::<usize>() % 2 == 0;
    let options = Options { dependencies: dependencies(program), strict_architecture };
    let checked = check(&Path::new("/p").join(&program.0[0].0), &files, &options);
    if let Some(program) = &checked.program {
        fuse_sema::dump(program, None);
    }
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
        if let Some(what) = leak(&shown).filter(|_| !program.0.iter().any(|(_, text)| text.contains('`'))) {
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
