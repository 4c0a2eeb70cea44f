//! Members: after a dot, of an impl, and the names of arguments.

use fuse_diagnostics::Span;
use fuse_sema::index::{EntityKind, Members};
use fuse_syntax::ast::{self, Expr, ExprKind};
use lsp_types::CompletionItemKind;

use super::items::{Item, Items};
use super::{Request, unfinished};
use crate::features::signature_help::names;
use crate::features::walk::{self, Visitor, callee_name};

/// What stands after a dot.
pub(super) fn add(request: &Request<'_>, items: &mut Items) {
    let index = request.index();
    match index.members(request.file, request.start) {
        Some(Members::Entities(list)) => {
            for &id in list {
                items.add(Item::of_entity(index.entity(id), "00_"));
            }
        }
        Some(Members::Module(names)) => {
            for &id in &names.exports {
                items.add(Item::of_entity(index.entity(id), "00_"));
            }
        }
        Some(Members::Builtin(namespace, functions)) => {
            for function in functions {
                items.add(Item::of_builtin(namespace, function, "00_"));
            }
        }
        None => {}
    }
}

/// The members that the impl at the cursor lacks, as stubs.
pub(super) fn missing(request: &Request<'_>, items: &mut Items) {
    let mut impls = request.parsed.module.items.iter().filter_map(|item| match &item.kind {
        ast::ItemKind::Impl(decl) if item.span.start < request.start => Some((item, decl)),
        _ => None,
    });
    let Some((_, decl)) = impls.next_back() else { return };
    let present: Vec<&str> =
        decl.methods.iter().map(|method| request.parsed.name(method.signature.name.name)).collect();
    let index = request.index();
    let interface = index.named(request.file, decl.interface.last().span);
    let interface = interface.filter(|found| index.entity(found.entity).kind == EntityKind::Interface);
    if let Some(interface) = interface {
        for id in index.members_of_entity(interface.entity) {
            let member = index.entity(id);
            let Some(signature) = &member.signature else { continue };
            if present.contains(&member.name.as_str()) {
                continue;
            }
            let line = request.text.line(request.start);
            let column = (request.start - request.text.line_start(line)) as usize;
            items.add(Item {
                insert: Some(stub(&signature.label, &member.name, column)),
                ..Item::of_entity(member, "00_")
            });
        }
    }
    super::keywords::add(&["fn"], items);
}

/// A method that says that it has to be written.
pub(crate) fn stub(signature: &str, name: &str, indent: usize) -> String {
    format!("{signature}:\n{}assert(false, \"TODO: implement {name}\")", " ".repeat(indent + 2))
}

/// The call whose argument is the word at the cursor.
struct Around {
    start: u32,
    found: Option<(Span, Vec<fuse_syntax::Symbol>)>,
}

impl Visitor for Around {
    fn expr(&mut self, expr: &Expr) {
        let ExprKind::Call(call) = &expr.kind else { return };
        let own = |arg: &ast::Arg| arg.name.is_none() && arg.value.span.start == self.start;
        let of_cursor = call.args.iter().find(|arg| own(arg));
        let is_word = of_cursor.is_some_and(|arg| matches!(arg.value.kind, ExprKind::Name(_)));
        if let (true, Some(callee)) = (is_word, callee_name(call)) {
            let given = call.args.iter().filter_map(|arg| arg.name.map(|name| name.name)).collect();
            self.found = Some((callee, given));
        }
    }
}

/// The names of fields and parameters that have no argument yet, where the cursor is in a call.
pub(super) fn arguments(request: &Request<'_>, items: &mut Items) {
    let mut around = Around { start: request.start, found: None };
    walk::module(&request.finished.module, &mut around);
    let Some((callee, given)) = around.found else { return };
    let index = request.index();
    let Some(reference) = index.named(request.file, callee) else { return };
    let given: Vec<&str> = given.iter().map(|&name| request.finished.name(name)).collect();
    let entity = index.entity(reference.entity);
    for name in names(index, reference.entity) {
        if name.is_empty() || given.contains(&name.as_str()) || name == unfinished::PLACEHOLDER {
            continue;
        }
        let ty = index.members_of_entity(reference.entity).map(|id| index.entity(id));
        let detail = ty.filter(|member| member.name == name).find_map(|member| member.ty.clone());
        let params = entity.signature.as_ref().map(|signature| signature.names.iter().zip(&signature.params));
        let written = params
            .and_then(|mut params| params.find(|(known, _)| **known == name))
            .map(|(_, text)| text.clone());
        items.add(Item {
            detail: detail.or(written),
            insert: Some(format!("{name}=")),
            ..Item::new(name, CompletionItemKind::FIELD, "00_")
        });
    }
}
