//! Children: appended to markup, or collected in a list; components, which take them.

use crate::function::{Body, Slots};
use crate::html::{Markup, expected_len_of_all};
use crate::program::Job;
use fuse_abi::functions::Rt;
use fuse_abi::layout::{MAP_SIZE, NODE_OFFSET};
use fuse_hir::{
    Builtin, Child, ComponentArg, ComponentCall, Expr, ExprKind, FnId, Span, Ty, Type as HirType, tags,
};
use fuse_ir::{Type, Value, Variable};

/// Where children stand.
#[derive(Clone, Copy)]
pub(crate) struct Place<'e> {
    /// What the failures of dynamic children call it.
    pub(crate) owner: &'e str,
    /// It is a tag in which text is not escaped.
    pub(crate) raw: bool,
}

/// Where children go.
pub(crate) enum Target<'m> {
    /// To the end of markup.
    Markup(&'m mut Markup),
    /// To the end of the `List<Html>` in a variable.
    List(Variable),
}

impl Body<'_, '_> {
    /// Children, in order.
    pub(crate) fn children(&mut self, target: &mut Target, children: &[Child], place: Place) {
        for child in children {
            match child {
                Child::Value(value) => self.child(target, value, place),
                Child::If(branches, otherwise) => self.child_if(target, branches, otherwise, place),
                Child::For { pattern, iter, children } => {
                    self.settle(target, iter.span);
                    self.for_loop(pattern, iter, &mut |body| {
                        body.children(target, children, place);
                        body.settle(target, iter.span);
                    });
                }
            }
        }
    }

    fn child_if(
        &mut self,
        target: &mut Target,
        branches: &[(Expr, Vec<Child>)],
        otherwise: &[Child],
        place: Place,
    ) {
        let span = branches.first().map_or(Span::default(), |(condition, _)| condition.span);
        self.settle(target, span);
        let join = self.builder.create_block();
        for (condition, children) in branches {
            let [then, next] = [(); 2].map(|()| self.builder.create_block());
            self.condition(condition, then, next);
            self.enter(then);
            self.children(target, children, place);
            self.settle(target, span);
            self.builder.jump(join, &[]);
            self.enter(next);
        }
        self.children(target, otherwise, place);
        self.settle(target, span);
        self.builder.jump(join, &[]);
        self.enter(join);
    }

    /// Before and after control divides, all that was appended is in the variable.
    fn settle(&mut self, target: &mut Target, span: Span) {
        if let Target::Markup(markup) = target {
            self.buffer(markup, span);
        }
    }

    fn child(&mut self, target: &mut Target, value: &Expr, place: Place) {
        if let Target::Markup(markup) = target {
            match (self.ty(value.ty), &value.kind) {
                (HirType::Html, _) if !place.raw => return self.append_html(markup, value),
                (HirType::String | HirType::Id | HirType::Email, _) if !place.raw => {
                    return self.text_node(markup, value);
                }
                (_, ExprKind::CallBuiltin(Builtin::HtmlRaw, _)) => return self.append_html(markup, value),
                (_, ExprKind::CallBuiltin(Builtin::HtmlText, args)) => {
                    return self.child(target, &args[0], place);
                }
                (_, ExprKind::String(text)) if !may_end(text, place.owner) => {
                    return markup.literal.push_str(text);
                }
                _ => {}
            }
        }
        let slots = self.expr(value);
        self.child_value(target, value.ty, &slots, value.span, place);
    }

    /// A child by its type.
    fn child_value(&mut self, target: &mut Target, ty: Ty, slots: &[Value], span: Span, place: Place) {
        match *self.ty(ty) {
            HirType::Never => {}
            HirType::List(element) => {
                self.settle(target, span);
                self.each_element(slots[0], element, &mut |body, slots| {
                    body.child_value(target, element, &slots, span, place);
                    body.settle(target, span);
                });
            }
            HirType::Dynamic => {
                let index = self.lowering.tables.list_of(Ty::STRING);
                let owner = self.static_string(place.owner);
                let texts = self.runtime1(Rt::html_texts, &[index], &[slots[0], owner], span);
                self.settle(target, span);
                self.each_element(texts, Ty::STRING, &mut |body, slots| {
                    body.child_value(target, Ty::STRING, &slots, span, place);
                    body.settle(target, span);
                });
            }
            HirType::Html => self.markup_child(target, slots[0], span, place),
            _ => self.text_child(target, slots[0], span, place),
        }
    }

    fn markup_child(&mut self, target: &mut Target, html: Value, span: Span, place: Place) {
        match target {
            Target::List(list) => self.push_child(*list, html, span),
            Target::Markup(markup) if place.raw => {
                let tag = self.static_string(place.owner);
                self.push(markup, Rt::html_push_raw_html, &[html, tag], span);
            }
            Target::Markup(markup) => self.push(markup, Rt::html_push, &[html], span),
        }
    }

    fn text_child(&mut self, target: &mut Target, text: Value, span: Span, place: Place) {
        match target {
            Target::Markup(markup) if place.raw => {
                let tag = self.static_string(place.owner);
                self.push(markup, Rt::html_push_raw_text, &[text, tag], span);
            }
            Target::Markup(markup) => {
                let marked = self.marked();
                self.push(markup, Rt::html_push_text, &[text, marked], span);
            }
            Target::List(list) => {
                let capacity = self.builder.len(text);
                let marked = self.marked();
                let buffer = self.runtime1(Rt::str_new, &[], &[capacity], span);
                let node = self.runtime1(Rt::html_push_text, &[], &[buffer, text, marked], span);
                self.push_child(*list, node, span);
            }
        }
    }

    fn push_child(&mut self, list: Variable, html: Value, span: Span) {
        let object = self.builder.use_var(list);
        let longer = self.push_element(object, Ty::HTML, &[html], span);
        self.builder.def_var(list, longer);
    }

    /// Children as a `List<Html>`.
    pub(crate) fn children_list(&mut self, children: &[Child], owner: &str, span: Span) -> Value {
        let index = self.lowering.tables.list_of(Ty::HTML);
        if children.is_empty() {
            let id = self.lowering.object(index, vec![0; 16]);
            return self.builder.static_object(id);
        }
        let capacity = self.builder.iconst(children.len() as i64);
        let object = self.runtime1(Rt::list_empty, &[index], &[capacity], span);
        let list = self.builder.declare_var(Type::Ref);
        self.builder.def_var(list, object);
        self.children(&mut Target::List(list), children, Place { owner, raw: false });
        self.builder.use_var(list)
    }

    /// Children as a list of one piece of markup, for who only hands them on.
    fn children_in_one(&mut self, children: &[Child], owner: &str, span: Span) -> Value {
        let mut markup = Markup::new(expected_len_of_all(children));
        self.children(&mut Target::Markup(&mut markup), children, Place { owner, raw: false });
        let html = self.finish(markup, span);
        let index = self.lowering.tables.list_of(Ty::HTML);
        let one = self.builder.iconst(1);
        let list = self.runtime1(Rt::list_empty, &[index], &[one], span);
        self.push_element(list, Ty::HTML, &[html], span)
    }

    /// The slots of all parameters of a component.
    fn component_arguments(&mut self, call: &ComponentCall, span: Span) -> Slots {
        let callee = &self.program().functions[call.function.0 as usize];
        let attributes = callee.params.len() - 2;
        let mut args: Vec<Option<Slots>> = vec![None; callee.params.len()];
        let mut named: Vec<(&str, Value)> = Vec::new();
        for (arg, value) in &call.args {
            let slots = self.expr(value);
            match arg {
                ComponentArg::Parameter(number) => args[*number as usize] = Some(slots),
                ComponentArg::Attribute(name) => named.push((name, slots[0])),
            }
        }
        if args[attributes].is_none() || !named.is_empty() {
            let given = args[attributes].take().map(|slots| slots[0]);
            args[attributes] =
                Some(vec![self.attribute_map(callee.params[attributes].ty, given, &named, span)]);
        }
        if args[attributes + 1].is_none() {
            let children = if callee.hands_on_children && !call.children.is_empty() {
                self.children_in_one(&call.children, &callee.name, span)
            } else {
                self.children_list(&call.children, &callee.name, span)
            };
            args[attributes + 1] = Some(vec![children]);
        }
        self.with_defaults(call.function, args, span)
    }

    /// The attributes of a component: those of a map, and those that are named, which win.
    fn attribute_map(&mut self, ty: Ty, given: Option<Value>, named: &[(&str, Value)], span: Span) -> Value {
        let index = self.type_index(ty);
        let mut map = match given {
            Some(map) => map,
            None if named.is_empty() => {
                let id = self.lowering.object(index, vec![0; MAP_SIZE - NODE_OFFSET as usize]);
                return self.builder.static_object(id);
            }
            None => {
                let count = self.builder.iconst(named.len() as i64);
                self.runtime1(Rt::map_new, &[index], &[count], span)
            }
        };
        for (name, value) in named {
            let name = self.static_string(name);
            map = self.map_insert(map, Ty::STRING, name, &[*value], span);
        }
        map
    }

    pub(crate) fn component(&mut self, call: &ComponentCall, span: Span) -> Slots {
        let args = self.component_arguments(call, span);
        self.call_with(call.function, &args, span)
    }

    /// Appends what a component yields.
    pub(crate) fn component_into(&mut self, markup: &mut Markup, call: &ComponentCall, span: Span) {
        let args = self.component_arguments(call, span);
        self.call_into(markup, call.function, &args, span);
    }

    /// Calls a function that yields Html so that it appends that to the buffer.
    pub(crate) fn call_into(&mut self, markup: &mut Markup, id: FnId, args: &[Value], span: Span) {
        let buffer = self.buffer(markup, span);
        let function = self.lowering.add(Job::Into(id));
        let args: Vec<Value> = std::iter::once(buffer).chain(args.iter().copied()).collect();
        let position = self.position(span);
        let results = self.builder.call(function, &args, &[Type::Ref], position);
        self.set_buffer(markup, results[0]);
    }

    /// `html.node`
    pub(crate) fn html_node(&mut self, args: &[Expr], span: Span) -> Slots {
        let mut slots: Slots = args.iter().flat_map(|arg| self.expr(arg)).collect();
        slots.push(self.static_string(&tags::VOID.join(" ")));
        slots.push(self.static_string(&tags::RAW_TEXT.join(" ")));
        self.runtime(Rt::html_node, &[], &slots, span)
    }

    /// A value of the type `Html` as a String.
    pub(crate) fn rendering(&mut self, html: Value, span: Span) -> Value {
        match self.program().html_in_raw_text {
            true => self.runtime1(Rt::html_rendering, &[], &[html], span),
            false => html,
        }
    }
}

/// Whether a text may end a tag in which text is not escaped, alone or together with texts around it.
fn may_end(text: &str, tag: &str) -> bool {
    let end = format!("</{tag}");
    let goes_on = |from: usize| {
        let len = text.len().min(end.len() - from);
        text.as_bytes()[..len].eq_ignore_ascii_case(&end.as_bytes()[from..from + len])
    };
    text.contains("</") || (1..end.len()).any(goes_on)
}
