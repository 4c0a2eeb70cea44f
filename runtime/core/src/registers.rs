//! The registers that functions preserve for their callers, pushed and popped when stacks are changed: pieces of assembly text for `naked_asm!`.
//!
//! On AArch64 that is the lower halves of v8 to v15 too (Procedure Call Standard for the Arm 64-bit Architecture, 6.1).

/// Pushes them.
#[cfg(target_arch = "x86_64")]
macro_rules! save_registers {
    () => {
        concat!("push rbp\n", "push rbx\n", "push r12\n", "push r13\n", "push r14\n", "push r15\n",)
    };
}

/// Pops them; the stack pointer is as it was after [`save_registers`].
#[cfg(target_arch = "x86_64")]
macro_rules! restore_registers {
    () => {
        concat!("pop r15\n", "pop r14\n", "pop r13\n", "pop r12\n", "pop rbx\n", "pop rbp\n",)
    };
}

/// As on x86-64.
#[cfg(target_arch = "aarch64")]
macro_rules! save_registers {
    () => {
        concat!(
            "sub sp, sp, #160\n",
            "stp x19, x20, [sp]\n",
            "stp x21, x22, [sp, #16]\n",
            "stp x23, x24, [sp, #32]\n",
            "stp x25, x26, [sp, #48]\n",
            "stp x27, x28, [sp, #64]\n",
            "stp x29, x30, [sp, #80]\n",
            "stp d8, d9, [sp, #96]\n",
            "stp d10, d11, [sp, #112]\n",
            "stp d12, d13, [sp, #128]\n",
            "stp d14, d15, [sp, #144]\n",
        )
    };
}

/// As on x86-64.
#[cfg(target_arch = "aarch64")]
macro_rules! restore_registers {
    () => {
        concat!(
            "ldp x19, x20, [sp]\n",
            "ldp x21, x22, [sp, #16]\n",
            "ldp x23, x24, [sp, #32]\n",
            "ldp x25, x26, [sp, #48]\n",
            "ldp x27, x28, [sp, #64]\n",
            "ldp x29, x30, [sp, #80]\n",
            "ldp d8, d9, [sp, #96]\n",
            "ldp d10, d11, [sp, #112]\n",
            "ldp d12, d13, [sp, #128]\n",
            "ldp d14, d15, [sp, #144]\n",
            "add sp, sp, #160\n",
        )
    };
}

pub(crate) use {restore_registers, save_registers};
