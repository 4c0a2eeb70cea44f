//! Instructions and terminators.

use crate::Type;
use crate::function::{Block, Value};
use crate::program::{FuncId, PositionId, Signature, StaticId};
use fuse_abi::failure::Failure;
use fuse_abi::functions::Rt;

/// Operations on one scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    /// F64 to F64.
    FloatNeg,
    /// I64 to F64, nearest.
    IntToFloat,
    /// I8 to I8: 0 becomes 1, 1 becomes 0.
    Not,
    /// I8 to I64, zero-extended.
    Extend,
    /// I64 to F64 of the same bits.
    FloatFromBits,
    /// F64 to I64 of the same bits.
    FloatToBits,
}

impl UnaryOp {
    /// Type of the operand.
    pub fn operand(self) -> Type {
        match self {
            UnaryOp::FloatNeg | UnaryOp::FloatToBits => Type::F64,
            UnaryOp::IntToFloat | UnaryOp::FloatFromBits => Type::I64,
            UnaryOp::Not | UnaryOp::Extend => Type::I8,
        }
    }

    /// Type of the result.
    pub fn result(self) -> Type {
        match self {
            UnaryOp::FloatNeg | UnaryOp::IntToFloat | UnaryOp::FloatFromBits => Type::F64,
            UnaryOp::Not => Type::I8,
            UnaryOp::Extend | UnaryOp::FloatToBits => Type::I64,
        }
    }
}

/// Operations on two scalars that cannot fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    /// I64, wrapping (for indices known to fit).
    Add,
    /// I64, wrapping.
    Sub,
    /// I64, wrapping.
    Mul,
    /// I64, quotient of two numbers that are not negative; the right one is not zero.
    Div,
    /// I64, remainder of such numbers.
    Rem,
    /// F64.
    FloatAdd,
    /// F64.
    FloatSub,
    /// F64.
    FloatMul,
    /// F64.
    FloatDiv,
    /// I8.
    And,
    /// I8.
    Or,
}

impl BinaryOp {
    /// Type of the operands and the result.
    pub fn result(self) -> Type {
        match self {
            BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul | BinaryOp::Div | BinaryOp::Rem => Type::I64,
            BinaryOp::FloatAdd | BinaryOp::FloatSub | BinaryOp::FloatMul | BinaryOp::FloatDiv => Type::F64,
            BinaryOp::And | BinaryOp::Or => Type::I8,
        }
    }
}

/// I64 operations that fail with `IntegerOverflow` or `DivisionByZero`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CheckedOp {
    /// Sum.
    Add,
    /// Difference.
    Sub,
    /// Product.
    Mul,
    /// Quotient, truncated toward zero.
    Div,
    /// Remainder with the sign of the left operand.
    Rem,
    /// Sum whose right operand is known not to be negative: cheaper to check. Range analysis makes it.
    Increase,
    /// Difference whose right operand is known not to be negative.
    Decrease,
}

impl CheckedOp {
    /// The operation as arithmetic knows it.
    pub fn plain(self) -> CheckedOp {
        match self {
            CheckedOp::Increase => CheckedOp::Add,
            CheckedOp::Decrease => CheckedOp::Sub,
            other => other,
        }
    }
}

/// Integer comparisons (I64 or I8 operands, I8 result).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IntCc {
    /// Equal.
    Eq,
    /// Not equal.
    Ne,
    /// Signed less.
    Lt,
    /// Signed less or equal.
    Le,
    /// Signed greater.
    Gt,
    /// Signed greater or equal.
    Ge,
    /// Unsigned less.
    Ult,
    /// Unsigned greater or equal.
    Uge,
}

impl IntCc {
    /// The comparison that holds where this one does not.
    pub fn opposite(self) -> IntCc {
        match self {
            IntCc::Eq => IntCc::Ne,
            IntCc::Ne => IntCc::Eq,
            IntCc::Lt => IntCc::Ge,
            IntCc::Le => IntCc::Gt,
            IntCc::Gt => IntCc::Le,
            IntCc::Ge => IntCc::Lt,
            IntCc::Ult => IntCc::Uge,
            IntCc::Uge => IntCc::Ult,
        }
    }

    /// The comparison with the operands exchanged, if there is one.
    pub fn swapped(self) -> Option<IntCc> {
        match self {
            IntCc::Eq | IntCc::Ne => Some(self),
            IntCc::Lt => Some(IntCc::Gt),
            IntCc::Le => Some(IntCc::Ge),
            IntCc::Gt => Some(IntCc::Lt),
            IntCc::Ge => Some(IntCc::Le),
            IntCc::Ult | IntCc::Uge => None,
        }
    }
}

/// Float comparisons; all but `Ne` are false if an operand is NaN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FloatCc {
    /// Equal.
    Eq,
    /// Not equal, or unordered.
    Ne,
    /// Less.
    Lt,
    /// Less or equal.
    Le,
    /// Greater.
    Gt,
    /// Greater or equal.
    Ge,
}

/// An instruction. *owns* and *borrows* say what happens to object operands; object results are owned by the function unless
/// they are said to be *derived* from an operand: a derived value is the same reference, valid while the operand lives unchanged; RC insertion
/// either keeps the operand alive as long or retains the derived value.
#[derive(Clone, Debug, PartialEq)]
pub enum Inst {
    /// I64 constant.
    Int(i64),
    /// F64 constant, as bits.
    Float(u64),
    /// I8 constant.
    Byte(u8),
    /// The null of Opt (or of Ptr).
    Null(Type),
    /// A static object, as Ref: never counted.
    Static(StaticId),
    /// Address of a function, as I64, for [`Inst::CallIndirect`].
    FunctionAddress(FuncId),
    /// One scalar to another.
    Unary(UnaryOp, Value),
    /// Two scalars to one.
    Binary(BinaryOp, Value, Value),
    /// Fails at the position if the result does not fit, or with a zero divisor.
    Checked(CheckedOp, Value, Value, PositionId),
    /// I8 result.
    IntCompare(IntCc, Value, Value),
    /// I8 result.
    FloatCompare(FloatCc, Value, Value),
    /// The second operand if the first (I8) is not 0, else the third. Not for objects.
    Select(Value, Value, Value),
    /// Fails with the failure if the value (I8) is not 0.
    Check(Value, Failure, PositionId),
    /// Whether an Opt or Ptr is null; I8. Borrows.
    IsNull(Value),
    /// An Opt that is known not to be null, as Ref; derived (or moved, if the operand is not used again).
    Unwrap(Value),
    /// A new node of type index `ty` and `size` bytes (header included) with these fields, all of them, at these offsets. Owns the values.
    Node {
        /// Index into the type table.
        ty: u32,
        /// Bytes, header included.
        size: u32,
        /// Offset and value.
        fields: Vec<(u32, Value)>,
    },
    /// Reads a slot of an object or address. Object results are derived from the base.
    Load {
        /// Type read.
        ty: Type,
        /// A Ref or Ptr.
        base: Value,
        /// Bytes from the base.
        offset: u32,
    },
    /// Moves an object out of a slot of a unique object; the slot is a hole until a `Put` fills it.
    Take {
        /// Ref or Opt.
        ty: Type,
        /// A Ref known to be unique, or a Ptr into one.
        base: Value,
        /// Bytes from the base.
        offset: u32,
    },
    /// Writes a slot of a unique object. Owns an object value. An object slot must be a hole (or not initialised yet).
    Put {
        /// A Ref known to be unique, or a Ptr into one.
        base: Value,
        /// Bytes from the base.
        offset: u32,
        /// What to store.
        value: Value,
    },
    /// Owns a node; yields it if it is unique, else a copy. (Lists and maps: `list_unique`, `map_unique` of the runtime.)
    Unique(Value),
    /// Makes the object in a slot of a unique object unique where it is: another object is copied, and the copy takes its place. The result is
    /// derived from the base, and may be changed as if it were part of it. Made after RC insertion only.
    UniqueSlot {
        /// A Ref known to be unique, or a Ptr into one.
        base: Value,
        /// Bytes from the base.
        offset: u32,
        /// What copies: `node_copy`, `list_unique` or `map_unique`.
        copy: Rt,
    },
    /// Length of a list or string; I64. Borrows.
    Len(Value),
    /// Address of an element, not checked: `data + index * stride`; Ptr derived from the list.
    ElementAddress {
        /// The list.
        list: Value,
        /// I64, known to be in bounds.
        index: Value,
        /// Bytes between elements.
        stride: u32,
    },
    /// Values laid out in stack memory at these offsets, as Ptr derived from them all. Borrows; valid until the end of the function.
    Spill {
        /// Bytes.
        size: u32,
        /// Offset and value.
        slots: Vec<(u32, Value)>,
    },
    /// Calls a function of the program. Which parameters own is in its signature.
    Call(FuncId, Vec<Value>, PositionId),
    /// As [`Inst::Call`], but an error value that the callee raises does not leave the function: it is the last result, an Opt, which is null if nothing was
    /// raised. Before it come the callee's results, with Opt in the place of Ref; they are zero (null) if something was raised.
    Try(FuncId, Vec<Value>, PositionId),
    /// Calls a runtime function. `Ctx` parameters are left out; `Type` parameters are in `types`, in order; `Kind::Ptr` arguments are Ptr values.
    CallRuntime {
        /// Which.
        function: Rt,
        /// The `Type` parameters, in order.
        types: Vec<u32>,
        /// The other arguments, in order.
        args: Vec<Value>,
        /// Where, for failures.
        position: PositionId,
    },
    /// Calls a function value: all parameters are borrowed, and the callee can fail.
    CallIndirect {
        /// Parameters (all borrowed) and results; `fails` is set.
        signature: Box<Signature>,
        /// I64.
        callee: Value,
        /// Arguments.
        args: Vec<Value>,
        /// Where.
        position: PositionId,
    },
    /// One more reference. Inserted by RC insertion only.
    Retain(Value),
    /// One reference less. Inserted by RC insertion only.
    Release(Value),
}

impl Inst {
    /// Whether it costs little, cannot fail and changes nothing: constants, arithmetic, reads.
    pub(crate) fn only_computes(&self) -> bool {
        matches!(
            self,
            Inst::Int(_)
                | Inst::Float(_)
                | Inst::Byte(_)
                | Inst::Null(_)
                | Inst::Static(_)
                | Inst::Unary(..)
                | Inst::Binary(..)
                | Inst::IntCompare(..)
                | Inst::FloatCompare(..)
                | Inst::Select(..)
                | Inst::IsNull(_)
                | Inst::Load { .. }
                | Inst::Len(_)
                | Inst::ElementAddress { .. }
        )
    }
}

/// The results of an [`Inst::Try`] of a function with these results.
pub fn try_results(results: &[Type]) -> Vec<Type> {
    let nullable = results.iter().map(|&ty| if ty == Type::Ref { Type::Opt } else { ty });
    nullable.chain([Type::Opt]).collect()
}

/// A jump's target and arguments. Owns object arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockCall {
    /// Target.
    pub block: Block,
    /// One for each parameter of the target.
    pub args: Vec<Value>,
}

/// The end of a block.
#[derive(Clone, Debug, PartialEq)]
pub enum Terminator {
    /// Goes there.
    Jump(BlockCall),
    /// Goes to the first if the value (I8: 0 or 1, nothing else) is 1, else to the second.
    Branch(Value, BlockCall, BlockCall),
    /// Goes by an I64 or I8 value; else to the default.
    Switch(Value, Vec<(i64, BlockCall)>, BlockCall),
    /// Returns. Owns object values.
    Return(Vec<Value>),
    /// Ends the function with a failure.
    Fail(Failure, PositionId),
    /// Cannot be reached.
    Unreachable,
}
