//! A whole program: what it declares in a module, and the definition of everything declared.

use crate::contain::contained;
use crate::convention::{function_signature, indirect_signature, runtime_signature};
use crate::data::{self, Statics};
use crate::error::CodegenError;
use crate::function::translate;
use crate::glue;
use crate::options::{Optimise, Options};
use crate::placement;
use crate::reach::{Reach, reachable};
use crate::target::quick_instruction_set;
use cranelift_codegen::binemit::Reloc;
use cranelift_codegen::control::ControlPlane;
use cranelift_codegen::ir::{self, Signature};
use cranelift_codegen::isa::{CallConv, OwnedTargetIsa, TargetFrontendConfig, TargetIsa};
use cranelift_codegen::{Context, FinalizedMachReloc};
use cranelift_frontend::FunctionBuilderContext;
use cranelift_module::{DataId, FuncId as ModuleId, Linkage, Module, ModuleReloc, ModuleRelocTarget};
use fuse_abi::functions::Rt;
use fuse_ir::{FuncId, Function, PositionId, Program};
use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Instructions from which on several threads compile: below, starting them takes longer than they save.
const PARALLEL_FROM: usize = 1000;
/// Threads that compile large programs, at most.
const THREADS: usize = 4;

/// Between functions: an instruction that stops whoever comes there.
const PADDING: u8 = 0xcc;

/// The namespaces of names in Cranelift IR, as `cranelift_module` has them.
const FUNCTIONS: u32 = 0;
const DATA: u32 = 1;

/// A declared function: where the module knows it.
pub(crate) type ModuleFn = ModuleId;

/// Something with code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Body {
    /// A C function that enters the program.
    Entry(Entry, FuncId),
    /// A function of the program.
    Function(FuncId),
    /// What the address of a function points to, see [`glue::needs_thunk`].
    Thunk(FuncId),
    /// One of the local outlined functions.
    Outlined(glue::Outlined),
}

/// A way into the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// The selected app.
    App,
    /// `fn main` with its arguments bound.
    Main,
    /// What the runtime calls by number.
    Calls,
}

impl Entry {
    /// Its symbol.
    pub fn name(self) -> &'static str {
        match self {
            Entry::App => "fuse$entry",
            Entry::Main => "fuse$main",
            Entry::Calls => "fuse$calls",
        }
    }
}

/// A program in the course of being generated. All declarations are made before the first body, so that bodies are
/// translated independently of each other.
pub(crate) struct Unit<'a> {
    pub program: &'a Program,
    pub options: &'a Options,
    /// The C convention of the target.
    pub system: CallConv,
    /// What the builder of functions must know of the target.
    pub target: TargetFrontendConfig,
    /// Runtime functions are linked into the same file and near enough for direct calls.
    pub near_runtime: bool,
    reach: Reach,
    functions: Vec<Option<ModuleFn>>,
    thunks: BTreeMap<FuncId, ModuleFn>,
    runtime: BTreeMap<Rt, ModuleFn>,
    outlined: BTreeMap<glue::Outlined, ModuleFn>,
    statics: Statics,
    positions: BTreeMap<PositionId, u32>,
    bodies: Vec<(Body, ModuleFn)>,
}

/// What the drivers need of a generated program.
pub(crate) struct Generated {
    /// The data symbol of the image.
    pub image: DataId,
    /// Names of the program's functions that have code.
    pub functions: Vec<String>,
    /// Names and line tables of everything that has code, in order of definition, if debug information is wanted.
    pub lines: Vec<(String, FunctionLines)>,
    /// The positions in the order of their numbers in this executable.
    pub positions: Vec<PositionId>,
}

/// The line table of one function.
pub(crate) struct FunctionLines {
    /// The function.
    pub id: ModuleFn,
    /// Size of its code in bytes.
    pub size: u32,
    /// Ranges of code and the position (index into the program's positions plus one) each comes from.
    pub ranges: Vec<(u32, u32, u32)>,
}

/// Compiled code of one function, not yet in the module.
struct Compiled {
    id: ModuleFn,
    alignment: u64,
    /// Where in a line of code it should begin, if that matters: it has loops, or calls itself.
    start: Option<u32>,
    code: Vec<u8>,
    relocs: Vec<ModuleReloc>,
    lines: Vec<(u32, u32, u32)>,
}

/// A function of more blocks is not optimised: the time of the better register allocator grows with their square.
const OPTIMISED_BLOCKS: usize = 4000;

/// The two ways to compile a function; the second is made when it is needed, which is seldom.
struct InstructionSets<'i> {
    usual: &'i OwnedTargetIsa,
    quick: OnceLock<OwnedTargetIsa>,
    options: &'i Options,
}

impl InstructionSets<'_> {
    fn suits(&self, func: &ir::Function) -> Result<&dyn TargetIsa, CodegenError> {
        if func.dfg.num_blocks() <= OPTIMISED_BLOCKS {
            return Ok(&**self.usual);
        }
        if let Some(quick) = self.quick.get() {
            return Ok(&**quick);
        }
        let made = quick_instruction_set(self.options)?;
        // Another thread may have been first; the two are equal.
        Ok(&**self.quick.get_or_init(|| made))
    }
}

/// Declares and defines the whole program in `module`, whose instruction set is `isa`.
pub(crate) fn generate<M: Module>(
    module: &mut M,
    isa: &OwnedTargetIsa,
    program: &Program,
    options: &Options,
    near_runtime: bool,
) -> Result<Generated, CodegenError> {
    let unit = Unit::declare(module, program, options, near_runtime)?;
    let image = data::define(module, &unit)?;
    let mut compiled = unit.compile_all(isa)?;
    let sizes = compiled.iter().map(|compiled| compiled.code.len() as u32).collect::<Vec<_>>();
    pad(&mut compiled);
    let mut lines = Vec::new();
    for ((compiled, size), &(body, _)) in compiled.into_iter().zip(sizes).zip(&unit.bodies) {
        module
            .define_function_bytes(compiled.id, compiled.alignment, &compiled.code, &compiled.relocs)
            .map_err(CodegenError::module)?;
        if options.debug_info {
            lines.push((
                unit.body_name(body),
                FunctionLines { id: compiled.id, size, ranges: compiled.lines },
            ));
        }
    }
    let functions = unit.reach.functions.iter().map(|&id| program.function(id).name.clone()).collect();
    let positions = unit.reach.positions.iter().copied().collect();
    Ok(Generated { image, functions, lines, positions })
}

impl<'a> Unit<'a> {
    /// Declares everything that the program's entry reaches.
    pub fn declare<M: Module>(
        module: &mut M,
        program: &'a Program,
        options: &'a Options,
        near_runtime: bool,
    ) -> Result<Unit<'a>, CodegenError> {
        let reach = reachable(program)?;
        let system = module.isa().default_call_conv();
        let positions = reach.positions.iter().zip(1..).map(|(&id, number)| (id, number)).collect();
        let statics = data::declare_statics(module, program, &reach)?;
        let mut unit = Unit {
            program,
            options,
            system,
            target: module.target_config(),
            near_runtime,
            functions: vec![None; program.functions.len()],
            thunks: BTreeMap::new(),
            runtime: BTreeMap::new(),
            outlined: BTreeMap::new(),
            statics,
            positions,
            bodies: Vec::new(),
            reach,
        };
        unit.declare_functions(module)?;
        Ok(unit)
    }

    fn declare_functions<M: Module>(&mut self, module: &mut M) -> Result<(), CodegenError> {
        for &rt in &self.reach.runtime {
            let signature = runtime_signature(rt.row(), self.system);
            let id = module.declare_function(rt.row().symbol, Linkage::Import, &signature);
            self.runtime.insert(rt, id.map_err(CodegenError::module)?);
        }
        let program = self.program;
        let entries =
            [(Entry::App, program.entry), (Entry::Main, program.main), (Entry::Calls, program.calls)];
        for (entry, function) in entries {
            let Some(function) = function else { continue };
            let signature = glue::entry_signature(&program.function(function).signature, self.system);
            let id = declare_local(module, entry.name(), &signature)?;
            self.bodies.push((Body::Entry(entry, function), id));
        }
        for &id in &self.reach.functions {
            let function = self.program.function(id);
            let declared = declare_local(module, &function.name, &function_signature(&function.signature))?;
            self.functions[id.0 as usize] = Some(declared);
            self.bodies.push((Body::Function(id), declared));
        }
        for &id in &self.reach.addresses {
            let function = self.program.function(id);
            if glue::needs_thunk(function) {
                let signature = function_signature(&indirect_signature(&function.signature));
                let declared = declare_local(module, &format!("{}$thunk", function.name), &signature)?;
                self.thunks.insert(id, declared);
                self.bodies.push((Body::Thunk(id), declared));
            }
        }
        for outlined in glue::Outlined::needed(&self.reach) {
            let id = declare_local(module, outlined.name(), &outlined.signature())?;
            self.outlined.insert(outlined, id);
            self.bodies.push((Body::Outlined(outlined), id));
        }
        Ok(())
    }

    /// Everything that has code, in the order of definition.
    pub fn bodies(&self) -> &[(Body, ModuleFn)] {
        &self.bodies
    }

    /// The name of a body, for dumps and errors.
    pub fn body_name(&self, body: Body) -> String {
        match body {
            Body::Entry(entry, _) => entry.name().to_owned(),
            Body::Function(id) => self.program.function(id).name.clone(),
            Body::Thunk(id) => format!("{}$thunk", self.program.function(id).name),
            Body::Outlined(outlined) => outlined.name().to_owned(),
        }
    }

    /// Whether the plain paths of counting are put in line.
    pub fn counts_in_line(&self) -> bool {
        self.options.optimise == Optimise::Speed
    }

    /// What is reachable.
    pub fn reach(&self) -> &Reach {
        &self.reach
    }

    /// A function of the program and its declaration.
    pub fn function(&self, id: FuncId) -> Result<(&'a Function, ModuleFn), CodegenError> {
        let declared = self.functions.get(id.0 as usize).copied().flatten();
        let declared =
            declared.ok_or_else(|| CodegenError::general(format!("function number {} is unknown", id.0)))?;
        Ok((self.program.function(id), declared))
    }

    /// The declaration of what the address of a function points to.
    pub fn address_target(&self, id: FuncId) -> Result<ModuleFn, CodegenError> {
        match self.thunks.get(&id) {
            Some(&thunk) => Ok(thunk),
            None => Ok(self.function(id)?.1),
        }
    }

    /// The declaration of a runtime function.
    pub fn runtime(&self, rt: Rt) -> Result<ModuleFn, CodegenError> {
        let declared = self.runtime.get(&rt).copied();
        declared.ok_or_else(|| {
            CodegenError::general(format!("runtime function `{}` is not declared", rt.row().name))
        })
    }

    /// The declaration of an outlined function.
    pub fn outlined(&self, outlined: glue::Outlined) -> Result<ModuleFn, CodegenError> {
        let declared = self.outlined.get(&outlined).copied();
        declared.ok_or_else(|| CodegenError::general(format!("`{}` is not declared", outlined.name())))
    }

    /// Static objects.
    pub fn statics(&self) -> &Statics {
        &self.statics
    }

    /// The number of a position in the table of this executable; 0 if it is unknown.
    pub fn position(&self, id: PositionId) -> u32 {
        self.positions.get(&id).copied().unwrap_or(0)
    }

    /// Puts the Cranelift IR of a body into `context`.
    pub fn translate(
        &self,
        body: Body,
        context: &mut Context,
        builder: &mut FunctionBuilderContext,
    ) -> Result<(), CodegenError> {
        let name = self.body_name(body);
        if self.options.refuse.as_deref() == Some(&name) {
            return Err(CodegenError::in_function(&name, "refused by the test hook"));
        }
        let named = |mut error: CodegenError| {
            error.function.get_or_insert_with(|| name.clone());
            error
        };
        match body {
            Body::Function(id) => translate(self, self.program.function(id), &mut context.func, builder),
            Body::Entry(_, id) => glue::entry(self, id, &mut context.func, builder),
            Body::Thunk(id) => glue::thunk(self, id, &mut context.func, builder),
            Body::Outlined(outlined) => glue::outlined(self, outlined, &mut context.func, builder),
        }
        .map_err(named)
    }

    /// Compiles all bodies; the result is in the order of [`Unit::bodies`] whatever the threads do.
    fn compile_all(&self, isa: &OwnedTargetIsa) -> Result<Vec<Compiled>, CodegenError> {
        let sets = &InstructionSets { usual: isa, quick: OnceLock::new(), options: self.options };
        let next = AtomicUsize::new(0);
        let threads = match self.instructions() {
            ..PARALLEL_FROM => 1,
            _ => std::thread::available_parallelism().map_or(1, usize::from).min(THREADS),
        };
        let mut results = std::thread::scope(|scope| {
            let others =
                (1..threads).map(|_| scope.spawn(|| self.compile_some(sets, &next))).collect::<Vec<_>>();
            let mut results = self.compile_some(sets, &next);
            for worker in others {
                // A panic is contained in each body; what a lost worker had taken is missing below.
                results.extend(worker.join().unwrap_or_default());
            }
            results
        });
        results.sort_by_key(|&(index, _)| index);
        // Bodies are taken in order, so the first error is the same for any number of threads.
        let compiled = results.into_iter().map(|(_, result)| result).collect::<Result<Vec<_>, _>>()?;
        if compiled.len() != self.bodies.len() {
            return Err(CodegenError::general("a thread that compiled was lost"));
        }
        Ok(compiled)
    }

    /// Whether a body calls itself, perhaps through others: it is entered as often as a loop goes round.
    fn is_recursive(&self, body: Body) -> bool {
        matches!(body, Body::Function(id) if self.program.function(id).recursive)
    }

    fn instructions(&self) -> usize {
        let functions = self.reach.functions.iter().map(|&id| self.program.function(id));
        functions.flat_map(|function| &function.blocks).map(|block| block.insts.len() + 1).sum()
    }

    /// Takes bodies until none is left, or until one fails.
    fn compile_some(
        &self,
        sets: &InstructionSets<'_>,
        next: &AtomicUsize,
    ) -> Vec<(usize, Result<Compiled, CodegenError>)> {
        let mut context = Context::new();
        let mut builder = FunctionBuilderContext::new();
        let mut results = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(&(body, id)) = self.bodies.get(index) else { break };
            let result = self.compile(sets, body, id, &mut context, &mut builder);
            let failed = result.is_err();
            results.push((index, result));
            if failed {
                break;
            }
        }
        results
    }

    fn compile(
        &self,
        sets: &InstructionSets<'_>,
        body: Body,
        id: ModuleFn,
        context: &mut Context,
        builder: &mut FunctionBuilderContext,
    ) -> Result<Compiled, CodegenError> {
        let name = self.body_name(body);
        contained(Some(&name), || {
            context.clear();
            self.translate(body, context, builder)?;
            let isa = sets.suits(&context.func)?;
            if let Err(error) = context.compile(isa, &mut ControlPlane::default()) {
                return Err(CodegenError::in_function(&name, error.inner.to_string()));
            }
            let code = context.compiled_code().ok_or_else(|| CodegenError::in_function(&name, "no code"))?;
            let relocs = code.buffer.relocs();
            let lines = code.buffer.get_srclocs_sorted();
            Ok(Compiled {
                id,
                alignment: u64::from(code.buffer.alignment),
                start: placement::start_in_line(code).or(self.is_recursive(body).then_some(0)),
                code: code.code_buffer().to_vec(),
                relocs: relocs.iter().map(|reloc| relocation(reloc, &context.func, id)).collect(),
                lines: lines.iter().map(|line| (line.start, line.end, line.loc.bits())).collect(),
            })
        })
    }
}

/// Extends functions so that the ones after them begin where they should: both kinds of module put functions one after
/// the other, each at the next address that its alignment allows.
fn pad(compiled: &mut [Compiled]) {
    if compiled.iter().all(|compiled| compiled.start.is_none()) {
        return;
    }
    // What is before the program's code is not known here: the first function begins a line.
    if let Some(first) = compiled.first_mut() {
        first.alignment = first.alignment.max(placement::LINE.into());
    }
    let mut end = 0_u64;
    for index in 1..compiled.len() {
        let (before, after) = compiled.split_at_mut(index);
        let (Some(before), Some(after)) = (before.last_mut(), after.first()) else { continue };
        end = end.next_multiple_of(before.alignment) + before.code.len() as u64;
        if let Some(start) = after.start {
            let padding = placement::padding(end, start);
            before.code.resize(before.code.len() + padding as usize, PADDING);
            end += padding;
        }
    }
}

/// A relocation of compiled code. Cranelift asks for a *call* to data when it takes its address; linkers need not understand that.
fn relocation(reloc: &FinalizedMachReloc, func: &ir::Function, id: ModuleFn) -> ModuleReloc {
    let mut reloc = ModuleReloc::from_mach_reloc(reloc, func, id);
    let to_data = matches!(reloc.name, ModuleRelocTarget::User { namespace: DATA, .. });
    if to_data && reloc.kind == Reloc::X86CallPCRel4 {
        reloc.kind = Reloc::X86PCRel4;
    }
    reloc
}

fn declare_local<M: Module>(
    module: &mut M,
    name: &str,
    signature: &Signature,
) -> Result<ModuleFn, CodegenError> {
    if module.get_name(name).is_some() {
        return Err(CodegenError::in_function(name, "there are two functions with this name"));
    }
    module
        .declare_function(name, Linkage::Local, signature)
        .map_err(|error| CodegenError::in_function(name, error.to_string()))
}

/// The name under which Cranelift IR refers to a declared function.
pub(crate) fn external_name(func: &mut ir::Function, id: ModuleFn) -> ir::ExternalName {
    let name = ir::UserExternalName { namespace: FUNCTIONS, index: id.as_u32() };
    ir::ExternalName::user(func.declare_imported_user_function(name))
}

/// The same for data.
pub(crate) fn external_data(func: &mut ir::Function, id: DataId) -> ir::ExternalName {
    let name = ir::UserExternalName { namespace: DATA, index: id.as_u32() };
    ir::ExternalName::user(func.declare_imported_user_function(name))
}
