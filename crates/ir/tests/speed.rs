//! Large inputs: no pass is quadratic. The limits are generous, for slow machines and unoptimized builds.

use fuse_abi::failure::Failure;
use fuse_abi::functions::{Mode, Rt};
use fuse_ir::inst::IntCc;
use fuse_ir::passes::{self, Level};
use fuse_ir::program::Position;
use fuse_ir::{
    CheckedOp, FuncId, Function, FunctionBuilder, Param, PositionId, Program, Signature, StaticData,
    StaticId, Type, TypeTables,
};
use std::time::{Duration, Instant};

const AT: PositionId = PositionId(1);

fn program(functions: Vec<Function>) -> Program {
    let mut types = TypeTables::predefined();
    types.types.extend(vec![types.types[4]; 2]);
    Program {
        types,
        functions,
        files: vec!["f.fuse".into()],
        positions: vec![Position { file: 0, line: 1, column: 1 }],
        statics: vec![StaticData::String("x".into())],
        entry: Some(FuncId(0)),
        ..Program::default()
    }
}

/// A function of so many statements like those of programs: loops, texts, lists, arithmetic, checks; about 15 instructions each.
fn statements(name: &str, count: usize, next: Option<FuncId>) -> Function {
    let param = |ty| Param { ty, mode: Mode::Borrow };
    let entry = name == "f0";
    let params = if entry { vec![] } else { vec![param(Type::Ref), param(Type::I64)] };
    let results = if entry { vec![] } else { vec![Type::Ref] };
    let mut b = FunctionBuilder::new(name, Signature { params, results, fails: false });
    let text = b.declare_var(Type::Ref);
    let total = b.declare_var(Type::I64);
    let list = b.declare_var(Type::Ref);
    let one = b.iconst(1);
    let start = b.static_object(StaticId(0));
    b.def_var(text, start);
    b.def_var(total, one);
    let first = b.call_runtime1(Rt::list_empty, &[8], &[one], AT);
    b.def_var(list, first);
    for number in 0..count {
        let [head, body, exit] = [(); 3].map(|()| b.create_block());
        let zero = b.iconst(0);
        let i = b.declare_var(Type::I64);
        b.def_var(i, zero);
        b.jump(head, &[]);
        b.switch_to_block(head);
        let (at, limit) = (b.use_var(i), b.iconst(number as i64));
        let more = b.icmp(IntCc::Lt, at, limit);
        b.branch(more, body, exit);
        b.seal_block(body);
        b.switch_to_block(body);
        let values = b.use_var(list);
        let len = b.len(values);
        let out = b.icmp(IntCc::Uge, at, len);
        b.check(out, Failure::IndexOutOfBounds, AT);
        let address = b.element_address(values, at, 8);
        let item = b.load(Type::Ref, address, 0);
        let left = b.use_var(text);
        let joined = b.call_runtime1(Rt::str_concat, &[], &[left, item], AT);
        b.def_var(text, joined);
        let sum = b.use_var(total);
        let sum = b.checked(CheckedOp::Add, sum, at, AT);
        b.def_var(total, sum);
        let one = b.iconst(1);
        let step = b.checked(CheckedOp::Add, at, one, AT);
        b.def_var(i, step);
        b.jump(head, &[]);
        b.seal_block(head);
        b.seal_block(exit);
        b.switch_to_block(exit);
    }
    let (left, right) = (b.use_var(text), b.use_var(total));
    let mut result = b.call_runtime1(Rt::str_push_int, &[], &[left, right], AT);
    if let Some(next) = next {
        result = b.call(next, &[result, right], &[Type::Ref], AT)[0];
    }
    if entry {
        b.call_runtime(Rt::print_str, &[], &[result], AT);
        b.ret(&[]);
    } else {
        b.ret(&[result]);
    }
    b.finish()
}

fn instructions(program: &Program) -> usize {
    program.functions.iter().flat_map(|function| &function.blocks).map(|block| block.insts.len() + 1).sum()
}

/// Processor time of this thread: other programs on the machine do not count.
fn now() -> Duration {
    static START: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let used = stat.split(' ').next().and_then(|field| field.parse().ok());
    used.map_or_else(|| START.elapsed(), Duration::from_nanos)
}

fn measure(what: &str, program: &Program, level: Level, limit: u64) {
    let mut program = program.clone();
    let count = instructions(&program);
    let start = now();
    passes::optimize(&mut program, level);
    let optimized = now() - start;
    let start = now();
    passes::finish(&mut program, level);
    let finished = now() - start;
    println!("{what}, {count} instructions, {level:?}: optimize {optimized:?}, finish {finished:?}");
    let slow = if cfg!(debug_assertions) { 30 } else { 1 };
    assert!(
        optimized + finished < Duration::from_millis(limit * slow),
        "{what}: {optimized:?}, {finished:?}"
    );
}

#[test]
fn many_functions() {
    let count = if cfg!(debug_assertions) { 100 } else { 1000 };
    let next = |index: u32| (index + 1 < count).then_some(FuncId(index + 1));
    let functions = (0..count).map(|index| statements(&format!("f{index}"), 14, next(index)));
    let program = program(functions.collect());
    measure("many functions", &program, Level::Quick, 400);
    measure("many functions", &program, Level::Full, 1000);
}

#[test]
fn one_large_function() {
    let program = program(vec![statements("f0", if cfg!(debug_assertions) { 1000 } else { 3400 }, None)]);
    measure("one function", &program, Level::Quick, 200);
    measure("one function", &program, Level::Full, 400);
}

/// 1000 texts that live until the end, past 1000 calls that can fail.
#[test]
fn many_live_objects() {
    let mut b = FunctionBuilder::new("f0", Signature::default());
    let texts = (0..1000).map(|number| {
        let text = b.static_object(StaticId(0));
        let number = b.iconst(number);
        b.call_runtime1(Rt::str_push_int, &[], &[text, number], AT)
    });
    let texts = texts.collect::<Vec<_>>();
    for _ in 0..1000 {
        let text = b.static_object(StaticId(0));
        b.call_runtime(Rt::print_str, &[], &[text], AT);
    }
    for text in texts {
        b.call_runtime(Rt::print_str, &[], &[text], AT);
    }
    b.ret(&[]);
    measure("live objects", &program(vec![b.finish()]), Level::Quick, 300);
}
