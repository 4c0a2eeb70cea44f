//! Slightly mutated programs through the whole compiler: what checks can be compiled (contract R2). Panics of lowering, of the
//! passes, of the verifier and the certifier of reference counts, and failures of code generation are found here.

#[path = "../../../sema/tests/fuzz/corpus.rs"]
mod corpus;
#[path = "../../../sema/tests/fuzz/harness.rs"]
mod harness;
#[path = "../../../sema/tests/fuzz/mutate.rs"]
mod mutate;

use std::path::Path;

use corpus::Sources;
use fuse_codegen::{Optimise, Options, emit_object};
use fuse_ir::passes::{self, Level};
use fuse_sema::{MemoryFiles, check};

#[test]
fn what_checks_compiles() {
    let mut programs = corpus::programs();
    let declares = |program: &Sources, what: &str| program.0[0].1.lines().any(|line| line.starts_with(what));
    programs.retain(|program| declares(program, "app \"") || declares(program, "test \""));
    assert!(programs.len() > 80, "{} programs with an app", programs.len());
    harness::run(&programs, |random| mutate::mutated(&programs, 2, random), answer);
}

fn answer(sources: &Sources) -> Result<(), String> {
    let mut files = MemoryFiles::new();
    for (path, text) in &sources.0 {
        files.add(Path::new("/p").join(path), text.as_str());
    }
    let checked = check(&Path::new("/p").join(&sources.0[0].0), &files, &fuse_sema::Options::default());
    let Some(program) = &checked.program else { return Ok(()) };
    let tests: Vec<_> = program.tests.iter().map(|test| test.function).collect();
    if !tests.is_empty() {
        // What this version cannot run yet has no code.
        let Ok(mut ir) = fuse_lower::lower_blocks(program, &tests) else { return Ok(()) };
        passes::optimize(&mut ir, Level::Quick);
        passes::finish(&mut ir, Level::Quick);
        emit_object(&ir, &Options::new(Optimise::None)).map_err(|error| format!("tests: {error}"))?;
    }
    let Some(app) = program.apps.first() else { return Ok(()) };
    for (level, optimise) in [(Level::Quick, Optimise::None), (Level::Full, Optimise::Speed)] {
        let options = fuse_lower::Options { entry: Some(app.function) };
        let Ok(mut ir) = fuse_lower::lower(program, options) else { return Ok(()) };
        passes::optimize(&mut ir, level);
        passes::finish(&mut ir, level);
        emit_object(&ir, &Options::new(optimise)).map_err(|error| format!("{level:?}: {error}"))?;
    }
    Ok(())
}
