//! The whole program: a work list of functions from the entry on, static strings, positions.

use crate::function;
use crate::tables::Tables;
use fuse_abi::functions::Mode;
use fuse_hir::{FnId, Module, ModuleId, Program, Span, Ty};
use fuse_ir::{FuncId, Param, Position, PositionId, Signature, StaticData, StaticId};
use rustc_hash::FxHashMap;

/// What to lower.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The function that runs: the body of the selected app. Everything that it can reach is lowered, and nothing else.
    pub entry: FnId,
}

/// Lowers a checked program. The result has no reference counts yet.
pub fn lower(program: &Program, options: Options) -> fuse_ir::Program {
    let mut lowering = Lowering::new(program);
    let entry = lowering.function(options.entry);
    // Lowering a function may ask for more.
    while lowering.bodies.len() < lowering.order.len() {
        let next = lowering.order[lowering.bodies.len()];
        let body = function::lower(&mut lowering, next);
        lowering.bodies.push(body);
    }
    fuse_ir::Program {
        functions: lowering.bodies,
        statics: lowering.statics,
        types: lowering.tables.finish(),
        files: program.modules.iter().map(|module| module.display.clone()).collect(),
        positions: lowering.positions,
        entry: Some(entry),
    }
}

/// What all functions share while the program is lowered.
pub(crate) struct Lowering<'a> {
    pub(crate) program: &'a Program,
    pub(crate) tables: Tables<'a>,
    functions: FxHashMap<FnId, FuncId>,
    order: Vec<FnId>,
    bodies: Vec<fuse_ir::Function>,
    statics: Vec<StaticData>,
    strings: FxHashMap<Box<str>, StaticId>,
    objects: FxHashMap<(u32, Vec<u8>), StaticId>,
    positions: Vec<Position>,
    position_ids: FxHashMap<(u32, u32), PositionId>,
}

impl<'a> Lowering<'a> {
    fn new(program: &'a Program) -> Lowering<'a> {
        Lowering {
            program,
            tables: Tables::new(program),
            functions: FxHashMap::default(),
            order: Vec::new(),
            bodies: Vec::new(),
            statics: Vec::new(),
            strings: FxHashMap::default(),
            objects: FxHashMap::default(),
            positions: Vec::new(),
            position_ids: FxHashMap::default(),
        }
    }

    /// The IR function of a function, which is thereby reachable.
    pub(crate) fn function(&mut self, id: FnId) -> FuncId {
        let (order, next) = (&mut self.order, self.functions.len() as u32);
        *self.functions.entry(id).or_insert_with(|| {
            order.push(id);
            FuncId(next)
        })
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

    /// The symbol of a function: module and name.
    pub(crate) fn symbol(&self, id: FnId) -> String {
        let function = &self.program.functions[id.0 as usize];
        format!("{}.{}", self.module(function.module).name, function.name)
    }
}
