//! Names that nothing has here, but something elsewhere.

use fuse_diagnostics::Span;
use fuse_sema::index::EntityKind;

use super::{Action, Request};
use crate::features::{exports, imports};

/// So many imports are offered for one name.
const MOST: usize = 8;

/// The predefined errors, by the names that an import gives them.
const STD_ERRORS: [&str; 7] =
    ["Validation", "ValidationField", "BadRequest", "Unauthorized", "Forbidden", "NotFound", "Conflict"];

pub(super) fn actions(request: &mut Request<'_>, span: Span) -> Vec<Action> {
    let word = request.text().slice(span);
    let end = word.find(|char: char| !char.is_ascii_alphanumeric() && char != '_').unwrap_or(word.len());
    let name = word[..end].to_owned();
    if name.is_empty() {
        return Vec::new();
    }
    let mut actions = Vec::new();
    let found = exports::all(request.workspace, &request.program, &request.path);
    for export in found.iter().filter(|export| export.name == name).take(MOST) {
        let from = exports::import_path(&request.program, &request.path, &export.path);
        let (at, new) = imports::add(request.text(), &request.parsed, &name, &format!("\"{from}\""));
        actions.push(request.action(format!("Import {name} from {from}"), at, new));
    }
    if STD_ERRORS.contains(&name.as_str()) && actions.len() < MOST {
        let (at, new) = imports::add(request.text(), &request.parsed, &name, "std.Error");
        actions.push(request.action(format!("Import {name} from std.Error"), at, new));
    }
    let index = &request.program.found.index;
    let own = index.modules.get(&request.file).map(|names| names.names.as_slice()).unwrap_or_default();
    for (alias, id, _) in own.iter().filter(|(_, id, _)| index.entity(*id).kind == EntityKind::Module) {
        let exported = index.entity(*id).leads_to.and_then(|file| index.modules.get(&file));
        let has = exported.is_some_and(|names| names.exports.iter().any(|&id| index.entity(id).name == name));
        if has {
            let at = Span::new(span.start, span.start + name.len() as u32);
            actions.push(request.action(format!("Qualify as {alias}.{name}"), at, format!("{alias}.{name}")));
        }
    }
    actions
}
