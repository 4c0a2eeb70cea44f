//! The one table of builtin functions and namespaces: names, signatures, capabilities, effects.
//!
//! The checker reads it; so may the editor and the documentation. Behaviour belongs to the runtime.

use fuse_hir::{Builtin, HttpTypes, StdErrors, Ty, Type, Types, tags};
use fuse_syntax::{Interner, Symbol, sym};
use rustc_hash::FxHashMap;

/// A builtin function.
#[derive(Debug)]
pub struct BuiltinFn {
    /// Its name: `print`, or `encode` in a namespace.
    pub name: &'static str,
    /// Its parameters.
    pub params: &'static [BuiltinParam],
    /// Type of any number of further arguments (`log`); such a function takes no named arguments.
    pub rest: Option<BuiltinType>,
    /// Its result.
    pub result: BuiltinType,
    /// What the calling module must declare.
    pub capability: Option<Capability>,
    /// What it does besides computing its result.
    pub effect: Effect,
    /// Whether a `spawn` block may call it.
    pub in_spawn: bool,
    /// Whether a `transaction` block may call it.
    pub in_transaction: bool,
    /// What the checked program calls.
    pub builtin: Builtin,
}

impl BuiltinFn {
    /// How many arguments it needs at least.
    pub fn required(&self) -> usize {
        self.params.iter().filter(|param| matches!(param.default, BuiltinDefault::Required)).count()
    }
}

/// A parameter of a builtin function.
#[derive(Clone, Copy, Debug)]
pub struct BuiltinParam {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub ty: BuiltinType,
    /// What an omitted argument means.
    pub default: BuiltinDefault,
    /// The failure of a dynamic argument of another kind; empty if every kind is accepted, or the argument is never dynamic.
    pub expects: &'static str,
}

/// What an omitted argument means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum BuiltinDefault {
    /// It must not be omitted.
    Required,
    /// A String.
    Str(&'static str),
    /// An Int.
    Int(i64),
    /// `[]`
    EmptyList,
    /// `{}`
    EmptyMap,
}

/// A type in the signature of a builtin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BuiltinType {
    /// Every type with a text form.
    Text,
    /// Every encodable type.
    Encodable,
    /// Int or String.
    Port,
    /// A list of Html, String and such lists.
    Children,
    /// A struct, a map, or dynamic.
    Row,
    /// The query builder.
    Query,
    /// `http.response`
    HttpResponse,
    /// `http.error`
    HttpError,
    /// The dynamic type.
    Value,
    /// `Unit`
    Unit,
    /// `Bool`
    Bool,
    /// `Int`
    Int,
    /// `Float`
    Float,
    /// `String`
    String,
    /// `Bytes`
    Bytes,
    /// `Html`
    Html,
    /// `std.Error`
    StdError,
    /// `std.Error.Validation`
    Validation,
    /// `T?`
    Option(&'static BuiltinType),
    /// `List<T>`
    List(&'static BuiltinType),
    /// `Map<String, T>`
    Map(&'static BuiltinType),
    /// `T!E`
    Result(&'static BuiltinType, &'static BuiltinType),
}

impl BuiltinType {
    /// The type, if it is one type that this version has.
    pub fn ty(self, types: &mut Types) -> Option<Ty> {
        Some(match self {
            BuiltinType::Text
            | BuiltinType::Encodable
            | BuiltinType::Port
            | BuiltinType::Row
            | BuiltinType::Children => return None,
            BuiltinType::Query => Ty::QUERY,
            BuiltinType::HttpResponse => types.intern(Type::Struct(HttpTypes::RESPONSE)),
            BuiltinType::HttpError => types.intern(Type::Struct(HttpTypes::ERROR)),
            BuiltinType::Value => Ty::DYNAMIC,
            BuiltinType::Unit => Ty::UNIT,
            BuiltinType::Bool => Ty::BOOL,
            BuiltinType::Int => Ty::INT,
            BuiltinType::Float => Ty::FLOAT,
            BuiltinType::String => Ty::STRING,
            BuiltinType::Bytes => Ty::BYTES,
            BuiltinType::Html => Ty::HTML,
            BuiltinType::StdError => Ty::STD_ERROR,
            BuiltinType::Validation => types.intern(Type::Struct(StdErrors::VALIDATION)),
            BuiltinType::Option(inner) => {
                let inner = inner.ty(types)?;
                types.option(inner)
            }
            BuiltinType::List(inner) => {
                let inner = inner.ty(types)?;
                types.list(inner)
            }
            BuiltinType::Map(inner) => {
                let inner = inner.ty(types)?;
                types.map(inner)
            }
            BuiltinType::Result(ok, error) => {
                let (ok, error) = (ok.ty(types)?, error.ty(types)?);
                types.result(ok, &[error])
            }
        })
    }
}

/// What a module must declare to use a builtin. In alphabetical order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Capability {
    /// `crypto`
    Crypto,
    /// `db`
    Db,
    /// `network`
    Network,
    /// `time`
    Time,
}

impl Capability {
    /// The capability that a word after `requires` names.
    pub fn named(word: Symbol) -> Option<Capability> {
        Some(match word {
            sym::CRYPTO => Capability::Crypto,
            sym::DB => Capability::Db,
            sym::NETWORK => Capability::Network,
            sym::TIME => Capability::Time,
            _ => return None,
        })
    }

    /// The word after `requires`.
    pub fn word(self) -> &'static str {
        match self {
            Capability::Crypto => "crypto",
            Capability::Db => "db",
            Capability::Network => "network",
            Capability::Time => "time",
        }
    }
}

/// What a builtin does besides computing its result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing.
    Pure,
    /// Reads the environment or embedded settings.
    Env,
    /// Reads the clock.
    Clock,
    /// Reads the random source.
    Random,
    /// Writes to stdout or stderr.
    Out,
    /// Reads stdin.
    In,
    /// Reads a file.
    Fs,
    /// Uses the database.
    Db,
    /// Uses the network.
    Net,
    /// Waits.
    Sleep,
    /// Reads or changes the current request or response.
    Request,
}

impl Effect {
    /// Whether it may keep its caller waiting.
    pub fn blocks(self) -> bool {
        matches!(self, Effect::In | Effect::Fs | Effect::Db | Effect::Net | Effect::Sleep)
    }
}

/// A builtin namespace.
#[derive(Debug)]
pub struct Namespace {
    /// Its name.
    pub name: &'static str,
    /// Its functions.
    pub functions: &'static [BuiltinFn],
}

impl Namespace {
    /// A function of it.
    pub fn function(&self, name: &str) -> Option<&'static BuiltinFn> {
        self.functions.iter().find(|function| function.name == name)
    }
}

use BuiltinDefault::{EmptyList, EmptyMap, Required};
use BuiltinType as T;

const STRINGS: T = T::Map(&T::String);
const ROW: T = T::Map(&T::Value);
const HTTP_RESULT: T = T::Result(&T::HttpResponse, &T::HttpError);

const fn param(name: &'static str, ty: T, default: BuiltinDefault, expects: &'static str) -> BuiltinParam {
    BuiltinParam { name, ty, default, expects }
}

macro_rules! first {
    ($first:expr $(, $more:expr)*) => {
        $first
    };
}

macro_rules! function {
    ($name:literal ($($param:ident : $ty:expr $(, = $default:expr)? $(, expects $expects:literal)?);*) -> $result:expr, $effect:ident, spawn $spawn:literal, transaction $transaction:literal
        $(, rest $rest:expr)? $(, capability $capability:ident)?, is $builtin:ident) => {
        BuiltinFn {
            name: $name,
            params: &[$(param(stringify!($param), $ty, first!($($default,)? Required), first!($($expects,)? ""))),*],
            rest: first!($(Some($rest),)? None),
            result: $result,
            capability: first!($(Some(Capability::$capability),)? None),
            effect: Effect::$effect,
            in_spawn: $spawn,
            in_transaction: $transaction,
            builtin: Builtin::$builtin,
        }
    };
}

/// The builtin functions outside of namespaces.
pub const FUNCTIONS: &[BuiltinFn] = &[
    function!("print"(value: T::Text, = BuiltinDefault::Str("")) -> T::Unit, Out, spawn false, transaction true, is Print),
    function!("input"(prompt: T::String, = BuiltinDefault::Str(""), expects "input expects a string prompt") -> T::String, In, spawn false, transaction true, is Input),
    function!("log"(first: T::Text, = BuiltinDefault::Str("")) -> T::Unit, Out, spawn false, transaction true, rest T::Encodable, is Log),
    function!("assert"(cond: T::Bool, expects "assert expects a Bool as the first argument"; message: T::Text, = BuiltinDefault::Str("assertion failed")) -> T::Unit, Pure, spawn true, transaction true, is Assert),
    function!("env"(name: T::String, expects "env expects a string argument") -> T::Option(&T::String), Env, spawn false, transaction true, is Env),
    function!("env_int"(name: T::String, expects "env_int expects a string argument") -> T::Option(&T::Int), Env, spawn false, transaction true, is EnvInt),
    function!("env_float"(name: T::String, expects "env_float expects a string argument") -> T::Option(&T::Float), Env, spawn false, transaction true, is EnvFloat),
    function!("env_bool"(name: T::String, expects "env_bool expects a string argument") -> T::Option(&T::Bool), Env, spawn false, transaction true, is EnvBool),
    function!("asset"(path: T::String, expects "asset expects a string path") -> T::String, Env, spawn false, transaction true, is Asset),
    function!("serve"(port: T::Port, expects "serve expects a port number") -> T::Unit, Net, spawn false, transaction false, capability Network, is Serve),
];

/// The builtin namespaces.
pub const NAMESPACES: &[Namespace] = &[
    Namespace {
        name: "json",
        functions: &[
            function!("encode"(value: T::Encodable) -> T::String, Pure, spawn true, transaction true, is JsonEncode),
            function!("decode"(text: T::String, expects "json.decode expects a string argument") -> T::Value, Pure, spawn true, transaction true, is JsonDecode),
        ],
    },
    Namespace {
        name: "time",
        functions: &[
            function!("now"() -> T::Int, Clock, spawn true, transaction false, capability Time, is TimeNow),
            function!("sleep"(ms: T::Int, expects "time.sleep expects an Int") -> T::Unit, Sleep, spawn false, transaction false, capability Time, is TimeSleep),
            function!("format"(epoch: T::Int, expects "time.format expects epoch as Int"; fmt: T::String, expects "time.format expects format as String") -> T::String, Pure, spawn true, transaction false, capability Time, is TimeFormat),
            function!("parse"(text: T::String, expects "time.parse expects text as String"; fmt: T::String, expects "time.parse expects format as String") -> T::Result(&T::Int, &T::StdError), Pure, spawn true, transaction false, capability Time, is TimeParse),
        ],
    },
    Namespace {
        name: "crypto",
        functions: &[
            function!("hash"(algo: T::String, expects "crypto.hash expects algorithm as String"; data: T::Bytes, expects "crypto.hash expects data as Bytes") -> T::Bytes, Pure, spawn true, transaction false, capability Crypto, is CryptoHash),
            function!("hmac"(algo: T::String, expects "crypto.hmac expects algorithm as String"; key: T::Bytes, expects "crypto.hmac expects key as Bytes"; data: T::Bytes, expects "crypto.hmac expects data as Bytes") -> T::Bytes, Pure, spawn true, transaction false, capability Crypto, is CryptoHmac),
            function!("random_bytes"(n: T::Int, expects "crypto.random_bytes expects an Int") -> T::Bytes, Random, spawn true, transaction false, capability Crypto, is CryptoRandomBytes),
            function!("constant_time_eq"(a: T::Bytes, expects "crypto.constant_time_eq expects Bytes arguments"; b: T::Bytes, expects "crypto.constant_time_eq expects Bytes arguments") -> T::Bool, Pure, spawn true, transaction false, capability Crypto, is CryptoConstantTimeEq),
        ],
    },
    Namespace {
        name: "db",
        functions: &[
            function!("exec"(sql: T::String, expects "db.exec expects a SQL string"; params: T::List(&T::Value), = EmptyList, expects "db.exec params must be a list") -> T::Unit, Db, spawn false, transaction true, capability Db, is DbExec),
            function!("query"(sql: T::String, expects "db.query expects a SQL string"; params: T::List(&T::Value), = EmptyList, expects "db.query params must be a list") -> T::List(&ROW), Db, spawn false, transaction true, capability Db, is DbQuery),
            function!("one"(sql: T::String, expects "db.one expects a SQL string"; params: T::List(&T::Value), = EmptyList, expects "db.one params must be a list") -> T::Option(&ROW), Db, spawn false, transaction true, capability Db, is DbOne),
            function!("from"(table: T::String, expects "db.from expects a table name string") -> T::Query, Pure, spawn false, transaction true, capability Db, is DbFrom),
        ],
    },
    Namespace {
        name: "http",
        functions: &[
            function!("request"(method: T::String, expects "http.request expects method as String"; url: T::String, expects "http.request expects url as String"; body: T::String, = BuiltinDefault::Str(""), expects "http.request expects body as String"; headers: STRINGS, = EmptyMap, expects "http.request expects headers as Map<String, String>"; timeout_ms: T::Int, = BuiltinDefault::Int(30000), expects "http.request expects timeout_ms as Int") -> HTTP_RESULT, Net, spawn true, transaction false, capability Network, is HttpRequest),
            function!("get"(url: T::String, expects "http.get expects url as String"; headers: STRINGS, = EmptyMap, expects "http.get expects headers as Map<String, String>"; timeout_ms: T::Int, = BuiltinDefault::Int(30000), expects "http.get expects timeout_ms as Int") -> HTTP_RESULT, Net, spawn true, transaction false, capability Network, is HttpGet),
            function!("post"(url: T::String, expects "http.post expects url as String"; body: T::String, expects "http.post expects body as String"; headers: STRINGS, = EmptyMap, expects "http.post expects headers as Map<String, String>"; timeout_ms: T::Int, = BuiltinDefault::Int(30000), expects "http.post expects timeout_ms as Int") -> HTTP_RESULT, Net, spawn true, transaction false, capability Network, is HttpPost),
        ],
    },
    Namespace {
        name: "request",
        functions: &[
            function!("header"(name: T::String, expects "request.header expects a string name") -> T::Option(&T::String), Request, spawn false, transaction true, is RequestHeader),
            function!("cookie"(name: T::String, expects "request.cookie expects a string name") -> T::Option(&T::String), Request, spawn false, transaction true, is RequestCookie),
        ],
    },
    Namespace {
        name: "response",
        functions: &[
            function!("header"(name: T::String, expects "response.header expects string name and value"; value: T::String, expects "response.header expects string name and value") -> T::Unit, Request, spawn false, transaction true, is ResponseHeader),
            function!("cookie"(name: T::String, expects "response.cookie expects string name and value"; value: T::String, expects "response.cookie expects string name and value") -> T::Unit, Request, spawn false, transaction true, is ResponseCookie),
            function!("delete_cookie"(name: T::String, expects "response.delete_cookie expects a string name") -> T::Unit, Request, spawn false, transaction true, is ResponseDeleteCookie),
        ],
    },
    Namespace {
        name: "html",
        functions: &[
            function!("text"(value: T::String, expects "html.text expects a String") -> T::Html, Pure, spawn true, transaction true, is HtmlText),
            function!("raw"(value: T::String, expects "html.raw expects a String") -> T::Html, Pure, spawn true, transaction true, is HtmlRaw),
            function!("node"(name: T::String, expects "html.node expects a String tag"; attrs: STRINGS, expects "html.node attrs must be Map<String, String>"; children: T::Children, expects "html.node expects children as List<Html>") -> T::Html, Pure, spawn true, transaction true, is HtmlNode),
            function!("render"(value: T::Html, expects "html.render expects an Html value") -> T::String, Pure, spawn true, transaction true, is HtmlRender),
        ],
    },
    Namespace {
        name: "svg",
        functions: &[
            function!("inline"(path: T::String, expects "svg.inline expects a String path") -> T::Html, Fs, spawn false, transaction true, is SvgInline),
        ],
    },
];

/// The methods of a query. `one` and `all` with a type argument are others: [`typed_read`].
pub const QUERY: &Namespace = &Namespace {
    name: "query",
    functions: &[
        function!("select"(columns: T::List(&T::String), expects "query.select expects a list of strings") -> T::Query, Pure, spawn false, transaction true, capability Db, is QuerySelect),
        function!("where"(column: T::String, expects "query.where expects a column string"; op: T::String, expects "query.where expects an operator string"; value: T::Value) -> T::Query, Pure, spawn false, transaction true, capability Db, is QueryWhere),
        function!("order_by"(column: T::String, expects "query.order_by expects a column string"; dir: T::String, expects "query.order_by expects a direction string") -> T::Query, Pure, spawn false, transaction true, capability Db, is QueryOrderBy),
        function!("limit"(n: T::Int, expects "query.limit expects an Int") -> T::Query, Pure, spawn false, transaction true, capability Db, is QueryLimit),
        function!("insert"(value: T::Row, expects "insert expects a struct or map value") -> T::Query, Pure, spawn false, transaction true, capability Db, is QueryInsert),
        function!("upsert"(value: T::Row, expects "upsert expects a struct or map value") -> T::Query, Pure, spawn false, transaction true, capability Db, is QueryUpsert),
        function!("update"(column: T::String, expects "query.update expects a column string"; value: T::Value) -> T::Query, Pure, spawn false, transaction true, capability Db, is QueryUpdate),
        function!("delete"() -> T::Query, Pure, spawn false, transaction true, capability Db, is QueryDelete),
        function!("count"() -> T::Int, Db, spawn false, transaction true, capability Db, is QueryCount),
        function!("one"() -> T::Option(&ROW), Db, spawn false, transaction true, capability Db, is QueryOne),
        function!("all"() -> T::List(&ROW), Db, spawn false, transaction true, capability Db, is QueryAll),
        function!("exec"() -> T::Unit, Db, spawn false, transaction true, capability Db, is QueryExec),
        function!("sql"() -> T::String, Pure, spawn false, transaction true, capability Db, is QuerySql),
        function!("params"() -> T::List(&T::Value), Pure, spawn false, transaction true, capability Db, is QueryParams),
    ],
};

/// What `one` or `all` calls if it has a type argument.
pub fn typed_read(method: &BuiltinFn) -> Option<Builtin> {
    match method.builtin {
        Builtin::QueryOne => Some(Builtin::QueryOneTyped),
        Builtin::QueryAll => Some(Builtin::QueryAllTyped),
        _ => None,
    }
}

/// The table, by symbol.
#[derive(Debug, Default)]
pub struct Builtins {
    functions: FxHashMap<Symbol, &'static BuiltinFn>,
    namespaces: FxHashMap<Symbol, &'static Namespace>,
    tags: FxHashMap<Symbol, &'static str>,
}

impl Builtins {
    /// Those names that occur in the program; a name that was never interned is never asked for.
    pub fn new(interner: &Interner) -> Builtins {
        let mut builtins = Builtins::default();
        for function in FUNCTIONS {
            if let Some(symbol) = interner.lookup(function.name) {
                builtins.functions.insert(symbol, function);
            }
        }
        for namespace in NAMESPACES {
            if let Some(symbol) = interner.lookup(namespace.name) {
                builtins.namespaces.insert(symbol, namespace);
            }
        }
        for &tag in tags::NORMAL.iter().chain(tags::VOID) {
            if let Some(symbol) = interner.lookup(tag) {
                builtins.tags.insert(symbol, tag);
            }
        }
        builtins
    }

    /// The function of a name.
    pub fn function(&self, name: Symbol) -> Option<&'static BuiltinFn> {
        self.functions.get(&name).copied()
    }

    /// The namespace of a name.
    pub fn namespace(&self, name: Symbol) -> Option<&'static Namespace> {
        self.namespaces.get(&name).copied()
    }

    /// The HTML tag of a name.
    pub fn tag(&self, name: Symbol) -> Option<&'static str> {
        self.tags.get(&name).copied()
    }
}
