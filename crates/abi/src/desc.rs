//! Type descriptors: read-only data that tells type-erased runtime code how a type's values lie in memory, what to
//! release in them and how their text form is made. Offsets and indices instead of pointers, so that the tables need no relocation.
//!
//! # How values lie in memory
//!
//! A type's value is a short sequence of *slots* (language types are flattened). In registers each slot is one IR value; in
//! memory (fields, elements, map values, spilled values) slots stand in order at their natural alignment, so that a
//! value's size is a multiple of its alignment. Slot kinds: `I64`, `F64`, `I8`, `Ref` (object, never null), `Opt` (object or null).
//!
//! | type | slots |
//! |---|---|
//! | Unit, Never, Null | none |
//! | Int; Float; Bool | I64; F64; I8 |
//! | String, Bytes, Id, Email, List, Map, struct, std.Error | Ref |
//! | function value | I64 (address of a thunk that is never counted) |
//! | `T?` and lookup of `T`, where `T` is one Ref | Opt (null is `null`) |
//! | any other `T?` | I8 tag (0 `null`, 1 value), then the slots of `T` |
//! | enum | I8 tag (variant number), then the merged slots of its variants |
//! | result `T!E1..En` | I8 tag (0 Ok, i Err of Ei), then the merged slots of `T, E1 .. En` |
//! | union of domains | I8 tag (i-1 for Ei), then the merged slots |
//!
//! *Merging* variants: each variant's payload slots, flattened, are placed into the first free merged slot of the same class; the classes are
//! I64, F64, I8 and object (Ref and Opt merge to Opt). The merged slots are ordered by class: objects first, then I64, F64, I8.
//! Slots that the current variant does not use hold zero (null).
//! If an option, enum, result or union would need more than [`MAX_WORDS`] slots, or an enum contains itself without an
//! object between, it is *boxed*: one Ref to a node whose fields, from [`crate::layout::NODE_OFFSET`] on, are those slots (a boxed option is an Opt to a
//! node of the slots of `T` alone).

/// The most slots, tag included, that an option, enum, result or union has in registers.
pub const MAX_WORDS: usize = 4;

/// Index of the descriptor of `Unit` in every program's type table.
pub const TYPE_UNIT: u32 = 0;
/// `Int`.
pub const TYPE_INT: u32 = 1;
/// `Float`.
pub const TYPE_FLOAT: u32 = 2;
/// `Bool`.
pub const TYPE_BOOL: u32 = 3;
/// `String`, `Id`, `Email`.
pub const TYPE_STRING: u32 = 4;
/// `Bytes`.
pub const TYPE_BYTES: u32 = 5;
/// The base `std.Error`: an object whose header names the member of the family.
pub const TYPE_STD_ERROR: u32 = 6;
/// Number of predefined descriptors.
pub const PREDEFINED: u32 = 7;

/// What a descriptor describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Kind {
    /// No slots; text `()`.
    Unit = 0,
    /// I64.
    Int = 1,
    /// F64.
    Float = 2,
    /// I8.
    Bool = 3,
    /// Ref to [`crate::layout::StrObject`].
    String = 4,
    /// Ref to [`crate::layout::StrObject`]; text is base64.
    Bytes = 5,
    /// Ref whose header names the struct.
    StdError = 6,
    /// `inner` is the element type; the value is a Ref to [`crate::layout::ListObject`].
    List = 7,
    /// `inner` is the value type; the value is a Ref to a map object of the runtime.
    Map = 8,
    /// `inner` is the type of the value, `payload_offset` where it starts; see [`Desc::FLAG_NULLABLE`].
    Option = 9,
    /// `first`/`count` are its fields; the value is a Ref to a node.
    Struct = 10,
    /// `first`/`count` are its variants.
    Enum = 11,
    /// As `Enum`, with the variants `Ok`, `Err`, `Err`, ...; text `Ok(v)`.
    Result = 12,
    /// As `Enum`; text is that of the payload.
    Union = 13,
    /// A function value; has no text form.
    Function = 14,
}

/// A type descriptor.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Desc {
    /// A [`Kind`] as a number.
    pub kind: u32,
    /// `FLAG_*`.
    pub flags: u32,
    /// Size of a value in memory, in bytes: the stride in lists.
    pub size: u32,
    /// Alignment of a value in memory: 1 or 8.
    pub align: u32,
    /// Name shown in text forms: offset into the names, and length. For structs and enums.
    pub name: u32,
    /// Length of the name in bytes.
    pub name_len: u32,
    /// Element, value or inner type, see [`Kind`].
    pub inner: u32,
    /// Offset of an option's payload from the start of the value.
    pub payload_offset: u32,
    /// First field ([`Field`] index) or variant ([`Variant`] index).
    pub first: u32,
    /// Number of fields or variants.
    pub count: u32,
    /// Objects held by a value in memory: first index into the offsets table, relative to the value's start. All may be null.
    pub value_refs: u32,
    /// How many.
    pub value_refs_count: u32,
    /// Size of the heap object of this type (structs and boxed types), header included.
    pub object_size: u32,
    /// Objects held by the heap object: first index into the offsets table, relative to the object's start.
    pub object_refs: u32,
    /// How many.
    pub object_refs_count: u32,
    /// For structs: index (from 0, within the struct) of the `message` field that the text form shows, or [`NO_FIELD`].
    pub message_field: u32,
}

/// No such field, see [`Desc::message_field`].
pub const NO_FIELD: u32 = u32::MAX;

impl Desc {
    /// An option that is a nullable object: no tag, null is `null`, the payload is the object itself (or, with [`Desc::FLAG_BOXED`], in it).
    pub const FLAG_NULLABLE: u32 = 1;
    /// The slots (tag included for enums) are in a node: their offsets count from [`crate::layout::NODE_OFFSET`] of the object.
    pub const FLAG_BOXED: u32 = 2;
    /// A member of the `std.Error` family.
    pub const FLAG_STD_ERROR: u32 = 4;
}

/// A field of a struct or an element of a variant's payload.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Field {
    /// Name: offset into the names.
    pub name: u32,
    /// Its length.
    pub name_len: u32,
    /// Type of the field.
    pub ty: u32,
    /// Where it is: for a struct, from the start of the object. For payload elements [`Field::slots`] counts.
    pub offset: u32,
    /// Payload elements: index into the offsets table where the offsets of the element's slots stand (one for each slot of
    /// `ty`, in order, relative to the start of the value, or of the node's fields if boxed), because merging may scatter them.
    pub slots: u32,
    /// Number of those slots.
    pub slots_count: u32,
}

/// A variant of an enum, result or union. Its number is its position.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Variant {
    /// Name: offset into the names.
    pub name: u32,
    /// Its length.
    pub name_len: u32,
    /// First payload element ([`Field`] index).
    pub first: u32,
    /// Number of payload elements.
    pub count: u32,
}

/// A source position that a failure may name.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Position {
    /// Name of the file, relative to the package: offset into the names.
    pub file: u32,
    /// Its length.
    pub file_len: u32,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

/// What a program hands to the runtime: its tables and its entry. In executables it is the data symbol [`IMAGE_SYMBOL`] in a
/// read-only section; in memory, a struct that the JIT driver fills.
#[repr(C)]
#[derive(Debug)]
pub struct Image {
    /// [`crate::ABI_VERSION`] of the code generator.
    pub abi: u32,
    /// Reserved, zero.
    pub flags: u32,
    /// Type descriptors.
    pub types: *const Desc,
    /// How many.
    pub types_len: usize,
    /// Fields and payload elements.
    pub fields: *const Field,
    /// How many.
    pub fields_len: usize,
    /// Variants.
    pub variants: *const Variant,
    /// How many.
    pub variants_len: usize,
    /// Offsets (of objects and of payload slots).
    pub offsets: *const u32,
    /// How many.
    pub offsets_len: usize,
    /// All names, one after the other (UTF-8).
    pub names: *const u8,
    /// Bytes.
    pub names_len: usize,
    /// Positions that failures may name; number 1 is the first.
    pub positions: *const Position,
    /// How many.
    pub positions_len: usize,
    /// The selected app: a function of [`EntryFn`]'s type with the C calling convention that sets the pinned register, calls the compiled app body and
    /// returns its status.
    pub entry: *const u8,
    /// Build information line (toolchain reference 11.4), UTF-8; empty when running in memory.
    pub build_info: *const u8,
    /// Bytes.
    pub build_info_len: usize,
}

/// Type of [`Image::entry`]: takes the context, returns a status ([`crate::layout::STATUS_OK`] ...). Called on the FUSE stack.
pub type EntryFn = extern "C" fn(*mut crate::layout::Context) -> u64;

/// The data symbol of an executable's [`Image`].
pub const IMAGE_SYMBOL: &str = "fuse_image";
