//! Layouts of heap objects and of the context that compiled code reads directly.

use core::mem::{offset_of, size_of};

/// The first eight bytes of every heap object.
///
/// `count` says by its sign how the object is owned: positive, that many references, all of one task, plain arithmetic;
/// negative, minus that many references, shared between tasks, atomic arithmetic; zero, static data, never counted and
/// never freed. An object whose count would leave the range of `i32` becomes static for good (it leaks, soundly).
#[repr(C)]
#[derive(Debug)]
pub struct Header {
    /// Number of references; see above.
    pub count: i32,
    /// Index into the program's type table: the type of which this object is the representation.
    pub kind: u32,
}

/// A string (UTF-8) or Bytes: header, length, capacity, then the bytes.
///
/// Static strings have capacity 0 and count 0.
#[repr(C)]
#[derive(Debug)]
pub struct StrObject {
    /// Count and kind ([`crate::desc::TYPE_STRING`] or [`crate::desc::TYPE_BYTES`]).
    pub header: Header,
    /// Length in bytes.
    pub len: u64,
    /// Bytes allocated after this struct.
    pub cap: u64,
}

/// A list: header, length, capacity (in elements), then the elements side by side.
#[repr(C)]
#[derive(Debug)]
pub struct ListObject {
    /// Count and kind (a `List` type descriptor).
    pub header: Header,
    /// Number of elements.
    pub len: u64,
    /// Number of elements that fit.
    pub cap: u64,
}

/// Offset of the count in every object.
pub const COUNT_OFFSET: i32 = 0;
/// Offset of the type index in every object.
pub const KIND_OFFSET: i32 = 4;
/// Offset of the length in strings and lists.
pub const LEN_OFFSET: i32 = 8;
/// Offset of the capacity in strings and lists.
pub const CAP_OFFSET: i32 = 16;
/// Size of the object of a map. One of zeroes after the header is an empty map.
pub const MAP_SIZE: usize = 56;
/// Offset of the first byte of a string, and of the first element of a list.
pub const DATA_OFFSET: i32 = 24;
/// Offset of the first field of a node (struct, or boxed enum, option or result).
pub const NODE_OFFSET: i32 = 8;

/// What compiled code reads and writes of the running task. Its address is in the pinned register (r15 on x86-64, x21 on AArch64)
/// while compiled code runs; runtime functions that need it get it as their first argument.
///
/// The runtime keeps its own data behind this struct.
#[repr(C)]
#[derive(Debug)]
pub struct Context {
    /// Lowest stack pointer that compiled code may have; the runtime keeps a reserve below it.
    pub stack_limit: usize,
    /// [`crate::failure::Failure`] of the failure under way, as a number; 0 if none.
    pub failure: u32,
    /// Position of that failure: index into the program's positions plus one; 0 if unknown.
    pub position: u32,
}

/// Offset of [`Context::stack_limit`].
pub const CONTEXT_STACK_LIMIT: i32 = 0;
/// Offset of [`Context::failure`].
pub const CONTEXT_FAILURE: i32 = 8;
/// Offset of [`Context::position`].
pub const CONTEXT_POSITION: i32 = 12;

/// Status, the last result of every function that can fail: all went well.
pub const STATUS_OK: u8 = 0;
/// Status: a runtime failure is described in the context.
pub const STATUS_FAILURE: u8 = 1;
/// Status: an error value (of a failed validation) is in the context and looks for a function that takes it.
pub const STATUS_RAISED: u8 = 2;
/// Status: the runtime panicked; the context says how.
pub const STATUS_PANIC: u8 = 3;

/// Size of the stack on which compiled code runs, in bytes.
pub const STACK_SIZE: usize = 16 << 20;
/// What [`Context::stack_limit`] leaves to the runtime, in bytes.
pub const STACK_RESERVE: usize = 256 << 10;

const _: () = {
    assert!(size_of::<Header>() == NODE_OFFSET as usize);
    assert!(offset_of!(Header, count) == COUNT_OFFSET as usize);
    assert!(offset_of!(Header, kind) == KIND_OFFSET as usize);
    assert!(offset_of!(StrObject, len) == LEN_OFFSET as usize);
    assert!(offset_of!(StrObject, cap) == CAP_OFFSET as usize);
    assert!(size_of::<StrObject>() == DATA_OFFSET as usize);
    assert!(offset_of!(ListObject, len) == LEN_OFFSET as usize);
    assert!(offset_of!(ListObject, cap) == CAP_OFFSET as usize);
    assert!(size_of::<ListObject>() == DATA_OFFSET as usize);
    assert!(offset_of!(Context, stack_limit) == CONTEXT_STACK_LIMIT as usize);
    assert!(offset_of!(Context, failure) == CONTEXT_FAILURE as usize);
    assert!(offset_of!(Context, position) == CONTEXT_POSITION as usize);
};
