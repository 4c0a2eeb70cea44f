//! Capabilities: what a module must require to use a builtin, or a callable of another module (language reference 6.1).

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
    if env.module(module).capabilities.contains(&capability) {
        return;
    }
    let word = capability.word();
    let message = format!("`{builtin}` needs the capability `{word}`, which this module does not require");
    let finding = Diagnostic::error(codes::MISSING_CAPABILITY, env.file(module), span, message);
    diags.push(finding.hint(hint(capability)));
}

fn hint(capability: Capability) -> String {
    format!("write `requires {}` at the top of the module", capability.word())
}
