//! Whole programs: functions, static data, type tables, positions.

use crate::Type;
use crate::function::Function;
use fuse_abi::desc::{Config, Constraint, Desc, Field, Kind, TYPE_DYNAMIC, Variant};
use fuse_abi::functions::Mode;

/// A function of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FuncId(pub u32);

/// A piece of static data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StaticId(pub u32);

/// A source position that failures may name; 0 is *unknown*, `n` is `positions[n - 1]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct PositionId(pub u32);

/// A source position.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Position {
    /// Index into [`Program::files`].
    pub file: u32,
    /// From 1.
    pub line: u32,
    /// In characters, from 1.
    pub column: u32,
}

/// A parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Param {
    /// Its type.
    pub ty: Type,
    /// Whether the function takes ownership of an object. Lowering says `Borrow`; borrow inference may change it.
    pub mode: Mode,
}

/// What callers know of a function.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct Signature {
    /// Parameters.
    pub params: Vec<Param>,
    /// Results; objects among them are owned by the caller.
    pub results: Vec<Type>,
    /// Returns a status after its results. Lowering may leave it `false` everywhere; the effects pass infers it for all functions.
    pub fails: bool,
}

/// A static object.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum StaticData {
    /// A string.
    String(String),
    /// A list without objects in it, or a node: type index and bytes after the header (for lists: length, capacity, elements), and places
    /// (offsets from the object's start) where the address of another static object stands.
    Object {
        /// Index into the type table.
        ty: u32,
        /// Everything after the header.
        bytes: Vec<u8>,
        /// Offset from the object's start, and what stands there.
        objects: Vec<(u32, StaticId)>,
    },
    /// The block of config values: so many bytes with the header, writable, zero at the start. The runtime writes it before the program's own code runs, so loads
    /// from it are as good as constant.
    Block(u32),
}

/// Descriptors of the program's types, as `fuse_abi::desc` lays them out.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct TypeTables {
    /// Starts with the predefined ones.
    pub types: Vec<Desc>,
    /// Fields and payload elements.
    pub fields: Vec<Field>,
    /// Variants.
    pub variants: Vec<Variant>,
    /// Offsets.
    pub offsets: Vec<u32>,
    /// Constraints of validated types.
    pub constraints: Vec<Constraint>,
    /// Configs, in the order in which they are resolved.
    pub configs: Vec<Config>,
    /// Names, one after the other. File names of positions are appended by code generation.
    pub names: String,
}

/// A program.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Program {
    /// All functions.
    pub functions: Vec<Function>,
    /// Static objects.
    pub statics: Vec<StaticData>,
    /// Descriptors.
    pub types: TypeTables,
    /// Source files, by path relative to the package.
    pub files: Vec<String>,
    /// Positions that failures may name.
    pub positions: Vec<Position>,
    /// The selected app: no parameters, no results.
    pub entry: Option<FuncId>,
    /// Binds the arguments and calls `fn main`: no parameters, no results.
    pub main: Option<FuncId>,
    /// What the runtime calls by number (`fuse_abi::desc::CallFn`): parameters I64, Ptr, Ptr, no results.
    pub calls: Option<FuncId>,
    /// The block of config values.
    pub config_block: Option<StaticId>,
    /// Types of `std.Error.Validation`, of its entries and of their list; zeroes if no validation can fail.
    pub validation: [u32; 3],
}

impl Program {
    /// The function.
    pub fn function(&self, id: FuncId) -> &Function {
        &self.functions[id.0 as usize]
    }

    /// What the runtime calls: the ways into the program.
    pub fn roots(&self) -> impl Iterator<Item = FuncId> {
        [self.entry, self.main, self.calls].into_iter().flatten()
    }
}

impl TypeTables {
    /// The predefined descriptors, in the order of `fuse_abi::desc::TYPE_UNIT` and so on.
    pub fn predefined() -> TypeTables {
        let scalar = |kind: Kind, size: u32| Desc {
            kind: kind as u32,
            size,
            align: size.clamp(1, 8),
            ..Desc::default()
        };
        let object = |kind: Kind| Desc { value_refs_count: 1, ..scalar(kind, 8) };
        let types = vec![
            scalar(Kind::Unit, 0),
            scalar(Kind::Int, 8),
            scalar(Kind::Float, 8),
            scalar(Kind::Bool, 1),
            object(Kind::String),
            object(Kind::Bytes),
            object(Kind::StdError),
            Desc { size: 16, ..object(Kind::Dynamic) },
            Desc { inner: TYPE_DYNAMIC, ..object(Kind::List) },
            Desc { inner: TYPE_DYNAMIC, ..object(Kind::Map) },
            Desc { constraints: 0, constraints_count: 1, ..object(Kind::String) },
            Desc { constraints: 1, constraints_count: 1, ..object(Kind::String) },
        ];
        let constraint = |kind| Constraint { kind, ..Constraint::default() };
        let constraints = vec![constraint(Constraint::ID), constraint(Constraint::EMAIL)];
        TypeTables { types, offsets: vec![0], constraints, ..TypeTables::default() }
    }

    /// Whether the tables start with [`TypeTables::predefined`].
    pub fn starts_with_predefined(&self) -> bool {
        let predefined = TypeTables::predefined();
        self.types.starts_with(&predefined.types)
            && self.offsets.starts_with(&predefined.offsets)
            && self.constraints.starts_with(&predefined.constraints)
    }
}
