//! What stands in an object, that it is the same each time, and how refusals are told.

use fuse_abi::failure::Failure;
use fuse_abi::functions::{Mode, Rt};
use fuse_codegen::{Optimise, Options, dump_asm, dump_clif, emit_object, load};
use fuse_ir::program::Param;
use fuse_ir::verify::{Stage, program as verify};
use fuse_ir::{
    BlockCall, CheckedOp, FuncId, Function, Inst, InstData, IntCc, Position, PositionId, Program, Signature,
    Terminator, Type,
};
use object::{Object as _, ObjectSection as _, ObjectSymbol as _, RelocationFlags, SymbolKind, elf};
use std::path::Path;
use std::time::{Duration, Instant};

fn read(name: &str) -> Program {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/run").join(name);
    fuse_ir::parse::program(&std::fs::read_to_string(path).expect("the program")).expect("valid text")
}

fn both() -> [Options; 2] {
    [Options::new(Optimise::None), Options::new(Optimise::Speed)]
}

#[test]
fn object_defines_the_image_and_names_what_it_needs() {
    for options in both() {
        let object = emit_object(&read("statics.ir"), &options).expect("an object");
        assert_eq!(object.functions, ["main.show", "main.main"]);
        let file = object::File::parse(&*object.bytes).expect("an ELF file");
        let image = file.symbol_by_name("fuse_image").expect("the image");
        assert!(image.is_global() && image.is_definition());
        assert_eq!(
            image.flags(),
            object::SymbolFlags::Elf { st_info: elf::SymbolInfo(0x11), st_other: elf::STV_HIDDEN.into() }
        );
        let section = file.section_by_index(image.section_index().expect("a section")).expect("a section");
        assert_eq!(section.name(), Ok(".data.rel.ro"));
        for name in &object.functions {
            let symbol = file.symbol_by_name(name).expect("a symbol for each function");
            assert_eq!((symbol.kind(), symbol.is_local()), (SymbolKind::Text, true));
        }
        let needed =
            file.symbols().filter(|symbol| symbol.is_undefined() && !symbol.name().unwrap_or("").is_empty());
        let mut needed = needed.map(|symbol| symbol.name().unwrap_or("").to_owned()).collect::<Vec<_>>();
        needed.sort();
        let expected = [
            "drop_object",
            "node_copy",
            "print_str",
            "print_value",
            "release_shared",
            "retain_shared",
            "str_new",
            "str_push_json",
        ];
        assert_eq!(needed, expected.map(|name| format!("fuse_{name}")));
    }
}

#[test]
fn object_is_position_independent_and_hardened() {
    for options in both() {
        let bytes = emit_object(&read("indirect.ir"), &options).expect("an object").bytes;
        let file = object::File::parse(&*bytes).expect("an ELF file");
        assert!(file.section_by_name(".note.GNU-stack").is_some());
        let data = file.symbol_by_name("fuse$data").expect("the data").index();
        for section in file.sections() {
            for (offset, relocation) in section.relocations() {
                let RelocationFlags::Elf { r_type } = relocation.flags() else {
                    panic!("not an ELF relocation")
                };
                let allowed: &[elf::RelocationType] = match section.name() {
                    // Direct calls and addresses only: no table of addresses, no absolute address in code.
                    Ok(".text") => &[elf::R_X86_64_PLT32, elf::R_X86_64_PC32],
                    Ok(".data.rel.ro") => &[elf::R_X86_64_64],
                    _ => &[],
                };
                assert!(allowed.contains(&r_type), "{:?}+{offset}: {r_type}", section.name());
                let to_data = relocation.target() == object::RelocationTarget::Symbol(data);
                assert!(!to_data || r_type != elf::R_X86_64_PLT32, "data is not called");
            }
        }
    }
}

#[test]
fn unused_functions_leave_no_trace() {
    for options in both() {
        let with = read("statics.ir");
        let mut without = with.clone();
        assert_eq!(without.functions.pop().expect("a function").name, "main.unused");
        without.statics.truncate(4);
        let bytes = emit_object(&with, &options).expect("an object").bytes;
        assert_eq!(bytes, emit_object(&without, &options).expect("an object").bytes);
        assert!(!bytes.windows(13).any(|window| window == b"unused-marker"));
    }
}

#[test]
fn build_information_is_in_the_object() {
    let options =
        Options { build_info: "mode=aot profile=release".to_owned(), ..Options::new(Optimise::Speed) };
    let bytes = emit_object(&read("switch.ir"), &options).expect("an object").bytes;
    assert!(bytes.windows(24).any(|window| window == b"mode=aot profile=release"));
}

#[test]
fn same_program_same_bytes() {
    let large = calls(500);
    for options in both() {
        let options = Options { debug_info: true, ..options };
        for program in [&read("nodes.ir"), &read("calls.ir"), &large] {
            let first = emit_object(program, &options).expect("an object").bytes;
            for _ in 0..5 {
                assert_eq!(first, emit_object(program, &options).expect("an object").bytes);
            }
        }
    }
}

#[test]
fn debug_information_names_lines_of_files() {
    let options = Options { debug_info: true, ..Options::new(Optimise::None) };
    let bytes = emit_object(&read("fail_in_callee.ir"), &options).expect("an object").bytes;
    let file = object::File::parse(&*bytes).expect("an ELF file");
    for name in [".debug_info", ".debug_line", ".debug_abbrev"] {
        let section = file.section_by_name(name).unwrap_or_else(|| panic!("{name} is missing"));
        assert!(section.size() > 0);
    }
    let lines = file.section_by_name(".debug_line").expect("lines").data().expect("data");
    assert!(lines.windows(7).any(|window| window == b"a.fuse\0"));
    let plain =
        emit_object(&read("fail_in_callee.ir"), &Options::new(Optimise::None)).expect("an object").bytes;
    assert!(object::File::parse(&*plain).expect("an ELF file").section_by_name(".debug_info").is_none());
}

#[test]
fn refused_function_is_named() {
    let options = Options { refuse: Some("main.show".to_owned()), ..Options::new(Optimise::Speed) };
    let error = emit_object(&read("statics.ir"), &options).expect_err("refused");
    assert_eq!(error.function.as_deref(), Some("main.show"));
    assert!(error.to_string().contains("`main.show`"));
    assert_eq!(load(&read("statics.ir"), &options, []).expect_err("refused").function, error.function);
}

#[test]
fn broken_programs_are_errors() {
    let mut program = read("switch.ir");
    program.functions[1].name = program.functions[0].name.clone();
    assert!(emit_object(&program, &Options::default()).is_err());
    let mut program = read("arithmetic.ir");
    program.functions[0].signature.fails = false;
    assert_eq!(
        emit_object(&program, &Options::default()).expect_err("an error").function.as_deref(),
        Some("main.add")
    );
    let mut program = read("switch.ir");
    program.functions[0].name = "zero\0byte".to_owned();
    assert!(emit_object(&program, &Options::default()).is_err());
    assert!(
        load(&read("switch.ir"), &Options::default(), [])
            .expect_err("no runtime")
            .message
            .contains("fuse_print_int")
    );
}

#[test]
fn a_panic_of_the_code_generator_is_an_error() {
    let mut program = read("switch.ir");
    // Two cases of a table with one value: the verifier would have refused it, Cranelift's switch panics.
    let Terminator::Switch(_, cases, _) = &mut program.functions[0].blocks[0].term else {
        panic!("a switch")
    };
    let case = cases[0].clone();
    cases.extend((100..110).map(|value| (value, case.1.clone())));
    cases.push(case);
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let error = emit_object(&program, &Options::default()).expect_err("an error");
    std::panic::set_hook(hook);
    assert_eq!(error.function.as_deref(), Some("main.int"));
}

#[test]
fn dumps_show_one_function_or_all() {
    let program = read("statics.ir");
    let options = Options::new(Optimise::Speed);
    let all = dump_clif(&program, &options, None).expect("text");
    assert!(all.contains("; main.main\n") && all.contains("; main.show\n") && all.contains("; fuse$entry\n"));
    let one = dump_clif(&program, &options, Some("main.show")).expect("text");
    assert!(one.contains("; main.show\n") && !one.contains("; main.main\n"));
    assert!(dump_asm(&program, &options, Some("main.show")).expect("text").contains("retq"));
    assert_eq!(dump_asm(&program, &options, Some("no.such")).expect("text"), "");
}

#[test]
fn large_functions_and_programs_take_moderate_time() {
    let start = Instant::now();
    let large = blocks(10_000);
    verify(&large, Stage::Counted).expect("good IR");
    for options in both() {
        let before = start.elapsed();
        emit_object(&large, &options).expect("an object");
        let blocks = start.elapsed();
        emit_object(&calls(2_000), &options).expect("an object");
        println!("{:?}: {:?}, {:?}", options.optimise, blocks - before, start.elapsed() - blocks);
    }
    // Seconds on a busy machine without optimisation; anything quadratic takes minutes.
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
}

fn param(ty: Type) -> Param {
    Param { ty, mode: Mode::Borrow }
}

fn inst(inst: Inst, results: Vec<fuse_ir::Value>) -> InstData {
    InstData { results, inst, cleanup: Vec::new() }
}

fn program(functions: Vec<Function>, entry: u32) -> Program {
    Program {
        functions,
        types: fuse_ir::TypeTables::predefined(),
        files: vec!["big.fuse".to_owned()],
        positions: (1..=1000).map(|line| Position { file: 0, line, column: 1 }).collect(),
        entry: Some(FuncId(entry)),
        ..Program::default()
    }
}

/// One function with so many blocks, each of which adds, checks and branches to the next two.
fn blocks(count: u32) -> Program {
    let mut function = Function::new("main.main", Signature { fails: true, ..Signature::default() });
    let start = function.add_value(Type::I64);
    let first = function.add_block();
    let value = function.add_param(first, Type::I64);
    function.block_mut(fuse_ir::Block(0)).insts.push(inst(Inst::Int(0), vec![start]));
    function.block_mut(fuse_ir::Block(0)).term =
        Terminator::Jump(BlockCall { block: first, args: vec![start] });
    let (mut block, mut value) = (first, value);
    for number in 0..count {
        let next = function.add_block();
        let param = function.add_param(next, Type::I64);
        let (one, sum, less) =
            (function.add_value(Type::I64), function.add_value(Type::I64), function.add_value(Type::I8));
        let position = PositionId(number % 1000 + 1);
        let data = function.block_mut(block);
        data.insts.push(inst(Inst::Int(i64::from(number)), vec![one]));
        data.insts.push(inst(Inst::Checked(CheckedOp::Add, value, one, position), vec![sum]));
        data.insts.push(inst(Inst::IntCompare(IntCc::Lt, sum, one), vec![less]));
        data.insts.push(inst(Inst::Check(less, Failure::NullAccess, position), vec![]));
        let (yes, no) =
            (BlockCall { block: next, args: vec![sum] }, BlockCall { block: next, args: vec![value] });
        data.term = Terminator::Branch(less, yes, no);
        (block, value) = (next, param);
    }
    let print = Inst::CallRuntime {
        function: Rt::print_int,
        types: vec![],
        args: vec![value],
        position: PositionId(1),
    };
    function.block_mut(block).insts.push(inst(print, vec![]));
    function.block_mut(block).term = Terminator::Return(vec![]);
    program(vec![function], 0)
}

/// So many functions, each of which calls the next.
fn calls(count: u32) -> Program {
    let mut functions = Vec::new();
    for number in 0..count {
        let signature = Signature { params: vec![param(Type::I64)], results: vec![Type::I64], fails: true };
        let mut function = Function::new(format!("main.f{number}"), signature);
        let argument = function.block(fuse_ir::Block(0)).params[0];
        let (sum, result) = (function.add_value(Type::I64), function.add_value(Type::I64));
        let data = function.block_mut(fuse_ir::Block(0));
        data.insts.push(inst(Inst::Checked(CheckedOp::Add, argument, argument, PositionId(7)), vec![sum]));
        if number + 1 < count {
            data.insts.push(inst(Inst::Call(FuncId(number + 1), vec![sum], PositionId(8)), vec![result]));
            data.term = Terminator::Return(vec![result]);
        } else {
            data.term = Terminator::Return(vec![sum]);
        }
        functions.push(function);
    }
    let mut main = Function::new("main.main", Signature { fails: true, ..Signature::default() });
    let (one, result) = (main.add_value(Type::I64), main.add_value(Type::I64));
    let data = main.block_mut(fuse_ir::Block(0));
    data.insts.push(inst(Inst::Int(1), vec![one]));
    data.insts.push(inst(Inst::Call(FuncId(0), vec![one], PositionId(9)), vec![result]));
    data.term = Terminator::Return(vec![]);
    functions.push(main);
    program(functions, count)
}
