//! `fuse dump`: a phase of the compiler, for people who work on it.

use std::path::Path;

use fuse_diagnostics::{Sources, codes};
use fuse_syntax::{Interner, dump, dump_tokens, lex, parse};

use crate::cli::{FAILED, OK};
use crate::files;
use crate::options::Invocation;
use crate::output::Output;
use crate::session::current_directory;

/// Shows the phase.
pub fn run(invocation: &Invocation, output: &Output) -> u8 {
    match current_directory(output).and_then(|_| dump_form(invocation, output)) {
        Ok(text) => {
            output.stdout(&text);
            OK
        }
        Err(status) => status,
    }
}

fn dump_form(invocation: &Invocation, output: &Output) -> Result<String, u8> {
    // The command line has been checked: there are a known form and a file.
    let (form, path) = (invocation.operands[0].to_string_lossy(), Path::new(&invocation.operands[1]));
    match form.as_ref() {
        "tokens" | "ast" => syntax(&form, path, output),
        _ => {
            let message = format!("fuse dump {form} is not available in this version of fuse");
            output.error(codes::NOT_AVAILABLE, &message);
            Err(FAILED)
        }
    }
}

/// The tokens or the tree of one file; what it imports is not looked at.
fn syntax(form: &str, path: &Path, output: &Output) -> Result<String, u8> {
    let text = files::read_source(path).map_err(|reason| {
        output.error(codes::WRAPPER_FILE_READ, &format!("cannot read {}: {reason}", path.display()));
        FAILED
    })?;
    let mut sources = Sources::new();
    let file = sources.add(path, text.as_str());
    let mut interner = Interner::new();
    let (shown, diagnostics) = if form == "tokens" {
        let lexed = lex(&text, file);
        (dump_tokens(&text, &lexed), lexed.diagnostics)
    } else {
        let parsed = parse(&text, file, &mut interner);
        (dump(&parsed.module, &interner), parsed.diagnostics)
    };
    if output.diagnostics(diagnostics, &sources) { Err(FAILED) } else { Ok(shown) }
}
