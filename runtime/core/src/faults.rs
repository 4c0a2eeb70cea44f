//! Fault injection, and the counts of objects and allocations, of the test edition (contract 0.3). Not in the published runtime.

use crate::alloc;
use crate::console;
use crate::env;
use crate::failure::guard;
use core::arch::asm;
use core::ptr;
use fuse_abi::desc::EntryFn;
use fuse_abi::layout::Context;

/// Exit status of a program that left objects behind.
const EXIT_LEAKS: i32 = 97;

/// What runs instead of the program.
pub(crate) fn chosen() -> Option<EntryFn> {
    match env::set("FUSE_AOT_TEST_FAULT")? {
        b"panic_static_str" => Some(panic_static_str),
        b"panic_string" => Some(panic_string),
        b"panic_non_string" => Some(panic_non_string),
        b"illegal" => Some(illegal),
        b"null" => Some(null),
        b"oom" => Some(oom),
        b"allocations" => Some(allocations),
        _ => None,
    }
}

extern "C" fn panic_static_str(context: *mut Context) -> u64 {
    // SAFETY: the context is the one the program was entered with.
    unsafe { guard(context, || panic!("injected fault")) }
}

extern "C" fn panic_string(context: *mut Context) -> u64 {
    // SAFETY: as above.
    unsafe { guard(context, || std::panic::panic_any(String::from("injected fault"))) }
}

extern "C" fn panic_non_string(context: *mut Context) -> u64 {
    // SAFETY: as above.
    unsafe { guard(context, || std::panic::panic_any(7_u32)) }
}

extern "C" fn illegal(_: *mut Context) -> u64 {
    // SAFETY: meant to fault.
    unsafe {
        #[cfg(target_arch = "x86_64")]
        asm!("ud2");
        #[cfg(target_arch = "aarch64")]
        asm!("udf #0");
    }
    0
}

extern "C" fn null(_: *mut Context) -> u64 {
    let value: u64;
    let address = ptr::null::<u64>();
    // SAFETY: meant to fault.
    unsafe {
        #[cfg(target_arch = "x86_64")]
        asm!("mov {}, [{}]", out(reg) value, in(reg) address);
        #[cfg(target_arch = "aarch64")]
        asm!("ldr {}, [{}]", out(reg) value, in(reg) address);
    }
    value
}

extern "C" fn oom(_: *mut Context) -> u64 {
    alloc::get(usize::MAX) as u64
}

/// No fault: says how often memory was asked for before the program's first instruction (contract R16).
extern "C" fn allocations(_: *mut Context) -> u64 {
    let requests = alloc::requests();
    console::write_stdout(format!("allocations: {requests}\n").as_bytes());
    0
}

/// With `FUSE_AOT_TEST_LEAKS=1`, says how many objects were left behind; the exit status if any were.
pub(crate) fn leaks() -> Option<i32> {
    let count = alloc::live_objects();
    if count == 0 || !env::is_one("FUSE_AOT_TEST_LEAKS") {
        return None;
    }
    let line = format!("leaks: {count}\n");
    console::write_stderr(line.as_bytes());
    Some(EXIT_LEAKS)
}
