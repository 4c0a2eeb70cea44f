//! Impls that could be written.

use fuse_diagnostics::Span;
use fuse_sema::index::{EntityId, EntityKind};

use super::{Action, Request};
use crate::features::completion::stub;

/// So many impls are offered.
const MOST: usize = 8;

pub(super) fn actions(request: &Request<'_>, range: Span) -> Vec<Action> {
    let index = &request.program.found.index;
    let names = index.modules.get(&request.file).map(|names| names.names.as_slice()).unwrap_or_default();
    let is_type = |id: &EntityId| matches!(index.entity(*id).kind, EntityKind::Type | EntityKind::Enum);
    let is_interface = |id: &EntityId| index.entity(*id).kind == EntityKind::Interface;
    let here = |id: &EntityId| index.entity(*id).declaration.is_some_and(|(file, _)| file == request.file);
    let all = |wanted: &dyn Fn(&EntityId) -> bool| -> Vec<EntityId> {
        names.iter().map(|(_, id, _)| *id).filter(|id| wanted(id)).collect()
    };
    let cursor = index.at(request.file, range.start).map(|found| found.entity);
    let (interfaces, types) = match cursor {
        Some(id) if is_interface(&id) => (vec![id], all(&is_type)),
        Some(id) if is_type(&id) => (all(&is_interface), vec![id]),
        _ => (all(&|id| is_interface(id) && here(id)), all(&|id| is_type(id) && here(id))),
    };
    let mut actions = Vec::new();
    for &interface in &interfaces {
        for &target in &types {
            // What is declared by the language, or restated, has no impls.
            let known =
                index.entity(target).declaration.is_some() && !index.entity(target).name.contains('.');
            if known && !index.impls.contains(&(target, interface)) && actions.len() < MOST {
                actions.push(implement(request, interface, target));
            }
        }
    }
    actions
}

fn implement(request: &Request<'_>, interface: EntityId, target: EntityId) -> Action {
    let index = &request.program.found.index;
    let (name, ty) = (&index.entity(interface).name, &index.entity(target).name);
    let source = request.text().as_str();
    let gap = match source {
        "" => "",
        source if source.ends_with("\n\n") => "",
        source if source.ends_with('\n') => "\n",
        _ => "\n\n",
    };
    let mut new = format!("{gap}impl {name} for {ty}:\n");
    for id in index.members_of_entity(interface) {
        let member = index.entity(id);
        if let Some(signature) = &member.signature {
            new.push_str(&format!("  {}\n", stub(&signature.label, &member.name, 2)));
        }
    }
    request.action(format!("Generate impl {name} for {ty}"), Span::empty(source.len() as u32), new)
}
