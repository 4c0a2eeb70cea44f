//! Each pass on text: `tests/passes/<pass>/<case>.ir` holds a program and, after a line `;;; result`, what the pass makes of
//! it, exactly. `FUSE_BLESS=1 cargo test` writes the results anew.

use fuse_ir::passes::{Level, Pass, Passes};
use fuse_ir::verify::{self, Stage};
use fuse_ir::{Program, certify, parse, passes, text};
use std::path::{Path, PathBuf};

const MARK: &str = ";;; result\n";

fn cases(pass: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/passes").join(pass);
    let mut cases = std::fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("entry").path())
        .collect::<Vec<_>>();
    cases.sort();
    assert!(!cases.is_empty());
    cases
}

fn run(pass: &str, apply: impl Fn(&mut Program) -> Stage) {
    let bless = std::env::var_os("FUSE_BLESS").is_some();
    let mut failed = Vec::new();
    for path in cases(pass) {
        let name = path.display();
        let source = std::fs::read_to_string(&path).expect("text");
        let (input, expected) = source.split_once(MARK).unwrap_or((&source, ""));
        let mut program = parse::program(input).unwrap_or_else(|error| panic!("{name}: {error}"));
        if let Err(complaints) = verify::program(&program, Stage::Lowered) {
            panic!("{name}: input: {complaints:#?}");
        }
        let stage = apply(&mut program);
        let result = text::program(&program);
        if let Err(complaints) = verify::program(&program, stage) {
            panic!("{name}: {result}\n{complaints:#?}");
        }
        if stage == Stage::Counted
            && let Err(complaints) = certify::program(&program)
        {
            panic!("{name}: {result}\n{complaints:#?}");
        }
        if bless {
            std::fs::write(&path, format!("{}\n\n{MARK}{result}", input.trim_end())).expect("write");
        } else if result != expected {
            failed.push(format!("{name}:\n{result}"));
        }
    }
    assert!(failed.is_empty(), "FUSE_BLESS=1 accepts these results:\n{}", failed.join("\n"));
}

#[test]
fn rc() {
    run("rc", |program| {
        passes::finish(program, Level::Quick);
        Stage::Counted
    });
}

#[test]
fn effects() {
    run("effects", |program| {
        fuse_ir::effects::infer(program);
        Stage::Lowered
    });
}

#[test]
fn quick() {
    run("quick", |program| {
        passes::optimize(program, Level::Quick);
        Stage::Lowered
    });
}

#[test]
fn full() {
    run("full", |program| {
        passes::optimize(program, Level::Full);
        Stage::Lowered
    });
}

/// Each pass that can be left out: what all passes make of a program for which this one matters, and that it does matter.
#[test]
fn each() {
    // The name of a case begins with its pass.
    let pass_of = |name: &str| {
        let first = name.split('_').next().unwrap_or(name);
        let is_named = |pass: &Pass| format!("{pass:?}").eq_ignore_ascii_case(first);
        Pass::ALL.into_iter().find(is_named).unwrap_or_else(|| panic!("there is no pass {first}"))
    };
    let all = Passes::from(Level::Full);
    let apply = |program: &mut Program, passes: Passes| {
        passes::optimize(program, passes);
        passes::finish(program, passes);
    };
    run("each", |program| {
        apply(program, all);
        Stage::Counted
    });
    let mut missing = Pass::ALL.to_vec();
    for path in cases("each") {
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let source = std::fs::read_to_string(&path).expect("text");
        let input = source.split_once(MARK).map_or(&source[..], |(input, _)| input);
        let mut program = parse::program(input).unwrap_or_else(|error| panic!("{name}: {error}"));
        let mut without = program.clone();
        apply(&mut program, all);
        apply(&mut without, all.without(pass_of(&name)));
        assert_ne!(text::program(&program), text::program(&without), "{name} makes no difference");
        missing.retain(|pass| *pass != pass_of(&name));
    }
    assert!(missing.is_empty(), "no case for {missing:?}");
}
