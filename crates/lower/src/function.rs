//! One function: its locals, and the helpers that every construct uses.

use crate::program::{Job, Lowering};
use crate::shape::{Shape, ShapeKind};
use fuse_abi::functions::{Mode, Rt};
use fuse_hir::{FnId, Function, LocalId, ModuleId, Program, Span, Ty, Type as HirType};
use fuse_ir::{Block, FunctionBuilder, Param, PositionId, Signature, Type, Value, Variable};
use std::rc::Rc;

/// The slots of a value: one IR value for each.
pub(crate) type Slots = Vec<Value>;

/// Where `break` and `continue` go.
#[derive(Clone, Copy)]
pub(crate) struct Loop {
    pub(crate) next: Block,
    pub(crate) exit: Block,
    /// How much is held in scopes around it.
    pub(crate) held: usize,
}

/// What ends when its scope is left.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Held {
    /// A local that holds a task.
    Task(LocalId),
    /// A transaction.
    Transaction,
}

/// A function under construction.
pub(crate) struct Body<'l, 'a> {
    pub(crate) lowering: &'l mut Lowering<'a>,
    pub(crate) builder: FunctionBuilder,
    pub(crate) function: &'a Function,
    pub(crate) id: FnId,
    /// The type of what it returns: the function's result, or that of one of its `spawn` blocks.
    pub(crate) result: Ty,
    /// What is in scope and has to be ended when it is left, the innermost last.
    pub(crate) held: Vec<Held>,
    /// What becomes dynamic becomes a parameter of a database statement.
    pub(crate) makes_parameters: bool,
    locals: Vec<Option<Rc<[Variable]>>>,
    pub(crate) loops: Vec<Loop>,
    /// Where the function appends the markup that it yields, if it does not return it.
    pub(crate) into: Option<Variable>,
}

/// Lowers a function under a name.
pub(crate) fn lower(lowering: &mut Lowering<'_>, id: FnId, name: String) -> fuse_ir::Function {
    let function = &lowering.program.functions[id.0 as usize];
    let signature = lowering.signature(id);
    let mut body = Body::new(lowering, name, signature, id);
    let params = body.builder.params().to_vec();
    body.set_parameters(params.into_iter());
    body.block(&function.body);
    if !body.builder.is_unreachable() {
        let slots = body.placeholder(function.result);
        body.builder.ret(&slots);
    }
    body.builder.finish()
}

/// Lowers a function of the result type `Html` so that it appends its result to a buffer, which is its first parameter and its result.
pub(crate) fn lower_into(lowering: &mut Lowering<'_>, id: FnId) -> fuse_ir::Function {
    let function = &lowering.program.functions[id.0 as usize];
    let mut signature = lowering.signature(id);
    signature.params.insert(0, Param { ty: Type::Ref, mode: Mode::Borrow });
    signature.results = vec![Type::Ref];
    let name = lowering.symbol(id) + "$into";
    let mut body = Body::new(lowering, name, signature, id);
    let mut params = body.builder.params().to_vec().into_iter();
    let buffer = body.builder.declare_var(Type::Ref);
    if let Some(given) = params.next() {
        body.builder.def_var(buffer, given);
    }
    body.into = Some(buffer);
    body.set_parameters(params);
    body.block(&function.body);
    if !body.builder.is_unreachable() {
        let buffer = body.builder.use_var(buffer);
        body.builder.ret(&[buffer]);
    }
    body.builder.finish()
}

/// Lowers a function that takes validation errors: what its body raises becomes its failure.
pub(crate) fn lower_catching(lowering: &mut Lowering<'_>, id: FnId) -> fuse_ir::Function {
    let function = &lowering.program.functions[id.0 as usize];
    let signature = lowering.signature(id);
    let inner = lowering.add(Job::Body(id));
    let (results, name) = (signature.results.clone(), lowering.symbol(id));
    let mut body = Body::new(lowering, name, signature, id);
    let params = body.builder.params().to_vec();
    let position = body.position(function.span);
    let transaction = body.transaction_around();
    let mut slots = body.builder.call_try(inner, &params, &results, position);
    let Some(error) = slots.pop() else { return body.builder.finish() };
    let nothing = body.builder.is_null(error);
    let [raised, fine] = [(); 2].map(|()| body.builder.create_block());
    body.builder.branch(nothing, fine, raised);
    body.enter(fine);
    for (slot, ty) in slots.iter_mut().zip(&results) {
        if *ty == Type::Ref {
            *slot = body.builder.unwrap(*slot);
        }
    }
    body.builder.ret(&slots);
    body.enter(raised);
    body.roll_back_inner(transaction);
    let error = body.builder.unwrap(error);
    let from = body.lowering.validation().unwrap_or(Ty::STD_ERROR);
    let result = body.err_of(function.result, from, vec![error], function.span);
    body.builder.ret(&result);
    body.builder.finish()
}

impl<'l, 'a> Body<'l, 'a> {
    /// Starts an IR function that stands for, or is made for, a function of the program.
    pub(crate) fn new(
        lowering: &'l mut Lowering<'a>,
        name: impl Into<String>,
        signature: Signature,
        id: FnId,
    ) -> Body<'l, 'a> {
        let function = &lowering.program.functions[id.0 as usize];
        let builder = FunctionBuilder::new(name, signature);
        let locals = vec![None; function.locals.len()];
        Body {
            lowering,
            builder,
            function,
            id,
            result: function.result,
            held: Vec::new(),
            makes_parameters: false,
            locals,
            loops: Vec::new(),
            into: None,
        }
    }

    /// Binds the parameters to the slots they have come with.
    fn set_parameters(&mut self, mut slots: impl Iterator<Item = Value>) {
        for param in &self.function.params {
            let count = self.shape(param.ty).slots.len();
            let slots = slots.by_ref().take(count).collect::<Slots>();
            self.set_local(param.local, &slots);
        }
    }

    pub(crate) fn program(&self) -> &'a Program {
        self.lowering.program
    }

    /// A type; a refined one as its base.
    pub(crate) fn ty(&self, ty: Ty) -> &'a HirType {
        match self.lowering.program.types.get(ty) {
            HirType::Refined(base, _) => self.ty(*base),
            ty => ty,
        }
    }

    pub(crate) fn shape(&mut self, ty: Ty) -> Rc<Shape> {
        self.lowering.tables.shapes.of(ty)
    }

    /// The type index that the runtime knows a type by.
    pub(crate) fn type_index(&mut self, ty: Ty) -> u32 {
        self.lowering.tables.of(ty)
    }

    pub(crate) fn position(&mut self, span: Span) -> PositionId {
        let module: ModuleId = self.function.module;
        self.lowering.position(module, span)
    }

    /// The variables of a local, made when it is first met.
    fn variables(&mut self, local: LocalId) -> Rc<[Variable]> {
        if let Some(variables) = &self.locals[local.0 as usize] {
            return variables.clone();
        }
        let shape = self.shape(self.function.locals[local.0 as usize].ty);
        let variables: Rc<[Variable]> =
            shape.slots.iter().map(|slot| self.builder.declare_var(*slot)).collect();
        self.locals[local.0 as usize] = Some(variables.clone());
        variables
    }

    pub(crate) fn local(&mut self, local: LocalId) -> Slots {
        self.variables(local).iter().map(|&variable| self.builder.use_var(variable)).collect()
    }

    pub(crate) fn set_local(&mut self, local: LocalId, slots: &[Value]) {
        let variables = self.variables(local);
        debug_assert_eq!(
            variables.len(),
            slots.len(),
            "slots of {}",
            self.function.locals[local.0 as usize].name
        );
        for (&variable, &slot) in variables.iter().zip(slots) {
            self.builder.def_var(variable, slot);
        }
    }

    /// A value of any type for places that are never reached, or whose content does not matter.
    pub(crate) fn placeholder(&mut self, ty: Ty) -> Slots {
        let shape = self.shape(ty);
        shape.slots.iter().map(|&slot| self.zero(slot)).collect()
    }

    /// The zero of a slot; for a `Ref`, an object that is never counted.
    pub(crate) fn zero(&mut self, slot: Type) -> Value {
        match slot {
            Type::I64 => self.builder.iconst(0),
            Type::F64 => self.builder.fconst(0.0),
            Type::I8 => self.builder.byte(0),
            Type::Opt | Type::Ptr => self.builder.null(slot),
            Type::Ref => self.static_string(""),
        }
    }

    pub(crate) fn static_string(&mut self, text: &str) -> Value {
        let id = self.lowering.string(text);
        self.builder.static_object(id)
    }

    /// Reads a value of a type from memory.
    pub(crate) fn load(&mut self, ty: Ty, base: Value, offset: u32) -> Slots {
        let shape = self.shape(ty);
        let slots = shape.slots.iter().zip(&shape.offsets);
        slots.map(|(&slot, &at)| self.builder.load(slot, base, offset + at)).collect()
    }

    /// Writes a value into memory that holds nothing yet.
    pub(crate) fn put(&mut self, ty: Ty, base: Value, offset: u32, slots: &[Value]) {
        let shape = self.shape(ty);
        for (&at, &slot) in shape.offsets.iter().zip(slots) {
            self.builder.put(base, offset + at, slot);
        }
    }

    /// A value in stack memory, for runtime functions that read it by its descriptor.
    pub(crate) fn spill(&mut self, ty: Ty, slots: &[Value]) -> Value {
        let shape = self.shape(ty);
        let slots = shape.offsets.iter().copied().zip(slots.iter().copied()).collect();
        self.builder.spill(shape.size, slots)
    }

    pub(crate) fn runtime(&mut self, function: Rt, types: &[u32], args: &[Value], span: Span) -> Slots {
        let position = if function.row().fails { self.position(span) } else { PositionId::default() };
        self.lowering.raises |= function.row().raises;
        self.builder.call_runtime(function, types, args, position)
    }

    /// As [`Body::runtime`], where no place in the source stands for it.
    pub(crate) fn runtime_nowhere(&mut self, function: Rt, types: &[u32], args: &[Value]) -> Slots {
        self.lowering.raises |= function.row().raises;
        self.builder.call_runtime(function, types, args, PositionId::default())
    }

    /// The type index of a type whose values the runtime makes or tests.
    pub(crate) fn checked_type(&mut self, ty: Ty) -> u32 {
        self.lowering.tables.checked(ty)
    }

    pub(crate) fn runtime1(&mut self, function: Rt, types: &[u32], args: &[Value], span: Span) -> Value {
        self.runtime(function, types, args, span)[0]
    }

    /// A block with parameters for the slots of a type.
    pub(crate) fn block_for(&mut self, ty: Ty) -> Block {
        let block = self.builder.create_block();
        let shape = self.shape(ty);
        for slot in &shape.slots {
            self.builder.append_param(block, *slot);
        }
        block
    }

    /// Continues in a block to which all jumps exist.
    pub(crate) fn enter(&mut self, block: Block) -> Slots {
        self.builder.seal_block(block);
        self.builder.switch_to_block(block);
        self.builder.block_params(block).to_vec()
    }

    pub(crate) fn is_sum(&mut self, ty: Ty) -> bool {
        matches!(self.shape(ty).kind, ShapeKind::Sum(_))
    }
}
