//! `fuse-lsp`: the language server on the streams of the process; `fuse lsp` is the same.

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    match arguments.first().and_then(|first| first.to_str()) {
        // Editors pass it to every server.
        None | Some("--stdio") => ExitCode::from(fuse_lsp::run()),
        Some("--version" | "-V") => {
            println!("fuse-lsp {}", env!("CARGO_PKG_VERSION"));
            ExitCode::SUCCESS
        }
        Some(other) => {
            eprintln!(
                "fuse-lsp takes no arguments, found `{other}`; it speaks the language server protocol on stdio"
            );
            ExitCode::FAILURE
        }
    }
}
