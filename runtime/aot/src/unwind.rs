//! Where the unwinder finds the tables of this executable.

use core::ffi::{c_int, c_void};

/// `struct dl_find_object` of the C library, x86-64 form.
#[repr(C)]
struct Found {
    flags: u64,
    map_start: *const c_void,
    map_end: *const c_void,
    link_map: *const c_void,
    eh_frame: *const c_void,
    reserved: [u64; 7],
}

/// A 64-bit ELF program header.
#[repr(C)]
struct ProgramHeader {
    kind: u32,
    flags: u32,
    offset: u64,
    address: u64,
    physical: u64,
    file_size: u64,
    memory_size: u64,
    align: u64,
}

const LOAD: u32 = 1;
const EH_FRAME: u32 = 0x6474_e550;

unsafe extern "C" {
    /// The executable's ELF header in memory, defined by every linker.
    static __ehdr_start: u8;
}

/// Stands in for the C library's `_dl_find_object`, which exists only since 2.35 (the bundle renames the unwinder's
/// reference). It knows this executable alone, which is enough: the runtime catches every panic before it could reach a
/// frame of another object.
///
/// # Safety
/// `found` points to a writable `struct dl_find_object`.
#[unsafe(no_mangle)]
unsafe extern "C" fn fuse_find_object(pc: *const c_void, found: *mut Found) -> c_int {
    // SAFETY: the linker puts the program headers into the first loaded segment, where the ELF header says.
    unsafe {
        let base = &raw const __ehdr_start;
        let headers = base.add(base.add(32).cast::<u64>().read_unaligned() as usize).cast::<ProgramHeader>();
        let count = base.add(56).cast::<u16>().read_unaligned() as usize;
        let mut end = 0;
        let mut tables = None;
        for header in core::slice::from_raw_parts(headers, count) {
            match header.kind {
                LOAD => end = header.address + header.memory_size,
                EH_FRAME => tables = Some(header.address),
                _ => {}
            }
        }
        let end = base.add(end as usize);
        match tables {
            Some(address) if (base.cast()..end.cast()).contains(&pc) => {
                found.write(Found {
                    flags: 0,
                    map_start: base.cast(),
                    map_end: end.cast(),
                    link_map: core::ptr::null(),
                    eh_frame: base.add(address as usize).cast(),
                    reserved: [0; 7],
                });
                0
            }
            _ => -1,
        }
    }
}
