//! Configs: the order in which they are resolved, their fields, and the names under which the environment has them
//! (language reference 4.10, runtime reference 9.2, 9.3).

use fuse_diagnostics::{Diagnostic, codes};
use fuse_hir::{ConfigId, FnId, FnKind, ModuleId, Types};
use fuse_syntax::ast;

use crate::env::{ConfigFieldInfo, ConfigInfo, Diags, Env, FnBody, FnInfo, NameIndex};
use crate::fields::Unique;
use crate::generics::Scope;
use crate::load::{Imported, LoadedModule};
use crate::signature::is_bindable;

/// The configs of all modules, without fields, in the order in which they are resolved: those of imported modules first, in
/// source order within a module.
pub(crate) fn in_order(modules: &[LoadedModule]) -> Vec<ConfigInfo<'_>> {
    let mut configs = Vec::new();
    for module in imported_first(modules) {
        for item in &modules[module.0 as usize].ast.items {
            let ast::ItemKind::Config(decl) = &item.kind else { continue };
            configs.push(ConfigInfo {
                name: decl.name.name,
                module,
                span: decl.name.span,
                fields: Vec::new(),
                index: NameIndex::default(),
                decl,
            });
        }
    }
    configs
}

/// Every module after the modules it imports, imports in source order. Circles, which are errors, are cut somewhere.
fn imported_first(modules: &[LoadedModule]) -> Vec<ModuleId> {
    let mut order = Vec::with_capacity(modules.len());
    let mut entered = vec![false; modules.len()];
    for root in 0..modules.len() {
        let mut stack = Vec::new();
        if !std::mem::replace(&mut entered[root], true) {
            stack.push((root, modules[root].imports.iter()));
        }
        while let Some((module, imports)) = stack.last_mut() {
            match imports.next() {
                Some(&Imported::Module(next)) => {
                    let next = next.0 as usize;
                    if !std::mem::replace(&mut entered[next], true) {
                        stack.push((next, modules[next].imports.iter()));
                    }
                }
                Some(_) => {}
                None => {
                    order.push(ModuleId(*module as u32));
                    stack.pop();
                }
            }
        }
    }
    order
}

/// Fills the field lists of all configs and warns of fields that no text can set.
pub(crate) fn resolve_fields(env: &mut Env, types: &mut Types, diags: &mut Diags) {
    for at in 0..env.configs.len() {
        let fields = fields_of(env, ConfigId(at as u32), types, diags);
        let info = &mut env.configs[at];
        info.index = NameIndex::new(fields.iter().map(|field| field.name));
        info.fields = fields;
    }
    for info in &env.configs {
        warn_unbindable(env, info, types, diags);
    }
}

fn fields_of<'a>(
    env: &mut Env<'a>,
    id: ConfigId,
    types: &mut Types,
    diags: &mut Diags,
) -> Vec<ConfigFieldInfo<'a>> {
    let (module, decl) = (env.config(id).module, env.config(id).decl);
    let mut fields: Vec<ConfigFieldInfo> = Vec::with_capacity(decl.fields.len());
    let mut unique = Unique::new(decl.fields.len());
    for field in &decl.fields {
        let ty = env.resolve_type(module, &field.ty, types, diags);
        if !unique.add(env, module, field.name, "field", diags) {
            continue;
        }
        let number = fields.len() as u32;
        let default = field.default.as_ref().map(|expr| {
            let function = FnId(env.functions.len() as u32);
            let name = format!("{}.{}", env.text(decl.name.name), env.text(field.name.name));
            env.functions.push(FnInfo {
                kind: FnKind::Default,
                name,
                module,
                span: expr.span,
                params: Vec::new(),
                result: ty,
                body: FnBody::Config(id, number, expr),
                scope: Scope::default(),
            });
            function
        });
        fields.push(ConfigFieldInfo { name: field.name.name, ty, written: &field.ty, default });
    }
    fields
}

fn warn_unbindable(env: &Env, info: &ConfigInfo, types: &Types, diags: &mut Diags) {
    for field in info.fields.iter().filter(|field| !is_bindable(env, types, field.ty)) {
        let (config, name) = (env.text(info.name), env.text(field.name));
        let ty = env.type_name(types, field.ty);
        let message = format!("`{config}.{name}` can only have its default: no text means a {ty}");
        let file = env.file(info.module);
        diags.push(Diagnostic::warning(codes::UNBINDABLE_PARAMETER, file, field.written.span, message));
    }
}

/// The environment variable of a config's field.
pub fn variable(config: &str, field: &str) -> String {
    format!("{}_{}", key(config), key(field))
}

/// A name as a part of the name of an environment variable: `dbUrl` is `DB_URL`.
pub fn key(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    let mut before = None;
    for c in name.chars() {
        let follows_word = before.is_some_and(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
        match c {
            '_' | '-' if out.ends_with('_') => {}
            '_' | '-' => out.push('_'),
            'A'..='Z' if follows_word => out.extend(['_', c]),
            _ => out.push(c.to_ascii_uppercase()),
        }
        before = Some(c);
    }
    out
}

/// A type as written, each run of blanks and comments outside of strings as one blank.
pub(crate) fn on_one_line(written: &str) -> String {
    let mut out = String::with_capacity(written.len());
    let mut in_string = false;
    let mut rest = written.chars();
    while let Some(c) = rest.next() {
        match c {
            '"' => {
                in_string = !in_string;
                out.push(c);
            }
            '\\' if in_string => {
                out.push(c);
                out.extend(rest.next());
            }
            '#' if !in_string => {
                rest.by_ref().find(|&c| c == '\n');
                pad(&mut out);
            }
            c if c.is_whitespace() && !in_string => pad(&mut out),
            c => out.push(c),
        }
    }
    out.trim_end().to_owned()
}

fn pad(out: &mut String) {
    if !out.ends_with(' ') {
        out.push(' ');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_of_the_runtime_reference() {
        for (config, field, expected) in [
            ("App", "dbUrl", "APP_DB_URL"),
            ("MailGate", "retry_after", "MAIL_GATE_RETRY_AFTER"),
            ("App", "HTTPPort", "APP_HTTPPORT"),
            ("App", "tls2Key", "APP_TLS2_KEY"),
            ("App", "maxItems3", "APP_MAX_ITEMS3"),
        ] {
            assert_eq!(variable(config, field), expected);
        }
    }

    #[test]
    fn keys_have_no_doubled_underscores_of_their_own() {
        assert_eq!(key("a__b"), "A_B");
        assert_eq!(key("a-b"), "A_B");
        assert_eq!(key("a_B"), "A_B");
        assert_eq!(key("_x"), "_X");
        assert_eq!(key("x_"), "X_");
    }

    #[test]
    fn written_types_stand_on_one_line() {
        assert_eq!(on_one_line("List< Int >"), "List< Int >");
        assert_eq!(
            on_one_line("String(\n  1..9,  # short\n\tregex(\"a  # \\\"b\")\n)"),
            "String( 1..9, regex(\"a  # \\\"b\") )"
        );
    }
}
