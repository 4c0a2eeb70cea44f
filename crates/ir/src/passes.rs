//! The order of the passes.

use crate::program::Program;
use crate::verify::{self, Stage};
use crate::{borrow, certify, effects, rc};

/// Makes a program ready for code generation: effects, ownership, reference counts. The last step.
pub fn finish(program: &mut Program) {
    check(program, Stage::Lowered, "optimization");
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
