//! Binding arguments to parameters (language reference 5.17): positional and named, separators, counts.

use fuse_diagnostics::{Span, codes};
use fuse_hir::{Expr, Ty};
use fuse_syntax::{Symbol, ast};

use super::Body;
use super::call::Callee;
use super::pattern::plural;
use super::position::{Mode, Root};
use crate::index::Role;
use crate::index::note::Meaning;

/// What can be called with positional and named arguments.
pub(super) trait Parameters {
    /// How many parameters there are.
    fn count(&self) -> usize;
    /// The parameter of a name.
    fn find(&self, name: Symbol, text: &str) -> Option<usize>;
    /// The name of a parameter, if it has one.
    fn name(&self, body: &Body<'_, '_>, number: usize) -> Option<String>;
    /// Whether an argument must be given.
    fn required(&self, number: usize) -> bool;
    /// What the name of a parameter means.
    fn meaning(&self, number: usize) -> Option<Meaning>;
    /// Checks the argument for a parameter.
    fn check(&self, body: &mut Body<'_, '_>, number: usize, argument: &ast::Expr) -> Expr;
}

/// Which parameters have an argument.
struct Filled {
    first: u64,
    more: Vec<bool>,
}

impl Filled {
    fn new(count: usize) -> Filled {
        Filled { first: 0, more: vec![false; count.saturating_sub(64)] }
    }

    /// Marks a parameter; yields whether it was marked before.
    fn mark(&mut self, number: usize) -> bool {
        if number < 64 {
            let bit = 1 << number;
            let before = self.first & bit != 0;
            self.first |= bit;
            return before;
        }
        std::mem::replace(&mut self.more[number - 64], true)
    }

    fn has(&self, number: usize) -> bool {
        if number < 64 { self.first & (1 << number) != 0 } else { self.more[number - 64] }
    }
}

impl Body<'_, '_> {
    /// The arguments of a call by parameter number in source order, or `None` if they do not fit (which has been reported).
    /// `what` is how messages call the callee.
    pub(super) fn bind_arguments<P: Parameters>(
        &mut self,
        call: &ast::CallExpr,
        span: Span,
        what: Callee<'_>,
        params: &P,
    ) -> Option<Vec<(u32, Expr)>> {
        let mut bound = Vec::with_capacity(call.args.len());
        let mut filled = Filled::new(params.count());
        let mut positional = 0;
        let mut broken = false;
        let mut named_before: Option<Symbol> = None;
        for arg in &call.args {
            self.separator(arg);
            let number = match arg.name {
                None => {
                    if let Some(name) = named_before {
                        let message = format!(
                            "a positional argument cannot follow the named argument `{}`",
                            self.text(name)
                        );
                        self.error(codes::NAMED_ARGUMENT, arg.span, message);
                        broken = true;
                        self.infer(&arg.value, None);
                        continue;
                    }
                    positional += 1;
                    if positional > params.count() {
                        self.infer(&arg.value, None);
                        continue;
                    }
                    positional - 1
                }
                Some(name) => {
                    named_before = Some(name.name);
                    match self.named_parameter(arg, name, what, params) {
                        Some(number) => number,
                        None => {
                            broken = true;
                            self.infer(&arg.value, None);
                            continue;
                        }
                    }
                }
            };
            let value = params.check(self, number, &arg.value);
            if filled.mark(number) {
                let name = arg.name.map_or("", |name| self.text(name.name));
                let message = format!("the argument `{name}` is given twice");
                self.error(codes::NAMED_ARGUMENT, arg.span, message);
                broken = true;
                continue;
            }
            bound.push((number as u32, value));
        }
        let missing = (0..params.count()).any(|number| params.required(number) && !filled.has(number));
        if positional > params.count() || (missing && !broken) {
            self.wrong_arity(call, span, what, params, &filled);
            return None;
        }
        (!broken).then_some(bound)
    }

    fn named_parameter<P: Parameters>(
        &mut self,
        arg: &ast::Arg,
        name: ast::Ident,
        what: Callee<'_>,
        params: &P,
    ) -> Option<usize> {
        let text = self.text(name.name);
        let found = params.find(name.name, text);
        if let Some(number) = found {
            if let Some(meaning) = params.meaning(number) {
                self.note_as(name.span, meaning, Role::Argument);
            }
            return found;
        }
        let message = format!("{what} has no parameter `{text}`");
        let names: Vec<String> = (0..params.count()).filter_map(|number| params.name(self, number)).collect();
        match self.near(text, names.iter().map(String::as_str)) {
            Some(near) => {
                self.error_hint(codes::NAMED_ARGUMENT, arg.span, message, format!("did you mean `{near}`?"));
            }
            None => self.error(codes::NAMED_ARGUMENT, arg.span, message),
        }
        None
    }

    /// Two arguments on one line need a comma.
    pub(super) fn separator(&mut self, arg: &ast::Arg) {
        if arg.name.is_some() && matches!(arg.separator, ast::Separator::Blank | ast::Separator::Nothing) {
            let message = "two arguments need a comma or a line break between them";
            let hint = "write a comma, or put the second one on a line of its own";
            self.error_hint(codes::MISSING_COMMA, Span::empty(arg.span.start), message, hint);
        }
    }

    fn wrong_arity<P: Parameters>(
        &mut self,
        call: &ast::CallExpr,
        span: Span,
        what: Callee<'_>,
        params: &P,
        filled: &Filled,
    ) {
        let count = params.count();
        let least = (0..count).filter(|&number| params.required(number)).count();
        let expected = if least == count { format!("{count}") } else { format!("{least} to {count}") };
        let found = call.args.len();
        // The comma may be missing inside an expression, perhaps an operator: then the number says nothing.
        let is_guess = !call.complete || found > count && call.args.iter().any(reported_separator);
        if is_guess || (0..count).any(|number| params.name(self, number).as_deref() == Some("")) {
            return;
        }
        let mut message = format!("{what} takes {expected} argument{}, found {found}", plural(count));
        let missing: Vec<String> = (0..count)
            .filter(|&number| params.required(number) && !filled.has(number))
            .filter_map(|number| params.name(self, number).map(|name| format!("`{name}`")))
            .collect();
        if !missing.is_empty() {
            message.push_str(&format!("; missing: {}", missing.join(", ")));
        }
        self.error(codes::WRONG_ARITY, span, message);
    }

    /// Checks the arguments of a call that means nothing, for the errors in them.
    pub(super) fn idle_arguments(&mut self, call: &ast::CallExpr) {
        for arg in &call.args {
            self.infer(&arg.value, None);
        }
    }

    /// The only argument of a constructor.
    pub(super) fn only_argument<'t>(
        &mut self,
        call: &'t ast::CallExpr,
        span: Span,
        what: Callee<'_>,
    ) -> Option<&'t ast::Expr> {
        for arg in &call.args {
            self.separator(arg);
        }
        match &call.args[..] {
            [arg] => {
                if let Some(name) = arg.name {
                    let message =
                        format!("{what} takes its value without a name, not as `{}`", self.text(name.name));
                    self.error(codes::NAMED_ARGUMENT, arg.span, message);
                    self.infer(&arg.value, None);
                    return None;
                }
                Some(&arg.value)
            }
            args => {
                if call.complete {
                    let message = format!("{what} takes 1 argument, found {}", args.len());
                    self.error(codes::WRONG_ARITY, span, message);
                }
                self.idle_arguments(call);
                None
            }
        }
    }
}

/// The parameters of a declared function.
pub(super) struct FunctionParameters<'e>(pub &'e [crate::env::ParamInfo], pub fuse_hir::ModuleId);

impl Parameters for FunctionParameters<'_> {
    fn count(&self) -> usize {
        self.0.len()
    }

    fn find(&self, name: Symbol, _: &str) -> Option<usize> {
        self.0.iter().position(|param| param.name == name)
    }

    fn name(&self, body: &Body<'_, '_>, number: usize) -> Option<String> {
        Some(body.text(self.0[number].name).to_owned())
    }

    fn required(&self, number: usize) -> bool {
        self.0[number].default.is_none()
    }

    fn meaning(&self, number: usize) -> Option<Meaning> {
        Some(Meaning::Declared(self.1, self.0[number].span))
    }

    fn check(&self, body: &mut Body<'_, '_>, number: usize, argument: &ast::Expr) -> Expr {
        let param = &self.0[number];
        body.check_at(Root::Name(param.name), Mode::Plain, argument, param.ty)
    }
}

/// The payload of a variant.
pub(super) struct Payload<'e> {
    /// The variant.
    pub variant: (fuse_hir::EnumId, u32),
    /// The name of the enum.
    pub owner: Symbol,
    pub types: &'e [Ty],
    pub labels: &'e [Symbol],
}

impl Parameters for Payload<'_> {
    fn count(&self) -> usize {
        self.types.len()
    }

    fn find(&self, name: Symbol, _: &str) -> Option<usize> {
        self.labels.iter().position(|&label| label == name)
    }

    fn name(&self, body: &Body<'_, '_>, number: usize) -> Option<String> {
        self.labels.get(number).map(|&label| body.text(label).to_owned())
    }

    fn required(&self, _: usize) -> bool {
        true
    }

    fn meaning(&self, number: usize) -> Option<Meaning> {
        Some(Meaning::Label(self.variant.0, self.variant.1, number as u32))
    }

    fn check(&self, body: &mut Body<'_, '_>, number: usize, argument: &ast::Expr) -> Expr {
        let place = (self.types.len() > 1).then_some(number as u32);
        body.check_at(Root::Payload(self.owner, place), Mode::Plain, argument, self.types[number])
    }
}

/// Whether the parser has told that a comma is missing before this argument.
fn reported_separator(arg: &ast::Arg) -> bool {
    let no_comma = !matches!(arg.separator, ast::Separator::First | ast::Separator::Comma(_));
    arg.name.is_none() && no_comma
}
