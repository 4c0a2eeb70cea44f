//! Random programs: after all passes they are sound and certified, leak nothing, free nothing twice, and do what they did before.

mod common;

use common::interpret::Interpreter;
use common::{Random, generate};
use fuse_ir::passes::{Level, Pass, Passes};
use fuse_ir::verify::{self, Stage};
use fuse_ir::{Program, certify, passes, text};

fn outcome(program: &Program, counted: bool, seed: u64) -> (bool, Vec<String>) {
    let mut interpreter = Interpreter::new(program, counted, Random::new(seed));
    let failed = interpreter.run();
    (failed, interpreter.output)
}

/// Runs a program before and after `apply`.
fn check(seed: u64, apply: impl Fn(&mut Program)) {
    let mut program = generate::program(&mut Random::new(seed));
    let before = program.clone();
    if let Err(complaints) = verify::program(&program, Stage::Lowered) {
        panic!("seed {seed}: {complaints:#?}\n{}", text::program(&program));
    }
    apply(&mut program);
    let shown = || text::program(&program);
    if let Err(complaints) = verify::program(&program, Stage::Counted) {
        panic!("seed {seed}: {complaints:#?}\n{}", shown());
    }
    if let Err(complaints) = certify::program(&program) {
        panic!("seed {seed}: {complaints:#?}\n{}", shown());
    }
    for run in 0..4 {
        let run = seed.wrapping_mul(31) + run;
        let expected = outcome(&before, false, run);
        let result = std::panic::catch_unwind(|| outcome(&program, true, run));
        match result {
            Ok(found) => assert_eq!(expected, found, "seed {seed}\n{}", shown()),
            Err(_) => panic!("seed {seed}, run {run}\n{}", shown()),
        }
    }
}

fn with(seed: u64, passes: impl Into<Passes> + Copy) {
    check(seed, |program| {
        passes::optimize(program, passes);
        passes::finish(program, passes);
    });
}

#[test]
fn counted() {
    for seed in 1..150 {
        check(seed, |program| passes::finish(program, Level::Quick));
    }
}

#[test]
fn unique() {
    for seed in 1..150 {
        check(seed, |program| passes::finish(program, Level::Full));
    }
}

#[test]
fn simplified() {
    for seed in 1..150 {
        with(seed, Level::Quick);
    }
}

#[test]
fn optimized() {
    for seed in 1..150 {
        with(seed, Level::Full);
    }
}

/// Each pass may be missing: no other relies on it.
#[test]
fn with_a_pass_off() {
    for pass in Pass::ALL {
        for seed in 200..240 {
            with(seed, Passes::from(Level::Full).without(pass));
        }
    }
}
