//! From the kernel's entry to the runtime.

use core::ffi::{c_char, c_int};
use fuse_abi::metadata::Header;

unsafe extern "C" {
    /// The metadata note that the linker wrote for this executable.
    #[link_name = "fuse_metadata"]
    static METADATA: Header;
    /// The program: its descriptors, positions and entry.
    #[link_name = "fuse_image"]
    static IMAGE: fuse_abi::desc::Image;
}

/// Where the kernel, or the dynamic loader, enters.
///
/// The C compiler's start-up files are not linked, so this is the whole of them. `__libc_start_main` gets no `init` and
/// no `fini`: current C libraries then run the arrays of the executable themselves, and there is nothing in those arrays
/// that must run.
#[cfg(target_arch = "x86_64")]
#[unsafe(naked)]
#[unsafe(no_mangle)]
unsafe extern "C" fn _start() -> ! {
    core::arch::naked_asm!(
        ".cfi_startproc",
        ".cfi_undefined rip",                          // the outermost frame: unwinders stop here
        "xor ebp, ebp",
        "mov r9, rdx",                                 // rtld_fini
        "pop rsi",                                     // argc
        "mov rdx, rsp",                                // argv
        "and rsp, -16",
        "push rax",                                    // keeps the alignment
        "push rsp",                                    // stack_end
        "xor r8d, r8d",                                // fini
        "xor ecx, ecx",                                // init
        "lea rdi, [rip + {main}]",
        "call __libc_start_main@PLT",
        "hlt",
        ".cfi_endproc",
        main = sym fuse_main,
    )
}

/// What `__dso_handle` of `crtbegin` is: names this executable to the C library's list of destructors.
#[unsafe(no_mangle)]
static __dso_handle: usize = 0;

/// `main` as the C library calls it.
///
/// # Safety
/// Called once, by the C library, with the process's arguments.
unsafe extern "C" fn fuse_main(argc: c_int, argv: *const *const c_char, _env: *const *const c_char) -> c_int {
    // SAFETY: both are read-only data of this executable, written by the linker and the code generator from the same
    // declarations; the runtime checks the header before it uses either.
    unsafe { fuse_runtime::aot::main(&METADATA, &IMAGE, argc, argv) }
}
