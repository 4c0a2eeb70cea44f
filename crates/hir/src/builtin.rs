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
