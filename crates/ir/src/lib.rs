//! The intermediate representation of FUSE programs: typed, in SSA form, machine-near but target-free, and the passes over it.
//!
//! The IR knows scalars and counted objects, nothing of FUSE's types or syntax: structs, options, results and enums have
//! become slots (see `fuse_abi::desc`) before. It must not know code generation.
//!
//! Invariants:
//! - *Order of passes*: lowering builds IR without `Retain`, `Release` and cleanups; simplification and inlining keep it so; RC insertion
//!   comes last, and after it the certifier proves each path. Code generation only takes IR that has been through RC insertion.
//! - Within a block, instructions that touch memory or fail take effect in the order in which they stand.
//! - [`passes::optimize`], then [`passes::finish`]: nothing else has to be called between lowering and code generation. In debug builds
//!   both run the verifier ([`verify`]) before and after, and `finish` the certifier ([`certify`]).
//! - Objects have value semantics: what an object holds under one SSA name changes only by `Put` and `Take` on that name. An address
//!   (`Ptr`) belongs to the object that it points into and is no parameter of a block.
//! - Nothing depends on the order of hash maps, and nothing recurses on the depth of the program.
//! - A failing instruction leaves the function at once, after releasing its `cleanup` list; failures never rejoin the function.
//! - Between a [`Inst::Take`] and the [`Inst::Put`] that fills the hole again, in the same block, no instruction may fail; runtime functions that
//!   cannot fail may be called (an inner step of a nested place needs them).
#![forbid(unsafe_code)]

pub mod borrow;
pub mod builder;
pub mod certify;
mod cfg;
mod compact;
pub mod effects;
mod forward;
pub mod function;
mod hoist;
pub mod inline;
pub mod inst;
mod invariant;
mod lengths;
mod lexer;
mod literals;
mod liveness;
mod loops;
mod memory;
mod names;
mod ownership;
mod params;
pub mod parse;
pub mod passes;
pub mod program;
mod promote;
mod raises;
mod ranges;
pub mod rc;
mod rotate;
mod scalars;
pub mod simplify;
mod sink;
pub mod text;
mod unique;
pub mod verify;
mod visit;

use fuse_abi::functions::Kind;

pub use builder::{FunctionBuilder, Variable};
pub use function::{Block, BlockData, Function, InstData, Value, ValueData};
pub use inst::{BinaryOp, BlockCall, CheckedOp, FloatCc, Inst, IntCc, Terminator, UnaryOp};
pub use program::{
    FuncId, Param, Position, PositionId, Program, Signature, StaticData, StaticId, TypeTables,
};

/// The type of an IR value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// 64-bit integer.
    I64,
    /// Binary64.
    F64,
    /// A byte: Bool (0 or 1), tag.
    I8,
    /// A counted object.
    Ref,
    /// A counted object or null. A `Ref` may stand wherever an `Opt` is expected.
    Opt,
    /// An address that is not counted: of code, of a slot in an object (then valid while that object lives unchanged), of spilled values.
    Ptr,
}

impl Type {
    /// Whether values of this type are counted.
    pub fn is_object(self) -> bool {
        matches!(self, Type::Ref | Type::Opt)
    }

    /// Size in memory, which is also the alignment.
    pub fn size(self) -> u32 {
        match self {
            Type::I8 => 1,
            _ => 8,
        }
    }

    /// The type of a runtime parameter or result; `None` for what is not a value ([`Kind::Ctx`], [`Kind::Type`]).
    pub fn of_kind(kind: Kind) -> Option<Type> {
        match kind {
            Kind::I64 => Some(Type::I64),
            Kind::F64 => Some(Type::F64),
            Kind::I8 => Some(Type::I8),
            Kind::Ref => Some(Type::Ref),
            Kind::Opt => Some(Type::Opt),
            Kind::Ptr => Some(Type::Ptr),
            Kind::Ctx | Kind::Type => None,
        }
    }

    /// Whether a value of this type may stand where `expected` is expected.
    pub fn fits(self, expected: Type) -> bool {
        self == expected || self == Type::Ref && expected == Type::Opt
    }
}
