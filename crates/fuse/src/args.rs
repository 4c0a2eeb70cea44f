//! From words to an [`Invocation`]. The messages are contract.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use fuse_diagnostics::{Code, ColorChoice, codes};
use fuse_package::{Backend, Profile};

use crate::options::{
    Command, DEPS_SUBCOMMANDS, DIAGNOSTICS, DUMP_FORMS, Invocation, Opt, OptionRow, Options, Value,
};

/// What a command line asks for.
#[derive(Debug)]
pub enum Request {
    /// Nothing: there is no command.
    Nothing,
    Version,
    /// The usage text, or the help of a command.
    Help(Option<Command>),
    Run(Box<Invocation>),
}

/// A command line that makes no sense.
#[derive(Debug, PartialEq, Eq)]
pub struct UsageError {
    pub code: Code,
    pub message: String,
}

impl UsageError {
    /// A usage error without a code of its own.
    pub fn new(message: impl Into<String>) -> UsageError {
        UsageError { code: codes::WRAPPER_USAGE, message: message.into() }
    }
}

type Parsed<T> = Result<T, UsageError>;

/// What must be known before anything can be reported, even a bad option: how to report.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Form {
    pub color: ColorChoice,
    pub json: bool,
    help: bool,
}

/// The first pass: colour and form of the output, wherever they stand before `--`. What is wrong with them is reported by
/// [`parse`].
pub fn first_pass(args: &[OsString]) -> Form {
    let mut form = Form::default();
    let mut words = Words::new(args);
    while let Some(word) = words.next() {
        let text = word.to_string_lossy();
        match text.as_ref() {
            "--" => break,
            "--help" | "-h" => form.help = true,
            _ => {}
        }
        let (name, inline) = split_value(&text);
        let Some(row) = OptionRow::find(name).filter(|row| row.takes_value()) else { continue };
        let value = inline.map(OsString::from).or_else(|| words.value());
        let value = value.unwrap_or_default();
        match (row.option, value.to_str()) {
            (Opt::Color, Some(name)) => form.color = ColorChoice::parse(name).unwrap_or(form.color),
            (Opt::Diagnostics, Some("json")) => form.json = true,
            (Opt::Diagnostics, Some("text")) => form.json = false,
            _ => {}
        }
    }
    form
}

/// The second pass: everything.
pub fn parse(args: &[OsString], form: &Form) -> Parsed<Request> {
    let mut words = Words::new(args);
    let mut options = Options::default();
    let Some(command) = command(&mut words, &mut options)? else {
        return Ok(if form.help { Request::Help(None) } else { Request::Nothing });
    };
    let command = match command {
        First::Version => return Ok(Request::Version),
        First::Help => return Ok(Request::Help(None)),
        First::Command(command) => command,
    };
    if form.help {
        return Ok(Request::Help(Some(command).filter(|&command| command != Command::Help)));
    }
    let mut invocation = Invocation { command, options, operands: Vec::new(), program_arguments: Vec::new() };
    while let Some(word) = words.next() {
        if word == "--" {
            if !command.runs_program() {
                return Err(UsageError::new("unexpected --"));
            }
            invocation.program_arguments = words.rest().to_vec();
            break;
        }
        if is_option(word) {
            option(word, command, &mut words, &mut invocation.options)?;
            continue;
        }
        operand(word, &mut invocation)?;
    }
    finish(invocation)
}

/// What the first word that is not a global option is.
enum First {
    Version,
    Help,
    Command(Command),
}

fn command(words: &mut Words<'_>, options: &mut Options) -> Parsed<Option<First>> {
    while let Some(word) = words.next() {
        let text = word.to_string_lossy();
        match text.as_ref() {
            "--version" | "-V" => return Ok(Some(First::Version)),
            "--help" | "-h" => return Ok(Some(First::Help)),
            "--" => return Err(UsageError::new("unexpected --")),
            _ if !is_option(word) => {
                let unknown = || UsageError {
                    code: codes::WRAPPER_UNKNOWN_COMMAND,
                    message: format!("unknown command: {text}"),
                };
                return Command::find(&text).map(First::Command).map(Some).ok_or_else(unknown);
            }
            _ => {
                let name = split_value(&text).0;
                let row = row(name)?;
                if !matches!(row.option, Opt::Color | Opt::Diagnostics) {
                    return Err(UsageError::new(format!("{name} must follow the command")));
                }
                // Any command takes these two.
                option(word, Command::Help, words, options)?;
            }
        }
    }
    Ok(None)
}

fn row(name: &str) -> Parsed<&'static OptionRow> {
    OptionRow::find(name).ok_or_else(|| UsageError::new(format!("unknown option: {name}")))
}

/// Reads an option and its value.
fn option(word: &OsStr, command: Command, words: &mut Words<'_>, options: &mut Options) -> Parsed<()> {
    let (name, inline) = split_os_value(word);
    let row = row(&name)?;
    if !row.commands.contains(&command) {
        return Err(UsageError::new(match row.option {
            Opt::Filter => "--filter is only supported for fuse test".to_owned(),
            _ => format!("{name} is not supported for fuse {}", command.name()),
        }));
    }
    let expected = match row.value {
        Value::Switch if inline.is_some() => {
            return Err(UsageError::new(format!("{name} does not take a value")));
        }
        Value::Switch => return switch(row.option, options),
        Value::Text(what) => what.to_owned(),
        Value::Choice(names) => names.join("|"),
    };
    let Some(value) = inline.or_else(|| words.value()) else {
        return Err(UsageError::new(format!("{name} expects {expected}")));
    };
    match row.option {
        Opt::ManifestPath => options.manifest_path = Some(path(&name, value)?),
        Opt::File => {
            options.file = Some(path(&name, value)?);
            options.file_is_last = true;
        }
        _ => set_text(row.option, &name, value, options)?,
    }
    Ok(())
}

fn switch(option: Opt, options: &mut Options) -> Parsed<()> {
    let flag = match option {
        Opt::StrictArchitecture => &mut options.strict_architecture,
        Opt::Frozen => &mut options.frozen,
        Opt::All => &mut options.all,
        Opt::Workspace => &mut options.workspace,
        Opt::Clean => &mut options.clean,
        Opt::Aot => &mut options.aot,
        Opt::Release => &mut options.release,
        Opt::Static => &mut options.static_link,
        Opt::Cache => &mut options.cache,
        Opt::Check => &mut options.check,
        Opt::Update => &mut options.update,
        Opt::List => &mut options.list,
        Opt::Json => &mut options.json,
        Opt::Openapi => &mut options.openapi,
        _ => unreachable!("the table says that this option has a value"),
    };
    *flag = true;
    Ok(())
}

/// An empty path is no path: it would silently mean the current directory.
fn path(name: &str, value: OsString) -> Parsed<PathBuf> {
    if value.is_empty() { Err(UsageError::new(format!("{name} expects a path"))) } else { Ok(value.into()) }
}

fn set_text(option: Opt, name: &str, value: OsString, options: &mut Options) -> Parsed<()> {
    let Ok(value) = value.into_string() else {
        return Err(UsageError::new(format!("the value of {name} is not UTF-8")));
    };
    let choice = |names: &[&str]| {
        let invalid =
            || UsageError::new(format!("invalid {name} value: {value} (expected {})", names.join("|")));
        names.contains(&value.as_str()).then(|| value.clone()).ok_or_else(invalid)
    };
    match option {
        Opt::App => options.app = Some(value),
        Opt::Filter => options.filter = Some(value),
        Opt::Target => options.target = Some(value),
        Opt::Fn => options.function = Some(value),
        Opt::Refuse => options.refuse = Some(value),
        Opt::Backend => {
            let unknown =
                || UsageError { code: codes::WRAPPER_UNKNOWN_BACKEND, message: Backend::unknown(&value) };
            options.backend = Some(Backend::parse(&value).ok_or_else(unknown)?);
        }
        Opt::Profile => options.profile = Profile::parse(&choice(&Profile::NAMES)?),
        Opt::Template => options.template = Some(choice(&crate::options::TEMPLATES)?),
        Opt::Diagnostics => options.diagnostics = Some(choice(&DIAGNOSTICS)?),
        Opt::Color => options.color = Some(choice(&ColorChoice::NAMES)?),
        Opt::Edition => options.test_edition = choice(&["test"])? == "test",
        Opt::Linker => options.system_linker = choice(&["system"])? == "system",
        Opt::DevParent => {
            let invalid = || UsageError::new(format!("invalid {name} value: {value} (expected a process)"));
            options.dev_parent = Some(value.parse().map_err(|_| invalid())?);
        }
        _ => unreachable!("the table says that this option has no text"),
    }
    Ok(())
}

/// Takes a word that is no option.
fn operand(word: &OsStr, invocation: &mut Invocation) -> Parsed<()> {
    let at_most = match invocation.command {
        Command::Lsp => 0,
        Command::Deps | Command::Dump => 2,
        _ => 1,
    };
    let first = invocation.operands.is_empty();
    if first && invocation.command == Command::Deps && !DEPS_SUBCOMMANDS.iter().any(|name| word == *name) {
        return Err(UsageError {
            code: codes::WRAPPER_UNKNOWN_SUBCOMMAND,
            message: format!("unknown deps subcommand: {}", word.to_string_lossy()),
        });
    }
    if invocation.operands.len() == at_most {
        return Err(unexpected(word));
    }
    if first {
        invocation.options.file_is_last = false;
    }
    invocation.operands.push(word.to_owned());
    Ok(())
}

fn unexpected(word: &OsStr) -> UsageError {
    UsageError::new(format!("unexpected argument: {}", word.to_string_lossy()))
}

/// What can only be judged when every word is known.
fn finish(invocation: Invocation) -> Parsed<Request> {
    let Invocation { command, options, operands, .. } = &invocation;
    if options.check && options.update {
        return Err(UsageError::new("--check conflicts with --update"));
    }
    match command {
        Command::Help => return help(operands),
        Command::Build => {
            if let Some(profile) = options.profile.filter(|&p| options.release && p != Profile::Release) {
                let message = format!("--release conflicts with --profile {}", profile.as_str());
                return Err(UsageError::new(message));
            }
        }
        Command::Check if options.workspace && options.file.is_some() => {
            return Err(UsageError::new("--file is not supported for fuse check --workspace"));
        }
        Command::Clean if !options.cache => return Err(UsageError::new("fuse clean requires --cache")),
        Command::Deps => deps(options, operands)?,
        Command::New if operands.is_empty() => return Err(UsageError::new("fuse new requires a name")),
        Command::Explain => match (options.list, operands.first()) {
            (true, Some(code)) => return Err(unexpected(code)),
            (false, None) => return Err(UsageError::new("fuse explain requires a code")),
            _ => {}
        },
        Command::Inspect if operands.is_empty() => {
            return Err(UsageError::new("fuse inspect requires an executable"));
        }
        Command::Dump => dump(options, operands)?,
        _ => {}
    }
    Ok(Request::Run(Box::new(invocation)))
}

fn help(operands: &[OsString]) -> Parsed<Request> {
    let Some(name) = operands.first() else { return Ok(Request::Help(None)) };
    let name = name.to_string_lossy();
    match Command::find(&name) {
        Some(command) => Ok(Request::Help(Some(command))),
        None => Err(UsageError {
            code: codes::WRAPPER_UNKNOWN_COMMAND,
            message: format!("unknown command: {name}"),
        }),
    }
}

fn deps(options: &Options, operands: &[OsString]) -> Parsed<()> {
    let Some(subcommand) = operands.first() else {
        return Err(UsageError {
            code: codes::WRAPPER_MISSING_SUBCOMMAND,
            message: "missing deps subcommand".into(),
        });
    };
    let only_lock = [(options.check, "--check"), (options.update, "--update")];
    match only_lock.iter().find(|(given, _)| *given && subcommand != "lock") {
        Some((_, name)) => {
            Err(UsageError::new(format!("{name} is not supported for fuse deps {}", subcommand.display())))
        }
        None => Ok(()),
    }
}

fn dump(options: &Options, operands: &[OsString]) -> Parsed<()> {
    let form = operands.first().and_then(|form| form.to_str()).filter(|form| DUMP_FORMS.contains(form));
    let Some(form) = form.filter(|_| operands.len() == 2) else {
        return Err(UsageError::new(format!("fuse dump requires {} and a file", DUMP_FORMS.join("|"))));
    };
    if options.function.is_some() && matches!(form, "tokens" | "layout") {
        return Err(UsageError::new(format!("--fn is not supported for fuse dump {form}")));
    }
    Ok(())
}

/// `-` alone is an operand.
fn is_option(word: &OsStr) -> bool {
    let bytes = word.as_encoded_bytes();
    bytes.len() > 1 && bytes[0] == b'-'
}

/// `--name=value` taken apart.
fn split_value(text: &str) -> (&str, Option<&str>) {
    match text.split_once('=') {
        Some((name, value)) if name.starts_with("--") => (name, Some(value)),
        _ => (text, None),
    }
}

/// The same for a word that need not be UTF-8: the name is, or is unknown anyway; the value keeps its bytes.
fn split_os_value(word: &OsStr) -> (String, Option<OsString>) {
    if let Some(text) = word.to_str() {
        let (name, value) = split_value(text);
        return (name.to_owned(), value.map(OsString::from));
    }
    #[cfg(unix)]
    {
        use std::os::unix::ffi::{OsStrExt, OsStringExt};
        let bytes = word.as_bytes();
        if let Some(at) = bytes.iter().position(|&byte| byte == b'=') {
            let name = String::from_utf8_lossy(&bytes[..at]).into_owned();
            return (name, Some(OsString::from_vec(bytes[at + 1..].to_vec())));
        }
    }
    (word.to_string_lossy().into_owned(), None)
}

/// The words of a command line, one after the other.
struct Words<'a> {
    rest: &'a [OsString],
}

impl<'a> Words<'a> {
    fn new(words: &'a [OsString]) -> Words<'a> {
        Words { rest: words }
    }

    fn next(&mut self) -> Option<&'a OsStr> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(first)
    }

    /// The next word as the value of an option. A word that begins with `--` is the next option, not a value.
    fn value(&mut self) -> Option<OsString> {
        let first = self.rest.first().filter(|word| !word.as_encoded_bytes().starts_with(b"--"))?;
        self.rest = &self.rest[1..];
        Some(first.clone())
    }

    fn rest(&self) -> &'a [OsString] {
        self.rest
    }
}
