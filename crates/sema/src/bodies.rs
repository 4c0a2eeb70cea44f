//! Checking all bodies, those of a large program on two threads.
//!
//! The second thread makes types of its own; what it yields is renumbered into the program's interner. How the work is divided depends
//! on the program alone, never on the machine, so that the checked program is the same everywhere.

use fuse_hir::*;

use crate::body::{CheckedBody, check_body};
use crate::env::{Diags, Env, FnBody};

/// Programs with fewer bytes of bodies are checked at once: a thread would cost more than it saves.
const WORTH_A_THREAD: u64 = 256 << 10;

/// Checks the bodies of all functions, in order.
pub(crate) fn check_all(env: &Env, types: &mut Types, diags: &mut Diags) -> Vec<CheckedBody> {
    let count = env.functions.len();
    let Some(middle) = division(env) else { return check_range(env, 0..count, types, diags) };
    let mut own = types.clone();
    let known = types.len();
    let second = move || {
        let mut found = Diags::new();
        let bodies = check_range(env, middle..count, &mut own, &mut found);
        (own, bodies, found)
    };
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("check".into()).stack_size(fuse_syntax::STACK);
        let handle = thread.spawn_scoped(scope, second);
        let mut bodies = check_range(env, 0..middle, types, diags);
        match handle.map(|handle| handle.join()) {
            Ok(Ok((own, mut more, mut found))) => {
                let numbers = Renumber::new(&own, known, types);
                if numbers.changes {
                    more.iter_mut().for_each(|body| numbers.body(body));
                }
                bodies.append(&mut more);
                diags.append(&mut found);
            }
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            // There is no second thread to be had.
            Err(_) => bodies.extend(check_range(env, middle..count, types, diags)),
        }
        bodies
    })
}

fn check_range(
    env: &Env,
    range: std::ops::Range<usize>,
    types: &mut Types,
    diags: &mut Diags,
) -> Vec<CheckedBody> {
    range.map(|at| check_body(env, types, FnId(at as u32), diags)).collect()
}

/// The function with which the second half of the work begins, if it is worth to divide it.
fn division(env: &Env) -> Option<usize> {
    let size = |body: &FnBody| match body {
        FnBody::Block(block) => u64::from(block.span.end - block.span.start),
        default => default.default().map_or(0, |expr| u64::from(expr.span.end - expr.span.start)),
    };
    let total: u64 = env.functions.iter().map(|info| size(&info.body)).sum();
    if total < WORTH_A_THREAD {
        return None;
    }
    let mut before = 0;
    let middle = env.functions.iter().position(|info| {
        before += size(&info.body);
        before * 2 >= total
    });
    middle.map(|at| at + 1)
}

/// The numbers that the types of one interner have in another one. The first `known` are the same in both.
struct Renumber {
    known: usize,
    numbers: Vec<Ty>,
    changes: bool,
}

impl Renumber {
    fn new(from: &Types, known: usize, into: &mut Types) -> Renumber {
        let mut renumber = Renumber { known, numbers: Vec::new(), changes: false };
        // A type is made after its parts, so their numbers are known.
        for at in known..from.len() {
            let old = Ty(at as u32);
            let mut ty = from.get(old).clone();
            renumber.parts(&mut ty);
            let new = into.intern(ty);
            renumber.changes |= new != old;
            renumber.numbers.push(new);
        }
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
            | Type::Query
            | Type::Struct(_)
            | Type::Enum(_)
            | Type::Config(_)
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
            StmtKind::Transaction(body) => self.block(body),
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
            | ExprKind::IndexOrNull(left, right)
            | ExprKind::OptionalChain { base: left, body: right, local: _ }
            | ExprKind::Coalesce(left, right)
            | ExprKind::Let(_, left, right) => {
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
            ExprKind::Struct(_, parts) | ExprKind::Variant(_, _, parts) | ExprKind::Call(_, parts) => {
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
