//! Building a function instruction by instruction, with variables that become SSA values on the way (Braun and others, 2013).
//!
//! How to use it: create blocks; [`switch_to_block`](FunctionBuilder::switch_to_block) to each once, after all edges to it
//! but those of loops exist; emit; end with a terminator; [`seal_block`](FunctionBuilder::seal_block) a block as soon as no
//! further edge to it will come (after its loop's last `continue`, for instance). What is emitted after a terminator goes
//! nowhere, so that callers need not care, but they may ask [`is_unreachable`](FunctionBuilder::is_unreachable) to save the work.
//!
//! A read of a variable never waits for the arguments of the block parameter it makes, so nothing here recurses; parameters
//! that turn out superfluous are removed at the end.

use crate::Type;
use crate::function::{Block, Function, InstData, Value};
use crate::inst::{BinaryOp, BlockCall, CheckedOp, FloatCc, Inst, IntCc, Terminator, UnaryOp};
use crate::program::{FuncId, PositionId, Signature, StaticId};
use fuse_abi::failure::Failure;
use fuse_abi::functions::{Kind, Rt};
use rustc_hash::FxHashMap;

/// A variable of the source or of lowering; assigned any number of times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Variable(pub u32);

#[derive(Default)]
struct BlockState {
    /// Edges that lead here: source and number of the edge.
    preds: Vec<(Block, u32)>,
    /// No further edges will come.
    sealed: bool,
    /// Has its terminator.
    filled: bool,
    /// Some edge to it came from a block that can be reached.
    reachable: bool,
    /// Variables read before all edges were known, with their parameters.
    incomplete: Vec<(Variable, Value)>,
    /// Mark of the last walk that came by.
    visited: u32,
}

/// Builds one function.
pub struct FunctionBuilder {
    function: Function,
    states: Vec<BlockState>,
    variables: Vec<Type>,
    definitions: FxHashMap<(Block, Variable), Value>,
    /// Where to emit; `None` after a terminator.
    current: Option<Block>,
    walk: u32,
}

impl FunctionBuilder {
    /// Starts a function; the entry block is current, sealed, and has the signature's parameters.
    pub fn new(name: impl Into<String>, signature: Signature) -> FunctionBuilder {
        let function = Function::new(name, signature);
        let entry = BlockState { sealed: true, reachable: true, ..BlockState::default() };
        FunctionBuilder {
            function,
            states: vec![entry],
            variables: Vec::new(),
            definitions: FxHashMap::default(),
            current: Some(Block(0)),
            walk: 0,
        }
    }

    /// The function as it is so far.
    pub fn function(&self) -> &Function {
        &self.function
    }

    /// The function's parameters.
    pub fn params(&self) -> &[Value] {
        &self.function.blocks[0].params
    }

    /// The parameters of a block.
    pub fn block_params(&self, block: Block) -> &[Value] {
        &self.function.block(block).params
    }

    /// The type of a value.
    pub fn ty(&self, value: Value) -> Type {
        self.function.ty(value)
    }

    /// Ends building: seals what is not sealed, drops unreachable blocks and superfluous parameters, numbers what is left.
    pub fn finish(mut self) -> Function {
        self.seal_all();
        let mut function = self.function;
        function.remove_unreachable();
        function.remove_trivial_params();
        function.renumber_values();
        function
    }
}

/// Variables.
impl FunctionBuilder {
    /// A new variable.
    pub fn declare_var(&mut self, ty: Type) -> Variable {
        self.variables.push(ty);
        Variable(self.variables.len() as u32 - 1)
    }

    /// The variable's type.
    pub fn var_ty(&self, variable: Variable) -> Type {
        self.variables[variable.0 as usize]
    }

    /// Assigns a variable. A `Ref` may go into a variable of type `Opt`.
    pub fn def_var(&mut self, variable: Variable, value: Value) {
        let block = self.block_to_fill();
        self.definitions.insert((block, variable), value);
    }

    /// The variable's value here.
    pub fn use_var(&mut self, variable: Variable) -> Value {
        let block = self.block_to_fill();
        let mut pending = Vec::new();
        let value = self.read(variable, block, &mut pending);
        self.complete(pending);
        value
    }

    /// The value of a variable at the end of a block. Parameters made on the way go to `pending`: they still need arguments.
    fn read(
        &mut self,
        variable: Variable,
        block: Block,
        pending: &mut Vec<(Block, Variable, Value)>,
    ) -> Value {
        self.walk += 1;
        let mut at = block;
        let value = loop {
            if let Some(value) = self.definitions.get(&(at, variable)) {
                break *value;
            }
            let ty = self.variables[variable.0 as usize];
            let state = &mut self.states[at.0 as usize];
            // A second visit means a cycle that nothing leads into.
            let cycle = std::mem::replace(&mut state.visited, self.walk) == self.walk;
            if !state.sealed {
                let param = self.function.add_param(at, ty);
                state.incomplete.push((variable, param));
                break param;
            }
            match state.preds[..] {
                [(pred, _)] if !cycle => at = pred,
                [] | [_] => {
                    debug_assert!(at != Block(0), "variable {variable:?} is read before it is assigned");
                    break self.placeholder(at, ty);
                }
                _ => {
                    let param = self.function.add_param(at, ty);
                    pending.push((at, variable, param));
                    break param;
                }
            }
        };
        // Remembered all along the way, so that no way is walked twice.
        let end = at;
        at = block;
        loop {
            self.definitions.insert((at, variable), value);
            if at == end {
                break value;
            }
            at = self.states[at.0 as usize].preds[0].0;
        }
    }

    /// Gives parameters their arguments.
    fn complete(&mut self, mut pending: Vec<(Block, Variable, Value)>) {
        let mut next = 0;
        while let Some((block, variable, param)) = pending.get(next).copied() {
            next += 1;
            for index in 0..self.states[block.0 as usize].preds.len() {
                let (pred, edge) = self.states[block.0 as usize].preds[index];
                let value = self.read(variable, pred, &mut pending);
                if let Some(call) = self.function.block_mut(pred).term.edge_mut(edge as usize) {
                    call.args.push(value);
                    debug_assert!(
                        self.function.block(block).params.get(self.arg_count(pred, edge) - 1) == Some(&param),
                        "jump to {block:?} has the wrong number of arguments"
                    );
                }
            }
        }
    }

    fn arg_count(&self, pred: Block, edge: u32) -> usize {
        self.function.block(pred).term.edge(edge as usize).map_or(0, |call| call.args.len())
    }

    /// A value for code that is never reached; it goes when that code goes.
    fn placeholder(&mut self, block: Block, ty: Type) -> Value {
        let inst = match ty {
            Type::I64 => Inst::Int(0),
            Type::F64 => Inst::Float(0),
            Type::I8 => Inst::Byte(0),
            Type::Ref | Type::Opt | Type::Ptr => Inst::Null(ty),
        };
        let value = self.function.add_value(ty);
        let data = InstData { results: vec![value], inst, cleanup: Vec::new() };
        self.function.block_mut(block).insts.insert(0, data);
        value
    }
}

/// Blocks.
impl FunctionBuilder {
    /// A new block.
    pub fn create_block(&mut self) -> Block {
        self.states.push(BlockState::default());
        self.function.add_block()
    }

    /// Adds a parameter for which each jump gives an argument. Before any variable is read in the block.
    pub fn append_param(&mut self, block: Block, ty: Type) -> Value {
        debug_assert!(self.states[block.0 as usize].incomplete.is_empty(), "explicit parameters come first");
        self.function.add_param(block, ty)
    }

    /// Emits into this block from now on.
    pub fn switch_to_block(&mut self, block: Block) {
        debug_assert!(!self.states[block.0 as usize].filled, "{block:?} is filled already");
        self.current = Some(block);
    }

    /// The block that is being filled, if the last one has not just ended.
    pub fn current_block(&self) -> Option<Block> {
        self.current
    }

    /// Promises that no further edges to the block will come.
    pub fn seal_block(&mut self, block: Block) {
        let state = &mut self.states[block.0 as usize];
        if std::mem::replace(&mut state.sealed, true) {
            return;
        }
        let incomplete = std::mem::take(&mut state.incomplete);
        self.complete(incomplete.into_iter().map(|(variable, param)| (block, variable, param)).collect());
    }

    /// Seals all blocks that are not sealed yet.
    pub fn seal_all(&mut self) {
        for block in self.function.block_ids() {
            self.seal_block(block);
        }
    }

    /// Whether the current block has its terminator (what is emitted now goes nowhere).
    pub fn is_terminated(&self) -> bool {
        self.current.is_none()
    }

    /// Whether what is emitted now can never run: after a terminator, or in a block to which no reachable block leads so far.
    pub fn is_unreachable(&self) -> bool {
        self.current.is_none_or(|block| !self.states[block.0 as usize].reachable)
    }

    /// The block to emit into: after a terminator a new one, to which nothing leads.
    fn block_to_fill(&mut self) -> Block {
        match self.current {
            Some(block) => block,
            None => {
                let block = self.create_block();
                self.states[block.0 as usize].sealed = true;
                self.current = Some(block);
                block
            }
        }
    }

    fn terminate(&mut self, term: Terminator) {
        let block = self.block_to_fill();
        let reachable = self.states[block.0 as usize].reachable;
        for (index, edge) in term.edges().enumerate() {
            let target = &mut self.states[edge.block.0 as usize];
            debug_assert!(!target.sealed, "{:?} is sealed, no more edges can lead to it", edge.block);
            target.preds.push((block, index as u32));
            target.reachable |= reachable;
            let params = self.function.block(edge.block).params.len();
            debug_assert_eq!(
                params - self.states[edge.block.0 as usize].incomplete.len(),
                edge.args.len(),
                "arguments for {:?}",
                edge.block
            );
        }
        self.function.block_mut(block).term = term;
        self.states[block.0 as usize].filled = true;
        self.current = None;
    }
}

/// Terminators.
impl FunctionBuilder {
    /// Goes to a block.
    pub fn jump(&mut self, block: Block, args: &[Value]) {
        self.terminate(Terminator::Jump(BlockCall { block, args: args.to_vec() }));
    }

    /// Goes to `then` if the I8 value is not 0, else to `otherwise`; without arguments.
    pub fn branch(&mut self, condition: Value, then: Block, otherwise: Block) {
        self.branch_with(condition, then, &[], otherwise, &[]);
    }

    /// As [`FunctionBuilder::branch`], with arguments.
    pub fn branch_with(
        &mut self,
        condition: Value,
        then: Block,
        then_args: &[Value],
        otherwise: Block,
        otherwise_args: &[Value],
    ) {
        let then = BlockCall { block: then, args: then_args.to_vec() };
        let otherwise = BlockCall { block: otherwise, args: otherwise_args.to_vec() };
        self.terminate(Terminator::Branch(condition, then, otherwise));
    }

    /// Goes by an I64 or I8 value.
    pub fn switch(&mut self, value: Value, cases: Vec<(i64, BlockCall)>, default: BlockCall) {
        self.terminate(Terminator::Switch(value, cases, default));
    }

    /// Returns.
    pub fn ret(&mut self, values: &[Value]) {
        self.terminate(Terminator::Return(values.to_vec()));
    }

    /// Ends the function with a failure.
    pub fn fail(&mut self, failure: Failure, position: PositionId) {
        self.terminate(Terminator::Fail(failure, position));
    }

    /// Promises that this is never reached.
    pub fn unreachable(&mut self) {
        self.terminate(Terminator::Unreachable);
    }
}

/// Instructions.
impl FunctionBuilder {
    /// Emits an instruction with results of these types.
    pub fn emit(&mut self, inst: Inst, types: &[Type]) -> Vec<Value> {
        let block = self.block_to_fill();
        let results = types.iter().map(|ty| self.function.add_value(*ty)).collect::<Vec<_>>();
        let data = InstData { results: results.clone(), inst, cleanup: Vec::new() };
        self.function.block_mut(block).insts.push(data);
        results
    }

    fn emit1(&mut self, inst: Inst, ty: Type) -> Value {
        let block = self.block_to_fill();
        let value = self.function.add_value(ty);
        let data = InstData { results: vec![value], inst, cleanup: Vec::new() };
        self.function.block_mut(block).insts.push(data);
        value
    }

    /// I64 constant.
    pub fn iconst(&mut self, value: i64) -> Value {
        self.emit1(Inst::Int(value), Type::I64)
    }

    /// F64 constant.
    pub fn fconst(&mut self, value: f64) -> Value {
        self.emit1(Inst::Float(value.to_bits()), Type::F64)
    }

    /// I8 constant.
    pub fn byte(&mut self, value: u8) -> Value {
        self.emit1(Inst::Byte(value), Type::I8)
    }

    /// Null, of type Opt or Ptr.
    pub fn null(&mut self, ty: Type) -> Value {
        self.emit1(Inst::Null(ty), ty)
    }

    /// A static object.
    pub fn static_object(&mut self, id: StaticId) -> Value {
        self.emit1(Inst::Static(id), Type::Ref)
    }

    /// The address of a function, I64.
    pub fn function_address(&mut self, function: FuncId) -> Value {
        self.emit1(Inst::FunctionAddress(function), Type::I64)
    }

    /// An operation on one scalar.
    pub fn unary(&mut self, op: UnaryOp, value: Value) -> Value {
        self.emit1(Inst::Unary(op, value), op.result())
    }

    /// An operation on two scalars.
    pub fn binary(&mut self, op: BinaryOp, left: Value, right: Value) -> Value {
        self.emit1(Inst::Binary(op, left, right), op.result())
    }

    /// Checked arithmetic.
    pub fn checked(&mut self, op: CheckedOp, left: Value, right: Value, position: PositionId) -> Value {
        self.emit1(Inst::Checked(op, left, right, position), Type::I64)
    }

    /// Compares two I64 or two I8.
    pub fn icmp(&mut self, cc: IntCc, left: Value, right: Value) -> Value {
        self.emit1(Inst::IntCompare(cc, left, right), Type::I8)
    }

    /// Compares two F64.
    pub fn fcmp(&mut self, cc: FloatCc, left: Value, right: Value) -> Value {
        self.emit1(Inst::FloatCompare(cc, left, right), Type::I8)
    }

    /// One of two scalars.
    pub fn select(&mut self, condition: Value, yes: Value, no: Value) -> Value {
        let ty = self.ty(yes);
        self.emit1(Inst::Select(condition, yes, no), ty)
    }

    /// Fails if the I8 value is not 0.
    pub fn check(&mut self, value: Value, failure: Failure, position: PositionId) {
        self.emit(Inst::Check(value, failure, position), &[]);
    }

    /// Whether an Opt or Ptr is null.
    pub fn is_null(&mut self, value: Value) -> Value {
        self.emit1(Inst::IsNull(value), Type::I8)
    }

    /// An Opt known not to be null, as Ref.
    pub fn unwrap(&mut self, value: Value) -> Value {
        self.emit1(Inst::Unwrap(value), Type::Ref)
    }

    /// A new node.
    pub fn node(&mut self, ty: u32, size: u32, fields: Vec<(u32, Value)>) -> Value {
        self.emit1(Inst::Node { ty, size, fields }, Type::Ref)
    }

    /// Reads a slot.
    pub fn load(&mut self, ty: Type, base: Value, offset: u32) -> Value {
        self.emit1(Inst::Load { ty, base, offset }, ty)
    }

    /// Moves an object out of a slot.
    pub fn take(&mut self, ty: Type, base: Value, offset: u32) -> Value {
        self.emit1(Inst::Take { ty, base, offset }, ty)
    }

    /// Writes a slot.
    pub fn put(&mut self, base: Value, offset: u32, value: Value) {
        self.emit(Inst::Put { base, offset, value }, &[]);
    }

    /// A node that is unique.
    pub fn unique(&mut self, node: Value) -> Value {
        self.emit1(Inst::Unique(node), Type::Ref)
    }

    /// Length of a list or string.
    pub fn len(&mut self, value: Value) -> Value {
        self.emit1(Inst::Len(value), Type::I64)
    }

    /// Address of an element.
    pub fn element_address(&mut self, list: Value, index: Value, stride: u32) -> Value {
        self.emit1(Inst::ElementAddress { list, index, stride }, Type::Ptr)
    }

    /// Values laid out in stack memory.
    pub fn spill(&mut self, size: u32, slots: Vec<(u32, Value)>) -> Value {
        self.emit1(Inst::Spill { size, slots }, Type::Ptr)
    }

    /// Calls a function with these result types.
    pub fn call(
        &mut self,
        callee: FuncId,
        args: &[Value],
        results: &[Type],
        position: PositionId,
    ) -> Vec<Value> {
        self.emit(Inst::Call(callee, args.to_vec(), position), results)
    }

    /// Calls a function with these result types; what it raises is the last result ([`Inst::Try`]).
    pub fn call_try(
        &mut self,
        callee: FuncId,
        args: &[Value],
        results: &[Type],
        position: PositionId,
    ) -> Vec<Value> {
        self.emit(Inst::Try(callee, args.to_vec(), position), &crate::inst::try_results(results))
    }

    /// Calls a runtime function; `types` and `args` as in [`Inst::CallRuntime`].
    pub fn call_runtime(
        &mut self,
        function: Rt,
        types: &[u32],
        args: &[Value],
        position: PositionId,
    ) -> Vec<Value> {
        let row = function.row();
        debug_assert_eq!(
            row.params.iter().filter(|(_, kind)| *kind == Kind::Type).count(),
            types.len(),
            "{}",
            row.name
        );
        let inst = Inst::CallRuntime { function, types: types.to_vec(), args: args.to_vec(), position };
        let results = row.results.iter().filter_map(|kind| Type::of_kind(*kind)).collect::<Vec<_>>();
        self.emit(inst, &results)
    }

    /// Calls a runtime function that has exactly one result.
    pub fn call_runtime1(
        &mut self,
        function: Rt,
        types: &[u32],
        args: &[Value],
        position: PositionId,
    ) -> Value {
        let results = self.call_runtime(function, types, args, position);
        debug_assert_eq!(results.len(), 1, "{}", function.row().name);
        results[0]
    }

    /// Calls a function value.
    pub fn call_indirect(
        &mut self,
        signature: Signature,
        callee: Value,
        args: &[Value],
        position: PositionId,
    ) -> Vec<Value> {
        let results = signature.results.clone();
        let signature = Box::new(Signature { fails: true, ..signature });
        self.emit(Inst::CallIndirect { signature, callee, args: args.to_vec(), position }, &results)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fuse_abi::functions::Mode;

    fn signature(params: &[Type], results: &[Type]) -> Signature {
        let params = params.iter().map(|ty| crate::Param { ty: *ty, mode: Mode::Borrow }).collect();
        Signature { params, results: results.to_vec(), fails: false }
    }

    /// `total = 0; i = 0; other = n; while i < n { total = total + i; i = i + 1 }; return total + other`
    #[test]
    fn loop_variables_become_params_and_others_do_not() {
        let mut builder = FunctionBuilder::new("sum", signature(&[Type::I64], &[Type::I64]));
        let n = builder.params()[0];
        let [total, i, other] = [(); 3].map(|()| builder.declare_var(Type::I64));
        let zero = builder.iconst(0);
        builder.def_var(total, zero);
        builder.def_var(i, zero);
        builder.def_var(other, n);
        let [head, body, exit] = [(); 3].map(|()| builder.create_block());
        builder.jump(head, &[]);
        builder.switch_to_block(head);
        let at = builder.use_var(i);
        let more = builder.icmp(IntCc::Lt, at, n);
        builder.branch(more, body, exit);
        builder.seal_block(body);
        builder.switch_to_block(body);
        let (left, right) = (builder.use_var(total), builder.use_var(i));
        let sum = builder.binary(BinaryOp::Add, left, right);
        builder.def_var(total, sum);
        let one = builder.iconst(1);
        let at = builder.use_var(i);
        let next = builder.binary(BinaryOp::Add, at, one);
        builder.def_var(i, next);
        builder.use_var(other);
        builder.jump(head, &[]);
        builder.seal_block(head);
        builder.seal_block(exit);
        builder.switch_to_block(exit);
        let (left, right) = (builder.use_var(total), builder.use_var(other));
        let sum = builder.binary(BinaryOp::Add, left, right);
        builder.ret(&[sum]);
        let function = builder.finish();
        assert_eq!(function.blocks.len(), 4);
        assert_eq!(function.blocks[1].params.len(), 2);
        assert!(function.blocks[2].params.is_empty() && function.blocks[3].params.is_empty());
        let Inst::Binary(BinaryOp::Add, _, other) = function.blocks[3].insts[0].inst else {
            panic!("no sum")
        };
        assert_eq!(other, function.blocks[0].params[0]);
    }

    /// Code after a terminator, an unreachable loop, and reads in it: all gone, without panics.
    #[test]
    fn unreachable_code_disappears() {
        let mut builder = FunctionBuilder::new("f", signature(&[], &[Type::I64]));
        let variable = builder.declare_var(Type::Ref);
        let one = builder.iconst(1);
        builder.ret(&[one]);
        assert!(builder.is_terminated() && builder.is_unreachable());
        let [head, body] = [(); 2].map(|()| builder.create_block());
        builder.jump(head, &[]);
        builder.switch_to_block(head);
        assert!(builder.is_unreachable());
        builder.jump(body, &[]);
        builder.switch_to_block(body);
        builder.jump(head, &[]);
        builder.seal_all();
        let lonely = builder.create_block();
        builder.switch_to_block(lonely);
        let value = builder.use_var(variable);
        builder.len(value);
        builder.jump(lonely, &[]);
        let function = builder.finish();
        assert_eq!(function.blocks.len(), 1);
        assert_eq!(function.values.len(), 1);
    }

    /// 50,000 blocks in a row and as many nested joins: neither recursion nor quadratic work.
    #[test]
    fn long_functions_are_fast() {
        let mut builder = FunctionBuilder::new("f", signature(&[Type::I8], &[Type::I64]));
        let condition = builder.params()[0];
        let variable = builder.declare_var(Type::I64);
        let zero = builder.iconst(0);
        builder.def_var(variable, zero);
        for _ in 0..50_000 {
            let [then, join] = [(); 2].map(|()| builder.create_block());
            builder.branch(condition, then, join);
            builder.seal_block(then);
            builder.switch_to_block(then);
            builder.jump(join, &[]);
            builder.seal_block(join);
            builder.switch_to_block(join);
        }
        let value = builder.use_var(variable);
        builder.ret(&[value]);
        let function = builder.finish();
        assert!(function.blocks.iter().skip(1).all(|block| block.params.is_empty()));
    }
}
