//! Types as users write them, for messages.

use std::fmt::Write;

use fuse_hir::types::Constraint;
use fuse_hir::{Ty, Type, Types};

use crate::env::Env;

impl Env<'_> {
    /// A type as users write it.
    pub fn type_name(&self, types: &Types, ty: Ty) -> String {
        let mut out = String::new();
        self.write_type(types, ty, &mut out);
        out
    }

    fn write_type(&self, types: &Types, ty: Ty, out: &mut String) {
        match types.get(ty) {
            Type::Unknown => out.push_str("unknown"),
            Type::Never => out.push_str("Never"),
            Type::Null => out.push_str("null"),
            Type::Unit => out.push_str("Unit"),
            Type::Int => out.push_str("Int"),
            Type::Float => out.push_str("Float"),
            Type::Bool => out.push_str("Bool"),
            Type::String => out.push_str("String"),
            Type::Bytes => out.push_str("Bytes"),
            Type::Html => out.push_str("Html"),
            Type::Id => out.push_str("Id"),
            Type::Email => out.push_str("Email"),
            Type::Dynamic => out.push_str("Value"),
            Type::StdError => out.push_str("std.Error"),
            Type::List(element) => self.write_generic("List<", *element, types, out),
            Type::Map(value) => self.write_generic("Map<String, ", *value, types, out),
            Type::Task(result) => self.write_generic("Task<", *result, types, out),
            Type::Lookup(value) => self.write_type(types, *value, out),
            Type::Option(Ty::NEVER) => out.push_str("null"),
            Type::Option(inner) => {
                if matches!(types.get(*inner), Type::Result(..) | Type::Function(..)) {
                    return self.write_generic("Option<", *inner, types, out);
                }
                self.write_type(types, *inner, out);
                out.push('?');
            }
            Type::Result(ok, domains) => {
                if matches!(types.get(*ok), Type::Result(..) | Type::Function(..)) && domains.len() == 1 {
                    out.push_str("Result<");
                    self.write_type(types, *ok, out);
                    out.push_str(", ");
                    self.write_type(types, domains[0], out);
                    out.push('>');
                    return;
                }
                self.write_type(types, *ok, out);
                for &domain in domains {
                    out.push('!');
                    self.write_type(types, domain, out);
                }
            }
            Type::Union(domains) => {
                for (at, &domain) in domains.iter().enumerate() {
                    if at > 0 {
                        out.push_str(" or ");
                    }
                    self.write_type(types, domain, out);
                }
            }
            Type::Function(params, result) => {
                out.push_str("fn(");
                for (at, &param) in params.iter().enumerate() {
                    if at > 0 {
                        out.push_str(", ");
                    }
                    self.write_type(types, param, out);
                }
                out.push(')');
                if *result != Ty::UNIT {
                    out.push_str(" -> ");
                    self.write_type(types, *result, out);
                }
            }
            Type::Struct(id) => out.push_str(self.text(self.strukt(*id).name)),
            Type::Enum(id) => out.push_str(self.text(self.enumeration(*id).name)),
            Type::Config(id) => out.push_str(self.text(self.config(*id).name)),
            Type::Parameter(id) => out.push_str(self.text(self.type_param(*id).name)),
            Type::Refined(base, constraints) => {
                self.write_type(types, *base, out);
                for (at, constraint) in constraints.iter().enumerate() {
                    out.push_str(if at > 0 { ", " } else { "(" });
                    self.write_constraint(constraint, out);
                }
                out.push(')');
            }
        }
    }

    fn write_constraint(&self, constraint: &Constraint, out: &mut String) {
        match constraint {
            Constraint::IntRange(low, high) => {
                let _ = write!(out, "{low}..{high}");
            }
            Constraint::FloatRange(low, high) => {
                write_float(f64::from_bits(*low), out);
                out.push_str("..");
                write_float(f64::from_bits(*high), out);
            }
            Constraint::Length(low, high) => {
                let _ = write!(out, "{low}..{high}");
            }
            Constraint::Regex(pattern) => {
                out.push_str("regex(\"");
                write_escaped(pattern, out);
                out.push_str("\")");
            }
            Constraint::Predicate(function) => {
                let _ = write!(out, "predicate({})", self.function(*function).name);
            }
        }
    }

    fn write_generic(&self, open: &str, inner: Ty, types: &Types, out: &mut String) {
        out.push_str(open);
        self.write_type(types, inner, out);
        out.push('>');
    }
}

/// A Float as a literal: with a fraction, without an exponent.
fn write_float(value: f64, out: &mut String) {
    let point = if value.fract() == 0.0 { ".0" } else { "" };
    let _ = write!(out, "{value}{point}");
}

/// A text as it stands in a string literal.
fn write_escaped(text: &str, out: &mut String) {
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '"' | '\\' => out.extend(['\\', c]),
            '$' if rest.peek() == Some(&'{') => out.push_str("\\$"),
            _ => out.push(c),
        }
    }
}
