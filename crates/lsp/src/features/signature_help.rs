//! Signature help (toolchain reference 14.11): the innermost call around the cursor, finished or not.

use fuse_diagnostics::{FileId, Span};
use fuse_sema::index::{Entity, EntityId, EntityKind, Index};
use fuse_syntax::{Token, TokenKind, lex};
use lsp_types::{
    Documentation, MarkupContent, MarkupKind, ParameterInformation, ParameterLabel, SignatureHelp,
    SignatureInformation, TextDocumentPositionParams,
};

use super::names::Place;
use super::unfinished;
use crate::text::Text;
use crate::workspace::Workspace;

/// Most signatures that are shown.
const MOST: usize = 4;

/// A call as its tokens show it.
struct Call {
    /// The last name of the callee.
    callee: Span,
    /// How many commas stand before the cursor.
    commas: usize,
    /// The name of the argument at the cursor.
    named: Option<String>,
}

pub(crate) fn answer(
    workspace: &mut Workspace,
    params: &TextDocumentPositionParams,
) -> Option<SignatureHelp> {
    let place = Place::new(workspace, params)?;
    let call = call_at(place.program.text(place.file), place.offset)?;
    // What an unfinished call means is seen when it is finished.
    let finished = unfinished::finish(place.program.text(place.file), place.offset);
    let program = workspace.analysis_of(&place.path, &finished.text);
    let file = program.file(&place.path)?;
    let index = &program.found.index;
    let found = index.named(file, call.callee)?.entity;
    let candidates = candidates(index, file, found);
    let signatures: Vec<SignatureInformation> =
        candidates.iter().filter_map(|&id| information(index, index.entity(id))).collect();
    if signatures.is_empty() {
        return None;
    }
    let names = names(index, found);
    let by_name = call.named.and_then(|name| names.iter().position(|known| *known == name));
    let last = names.len().saturating_sub(1);
    let active = by_name.unwrap_or(call.commas).min(last) as u32;
    Some(SignatureHelp { signatures, active_signature: Some(0), active_parameter: Some(active) })
}

/// The callee, then what else could be meant: the member that a method implements, functions of the same name in imported modules.
fn candidates(index: &Index, file: FileId, found: EntityId) -> Vec<EntityId> {
    let entity = index.entity(found);
    let mut list = vec![found];
    list.extend(entity.implements);
    let mut near = vec![file];
    let mut at = 0;
    while at < near.len() {
        let imports = index.modules.get(&near[at]).map(|names| names.imports.clone()).unwrap_or_default();
        for file in imports {
            if !near.contains(&file) {
                near.push(file);
            }
        }
        at += 1;
    }
    if matches!(entity.kind, EntityKind::Function | EntityKind::Component) && entity.owner.is_none() {
        let exports = near.iter().filter_map(|file| index.modules.get(file)).flat_map(|names| &names.exports);
        for &id in exports {
            if index.entity(id).name == entity.name
                && index.entity(id).signature.is_some()
                && !list.contains(&id)
            {
                list.push(id);
            }
        }
    }
    list.truncate(MOST);
    list
}

/// The names of the parameters, or of the fields of a struct literal.
pub(super) fn names(index: &Index, id: EntityId) -> Vec<String> {
    let entity = index.entity(id);
    match (&entity.signature, entity.kind) {
        (Some(signature), _) => signature.names.clone(),
        (None, EntityKind::Type) => fields(index, id).map(|field| field.name.clone()).collect(),
        _ => Vec::new(),
    }
}

fn fields(index: &Index, id: EntityId) -> impl Iterator<Item = &Entity> {
    let members = index.members_of_entity(id).map(|id| index.entity(id));
    members.filter(|entity| entity.kind == EntityKind::Field)
}

fn information(index: &Index, entity: &Entity) -> Option<SignatureInformation> {
    let (label, params): (String, Vec<String>) = match &entity.signature {
        Some(signature) => (signature.label.clone(), signature.params.clone()),
        None if entity.kind == EntityKind::Type => {
            let (file, span) = entity.declaration?;
            let params: Vec<String> =
                fields(index, index.declared(file, span)?).map(|field| field.text.clone()).collect();
            (format!("{}({})", entity.name, params.join(", ")), params)
        }
        None => return None,
    };
    let parameters = params
        .into_iter()
        .map(|label| ParameterInformation { label: ParameterLabel::Simple(label), documentation: None });
    let documentation = entity
        .doc
        .clone()
        .map(|value| Documentation::MarkupContent(MarkupContent { kind: MarkupKind::Markdown, value }));
    Some(SignatureInformation {
        label,
        documentation,
        parameters: Some(parameters.collect()),
        active_parameter: None,
    })
}

/// The innermost call whose parentheses are open at an offset.
fn call_at(text: &Text, offset: u32) -> Option<Call> {
    let lexed = lex(text.as_str(), FileId(0));
    let before: Vec<&Token> =
        lexed.tokens.iter().filter(|token| token.end <= offset && token.start < token.end).collect();
    let mut depth = 0usize;
    let mut commas = 0;
    let mut first_of_argument = None;
    for (at, token) in before.iter().enumerate().rev() {
        match token.kind {
            kind if kind.is_closer() || kind == TokenKind::StrEnd => depth += 1,
            kind if kind.closer().is_some() || kind == TokenKind::StrStart => {
                if depth > 0 {
                    depth -= 1;
                    continue;
                }
                let callee = callee_before(&before[..at]);
                if token.kind != TokenKind::ParenOpen || callee.is_none() {
                    // Inside a list, a map or parentheses of an argument: the commas so far are not the call's.
                    commas = 0;
                    first_of_argument = None;
                    if token.kind == TokenKind::InterpolationStart {
                        return None;
                    }
                    continue;
                }
                let argument = first_of_argument.unwrap_or(at) + 1;
                let named = match before.get(argument..) {
                    Some([name, equals, ..]) if name.kind.is_word() && equals.kind == TokenKind::Eq => {
                        Some(text.slice(name.span()).to_owned())
                    }
                    _ => None,
                };
                return Some(Call { callee: callee?, commas, named });
            }
            TokenKind::Comma if depth == 0 => {
                commas += 1;
                first_of_argument.get_or_insert(at);
            }
            // No call goes on over the beginning of a declaration.
            TokenKind::Fn | TokenKind::Type | TokenKind::Enum if depth == 0 => return None,
            _ => {}
        }
    }
    None
}

/// The name that stands before an opening parenthesis, type arguments left out.
fn callee_before(tokens: &[&Token]) -> Option<Span> {
    let mut at = tokens.len().checked_sub(1)?;
    if tokens[at].kind == TokenKind::Gt {
        let mut depth = 0;
        loop {
            match tokens[at].kind {
                TokenKind::Gt => depth += 1,
                TokenKind::Lt => depth -= 1,
                _ => {}
            }
            at = at.checked_sub(1)?;
            if depth == 0 {
                break;
            }
        }
    }
    let declares = at
        .checked_sub(1)
        .is_some_and(|before| matches!(tokens[before].kind, TokenKind::Fn | TokenKind::Component));
    (tokens[at].kind.is_word() && !declares).then(|| tokens[at].span())
}
