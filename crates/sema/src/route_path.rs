//! The paths of services and routes: split into segments, the types of their parameters read (language reference 4.9).
//!
//! A pass of its own before names are known, because the types in paths bring names of their own into the interner.

use fuse_diagnostics::{Diagnostic, FileId, Span, codes};
use fuse_syntax::{Interner, RESERVED_WORDS, Symbol, ast, parse_type, sym};

use crate::env::Diags;
use crate::load::LoadedModule;

/// The paths of a service.
#[derive(Debug)]
pub(crate) struct ServicePaths {
    /// Of the service itself.
    pub base: Vec<Segment>,
    /// Of its routes, in source order.
    pub routes: Vec<Vec<Segment>>,
}

/// A segment of a path; empty ones are left out.
#[derive(Debug)]
pub(crate) enum Segment {
    Literal(Symbol),
    Parameter(Parameter),
}

/// `{name: Type}`
#[derive(Debug)]
pub(crate) struct Parameter {
    /// Its name; empty if it has none, which has been reported.
    pub name: Symbol,
    /// Its type; an error if what is written is none, which has been reported.
    pub ty: ast::TypeRef,
    /// The path string in which it stands.
    pub span: Span,
}

/// Reads the paths of all services, in load order and source order.
pub(crate) fn read(
    modules: &[LoadedModule],
    interner: &mut Interner,
    diags: &mut Diags,
) -> Vec<ServicePaths> {
    let mut services = Vec::new();
    for module in modules {
        for item in &module.ast.items {
            let ast::ItemKind::Service(decl) = &item.kind else { continue };
            let mut reader = Reader { file: module.file, interner, diags };
            services.push(ServicePaths {
                base: reader.path(&decl.base),
                routes: decl.routes.iter().map(|route| reader.path(&route.path)).collect(),
            });
        }
    }
    services
}

struct Reader<'r> {
    file: FileId,
    interner: &'r mut Interner,
    diags: &'r mut Diags,
}

impl Reader<'_> {
    fn path(&mut self, path: &ast::StrLit) -> Vec<Segment> {
        let text = self.interner.resolve(path.value).to_owned();
        let segments = text.split('/').filter(|segment| !segment.is_empty());
        segments.map(|segment| self.segment(segment, path.span)).collect()
    }

    fn segment(&mut self, text: &str, span: Span) -> Segment {
        if !text.contains(['{', '}']) {
            return Segment::Literal(self.interner.intern(text));
        }
        match take_apart(text) {
            Ok((name, ty)) => self.parameter(text, name, ty, span),
            Err(what) => {
                self.malformed(text, what, span);
                Segment::Parameter(self.lost(text, span))
            }
        }
    }

    fn parameter(&mut self, text: &str, name: &str, ty: &str, span: Span) -> Segment {
        if name != "body" && RESERVED_WORDS.contains(&name) {
            let message = format!("`{name}` is a reserved word and cannot be the name of a parameter");
            self.diags.push(Diagnostic::error(codes::RESERVED_KEYWORD, self.file, span, message));
        } else if !is_identifier(name) {
            self.malformed(text, "its name is no name", span);
            return Segment::Parameter(self.lost(text, span));
        }
        let (ty, found) = parse_type(ty, self.file, span, self.interner);
        let ty = match found.first() {
            None => ty,
            Some(first) => {
                self.malformed(text, &format!("its type cannot be read: {}", first.message), span);
                error_type(span)
            }
        };
        Segment::Parameter(Parameter { name: self.interner.intern(name), ty, span })
    }

    /// What stands for a malformed parameter: with the name that it seems to have, so that the body is not told that there is none.
    fn lost(&mut self, text: &str, span: Span) -> Parameter {
        let inner = text.split_once('{').map_or("", |(_, inner)| inner);
        let name = inner.split([':', '}']).next().unwrap_or("").trim_matches(' ');
        let name = if is_identifier(name) { self.interner.intern(name) } else { sym::EMPTY };
        Parameter { name, ty: error_type(span), span }
    }

    fn malformed(&mut self, segment: &str, what: &str, span: Span) {
        let message = format!(
            "the parameter `{segment}` is malformed: {what}; its form is `{{name: Type}}`, a whole segment"
        );
        self.diags.push(Diagnostic::error(codes::ROUTE_PARAMETER_FORM, self.file, span, message));
    }
}

fn error_type(span: Span) -> ast::TypeRef {
    ast::TypeRef { kind: ast::TypeKind::Error, span }
}

/// Name and type of a parameter as written, or what is wrong with its form.
fn take_apart(segment: &str) -> Result<(&str, &str), &'static str> {
    let Some(inner) = segment.strip_prefix('{') else {
        return Err(if segment.contains('{') { "text stands before it" } else { "nothing opens it" });
    };
    let Some(end) = closing_brace(inner) else { return Err("it has no closing brace") };
    if end + 1 < inner.len() {
        return Err("text stands after it");
    }
    let inner = &inner[..end];
    let (name, ty) = inner.split_once(':').unwrap_or((inner, ""));
    let (name, ty) = (name.trim_matches(' '), ty.trim_matches(' '));
    match (name, ty) {
        ("", _) => Err("it has no name"),
        (_, "") => Err("it has no type"),
        parts => Ok(parts),
    }
}

/// Where the brace stands that closes a parameter. Braces in the strings of its type are not meant.
fn closing_brace(inner: &str) -> Option<usize> {
    let mut in_string = false;
    let mut escaped = false;
    for (at, c) in inner.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if in_string => escaped = true,
            '"' => in_string = !in_string,
            '}' if !in_string => return Some(at),
            _ => {}
        }
    }
    None
}

fn is_identifier(text: &str) -> bool {
    let starts = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    starts && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_come_apart() {
        for (segment, expected) in [
            ("{slot: Int}", Ok(("slot", "Int"))),
            ("{ slot :Int? }", Ok(("slot", "Int?"))),
            (r#"{c: String(regex("^[a:}]{2}$"))}"#, Ok(("c", r#"String(regex("^[a:}]{2}$"))"#))),
            (r#"{c: String(regex("\"}"))}"#, Ok(("c", r#"String(regex("\"}"))"#))),
            ("{slot}", Err("it has no type")),
            ("{slot: }", Err("it has no type")),
            ("{: Int}", Err("it has no name")),
            ("{}", Err("it has no name")),
            ("{slot: Int", Err("it has no closing brace")),
            ("{", Err("it has no closing brace")),
            ("slot: Int}", Err("nothing opens it")),
            ("x{slot: Int}", Err("text stands before it")),
            ("{slot: Int}x", Err("text stands after it")),
            ("{a: Int}{b: Int}", Err("text stands after it")),
        ] {
            assert_eq!(take_apart(segment), expected, "{segment}");
        }
    }
}
