//! Queries: their methods, and reading rows as values of a struct type (language reference 6.5).

use fuse_diagnostics::{Span, codes};
use fuse_hir::{Expr, ExprKind, StructId, Ty, Type};
use fuse_syntax::{Symbol, ast, sym};

use super::Body;
use super::name::Denoted;
use crate::builtins::{self, BuiltinFn};
use crate::env::Name;
use crate::index::note::Meaning;

/// The columns that a query selects, as far as its chain of calls shows.
enum Selection {
    Columns(Vec<Symbol>),
    /// The sentence about what is wrong.
    Bad(&'static str),
}

const NO_SELECT: &str = "its columns are not known: there is no `select` in the chain of calls before it";
const NO_COLUMNS: &str = "its `select` names no column";
const NO_LITERAL: &str = "its columns are not known: the argument of `select` is not a list of plain strings";
const OTHER_CALL: &str =
    "after `select` only `where`, `order_by` and `limit` may stand before it in the chain of calls";

impl Body<'_, '_> {
    /// The method of a query; reported if it has none of the name.
    pub(super) fn query_method(&mut self, name: ast::Ident) -> Option<&'static BuiltinFn> {
        let text = self.text(name.name);
        let found = builtins::QUERY.function(text);
        if let Some(method) = found {
            self.note(name.span, Meaning::Builtin("query", method));
        }
        if found.is_none() && name.name != sym::EMPTY {
            let message = format!("Query has no member `{text}`");
            match self.near(text, builtins::QUERY.functions.iter().map(|method| method.name)) {
                Some(near) => {
                    let hint = format!("did you mean `{near}`?");
                    self.error_hint(codes::UNKNOWN_MEMBER, name.span, message, hint);
                }
                None => self.error(codes::UNKNOWN_MEMBER, name.span, message),
            }
        }
        found
    }

    /// A method of a query that is mentioned without being called.
    pub(super) fn query_method_not_called(&mut self, name: ast::Ident, span: Span) -> Expr {
        if let Some(method) = self.query_method(name) {
            let message = format!("`{}` is a method, which can only be called", method.name);
            let hint = format!("write `.{}(…)`", method.name);
            self.error_hint(codes::METHOD_NOT_CALLED, name.span, message, hint);
        }
        self.unknown(span)
    }

    /// `query.method(args)`
    pub(super) fn call_query(
        &mut self,
        query: Expr,
        method: &'static BuiltinFn,
        call: &ast::CallExpr,
        span: Span,
    ) -> Expr {
        // What a chain of calls starts with has been reported: one mistake, one diagnostic.
        if !receiver_is_call(call) {
            self.no_builtin_in_spawn(&format!("query.{}", method.name), span);
        }
        let read = builtins::typed_read(method).filter(|_| !call.type_args.is_empty());
        match read {
            Some(_) => self.typed_read(query, method, call, span),
            None => self.call_query_method(method, query, call, span),
        }
    }

    /// Whether a call with type arguments is meant to read rows: its callee is named like a typed read.
    pub(super) fn is_typed_read(&self, call: &ast::CallExpr, name: ast::Ident) -> bool {
        !call.type_args.is_empty() && matches!(self.text(name.name), "one" | "all")
    }

    /// Reports a typed read of something that is no query (and has no method of that name). True if it has been reported.
    pub(super) fn reads_no_query(&mut self, receiver: &Denoted, member: &ast::MemberExpr) -> bool {
        let what = match receiver {
            Denoted::Namespace(namespace) if namespace.name == "db" => {
                "a namespace of builtin functions".to_owned()
            }
            Denoted::Name(name @ (Name::Function(_) | Name::Asset(_) | Name::Config(_))) => {
                self.env.describe(*name).to_owned()
            }
            Denoted::Value(value) => {
                let ty = super::coerce::opened(self.types, value.ty);
                let content = super::coerce::option_content(self.types, ty).filter(|_| member.optional);
                match self.types.get(ty) {
                    Type::Query | Type::Unknown | Type::Never => return false,
                    _ if self.find_method(content.unwrap_or(ty), member.name).is_some() => return false,
                    _ => format!("a value of type {}", self.show(ty)),
                }
            }
            _ => return false,
        };
        let method = self.text(member.name.name);
        let message = format!(
            "`{method}<T>()` reads the rows of a query, as in `db.from(…).select([…]).{method}<T>()`, found {what}"
        );
        self.error(codes::TYPED_QUERY_CALL, member.base.span, message);
        true
    }

    /// `query.one<T>()`, `query.all<T>()`
    fn typed_read(
        &mut self,
        query: Expr,
        method: &'static BuiltinFn,
        call: &ast::CallExpr,
        span: Span,
    ) -> Expr {
        let name = method.name;
        let allowed = self.use_builtin(method, &format!("query.{name}"), span);
        let fits = call.args.is_empty();
        if !fits {
            let message = format!(
                "`{name}<T>()` takes no arguments, as in `db.from(…).select([…]).{name}<T>()`, found {}",
                call.args.len()
            );
            let hint = "conditions are added with `where` before it";
            self.error_hint(codes::TYPED_QUERY_CALL, span, message, hint);
            self.idle_arguments(call);
        }
        let Some((id, row)) = self.row_type(name, call, span) else { return self.unknown(span) };
        let selected = self.check_selection(name, id, call, span);
        let Some(target) = builtins::typed_read(method).filter(|_| allowed && fits && selected) else {
            return self.unknown(span);
        };
        let ty = if name == "one" { self.types.option(row) } else { self.types.list(row) };
        self.expr(ExprKind::CallBuiltin(target, vec![query]), ty, span)
    }

    /// The struct type that rows are read as.
    fn row_type(&mut self, method: &str, call: &ast::CallExpr, span: Span) -> Option<(StructId, Ty)> {
        let [written] = &call.type_args[..] else {
            for written in &call.type_args {
                self.resolve(written);
            }
            let found = call.type_args.len();
            let message =
                format!("`{method}<T>()` takes 1 type argument, a declared struct type, found {found}");
            self.error(codes::TYPED_QUERY_TYPE_ARG, span, message);
            return None;
        };
        let ty = self.resolve(written);
        match *self.types.get(ty) {
            Type::Unknown => None,
            Type::Struct(id) if self.env.strukt(id).module.is_some() => Some((id, ty)),
            _ => {
                let message =
                    format!("expected a declared struct type to read rows as, found {}", self.show(ty));
                let hint = "declare a `type` with a field for each selected column";
                self.error_hint(codes::TYPED_QUERY_TYPE_ARG, written.span, message, hint);
                None
            }
        }
    }

    /// Whether the chain of calls selects exactly the fields of the type; reported if not.
    fn check_selection(&mut self, method: &str, id: StructId, call: &ast::CallExpr, span: Span) -> bool {
        let env = self.env;
        let declared = env.strukt(id);
        let fields: Vec<&str> = declared.fields.iter().map(|field| env.text(field.name)).collect();
        let target = env.text(declared.name);
        let columns = match self.selection(call) {
            Selection::Columns(columns) => columns,
            Selection::Bad(what) => {
                let message = format!(
                    "`{method}<{target}>()` cannot be checked: {what}; the fields of {target} are {}",
                    quoted(&fields)
                );
                let hint = "select them by name right here, in a list of plain strings";
                self.error_hint(codes::TYPED_QUERY_SELECT, span, message, hint);
                return false;
            }
        };
        if declared.incomplete {
            return false;
        }
        let columns: Vec<&str> = columns.iter().map(|&column| last_part(env.text(column))).collect();
        let missing: Vec<&str> = fields.iter().filter(|field| !columns.contains(field)).copied().collect();
        let unexpected: Vec<&str> = (0..columns.len())
            .filter(|&at| !fields.contains(&columns[at]) || columns[..at].contains(&columns[at]))
            .map(|at| columns[at])
            .collect();
        if missing.is_empty() && unexpected.is_empty() {
            return true;
        }
        let mut parts = Vec::new();
        if !missing.is_empty() {
            parts.push(format!("missing {}", quoted(&missing)));
        }
        if !unexpected.is_empty() {
            parts.push(format!("unexpected {}", quoted(&unexpected)));
        }
        let message = format!(
            "the selected columns are not the fields of {target}: {}; its fields are {}",
            parts.join(", "),
            quoted(&fields)
        );
        self.error(codes::TYPED_QUERY_FIELD_MISMATCH, span, message);
        false
    }

    /// What the last `select` in the chain of calls before a read selects.
    fn selection(&self, read: &ast::CallExpr) -> Selection {
        let mut link = receiver(read);
        let mut others = false;
        while let Some(call) = link {
            let Some(name) = called_method(call) else { break };
            match self.text(name) {
                "select" if others => return Selection::Bad(OTHER_CALL),
                "select" => return selected(call),
                "where" | "order_by" | "limit" => {}
                _ => others = true,
            }
            link = receiver(call);
        }
        Selection::Bad(NO_SELECT)
    }
}

/// The call whose result is the receiver of a call.
fn receiver(call: &ast::CallExpr) -> Option<&ast::CallExpr> {
    let ast::ExprKind::Member(member) = &call.callee.kind else { return None };
    match &member.base.kind {
        ast::ExprKind::Call(inner) if !member.optional => Some(inner),
        _ => None,
    }
}

/// The name of the method that is called.
fn called_method(call: &ast::CallExpr) -> Option<Symbol> {
    match &call.callee.kind {
        ast::ExprKind::Member(member) => Some(member.name.name),
        _ => None,
    }
}

/// The columns of a `select` whose argument is a list of plain strings.
fn selected(call: &ast::CallExpr) -> Selection {
    let [argument] = &call.args[..] else { return Selection::Bad(NO_LITERAL) };
    let ast::ExprKind::List(elements) = &argument.value.kind else { return Selection::Bad(NO_LITERAL) };
    if elements.is_empty() {
        return Selection::Bad(NO_COLUMNS);
    }
    let columns = elements.iter().map(|element| match element.kind {
        ast::ExprKind::Str(text) => Some(text),
        _ => None,
    });
    columns.collect::<Option<_>>().map_or(Selection::Bad(NO_LITERAL), Selection::Columns)
}

/// A column without the name of its table.
fn last_part(column: &str) -> &str {
    column.rsplit('.').next().unwrap_or(column)
}

fn quoted(names: &[&str]) -> String {
    // A column may be an empty text.
    let quote = |name: &&str| if name.is_empty() { "\"\"".to_owned() } else { format!("`{name}`") };
    names.iter().map(quote).collect::<Vec<_>>().join(", ")
}

/// Whether a method is called on the value of another call.
fn receiver_is_call(call: &ast::CallExpr) -> bool {
    matches!(&call.callee.kind, ast::ExprKind::Member(member) if matches!(member.base.kind, ast::ExprKind::Call(_)))
}
