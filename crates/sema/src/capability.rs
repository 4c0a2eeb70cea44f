//! Capabilities: what a module must require to use a builtin, or a callable of another module (language reference 6.1).

use std::sync::atomic::Ordering;

use fuse_diagnostics::{Diagnostic, Span, codes};
use fuse_hir::ModuleId;

use crate::builtins::Capability;
use crate::env::{Diags, Env, FnInfo};

/// Reports the use of a callable of another module that requires what this one does not: one diagnostic for each capability.
pub(crate) fn check_use(env: &Env, module: ModuleId, info: &FnInfo<'_>, span: Span, diags: &mut Diags) {
    if info.module == module {
        return;
    }
    let own = &env.module(module).capabilities;
    let declaring = env.module(info.module);
    declaring.capabilities.iter().for_each(|&capability| note_use(env, module, capability));
    for &capability in declaring.capabilities.iter().filter(|capability| !own.contains(capability)) {
        let word = capability.word();
        let message = format!(
            "`{}` belongs to the module {}, which requires `{word}`; this module does not",
            info.name, declaring.name
        );
        let finding = Diagnostic::error(codes::CAPABILITY_NOT_DECLARED, env.file(module), span, message);
        diags.push(finding.hint(hint(capability)));
    }
}

/// Reports the use of a builtin of a capability that the module does not require.
pub(crate) fn check_builtin(
    env: &Env,
    module: ModuleId,
    builtin: &str,
    capability: Option<Capability>,
    span: Span,
    diags: &mut Diags,
) {
    let Some(capability) = capability else { return };
    note_use(env, module, capability);
    if env.module(module).capabilities.contains(&capability) {
        return;
    }
    let word = capability.word();
    let message =
        format!("`{builtin}` needs the capability `{word}`: `requires {word}` is missing in this module");
    let finding = Diagnostic::error(codes::MISSING_CAPABILITY, env.file(module), span, message);
    diags.push(finding.hint(hint(capability)));
}

/// Notes that a module uses a capability, which strict architecture asks for. The checks above do so; what has no check of its own
/// here, such as `transaction`, calls it itself.
pub(crate) fn note_use(env: &Env, module: ModuleId, capability: Capability) {
    // The order does not matter: bodies are checked on several threads, and what was noted is read when all are done.
    env.module(module).used.fetch_or(1 << capability as u8, Ordering::Relaxed);
}

/// Whether a module uses a capability, once all bodies are checked.
pub(crate) fn is_used(env: &Env, module: ModuleId, capability: Capability) -> bool {
    env.module(module).used.load(Ordering::Relaxed) & (1 << capability as u8) != 0
}

fn hint(capability: Capability) -> String {
    format!("write `requires {}` at the top of the module", capability.word())
}
