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
//! | String, Bytes, Html, Id, Email, List, Map, struct, std.Error, task | Ref |
//! | function value | I64 (address of a thunk that is never counted) |
//! | config value | none |
//! | dynamic value | Opt, I64: see below |
//! | `T?` and lookup of `T`, where `T` is one Ref | Opt (null is `null`) |
//! | any other `T?` | I8 tag (0 `null`, 1 value), then the slots of `T` |
//! | enum | I8 tag (variant number; I64 with more than [`BYTE_TAGS`] variants), then the merged slots of its variants |
//! | result `T!E1..En` | I8 tag (0 Ok, i Err of Ei), then the merged slots of `T, E1 .. En` |
//! | union of domains | I8 tag (i-1 for Ei), then the merged slots |
//!
//! *Merging* variants: each variant's payload slots, flattened, are placed into the first free merged slot of the same class; the classes are
//! I64, F64, I8 and object (Ref and Opt merge to Opt). The merged slots are ordered by class: objects first, then I64, F64, I8.
//! Slots that the current variant does not use hold zero (null).
//! If an option, enum, result or union would need more than [`MAX_WORDS`] slots, or an enum contains itself without an
//! object between, it is *boxed*: one Ref to a node whose fields, from [`crate::layout::NODE_OFFSET`] on, are those slots (a boxed option is an Opt to a
//! node of the slots of `T` alone).
//!
//! A *refined* type lies as its base and has the base's kind; its constraints tell them apart.
//!
//! A *dynamic* value is an object, or null for `null`, and 64 bits. The kind in the object's header says what it is: a String, Bytes, a list of type
//! [`TYPE_LIST_DYNAMIC`], a map of type [`TYPE_MAP_DYNAMIC`] (the bits are zero); or, for an object that is only a header, never counted and of kind [`TYPE_INT`],
//! [`TYPE_FLOAT`] or [`TYPE_BOOL`], a scalar whose bits are the other half. There may be many such headers; their addresses mean nothing.

/// The most slots, tag included, that an option, enum, result or union has in registers.
pub const MAX_WORDS: usize = 4;

/// The most variants whose number is a byte.
pub const BYTE_TAGS: usize = 256;

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
/// The dynamic type.
pub const TYPE_DYNAMIC: u32 = 7;
/// A list of dynamic values: every list in a dynamic value.
pub const TYPE_LIST_DYNAMIC: u32 = 8;
/// A map of dynamic values: every map in a dynamic value.
pub const TYPE_MAP_DYNAMIC: u32 = 9;
/// `Id`: a String with the constraint [`Constraint::ID`].
pub const TYPE_ID: u32 = 10;
/// `Email`: a String with the constraint [`Constraint::EMAIL`].
pub const TYPE_EMAIL: u32 = 11;
/// Number of predefined descriptors.
pub const PREDEFINED: u32 = 12;

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
    /// Ref whose header names the struct. `inner` is the struct `std.Error` that decoding makes; [`TYPE_UNIT`] in programs that decode none.
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
    /// Opt and I64.
    Dynamic = 15,
    /// No slots; text `<config Name>`.
    Config = 16,
    /// Ref to a [`crate::layout::StrObject`] whose header says String: a rendering, perhaps with marks (`runtime/core/src/marks.rs`).
    Html = 17,
    /// `inner` is the type of the result; the value is a Ref to a task object of the runtime. Objects of the kinds from `Option` up to here are nodes.
    Task = 64,
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
    /// For structs: first index into the offsets table where the numbers of the `count` fields stand in ascending byte order of their names.
    pub sorted: u32,
    /// First [`Constraint`], those of the base first.
    pub constraints: u32,
    /// How many.
    pub constraints_count: u32,
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
    /// A struct that nothing is read as: one of the types of the HTTP client.
    pub const FLAG_ENCODE_ONLY: u32 = 8;

    /// Whether values are encoded, but never read.
    pub fn is_encode_only(&self) -> bool {
        self.flags & Desc::FLAG_ENCODE_ONLY != 0
    }
}

/// A constraint of a validated type.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Constraint {
    /// What is tested: one of the constants.
    pub kind: u32,
    /// For patterns and predicates: number to call the program with ([`Image::call`]). Input: the value in memory; output: a Bool (I8).
    pub call: u32,
    /// Lower bound, low half first: Int, bits of a Float, or a length.
    pub low: [u32; 2],
    /// Upper bound.
    pub high: [u32; 2],
    /// Text for the message: the pattern, or the name of the predicate. Offset into the names.
    pub text: u32,
    /// Its length.
    pub text_len: u32,
}

impl Constraint {
    /// An Int between the bounds.
    pub const INT: u32 = 1;
    /// A Float between the bounds.
    pub const FLOAT: u32 = 2;
    /// A length between the bounds.
    pub const LENGTH: u32 = 3;
    /// An `Id`: not empty.
    pub const ID: u32 = 4;
    /// An `Email`.
    pub const EMAIL: u32 = 5;
    /// A text in which the pattern is found.
    pub const REGEX: u32 = 6;
    /// The function says `true`.
    pub const PREDICATE: u32 = 7;

    /// A bound as one number.
    pub const fn bound(half: [u32; 2]) -> u64 {
        half[0] as u64 | (half[1] as u64) << 32
    }
}

/// A config; its fields are [`Field`]s whose offsets count from the start of the config block ([`Image::config_block`]). At `offset` stands the value, and at
/// `slots` (used for nothing else here) a byte that is 1 once the field is resolved.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Config {
    /// Name: offset into the names.
    pub name: u32,
    /// Its length.
    pub name_len: u32,
    /// First field; in the order of resolution.
    pub first: u32,
    /// Number of fields.
    pub count: u32,
    /// Environment variables of the fields: first index into the offsets table, where for each field offset and length of a name stand.
    pub variables: u32,
}

/// A field of a struct, a parameter of the bound `main` (a field of a struct made for it), a field of a config, or an element of a variant's payload.
///
/// Names of fields of structs stand in the names between `"` and `":`, so that the key of the JSON form is one piece.
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
    /// The written default: number plus one to call the program with ([`Image::call`]); 0 if there is none (then the default of an optional field is
    /// `null`). Input: for parameters, the struct of all parameters, of which those to the left are set; output: the value.
    pub default: u32,
    /// Type of what the default yields: `ty`, or the same untested, or one that holds dynamic values; the user of the default validates or converts it.
    pub default_ty: u32,
    /// `FIELD_*`
    pub flags: u32,
}

impl Field {
    /// The default can be evaluated at any time and any number of times: it has no effect and cannot fail.
    pub const PURE_DEFAULT: u32 = 1;
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
    /// Constraints.
    pub constraints: *const Constraint,
    /// How many.
    pub constraints_len: usize,
    /// Configs in the order of resolution.
    pub configs: *const Config,
    /// How many.
    pub configs_len: usize,
    /// The block of all config values, writable, zero at the start; null if there are no configs.
    pub config_block: *mut u8,
    /// Type of `std.Error.Validation`; 0 in programs in which no validation can fail.
    pub validation: u32,
    /// Type of `std.Error.ValidationField`.
    pub validation_field: u32,
    /// Type of `List<std.Error.ValidationField>`.
    pub validation_list: u32,
    /// Reserved, zero.
    pub reserved: u32,
    /// Calls a predicate, pattern or default by its number; null if the program has none.
    pub call: *const u8,
    /// `fn main` of the root module with its arguments bound, as [`Image::entry`]; null if there is none.
    pub main: *const u8,
    /// The selected app: a function of [`EntryFn`]'s type with the C calling convention that sets the pinned register, calls the compiled app body and
    /// returns its status.
    pub entry: *const u8,
    /// Build information line (toolchain reference 11.4), UTF-8; empty when running in memory.
    pub build_info: *const u8,
    /// Bytes.
    pub build_info_len: usize,
}

impl Image {
    /// An image of this version without anything in it.
    pub const EMPTY: Image = Image {
        abi: crate::ABI_VERSION,
        flags: 0,
        types: core::ptr::null(),
        types_len: 0,
        fields: core::ptr::null(),
        fields_len: 0,
        variants: core::ptr::null(),
        variants_len: 0,
        offsets: core::ptr::null(),
        offsets_len: 0,
        names: core::ptr::null(),
        names_len: 0,
        positions: core::ptr::null(),
        positions_len: 0,
        constraints: core::ptr::null(),
        constraints_len: 0,
        configs: core::ptr::null(),
        configs_len: 0,
        config_block: core::ptr::null_mut(),
        validation: 0,
        validation_field: 0,
        validation_list: 0,
        reserved: 0,
        call: core::ptr::null(),
        main: core::ptr::null(),
        entry: core::ptr::null(),
        build_info: core::ptr::null(),
        build_info_len: 0,
    };
}

/// Type of [`Image::entry`]: takes the context, returns a status ([`crate::layout::STATUS_OK`] ...). Called on the FUSE stack.
pub type EntryFn = extern "C" fn(*mut crate::layout::Context) -> u64;

/// Type of [`Image::call`]: context, number, input, output (memory for the value; not initialised); returns a status. Called on the FUSE stack. Objects in the
/// output are owned by the caller.
pub type CallFn = extern "C" fn(*mut crate::layout::Context, u64, *const u8, *mut u8) -> u64;

/// The data symbol of an executable's [`Image`].
pub const IMAGE_SYMBOL: &str = "fuse_image";
