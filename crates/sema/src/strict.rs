//! Strict architecture (language reference 6.7): three checks on top of a program that has been checked.
//!
//! Which capabilities a module uses is noted by [`crate::capability`] while bodies are checked. The other two rules look at imports and at
//! result types as written, so that they need to know nothing about the kind of callable.

use std::collections::BTreeMap;
use std::path::Path;

use fuse_diagnostics::{Diagnostic, FileId, Level, Span, codes};
use fuse_hir::ModuleId;
use fuse_syntax::{ast, sym};

use crate::builtins::Capability;
use crate::capability;
use crate::dependencies::Cycles;
use crate::env::{Diags, Env, Name};
use crate::load::{Imported, LoadedModule};

/// Checks the three rules.
pub(crate) fn check(env: &Env, modules: &[LoadedModule], diags: &mut Diags) {
    let damaged: Vec<Option<FileId>> =
        diags.iter().filter(|found| found.level == Level::Error).map(|found| found.file).collect();
    for (at, module) in modules.iter().enumerate() {
        let id = ModuleId(at as u32);
        // What a damaged module would use is not known.
        if !damaged.contains(&Some(module.file)) {
            superfluous_capabilities(env, id, module, diags);
        }
        error_domains(env, id, module, diags);
    }
    layers(modules, diags);
}

/// 1. Every capability that a module declares is used by it.
fn superfluous_capabilities(env: &Env, id: ModuleId, module: &LoadedModule, diags: &mut Diags) {
    let required = module.ast.requires.iter().flat_map(|requires| &requires.capabilities);
    let superfluous: Vec<(Span, Capability)> = required
        .filter_map(|word| Some((word.span, Capability::named(word.name)?)))
        .filter(|(_, capability)| !capability::is_used(env, id, *capability))
        .collect();
    let Some((first, _)) = superfluous.first() else { return };
    let mut words: Vec<&str> = superfluous.iter().map(|(_, capability)| capability.word()).collect();
    words.dedup();
    let message = format!(
        "strict architecture: the module {} requires {} without using {}",
        env.module(id).name,
        words.join(", "),
        if words.len() == 1 { "it" } else { "them" }
    );
    let finding = Diagnostic::error(codes::STRICT_UNUSED_CAPABILITY, module.file, *first, message);
    diags.push(finding.hint("remove what is not used from `requires`"));
}

/// 2. Imports between layers go one way.
fn layers(modules: &[LoadedModule], diags: &mut Diags) {
    let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
    let layers: Vec<String> = modules.iter().map(|module| layer(&module.path)).collect();
    let numbered: Vec<usize> = layers
        .iter()
        .map(|layer| {
            let next = numbers.len();
            *numbers.entry(layer.clone()).or_insert(next)
        })
        .collect();
    let mut names = vec![""; numbers.len()];
    numbers.iter().for_each(|(name, &number)| names[number] = name);
    let mut cycles = Cycles::default();
    for (at, module) in modules.iter().enumerate() {
        let imports = module.ast.items.iter().filter(|item| matches!(item.kind, ast::ItemKind::Import(_)));
        for (item, imported) in imports.zip(&module.imports) {
            let Imported::Module(target) = imported else { continue };
            let (from, to) = (numbered[at], numbered[target.0 as usize]);
            let Some(chain) = Some(()).filter(|()| from != to).and_then(|()| cycles.add(from, to)) else {
                continue;
            };
            let chain: Vec<&str> = chain.into_iter().map(|layer| names[layer]).collect();
            let message =
                format!("strict architecture: layers import each other in a circle: {}", chain.join(" -> "));
            let finding = Diagnostic::error(codes::STRICT_LAYER_CYCLE, module.file, item.span, message);
            diags.push(finding.hint("move what both need into a layer that imports neither"));
        }
    }
}

/// The layer of a module, by its canonical path.
fn layer(path: &Path) -> String {
    let parts: Vec<_> = path.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    let (file, directories) =
        parts.split_last().map_or((None, &parts[..]), |(file, above)| (Some(file), above));
    let below = directories.iter().rposition(|part| part == "src").and_then(|src| directories.get(src + 1));
    match (below, file) {
        (Some(directory), _) => directory.to_string(),
        (None, Some(file)) => file.rsplit_once('.').map_or(&**file, |(stem, _)| stem).to_owned(),
        (None, None) => String::new(),
    }
}

/// What declares an error type.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Declarer {
    Module(ModuleId),
    Std,
}

/// 3. The error domains of a module's signatures are declared in one module.
fn error_domains(env: &Env, id: ModuleId, module: &LoadedModule, diags: &mut Diags) {
    let mut domains = Vec::new();
    for item in &module.ast.items {
        match &item.kind {
            ast::ItemKind::Fn(decl) => collect(decl.signature.result.as_ref(), &mut domains),
            ast::ItemKind::Impl(decl) => {
                let from = domains.len();
                decl.methods
                    .iter()
                    .for_each(|method| collect(method.signature.result.as_ref(), &mut domains));
                let is_target =
                    |path: &ast::Path| path.simple().is_some_and(|name| name.name == sym::SELF_TYPE);
                let own = domains[from..].iter_mut().filter(|(path, _)| is_target(path));
                own.for_each(|(path, _)| *path = &decl.target);
            }
            ast::ItemKind::Service(decl) => {
                decl.routes.iter().for_each(|route| collect(Some(&route.result), &mut domains));
            }
            _ => {}
        }
    }
    let mut declarers: Vec<Declarer> = Vec::new();
    let mut second = None;
    for (path, span) in domains {
        let Some(declarer) = declarer(env, id, path).filter(|declarer| !declarers.contains(declarer)) else {
            continue;
        };
        declarers.push(declarer);
        second = second.or((declarers.len() == 2).then_some(span));
    }
    let Some(span) = second else { return };
    let names: Vec<&str> = declarers
        .iter()
        .map(|declarer| match declarer {
            Declarer::Module(module) => env.module(*module).name.as_str(),
            Declarer::Std => "std.Error",
        })
        .collect();
    let message = format!(
        "strict architecture: the signatures of the module {} use error domains of several modules: {}",
        env.module(id).name,
        names.join(", ")
    );
    let finding = Diagnostic::error(codes::STRICT_ERROR_DOMAINS, module.file, span, message);
    diags.push(finding.hint("turn foreign errors into the module's own with `?!`"));
}

/// The error domains in a type as written.
fn collect<'a>(written: Option<&'a ast::TypeRef>, domains: &mut Vec<(&'a ast::Path, Span)>) {
    let Some(written) = written else { return };
    let domain = |ty: &'a ast::TypeRef, domains: &mut Vec<_>| match &ty.kind {
        ast::TypeKind::Name(path) => domains.push((path, ty.span)),
        _ => collect(Some(ty), domains),
    };
    match &written.kind {
        ast::TypeKind::Result { ok, domains: written } => {
            collect(Some(ok), domains);
            written.iter().for_each(|ty| domain(ty, domains));
        }
        ast::TypeKind::Generic { name, args } => {
            let is_result = name.simple().is_some_and(|name| name.name == sym::RESULT);
            for (at, arg) in args.iter().enumerate() {
                if is_result && at == 1 { domain(arg, domains) } else { collect(Some(arg), domains) }
            }
        }
        ast::TypeKind::Fn { params, result } => {
            params.iter().for_each(|param| collect(Some(param), domains));
            collect(result.as_deref(), domains);
        }
        ast::TypeKind::Option(inner) => collect(Some(inner), domains),
        ast::TypeKind::Name(_) | ast::TypeKind::Refined { .. } | ast::TypeKind::Error => {}
    }
}

/// What declares the type of a name; nothing for `http.error`, type parameters and what has been reported.
fn declarer(env: &Env, id: ModuleId, path: &ast::Path) -> Option<Declarer> {
    let head = env.lookup(id, path.head.name)?;
    let name = path.rest.iter().try_fold(head, |base, member| env.member(base, member.name))?;
    let module = match name {
        Name::Struct(_) | Name::StdError => match name.as_struct().and_then(|id| env.strukt(id).module) {
            None => return Some(Declarer::Std),
            Some(module) => module,
        },
        Name::Enum(id) => env.enumeration(id).module,
        _ => return None,
    };
    Some(Declarer::Module(module))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_by_path() {
        for (path, expected) in [
            ("/p/src/shop/cart/item.fuse", "shop"),
            ("/p/src/main.fuse", "main"),
            ("/p/src/a/src/b/c.fuse", "b"),
            ("/p/src/a/src/c.fuse", "c"),
            ("/p/lib/x.y.fuse", "x.y"),
            ("/p/mysrc/a.fuse", "a"),
            ("/p/src.fuse", "src"),
        ] {
            assert_eq!(layer(Path::new(path)), expected, "{path}");
        }
    }
}
