//! Calls: arguments in source order, then defaults in parameter order.

use crate::function::{Body, Slots};
use fuse_hir::{Expr, FnId, Span, Type as HirType};
use fuse_ir::Value;

impl Body<'_, '_> {
    pub(crate) fn call(&mut self, id: FnId, given: &[(u32, Expr)], expr: &Expr) -> Slots {
        let args = self.arguments(id, given, expr.span);
        self.call_with(id, &args, expr.span)
    }

    /// The slots of all parameters: the arguments in source order, then defaults.
    pub(crate) fn arguments(&mut self, id: FnId, given: &[(u32, Expr)], span: Span) -> Slots {
        let callee = &self.program().functions[id.0 as usize];
        let mut args: Vec<Option<Slots>> = vec![None; callee.params.len()];
        for (param, value) in given {
            args[*param as usize] = Some(self.expr(value));
        }
        self.with_defaults(id, args, span)
    }

    /// The slots of all parameters, those of missing ones by their defaults.
    pub(crate) fn with_defaults(&mut self, id: FnId, args: Vec<Option<Slots>>, span: Span) -> Slots {
        let callee = &self.program().functions[id.0 as usize];
        let mut flat: Vec<Value> = Vec::new();
        for (param, arg) in callee.params.iter().zip(args) {
            let slots = match (arg, param.default) {
                (Some(slots), _) => slots,
                // A default sees the parameters to its left.
                (None, Some(default)) => {
                    self.default_value(default, &flat, param.ty, &param.name, true, span)
                }
                (None, None) => self.null(param.ty),
            };
            flat.extend(slots);
        }
        flat
    }

    /// Calls a function with the slots of all its parameters.
    pub(crate) fn call_with(&mut self, id: FnId, args: &[Value], span: Span) -> Slots {
        let function = self.lowering.function(id);
        let results = self.lowering.signature(id).results;
        let position = self.position(span);
        self.builder.call(function, args, &results, position)
    }

    pub(crate) fn call_value(&mut self, callee: &Expr, args: &[Expr], expr: &Expr) -> Slots {
        let address = self.expr(callee)[0];
        let mut flat = Vec::new();
        for arg in args {
            flat.extend(self.expr(arg));
        }
        let HirType::Function(params, result) = self.ty(callee.ty) else { return self.placeholder(expr.ty) };
        let mut signature = self.lowering.signature_of(params, *result);
        signature.fails = true;
        let position = self.position(expr.span);
        self.builder.call_indirect(signature, address, &flat, position)
    }
}
