//! Counts what each phase of compiling a program asks of the allocator: `cargo xtask costs` compares with the record.
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use fuse_codegen::{Optimise, Options, emit_object};
use fuse_ir::passes::{self, Level};

struct Counting;

static REQUESTS: AtomicU64 = AtomicU64::new(0);
static BYTES: AtomicU64 = AtomicU64::new(0);

fn count(size: usize) {
    REQUESTS.fetch_add(1, Relaxed);
    BYTES.fetch_add(size as u64, Relaxed);
}

// SAFETY: the system's allocator does the work.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller's promise, as below.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size);
        // SAFETY: as above.
        unsafe { System.realloc(block, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Runs a phase and prints what it cost.
fn phase<T>(name: &str, work: impl FnOnce() -> T) -> T {
    let before = (REQUESTS.load(Relaxed), BYTES.load(Relaxed));
    let result = work();
    let requests = REQUESTS.load(Relaxed) - before.0;
    println!("{name}: {requests} allocations, {} KiB", (BYTES.load(Relaxed) - before.1) >> 10);
    result
}

fn main() {
    let path = std::env::args_os().nth(1).expect("the path of a program");
    let check = || fuse_sema::check(Path::new(&path), &fuse_sema::DiskFiles, &fuse_sema::Options::default());
    let checked = phase("check", check);
    let program = checked.program.expect("a program without errors");
    for (level, optimise) in [(Level::Quick, Optimise::None), (Level::Full, Optimise::Speed)] {
        let entry = program.apps.first().map(|app| app.function);
        let mut ir = phase("lower", || fuse_lower::lower(&program, fuse_lower::Options { entry }));
        phase(&format!("optimise {level:?}"), || passes::optimize(&mut ir, level));
        phase("insert counts", || passes::finish(&mut ir, level));
        let object = phase(&format!("generate code {level:?}"), || emit_object(&ir, &Options::new(optimise)));
        object.expect("code for this machine");
    }
}
