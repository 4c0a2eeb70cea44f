//! Tasks: a `spawn` block becomes a function that the runtime calls by number, with a struct of what the block mentions.

use crate::checked::Callback;
use crate::function::{Body, Held, Slots};
use crate::program::{Job, Lowering};
use crate::tables::StructLayout;
use fuse_abi::functions::Rt;
use fuse_hir::{Expr, FnId, LocalId, Span, Spawn, Ty};
use fuse_ir::{PositionId, Type, Value};
use std::rc::Rc;
use std::sync::Arc;

/// A `spawn` block that is reachable.
#[derive(Clone)]
pub(crate) struct Spawned {
    spawn: Arc<Spawn>,
    /// The function that it stands in.
    function: FnId,
    /// The type index of the struct of what it mentions.
    record: u32,
    /// Where that has these.
    layout: Rc<StructLayout>,
}

/// Lowers a `spawn` block.
pub(crate) fn lower(lowering: &mut Lowering<'_>, number: u32) -> fuse_ir::Function {
    let Spawned { spawn, function, .. } = lowering.spawns[number as usize].clone();
    let declared = &lowering.program.functions[function.0 as usize];
    let types = spawn.captures.iter().map(|local| declared.locals[local.0 as usize].ty).collect::<Vec<_>>();
    let signature = lowering.signature_of(&types, spawn.result);
    let name = lowering.symbol_of(declared.module, &spawn.name);
    let mut body = Body::new(lowering, name, signature, function);
    body.result = spawn.result;
    let mut params = body.builder.params().to_vec().into_iter();
    for (&local, &ty) in spawn.captures.iter().zip(&types) {
        let count = body.shape(ty).slots.len();
        let slots = params.by_ref().take(count).collect::<Slots>();
        body.set_local(local, &slots);
    }
    body.block(&spawn.body);
    if !body.builder.is_unreachable() {
        let slots = body.placeholder(spawn.result);
        body.builder.ret(&slots);
    }
    body.builder.finish()
}

impl Lowering<'_> {
    /// The number of a `spawn` block. A function that is lowered in two forms has each of its blocks once.
    fn spawned(&mut self, spawn: &Arc<Spawn>, function: FnId) -> u32 {
        if let Some(&number) = self.spawn_numbers.get(&Arc::as_ptr(spawn)) {
            return number;
        }
        let locals = &self.program.functions[function.0 as usize].locals;
        let fields = spawn.captures.iter().map(|local| &locals[local.0 as usize]);
        let fields = fields.map(|local| (local.name.as_str(), local.ty)).collect::<Vec<_>>();
        let (record, layout) = self.tables.of_record(&spawn.name, &fields);
        let number = self.spawns.len() as u32;
        self.spawns.push(Spawned { spawn: spawn.clone(), function, record, layout });
        self.spawn_numbers.insert(Arc::as_ptr(spawn), number);
        number
    }
}

impl Body<'_, '_> {
    /// Binds or assigns a name to a new task.
    pub(crate) fn spawn_task(&mut self, local: LocalId, spawn: &Arc<Spawn>, span: Span) {
        let task = self.start_task(spawn, span);
        if self.held.contains(&Held::Task(local)) {
            self.end(Held::Task(local));
        } else {
            self.held.push(Held::Task(local));
        }
        self.set_local(local, &[task]);
    }

    /// Starts a task.
    pub(crate) fn start_task(&mut self, spawn: &Arc<Spawn>, span: Span) -> Value {
        let number = self.lowering.spawned(spawn, self.id);
        let Spawned { record, layout, .. } = self.lowering.spawns[number as usize].clone();
        let captured = match spawn.captures.is_empty() {
            true => self.builder.null(Type::Opt),
            false => {
                let mut values = Vec::new();
                for (&local, &offset) in spawn.captures.iter().zip(&layout.offsets) {
                    let shape = self.shape(self.function.locals[local.0 as usize].ty);
                    let places = shape.offsets.iter().map(|at| offset + at);
                    values.extend(places.zip(self.local(local)));
                }
                self.builder.node(record, layout.size, values)
            }
        };
        let number = self.lowering.tables.callback(Callback::Spawn(number));
        let number = self.builder.iconst(i64::from(number));
        let ty = self.lowering.tables.task_of(spawn.result);
        self.runtime1(Rt::tasks_spawn, &[ty], &[number, captured], span)
    }

    /// `await task`
    pub(crate) fn await_task(&mut self, task: &Expr, expr: &Expr) -> Slots {
        let task = self.expr(task);
        let result = self.runtime1(Rt::tasks_await, &[], &task, expr.span);
        self.load(expr.ty, result, 0)
    }

    /// Ends what is held in the scopes that are left: all but the outermost `kept`.
    pub(crate) fn end_held(&mut self, kept: usize) {
        for at in (kept..self.held.len()).rev() {
            self.end(self.held[at]);
        }
    }

    /// Waits for a task, rolls a transaction back.
    fn end(&mut self, held: Held) {
        let (function, task) = match held {
            Held::Task(local) => (Rt::tasks_end, self.local(local)),
            Held::Transaction => (Rt::db_roll_back, Slots::new()),
        };
        self.builder.call_runtime(function, &[], &task, PositionId::default());
    }

    /// Returns from the function, out of all scopes.
    pub(crate) fn leave(&mut self, slots: &[Value]) {
        self.end_held(0);
        self.builder.ret(slots);
    }

    /// The result of a `spawn` block, called with the struct of what it mentions at an address.
    pub(crate) fn call_spawned(&mut self, number: u32, input: Value) -> (Ty, Slots) {
        let Spawned { spawn, function, layout, .. } = self.lowering.spawns[number as usize].clone();
        let declared = &self.program().functions[function.0 as usize];
        let mut args = Slots::new();
        for (local, &offset) in spawn.captures.iter().zip(&layout.offsets) {
            args.extend(self.load(declared.locals[local.0 as usize].ty, input, offset));
        }
        let callee = self.lowering.add(Job::Spawn(number));
        let results = self.shape(spawn.result).slots.clone();
        (spawn.result, self.builder.call(callee, &args, &results, PositionId::default()))
    }
}
