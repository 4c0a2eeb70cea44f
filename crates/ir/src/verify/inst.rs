//! Operands and results of instructions.

use super::{Checker, Stage};
use crate::Type;
use crate::effects::can_fail;
use crate::function::{InstData, Value};
use crate::inst::{BinaryOp, Inst};
use crate::program::Signature;
use fuse_abi::functions::{Kind, Mode, Rt};
use fuse_abi::layout::NODE_OFFSET;

impl Checker<'_> {
    pub(super) fn inst(&mut self, data: &InstData) {
        match &data.inst {
            Inst::Int(_) => self.results(data, &[Type::I64]),
            Inst::Float(_) => self.results(data, &[Type::F64]),
            Inst::Byte(_) => self.results(data, &[Type::I8]),
            Inst::Null(ty) => {
                self.results(data, &[*ty]);
                if !matches!(ty, Type::Opt | Type::Ptr) {
                    self.complain(format!("{ty} is never null"));
                }
            }
            Inst::Static(id) => {
                self.results(data, &[Type::Ref]);
                if id.0 as usize >= self.program.statics.len() {
                    self.complain(format!("s{} does not exist", id.0));
                }
            }
            Inst::FunctionAddress(callee) => {
                self.results(data, &[Type::I64]);
                self.signature_of(*callee);
            }
            Inst::Unary(op, a) => {
                self.operand(*a, op.operand());
                self.results(data, &[op.result()]);
            }
            Inst::Binary(op, a, b) => self.binary(data, *op, *a, *b),
            Inst::Checked(_, a, b, position) => {
                self.operand(*a, Type::I64);
                self.operand(*b, Type::I64);
                self.results(data, &[Type::I64]);
                self.position(*position);
            }
            Inst::IntCompare(_, a, b) => {
                let ty = if self.ty(*a) == Type::I8 { Type::I8 } else { Type::I64 };
                self.operand(*a, ty);
                self.operand(*b, ty);
                self.results(data, &[Type::I8]);
            }
            Inst::FloatCompare(_, a, b) => {
                self.operand(*a, Type::F64);
                self.operand(*b, Type::F64);
                self.results(data, &[Type::I8]);
            }
            Inst::Select(condition, a, b) => {
                let ty = self.ty(*a);
                self.operand(*condition, Type::I8);
                if ty.is_object() {
                    self.complain("select is not for objects");
                }
                self.operand(*b, ty);
                self.results(data, &[ty]);
            }
            Inst::Check(a, _, position) => {
                self.operand(*a, Type::I8);
                self.results(data, &[]);
                self.position(*position);
            }
            Inst::IsNull(a) => {
                if self.ty(*a) != Type::Ptr {
                    self.operand(*a, Type::Opt);
                }
                self.results(data, &[Type::I8]);
            }
            Inst::Unwrap(a) => {
                self.operand(*a, Type::Opt);
                self.results(data, &[Type::Ref]);
            }
            Inst::Node { ty, size, fields } => self.node(data, *ty, *size, fields),
            Inst::Load { ty, base, .. } => {
                self.base(*base);
                self.results(data, &[*ty]);
            }
            Inst::Take { ty, base, .. } => {
                self.base(*base);
                self.results(data, &[*ty]);
                if !ty.is_object() {
                    self.complain("only objects are taken");
                }
            }
            Inst::Put { base, .. } => {
                self.base(*base);
                self.results(data, &[]);
            }
            Inst::Unique(a) => {
                self.operand(*a, Type::Ref);
                self.results(data, &[Type::Ref]);
            }
            Inst::UniqueSlot { base, copy, .. } => {
                self.base(*base);
                self.results(data, &[Type::Ref]);
                if self.stage == Stage::Lowered || !crate::ownership::copies(*copy) {
                    self.complain("made by RC insertion, with a function that copies");
                }
            }
            Inst::Len(a) => {
                self.operand(*a, Type::Ref);
                self.results(data, &[Type::I64]);
            }
            Inst::ElementAddress { list, index, .. } => {
                self.operand(*list, Type::Ref);
                self.operand(*index, Type::I64);
                self.results(data, &[Type::Ptr]);
            }
            Inst::Spill { size, slots } => {
                self.slots(0, *size, slots);
                self.results(data, &[Type::Ptr]);
            }
            Inst::Call(callee, args, position) => {
                self.position(*position);
                if let Some(signature) = self.signature_of(*callee) {
                    self.call(data, signature, args);
                }
            }
            Inst::Try(callee, args, position) => {
                self.position(*position);
                if let Some(signature) = self.signature_of(*callee) {
                    let results = crate::inst::try_results(&signature.results);
                    let signature = Signature { results, ..signature.clone() };
                    self.call(data, &signature, args);
                }
            }
            Inst::CallRuntime { function, types, args, position } => {
                self.position(*position);
                self.runtime(data, *function, types, args);
            }
            Inst::CallIndirect { signature, callee, args, position } => {
                self.position(*position);
                self.operand(*callee, Type::I64);
                self.call(data, signature, args);
                if !signature.fails || signature.params.iter().any(|param| param.mode == Mode::Own) {
                    self.complain("function values can fail and borrow all parameters");
                }
            }
            Inst::Retain(a) | Inst::Release(a) => {
                self.operand(*a, Type::Opt);
                self.results(data, &[]);
                if self.stage == Stage::Lowered {
                    self.complain("counts references before RC insertion");
                }
            }
        }
        self.failure(data);
    }

    pub(super) fn operand(&mut self, value: Value, expected: Type) {
        let ty = self.ty(value);
        if !ty.fits(expected) {
            self.complain(format!("{value} is {ty}, not {expected}"));
        }
    }

    fn base(&mut self, value: Value) {
        if !matches!(self.ty(value), Type::Ref | Type::Ptr) {
            self.complain(format!("{value} is {}, not ref or ptr", self.ty(value)));
        }
    }

    fn results(&mut self, data: &InstData, expected: &[Type]) {
        let types = data.results.iter().map(|result| self.ty(*result)).collect::<Vec<_>>();
        if types != expected {
            let list = |types: &[Type]| types.iter().map(Type::to_string).collect::<Vec<_>>().join(", ");
            self.complain(format!("has results ({}) instead of ({})", list(&types), list(expected)));
        }
    }

    fn binary(&mut self, data: &InstData, op: BinaryOp, a: Value, b: Value) {
        self.operand(a, op.result());
        self.operand(b, op.result());
        self.results(data, &[op.result()]);
    }

    fn type_index(&mut self, ty: u32) {
        if ty as usize >= self.program.types.types.len() {
            self.complain(format!("type {ty} does not exist"));
        }
    }

    fn node(&mut self, data: &InstData, ty: u32, size: u32, fields: &[(u32, Value)]) {
        self.type_index(ty);
        self.slots(NODE_OFFSET as u32, size, fields);
        self.results(data, &[Type::Ref]);
    }

    /// Slots are aligned, within the size, and apart from each other.
    fn slots(&mut self, start: u32, size: u32, slots: &[(u32, Value)]) {
        let mut sorted =
            slots.iter().map(|(offset, value)| (*offset, self.ty(*value).size())).collect::<Vec<_>>();
        sorted.sort_unstable();
        let mut end = start;
        for (offset, bytes) in sorted {
            if offset % bytes != 0 {
                self.complain(format!("the slot at {offset} is not aligned"));
            }
            if offset < end || offset.saturating_add(bytes) > size {
                self.complain(format!("the slot at {offset} has no room"));
            }
            end = offset.saturating_add(bytes);
        }
    }

    fn call(&mut self, data: &InstData, signature: &Signature, args: &[Value]) {
        if args.len() != signature.params.len() {
            self.complain(format!("takes {} arguments, not {}", signature.params.len(), args.len()));
        }
        for (arg, param) in args.iter().zip(&signature.params) {
            self.operand(*arg, param.ty);
        }
        self.results(data, &signature.results);
    }

    fn runtime(&mut self, data: &InstData, function: Rt, types: &[u32], args: &[Value]) {
        let row = function.row();
        let kinds = row.params.iter().map(|(_, kind)| *kind);
        if kinds.clone().filter(|kind| *kind == Kind::Type).count() != types.len() {
            self.complain(format!("has {} types", types.len()));
        }
        types.iter().for_each(|ty| self.type_index(*ty));
        let params = kinds.filter_map(Type::of_kind).collect::<Vec<_>>();
        if params.len() != args.len() {
            self.complain(format!("takes {} arguments, not {}", params.len(), args.len()));
        }
        for (arg, ty) in args.iter().zip(&params) {
            self.operand(*arg, *ty);
        }
        let results = row.results.iter().filter_map(|kind| Type::of_kind(*kind)).collect::<Vec<_>>();
        self.results(data, &results);
    }

    /// Whether the instruction may fail here, and have a cleanup list.
    fn failure(&mut self, data: &InstData) {
        let fails = can_fail(&data.inst, |id| {
            self.program.functions.get(id.0 as usize).is_some_and(|callee| callee.signature.fails)
        });
        if self.stage == Stage::Counted && fails && !self.function.signature.fails {
            self.complain("can fail, but the signature does not say so");
        }
        if !data.cleanup.is_empty() && (self.stage == Stage::Lowered || !fails) {
            self.complain("has a cleanup list without need");
        }
        for value in &data.cleanup {
            self.operand(*value, Type::Opt);
        }
    }
}
