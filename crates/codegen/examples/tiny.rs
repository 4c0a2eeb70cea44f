use fuse_codegen::*;
use std::time::Instant;
#[repr(C)]
struct Ctx {
    limit: usize,
    failure: u32,
    position: u32,
    rest: [u64; 64],
}
extern "C" fn print_int(_c: *mut Ctx, v: i64) -> u64 {
    println!("{v}");
    0
}
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let text = std::fs::read_to_string(&args[1]).unwrap();
    let program = fuse_ir::parse::program(&text).unwrap();
    let mut o = Options::new(if args[2] == "speed" { Optimise::Speed } else { Optimise::None });
    o.verify = false;
    o.debug_info = true;
    if args.len() > 3 {
        println!(
            "{}",
            if args[3] == "clif" {
                dump_clif(&program, &o, None).unwrap()
            } else {
                dump_asm(&program, &o, None).unwrap()
            }
        );
        return;
    }
    for _ in 0..3 {
        let t = Instant::now();
        let l = load(
            &program,
            &o,
            [
                ("fuse_print_int", print_int as *const u8),
                ("fuse_drop_object", print_int as *const u8),
                ("fuse_release_shared", print_int as *const u8),
            ],
        )
        .unwrap();
        let g = t.elapsed();
        let t = Instant::now();
        let ob = emit_object(&program, &o).unwrap();
        let e = t.elapsed();
        std::fs::write("/tmp/cg/out.o", &ob.bytes).unwrap();
        let mut c = Ctx { limit: 0, failure: 0, position: 0, rest: [0; 64] };
        let f: fuse_abi::desc::EntryFn = unsafe { std::mem::transmute(l.image().entry) };
        let t = Instant::now();
        let s = f(&mut c as *mut Ctx as *mut _);
        println!(
            "status {s} failure {} at {}; load {:?} object {:?} {} bytes run {:?}",
            c.failure,
            c.position,
            g,
            e,
            ob.bytes.len(),
            t.elapsed()
        );
    }
}
