//! Checks a program and says how long that took: `cargo run --release -p fuse-sema --example check -- FILE [ROUNDS]`.

use std::time::Instant;

use fuse_sema::{DiskFiles, Options, check};

fn main() {
    let mut args = std::env::args().skip(1);
    let Some(entry) = args.next() else {
        eprintln!("usage: check FILE [ROUNDS]");
        std::process::exit(2);
    };
    let rounds = args.next().and_then(|text| text.parse().ok()).unwrap_or(1);
    for _ in 0..rounds {
        let start = Instant::now();
        let checked = check(entry.as_ref(), &DiskFiles, &Options::default());
        let took = start.elapsed();
        let cwd = std::env::current_dir().unwrap_or_default();
        for diagnostic in checked.diagnostics.iter().take(20) {
            let text = fuse_diagnostics::text::diagnostic_text(diagnostic, &checked.sources, &cwd, false);
            eprint!("{text}");
        }
        let bytes: usize = checked.sources.iter().map(|(_, file)| file.text().len()).sum();
        let (files, found) = (checked.sources.len(), checked.diagnostics.len());
        println!("{files} files, {bytes} bytes, {found} diagnostics, {:.1} ms", took.as_secs_f64() * 1e3);
    }
}
