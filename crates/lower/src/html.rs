//! Markup: tags become pieces of text in one growing buffer.
//!
//! No tree is built. What is literal is put together here, at compile time; what stands inside of a tag, components included, is
//! appended to the buffer of that tag. So a value of the type `Html` is its rendering, except that text is marked in it in programs that may have to
//! take it back (`fuse_runtime::marks`).

use crate::children::{Place, Target};
use crate::function::{Body, Slots};
use fuse_abi::functions::Rt;
use fuse_hir::{Attributes, Builtin, Child, Element, Expr, ExprKind, Span, Ty, Type as HirType, tags};
use fuse_ir::{IntCc, Type, Value, Variable};

/// Markup under construction.
pub(crate) struct Markup {
    /// Holds the buffer, once there is one.
    buffer: Option<Variable>,
    /// Room that the buffer is made with.
    capacity: usize,
    /// What is to be appended next.
    pub(crate) literal: String,
}

/// Attributes of a map that are written and may be none that there can be.
struct Untested {
    /// Whether there are any.
    any: Value,
    /// Holds the map.
    map: Variable,
}

/// A text that was evaluated, to be appended.
enum Piece<'e> {
    Literal(&'e str),
    /// A value whose text form is part of it.
    Value(Ty, Slots, Span),
}

impl Markup {
    pub(crate) fn new(capacity: usize) -> Markup {
        Markup { buffer: None, capacity, literal: String::new() }
    }

    /// Markup that goes on in a buffer.
    pub(crate) fn in_buffer(buffer: Variable) -> Markup {
        Markup { buffer: Some(buffer), capacity: 0, literal: String::new() }
    }
}

impl Body<'_, '_> {
    /// A value of the type `Html` that is markup in the source.
    pub(crate) fn html(&mut self, expr: &Expr) -> Slots {
        let mut markup = Markup::new(expected_len(expr));
        self.append_html(&mut markup, expr);
        vec![self.finish(markup, expr.span)]
    }

    /// Ends a function that appends its result.
    pub(crate) fn return_markup(&mut self, value: &Expr) {
        let Some(variable) = self.into else { return };
        let mut markup = Markup::in_buffer(variable);
        self.append_html(&mut markup, value);
        let buffer = self.buffer(&mut markup, value.span);
        self.builder.ret(&[buffer]);
    }

    /// The text that markup has become.
    pub(crate) fn finish(&mut self, mut markup: Markup, span: Span) -> Value {
        if markup.buffer.is_none() {
            return self.static_string(&markup.literal);
        }
        self.buffer(&mut markup, span)
    }

    /// The buffer with all that was appended.
    pub(crate) fn buffer(&mut self, markup: &mut Markup, span: Span) -> Value {
        let variable = match markup.buffer {
            Some(variable) => variable,
            None => {
                let capacity = self.builder.iconst((markup.capacity + markup.literal.len()) as i64);
                let buffer = self.runtime1(Rt::str_new, &[], &[capacity], span);
                let variable = self.builder.declare_var(Type::Ref);
                self.builder.def_var(variable, buffer);
                *markup.buffer.insert(variable)
            }
        };
        let buffer = self.builder.use_var(variable);
        if markup.literal.is_empty() {
            return buffer;
        }
        let piece = self.static_string(&std::mem::take(&mut markup.literal));
        let buffer = self.runtime1(Rt::html_push, &[], &[buffer, piece], span);
        self.builder.def_var(variable, buffer);
        buffer
    }

    /// Appends by a runtime function whose first argument is the buffer.
    pub(crate) fn push(&mut self, markup: &mut Markup, function: Rt, args: &[Value], span: Span) {
        let buffer = self.buffer(markup, span);
        let args: Vec<Value> = std::iter::once(buffer).chain(args.iter().copied()).collect();
        let buffer = self.runtime1(function, &[], &args, span);
        self.set_buffer(markup, buffer);
    }

    /// The buffer has become another one.
    pub(crate) fn set_buffer(&mut self, markup: &Markup, buffer: Value) {
        if let Some(variable) = markup.buffer {
            self.builder.def_var(variable, buffer);
        }
    }

    /// Appends an expression of type `Html`.
    pub(crate) fn append_html(&mut self, markup: &mut Markup, expr: &Expr) {
        match &expr.kind {
            ExprKind::Element(element) => self.element(markup, element, expr.span),
            ExprKind::Component(call) => self.component_into(markup, call, expr.span),
            ExprKind::Call(id, args) if self.program().functions[id.0 as usize].result == Ty::HTML => {
                let args = self.arguments(*id, args, expr.span);
                self.call_into(markup, *id, &args, expr.span);
            }
            ExprKind::CallBuiltin(Builtin::HtmlRaw, args) => match &args[0].kind {
                ExprKind::String(text) => markup.literal.push_str(text),
                _ => {
                    let text = self.expr(&args[0]);
                    self.push(markup, Rt::html_push, &text, expr.span);
                }
            },
            ExprKind::CallBuiltin(Builtin::HtmlText, args) => self.text_node(markup, &args[0]),
            _ => {
                let value = self.expr(expr);
                if *self.ty(expr.ty) != HirType::Never {
                    self.push(markup, Rt::html_push, &value, expr.span);
                }
            }
        }
    }

    fn element(&mut self, markup: &mut Markup, element: &Element, span: Span) {
        let untested = self.attributes(markup, element.tag, &element.attributes, span);
        markup.literal.push('>');
        if !tags::is_void(element.tag) {
            let place = Place { owner: element.tag, raw: tags::is_raw_text(element.tag) };
            self.children(&mut Target::Markup(markup), &element.children, place);
            markup.literal.extend(["</", element.tag, ">"]);
        }
        if let Some(untested) = untested {
            self.test_attributes(untested, span);
        }
    }

    /// `<tag` with attributes: evaluated in source order, written in the order of their names. Those of a map are tested when the children are there,
    /// as the arguments of the call that makes the element.
    fn attributes(
        &mut self,
        markup: &mut Markup,
        tag: &str,
        attributes: &Attributes,
        span: Span,
    ) -> Option<Untested> {
        let map = attributes.map.as_ref().map(|map| self.expr(map)[0]);
        let mut named: Vec<(&str, Vec<Piece>)> =
            attributes.named.iter().map(|(name, value)| (&**name, self.pieces(value))).collect();
        named.sort_by_key(|&(name, _)| name);
        markup.literal.extend(["<", tag]);
        let Some(map) = map else {
            self.named_attributes(markup, &named);
            return None;
        };
        // Usually the map of a component is empty; then all names are known here.
        let len = self.runtime1(Rt::map_len, &[], &[map], span);
        let [some, none, join] = [(); 3].map(|()| self.builder.create_block());
        self.buffer(markup, span);
        let zero = self.builder.iconst(0);
        let any = self.builder.icmp(IntCc::Ne, len, zero);
        let merged = self.builder.declare_var(Type::Ref);
        self.builder.def_var(merged, map);
        self.builder.branch(any, some, none);
        self.enter(some);
        let map = self.merged_attributes(markup, map, &named, span);
        self.builder.def_var(merged, map);
        self.builder.jump(join, &[]);
        self.enter(none);
        self.named_attributes(markup, &named);
        self.buffer(markup, span);
        self.builder.jump(join, &[]);
        self.enter(join);
        Some(Untested { any, map: merged })
    }

    /// Fails if something in a map cannot be an attribute.
    fn test_attributes(&mut self, untested: Untested, span: Span) {
        let [test, fine] = [(); 2].map(|()| self.builder.create_block());
        self.builder.branch(untested.any, test, fine);
        self.enter(test);
        let map = self.builder.use_var(untested.map);
        self.runtime(Rt::html_check_attributes, &[], &[map], span);
        self.builder.jump(fine, &[]);
        self.enter(fine);
    }

    fn named_attributes(&mut self, markup: &mut Markup, named: &[(&str, Vec<Piece>)]) {
        for (name, pieces) in named {
            markup.literal.extend([" ", name, "=\""]);
            for piece in pieces {
                self.append_piece(markup, piece, Rt::html_push_value, &[]);
            }
            markup.literal.push('"');
        }
    }

    /// The attributes of a map and those that are named, which win.
    fn merged_attributes(
        &mut self,
        markup: &mut Markup,
        mut map: Value,
        named: &[(&str, Vec<Piece>)],
        span: Span,
    ) -> Value {
        for (name, pieces) in named {
            let name = self.static_string(name);
            let value = self.joined(pieces, span);
            map = self.map_insert(map, Ty::STRING, name, &[value], span);
        }
        self.push(markup, Rt::html_push_attributes, &[map], span);
        map
    }

    /// A text, evaluated. An interpolated one stays in its parts, so that they can be appended one by one.
    fn pieces<'e>(&mut self, text: &'e Expr) -> Vec<Piece<'e>> {
        let parts = match &text.kind {
            ExprKind::Text(parts) => &parts[..],
            _ => std::slice::from_ref(text),
        };
        let piece = |part: &'e Expr| match &part.kind {
            ExprKind::String(text) => Piece::Literal(text),
            _ => {
                let slots = self.expr(part);
                Piece::Value(part.ty, slots, part.span)
            }
        };
        parts.iter().map(piece).collect()
    }

    /// Appends a part of a text, escaped by a runtime function where it has to be.
    fn append_piece(&mut self, markup: &mut Markup, piece: &Piece, function: Rt, args: &[Value]) {
        let (ty, slots, span) = match piece {
            Piece::Literal(text) => {
                push_escaped(&mut markup.literal, text, function == Rt::html_push_value);
                return;
            }
            Piece::Value(ty, slots, span) => (*ty, slots, *span),
        };
        match self.ty(ty) {
            HirType::Never => {}
            HirType::Int => self.push(markup, Rt::str_push_int, slots, span),
            HirType::Float => self.push(markup, Rt::str_push_float, slots, span),
            HirType::Bool => self.push(markup, Rt::str_push_bool, slots, span),
            _ => {
                let text = self.text_of(ty, slots, span);
                let args: Vec<Value> = std::iter::once(text).chain(args.iter().copied()).collect();
                self.push(markup, function, &args, span);
            }
        }
    }

    /// The pieces of a text as one string.
    fn joined(&mut self, pieces: &[Piece], span: Span) -> Value {
        match pieces {
            [Piece::Literal(text)] => self.static_string(text),
            [Piece::Value(ty, slots, span)] => self.text_of(*ty, slots, *span),
            pieces => {
                let capacity = self.builder.iconst(16 * pieces.len() as i64);
                let mut text = self.runtime1(Rt::str_new, &[], &[capacity], span);
                for piece in pieces {
                    text = match piece {
                        Piece::Literal(piece) => {
                            let piece = self.static_string(piece);
                            self.runtime1(Rt::str_concat, &[], &[text, piece], span)
                        }
                        Piece::Value(ty, slots, span) => self.push_text(text, *ty, slots, *span),
                    };
                }
                text
            }
        }
    }

    /// Whether text is marked in values of the type `Html`.
    pub(crate) fn marked(&mut self) -> Value {
        self.builder.byte(u8::from(self.program().html_in_raw_text))
    }

    /// Appends a text as a text node.
    pub(crate) fn text_node(&mut self, markup: &mut Markup, text: &Expr) {
        let pieces = self.pieces(text);
        let marked = self.marked();
        if !self.program().html_in_raw_text {
            for piece in &pieces {
                self.append_piece(markup, piece, Rt::html_push_text, &[marked]);
            }
            return;
        }
        // Marked, it has to be in one piece; unless nothing in it is escaped.
        match &pieces[..] {
            [Piece::Literal(text)] if !text.contains(['&', '<', '>']) => markup.literal.push_str(text),
            pieces => {
                let joined = self.joined(pieces, text.span);
                self.push(markup, Rt::html_push_text, &[joined, marked], text.span);
            }
        }
    }
}

/// Appends a text as it is written in markup.
fn push_escaped(out: &mut String, text: &str, in_attribute: bool) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' if in_attribute => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
}

/// A guess at the length of markup, so that most is made with one allocation.
fn expected_len(expr: &Expr) -> usize {
    match &expr.kind {
        ExprKind::String(text) => text.len(),
        ExprKind::Text(parts) => parts.iter().map(expected_len).sum(),
        ExprKind::CallBuiltin(_, args) => args.iter().map(expected_len).sum(),
        ExprKind::Element(element) => {
            let named = element.attributes.named.iter();
            let attributes: usize = named.map(|(name, value)| name.len() + 4 + expected_len(value)).sum();
            2 * element.tag.len() + 5 + attributes + expected_len_of_all(&element.children)
        }
        ExprKind::Component(call) => 64 + expected_len_of_all(&call.children),
        _ => 16,
    }
}

pub(crate) fn expected_len_of_all(children: &[Child]) -> usize {
    let len = |child: &Child| match child {
        Child::Value(value) => expected_len(value),
        Child::If(branches, otherwise) => {
            let branches = branches.iter().map(|(_, children)| expected_len_of_all(children));
            branches.max().unwrap_or(0).max(expected_len_of_all(otherwise))
        }
        Child::For { children, .. } => 4 * expected_len_of_all(children),
    };
    children.iter().map(len).sum()
}
