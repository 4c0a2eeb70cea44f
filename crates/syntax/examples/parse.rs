//! Shows the tokens or the tree of a file, and what is wrong with it: `parse [--tokens] FILE`.

use fuse_diagnostics::FileId;
use fuse_syntax::{Interner, dump, dump_tokens, lex, parse};

fn main() {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    let tokens = args.first().is_some_and(|arg| arg == "--tokens");
    let path = args.pop().expect("usage: parse [--tokens] FILE");
    let source = std::fs::read_to_string(&path).expect("the file can be read");
    let mut interner = Interner::new();
    let parsed = parse(&source, FileId(0), &mut interner);
    if tokens {
        print!("{}", dump_tokens(&source, &lex(&source, FileId(0))));
    } else {
        print!("{}", dump(&parsed.module, &interner));
    }
    for diagnostic in &parsed.diagnostics {
        let line = source[..diagnostic.span.start as usize].matches('\n').count() + 1;
        let text = &source[diagnostic.span.start as usize..diagnostic.span.end as usize];
        eprintln!("{path}:{line}: {} {} at {text:?}", diagnostic.code, diagnostic.message);
        diagnostic.notes.iter().for_each(|note| eprintln!("    {note}"));
    }
}
