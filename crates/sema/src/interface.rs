//! Interfaces and impls (language reference 4.6): the members of each interface, the methods that impls give to types, and what
//! an impl must be to count as one.

use std::path::Path;

use fuse_diagnostics::{Diagnostic, Span, codes};
use fuse_hir::{FnKind, ModuleId, ParamId, StdErrors, Ty, Type, Types};
use fuse_syntax::{Symbol, ast, sym};
use rustc_hash::FxHashMap;

use crate::declare::{Declared, both_places, is_predefined, path_text};
use crate::env::{Diags, Env, FnBody, FnInfo, Name, NameIndex};
use crate::fields::Unique;
use crate::generics::{Callable, Scope, Substitution, TemplateId, TypeParam};
use crate::signature::{Outer, resolve_callable, signature_text};

/// Index into [`Env::interfaces`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct InterfaceId(pub u32);

/// An interface.
pub struct InterfaceInfo<'a> {
    /// Its name.
    pub name: Symbol,
    /// Declaring module.
    pub module: ModuleId,
    /// Where the name stands.
    pub span: Span,
    /// What `Self` is in its signatures.
    pub self_param: ParamId,
    /// Its members by name, in order: templates without a body.
    pub members: Vec<(Symbol, TemplateId)>,
    /// Numbers of members by name.
    pub(crate) index: NameIndex,
    /// The declaration.
    pub(crate) decl: &'a ast::InterfaceDecl,
}

impl InterfaceInfo<'_> {
    /// A member.
    pub fn member(&self, name: Symbol) -> Option<TemplateId> {
        let number = self.index.find(name, self.members.len(), |at| self.members[at].0)?;
        Some(self.members[number as usize].1)
    }
}

/// A method that an impl gives to a type.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MethodInfo {
    /// What is called.
    pub callable: Callable,
    /// It works on a value: `self` is its first parameter.
    pub instance: bool,
    /// The interface of its impl; `None` if that is not known.
    pub interface: Option<InterfaceId>,
}

impl<'a> Env<'a> {
    /// An interface.
    pub fn interface(&self, id: InterfaceId) -> &InterfaceInfo<'a> {
        &self.interfaces[id.0 as usize]
    }

    /// The method of a struct type or enum.
    pub(crate) fn method(&self, ty: Ty, name: Symbol) -> Option<MethodInfo> {
        self.methods.get(&(ty, name)).copied()
    }
}

/// Enters an interface; its members are resolved when all names are known.
pub(crate) fn declare<'a>(env: &mut Env<'a>, module: ModuleId, decl: &'a ast::InterfaceDecl) -> InterfaceId {
    let id = InterfaceId(env.interfaces.len() as u32);
    let span = decl.name.span;
    let self_param = env.add_type_param(TypeParam {
        name: sym::SELF_TYPE,
        span,
        module,
        constraint: Some(id),
        broken: false,
    });
    let name = decl.name.name;
    let (members, index) = (Vec::new(), NameIndex::default());
    env.interfaces.push(InterfaceInfo { name, module, span, self_param, members, index, decl });
    id
}

/// Resolves the members of all interfaces, then all impls.
pub(crate) fn resolve<'a>(env: &mut Env<'a>, declared: &Declared<'a>, types: &mut Types, diags: &mut Diags) {
    for at in 0..env.interfaces.len() {
        members(env, InterfaceId(at as u32), types, diags);
    }
    let mut impls = Impls { env, types, diags, first: FxHashMap::default() };
    for &(module, head, decl) in &declared.impls {
        impls.resolve(module, head, decl);
    }
}

fn members(env: &mut Env, id: InterfaceId, types: &mut Types, diags: &mut Diags) {
    let &InterfaceInfo { module, self_param, decl, .. } = env.interface(id);
    let self_type = types.intern(Type::Parameter(self_param));
    let mut unique = Unique::new(decl.members.len());
    let mut members = Vec::with_capacity(decl.members.len());
    for member in &decl.members {
        let signature = &member.signature;
        let info = FnInfo {
            kind: FnKind::Function,
            name: format!("{}.{}", env.text(decl.name.name), env.text(signature.name.name)),
            module,
            span: signature.name.span,
            params: Vec::new(),
            result: Ty::UNIT,
            body: FnBody::Member,
            scope: Scope::default(),
        };
        let callable = env.add_callable(info, true);
        let outer = Outer { self_type: Some(self_type), receiver: None };
        resolve_callable(env, callable, signature, &outer, types, diags);
        let counts = unique.add(env, module, signature.name, "member", diags);
        if let Callable::Template(template) = callable
            && counts
            && signature.name.name != sym::EMPTY
        {
            members.push((signature.name.name, template));
        }
    }
    let info = &mut env.interfaces[id.0 as usize];
    info.index = NameIndex::new(members.iter().map(|&(name, _)| name));
    info.members = members;
}

struct Impls<'e, 'a, 'd> {
    env: &'e mut Env<'a>,
    types: &'d mut Types,
    diags: &'d mut Diags,
    /// The first impl of each pair in each package.
    first: FxHashMap<(&'a Path, InterfaceId, Ty), (ModuleId, Span)>,
}

impl<'a> Impls<'_, 'a, '_> {
    fn resolve(&mut self, module: ModuleId, head: Span, decl: &'a ast::ImplDecl) {
        let interface = self.interface(module, &decl.interface);
        let target = self.target(module, &decl.target);
        // A repeated impl gives its target nothing: that its methods are there already is no second mistake.
        let counts = match interface {
            Some(interface) if target != Ty::UNKNOWN => self.is_first(module, head, interface, target),
            _ => true,
        };
        let mut giver = interface;
        if let (Some(interface), true) = (interface, counts && target != Ty::UNKNOWN) {
            self.env.satisfied.insert((interface, target));
            if !self.check_owner(module, head, interface, target) {
                // Nor are methods that must not be here at all in the way of others.
                giver = None;
            }
        }
        let mut found: FxHashMap<Symbol, (Callable, Span)> = FxHashMap::default();
        let mut unique = Unique::new(decl.methods.len());
        for method in &decl.methods {
            let callable = self.method(module, target, method);
            let name = method.signature.name;
            if !unique.add(self.env, module, name, "method", self.diags) || name.name == sym::EMPTY {
                continue;
            }
            found.insert(name.name, (callable, method.head));
            if counts && target != Ty::UNKNOWN {
                self.register(module, target, giver, name, callable);
            }
        }
        if let Some(interface) = interface {
            self.check_members(module, head, interface, target, decl, &found);
        }
    }

    /// The interface of an impl.
    fn interface(&mut self, module: ModuleId, path: &ast::Path) -> Option<InterfaceId> {
        let message = match self.env.find(module, path) {
            Some(Name::Interface(id)) => return Some(id),
            Some(Name::Failed) => return None,
            _ if path.last().name == sym::EMPTY => return None,
            Some(name) => {
                format!("`{}` is {}, not an interface", path_text(self.env, path), self.env.describe(name))
            }
            None => format!("there is no interface `{}` here", path_text(self.env, path)),
        };
        let file = self.env.file(module);
        self.diags.push(Diagnostic::error(codes::UNKNOWN_INTERFACE, file, path.span(), message));
        None
    }

    /// The type that an impl is for; unknown after an error.
    fn target(&mut self, module: ModuleId, path: &ast::Path) -> Ty {
        let predefined = path.simple().is_some_and(|name| {
            is_predefined(name.name)
                && !matches!(name.name, sym::SELF_TYPE | sym::SELF_VALUE | sym::UNDERSCORE)
        });
        let http = path.head.name == sym::HTTP && self.env.find(module, path).is_none();
        let what = match self.env.find(module, path) {
            _ if predefined || http => "a predefined type",
            Some(Name::Struct(id)) if id.0 as usize >= StdErrors::COUNT => {
                return self.types.intern(Type::Struct(id));
            }
            Some(Name::Enum(id)) => return self.types.intern(Type::Enum(id)),
            Some(Name::Struct(_) | Name::StdError) => "a predefined type",
            Some(Name::Failed) => return Ty::UNKNOWN,
            Some(name) => self.env.describe(name),
            None => return self.env.resolve_type_path(module, path, self.types, self.diags),
        };
        let message = format!("`{}` is {what}, not a declared type or enum", path_text(self.env, path));
        let file = self.env.file(module);
        self.diags.push(
            Diagnostic::error(codes::IMPL_TARGET, file, path.span(), message)
                .hint("only types that are declared with `type` or `enum` can have methods"),
        );
        Ty::UNKNOWN
    }

    /// Whether this is the package's first impl of the pair.
    fn is_first(&mut self, module: ModuleId, head: Span, interface: InterfaceId, target: Ty) -> bool {
        let package = self.env.module(module).package;
        let earlier = *self.first.entry((package, interface, target)).or_insert((module, head));
        if earlier == (module, head) {
            return true;
        }
        let pair = self.pair(interface, target);
        both_places(
            self.diags,
            codes::IMPL_DUPLICATE,
            (self.env.file(module), head, format!("the package has two impls of {pair}")),
            (self.env.file(earlier.0), earlier.1, format!("the first impl of {pair} is here")),
        );
        false
    }

    fn pair(&self, interface: InterfaceId, target: Ty) -> String {
        let interface = self.env.text(self.env.interface(interface).name);
        format!("`{interface}` for `{}`", self.env.type_name(self.types, target))
    }

    /// A package may only contain an impl if it owns the interface or the target; says whether it does.
    fn check_owner(&mut self, module: ModuleId, head: Span, interface: InterfaceId, target: Ty) -> bool {
        let package = |module: ModuleId| self.env.module(module).package;
        let owner = match *self.types.get(target) {
            Type::Struct(id) => self.env.strukt(id).module,
            Type::Enum(id) => Some(self.env.enumeration(id).module),
            _ => None,
        };
        let (Some(target_module), interface_module) = (owner, self.env.interface(interface).module) else {
            return true;
        };
        if [target_module, interface_module].iter().any(|&owner| package(owner) == package(module)) {
            return true;
        }
        let message = format!(
            "the impl of {} belongs to neither package: the interface is that of the module {}, the type that of the module {}",
            self.pair(interface, target),
            self.env.module(interface_module).name,
            self.env.module(target_module).name,
        );
        self.diags.push(
            Diagnostic::error(codes::IMPL_ORPHAN, self.env.file(module), head, message)
                .hint("declare a type of your own that holds the other one, and write the impl for that"),
        );
        false
    }

    /// Enters a method as a callable.
    fn method(&mut self, module: ModuleId, target: Ty, method: &'a ast::Method) -> Callable {
        let signature = &method.signature;
        let owner = self.env.type_name(self.types, target);
        let info = FnInfo {
            kind: FnKind::Function,
            name: format!("{owner}.{}", self.env.text(signature.name.name)),
            module,
            span: signature.name.span,
            params: Vec::new(),
            result: Ty::UNIT,
            body: FnBody::Block(&method.body),
            scope: Scope::default(),
        };
        let callable = self.env.add_callable(info, !signature.type_params.is_empty());
        let outer = Outer { self_type: Some(target), receiver: mentions_self(method).then_some(target) };
        resolve_callable(self.env, callable, signature, &outer, self.types, self.diags);
        callable
    }

    /// Gives a method to its type, unless the name is taken there.
    fn register(
        &mut self,
        module: ModuleId,
        target: Ty,
        interface: Option<InterfaceId>,
        name: ast::Ident,
        callable: Callable,
    ) {
        let (ty, text) = (self.env.type_name(self.types, target), self.env.text(name.name));
        let field = match *self.types.get(target) {
            Type::Struct(id) => self.env.strukt(id).field(name.name).is_some(),
            _ => false,
        };
        let other = self.env.method(target, name.name).map(|method| method.interface);
        if !field && other.is_none() {
            let instance = self.env.callable(callable).scope.receiver;
            let method = MethodInfo { callable, instance, interface };
            self.env.methods.insert((target, name.name), method);
            return;
        }
        // What an impl of an unknown interface, or an orphan, gives to its type is not known either.
        let Some(own) = interface.map(|id| self.env.text(self.env.interface(id).name)) else { return };
        let message = match other {
            _ if field => {
                format!("`{ty}` has a field `{text}` already, so `{own}` cannot give it a method `{text}`")
            }
            Some(Some(first)) => {
                let first = self.env.text(self.env.interface(first).name);
                format!("`{ty}` gets a method `{text}` from `{first}` already, and another one from `{own}`")
            }
            _ => return,
        };
        let file = self.env.file(module);
        self.diags.push(Diagnostic::error(codes::METHOD_NAME_CONFLICT, file, name.span, message));
    }

    /// Compares the methods of an impl with the members of its interface.
    fn check_members(
        &mut self,
        module: ModuleId,
        head: Span,
        interface: InterfaceId,
        target: Ty,
        decl: &ast::ImplDecl,
        found: &FxHashMap<Symbol, (Callable, Span)>,
    ) {
        let file = self.env.file(module);
        let (name, members) =
            (self.env.interface(interface).name, self.env.interface(interface).members.clone());
        let ty = match self.types.get(target) {
            Type::Unknown => path_text(self.env, &decl.target),
            _ => self.env.type_name(self.types, target),
        };
        let interface_name = self.env.text(name);
        let methods = decl.methods.iter().map(|method| method.signature.name);
        let mut names = methods.chain([decl.target.last()]);
        let is_named = names.all(|name| name.name != sym::EMPTY);
        for &(member, template) in members.iter().filter(|_| is_named) {
            match found.get(&member) {
                Some(&(callable, head)) => {
                    self.check_signature(module, interface, target, (member, template), callable, head);
                }
                None => {
                    let member = self.env.text(member);
                    let message =
                        format!("the impl of `{interface_name}` for `{ty}` lacks the member `{member}`");
                    self.diags.push(Diagnostic::error(codes::IMPL_INCOMPLETE, file, head, message));
                }
            }
        }
        for method in &decl.methods {
            let name = method.signature.name;
            if name.name != sym::EMPTY && self.env.interface(interface).member(name.name).is_none() {
                let message = format!(
                    "`{}` is no member of the interface `{interface_name}`",
                    self.env.text(name.name)
                );
                let names = members.iter().map(|&(member, _)| self.env.text(member));
                let mut finding = Diagnostic::error(codes::IMPL_UNKNOWN_METHOD, file, name.span, message);
                if let Some(near) = self.env.suggest(self.env.text(name.name), names) {
                    finding = finding.hint(format!("did you mean `{near}`?"));
                }
                self.diags.push(finding);
            }
        }
    }

    /// A method's signature must equal the member's with the target in place of `Self`.
    fn check_signature(
        &mut self,
        module: ModuleId,
        interface: InterfaceId,
        target: Ty,
        (name, member): (Symbol, TemplateId),
        callable: Callable,
        head: Span,
    ) {
        let self_param = self.env.interface(interface).self_param;
        let own: Vec<ParamId> = match callable {
            Callable::Template(id) => self.env.template(id).params.clone(),
            Callable::Function(_) => Vec::new(),
        };
        let member = self.env.template(member);
        let parameters: Vec<Ty> =
            own.iter().map(|&param| self.types.intern(Type::Parameter(param))).collect();
        let known = Substitution::new(&member.params, &parameters).with(self_param, target);
        let found = self.env.callable(callable);
        let given = &found.params[usize::from(found.scope.receiver)..];
        let constraint = |&param: &ParamId| self.env.type_param(param).constraint;
        let alike = member.params.len() == own.len()
            && member.params.iter().map(constraint).eq(own.iter().map(constraint))
            && member.info.params.len() == given.len()
            && member.info.params.iter().zip(given).all(|(member, given)| {
                let expected = known.apply(self.types, member.ty);
                member.name == given.name
                    && member.default.is_some() == given.default.is_some()
                    && is_same(self.types, expected, given.ty)
            })
            && {
                let expected = known.apply(self.types, member.info.result);
                is_same(self.types, expected, found.result)
            };
        let unknown = |info: &FnInfo| {
            let mut params = info.params.iter();
            info.result == Ty::UNKNOWN
                || params.any(|param| param.ty == Ty::UNKNOWN || param.name == sym::EMPTY)
        };
        if alike || unknown(&member.info) || unknown(found) {
            return;
        }
        let expected = signature_text(self.env, self.types, &member.info, name, &member.params);
        let found = signature_text(self.env, self.types, found, name, &own);
        let (text, ty) = (self.env.text(name), self.env.type_name(self.types, target));
        let message = format!("`{text}` must be `{expected}` with `{ty}` for `Self`, it is `{found}`");
        let file = self.env.file(module);
        self.diags.push(Diagnostic::error(codes::IMPL_SIGNATURE_MISMATCH, file, head, message));
    }
}

/// Whether two types of a signature are the same; one that is not known has been reported.
fn is_same(types: &Types, a: Ty, b: Ty) -> bool {
    a == Ty::UNKNOWN || b == Ty::UNKNOWN || types.same(a, b)
}

/// Whether a method's body or defaults mention `self`: then it works on a value.
fn mentions_self(method: &ast::Method) -> bool {
    let mut is_self = |expr: &ast::Expr| matches!(expr.kind, ast::ExprKind::Name(sym::SELF_VALUE));
    let mut defaults = method.signature.params.iter().filter_map(|param| param.default.as_ref());
    method.body.any_expr(&mut is_self) || defaults.any(|default| default.any_expr(&mut is_self))
}
