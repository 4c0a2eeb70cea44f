//! Calls of builtin functions.

use crate::function::{Body, Slots};
use fuse_abi::functions::Rt;
use fuse_hir::{Builtin, Expr, ExprKind, Span, StdErrors, Ty, Type as HirType, is_log_level};
use fuse_ir::Value;

impl Body<'_, '_> {
    pub(crate) fn call_builtin(&mut self, builtin: Builtin, args: &[Expr], expr: &Expr) -> Slots {
        match builtin {
            Builtin::Print => self.print(&args[0], expr),
            Builtin::Log => self.log(args, expr),
            Builtin::Assert => self.assert(&args[0], &args[1], expr),
            Builtin::Input => self.with_text(Rt::input, &args[0], expr),
            Builtin::Env => self.with_text(Rt::env, &args[0], expr),
            Builtin::EnvInt => self.with_text(Rt::env_int, &args[0], expr),
            Builtin::EnvFloat => self.with_text(Rt::env_float, &args[0], expr),
            Builtin::EnvBool => self.with_text(Rt::env_bool, &args[0], expr),
            Builtin::JsonEncode => self.json_encode(&args[0], expr),
            Builtin::JsonDecode => self.with_args(Rt::json_decode, args, expr),
            Builtin::TimeNow => self.with_args(Rt::time_now, args, expr),
            Builtin::TimeSleep => self.with_args(Rt::time_sleep, args, expr),
            Builtin::TimeFormat => self.with_args(Rt::time_format, args, expr),
            Builtin::TimeParse => self.time_parse(args, expr),
            Builtin::CryptoHash => self.with_args(Rt::crypto_hash, args, expr),
            Builtin::CryptoHmac => self.with_args(Rt::crypto_hmac, args, expr),
            Builtin::CryptoRandomBytes => self.with_args(Rt::crypto_random_bytes, args, expr),
            Builtin::CryptoConstantTimeEq => self.with_args(Rt::crypto_constant_time_eq, args, expr),
            Builtin::HtmlText => self.html(expr),
            Builtin::HtmlRaw => self.expr(&args[0]),
            Builtin::HtmlNode => self.html_node(args, expr.span),
            Builtin::HtmlRender => {
                let html = self.expr(&args[0])[0];
                vec![self.rendering(html, expr.span)]
            }
            Builtin::SvgInline => self.with_args(Rt::html_svg_inline, args, expr),
            Builtin::Asset => self.with_args(Rt::json_asset_path, args, expr),
            Builtin::Serve
            | Builtin::RequestHeader
            | Builtin::RequestCookie
            | Builtin::ResponseHeader
            | Builtin::ResponseCookie
            | Builtin::ResponseDeleteCookie
            | Builtin::HttpRequest
            | Builtin::HttpGet
            | Builtin::HttpPost => self.builtin_not_available(builtin, expr),
            Builtin::DbExec
            | Builtin::DbQuery
            | Builtin::DbOne
            | Builtin::DbFrom
            | Builtin::QuerySelect
            | Builtin::QueryWhere
            | Builtin::QueryOrderBy
            | Builtin::QueryLimit
            | Builtin::QueryInsert
            | Builtin::QueryUpsert
            | Builtin::QueryUpdate
            | Builtin::QueryDelete
            | Builtin::QueryCount
            | Builtin::QueryOne
            | Builtin::QueryAll
            | Builtin::QueryOneTyped
            | Builtin::QueryAllTyped
            | Builtin::QueryExec
            | Builtin::QuerySql
            | Builtin::QueryParams => self.database(builtin, args, expr),
        }
    }

    fn with_text(&mut self, function: Rt, arg: &Expr, expr: &Expr) -> Slots {
        let text = self.expr(arg);
        self.runtime(function, &[], &text, expr.span)
    }

    /// A builtin whose arguments and result are those of a runtime function.
    fn with_args(&mut self, function: Rt, args: &[Expr], expr: &Expr) -> Slots {
        let slots = args.iter().flat_map(|arg| self.expr(arg)).collect::<Vec<_>>();
        self.runtime(function, &[], &slots, expr.span)
    }

    fn json_encode(&mut self, arg: &Expr, expr: &Expr) -> Slots {
        let slots = self.expr(arg);
        let index = self.type_index(arg.ty);
        let address = self.spill(arg.ty, &slots);
        self.runtime(Rt::json_encode, &[index], &[address], expr.span)
    }

    /// The failure of `time.parse` is a `std.Error` with the fields that it has in this program.
    fn time_parse(&mut self, args: &[Expr], expr: &Expr) -> Slots {
        let text = self.expr(&args[0])[0];
        let format = self.expr(&args[1])[0];
        let parsed = self.runtime(Rt::time_parse, &[], &[text, format], expr.span);
        let [fine, wrong] = [(); 2].map(|()| self.builder.create_block());
        let join = self.block_for(expr.ty);
        self.builder.branch(parsed[0], fine, wrong);
        self.enter(fine);
        let made = self.ok(expr.ty, vec![parsed[1]]);
        self.builder.jump(join, &made);
        self.enter(wrong);
        let start = self.static_string("time.parse failed for format `");
        let end = self.static_string("`");
        let message = self.runtime1(Rt::str_concat, &[], &[start, format], expr.span);
        let message = self.runtime1(Rt::str_concat, &[], &[message, end], expr.span);
        let error = self.std_error("error", message, 500);
        let made = self.err_of(expr.ty, Ty::STD_ERROR, vec![error], expr.span);
        self.builder.jump(join, &made);
        self.enter(join)
    }

    /// A value of `std.Error` itself.
    fn std_error(&mut self, code: &str, message: Value, status: i64) -> Value {
        let layout = self.lowering.tables.layout(StdErrors::BASE);
        let index = self.lowering.tables.of_struct(StdErrors::BASE);
        let mut fields = Vec::new();
        let declared = &self.program().structs[StdErrors::BASE.0 as usize].fields;
        for (field, &offset) in declared.iter().zip(&layout.offsets) {
            let value = match field.name.as_str() {
                "code" => self.static_string(code),
                "message" => message,
                _ => self.builder.iconst(status),
            };
            fields.push((offset, value));
        }
        self.builder.node(index, layout.size, fields)
    }

    fn print(&mut self, arg: &Expr, expr: &Expr) -> Slots {
        let slots = self.expr(arg);
        match self.ty(arg.ty) {
            HirType::Never => Slots::new(),
            HirType::String | HirType::Id | HirType::Email => {
                self.runtime(Rt::print_str, &[], &slots, expr.span)
            }
            HirType::Html => {
                let text = self.rendering(slots[0], expr.span);
                self.runtime(Rt::print_str, &[], &[text], expr.span)
            }
            HirType::Int => self.runtime(Rt::print_int, &[], &slots, expr.span),
            HirType::Float => self.runtime(Rt::print_float, &[], &slots, expr.span),
            HirType::Null => {
                let text = self.static_string("null");
                self.runtime(Rt::print_str, &[], &[text], expr.span)
            }
            _ => {
                let index = self.type_index(arg.ty);
                let address = self.spill(arg.ty, &slots);
                self.runtime(Rt::print_value, &[index], &[address], expr.span)
            }
        }
    }

    /// The text form of the message is made only if the assertion fails.
    fn assert(&mut self, condition: &Expr, message: &Expr, expr: &Expr) -> Slots {
        let holds = self.expr(condition)[0];
        let slots = self.expr(message);
        let [failed, next] = [(); 2].map(|()| self.builder.create_block());
        self.builder.branch(holds, next, failed);
        self.enter(failed);
        let text = self.text_of(message.ty, &slots, message.span);
        self.runtime(Rt::assert_failed, &[], &[text], expr.span);
        self.builder.unreachable();
        self.enter(next);
        Slots::new()
    }

    /// All arguments are evaluated; they are converted only if the line is going to be written.
    fn log(&mut self, args: &[Expr], expr: &Expr) -> Slots {
        let values = args.iter().map(|arg| self.expr(arg)).collect::<Vec<_>>();
        let args = args.iter().zip(values).collect::<Vec<_>>();
        let done = self.builder.create_block();
        match &args[..] {
            [(first, slots), rest @ ..] if !rest.is_empty() && self.may_be_text(first.ty) => {
                match &first.kind {
                    ExprKind::String(word) if is_log_level(word) => self.log_line(slots[0], rest, expr.span),
                    ExprKind::String(_) => self.log_info(&args, expr.span),
                    _ => {
                        // Whether it is a level is known only when it is there.
                        let word = slots[0];
                        let is_level = self.runtime1(Rt::log_is_level, &[], &[word], expr.span);
                        let [leveled, plain] = [(); 2].map(|()| self.builder.create_block());
                        self.builder.branch(is_level, leveled, plain);
                        self.enter(leveled);
                        let level = if self.is_text(first.ty) { word } else { self.builder.unwrap(word) };
                        self.log_line(level, rest, expr.span);
                        self.builder.jump(done, &[]);
                        self.enter(plain);
                        self.log_info(&args, expr.span);
                    }
                }
            }
            _ => self.log_info(&args, expr.span),
        }
        self.builder.jump(done, &[]);
        self.enter(done);
        Slots::new()
    }

    /// Whether a value of the type can be a text, whose object is then the value's first slot.
    fn may_be_text(&self, ty: Ty) -> bool {
        match self.ty(ty) {
            HirType::Option(inner) | HirType::Lookup(inner) => self.is_text(*inner),
            HirType::Dynamic => true,
            _ => self.is_text(ty),
        }
    }

    fn log_info(&mut self, args: &[(&Expr, Slots)], span: Span) {
        let level = self.static_string("info");
        self.log_line(level, args, span);
    }

    /// One line: a message, and data as JSON if there is more.
    fn log_line(&mut self, level: Value, args: &[(&Expr, Slots)], span: Span) {
        let enabled = self.runtime1(Rt::log_enabled, &[], &[level], span);
        let [write, done] = [(); 2].map(|()| self.builder.create_block());
        self.builder.branch(enabled, write, done);
        self.enter(write);
        let message = match args.first() {
            Some((arg, slots)) => self.text_of(arg.ty, slots, arg.span),
            None => self.static_string(""),
        };
        match args.get(1..).unwrap_or_default() {
            [] => {
                self.runtime(Rt::log_text, &[], &[level, message], span);
            }
            data => {
                let json = self.log_data(data, span);
                self.runtime(Rt::log_json, &[], &[level, message, json], span);
            }
        }
        self.builder.jump(done, &[]);
        self.enter(done);
    }

    /// The JSON of one value, or of an array of several.
    fn log_data(&mut self, data: &[(&Expr, Slots)], span: Span) -> Value {
        let capacity = self.builder.iconst(64);
        let mut json = self.runtime1(Rt::str_new, &[], &[capacity], span);
        let array = data.len() > 1;
        for (index, (arg, slots)) in data.iter().enumerate() {
            if array {
                json = self.append(json, if index == 0 { "[" } else { "," }, span);
            }
            let ty = self.type_index(arg.ty);
            let address = self.spill(arg.ty, slots);
            json = self.runtime1(Rt::str_push_json, &[ty], &[json, address], arg.span);
        }
        if array { self.append(json, "]", span) } else { json }
    }

    fn append(&mut self, string: Value, text: &str, span: Span) -> Value {
        let text = self.static_string(text);
        self.runtime1(Rt::str_concat, &[], &[string, text], span)
    }
}
