//! The order of the passes.

use crate::hoist;
use crate::inline::{self, Plan};
use crate::program::Program;
use crate::simplify::Simplifier;
use crate::verify::{self, Stage};
use crate::{borrow, certify, effects, raises, ranges, rc, rotate};

/// How much time to spend on optimization. What the program does is the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// For running at once.
    Quick,
    /// For executables.
    Full,
}

/// Rounds of simplification at most, of what comes from lowering or inlining.
const ROUNDS: usize = 4;
/// Rounds after passes that change little.
const FEW_ROUNDS: usize = 2;

/// Removes what is not used, simplifies, and, at [`Level::Full`], inlines.
pub fn optimize(program: &mut Program, level: Level) {
    check(program, Stage::Lowered, "lowering");
    inline::remove_unused(program);
    raises::resolve(program);
    let mut simplifier = Simplifier::default();
    match level {
        Level::Quick => {
            for function in &mut program.functions {
                simplifier.run(function, &program.statics, 1);
            }
        }
        Level::Full => {
            let plan = Plan::of(program);
            for id in plan.order.iter().copied() {
                let index = id.0 as usize;
                simplifier.run(&mut program.functions[index], &program.statics, ROUNDS);
                if inline::inline_into(program, id, &plan) {
                    simplifier.run(&mut program.functions[index], &program.statics, ROUNDS);
                }
                if inline::unroll_recursion(program, id) {
                    simplifier.run(&mut program.functions[index], &program.statics, ROUNDS);
                }
                if ranges::run(&mut program.functions[index]) {
                    simplifier.run(&mut program.functions[index], &program.statics, FEW_ROUNDS);
                }
                if rotate::run(&mut program.functions[index]) {
                    simplifier.run(&mut program.functions[index], &program.statics, FEW_ROUNDS);
                }
                hoist::run(&mut program.functions[index]);
            }
        }
    }
    inline::remove_unused(program);
    check(program, Stage::Lowered, "optimization");
}

/// Makes a program ready for code generation: effects, ownership, reference counts. The last step.
pub fn finish(program: &mut Program) {
    check(program, Stage::Lowered, "lowering");
    effects::infer(program);
    borrow::infer(program);
    rc::insert(program);
    check(program, Stage::Counted, "RC insertion");
    if cfg!(debug_assertions) {
        certify::expect(program);
    }
}

fn check(program: &Program, stage: Stage, after: &str) {
    if cfg!(debug_assertions) {
        verify::expect(program, stage, after);
    }
}
