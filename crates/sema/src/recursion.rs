//! Struct types that contain themselves directly cannot be constructed (language reference 4.2).

use fuse_diagnostics::{Diagnostic, codes};
use fuse_hir::{StdErrors, StructId, Ty, Type, Types};

use crate::env::{Diags, Env};

/// Reports cycles of struct types, each at the type where the walk entered it, and at one type no more than once.
pub(crate) fn check(env: &Env, types: &Types, diags: &mut Diags) {
    let mut states = vec![State::New; env.structs.len()];
    let mut reported = vec![false; env.structs.len()];
    for start in StdErrors::COUNT..env.structs.len() {
        if states[start] == State::New {
            walk(env, types, StructId(start as u32), &mut states, &mut reported, diags);
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    New,
    Active,
    Done,
}

/// A type whose fields are being followed: the next step of which field.
struct Frame {
    id: StructId,
    field: usize,
    /// Struct types that the current field contains and that are still to be followed.
    pending: Vec<StructId>,
}

fn walk(
    env: &Env,
    types: &Types,
    start: StructId,
    states: &mut [State],
    reported: &mut [bool],
    diags: &mut Diags,
) {
    let mut stack = vec![Frame { id: start, field: 0, pending: Vec::new() }];
    states[start.0 as usize] = State::Active;
    while let Some(frame) = stack.last_mut() {
        if let Some(next) = frame.pending.pop() {
            match states[next.0 as usize] {
                State::New => {
                    states[next.0 as usize] = State::Active;
                    stack.push(Frame { id: next, field: 0, pending: Vec::new() });
                }
                State::Active if !std::mem::replace(&mut reported[next.0 as usize], true) => {
                    report(env, &stack, next, diags);
                }
                State::Active => {}
                State::Done => {}
            }
            continue;
        }
        match env.strukt(frame.id).fields.get(frame.field) {
            Some(field) => {
                contained(types, field.ty, &mut frame.pending);
                frame.field += 1;
            }
            None => {
                states[frame.id.0 as usize] = State::Done;
                stack.pop();
            }
        }
    }
}

/// Struct types that a value of a type always (or in a result, at least one way) holds.
fn contained(types: &Types, ty: Ty, out: &mut Vec<StructId>) {
    match types.get(ty) {
        Type::Struct(id) => out.push(*id),
        Type::StdError => out.push(StdErrors::BASE),
        Type::Result(ok, domains) => {
            contained(types, *ok, out);
            for &domain in domains {
                contained(types, domain, out);
            }
        }
        _ => {}
    }
}

fn report(env: &Env, stack: &[Frame], again: StructId, diags: &mut Diags) {
    let start = stack.iter().position(|frame| frame.id == again).unwrap_or(0);
    let steps: Vec<String> = stack[start..]
        .iter()
        .map(|frame| {
            let info = env.strukt(frame.id);
            let field = &info.fields[frame.field - 1];
            format!("{}.{}", env.text(info.name), env.text(field.name))
        })
        .collect();
    let info = env.strukt(again);
    let Some((module, _)) = info.decl else { return };
    let name = env.text(info.name);
    let message = format!("a `{name}` would contain itself without end: {}", steps.join(" → "));
    diags.push(
        Diagnostic::error(codes::RECURSIVE_TYPE, env.file(module), info.span, message)
            .hint("make one of the fields optional, or a list or map"),
    );
}
