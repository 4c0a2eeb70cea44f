//! Types, interned.

use crate::program::{ConfigId, EnumId, FnId, ParamId, StructId};
use rustc_hash::FxHashMap;

/// An interned type. Equal types have equal ids (language reference 5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ty(pub u32);

/// A type.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// The type of an expression that already has an error; fits everywhere. Never in a `Program`.
    Unknown,
    /// Of expressions that never yield a value.
    Never,
    /// Of the literal `null` without an expected type.
    Null,
    /// `Unit`.
    Unit,
    /// `Int`.
    Int,
    /// `Float`.
    Float,
    /// `Bool`.
    Bool,
    /// `String`.
    String,
    /// `Bytes`.
    Bytes,
    /// `Html`.
    Html,
    /// `Id`.
    Id,
    /// `Email`.
    Email,
    /// The dynamic type, `Value` in messages.
    Dynamic,
    /// `List<T>`.
    List(Ty),
    /// `Map<String, T>`.
    Map(Ty),
    /// `T?`; the inner type is never an option itself.
    Option(Ty),
    /// Lookup of `T` (language reference 5.8): represented as `T?`.
    Lookup(Ty),
    /// `T!E1!..!En`, domains in an order of their own, without repetition. Made by [`Types::result`] only.
    Result(Ty, Box<[Ty]>),
    /// Payload of `Err` over several domains.
    Union(Box<[Ty]>),
    /// `fn(A, B) -> R`.
    Function(Box<[Ty]>, Ty),
    /// A struct type, also those of the `std.Error` family but for the base, and those of the HTTP client.
    Struct(StructId),
    /// An enum.
    Enum(EnumId),
    /// A config, as a type name.
    Config(ConfigId),
    /// `std.Error`, the base of the family.
    StdError,
    /// A type parameter in the declaration that has it, or the `Self` of an interface. Nothing in a `Program` has it: generic
    /// functions are there once for each list of type arguments.
    Parameter(ParamId),
    /// `Task<T>`.
    Task(Ty),
    /// The query builder, `Query` in messages.
    Query,
    /// `B(c1, c2, ..)`: the base (`Int`, `Float`, `String`, `Bytes`, `Id` or `Email`) and the constraints in order. Represented as the base.
    Refined(Ty, Box<[Constraint]>),
}

/// A constraint of a refinement (language reference 5.6).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Constraint {
    /// An Int between the two, inclusive.
    IntRange(i64, i64),
    /// A Float between the two, inclusive: their bits.
    FloatRange(u64, u64),
    /// A length between the two, inclusive: Unicode scalar values of a text, bytes of Bytes.
    Length(u64, u64),
    /// A text in which the pattern is found.
    Regex(Box<str>),
    /// The function says `true`.
    Predicate(FnId),
}

/// The interner of types. The constants below are the first entries of every interner.
#[derive(Clone, Debug)]
pub struct Types {
    types: Vec<Type>,
    ids: FxHashMap<Type, Ty>,
    /// The order of each set of error domains, by the sorted set.
    orders: FxHashMap<Box<[Ty]>, Box<[Ty]>>,
}

macro_rules! simple_types {
    ($($(#[$doc:meta])* $constant:ident = $number:literal, $ty:ident;)*) => {
        impl Ty { $($(#[$doc])* pub const $constant: Ty = Ty($number);)* }
        const SIMPLE: &[Type] = &[$(Type::$ty),*];
    };
}

simple_types! {
    /// [`Type::Unknown`].
    UNKNOWN = 0, Unknown;
    /// [`Type::Never`].
    NEVER = 1, Never;
    /// [`Type::Null`].
    NULL = 2, Null;
    /// [`Type::Unit`].
    UNIT = 3, Unit;
    /// [`Type::Int`].
    INT = 4, Int;
    /// [`Type::Float`].
    FLOAT = 5, Float;
    /// [`Type::Bool`].
    BOOL = 6, Bool;
    /// [`Type::String`].
    STRING = 7, String;
    /// [`Type::Bytes`].
    BYTES = 8, Bytes;
    /// [`Type::Html`].
    HTML = 9, Html;
    /// [`Type::Id`].
    ID = 10, Id;
    /// [`Type::Email`].
    EMAIL = 11, Email;
    /// [`Type::Dynamic`].
    DYNAMIC = 12, Dynamic;
    /// [`Type::StdError`].
    STD_ERROR = 13, StdError;
    /// [`Type::Query`].
    QUERY = 14, Query;
}

impl Default for Types {
    fn default() -> Self {
        Types::new()
    }
}

impl Types {
    /// An interner that holds the simple types.
    pub fn new() -> Types {
        let mut types = Types { types: Vec::new(), ids: FxHashMap::default(), orders: FxHashMap::default() };
        for ty in SIMPLE {
            types.intern(ty.clone());
        }
        types
    }

    /// The id of a type.
    pub fn intern(&mut self, ty: Type) -> Ty {
        if let Some(&id) = self.ids.get(&ty) {
            return id;
        }
        let id = Ty(self.types.len() as u32);
        self.types.push(ty.clone());
        self.ids.insert(ty, id);
        id
    }

    /// The type of an id.
    pub fn get(&self, ty: Ty) -> &Type {
        &self.types[ty.0 as usize]
    }

    /// `T?`; of an option or the dynamic type, the type itself.
    pub fn option(&mut self, inner: Ty) -> Ty {
        match self.get(inner) {
            Type::Option(_) | Type::Dynamic | Type::Unknown => inner,
            Type::Lookup(t) => {
                let t = *t;
                self.option(t)
            }
            _ => self.intern(Type::Option(inner)),
        }
    }

    /// `List<T>`.
    pub fn list(&mut self, element: Ty) -> Ty {
        if element == Ty::UNKNOWN { element } else { self.intern(Type::List(element)) }
    }

    /// `Map<String, T>`.
    pub fn map(&mut self, value: Ty) -> Ty {
        if value == Ty::UNKNOWN { value } else { self.intern(Type::Map(value)) }
    }

    /// Lookup of `T`; of the dynamic type, that type.
    pub fn lookup(&mut self, value: Ty) -> Ty {
        if matches!(value, Ty::DYNAMIC | Ty::UNKNOWN) { value } else { self.intern(Type::Lookup(value)) }
    }

    /// The type without refinements and without `Id` and `Email`, at every depth of options, lookups, lists and maps:
    /// that of the same values before they are tested. Its representation is the same.
    pub fn untested(&mut self, ty: Ty) -> Ty {
        match *self.get(ty) {
            Type::Refined(base, _) => self.untested(base),
            Type::Id | Type::Email => Ty::STRING,
            Type::List(inner) => {
                let inner = self.untested(inner);
                self.list(inner)
            }
            Type::Map(inner) => {
                let inner = self.untested(inner);
                self.map(inner)
            }
            Type::Option(inner) => {
                let inner = self.untested(inner);
                self.option(inner)
            }
            Type::Lookup(inner) => {
                let inner = self.untested(inner);
                self.lookup(inner)
            }
            _ => ty,
        }
    }

    /// Whether values of the type are dynamic, or options, lookups, lists or maps of such.
    pub fn holds_dynamic(&self, ty: Ty) -> bool {
        match *self.get(ty) {
            Type::Dynamic => true,
            Type::List(inner) | Type::Map(inner) | Type::Option(inner) | Type::Lookup(inner) => {
                self.holds_dynamic(inner)
            }
            _ => false,
        }
    }

    /// `T!E1..En`. The domains are a set: repeated ones count once, and all result types with the same set have it in the order in
    /// which it was first written, so that equal result types (and functions that yield them) are one type with one representation.
    pub fn result(&mut self, value: Ty, domains: &[Ty]) -> Ty {
        if value == Ty::UNKNOWN || domains.contains(&Ty::UNKNOWN) {
            return Ty::UNKNOWN;
        }
        let mut written = Vec::with_capacity(domains.len());
        for &domain in domains {
            if !written.contains(&domain) {
                written.push(domain);
            }
        }
        let mut set = written.clone();
        set.sort_unstable();
        let order = self.orders.entry(set.into()).or_insert_with(|| written.into()).clone();
        self.intern(Type::Result(value, order))
    }

    /// Whether two types are the same: equal, with the domains of results compared as sets at every depth.
    pub fn same(&self, a: Ty, b: Ty) -> bool {
        if a == b {
            return true;
        }
        match (self.get(a), self.get(b)) {
            (Type::List(x), Type::List(y))
            | (Type::Map(x), Type::Map(y))
            | (Type::Option(x), Type::Option(y))
            | (Type::Lookup(x), Type::Lookup(y))
            | (Type::Task(x), Type::Task(y)) => self.same(*x, *y),
            (Type::Result(x, xs), Type::Result(y, ys)) => self.same(*x, *y) && self.same_set(xs, ys),
            (Type::Union(xs), Type::Union(ys)) => self.same_set(xs, ys),
            (Type::Function(xs, x), Type::Function(ys, y)) => {
                xs.len() == ys.len() && self.same(*x, *y) && xs.iter().zip(ys).all(|(&x, &y)| self.same(x, y))
            }
            _ => false,
        }
    }

    fn same_set(&self, xs: &[Ty], ys: &[Ty]) -> bool {
        xs.len() == ys.len() && xs.iter().all(|&x| ys.iter().any(|&y| self.same(x, y)))
    }

    /// Number of interned types.
    pub fn len(&self) -> usize {
        self.types.len()
    }

    /// Never true: the simple types are always there.
    pub fn is_empty(&self) -> bool {
        self.types.is_empty()
    }
}
