//! Calls of tags and what they have in common with components: attributes, ARIA rules (language reference 8.1, 8.5).

use fuse_diagnostics::{Diagnostic, Span, codes};
use fuse_hir::{Attributes, Child, Element, Expectation, Expr, ExprKind, Ty, Type, tags};
use fuse_syntax::ast;

use super::position::{Mode, Root};
use super::{Body, back, coerce};
use crate::index::Role;
use crate::index::note::Meaning;

/// What the body of a function has to do with HTML.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// The children of the component, and how often they are mentioned and handed on as children of a tag.
    pub children: Option<(fuse_hir::LocalId, u32, u32)>,
    /// The children at hand are those of a tag, which cannot tell how many they are.
    pub in_tag: bool,
    /// See [`fuse_hir::Program::html_in_raw_text`].
    pub in_raw_text: bool,
}

/// The arguments of a tag, by their form.
struct TagArguments<'t> {
    map: Option<&'t ast::Expr>,
    children: Option<&'t ast::Expr>,
    named: Vec<(&'t ast::Arg, ast::Ident)>,
}

impl Body<'_, '_> {
    /// `tag(…)`, perhaps with a block of children.
    pub(super) fn element(
        &mut self,
        tag: &'static str,
        call: &ast::CallExpr,
        block: Option<&ast::HtmlExpr>,
        span: Span,
    ) -> Expr {
        self.at_position(Root::Nowhere, Mode::Plain, |body| body.element_here(tag, call, block, span))
    }

    fn element_here(
        &mut self,
        tag: &'static str,
        call: &ast::CallExpr,
        block: Option<&ast::HtmlExpr>,
        span: Span,
    ) -> Expr {
        let Some(args) = self.tag_arguments(tag, call, block, span) else {
            self.idle_arguments(call);
            if let Some(block) = block {
                self.children(&block.children);
            }
            return self.unknown(span);
        };
        let map = args.map.map(|map| self.attribute_map(tag, map));
        let mut named: Vec<(Box<str>, Expr)> = Vec::with_capacity(args.named.len());
        for (arg, name) in args.named {
            self.note_as(name.span, Meaning::Attribute, Role::Attribute);
            let value = self.tag_attribute(tag, arg);
            if let Some(name) = self.attribute_name(arg, name, named.iter().map(|(name, _)| &**name)) {
                named.push((name, value));
            }
        }
        let children = self.children_of(true, |body| {
            let mut children = Vec::new();
            if let Some(list) = args.children {
                body.children_list(Some(tag), list, &mut children);
            }
            if let Some(block) = block {
                children.extend(body.children(&block.children));
            }
            children
        });
        self.html.in_raw_text |=
            tags::is_raw_text(tag) && children.iter().any(|child| self.may_hold_html(child));
        let element = Element { tag, attributes: Attributes { map, named }, children };
        self.expr(ExprKind::Element(Box::new(element)), Ty::HTML, span)
    }

    /// Sorts the arguments of a tag; `None` if they are not of one of the forms, which has been reported.
    fn tag_arguments<'t>(
        &mut self,
        tag: &str,
        call: &'t ast::CallExpr,
        block: Option<&ast::HtmlExpr>,
        span: Span,
    ) -> Option<TagArguments<'t>> {
        let mut positional = Vec::new();
        let mut named = Vec::new();
        let mut late = false;
        for arg in &call.args {
            self.attribute_separator(arg);
            match arg.name {
                Some(name) => named.push((arg, name)),
                None => {
                    late |= !named.is_empty();
                    positional.push(&arg.value);
                }
            }
        }
        if late || (positional.len() > 1 && !named.is_empty()) {
            let message = format!(
                "named attributes of `{tag}` stand alone, or behind a map of attributes: `{tag}(name=value)`, \
                 `{tag}(map name=value)`"
            );
            self.error_hint(codes::HTML_ATTR_MIXED, span, message, "write the children as a block");
            return None;
        }
        let void = tags::is_void(tag);
        if void
            && let Some(children) =
                positional.get(1).map(|children| children.span).or(block.map(|block| block.children.span))
        {
            let message = format!("`{tag}` is a void tag, which has no children");
            self.error(codes::HTML_VOID_CHILDREN, children, message);
            return None;
        }
        if positional.len() > 2 {
            let message = format!(
                "`{tag}` takes at most 2 arguments, attributes and children, found {}",
                positional.len()
            );
            self.error(codes::HTML_TAG_ARGUMENTS, span, message);
            return None;
        }
        if let (2, Some(block)) = (positional.len(), block) {
            self.block_arguments(block);
            return None;
        }
        Some(TagArguments { map: positional.first().copied(), children: positional.get(1).copied(), named })
    }

    /// Reports a block of children after more arguments than it can follow.
    pub(super) fn block_arguments(&mut self, block: &ast::HtmlExpr) {
        let message = "the children cannot follow more than one argument";
        let hint = "pass the children as the last argument, or fewer arguments";
        self.error_hint(codes::HTML_BLOCK_ARGUMENTS, block.call.span.to(block.colon), message, hint);
    }

    /// Attributes are separated by blanks.
    pub(super) fn attribute_separator(&mut self, arg: &ast::Arg) {
        if arg.name.is_none() {
            return;
        }
        match arg.separator {
            ast::Separator::Comma(comma) => {
                let message = "attributes are separated by blanks, not by commas";
                self.error_hint(codes::HTML_ATTR_COMMA, comma, message, "leave the comma out");
            }
            ast::Separator::Nothing => {
                let message = "attributes are separated by blanks";
                let at = Span::empty(arg.span.start);
                self.error_hint(codes::MISSING_COMMA, at, message, "write a blank before this one");
            }
            ast::Separator::First | ast::Separator::Line | ast::Separator::Blank => {}
        }
    }

    /// Attributes are not written as a map literal; reports one.
    pub(super) fn rejects_map_literal(&mut self, map: &ast::Expr) -> bool {
        let ast::ExprKind::Map(entries) = &map.kind else { return false };
        let message =
            "attributes are not passed as a map literal: write them by name, as in `name=\"value\"`";
        if entries.is_empty() {
            self.error_hint(
                codes::HTML_ATTR_MAP,
                map.span,
                message,
                "leave it out; children stand in a block",
            );
        } else {
            self.error(codes::HTML_ATTR_MAP, map.span, message);
        }
        for entry in entries {
            self.infer(&entry.key, None);
            self.infer(&entry.value, None);
        }
        true
    }

    /// The map of attributes of a tag. A dynamic one is not converted: it must be right.
    fn attribute_map(&mut self, tag: &'static str, map: &ast::Expr) -> Expr {
        let strings = self.types.map(Ty::STRING);
        if self.rejects_map_literal(map) {
            return self.unknown(map.span);
        }
        let value = self.infer(map, Some(strings));
        let value = self.opened(value);
        if super::relation::converts(self.types, value.ty, strings)
            && coerce::assignable(self.types, value.ty, strings)
        {
            let value = self.coerced(value, Ty::DYNAMIC);
            return self.expected_kind(value, strings, Expectation::Attributes(tag));
        }
        if matches!(self.types.get(value.ty), Type::String | Type::Html) {
            let found = self.show(value.ty);
            let message = format!("expected Map<String, String>, found {found}");
            let hint = format!("children stand in a block: `{tag}():`");
            self.error_hint(codes::TYPE_MISMATCH, map.span, message, hint);
            return self.unknown(map.span);
        }
        self.fit(value, strings)
    }

    /// The name of an attribute in the page, if it is new and allowed.
    pub(super) fn attribute_name<'k>(
        &mut self,
        arg: &ast::Arg,
        name: ast::Ident,
        mut known: impl Iterator<Item = &'k str>,
    ) -> Option<Box<str>> {
        let written = self.text(name.name).replace('_', "-");
        if known.any(|known| known == written) {
            let message = format!("the attribute `{written}` is given twice");
            self.error(codes::HTML_ATTR_DUPLICATE, arg.span, message);
            return None;
        }
        self.check_aria(&written, arg);
        Some(written.into())
    }

    fn check_aria(&mut self, name: &str, arg: &ast::Arg) {
        if !name.starts_with(tags::ARIA_PREFIX) {
            return;
        }
        if name == "aria-role" {
            self.error(codes::ARIA_ROLE, arg.span, "there is no attribute `aria-role`: use `role`");
            return;
        }
        if !tags::is_aria(name) {
            let message = format!("there is no attribute `{name}`");
            let names: Vec<String> = tags::aria_names().collect();
            match self.near(name, names.iter().map(String::as_str)) {
                Some(near) => {
                    let hint = format!("did you mean `{}`?", near.replace('-', "_"));
                    self.error_hint(codes::ARIA_UNKNOWN, arg.span, message, hint);
                }
                None => self.error(codes::ARIA_UNKNOWN, arg.span, message),
            }
            return;
        }
        if let (ast::ExprKind::Str(value), Some(allowed)) = (&arg.value.kind, tags::aria_values(name)) {
            let value = self.text(*value);
            if !tags::aria_accepts(name, value) {
                let message = format!("`{name}` cannot be {value:?}: it is {allowed}");
                self.error(codes::ARIA_VALUE, arg.span, message);
            }
        }
    }

    /// The value of a tag's attribute. A dynamic one is not converted: it must be text.
    fn tag_attribute(&mut self, tag: &'static str, arg: &ast::Arg) -> Expr {
        let value = self.infer(&arg.value, Some(Ty::STRING));
        if value.ty == Ty::DYNAMIC {
            return self.expected_kind(value, Ty::STRING, Expectation::Attributes(tag));
        }
        self.attribute_text(arg, value)
    }

    /// The value of an attribute as text; reported if it is none.
    pub(super) fn attribute_text(&mut self, arg: &ast::Arg, value: Expr) -> Expr {
        if coerce::assignable(self.types, value.ty, Ty::STRING) {
            return self.shaped(value, Ty::STRING);
        }
        let message = format!("the value of an attribute must be String, found {}", self.show(value.ty));
        let mut finding = Diagnostic::error(codes::HTML_ATTR_VALUE, self.file, arg.span, message);
        match self.types.get(value.ty) {
            Type::Option(_) => finding = finding.hint("the value may be `null`: use `??` to get at it"),
            Type::Int | Type::Float | Type::Bool => {
                finding = finding.hint("write it into a text: \"${value}\"");
            }
            _ => {}
        }
        self.diags.push(finding);
        self.unknown(back(value.span))
    }

    /// Whether a child of a tag whose text is not escaped may be markup that was made elsewhere.
    fn may_hold_html(&self, child: &Child) -> bool {
        match child {
            Child::Value(value) => {
                let known = matches!(
                    value.kind,
                    ExprKind::CallBuiltin(fuse_hir::Builtin::HtmlRaw | fuse_hir::Builtin::HtmlText, _)
                );
                !known && holds_html(self.types, value.ty)
            }
            Child::If(branches, otherwise) => {
                let mut children = branches.iter().flat_map(|(_, children)| children).chain(otherwise);
                children.any(|child| self.may_hold_html(child))
            }
            Child::For { children, .. } => children.iter().any(|child| self.may_hold_html(child)),
        }
    }
}

/// Whether values of a child's type hold markup.
fn holds_html(types: &fuse_hir::Types, ty: Ty) -> bool {
    match types.get(ty) {
        Type::Html => true,
        Type::List(inner) | Type::Lookup(inner) => holds_html(types, *inner),
        _ => false,
    }
}
