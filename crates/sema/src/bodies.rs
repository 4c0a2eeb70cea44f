//! Checking all bodies, those of a large program on two threads.
//!
//! The second thread makes types and asks for instances of its own; what it yields is renumbered into those of the program. How the work is divided depends
//! on the program alone, never on the machine, so that the checked program is the same everywhere.

use fuse_diagnostics::{Diagnostic, Level};
use fuse_hir::*;

use crate::body::{CheckedBody, Pinned, check_body};
use crate::env::{Diags, Env, FnBody, FnInfo};
use crate::generics::{Instance, Instances, Needs, TemplateId, check_calls, instantiate, is_endless};

/// Programs with fewer bytes of bodies are checked at once: a thread would cost more than it saves.
const WORTH_A_THREAD: u64 = 256 << 10;

/// The checked bodies of a program.
pub(crate) struct Bodies<'a> {
    /// Of the declared functions, in order.
    pub functions: Vec<CheckedBody>,
    /// Of the instances of generic callables, with what these are as functions. Their numbers follow those of the declared ones.
    pub instances: Vec<(FnInfo<'a>, CheckedBody)>,
}

/// Checks all bodies: those of functions and, once as they are written, those of templates. If there is no error, each instance
/// that is needed follows.
pub(crate) fn check_all<'a>(env: &Env<'a>, types: &mut Types, diags: &mut Diags) -> Bodies<'a> {
    let mut instances = Instances::new(env.functions.len());
    let mut functions = check_declared(env, types, &mut instances, diags);
    let templates = functions.split_off(env.functions.len());
    let infos = env.functions.iter().zip(&functions).map(|(info, body)| (info, None, body));
    let of_templates = (0..).zip(env.templates.iter().zip(&templates));
    let of_templates =
        of_templates.map(|(at, (template, body))| (&template.info, Some(TemplateId(at)), body));
    let found: Vec<_> = infos
        .chain(of_templates)
        .map(|(info, template, body)| (env.file(info.module), template, &body.findings))
        .collect();
    let needs = check_calls(env, types, &found, diags);
    let valid = diags.iter().all(|diagnostic| diagnostic.level != Level::Error);
    let instances = if valid {
        check_instances(env, types, &mut instances, &templates, &needs, diags)
    } else {
        Vec::new()
    };
    Bodies { functions, instances }
}

/// Makes all instances: those that functions ask for, and those that instances ask for.
fn check_instances<'a>(
    env: &Env<'a>,
    types: &mut Types,
    instances: &mut Instances,
    templates: &[CheckedBody],
    needs: &Needs,
    diags: &mut Diags,
) -> Vec<(FnInfo<'a>, CheckedBody)> {
    let mut checked = Vec::new();
    while let Some(instance) = instances.get(checked.len()).cloned() {
        if is_endless(env, types, checked.len(), &instance, diags) {
            break;
        }
        let info = instantiate(env, &instance, types, instances);
        let template = instance.template;
        let pinned = Pinned {
            bindings: &templates[template.0 as usize].findings.bindings,
            yields: env.template(template).info.result != Ty::UNIT,
        };
        let mut found = Diags::new();
        let body = check_body(env, types, instances, &info, Some(pinned), &mut found);
        needs.check(env, types, env.file(info.module), &body.findings, &mut found);
        let errors = found.into_iter().filter(|diagnostic| diagnostic.level == Level::Error);
        diags.extend(errors.map(|diagnostic| Diagnostic {
            message: format!("in `{}`: {}", info.name, diagnostic.message),
            ..diagnostic
        }));
        checked.push((info, body));
    }
    checked
}

/// Checks the bodies of all functions, then those of all templates.
fn check_declared(
    env: &Env,
    types: &mut Types,
    instances: &mut Instances,
    diags: &mut Diags,
) -> Vec<CheckedBody> {
    let count = env.functions.len() + env.templates.len();
    let Some(middle) = division(env) else { return check_range(env, 0..count, types, instances, diags) };
    let mut own = types.clone();
    let known = types.len();
    let second = move || {
        let mut found = Diags::new();
        let mut instances = Instances::new(env.functions.len());
        let bodies = check_range(env, middle..count, &mut own, &mut instances, &mut found);
        (own, instances, bodies, found)
    };
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("check".into()).stack_size(fuse_syntax::STACK);
        let handle = thread.spawn_scoped(scope, second);
        let mut bodies = check_range(env, 0..middle, types, instances, diags);
        match handle.map(|handle| handle.join()) {
            Ok(Ok((own, requested, mut more, mut found))) => {
                let numbers = Renumber::new(&own, known, types, requested, instances);
                if numbers.changes {
                    more.iter_mut().for_each(|body| numbers.body(body));
                }
                bodies.append(&mut more);
                diags.append(&mut found);
            }
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            // There is no second thread to be had.
            Err(_) => bodies.extend(check_range(env, middle..count, types, instances, diags)),
        }
        bodies
    })
}

fn check_range(
    env: &Env,
    range: std::ops::Range<usize>,
    types: &mut Types,
    instances: &mut Instances,
    diags: &mut Diags,
) -> Vec<CheckedBody> {
    range.map(|at| check_body(env, types, instances, info(env, at), None, diags)).collect()
}

/// What there is to check: functions, then templates.
fn info<'e, 'a>(env: &'e Env<'a>, at: usize) -> &'e FnInfo<'a> {
    match at.checked_sub(env.functions.len()) {
        None => &env.functions[at],
        Some(at) => &env.templates[at].info,
    }
}

/// The place in that order where the second half of the work begins, if it is worth to divide it.
fn division(env: &Env) -> Option<usize> {
    let size = |info: &FnInfo| match &info.body {
        FnBody::Block(block) => u64::from(block.span.end - block.span.start),
        default => default.default().map_or(0, |expr| u64::from(expr.span.end - expr.span.start)),
    };
    let infos = || (0..env.functions.len() + env.templates.len()).map(|at| info(env, at));
    let total: u64 = infos().map(size).sum();
    if total < WORTH_A_THREAD {
        return None;
    }
    let mut before = 0;
    let middle = infos().position(|info| {
        before += size(info);
        before * 2 >= total
    });
    middle.map(|at| at + 1)
}

/// The numbers that the types of one interner, and the instances of one list, have in another one. The first `known` types are the
/// same in both.
struct Renumber {
    known: usize,
    numbers: Vec<Ty>,
    /// Of the instances.
    functions: Vec<FnId>,
    /// Where instances begin.
    requested: Instances,
    changes: bool,
}

impl Renumber {
    fn new(
        from: &Types,
        known: usize,
        into: &mut Types,
        requested: Instances,
        instances: &mut Instances,
    ) -> Renumber {
        let (numbers, functions) = (Vec::new(), Vec::new());
        let mut renumber = Renumber { known, numbers, functions, requested, changes: false };
        // A type is made after its parts, so their numbers are known.
        for at in known..from.len() {
            let old = Ty(at as u32);
            let mut ty = from.get(old).clone();
            renumber.parts(&mut ty);
            let new = into.intern(ty);
            renumber.changes |= new != old;
            renumber.numbers.push(new);
        }
        for instance in renumber.requested.list() {
            let mut args = instance.args.clone();
            args.iter_mut().for_each(|arg| renumber.ty(arg));
            renumber.functions.push(instances.request(Instance { args, ..instance.clone() }));
        }
        renumber.changes |= !renumber.functions.is_empty();
        renumber
    }

    fn parts(&self, ty: &mut Type) {
        match ty {
            Type::List(inner)
            | Type::Map(inner)
            | Type::Option(inner)
            | Type::Lookup(inner)
            | Type::Task(inner)
            | Type::Refined(inner, _) => self.ty(inner),
            Type::Result(ok, domains) => {
                self.ty(ok);
                domains.iter_mut().for_each(|domain| self.ty(domain));
            }
            Type::Union(domains) => domains.iter_mut().for_each(|domain| self.ty(domain)),
            Type::Function(params, result) => {
                params.iter_mut().for_each(|param| self.ty(param));
                self.ty(result);
            }
            Type::Unknown
            | Type::Never
            | Type::Null
            | Type::Unit
            | Type::Int
            | Type::Float
            | Type::Bool
            | Type::String
            | Type::Bytes
            | Type::Html
            | Type::Id
            | Type::Email
            | Type::Dynamic
            | Type::Struct(_)
            | Type::Enum(_)
            | Type::Config(_)
            | Type::Parameter(_)
            | Type::StdError => {}
        }
    }

    fn ty(&self, ty: &mut Ty) {
        if let Some(at) = (ty.0 as usize).checked_sub(self.known) {
            *ty = self.numbers[at];
        }
    }

    fn body(&self, body: &mut CheckedBody) {
        self.ty(&mut body.result);
        body.locals.iter_mut().for_each(|local| self.ty(&mut local.ty));
        let calls = body.findings.calls.iter_mut();
        calls.flat_map(|call| call.args.iter_mut()).for_each(|arg| self.ty(arg));
        self.block(&mut body.body);
    }

    fn block(&self, block: &mut [Stmt]) {
        block.iter_mut().for_each(|stmt| self.stmt(stmt));
    }

    fn stmt(&self, stmt: &mut Stmt) {
        match &mut stmt.kind {
            StmtKind::Let(_, value) | StmtKind::Expr(value) => self.expr(value),
            StmtKind::Assign(place, value) => {
                for step in &mut place.steps {
                    self.ty(&mut step.base);
                    self.ty(&mut step.ty);
                    match &mut step.kind {
                        StepKind::Field(_) => {}
                        StepKind::Index(index) | StepKind::Key(index) | StepKind::Dynamic(index) => {
                            self.expr(index);
                        }
                    }
                }
                self.expr(value);
            }
            StmtKind::If(branches, otherwise) => {
                for (condition, block) in branches {
                    self.expr(condition);
                    self.block(block);
                }
                self.block(otherwise);
            }
            StmtKind::Match { subject, arms, exhaustive: _ } => {
                self.expr(subject);
                for arm in arms {
                    self.pattern(&mut arm.pattern);
                    self.block(&mut arm.body);
                }
            }
            StmtKind::For { pattern, iter, body } => {
                self.pattern(pattern);
                self.expr(iter);
                self.block(body);
            }
            StmtKind::While(condition, body) => {
                self.expr(condition);
                self.block(body);
            }
            StmtKind::Return(value) => value.iter_mut().for_each(|value| self.expr(value)),
            StmtKind::Break | StmtKind::Continue => {}
        }
    }

    fn exprs(&self, exprs: &mut [Expr]) {
        exprs.iter_mut().for_each(|expr| self.expr(expr));
    }

    fn numbered(&self, exprs: &mut [(u32, Expr)]) {
        exprs.iter_mut().for_each(|(_, expr)| self.expr(expr));
    }

    fn expr(&self, expr: &mut Expr) {
        self.ty(&mut expr.ty);
        match &mut expr.kind {
            ExprKind::Int(_)
            | ExprKind::Float(_)
            | ExprKind::Bool(_)
            | ExprKind::String(_)
            | ExprKind::Unit
            | ExprKind::Null
            | ExprKind::Bytes(_)
            | ExprKind::Asset(_)
            | ExprKind::Local(_)
            | ExprKind::Config(_)
            | ExprKind::ConfigField(..)
            | ExprKind::Function(_) => {}
            ExprKind::Negate(operand)
            | ExprKind::Not(operand)
            | ExprKind::IntToFloat(operand)
            | ExprKind::DynamicNegate(operand)
            | ExprKind::Expect(operand, _)
            | ExprKind::Convert(operand, _)
            | ExprKind::Validate(operand, _)
            | ExprKind::IsNull { operand, negated: _ }
            | ExprKind::Ok(operand)
            | ExprKind::Err(operand)
            | ExprKind::Coerce(operand)
            | ExprKind::Field(operand, _)
            | ExprKind::ErrorField(operand, _)
            | ExprKind::UnionField(operand, _) => self.expr(operand),
            ExprKind::Arithmetic(_, left, right)
            | ExprKind::And(left, right)
            | ExprKind::Or(left, right)
            | ExprKind::Compare(_, left, right)
            | ExprKind::DynamicArithmetic(_, left, right)
            | ExprKind::DynamicCompare(_, left, right)
            | ExprKind::DynamicEqual { left, right, negated: _ }
            | ExprKind::DynamicRange(left, right)
            | ExprKind::DynamicIndex(left, right)
            | ExprKind::DynamicIndexOrNull(left, right)
            | ExprKind::Equal { left, right, negated: _ }
            | ExprKind::ListConcat(left, right)
            | ExprKind::Range(left, right)
            | ExprKind::Index(left, right)
            | ExprKind::Lookup(left, right)
            | ExprKind::Then(left, right)
            | ExprKind::IndexOrNull(left, right)
            | ExprKind::OptionalChain { base: left, body: right, local: _ }
            | ExprKind::Coalesce(left, right) => {
                self.expr(left);
                self.expr(right);
            }
            ExprKind::Text(parts) | ExprKind::List(parts) | ExprKind::CallBuiltin(_, parts) => {
                self.exprs(parts)
            }
            ExprKind::Map(entries) => {
                for (key, value) in entries {
                    self.expr(key);
                    self.expr(value);
                }
            }
            ExprKind::Struct(_, parts) | ExprKind::Variant(_, _, parts) => self.numbered(parts),
            ExprKind::Call(function, parts) => {
                if let Some(number) = self.requested.number(*function) {
                    *function = self.functions[number];
                }
                self.numbered(parts);
            }
            ExprKind::CallValue(callee, args) => {
                self.expr(callee);
                self.exprs(args);
            }
            ExprKind::Element(element) => {
                element.attributes.map.iter_mut().for_each(|map| self.expr(map));
                element.attributes.named.iter_mut().for_each(|(_, value)| self.expr(value));
                self.children(&mut element.children);
            }
            ExprKind::Component(call) => {
                call.args.iter_mut().for_each(|(_, value)| self.expr(value));
                self.children(&mut call.children);
            }
            ExprKind::Children(_, children) => self.children(children),
            ExprKind::Await(task) => self.expr(task),
            ExprKind::Spawn(spawn) => {
                let spawn = std::sync::Arc::make_mut(spawn);
                self.ty(&mut spawn.result);
                self.block(&mut spawn.body);
            }
            ExprKind::Propagate { operand, error } => {
                self.expr(operand);
                error.iter_mut().for_each(|error| self.expr(error));
            }
        }
    }

    fn children(&self, children: &mut [Child]) {
        for child in children {
            child.each_mut(&mut |expr| self.expr(expr), &mut |pattern| self.pattern(pattern));
        }
    }

    fn pattern(&self, pattern: &mut Pat) {
        self.ty(&mut pattern.ty);
        match &mut pattern.kind {
            PatKind::Wild
            | PatKind::Bind(_)
            | PatKind::Int(_)
            | PatKind::Float(_)
            | PatKind::Bool(_)
            | PatKind::String(_)
            | PatKind::Null => {}
            PatKind::Some(inner) | PatKind::Ok(inner) | PatKind::Err(inner) | PatKind::Domain(_, inner) => {
                self.pattern(inner);
            }
            PatKind::Variant(_, elements) | PatKind::Struct(elements) => {
                elements.iter_mut().for_each(|(_, element)| self.pattern(element));
            }
        }
    }
}
