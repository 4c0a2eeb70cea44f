//! The pages of `docs/reference` are what the tables in the code say. `FUSE_BLESS=1`, or `cargo xtask reference`, writes them.

mod builtins;
mod environment;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use fuse_diagnostics::Level;
use fuse_diagnostics::codes::{Group, Row, TABLE};
use fuse_hir::tags;
use fuse_syntax::{RESERVED_WORDS, TokenKind};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the repository")
}

/// A page of the reference, made from tables.
struct Page {
    file: &'static str,
    title: &'static str,
    /// What the page is about, for its top and for the list of pages.
    summary: &'static str,
    body: String,
}

fn pages() -> Vec<Page> {
    let page = |file, title, summary, body| Page { file, title, summary, body };
    vec![
        page("words.md", "Words", "Reserved words, punctuation and predefined names.", words()),
        page(
            "builtins.md",
            "Builtin functions",
            "Signatures, capabilities and where they may be called.",
            builtins::body(),
        ),
        page(
            "types.md",
            "Predefined structs",
            "Errors and the HTTP client's types, with their fields.",
            types(),
        ),
        page("html.md", "HTML names", "Tags, ARIA attributes and the values they take.", html()),
        page("diagnostics.md", "Diagnostic codes", "Every code with its meaning.", diagnostics()),
        page("commands.md", "Commands and options", "What `fuse help` says about each command.", commands()),
        page(
            "environment.md",
            "Environment variables",
            "What programs and the tools read and set.",
            environment::body(),
        ),
    ]
}

/// The text of a page; tables alone, so nothing in it is an example.
fn text(page: &Page) -> String {
    let Page { title, summary, body, .. } = page;
    format!(
        "# {title}\n\n{summary} Written by `cargo xtask reference` from the tables in the code.\n\n{body}"
    )
}

/// The list of the pages.
fn index(pages: &[Page]) -> String {
    let mut out = "# Reference\n\nLists to look things up in. What they are about is told in [the tour](../README.md).\n\n".to_owned();
    for Page { file, title, summary, .. } in pages {
        let _ = writeln!(out, "- [{title}]({file}): {}", summary.trim_end_matches('.'));
    }
    out
}

fn words() -> String {
    let mut out = "## Reserved words\n\nNone of them can name what a program declares. As a member after a dot, and as the name of an argument or attribute, all can be used.\n\n| word | is for |\n|---|---|\n".to_owned();
    for word in RESERVED_WORDS {
        let _ = writeln!(out, "| `{word}` | {} |", purpose(word));
    }
    out.push_str("\n## Predefined names\n\nNo declaration of a program can have one of them.\n\n");
    let names = fuse_syntax::Interner::new();
    let predefined = names.symbols().filter(|&name| fuse_sema::is_predefined(name));
    out += &list(predefined.map(|name| names.resolve(name).to_owned()));
    out.push_str("\n## Punctuation\n\n| token | is for |\n|---|---|\n");
    for token in TokenKind::PUNCTUATION {
        let text = token.text().expect("punctuation is always written alike");
        let _ = writeln!(out, "| `{text}` | {} |", punctuation(text));
    }
    out
}

/// What a reserved word is for. A word without an entry fails the test, so that the page stays complete.
fn purpose(word: &str) -> &'static str {
    match word {
        "and" | "or" => "Bool operator; the right side is evaluated only if it decides",
        "app" => "declares what runs without arguments",
        "as" => "gives an import a name",
        "at" => "the base path of a service",
        "await" => "waits for a task and yields its value",
        "body" => "the type of a request's content; its value in the route",
        "box" => "makes a cell that several names share",
        "break" | "continue" => "ends a loop, or its current round",
        "component" => "declares a function that yields Html and takes attributes and children",
        "config" => "declares what can be set from outside",
        "delete" | "get" | "patch" | "post" | "put" => "verb of a route",
        "else" => "what happens otherwise",
        "enum" => "declares a type of alternatives",
        "false" | "true" => "Bool literal",
        "fn" => "declares a function; the type of a function value",
        "for" => "loops over a list, map or range; the type of an `impl`",
        "from" => "where an import comes from",
        "if" => "a condition",
        "impl" => "says how a type fulfils an interface",
        "import" => "makes another module or a file available",
        "in" => "what a `for` loops over",
        "interface" => "declares what types can be asked to do",
        "let" => "a name for a value",
        "match" => "chooses by a value's form",
        "migration" => "declares a step of the database's history",
        "null" => "the option without a value",
        "requires" => "states the capabilities of a module",
        "return" => "ends a function with a result",
        "service" => "declares routes",
        "spawn" => "starts a task",
        "test" => "declares a test",
        "transaction" => "groups what a database does into one step",
        "type" => "declares a struct, or one derived from another",
        "var" => "a name that can be assigned",
        "while" => "loops under a condition",
        "without" => "fields that a derived type leaves out",
        _ => panic!("the reserved word `{word}` has no line in the reference"),
    }
}

/// What a token of punctuation is for.
fn punctuation(text: &str) -> &'static str {
    match text {
        "(" | ")" => "parameters, arguments, groups",
        "[" | "]" => "lists, places in them",
        "{" | "}" => "maps, imported names, parameters in paths",
        "," => "separates",
        ":" => "the type of a name; begins a block",
        "." => "a member",
        ".." => "a range with both ends",
        "->" => "the result of a function; the arm of a `match`",
        "=>" => "reserved, has no use",
        "=" => "binds, assigns, gives a default",
        "==" | "!=" => "equality",
        "<" | "<=" | ">" | ">=" => "order; `<` and `>` also around type arguments",
        "+" => "sum; joins texts and lists",
        "-" | "*" | "/" | "%" => "arithmetic",
        "?" => "an optional type; `?.` and `?[` reach into an option",
        "!" => "a result type; not",
        "??" => "a value for `null`",
        "?!" => "passes a failure on",
        _ => panic!("the token `{text}` has no line in the reference"),
    }
}

/// Names in code type, wrapped into lines.
fn list(names: impl Iterator<Item = String>) -> String {
    let mut lines = vec![String::new()];
    for name in names {
        let line = lines.last_mut().expect("there is a line");
        if line.len() + name.len() > 110 {
            lines.push(format!("`{name}`"));
        } else {
            let gap = if line.is_empty() { "" } else { " " };
            let _ = write!(line, "{gap}`{name}`");
        }
    }
    lines.join("\n") + "\n"
}

/// The structs that every program has, as the checker shows those of an empty one.
fn types() -> String {
    let entry = Path::new("/empty/empty.fuse");
    let mut files = fuse_sema::MemoryFiles::new();
    files.add(entry, "");
    let checked = fuse_sema::check(entry, &files, &fuse_sema::Options::default());
    let program = checked.program.as_ref().expect("an empty program is a program");
    let shown = fuse_sema::dump(program, None).expect("the whole program can be shown");
    // The default of a field is a function that returns it.
    let default_of = |function: &str| {
        let start = shown.find(&format!("\ndefault {function}")).expect("the default of a field");
        shown[start..].split("return ").nth(1).and_then(|rest| rest.lines().next()).expect("its value")
    };
    let mut out = "\
An error that is a `std.Error`, or one of its family, has a form of its own in JSON, and needs no declaration. `import { NotFound } from \"std.Error\"` gives it a short name; \
`std.Error.NotFound` is always known.\n"
        .to_owned();
    for block in shown.split("\n\n") {
        let Some((name, fields)) = block.trim().strip_prefix("type ").and_then(|rest| rest.split_once('\n'))
        else {
            continue;
        };
        let _ = write!(out, "\n## {name}\n\n| field | type |\n|---|---|\n");
        for field in fields.lines() {
            let (field, ty) = field.trim().split_once(": ").expect("a field has a type");
            let (ty, default) = ty.split_once(" = ").map_or((ty, String::new()), |(ty, function)| {
                (ty, format!(", {} if left out", default_of(function)))
            });
            let _ = writeln!(out, "| `{field}` | `{ty}`{default} |");
        }
    }
    out
}

fn html() -> String {
    let owned = |names: &'static [&'static str]| list(names.iter().map(|&name| name.to_owned()));
    let mut out = format!("## Tags with content\n\n{}", owned(tags::NORMAL));
    let _ = write!(
        out,
        "\n`var` is a word of the language; its element is made with `html.node(\"var\", attributes, children)`.\n"
    );
    let _ = write!(out, "\n## Tags without content\n\n{}", owned(tags::VOID));
    let _ = write!(out, "\n## Tags whose text is not escaped\n\n{}", owned(tags::RAW_TEXT));
    let _ = write!(
        out,
        "\n## ARIA attributes\n\nWritten with an underscore in a program: `aria_label`.\n\n{}",
        list(tags::aria_names())
    );
    out.push_str("\nLiteral values of these are checked, all others may be any text:\n\n| attribute | value |\n|---|---|\n");
    for name in tags::aria_names() {
        if let Some(values) = tags::aria_values(&name) {
            let _ = writeln!(out, "| `{name}` | {values} |");
        }
    }
    out
}

fn diagnostics() -> String {
    let mut out = "`fuse explain CODE` says more about each: why the rule exists, a program that breaks it, and the same program corrected.\n".to_owned();
    let mut group = None;
    for Row { code, level, meaning, group: own } in TABLE {
        if group.replace(*own) != Some(*own) {
            let _ = write!(out, "\n## {}\n\n| code | meaning |\n|---|---|\n", heading(*own));
        }
        let warning = if *level == Level::Warning { " (a warning)" } else { "" };
        let _ = writeln!(out, "| `{code}` | {}{warning} |", meaning.replace('|', "\\|"));
    }
    out
}

fn heading(group: Group) -> &'static str {
    match group {
        Group::Lexical => "Characters and indentation",
        Group::Parsing => "Form",
        Group::Imports => "Modules and files",
        Group::Names => "Names and declarations",
        Group::Interfaces => "Interfaces and type parameters",
        Group::Types => "Types",
        Group::Capabilities => "Capabilities",
        Group::Tasks => "Tasks",
        Group::Queries => "Queries",
        Group::Html => "HTML",
        Group::Architecture => "Strict architecture",
        Group::Version => "This version",
        Group::CommandLine => "The command line",
        Group::Dependencies => "Dependencies",
        Group::Runtime => "Running programs",
    }
}

/// What `fuse help` with these words prints.
fn help(words: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fuse"));
    let output = command.arg("help").args(words).env("NO_COLOR", "1").output().expect("fuse starts");
    assert!(output.status.success(), "fuse help {words:?}");
    String::from_utf8(output.stdout).expect("the help is UTF-8")
}

fn commands() -> String {
    let usage = help(&[]);
    let rows =
        usage.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names = rows.filter_map(|row| row.split_whitespace().next()).chain(["dump"]);
    let sections = names.map(|name| format!("## fuse {name}\n\n```\n{}```\n", help(&[name])));
    sections.collect::<Vec<_>>().join("\n")
}

#[test]
fn pages_say_what_the_tables_say() {
    let folder = root().join("docs/reference");
    let pages = pages();
    let mut files = pages.iter().map(|page| (page.file, text(page))).collect::<Vec<_>>();
    files.push(("README.md", index(&pages)));
    if std::env::var_os("FUSE_BLESS").is_some_and(|value| value == "1") {
        fs::create_dir_all(&folder).expect("a folder");
        files
            .iter()
            .for_each(|(file, text)| fs::write(folder.join(file), text).expect("the page is written"));
    }
    for (file, text) in &files {
        let found = fs::read_to_string(folder.join(file)).unwrap_or_default();
        let line = found.lines().zip(text.lines()).position(|(found, made)| found != made);
        assert!(
            found == *text,
            "docs/reference/{file} is out of date (line {line:?}): `cargo xtask reference` writes it"
        );
    }
    let present = fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("an entry").file_name());
    for name in present {
        assert!(
            files.iter().any(|(file, _)| name == *file),
            "docs/reference/{} belongs to no table",
            name.display()
        );
    }
}
