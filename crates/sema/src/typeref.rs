//! Types as written to types as meant (language reference 3.9, 5.1).
//!
//! A type with a part that is unknown is unknown as a whole, so that one mistake is reported once.

use fuse_diagnostics::{Diagnostic, Span, codes};
use fuse_hir::{ModuleId, StdErrors, Ty, Type, Types};
use fuse_syntax::{Symbol, ast, is_reserved, sym};

use crate::body::is_error_type;
use crate::declare::path_text;
use crate::env::{Diags, Env, Name};
use crate::generics::{Scope, is_self};
use crate::http_types::http_type;
use crate::index::note::Meaning;
use crate::refinement::refine;

impl Env<'_> {
    /// The type that a type reference in a module means; unknown after an error.
    pub fn resolve_type(
        &self,
        module: ModuleId,
        written: &ast::TypeRef,
        types: &mut Types,
        diags: &mut Diags,
    ) -> Ty {
        self.resolve_type_in(module, &Scope::default(), written, types, diags)
    }

    /// The type that a type reference means where more names of types are known than those of the module.
    pub fn resolve_type_in(
        &self,
        module: ModuleId,
        scope: &Scope,
        written: &ast::TypeRef,
        types: &mut Types,
        diags: &mut Diags,
    ) -> Ty {
        Resolver { env: self, module, scope, types, diags }.resolve(written)
    }

    /// The type that a dotted name means as a type; unknown after an error.
    pub fn resolve_type_path(
        &self,
        module: ModuleId,
        path: &ast::Path,
        types: &mut Types,
        diags: &mut Diags,
    ) -> Ty {
        Resolver { env: self, module, scope: &Scope::default(), types, diags }.name(path, path.span())
    }
}

struct Resolver<'e, 'a, 'r> {
    env: &'e Env<'a>,
    module: ModuleId,
    scope: &'r Scope,
    types: &'r mut Types,
    diags: &'r mut Diags,
}

/// Predefined types that take type arguments.
#[derive(Clone, Copy)]
enum Generic {
    List,
    Map,
    Option,
    Result,
}

impl Generic {
    fn of(path: &ast::Path) -> Option<Generic> {
        match path.simple()?.name {
            sym::LIST => Some(Generic::List),
            sym::MAP => Some(Generic::Map),
            sym::OPTION => Some(Generic::Option),
            sym::RESULT => Some(Generic::Result),
            _ => None,
        }
    }

    fn form(self) -> (&'static str, usize, &'static str) {
        match self {
            Generic::List => ("List", 1, "List<T>"),
            Generic::Map => ("Map", 2, "Map<String, T>"),
            Generic::Option => ("Option", 1, "Option<T>"),
            Generic::Result => ("Result", 2, "Result<T, E>"),
        }
    }
}

impl Resolver<'_, '_, '_> {
    fn resolve(&mut self, written: &ast::TypeRef) -> Ty {
        match &written.kind {
            ast::TypeKind::Name(path) => self.name(path, written.span),
            ast::TypeKind::Generic { name, args } => self.generic(name, args, written.span),
            ast::TypeKind::Refined { base, constraints } => {
                let base = self.name(base, base.span());
                refine(self.env, self.module, base, constraints, self.types, self.diags)
            }
            ast::TypeKind::Fn { params, result } => {
                let params: Vec<Ty> = params.iter().map(|param| self.resolve(param)).collect();
                let result = result.as_ref().map_or(Ty::UNIT, |result| self.resolve(result));
                if result == Ty::UNKNOWN || params.contains(&Ty::UNKNOWN) {
                    return Ty::UNKNOWN;
                }
                self.types.intern(Type::Function(params.into(), result))
            }
            ast::TypeKind::Option(inner) => match self.resolve(inner) {
                Ty::UNKNOWN => Ty::UNKNOWN,
                inner => self.types.option(inner),
            },
            ast::TypeKind::Result { ok, domains } => {
                let ok = self.resolve(ok);
                let domains: Vec<Ty> = domains.iter().map(|domain| self.resolve(domain)).collect();
                if ok == Ty::UNKNOWN || domains.is_empty() || domains.contains(&Ty::UNKNOWN) {
                    return Ty::UNKNOWN;
                }
                self.types.result(ok, &domains)
            }
            ast::TypeKind::Error => Ty::UNKNOWN,
        }
    }

    fn generic(&mut self, name: &ast::Path, args: &[ast::TypeRef], span: Span) -> Ty {
        let resolved: Vec<Ty> = args.iter().map(|arg| self.resolve(arg)).collect();
        // How many there should have been is not known.
        if args.iter().any(|arg| matches!(arg.kind, ast::TypeKind::Error)) {
            return Ty::UNKNOWN;
        }
        let generic = Generic::of(name).filter(|_| !self.is_in_scope(name));
        if generic.is_some() && self.env.notes.is_some() {
            self.note_name(name);
        }
        let Some(generic) = generic else {
            if self.name(name, name.span()) != Ty::UNKNOWN {
                let message = format!("`{}` takes no type arguments", path_text(self.env, name));
                self.error(codes::TYPE_ARGUMENT_COUNT, span, message);
            }
            return Ty::UNKNOWN;
        };
        if resolved.len() != generic.form().1 {
            return self.argument_count(generic, resolved.len(), span);
        }
        if matches!(generic, Generic::Map) && !matches!(resolved[0], Ty::STRING | Ty::UNKNOWN) {
            let key = self.env.type_name(self.types, resolved[0]);
            self.error(codes::MAP_KEY_TYPE, args[0].span, format!("the keys of a map are String, not {key}"));
            return Ty::UNKNOWN;
        }
        if resolved.contains(&Ty::UNKNOWN) {
            return Ty::UNKNOWN;
        }
        match generic {
            Generic::List => self.types.list(resolved[0]),
            Generic::Map => self.types.map(resolved[1]),
            Generic::Option => self.types.option(resolved[0]),
            Generic::Result => self.types.result(resolved[0], &resolved[1..]),
        }
    }

    fn is_in_scope(&self, path: &ast::Path) -> bool {
        path.simple().is_some_and(|name| self.scope.ty(name.name).is_some())
    }

    fn argument_count(&mut self, generic: Generic, found: usize, span: Span) -> Ty {
        let (name, expected, form) = generic.form();
        let plural = if expected == 1 { "" } else { "s" };
        let message = format!("`{name}` takes {expected} type argument{plural}, not {found}: `{form}`");
        self.error(codes::TYPE_ARGUMENT_COUNT, span, message);
        Ty::UNKNOWN
    }

    /// A name without type arguments.
    fn name(&mut self, path: &ast::Path, span: Span) -> Ty {
        if self.env.notes.is_some() && self.scope.ty(path.head.name).is_none() {
            self.note_name(path);
        }
        match path.simple() {
            Some(name) => self.simple(path, name.name, span),
            None => self.qualified(path),
        }
    }

    /// Notes what each name of a dotted name means.
    fn note_name(&self, path: &ast::Path) {
        let head = path.head;
        let predefined = matches!(
            head.name,
            sym::INT
                | sym::FLOAT
                | sym::BOOL
                | sym::STRING
                | sym::BYTES
                | sym::UNIT
                | sym::HTML
                | sym::ID
                | sym::EMAIL
        );
        if path.rest.is_empty() && (predefined || Generic::of(path).is_some()) {
            return self.env.note(self.module, head.span, Meaning::BuiltinType(head.name));
        }
        if http_type(path).is_some() {
            for segment in path.segments() {
                self.env.note(self.module, segment.span, Meaning::BuiltinType(segment.name));
            }
            return;
        }
        self.env.note_path(self.module, path);
    }

    fn simple(&mut self, path: &ast::Path, name: Symbol, span: Span) -> Ty {
        if let Some(ty) = self.scope.ty(name) {
            if let Type::Parameter(param) = *self.types.get(ty) {
                self.env.note(self.module, path.head.span, Meaning::TypeParam(param));
            } else if let Type::Struct(id) = *self.types.get(ty) {
                self.env.note(self.module, path.head.span, Meaning::Name(Name::Struct(id)));
            } else if let Type::Enum(id) = *self.types.get(ty) {
                self.env.note(self.module, path.head.span, Meaning::Name(Name::Enum(id)));
            }
            return ty;
        }
        if let Some(generic) = Generic::of(path) {
            return self.argument_count(generic, 0, span);
        }
        match name {
            sym::INT => Ty::INT,
            sym::FLOAT => Ty::FLOAT,
            sym::BOOL => Ty::BOOL,
            sym::STRING => Ty::STRING,
            sym::BYTES => Ty::BYTES,
            sym::UNIT => Ty::UNIT,
            sym::HTML => Ty::HTML,
            sym::ID => Ty::ID,
            sym::EMAIL => Ty::EMAIL,
            sym::TASK => {
                let message = "the type of a task cannot be written: bind the task without annotation";
                self.error(codes::NOT_A_TYPE, span, message.into());
                Ty::UNKNOWN
            }
            sym::SELF_TYPE => {
                let message = "`Self` means a type only in interfaces and impls";
                self.error(codes::SELF_OUTSIDE_IMPL, span, message.into());
                Ty::UNKNOWN
            }
            // A name that the parser missed and reported.
            sym::EMPTY => Ty::UNKNOWN,
            _ => match self.env.lookup(self.module, name) {
                // `import Error from std.Error` leaves `Error` what it was.
                Some(Name::StdErrorModule) if name == sym::ERROR => Ty::STD_ERROR,
                Some(found) => self.named(found, path),
                None => self.unknown(name, span),
            },
        }
    }

    fn qualified(&mut self, path: &ast::Path) -> Ty {
        let head = path.head.name;
        if let Some(id) = http_type(path) {
            return self.types.intern(Type::Struct(id));
        }
        let Some(mut name) = self.env.lookup(self.module, head) else {
            let what = self.env.text(head);
            let message = format!("there is no module `{what}` here: `{}`", path_text(self.env, path));
            let aliases = self.env.module_names(self.module).filter(|alias| self.is_alias(alias));
            let hint = self.env.suggest(what, aliases);
            self.error_with_hint(codes::UNKNOWN_MODULE_ALIAS, path.span(), message, hint);
            return Ty::UNKNOWN;
        };
        for &segment in &path.rest {
            if matches!(name, Name::Failed) || segment.name == sym::EMPTY {
                return Ty::UNKNOWN;
            }
            if !self.env.is_namespace(name) {
                let message = format!("`{}` does not begin with a module", path_text(self.env, path));
                self.error(codes::UNKNOWN_MODULE_ALIAS, path.span(), message);
                return Ty::UNKNOWN;
            }
            let Some(found) = self.env.member(name, segment.name) else {
                self.not_exported(name, segment);
                return Ty::UNKNOWN;
            };
            name = found;
        }
        self.named(name, path)
    }

    fn is_alias(&self, name: &str) -> bool {
        let symbol = self.env.interner.lookup(name);
        let found = symbol.and_then(|symbol| self.env.lookup(self.module, symbol));
        found.is_some_and(|name| self.env.is_namespace(name))
    }

    fn not_exported(&mut self, base: Name, member: ast::Ident) {
        let text = self.env.text(member.name);
        let (module, hint) = match base {
            Name::Module(id) => (self.env.module(id).name.as_str(), self.env.suggest_export(id, text)),
            Name::Std => ("std", None),
            _ => ("std.Error", None),
        };
        let message = format!("the module {module} does not export `{text}`");
        self.error_with_hint(codes::NOT_EXPORTED, member.span, message, hint);
    }

    /// The type of a resolved name.
    fn named(&mut self, name: Name, path: &ast::Path) -> Ty {
        match name {
            Name::Struct(StdErrors::BASE) | Name::StdError => Ty::STD_ERROR,
            Name::Struct(id) => self.types.intern(Type::Struct(id)),
            Name::Enum(id) => self.types.intern(Type::Enum(id)),
            Name::Config(id) => self.types.intern(Type::Config(id)),
            Name::Failed => Ty::UNKNOWN,
            Name::Interface(_) => {
                let name = path_text(self.env, path);
                let message = format!("`{name}` is an interface: a contract, not a type");
                let hint =
                    format!("use a type that has an impl of it, or a type parameter: `where T: {name}`");
                let file = self.env.file(self.module);
                let finding = Diagnostic::error(codes::INTERFACE_NOT_A_TYPE, file, path.span(), message);
                self.diags.push(finding.hint(hint));
                Ty::UNKNOWN
            }
            Name::Function(_)
            | Name::Generic(_)
            | Name::Asset(_)
            | Name::Service(_)
            | Name::Module(_)
            | Name::StdErrorModule
            | Name::Std => {
                let what = self.env.describe(name);
                let message = format!("`{}` is {what}, not a type", path_text(self.env, path));
                self.error(codes::NOT_A_TYPE, path.span(), message);
                Ty::UNKNOWN
            }
        }
    }

    fn unknown(&mut self, name: Symbol, span: Span) -> Ty {
        let text = self.env.text(name);
        let builtin = if self.env.builtin(name).is_some() {
            Some("a builtin function")
        } else if self.env.builtin_namespace(name).is_some() {
            Some("a builtin namespace")
        } else {
            None
        };
        if let Some(what) = builtin {
            self.error(codes::NOT_A_TYPE, span, format!("`{text}` is {what}, not a type"));
            return Ty::UNKNOWN;
        }
        if is_reserved(text) {
            return Ty::UNKNOWN;
        }
        const PREDEFINED: [&str; 12] = [
            "Int", "Float", "Bool", "String", "Bytes", "Unit", "Id", "Email", "List", "Map", "Option",
            "Result",
        ];
        let declared = self.env.module_names(self.module).filter(|candidate| {
            let symbol = self.env.interner.lookup(candidate);
            let name = symbol.and_then(|symbol| self.env.lookup(self.module, symbol));
            matches!(name, Some(Name::Struct(_) | Name::Enum(_) | Name::Config(_)))
        });
        let hint = self.env.suggest(text, PREDEFINED.into_iter().chain(declared));
        self.error_with_hint(codes::UNKNOWN_TYPE, span, format!("there is no type `{text}`"), hint);
        Ty::UNKNOWN
    }

    fn error(&mut self, code: fuse_diagnostics::Code, span: Span, message: String) {
        self.error_with_hint(code, span, message, None);
    }

    fn error_with_hint(
        &mut self,
        code: fuse_diagnostics::Code,
        span: Span,
        message: String,
        suggestion: Option<&str>,
    ) {
        let mut diagnostic = Diagnostic::error(code, self.env.file(self.module), span, message);
        if let Some(suggestion) = suggestion {
            diagnostic = diagnostic.hint(format!("did you mean `{suggestion}`?"));
        }
        self.diags.push(diagnostic);
    }
}

/// Whether a result type may have the bare domain `Error`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum BareError {
    Allowed,
    Rejected,
}

/// Checks the error domains in the result type of a callable (language reference 5.5).
pub(crate) fn check_domains(
    env: &Env,
    module: ModuleId,
    scope: &Scope,
    result: &ast::TypeRef,
    bare_error: BareError,
    types: &mut Types,
    diags: &mut Diags,
) {
    let domains = match &result.kind {
        ast::TypeKind::Result { domains, .. } => domains.as_slice(),
        ast::TypeKind::Generic { name, args }
            if matches!(Generic::of(name), Some(Generic::Result)) && args.len() == 2 =>
        {
            &args[1..]
        }
        _ => return,
    };
    for domain in domains {
        let bare = matches!(&domain.kind, ast::TypeKind::Name(path)
            if path.simple().is_some_and(|name| name.name == sym::ERROR));
        // What is wrong with the type itself has been reported when the result type was resolved.
        let ty = env.resolve_type_in(module, scope, domain, types, &mut Vec::new());
        let file = env.file(module);
        match types.get(ty) {
            Type::StdError if bare && bare_error == BareError::Rejected => {
                let message = "a function cannot have the bare domain `Error`: write `std.Error`, or declare a domain of your own";
                diags.push(Diagnostic::error(codes::BARE_ERROR_DOMAIN, file, domain.span, message));
            }
            _ if is_error_type(types, ty) => {}
            // Whatever has an impl is a declared type.
            Type::Parameter(param) if is_self(env.type_param(*param).name) => {}
            _ => {
                let message = format!("{} is no error type", env.type_name(types, ty));
                diags.push(
                    Diagnostic::error(codes::ERROR_DOMAIN, file, domain.span, message)
                        .hint("a domain is a declared type, an enum, or a type of std.Error"),
                );
            }
        }
    }
}
