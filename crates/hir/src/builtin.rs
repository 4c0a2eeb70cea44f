//! The builtin functions that programs can reach, as the checker resolved them.

/// A builtin function. Arguments are in parameter order; omitted optional ones are filled in by the checker as their default
/// (`print()` has the String literal `""`), except `log`'s, which has as many as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Builtin {
    /// `print(value)`: any type with a text form.
    Print,
    /// `input(prompt: String)`.
    Input,
    /// `log(args..)`: any types.
    Log,
    /// `assert(cond: Bool, message: any)`.
    Assert,
    /// `env(name) -> String?`.
    Env,
    /// `env_int(name) -> Int?`.
    EnvInt,
    /// `env_float(name) -> Float?`.
    EnvFloat,
    /// `env_bool(name) -> Bool?`.
    EnvBool,
    /// `json.encode(value)`: any encodable type.
    JsonEncode,
    /// `json.decode(text) -> Value`.
    JsonDecode,
    /// `time.now() -> Int`.
    TimeNow,
    /// `time.sleep(ms: Int)`.
    TimeSleep,
    /// `time.format(epoch: Int, fmt: String) -> String`.
    TimeFormat,
    /// `time.parse(text: String, fmt: String) -> Int!std.Error`.
    TimeParse,
    /// `crypto.hash(algo: String, data: Bytes) -> Bytes`.
    CryptoHash,
    /// `crypto.hmac(algo: String, key: Bytes, data: Bytes) -> Bytes`.
    CryptoHmac,
    /// `crypto.random_bytes(n: Int) -> Bytes`.
    CryptoRandomBytes,
    /// `crypto.constant_time_eq(a: Bytes, b: Bytes) -> Bool`.
    CryptoConstantTimeEq,
    /// `serve(port)`: an Int, a String, or dynamic.
    Serve,
    /// `request.header(name) -> String?`.
    RequestHeader,
    /// `request.cookie(name) -> String?`.
    RequestCookie,
    /// `response.header(name, value)`.
    ResponseHeader,
    /// `response.cookie(name, value)`.
    ResponseCookie,
    /// `response.delete_cookie(name)`.
    ResponseDeleteCookie,
    /// `http.request(method, url, body, headers: Map<String, String>, timeout_ms: Int) -> http.response!http.error`.
    HttpRequest,
    /// `http.get(url, headers, timeout_ms)`.
    HttpGet,
    /// `http.post(url, body, headers, timeout_ms)`.
    HttpPost,
    /// `db.exec(sql, params: List<Value>)`. For this and the other builtins with parameters for the database: what a program gives them is
    /// [coerced](crate::ExprKind::Coerce) to the dynamic type; the type from which tells what the database takes (the content of a result) and refuses.
    DbExec,
    /// `db.query(sql, params) -> List<Map<String, Value>>`.
    DbQuery,
    /// `db.one(sql, params) -> Map<String, Value>?`.
    DbOne,
    /// `db.from(table) -> Query`.
    DbFrom,
    /// `query.select(columns: List<String>) -> Query`.
    QuerySelect,
    /// `query.where(column, op, value: Value) -> Query`.
    QueryWhere,
    /// `query.order_by(column, dir) -> Query`.
    QueryOrderBy,
    /// `query.limit(n: Int) -> Query`.
    QueryLimit,
    /// `query.insert(row) -> Query`: a struct, a `Map<String, V>`, or dynamic.
    QueryInsert,
    /// `query.upsert(row) -> Query`: as `insert`.
    QueryUpsert,
    /// `query.update(column, value: Value) -> Query`.
    QueryUpdate,
    /// `query.delete() -> Query`.
    QueryDelete,
    /// `query.count() -> Int`.
    QueryCount,
    /// `query.one() -> Map<String, Value>?`.
    QueryOne,
    /// `query.all() -> List<Map<String, Value>>`.
    QueryAll,
    /// `query.one<T>() -> T?`: the struct type is that of the call. The query selects exactly its fields.
    QueryOneTyped,
    /// `query.all<T>() -> List<T>`.
    QueryAllTyped,
    /// `query.exec()`.
    QueryExec,
    /// `query.sql() -> String`.
    QuerySql,
    /// `query.params() -> List<Value>`.
    QueryParams,
    /// `html.text(value: String) -> Html`.
    HtmlText,
    /// `html.raw(value: String) -> Html`.
    HtmlRaw,
    /// `html.node(name: String, attrs: Map<String, String>, children: List<Html>) -> Html`; the children are an
    /// [`ExprKind::Children`](crate::ExprKind::Children).
    HtmlNode,
    /// `html.render(value: Html) -> String`.
    HtmlRender,
    /// `svg.inline(path: String) -> Html`.
    SvgInline,
    /// `asset(path: String) -> String`.
    Asset,
}

/// Whether a text names a log level (runtime reference 11.4).
pub fn is_log_level(word: &str) -> bool {
    ["trace", "debug", "info", "warn", "warning", "error"]
        .iter()
        .any(|level| word.eq_ignore_ascii_case(level))
}
