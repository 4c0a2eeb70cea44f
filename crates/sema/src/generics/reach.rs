//! What follows from the calls of generic callables, before instances are made: whether there would be endlessly many of them, and
//! whether a call gives a type whose method needs a value where the callable has none (language reference 4.7).

use fuse_diagnostics::{Diagnostic, FileId, codes};
use fuse_hir::{ParamId, Ty, Type, Types};
use fuse_syntax::Symbol;
use rustc_hash::{FxHashMap, FxHashSet};

use super::{Findings, GenericCall, TemplateId, parameters_of};
use crate::env::{Diags, Env};

/// The findings in a file; the template whose body they are from, if it is one.
pub(crate) type Found<'f> = (FileId, Option<TemplateId>, &'f Findings);

/// The members that are called through each type parameter, by its callable or by what that calls with it.
#[derive(Default)]
pub(crate) struct Needs(FxHashMap<ParamId, Vec<Symbol>>);

/// Checks all calls of templates. Calls in the bodies of templates are those of the generic check.
pub(crate) fn check_calls(env: &Env, types: &Types, found: &[Found<'_>], diags: &mut Diags) -> Needs {
    if found.iter().all(|(_, _, findings)| findings.calls.is_empty() && findings.associated.is_empty()) {
        return Needs::default();
    }
    endless(env, types, found, diags);
    let needs = needs(env, types, found);
    for (file, _, findings) in found {
        needs.check(env, types, *file, findings, diags);
    }
    needs
}

impl Needs {
    /// Reports calls that give a type whose method of a needed name works on values where none is there.
    pub fn check(&self, env: &Env, types: &Types, file: FileId, findings: &Findings, diags: &mut Diags) {
        for call in &findings.calls {
            for (param, &arg) in env.template(call.template).params.iter().zip(&call.args) {
                for &member in self.0.get(param).into_iter().flatten() {
                    if env.method(arg, member).is_some_and(|method| method.instance) {
                        diags.push(without_value(env, types, file, call, *param, arg, member));
                    }
                }
            }
        }
    }
}

fn without_value(
    env: &Env,
    types: &Types,
    file: FileId,
    call: &GenericCall,
    param: ParamId,
    arg: Ty,
    member: Symbol,
) -> Diagnostic {
    let (ty, member) = (env.type_name(types, arg), env.text(member));
    let parameter = env.text(env.type_param(param).name);
    let name = &env.template(call.template).info.name;
    let message =
        format!("`{name}` calls `{parameter}.{member}`, but `{ty}.{member}` uses `self` and needs a value");
    Diagnostic::error(codes::INSTANCE_METHOD_ON_TYPE_PARAM, file, call.span, message)
}

/// A call that gives a parameter of its callee a type which mentions a parameter of the calling template.
struct Flow<'f> {
    from: ParamId,
    to: ParamId,
    /// The type is larger than the parameter itself. (An option of an option is no larger.)
    grows: bool,
    file: FileId,
    call: &'f GenericCall,
}

/// Instances are endless exactly if types flow from a parameter back to itself and grow on the way.
fn endless(env: &Env, types: &Types, found: &[Found<'_>], diags: &mut Diags) {
    let mut flows = Vec::new();
    for (file, _, findings) in found.iter().filter(|(_, template, _)| template.is_some()) {
        for call in &findings.calls {
            for (&to, &arg) in env.template(call.template).params.iter().zip(&call.args) {
                let mut mentioned = Vec::new();
                parameters_of(types, arg, &mut mentioned);
                let grows = !matches!(types.get(unwrapped(types, arg)), Type::Parameter(_));
                flows.extend(mentioned.into_iter().map(|from| Flow { from, to, grows, file: *file, call }));
            }
        }
    }
    if flows.iter().all(|flow| !flow.grows) {
        return;
    }
    let circles = circles(&flows);
    for flow in flows.iter().filter(|flow| flow.grows) {
        if circles.get(&flow.from).is_some_and(|circle| circles.get(&flow.to) == Some(circle)) {
            let name = &env.template(flow.call.template).info.name;
            let message = format!(
                "`{name}` is called with ever larger types: there would be no end of instances of it"
            );
            let finding = Diagnostic::error(codes::ENDLESS_INSTANTIATION, flow.file, flow.call.span, message);
            diags.push(finding.hint("call it with the same types again, or with a type that does not grow"));
        }
    }
}

fn unwrapped(types: &Types, ty: Ty) -> Ty {
    match types.get(ty) {
        Type::Option(inner) => *inner,
        _ => ty,
    }
}

/// The circle of flows that each parameter is on: parameters with the same number reach each other.
fn circles(flows: &[Flow<'_>]) -> FxHashMap<ParamId, usize> {
    let mut next: FxHashMap<ParamId, Vec<ParamId>> = FxHashMap::default();
    let mut back: FxHashMap<ParamId, Vec<ParamId>> = FxHashMap::default();
    for flow in flows {
        next.entry(flow.from).or_default().push(flow.to);
        back.entry(flow.to).or_default().push(flow.from);
    }
    // Parameters in the order in which the walks along the flows leave them; against the flows, the last ones gather their circles.
    let mut order = Vec::new();
    let mut seen = FxHashSet::default();
    for flow in flows {
        leave(flow.from, &next, &mut seen, &mut order);
        leave(flow.to, &next, &mut seen, &mut order);
    }
    let mut circle = FxHashMap::default();
    for (number, &start) in order.iter().rev().enumerate() {
        let mut open = vec![start];
        while let Some(param) = open.pop() {
            if let std::collections::hash_map::Entry::Vacant(free) = circle.entry(param) {
                free.insert(number);
                open.extend(back.get(&param).into_iter().flatten());
            }
        }
    }
    circle
}

/// Appends what is reached from a parameter, and last the parameter itself, without recursion.
fn leave(
    start: ParamId,
    next: &FxHashMap<ParamId, Vec<ParamId>>,
    seen: &mut FxHashSet<ParamId>,
    order: &mut Vec<ParamId>,
) {
    if !seen.insert(start) {
        return;
    }
    let followers = |param: ParamId| next.get(&param).map_or(&[][..], Vec::as_slice).iter();
    let mut stack = vec![(start, followers(start))];
    while let Some((param, followed)) = stack.last_mut() {
        match followed.next() {
            Some(&param) if seen.insert(param) => stack.push((param, followers(param))),
            Some(_) => {}
            None => {
                order.push(*param);
                stack.pop();
            }
        }
    }
}

fn needs(env: &Env, types: &Types, found: &[Found<'_>]) -> Needs {
    let mut needs: FxHashMap<ParamId, Vec<Symbol>> = FxHashMap::default();
    let mut callers: FxHashMap<ParamId, Vec<ParamId>> = FxHashMap::default();
    let mut open = Vec::new();
    for (_, _, findings) in found {
        open.extend(findings.associated.iter().copied());
        for call in &findings.calls {
            for (&to, &arg) in env.template(call.template).params.iter().zip(&call.args) {
                if let Type::Parameter(from) = types.get(arg) {
                    callers.entry(to).or_default().push(*from);
                }
            }
        }
    }
    while let Some((param, member)) = open.pop() {
        let known = needs.entry(param).or_default();
        if !known.contains(&member) {
            known.push(member);
            open.extend(callers.get(&param).into_iter().flatten().map(|&caller| (caller, member)));
        }
    }
    needs.values_mut().for_each(|members| members.sort_unstable());
    Needs(needs)
}
