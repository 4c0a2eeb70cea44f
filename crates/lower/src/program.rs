//! The whole program: a work list of functions from the entry on, static strings, positions.

use crate::checked::{Callback, ConfigBlock};
use crate::not_available::NotAvailable;
use crate::tables::Tables;
use crate::task::Spawned;
use crate::{calls, entry, function, task};
use fuse_abi::functions::Mode;
use fuse_hir::{
    FnId, FnKind, Module, ModuleId, Program, Span, Spawn, StdErrors, StructId, Ty, Type as HirType,
};
use fuse_ir::{FuncId, Param, Position, PositionId, Signature, StaticData, StaticId};
use rustc_hash::{FxHashMap, FxHashSet};
use std::rc::Rc;

/// What to lower.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The body of the app that runs, if there is one. Everything that it, `fn main` of the root module and the configs can reach is lowered, and
    /// nothing else; if there is neither, nothing at all.
    pub entry: Option<FnId>,
}

/// Lowers a checked program. The result has no reference counts yet. There is none if something is reached that this version cannot run.
pub fn lower(program: &Program, options: Options) -> Result<fuse_ir::Program, NotAvailable> {
    Ok(lower_entries(program, options)?.0)
}

/// The same, with the names of all functions that the program declares and reaches, sorted. Each is the name of an IR function.
pub fn lower_with_names(
    program: &Program,
    options: Options,
) -> Result<(fuse_ir::Program, Vec<String>), NotAvailable> {
    let (ir, jobs) = lower_entries(program, options)?;
    let done: FxHashSet<Job> = jobs.iter().copied().collect();
    let name = |(job, function): (&Job, &fuse_ir::Function)| {
        let is_declared = match *job {
            Job::Function(_) | Job::Catching(_) | Job::Spawn(_) => true,
            Job::Body(id) | Job::Into(id) => is_only_form(id, |job| done.contains(&job)),
            Job::Start(..) | Job::Main(..) | Job::Configs(_) | Job::Calls(_) => false,
        };
        is_declared.then(|| function.name.clone())
    };
    let mut names: Vec<String> = jobs.iter().zip(&ir.functions).filter_map(name).collect();
    names.sort_unstable();
    Ok((ir, names))
}

/// Whether a function was not lowered in its usual form.
fn is_only_form(id: FnId, done: impl Fn(Job) -> bool) -> bool {
    !done(Job::Function(id)) && !done(Job::Catching(id))
}

/// The program, and which function of it is which job.
fn lower_entries(program: &Program, options: Options) -> Result<(fuse_ir::Program, Vec<Job>), NotAvailable> {
    let mut lowering = Lowering::new(program);
    let config = first_config(program);
    // What is missing is missed when the configs have their values (runtime reference 1.1).
    let (entry, main) = match config {
        Some(config) => (
            Some(lowering.add(Job::Start(options.entry, config))),
            Some(lowering.add(Job::Main(program.main, config))),
        ),
        None => (
            options.entry.map(|app| lowering.function(app)),
            program.main.map(|main| lowering.add(Job::Main(Some(main), main))),
        ),
    };
    lowering.finish(Entries { entry, main, somewhere: options.entry.or(program.main).or(config) })
}

/// Lowers tests or migrations, the bodies given, and everything they and the configs can reach. The entry of the program, if it has configs, only
/// resolves these; the bodies are what the runtime calls by number, from 0 on.
pub fn lower_blocks(program: &Program, blocks: &[FnId]) -> Result<fuse_ir::Program, NotAvailable> {
    let mut lowering = Lowering::new(program);
    lowering.tables.checked.calls.extend(blocks.iter().map(|&block| Callback::Block(block)));
    let config = first_config(program);
    let entry = config.map(|config| lowering.add(Job::Configs(config)));
    let entries = Entries { entry, main: None, somewhere: blocks.first().copied().or(config) };
    Ok(lowering.finish(entries)?.0)
}

/// The default of the first field of a config, if there is any.
fn first_config(program: &Program) -> Option<FnId> {
    program.configs.iter().flat_map(|config| &config.fields).map(|field| field.default).next()
}

/// The ways into a program, and a function that stands for positions only where there is no other.
struct Entries {
    entry: Option<FuncId>,
    main: Option<FuncId>,
    somewhere: Option<FnId>,
}

/// An IR function that is to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Job {
    /// A function.
    Function(FnId),
    /// A function whose error domains take validation errors: it calls its own body and catches them.
    Catching(FnId),
    /// The body of such a function.
    Body(FnId),
    /// A function of the result type `Html` that appends its result to a buffer.
    Into(FnId),
    /// Resolves the configs and calls the app, if there is one. The other function stands for positions only.
    Start(Option<FnId>, FnId),
    /// Resolves the configs, binds the arguments and calls `fn main`, if there is one. The other function stands for positions only.
    Main(Option<FnId>, FnId),
    /// Resolves the configs. The function stands for positions only.
    Configs(FnId),
    /// What the runtime calls by number. The function stands for positions only.
    Calls(FnId),
    /// A `spawn` block, by its number.
    Spawn(u32),
}

/// What all functions share while the program is lowered.
pub(crate) struct Lowering<'a> {
    pub(crate) program: &'a Program,
    pub(crate) tables: Tables<'a>,
    pub(crate) config_block: Option<(StaticId, Rc<ConfigBlock>)>,
    /// Something may raise a validation error.
    pub(crate) raises: bool,
    /// The database is used.
    pub(crate) uses_db: bool,
    /// `spawn` blocks, by their numbers.
    pub(crate) spawns: Vec<Spawned>,
    /// The numbers of those that are known to be reachable.
    pub(crate) spawn_numbers: FxHashMap<*const Spawn, u32>,
    /// The first use that was reached of something that this version cannot run.
    pub(crate) not_available: Option<NotAvailable>,
    jobs: FxHashMap<Job, FuncId>,
    order: Vec<Job>,
    bodies: Vec<fuse_ir::Function>,
    /// Callbacks whose functions are known to be reachable.
    reached_calls: usize,
    statics: Vec<StaticData>,
    strings: FxHashMap<Box<str>, StaticId>,
    objects: FxHashMap<(u32, Vec<u8>), StaticId>,
    positions: Vec<Position>,
    position_ids: FxHashMap<(u32, u32), PositionId>,
}

impl<'a> Lowering<'a> {
    fn new(program: &'a Program) -> Lowering<'a> {
        let mut lowering = Lowering {
            program,
            tables: Tables::new(program),
            config_block: None,
            raises: false,
            uses_db: false,
            spawns: Vec::new(),
            spawn_numbers: FxHashMap::default(),
            not_available: None,
            jobs: FxHashMap::default(),
            order: Vec::new(),
            bodies: Vec::new(),
            reached_calls: 0,
            statics: Vec::new(),
            strings: FxHashMap::default(),
            objects: FxHashMap::default(),
            positions: Vec::new(),
            position_ids: FxHashMap::default(),
        };
        if !program.configs.is_empty() {
            let block = ConfigBlock::new(program, &mut lowering.tables.shapes);
            let id = lowering.add_static(StaticData::Block(block.size));
            lowering.config_block = Some((id, Rc::new(block)));
        }
        lowering
    }

    /// Lowers everything that is reachable by now, and what is reachable from there.
    fn finish(mut self, entries: Entries) -> Result<(fuse_ir::Program, Vec<Job>), NotAvailable> {
        if let Some((_, block)) = self.config_block.clone() {
            self.tables.configs(&block);
        }
        self.finish_jobs();
        self.finish_entries();
        let somewhere = entries.somewhere.filter(|_| !self.tables.checked.calls.is_empty());
        let calls = somewhere.map(|somewhere| self.add(Job::Calls(somewhere)));
        self.finish_jobs();
        if let Some(reached) = self.not_available {
            return Err(reached);
        }
        let validation = if self.raises { self.validation_types() } else { [0; 3] };
        self.name_only_forms();
        self.tell_names_apart();
        let program = fuse_ir::Program {
            config_block: self.config_block.map(|(block, _)| block),
            functions: self.bodies,
            statics: self.statics,
            types: self.tables.finish(),
            files: self.program.modules.iter().map(|module| module.display.clone()).collect(),
            positions: self.positions,
            entry: entries.entry,
            main: entries.main,
            calls,
            validation,
        };
        Ok((program, self.order))
    }

    /// The entries once more, if it has turned out that they have more to do: the first time they were lowered to know what is reachable.
    fn finish_entries(&mut self) {
        let app = self.program.configs.iter().any(|config| config.name == "App");
        for at in 0..self.order.len() {
            if self.uses_db && app {
                self.bodies[at] = match self.order[at] {
                    Job::Start(app, somewhere) => entry::start(self, app, somewhere),
                    Job::Main(main, somewhere) => entry::main(self, main, somewhere),
                    Job::Configs(somewhere) => entry::configs(self, somewhere),
                    _ => continue,
                };
            }
        }
    }

    /// A function of which there is only another form than the usual one has its name for that.
    fn name_only_forms(&mut self) {
        for (at, &job) in self.order.iter().enumerate() {
            if let Job::Body(id) | Job::Into(id) = job
                && is_only_form(id, |job| self.jobs.contains_key(&job))
            {
                self.bodies[at].name = self.symbol(id);
            }
        }
    }

    /// Names of modules, tests and apps may hold anything, so that two functions may come to the same name: a function of the module `m.P`,
    /// and a method of the type `P` in the module `m`.
    fn tell_names_apart(&mut self) {
        let mut taken = FxHashSet::default();
        for function in &mut self.bodies {
            let plain = function.name.clone();
            let mut copies = 1;
            while !taken.insert(function.name.clone()) {
                copies += 1;
                function.name = format!("{plain} ({copies})");
            }
        }
    }

    /// The IR function of a function, which is thereby reachable.
    pub(crate) fn function(&mut self, id: FnId) -> FuncId {
        self.add(if self.catches(id) { Job::Catching(id) } else { Job::Function(id) })
    }

    /// The IR function of a job, to be done if it is new.
    pub(crate) fn add(&mut self, job: Job) -> FuncId {
        let (order, next) = (&mut self.order, self.jobs.len() as u32);
        *self.jobs.entry(job).or_insert_with(|| {
            order.push(job);
            FuncId(next)
        })
    }

    /// Does all jobs; doing one may bring others, and so do types that the runtime makes or tests.
    fn finish_jobs(&mut self) {
        loop {
            while let Some(&job) = self.order.get(self.bodies.len()) {
                let body = match job {
                    Job::Function(id) => function::lower(self, id, self.symbol(id)),
                    Job::Body(id) => function::lower(self, id, self.symbol(id) + "$body"),
                    Job::Catching(id) => function::lower_catching(self, id),
                    Job::Into(id) => function::lower_into(self, id),
                    Job::Start(app, somewhere) => entry::start(self, app, somewhere),
                    Job::Main(main, somewhere) => entry::main(self, main, somewhere),
                    Job::Configs(somewhere) => entry::configs(self, somewhere),
                    Job::Calls(app) => calls::lower(self, app),
                    Job::Spawn(number) => task::lower(self, number),
                };
                self.bodies.push(body);
            }
            let new = self.tables.checked.calls[self.reached_calls..].to_vec();
            if new.is_empty() {
                return;
            }
            self.reached_calls += new.len();
            for callback in new {
                match callback {
                    Callback::Default(id)
                    | Callback::Block(id)
                    | Callback::ParameterDefault(id, _)
                    | Callback::Predicate(id, _) => {
                        self.function(id);
                    }
                    Callback::Spawn(number) => {
                        self.add(Job::Spawn(number));
                    }
                    Callback::Pattern(_) => {}
                }
            }
        }
    }

    /// Whether a function takes validation errors: they become its failure.
    fn catches(&self, id: FnId) -> bool {
        let function = &self.program.functions[id.0 as usize];
        match self.program.types.get(function.result) {
            HirType::Result(_, domains) if function.kind == FnKind::Function => {
                domains.iter().any(|&domain| self.is_validation(domain) || domain == Ty::STD_ERROR)
            }
            _ => false,
        }
    }

    fn is_validation(&self, ty: Ty) -> bool {
        matches!(self.program.types.get(ty), HirType::Struct(StdErrors::VALIDATION))
    }

    /// The type `std.Error.Validation`, if the program names it.
    pub(crate) fn validation(&self) -> Option<Ty> {
        self.type_of_struct(StdErrors::VALIDATION)
    }

    fn type_of_struct(&self, id: StructId) -> Option<Ty> {
        let mut types = (0..self.program.types.len() as u32).map(Ty);
        types.find(|&ty| matches!(self.program.types.get(ty), HirType::Struct(found) if *found == id))
    }

    /// Descriptors of `std.Error.Validation`, its entries, and their list.
    fn validation_types(&mut self) -> [u32; 3] {
        let error = self.tables.of_struct(StdErrors::VALIDATION);
        let entry = self.tables.of_struct(StdErrors::VALIDATION_FIELD);
        let list = self.type_of_struct(StdErrors::VALIDATION_FIELD).and_then(|entry| {
            let mut types = (0..self.program.types.len() as u32).map(Ty);
            types.find(|&ty| *self.program.types.get(ty) == HirType::List(entry))
        });
        // The predeclared type of the field `fields` is always interned.
        [error, entry, list.map_or(0, |list| self.tables.of(list))]
    }

    /// The signature of a function: the slots of its parameters and of its result.
    pub(crate) fn signature(&mut self, id: FnId) -> Signature {
        let function = &self.program.functions[id.0 as usize];
        let params = function.params.iter().map(|param| param.ty).collect::<Vec<_>>();
        self.signature_of(&params, function.result)
    }

    /// The signature with these parameter types and this result type.
    pub(crate) fn signature_of(&mut self, params: &[Ty], result: Ty) -> Signature {
        let mut slots = Vec::new();
        for ty in params {
            let shape = self.tables.shapes.of(*ty);
            slots.extend(shape.slots.iter().map(|&ty| Param { ty, mode: Mode::Borrow }));
        }
        Signature { params: slots, results: self.tables.shapes.of(result).slots.clone(), fails: false }
    }

    /// A static string.
    pub(crate) fn string(&mut self, text: &str) -> StaticId {
        if let Some(&id) = self.strings.get(text) {
            return id;
        }
        let id = self.add_static(StaticData::String(text.to_owned()));
        self.strings.insert(text.into(), id);
        id
    }

    /// A static object without other objects in it: its type and the bytes after the header.
    pub(crate) fn object(&mut self, ty: u32, bytes: Vec<u8>) -> StaticId {
        if let Some(&id) = self.objects.get(&(ty, bytes.clone())) {
            return id;
        }
        let id = self.add_static(StaticData::Object { ty, bytes: bytes.clone(), objects: Vec::new() });
        self.objects.insert((ty, bytes), id);
        id
    }

    fn add_static(&mut self, data: StaticData) -> StaticId {
        self.statics.push(data);
        StaticId(self.statics.len() as u32 - 1)
    }

    /// The position at the start of a span.
    pub(crate) fn position(&mut self, module: ModuleId, span: Span) -> PositionId {
        let key = (module.0, span.start);
        if let Some(&id) = self.position_ids.get(&key) {
            return id;
        }
        let (line, column) = self.module(module).position(span.start);
        self.positions.push(Position { file: module.0, line, column });
        let id = PositionId(self.positions.len() as u32);
        self.position_ids.insert(key, id);
        id
    }

    fn module(&self, id: ModuleId) -> &'a Module {
        &self.program.modules[id.0 as usize]
    }

    /// The symbol of a function: module and name. The name of an app is any text; what symbols and lists of them cannot hold is escaped.
    pub(crate) fn symbol(&self, id: FnId) -> String {
        let function = &self.program.functions[id.0 as usize];
        self.symbol_of(function.module, &function.name)
    }

    /// The symbol of something with this name in a module.
    pub(crate) fn symbol_of(&self, module: ModuleId, name: &str) -> String {
        let mut symbol = String::new();
        for c in self.module(module).name.chars().chain(['.']).chain(name.chars()) {
            match c {
                '\\' => symbol.push_str("\\\\"),
                c if c.is_control() => symbol.extend(c.escape_default()),
                c => symbol.push(c),
            }
        }
        symbol
    }
}
