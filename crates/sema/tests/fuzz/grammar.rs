//! Programs made from the grammar (language reference 2), with few names, so that many of them mean something: declarations of
//! every form in three modules that import each other, every form of statement, expression, pattern and type. Nearly all of them are full
//! of errors, of kinds that no mutation of a good program finds.

use crate::corpus::Sources;
use crate::mutate::Random;

const TYPES: &[&str] = &["T", "U", "V", "E", "F", "C", "M.T", "M.E", "N.U", "P", "Q", "Self", "Missing", "I"];
const PREDEFINED: &[&str] = &[
    "Int",
    "Float",
    "Bool",
    "String",
    "Bytes",
    "Html",
    "Unit",
    "Id",
    "Email",
    "std.Error",
    "std.Error.NotFound",
    "http.response",
    "http.error",
    "Error",
];
const FIELDS: &[&str] = &["x", "y", "name", "message", "id"];
const LOCALS: &[&str] = &["x", "y", "z", "a", "b", "job", "self", "body", "attrs", "children", "_"];
const CALLEES: &[&str] = &[
    "f",
    "g",
    "h",
    "M.f",
    "N.g",
    "K",
    "L",
    "M.K",
    "T",
    "U",
    "V",
    "E.A",
    "E.B",
    "F.C",
    "M.T",
    "M.E.A",
    "Some",
    "Ok",
    "Err",
    "None",
    "print",
    "log",
    "assert",
    "json.encode",
    "json.decode",
    "html.text",
    "html.node",
    "time.now",
    "crypto.hash",
    "db.from",
    "db.query",
    "http.get",
    "request.header",
    "div",
    "p",
    "br",
    "input",
    "li",
    "T.m",
    "E.n",
    "Self.m",
    "P.m",
    "C",
    "I",
    "serve",
    "env",
    "std.Error",
    "std.Error.NotFound",
    "x",
    "y",
];
const VARIANTS: &[&str] =
    &["A", "B", "C", "E.A", "E.B", "F.C", "M.E.A", "T", "U", "M.T", "Some", "None", "Ok", "Err", "Self"];
const INTERFACES: &[&str] = &["I", "J", "M.I", "Missing", "T"];
const BINARY: &[&str] = &["+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "and", "or", "..", "??"];

/// A program of three modules.
pub fn program(random: &mut Random) -> Sources {
    let heads = [
        "import M from \"./m\"\nimport N from \"./n\"\n",
        "import N from \"./n\"\n",
        "import { T, f } from \"./m\"\nimport N from \"./n\"\n",
        "import { NotFound } from std.Error\nimport M from \"./m\"\nimport { K, I, g } from \"./n\"\n",
        "",
    ];
    let modules = [("main.fuse", &heads[..]), ("m.fuse", &heads[1..2]), ("n.fuse", &heads[4..])];
    let files = modules.map(|(path, heads)| {
        let mut text = String::new();
        if random.below(2) == 0 {
            let capabilities = ["db", "time", "network", "crypto", "db, time", "db, crypto, network, time"];
            text.push_str(&format!("requires {}\n", capabilities[random.below(capabilities.len())]));
        }
        text.push_str(heads[random.below(heads.len())]);
        let mut maker = Maker { random, out: text, indent: 0, fuel: 400 };
        for _ in 0..1 + maker.random.below(9) {
            maker.declaration();
        }
        (path.to_owned(), maker.out)
    });
    Sources(files.to_vec())
}

struct Maker<'r> {
    random: &'r mut Random,
    out: String,
    indent: usize,
    /// How many nodes there may still be.
    fuel: u32,
}

impl Maker<'_> {
    fn one_in(&mut self, many: usize) -> bool {
        self.random.below(many) == 0
    }

    /// False more and more often, and in the end always.
    fn more(&mut self, many: usize) -> bool {
        self.fuel = self.fuel.saturating_sub(1);
        self.fuel > 0 && self.one_in(many)
    }

    fn pick(&mut self, items: &[&'static str]) -> &'static str {
        items[self.random.below(items.len())]
    }

    fn push(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn line(&mut self, text: &str) {
        self.out.push_str(&" ".repeat(self.indent));
        self.out.push_str(text);
    }

    fn list(&mut self, most: usize, separator: &str, mut element: impl FnMut(&mut Self)) {
        for at in 0..self.random.below(most + 1) {
            if at > 0 {
                self.push(separator);
            }
            element(self);
        }
    }

    fn declaration(&mut self) {
        if self.one_in(12) {
            self.line("## Documented.\n");
        }
        match self.random.below(14) {
            0 => {
                let name = self.pick(&["T", "U", "V", "std.Error", "std.Error.NotFound"]);
                self.line(&format!("type {name}:\n"));
                self.fields(false);
            }
            1 => {
                let (name, base, field) = (self.pick(&["T", "U", "V"]), self.pick(TYPES), self.pick(FIELDS));
                self.line(&format!("type {name} = {base} without {field}\n"));
            }
            2 => self.enumeration(),
            3 => {
                let name = self.pick(&["I", "J"]);
                self.line(&format!("interface {name}:\n"));
                for _ in 0..1 + self.random.below(3) {
                    self.push("  fn ");
                    let name = self.pick(&["m", "n", "x"]);
                    self.signature(name);
                    self.push("\n");
                }
            }
            4 | 5 => {
                let (interface, target) = (self.pick(INTERFACES), self.pick(TYPES));
                self.line(&format!("impl {interface} for {target}:\n"));
                self.indent = 2;
                for _ in 0..1 + self.random.below(3) {
                    self.line("fn ");
                    let name = self.pick(&["m", "n", "x"]);
                    self.signature(name);
                    self.suite();
                }
                self.indent = 0;
            }
            6 => {
                let name = self.pick(&["K", "L"]);
                self.line("component ");
                self.push(name);
                if self.one_in(2) {
                    self.type_params();
                    self.params();
                }
                self.suite();
            }
            7 => self.service(),
            8 => {
                let name = self.pick(&["C", "D"]);
                self.line(&format!("config {name}:\n"));
                self.fields(true);
            }
            9 => {
                let head = self.pick(&["app \"a\"", "test \"t\"", "migration m", "migration 7", "test \"\""]);
                self.line(head);
                self.suite();
            }
            _ => {
                self.line("fn ");
                let name = self.pick(&["f", "g", "h", "main"]);
                self.signature(name);
                self.suite();
            }
        }
    }

    fn fields(&mut self, defaults: bool) {
        for _ in 0..1 + self.random.below(4) {
            let name = self.pick(FIELDS);
            self.push(&format!("  {name}: "));
            self.ty();
            if defaults || self.one_in(3) {
                self.push(" = ");
                self.expr();
            }
            self.push("\n");
        }
    }

    fn enumeration(&mut self) {
        let name = self.pick(&["E", "F"]);
        self.line(&format!("enum {name}:\n"));
        for _ in 0..1 + self.random.below(4) {
            let variant = self.pick(&["A", "B", "C", "D"]);
            self.push(&format!("  {variant}"));
            let labelled = self.one_in(2);
            for at in 0..self.random.below(3) {
                self.push(if at == 0 { "(" } else { ", " });
                if labelled {
                    let label = self.pick(FIELDS);
                    self.push(&format!("{label}: "));
                }
                self.ty();
            }
            if self.out.rsplit('\n').next().is_some_and(|line| line.contains('(')) {
                self.push(")");
            }
            self.push("\n");
        }
    }

    fn service(&mut self) {
        self.line("service S at \"/api\":\n");
        self.indent = 2;
        for _ in 0..1 + self.random.below(3) {
            let verb = self.pick(&["get", "post", "put", "patch", "delete"]);
            let path = self.pick(&[
                "/",
                "/a",
                "/{x: Int}",
                "/{x: String(1..9)}/b",
                "/{y: Id?}/{z}",
                "/{x: T}",
                "/{body: Int}",
            ]);
            self.line(&format!("{verb} \"{path}\""));
            if self.one_in(2) {
                self.push(" body ");
                self.ty();
            }
            self.push(" -> ");
            self.ty();
            self.suite();
        }
        self.indent = 0;
    }

    fn signature(&mut self, name: &str) {
        self.push(name);
        self.type_params();
        self.params();
        if self.one_in(2) {
            self.push(" -> ");
            self.ty();
        }
        if self.one_in(6) {
            let (param, interface) = (self.pick(&["P", "Q"]), self.pick(INTERFACES));
            self.push(&format!(" where {param}: {interface}"));
        }
    }

    fn type_params(&mut self) {
        if self.one_in(4) {
            let params = self.pick(&["<P>", "<P, Q>", "<P, P>", "<T>"]);
            self.push(params);
        }
    }

    fn params(&mut self) {
        self.push("(");
        self.list(3, ", ", |maker| {
            let name = maker.pick(LOCALS);
            maker.push(&format!("{name}: "));
            maker.ty();
            if maker.one_in(4) {
                maker.push(" = ");
                maker.expr();
            }
        });
        self.push(")");
    }

    fn ty(&mut self) {
        match self.random.below(14) {
            0 if self.more(1) => {
                self.push("List<");
                self.ty();
                self.push(">");
            }
            1 if self.more(1) => {
                self.push("Map<String, ");
                self.ty();
                self.push(">");
            }
            2 if self.more(1) => {
                self.ty();
                self.push("?");
            }
            3 if self.more(1) => {
                self.ty();
                self.push("!");
                self.ty();
            }
            4 if self.more(1) => {
                self.push("fn(");
                self.list(2, ", ", Self::ty);
                self.push(")");
                if self.one_in(2) {
                    self.push(" -> ");
                    self.ty();
                }
            }
            5 => {
                let refined = self.pick(&[
                    "Int(0..9)",
                    "String(1..3, regex(\"^a\"))",
                    "Int(predicate(f))",
                    "Float(0.5..1)",
                    "T(1..2)",
                ]);
                self.push(refined);
            }
            6..=9 => {
                let name = self.pick(TYPES);
                self.push(name);
            }
            _ => {
                let name = self.pick(PREDEFINED);
                self.push(name);
            }
        }
    }

    /// `:` and a block, or one simple statement.
    fn suite(&mut self) {
        self.push(":");
        if self.one_in(5) {
            self.push(" ");
            self.expr();
            self.push("\n");
            return;
        }
        self.push("\n");
        self.indent += 2;
        for _ in 0..1 + self.random.below(4) {
            self.statement();
        }
        self.indent -= 2;
    }

    fn statement(&mut self) {
        if self.indent > 24 || self.fuel == 0 {
            return self.line("print(1)\n");
        }
        self.fuel -= 1;
        match self.random.below(16) {
            0..=3 => {
                let (word, name) = (self.pick(&["let", "var"]), self.pick(LOCALS));
                self.line(&format!("{word} {name}"));
                if self.one_in(3) {
                    self.push(": ");
                    self.ty();
                }
                self.push(" = ");
                self.value_line();
            }
            4 => {
                self.line("");
                self.place();
                self.push(" = ");
                self.value_line();
            }
            5 => {
                self.line("return ");
                self.value_line();
            }
            6 => {
                self.line("if ");
                self.expr();
                self.suite();
                if self.one_in(2) {
                    self.line("else");
                    if self.one_in(3) {
                        self.push(" if ");
                        self.expr();
                    }
                    self.suite();
                }
            }
            7 | 8 => self.matching(),
            9 => {
                self.line("for ");
                self.pattern();
                self.push(" in ");
                self.expr();
                self.suite();
            }
            10 => {
                self.line("while ");
                self.expr();
                self.suite();
            }
            11 if self.one_in(2) => {
                self.line("transaction");
                self.suite();
            }
            12 => {
                let word = self.pick(&["break\n", "continue\n", "return\n"]);
                self.line(word);
            }
            _ => {
                self.line("");
                self.value_line();
            }
        }
    }

    fn value_line(&mut self) {
        match self.random.below(8) {
            0 => {
                self.push("spawn");
                self.suite();
            }
            1 => {
                self.call();
                self.suite();
            }
            _ => {
                self.expr();
                self.push("\n");
            }
        }
    }

    fn matching(&mut self) {
        self.line("match ");
        self.expr();
        self.push(":\n");
        self.indent += 2;
        for _ in 0..1 + self.random.below(4) {
            self.line("");
            self.pattern();
            if self.one_in(2) {
                self.push(" -> ");
                if self.one_in(4) {
                    self.push("return ");
                }
                self.expr();
                self.push("\n");
            } else {
                self.suite();
            }
        }
        self.indent -= 2;
    }

    fn place(&mut self) {
        let root = self.pick(LOCALS);
        self.push(root);
        while self.more(2) {
            match self.random.below(3) {
                0 => {
                    let field = self.pick(&[".x", ".y", "?.name", ".message"]);
                    self.push(field);
                }
                1 => {
                    self.push("[");
                    self.expr();
                    self.push("]");
                }
                _ => {
                    self.push("?[");
                    self.expr();
                    self.push("]");
                }
            }
        }
    }

    fn pattern(&mut self) {
        match self.random.below(8) {
            0 => self.push("_"),
            1 | 2 => {
                let name = self.pick(LOCALS);
                self.push(name);
            }
            3 => {
                let literal = self.pick(&["1", "-2", "1.5", "\"a\"", "true", "false", "null"]);
                self.push(literal);
            }
            _ => {
                let name = self.pick(VARIANTS);
                self.push(name);
                match self.random.below(3) {
                    0 => {
                        self.push("(");
                        self.list(2, ", ", Self::pattern);
                        self.push(")");
                    }
                    1 => {
                        self.push("(");
                        self.list(2, ", ", |maker| {
                            let field = maker.pick(FIELDS);
                            maker.push(&format!("{field}="));
                            maker.pattern();
                        });
                        self.push(")");
                    }
                    _ => {}
                }
            }
        }
    }

    fn call(&mut self) {
        let callee = self.pick(CALLEES);
        self.push(callee);
        if self.one_in(8) {
            self.push("<");
            self.ty();
            self.push(">");
        }
        self.arguments();
    }

    fn arguments(&mut self) {
        let separator = self.pick(&[", ", ", ", " "]);
        self.push("(");
        self.list(3, separator, |maker| {
            if separator == " " || maker.one_in(3) {
                let name = maker.pick(&["x", "y", "name", "message", "id", "aria_label", "class", "value"]);
                maker.push(&format!("{name}="));
            }
            maker.expr();
        });
        self.push(")");
    }

    fn expr(&mut self) {
        if !self.more(1) {
            let atom = self.pick(&["1", "x", "null", "\"a\""]);
            return self.push(atom);
        }
        match self.random.below(20) {
            0..=2 => {
                let literal =
                    self.pick(&["0", "7", "1.5", "true", "false", "null", "\"a\"", "\"\"", "[]", "{}"]);
                self.push(literal);
            }
            3..=6 => {
                let name = self.pick(LOCALS);
                self.push(name);
            }
            7..=9 => self.call(),
            10 => {
                self.expr();
                let operator = self.pick(BINARY);
                self.push(&format!(" {operator} "));
                self.expr();
            }
            11 => {
                let operator = self.pick(&["-", "!", "box ", "await "]);
                self.push(operator);
                self.expr();
            }
            12 => {
                self.push("[");
                self.list(3, ", ", Self::expr);
                self.push("]");
            }
            13 => {
                self.push("{");
                self.list(2, ", ", |maker| {
                    maker.push("\"k\": ");
                    maker.expr();
                });
                self.push("}");
            }
            14 => {
                self.push("\"a ${");
                self.expr();
                self.push("} b\"");
            }
            15 => {
                self.expr();
                self.push(" ?! ");
                if self.one_in(2) {
                    self.call();
                }
            }
            16 => {
                self.push("(");
                self.expr();
                self.push(")");
            }
            17 => {
                let (base, member) = (
                    self.pick(LOCALS),
                    self.pick(&[".x", ".name", "?.y", ".m()", "?.m()", ".A", ".message"]),
                );
                self.push(base);
                self.push(member);
            }
            18 => {
                let name = self.pick(CALLEES);
                self.push(name);
            }
            _ => self.place(),
        }
    }
}
