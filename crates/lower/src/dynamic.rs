//! Dynamic values: made of static ones, operated on by the runtime, and converted where they meet a static type.
//!
//! A dynamic value is an object and bits (`fuse_abi::desc`). What is done with it is the runtime's business; only the kinds of scalars and texts are
//! looked at here, so that reading a number out of JSON costs a comparison.

use crate::function::{Body, Slots};
use crate::shape::ShapeKind;
use fuse_abi::desc::{TYPE_BOOL, TYPE_BYTES, TYPE_FLOAT, TYPE_INT, TYPE_LIST_DYNAMIC, TYPE_STRING};
use fuse_abi::failure::Failure;
use fuse_abi::functions::Rt;
use fuse_abi::layout::{DATA_OFFSET, KIND_OFFSET};
use fuse_hir::{Arithmetic, Builtin, Expectation, Expr, ExprKind, Relation, Span, Ty, Type as HirType};
use fuse_ir::{Block, IntCc, Type, UnaryOp, Value};

impl Body<'_, '_> {
    /// A static value as a dynamic one: its JSON form.
    pub(crate) fn make_dynamic(&mut self, from: Ty, slots: Slots, span: Span) -> Slots {
        match self.ty(from) {
            HirType::Dynamic => slots,
            HirType::Never => self.placeholder(Ty::DYNAMIC),
            HirType::Null | HirType::Unit => self.null(Ty::DYNAMIC),
            HirType::Int => self.dynamic_scalar(TYPE_INT, slots[0]),
            HirType::Float => {
                let bits = self.builder.unary(UnaryOp::FloatToBits, slots[0]);
                self.dynamic_scalar(TYPE_FLOAT, bits)
            }
            HirType::Bool => {
                let bits = self.builder.unary(UnaryOp::Extend, slots[0]);
                self.dynamic_scalar(TYPE_BOOL, bits)
            }
            HirType::String | HirType::Id | HirType::Email | HirType::Bytes => self.dynamic_object(slots[0]),
            HirType::List(Ty::DYNAMIC) | HirType::Map(Ty::DYNAMIC) => self.dynamic_object(slots[0]),
            HirType::Html => {
                let text = self.rendering(slots[0], span);
                self.dynamic_object(text)
            }
            _ => {
                let index = self.type_index(from);
                let address = self.spill(from, &slots);
                let function = if self.makes_parameters { Rt::db_value } else { Rt::dynamic_of };
                self.runtime(function, &[index], &[address], span)
            }
        }
    }

    /// A scalar with the header that says what it is.
    fn dynamic_scalar(&mut self, kind: u32, bits: Value) -> Slots {
        let sign = self.lowering.object(kind, Vec::new());
        vec![self.builder.static_object(sign), bits]
    }

    fn dynamic_object(&mut self, object: Value) -> Slots {
        vec![object, self.builder.iconst(0)]
    }

    /// Goes to `other` unless a dynamic value is of this kind.
    pub(crate) fn require_kind(&mut self, slots: &[Value], kind: u32, other: Block) {
        let null = self.builder.is_null(slots[0]);
        self.branch_to(null, other);
        let object = self.builder.unwrap(slots[0]);
        // Kinds of dynamic values are predefined types: small numbers.
        let found = self.builder.load(Type::I8, object, KIND_OFFSET as u32);
        let wanted = self.builder.byte(kind as u8);
        let differs = self.builder.icmp(IntCc::Ne, found, wanted);
        self.branch_to(differs, other);
    }

    /// The content of a dynamic value that is known to be of a scalar or text type.
    pub(crate) fn scalar_of(&mut self, ty: Ty, slots: &[Value]) -> Slots {
        match self.ty(ty) {
            HirType::Int => vec![slots[1]],
            HirType::Float => vec![self.builder.unary(UnaryOp::FloatFromBits, slots[1])],
            HirType::Bool => {
                let zero = self.builder.iconst(0);
                vec![self.builder.icmp(IntCc::Ne, slots[1], zero)]
            }
            _ => vec![self.builder.unwrap(slots[0])],
        }
    }

    /// The kind of dynamic values that are a type without conversion.
    pub(crate) fn plain_kind(&self, ty: Ty) -> Option<u32> {
        Some(match self.ty(ty) {
            HirType::Int => TYPE_INT,
            HirType::Float => TYPE_FLOAT,
            HirType::Bool => TYPE_BOOL,
            HirType::String | HirType::Id | HirType::Email => TYPE_STRING,
            HirType::Bytes => TYPE_BYTES,
            _ => return None,
        })
    }

    /// A dynamic value where an operator, index or builtin needs a type: no conversion, another kind is a failure.
    pub(crate) fn expect(&mut self, value: &Expr, expectation: Expectation, expr: &Expr) -> Slots {
        let slots = self.expr(value);
        let kind = match self.ty(expr.ty) {
            HirType::Map(Ty::STRING) => return self.expect_attributes(&slots, expectation, expr),
            HirType::List(Ty::DYNAMIC) => Some(TYPE_LIST_DYNAMIC),
            _ => self.plain_kind(expr.ty),
        };
        let Some(kind) = kind else { return self.placeholder(expr.ty) };
        let other = self.builder.create_block();
        self.require_kind(&slots, kind, other);
        let content = self.scalar_of(expr.ty, &slots);
        let next = self.builder.create_block();
        self.builder.jump(next, &[]);
        self.enter(other);
        let position = self.position(value.span);
        match expectation {
            Expectation::Condition => self.builder.fail(Failure::ConditionKind, position),
            Expectation::ListIndex => self.builder.fail(Failure::ListIndexKind, position),
            Expectation::MapKey => self.builder.fail(Failure::MapKeyKind, position),
            Expectation::Argument(_) | Expectation::Attributes(_) | Expectation::Children(_) => {
                let message = self.static_string(&wrong_argument(expectation));
                self.runtime(Rt::invalid_arguments, &[], &[message], value.span);
                self.builder.unreachable();
            }
        }
        self.enter(next);
        content
    }

    /// A dynamic value where a builtin needs a map of Strings.
    fn expect_attributes(&mut self, slots: &[Value], expectation: Expectation, expr: &Expr) -> Slots {
        let message = self.static_string(&wrong_argument(expectation));
        let index = self.type_index(expr.ty);
        self.runtime(Rt::html_attributes, &[index], &[slots[0], message], expr.span)
    }

    /// `Convert`: what stands in the source decides how; text that is decoded at once is never made a dynamic value.
    pub(crate) fn convert_expr(&mut self, value: &Expr, path: &str, expr: &Expr) -> Slots {
        if let ExprKind::CallBuiltin(Builtin::JsonDecode, args) = &value.kind {
            let text = self.expr(&args[0])[0];
            let path = self.static_string(path);
            let (object, list) = (Rt::json_decode_object, Rt::json_decode_value);
            return self.made_by_runtime(expr.ty, object, list, &[text, path], value.span);
        }
        let slots = self.expr(value);
        self.accept_dynamic(value.ty, expr.ty, slots, value.span, |body| body.static_string(path))
    }

    /// Whether dynamic values in a value of one type meet static types in another.
    pub(crate) fn needs_conversion(&self, from: Ty, to: Ty) -> bool {
        match (self.ty(from), self.ty(to)) {
            (_, HirType::Dynamic) => false,
            (HirType::Dynamic, _) => true,
            (HirType::Lookup(from), _) => self.needs_conversion(*from, to),
            (HirType::Option(from), HirType::Option(to) | HirType::Lookup(to)) => {
                self.needs_conversion(*from, *to)
            }
            (_, HirType::Option(to) | HirType::Lookup(to)) => self.needs_conversion(from, *to),
            (HirType::List(from), HirType::List(to)) | (HirType::Map(from), HirType::Map(to)) => {
                self.needs_conversion(*from, *to)
            }
            _ => false,
        }
    }

    /// A value that holds dynamic ones as a value of a type that does not. The path is only asked for where it is needed.
    pub(crate) fn accept_dynamic(
        &mut self,
        from: Ty,
        to: Ty,
        slots: Slots,
        span: Span,
        path: impl Fn(&mut Self) -> Value,
    ) -> Slots {
        let slots = self.make_dynamic(from, slots, span);
        let functions = (Rt::convert_object, Rt::convert_value);
        let Some(kind) = self.plain_kind(to) else {
            let path = path(self);
            return self.made_by_runtime(to, functions.0, functions.1, &[slots[0], slots[1], path], span);
        };
        // The usual kind is taken as it is; everything else (an Int for a Float, base64, what does not fit) is the runtime's.
        let other = self.builder.create_block();
        let join = self.block_for(to);
        self.require_kind(&slots, kind, other);
        let content = self.scalar_of(to, &slots);
        self.validate(to, &content, span, &path, true);
        self.builder.jump(join, &content);
        self.enter(other);
        let path = path(self);
        let converted = self.made_by_runtime(to, functions.0, functions.1, &[slots[0], slots[1], path], span);
        self.builder.jump(join, &converted);
        self.enter(join)
    }

    /// A value that the runtime makes: an object of its own, or the one element of a list.
    fn made_by_runtime(&mut self, ty: Ty, object: Rt, list: Rt, args: &[Value], span: Span) -> Slots {
        let shape = self.shape(ty);
        let index = self.checked_type(ty);
        match shape.slots[..] {
            [Type::Opt] => self.runtime(object, &[index], args, span),
            [Type::Ref] => {
                let made = self.runtime1(object, &[index], args, span);
                vec![self.builder.unwrap(made)]
            }
            _ => {
                let index = self.lowering.tables.list_of(ty);
                let list = self.runtime1(list, &[index], args, span);
                self.load(ty, list, DATA_OFFSET as u32)
            }
        }
    }

    pub(crate) fn dynamic_arithmetic(
        &mut self,
        op: Arithmetic,
        left: &Expr,
        right: &Expr,
        span: Span,
    ) -> Slots {
        let number = match op {
            Arithmetic::Add => 0,
            Arithmetic::Sub => 1,
            Arithmetic::Mul => 2,
            Arithmetic::Div => 3,
            Arithmetic::Rem => 4,
        };
        self.dynamic_operation(Rt::dynamic_arithmetic, Some(number), left, right, span)
    }

    pub(crate) fn dynamic_compare(
        &mut self,
        relation: Relation,
        left: &Expr,
        right: &Expr,
        span: Span,
    ) -> Slots {
        let number = match relation {
            Relation::Lt => 0,
            Relation::Le => 1,
            Relation::Gt => 2,
            Relation::Ge => 3,
        };
        self.dynamic_operation(Rt::dynamic_compare, Some(number), left, right, span)
    }

    pub(crate) fn dynamic_equal(&mut self, negated: bool, left: &Expr, right: &Expr, span: Span) -> Slots {
        let equal = self.dynamic_operation(Rt::dynamic_equal, None, left, right, span);
        vec![self.negate_if(negated, equal[0])]
    }

    pub(crate) fn dynamic_range(&mut self, start: &Expr, end: &Expr, span: Span) -> Slots {
        let list = self.dynamic_operation(Rt::dynamic_range, None, start, end, span)[0];
        self.dynamic_object(list)
    }

    /// An operation on two dynamic operands.
    fn dynamic_operation(
        &mut self,
        function: Rt,
        number: Option<i64>,
        left: &Expr,
        right: &Expr,
        span: Span,
    ) -> Slots {
        let left = self.expr(left);
        let right = self.expr(right);
        let mut args = Vec::with_capacity(5);
        args.extend(number.map(|number| self.builder.iconst(number)));
        args.extend(left);
        args.extend(right);
        self.runtime(function, &[], &args, span)
    }

    pub(crate) fn dynamic_negate(&mut self, operand: &Expr, span: Span) -> Slots {
        let slots = self.expr(operand);
        self.runtime(Rt::dynamic_negate, &[], &slots, span)
    }

    /// `base[index]`, `base?[index]`
    pub(crate) fn dynamic_index(&mut self, function: Rt, base: &Expr, index: &Expr, span: Span) -> Slots {
        let base = self.expr(base);
        let index = self.expr(index);
        self.runtime(function, &[], &[base[0], index[0], index[1]], span)
    }

    /// Stores into a dynamic value: the changed value. The keys are those of all steps, from the outermost on, each with whether it is `?[`.
    pub(crate) fn dynamic_store(
        &mut self,
        root: Slots,
        keys: &[(bool, Slots)],
        value: &[Value],
        span: Span,
    ) -> Slots {
        let list = self.lowering.tables.list_of(Ty::DYNAMIC);
        let count = self.builder.iconst(2 * keys.len() as i64);
        let path = self.runtime1(Rt::list_new, &[list], &[count], span);
        let stride = self.shape(Ty::DYNAMIC).size;
        for (at, (optional, key)) in keys.iter().enumerate() {
            let flag = vec![self.builder.byte(u8::from(*optional))];
            let flag = self.convert(Ty::BOOL, Ty::DYNAMIC, flag, span);
            let place = DATA_OFFSET as u32 + 2 * stride * at as u32;
            self.put(Ty::DYNAMIC, path, place, &flag);
            self.put(Ty::DYNAMIC, path, place + stride, key);
        }
        let args = [root[0], path, value[0], value[1]];
        let object = self.runtime1(Rt::dynamic_assign, &[], &args, span);
        vec![object, root[1]]
    }

    /// Whether a type is the dynamic one.
    pub(crate) fn is_dynamic(&mut self, ty: Ty) -> bool {
        matches!(self.shape(ty).kind, ShapeKind::Dynamic)
    }
}

/// The failure of a dynamic argument of the wrong kind.
fn wrong_argument(expectation: Expectation) -> String {
    match expectation {
        Expectation::Argument(message) => message.to_owned(),
        Expectation::Attributes(tag) => format!("{tag} attrs must be Map<String, String>"),
        Expectation::Children(tag) => format!("{tag} expects children as List<Html>"),
        // These have failures of their own.
        Expectation::Condition | Expectation::ListIndex | Expectation::MapKey => String::new(),
    }
}
