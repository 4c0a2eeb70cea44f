//! Refinements `B(c1, c2, …)`: which constraints a base admits, their bounds, patterns and predicates (language reference 5.6).

use fuse_diagnostics::{Code, Diagnostic, Span, codes};
use fuse_hir::types::Constraint;
use fuse_hir::{FnId, ModuleId, Ty, Type, Types};
use fuse_syntax::{ast, sym};

use crate::body::assignable;
use crate::capability;
use crate::env::{Diags, Env, Name};
use crate::index::note::Meaning;

/// The refinement of a base by constraints as written in a module; unknown after an error.
pub(crate) fn refine(
    env: &Env,
    module: ModuleId,
    base: Ty,
    constraints: &[ast::Refinement],
    types: &mut Types,
    diags: &mut Diags,
) -> Ty {
    let mut refiner = Refiner { env, module, base, types, diags };
    if base == Ty::UNKNOWN || !is_refinable(base) {
        if let (false, Some(first)) = (base == Ty::UNKNOWN, constraints.first()) {
            refiner.not_refinable(first.span);
        }
        return Ty::UNKNOWN;
    }
    let found: Vec<Option<Constraint>> =
        constraints.iter().map(|constraint| refiner.constraint(constraint)).collect();
    match found.into_iter().collect::<Option<Box<[Constraint]>>>() {
        Some(known) if !known.is_empty() => types.intern(Type::Refined(base, known)),
        // What is wrong with them, or that there is none, has been reported.
        _ => Ty::UNKNOWN,
    }
}

fn is_refinable(base: Ty) -> bool {
    matches!(base, Ty::INT | Ty::FLOAT | Ty::STRING | Ty::BYTES | Ty::ID | Ty::EMAIL)
}

struct Refiner<'e, 'a, 'r> {
    env: &'e Env<'a>,
    module: ModuleId,
    base: Ty,
    types: &'r mut Types,
    diags: &'r mut Diags,
}

impl Refiner<'_, '_, '_> {
    fn constraint(&mut self, written: &ast::Refinement) -> Option<Constraint> {
        match &written.kind {
            ast::RefinementKind::Range(low, high) => match self.base {
                Ty::INT => self.int_range(low, high, written.span),
                Ty::FLOAT => self.float_range(low, high, written.span),
                _ => self.length(low, high, written.span),
            },
            ast::RefinementKind::Regex(text) => self.regex(text, written.span),
            ast::RefinementKind::Predicate(name) => self.predicate(*name),
            ast::RefinementKind::Error => None,
        }
    }

    fn int_range(&mut self, low: &ast::Bound, high: &ast::Bound, span: Span) -> Option<Constraint> {
        let (Some(low), Some(high)) = (integral(low), integral(high)) else {
            return self.bad_range(span, "the bounds of an Int are whole numbers that an Int can hold");
        };
        self.ordered(low <= high, span)?;
        Some(Constraint::IntRange(low, high))
    }

    fn float_range(&mut self, low: &ast::Bound, high: &ast::Bound, span: Span) -> Option<Constraint> {
        let (low, high) = (float(low), float(high));
        self.ordered(low <= high, span)?;
        Some(Constraint::FloatRange(low.to_bits(), high.to_bits()))
    }

    fn length(&mut self, low: &ast::Bound, high: &ast::Bound, span: Span) -> Option<Constraint> {
        let (Some(low), Some(high)) = (integral(low), integral(high)) else {
            return self.bad_range(span, "the bounds of a length are whole numbers");
        };
        let (Ok(shortest), Ok(longest)) = (u64::try_from(low), u64::try_from(high)) else {
            return self.bad_range(span, "a length is never negative");
        };
        self.ordered(shortest <= longest, span)?;
        Some(Constraint::Length(shortest, longest))
    }

    fn ordered(&mut self, ordered: bool, span: Span) -> Option<()> {
        if ordered {
            return Some(());
        }
        self.bad_range(span, "the lower bound of a range must not be above the upper one");
        None
    }

    fn bad_range(&mut self, span: Span, message: &str) -> Option<Constraint> {
        self.error(codes::REFINEMENT_RANGE, span, message.to_owned());
        None
    }

    fn regex(&mut self, text: &ast::StrLit, span: Span) -> Option<Constraint> {
        if !matches!(self.base, Ty::STRING | Ty::ID | Ty::EMAIL) {
            let base = self.env.type_name(self.types, self.base);
            let message = format!("a pattern tests text: {base} admits no `regex`");
            self.error(codes::REFINEMENT_BASE, span, message);
            return None;
        }
        let written = self.env.text(text.value);
        match self.env.patterns.check(text.value, written) {
            Ok(()) => Some(Constraint::Regex(written.into())),
            Err(reason) => {
                self.error(
                    codes::INVALID_REGEX,
                    text.span,
                    format!("the pattern does not compile: {reason}"),
                );
                None
            }
        }
    }

    /// A function of the module or one that is imported by name. While signatures are not known, [`check_predicates`] looks at
    /// its signature later.
    fn predicate(&mut self, name: ast::Ident) -> Option<Constraint> {
        if name.name == sym::EMPTY {
            return None;
        }
        let text = self.env.text(name.name);
        self.env.note(self.module, name.span, Meaning::Global(self.module, name.name));
        let message = match self.env.lookup(self.module, name.name) {
            Some(Name::Function(id)) => {
                if self.env.signatures {
                    self.judge(id, name.span)?;
                }
                return Some(Constraint::Predicate(id));
            }
            Some(Name::Failed) => return None,
            Some(Name::Generic(_)) => {
                format!("the predicate `{text}` must not have type parameters")
            }
            Some(other) => format!("the predicate `{text}` is {}, not a function", self.env.describe(other)),
            None => format!("there is no function `{text}` in this module or its named imports"),
        };
        let base = self.env.type_name(self.types, self.base);
        let message = format!("{message}; a predicate here is a `fn({base}) -> Bool`");
        self.error(codes::INVALID_PREDICATE, name.span, message);
        None
    }

    /// Whether the signature of a function is that of a predicate, and the module may use it.
    fn judge(&mut self, id: FnId, span: Span) -> Option<()> {
        let info = self.env.function(id);
        capability::check_use(self.env, self.module, info, span, self.diags);
        let accepts = |ty: Ty| ty == Ty::UNKNOWN || assignable(self.types, self.base, ty);
        let fits = matches!(&info.params[..], [param] if accepts(param.ty));
        if fits && matches!(info.result, Ty::BOOL | Ty::UNKNOWN) {
            return Some(());
        }
        let found = self.env.function_type(id, self.types);
        if found != Ty::UNKNOWN {
            let (base, found) =
                (self.env.type_name(self.types, self.base), self.env.type_name(self.types, found));
            let message =
                format!("the predicate `{}` must be `fn({base}) -> Bool`, it is `{found}`", info.name);
            self.error(codes::INVALID_PREDICATE, span, message);
        }
        None
    }

    fn not_refinable(&mut self, span: Span) {
        let base = self.env.type_name(self.types, self.base);
        let message = format!("{base} cannot be refined");
        let finding = Diagnostic::error(codes::REFINEMENT_BASE, self.env.file(self.module), span, message);
        self.diags
            .push(finding.hint("a refinement has one of the bases Int, Float, String, Bytes, Id, Email"));
    }

    fn error(&mut self, code: Code, span: Span, message: String) {
        self.diags.push(Diagnostic::error(code, self.env.file(self.module), span, message));
    }
}

/// The value of a bound as a whole number.
fn integral(bound: &ast::Bound) -> Option<i64> {
    match bound.value {
        ast::BoundValue::Int(value) => Some(value),
        ast::BoundValue::Float(value) => {
            // Both ends of the range are powers of two, which a Float has exactly.
            let fits = value.fract() == 0.0
                && (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&value);
            fits.then_some(value as i64)
        }
    }
}

/// The value of a bound as a Float; the two zeros are one bound.
fn float(bound: &ast::Bound) -> f64 {
    match bound.value {
        ast::BoundValue::Int(value) => value as f64,
        ast::BoundValue::Float(0.0) => 0.0,
        ast::BoundValue::Float(value) => value,
    }
}

/// Checks the predicates in all declarations, once the signatures of functions are known. Those in bodies are checked with them.
pub(crate) fn check_predicates(env: &Env, types: &mut Types, diags: &mut Diags) {
    for at in 0..env.modules.len() {
        let mut walk = Walk { env, module: ModuleId(at as u32), types, diags };
        for item in &env.modules[at].ast.items {
            walk.item(item);
        }
    }
}

/// A walk over the types that a module's declarations write.
struct Walk<'e, 'a, 'r> {
    env: &'e Env<'a>,
    module: ModuleId,
    types: &'r mut Types,
    diags: &'r mut Diags,
}

impl Walk<'_, '_, '_> {
    fn item(&mut self, item: &ast::Item) {
        match &item.kind {
            ast::ItemKind::Type(decl) => {
                if let ast::TypeBody::Fields(fields) = &decl.body {
                    fields.iter().for_each(|field| self.ty(&field.ty));
                }
            }
            ast::ItemKind::Config(decl) => decl.fields.iter().for_each(|field| self.ty(&field.ty)),
            ast::ItemKind::Enum(decl) => {
                let payload = decl.variants.iter().flat_map(|variant| &variant.payload);
                payload.for_each(|element| self.ty(&element.ty));
            }
            ast::ItemKind::Fn(decl) => self.signature(&decl.signature),
            ast::ItemKind::Component(decl) => self.signature(&decl.signature),
            ast::ItemKind::Interface(decl) => {
                decl.members.iter().for_each(|member| self.signature(&member.signature));
            }
            ast::ItemKind::Impl(decl) => {
                decl.methods.iter().for_each(|method| self.signature(&method.signature));
            }
            // Routes are resolved when signatures are known.
            ast::ItemKind::Service(_)
            | ast::ItemKind::Import(_)
            | ast::ItemKind::App(_)
            | ast::ItemKind::Migration(_)
            | ast::ItemKind::Test(_) => {}
        }
    }

    fn signature(&mut self, signature: &ast::Signature) {
        signature.params.iter().for_each(|param| self.ty(&param.ty));
        signature.result.iter().for_each(|result| self.ty(result));
    }

    fn ty(&mut self, written: &ast::TypeRef) {
        match &written.kind {
            ast::TypeKind::Refined { base, constraints } => self.refined(base, constraints),
            ast::TypeKind::Generic { args, .. } => args.iter().for_each(|arg| self.ty(arg)),
            ast::TypeKind::Option(inner) => self.ty(inner),
            ast::TypeKind::Result { ok, domains } => {
                self.ty(ok);
                domains.iter().for_each(|domain| self.ty(domain));
            }
            ast::TypeKind::Fn { params, result } => {
                params.iter().for_each(|param| self.ty(param));
                result.iter().for_each(|result| self.ty(result));
            }
            ast::TypeKind::Name(_) | ast::TypeKind::Error => {}
        }
    }

    fn refined(&mut self, base: &ast::Path, constraints: &[ast::Refinement]) {
        let predicates = constraints.iter().filter_map(|constraint| match constraint.kind {
            ast::RefinementKind::Predicate(name) => Some(name),
            _ => None,
        });
        for name in predicates {
            let Some(Name::Function(id)) = self.env.lookup(self.module, name.name) else { continue };
            // What is wrong with the base has been reported.
            let base = self.env.resolve_type_path(self.module, base, self.types, &mut Vec::new());
            let (env, module) = (self.env, self.module);
            if is_refinable(base) {
                Refiner { env, module, base, types: self.types, diags: self.diags }.judge(id, name.span);
            }
        }
    }
}
