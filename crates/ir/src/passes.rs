//! The order of the passes.

use crate::function::Function;
use crate::inline::{self, Plan};
use crate::literals::Literals;
use crate::program::{FuncId, Program, StaticData};
use crate::simplify::Simplifier;
use crate::verify::{self, Stage};
use crate::{
    borrow, certify, effects, forward, hoist, invariant, lengths, promote, raises, ranges, rc, rotate,
    scalars, sink, unique,
};

/// How much time to spend on optimization. What the program does is the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// As quick to compile as possible.
    Quick,
    /// As quick to run as possible.
    Full,
}

/// A pass that can be left out; tests compare programs with and without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Pass {
    /// Small functions, and those called once, move into their callers.
    Inline,
    /// One level of small functions that call themselves.
    Recursion,
    /// Lists of constants become static data.
    Literals,
    /// Nodes become their fields.
    Scalars,
    /// One length for each list.
    Lengths,
    /// Ranges of numbers.
    Ranges,
    /// Loops test at their end.
    Rotate,
    /// Loads before changes.
    Hoist,
    /// Loads after branches.
    Sink,
    /// Tests of uniqueness.
    Unique,
    /// Objects that go back into a slot only to be taken out again.
    Forward,
    /// What all rounds of a loop do alike is done before it.
    Invariant,
    /// Slots that a loop changes are in registers meanwhile.
    Promote,
}

impl Pass {
    /// All passes.
    pub const ALL: [Pass; 13] = [
        Pass::Inline,
        Pass::Recursion,
        Pass::Literals,
        Pass::Scalars,
        Pass::Lengths,
        Pass::Ranges,
        Pass::Rotate,
        Pass::Hoist,
        Pass::Sink,
        Pass::Unique,
        Pass::Forward,
        Pass::Invariant,
        Pass::Promote,
    ];
}

/// The passes to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passes {
    level: Level,
    out: u32,
}

impl Passes {
    /// The same passes but this one.
    pub fn without(self, pass: Pass) -> Passes {
        Passes { out: self.out | 1 << pass as u32, ..self }
    }

    fn has(self, pass: Pass) -> bool {
        self.level == Level::Full && self.out & 1 << pass as u32 == 0
    }
}

impl From<Level> for Passes {
    fn from(level: Level) -> Passes {
        Passes { level, out: 0 }
    }
}

/// Rounds of simplification at most, of what comes from lowering or inlining.
const ROUNDS: usize = 4;
/// Rounds after passes that change little.
const FEW_ROUNDS: usize = 2;

/// Removes what is not used, simplifies, and, at [`Level::Full`], does all that makes programs run faster.
pub fn optimize(program: &mut Program, passes: impl Into<Passes>) {
    let passes = passes.into();
    check(program, Stage::Lowered, "lowering");
    inline::remove_unused(program);
    raises::resolve(program);
    let mut simplifier = Simplifier::default();
    match passes.level {
        Level::Quick => {
            for function in &mut program.functions {
                simplifier.run(function, &program.statics, 1);
            }
        }
        Level::Full => {
            let plan = Plan::of(program);
            let mut literals = Literals::default();
            for id in plan.order.iter().copied() {
                optimize_function(program, id, passes, &plan, &mut simplifier, &mut literals);
            }
        }
    }
    inline::remove_unused(program);
    check(program, Stage::Lowered, "optimization");
}

fn optimize_function(
    program: &mut Program,
    id: FuncId,
    passes: Passes,
    plan: &Plan,
    simplifier: &mut Simplifier,
    literals: &mut Literals,
) {
    let index = id.0 as usize;
    simplifier.run(&mut program.functions[index], &program.statics, ROUNDS);
    if passes.has(Pass::Literals) {
        let Program { functions, statics, types, .. } = &mut *program;
        if literals.run(&mut functions[index], statics, types) {
            simplifier.run(&mut functions[index], statics, FEW_ROUNDS);
        }
    }
    if passes.has(Pass::Inline) && inline::inline_into(program, id, plan) {
        simplifier.run(&mut program.functions[index], &program.statics, ROUNDS);
    }
    if passes.has(Pass::Recursion) && inline::unroll_recursion(program, id) {
        simplifier.run(&mut program.functions[index], &program.statics, ROUNDS);
    }
    let Program { functions, statics, .. } = program;
    let function = &mut functions[index];
    let mut tidy_after = |pass: Pass, function: &mut Function, run: fn(&mut Function) -> bool| {
        if passes.has(pass) && run(function) {
            simplifier.run(function, statics as &[StaticData], FEW_ROUNDS);
        }
    };
    tidy_after(Pass::Scalars, function, scalars::run);
    tidy_after(Pass::Lengths, function, lengths::run);
    tidy_after(Pass::Ranges, function, ranges::run);
    tidy_after(Pass::Rotate, function, rotate::run);
    if passes.has(Pass::Sink) {
        sink::run(function);
    }
    if passes.has(Pass::Hoist) {
        hoist::run(function);
    }
}

/// Makes a program ready for code generation: effects, ownership, reference counts. The last step.
pub fn finish(program: &mut Program, passes: impl Into<Passes>) {
    let passes = passes.into();
    check(program, Stage::Lowered, "lowering");
    effects::infer(program);
    borrow::infer(program);
    rc::insert(program);
    for function in &mut program.functions {
        if passes.has(Pass::Unique) {
            unique::run(function);
        }
        // What stays out of its slot is known to be unique.
        if passes.has(Pass::Forward) && forward::run(function) && passes.has(Pass::Unique) {
            unique::run(function);
        }
        if passes.has(Pass::Forward) {
            forward::settle(function);
        }
        if passes.has(Pass::Invariant) {
            invariant::run(function);
        }
        if passes.has(Pass::Promote) {
            promote::run(function);
        }
    }
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
