//! The tables of the command line: every command, every option, and which takes which.

use std::ffi::OsString;
use std::path::PathBuf;

use fuse_diagnostics::ColorChoice;
use fuse_package::{Backend, Profile};

/// A command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    New,
    Dev,
    Run,
    Test,
    Build,
    Check,
    Explain,
    Clean,
    Deps,
    Fmt,
    Openapi,
    Migrate,
    Inspect,
    Lsp,
    Help,
    Dump,
}

/// What the tables say about a command.
pub struct CommandRow {
    pub command: Command,
    pub name: &'static str,
    /// What stands behind the name in its usage line, options aside.
    pub operands: &'static str,
    /// One line for the list of commands.
    pub summary: &'static str,
    /// More lines for `fuse help <command>`.
    pub details: &'static str,
}

/// Every command in the order of the usage text.
#[rustfmt::skip]
pub const COMMANDS: &[CommandRow] = &[
    CommandRow { command: Command::New, name: "new", operands: "<name>", summary: "create a package",
        details: "The last part of <name> is the package's name; the folder must be missing or empty." },
    CommandRow { command: Command::Dev, name: "dev", operands: "[file-or-package] [-- <program arguments>]", summary: "run, watch, and restart on change",
        details: "The program is checked after each change; open pages reload themselves." },
    CommandRow { command: Command::Run, name: "run", operands: "[file-or-package] [-- <program arguments>]", summary: "check a program and run it",
        details: "Without program arguments the selected app runs; with some, `fn main` of the root module is\ncalled with its parameters bound from them." },
    CommandRow { command: Command::Test, name: "test", operands: "[file-or-package]", summary: "run the tests of a package",
        details: "Prints one line for each test. The exit status is 1 if a test fails." },
    CommandRow { command: Command::Build, name: "build", operands: "[file-or-package]", summary: "compile a program, on request to an executable",
        details: "An executable is made with --aot, --release, --profile, --static or --target, or if the manifest\nhas [build] native_bin. By default it is .fuse/build/program.aot." },
    CommandRow { command: Command::Check, name: "check", operands: "[file-or-package]", summary: "report every error of a program without running it",
        details: "With --workspace, every package below the given directory is checked." },
    CommandRow { command: Command::Explain, name: "explain", operands: "<code>", summary: "explain a diagnostic code",
        details: "Says what the code means, why the rule exists, and shows a failing and a corrected example." },
    CommandRow { command: Command::Clean, name: "clean", operands: "[path]", summary: "remove caches",
        details: "Removes every directory named .fuse-cache below the path." },
    CommandRow { command: Command::Deps, name: "deps", operands: "lock|publish-check [path]", summary: "resolve dependencies and verify packages",
        details: "`lock` resolves the dependencies and writes fuse.lock; `publish-check` verifies every package of a\nworkspace." },
    CommandRow { command: Command::Fmt, name: "fmt", operands: "[file-or-package]", summary: "format sources",
        details: "With --check nothing is written; files that would change are named and the exit status is 1." },
    CommandRow { command: Command::Openapi, name: "openapi", operands: "[file-or-package]", summary: "print the OpenAPI document of a program",
        details: "The program is not executed." },
    CommandRow { command: Command::Migrate, name: "migrate", operands: "[file-or-package]", summary: "apply pending migrations to the database",
        details: "The database is named by FUSE_DB_URL, the configuration, or DATABASE_URL." },
    CommandRow { command: Command::Inspect, name: "inspect", operands: "<executable>", summary: "show what an executable contains",
        details: "Reads the metadata of an executable that `fuse build` made, without running it." },
    CommandRow { command: Command::Lsp, name: "lsp", operands: "", summary: "run the language server on standard input and output",
        details: "For editors. It takes no further arguments." },
    CommandRow { command: Command::Help, name: "help", operands: "[command]", summary: "show this text, or the help of a command",
        details: "" },
    CommandRow { command: Command::Dump, name: "dump", operands: "tokens|ast|types|ir|clif|asm|layout <file>", summary: "show a phase of the compiler",
        details: "For people who work on the tool chain. The output may change at any time.\n\n  tokens, ast  the result of lexing and of parsing the one file\n  types        the checked program: declarations with their types and effects\n  ir           the intermediate representation after all passes\n  clif, asm    what the code generator is given, and the machine code it makes\n  layout       size, alignment and field offsets of each type" },
];

/// The forms of `fuse dump`.
pub const DUMP_FORMS: [&str; 7] = ["tokens", "ast", "types", "ir", "clif", "asm", "layout"];
/// The subcommands of `fuse deps`.
pub const DEPS_SUBCOMMANDS: [&str; 2] = ["lock", "publish-check"];
/// The templates of `fuse new`.
pub const TEMPLATES: [&str; 3] = ["cli", "service", "web"];
/// The forms of diagnostics.
pub const DIAGNOSTICS: [&str; 2] = ["json", "text"];

impl Command {
    /// The command of a name.
    pub fn find(name: &str) -> Option<Command> {
        COMMANDS.iter().find(|row| row.name == name).map(|row| row.command)
    }

    /// What the tables say about it.
    pub fn row(self) -> &'static CommandRow {
        COMMANDS.iter().find(|row| row.command == self).expect("every command has a row")
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// Whether arguments after `--` are passed to a program.
    pub fn runs_program(self) -> bool {
        matches!(self, Command::Run | Command::Dev)
    }
}

/// An option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opt {
    ManifestPath,
    File,
    App,
    Backend,
    StrictArchitecture,
    Frozen,
    Filter,
    All,
    Workspace,
    Clean,
    Aot,
    Release,
    Profile,
    Static,
    Target,
    Cache,
    Check,
    Update,
    Template,
    List,
    Json,
    Openapi,
    Fn,
    Edition,
    Refuse,
    Linker,
    DevParent,
    Diagnostics,
    Color,
}

/// What an option expects behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// Nothing.
    Switch,
    /// Any text; the word says what it is, as in `expects a path`.
    Text(&'static str),
    /// One of these.
    Choice(&'static [&'static str]),
}

/// What the tables say about an option.
pub struct OptionRow {
    pub option: Opt,
    pub name: &'static str,
    pub value: Value,
    /// The commands that accept it.
    pub commands: &'static [Command],
    pub summary: &'static str,
}

/// Commands that load a program from an entry.
const PROGRAM: &[Command] = {
    use Command::*;
    &[Run, Dev, Test, Build, Check, Fmt, Openapi, Migrate]
};
/// Commands that take, and mostly ignore, `--app` and `--backend`.
const SELECTING: &[Command] = {
    use Command::*;
    &[Run, Dev, Build, Check, Test, Openapi, Migrate]
};
const ALL: &[Command] = {
    use Command::*;
    &[
        New, Dev, Run, Test, Build, Check, Explain, Clean, Deps, Fmt, Openapi, Migrate, Inspect, Lsp, Help,
        Dump,
    ]
};
const MANIFEST: &[Command] = {
    use Command::*;
    &[Dev, Run, Test, Build, Check, Clean, Deps, Fmt, Openapi, Migrate, Dump]
};

/// Every option in the order of the usage text.
#[rustfmt::skip]
pub const OPTIONS: &[OptionRow] = {
    use Command::*;
    use Value::{Choice, Switch, Text};
    &[
        OptionRow { option: Opt::ManifestPath, name: "--manifest-path", value: Text("a path"), commands: MANIFEST, summary: "a package directory or a manifest file" },
        OptionRow { option: Opt::File, name: "--file", value: Text("a path"), commands: PROGRAM, summary: "the entry source file" },
        OptionRow { option: Opt::App, name: "--app", value: Text("a name"), commands: SELECTING, summary: "the app to start" },
        OptionRow { option: Opt::Backend, name: "--backend", value: Choice(&Backend::NAMES), commands: SELECTING, summary: "how the program is executed" },
        OptionRow { option: Opt::StrictArchitecture, name: "--strict-architecture", value: Switch, commands: &[Check, Build, Run, Dev, Test], summary: "check the rules of strict architecture too" },
        OptionRow { option: Opt::Frozen, name: "--frozen", value: Switch, commands: &[Check, Run, Build, Test], summary: "fail if fuse.lock would have to change" },
        OptionRow { option: Opt::Filter, name: "--filter", value: Text("a pattern"), commands: &[Test], summary: "run the tests whose name contains the text" },
        OptionRow { option: Opt::All, name: "--all", value: Switch, commands: &[Test], summary: "run the tests of dependencies too" },
        OptionRow { option: Opt::Workspace, name: "--workspace", value: Switch, commands: &[Check], summary: "check every package below a directory" },
        OptionRow { option: Opt::Clean, name: "--clean", value: Switch, commands: &[Build], summary: "delete .fuse/build first" },
        OptionRow { option: Opt::Aot, name: "--aot", value: Switch, commands: &[Build], summary: "make an executable" },
        OptionRow { option: Opt::Release, name: "--release", value: Switch, commands: &[Build], summary: "make an optimised, stripped executable" },
        OptionRow { option: Opt::Profile, name: "--profile", value: Choice(&Profile::NAMES), commands: &[Build], summary: "make an executable of this profile" },
        OptionRow { option: Opt::Static, name: "--static", value: Switch, commands: &[Build], summary: "make a static executable" },
        OptionRow { option: Opt::Target, name: "--target", value: Text("a target"), commands: &[Build], summary: "make an executable for this target" },
        OptionRow { option: Opt::Cache, name: "--cache", value: Switch, commands: &[Clean], summary: "remove .fuse-cache directories" },
        OptionRow { option: Opt::Check, name: "--check", value: Switch, commands: &[Deps, Fmt], summary: "write nothing, fail if something would change" },
        OptionRow { option: Opt::Update, name: "--update", value: Switch, commands: &[Deps], summary: "resolve moving revisions anew" },
        OptionRow { option: Opt::Template, name: "--template", value: Choice(&TEMPLATES), commands: &[New], summary: "what the package starts with" },
        OptionRow { option: Opt::List, name: "--list", value: Switch, commands: &[Explain], summary: "list every code" },
        OptionRow { option: Opt::Json, name: "--json", value: Switch, commands: &[Inspect], summary: "print one JSON object" },
        OptionRow { option: Opt::Openapi, name: "--openapi", value: Switch, commands: &[Inspect], summary: "print the embedded OpenAPI document" },
        OptionRow { option: Opt::Fn, name: "--fn", value: Text("a name"), commands: &[Dump], summary: "keep the functions of this name" },
        OptionRow { option: Opt::Diagnostics, name: "--diagnostics", value: Choice(&DIAGNOSTICS), commands: ALL, summary: "how the tool chain's own output looks" },
        OptionRow { option: Opt::Color, name: "--color", value: Choice(&ColorChoice::NAMES), commands: ALL, summary: "whether output is painted" },
        OptionRow { option: Opt::Edition, name: "--edition", value: Choice(&["test"]), commands: &[Build], summary: HIDDEN },
        OptionRow { option: Opt::Refuse, name: "--refuse", value: Text("a name"), commands: &[Build], summary: HIDDEN },
        OptionRow { option: Opt::Linker, name: "--linker", value: Choice(&["system"]), commands: &[Build], summary: HIDDEN },
        OptionRow { option: Opt::DevParent, name: "--dev-parent", value: Text("a process"), commands: &[Run], summary: HIDDEN },
    ]
};

/// The summary of an option that serves the tool chain itself or its tests, and that no help text shows.
pub const HIDDEN: &str = "";

impl OptionRow {
    /// The option of a name with its dashes.
    pub fn find(name: &str) -> Option<&'static OptionRow> {
        OPTIONS.iter().find(|row| row.name == name)
    }

    /// Whether a word must follow.
    pub fn takes_value(&self) -> bool {
        self.value != Value::Switch
    }
}

/// What the options of a command line say.
#[derive(Clone, Debug, Default)]
pub struct Options {
    pub manifest_path: Option<PathBuf>,
    pub file: Option<PathBuf>,
    /// Whether `--file` came after the first positional.
    pub file_is_last: bool,
    pub app: Option<String>,
    pub backend: Option<Backend>,
    pub strict_architecture: bool,
    pub frozen: bool,
    pub filter: Option<String>,
    pub all: bool,
    pub workspace: bool,
    pub clean: bool,
    pub aot: bool,
    pub release: bool,
    pub profile: Option<Profile>,
    pub static_link: bool,
    pub target: Option<String>,
    pub cache: bool,
    pub check: bool,
    pub update: bool,
    pub template: Option<String>,
    pub list: bool,
    pub json: bool,
    pub openapi: bool,
    pub function: Option<String>,
    /// Link with the system's linker: the second opinion of the tool chain's own tests.
    pub system_linker: bool,
    /// The function that code generation shall refuse, as it refuses what it cannot translate.
    pub refuse: Option<String>,
    /// Link the test edition of the runtime: fault injection, counting and poisoning allocator.
    pub test_edition: bool,
    /// The `fuse dev` that runs the program: its process.
    pub dev_parent: Option<u32>,
    /// `--diagnostics`, if it was given.
    pub diagnostics: Option<String>,
    /// `--color`, if it was given.
    pub color: Option<String>,
}

/// A command line that makes sense.
#[derive(Clone, Debug)]
pub struct Invocation {
    pub command: Command,
    pub options: Options,
    /// The words that are no options, up to `--`.
    pub operands: Vec<OsString>,
    /// What stands after `--`.
    pub program_arguments: Vec<OsString>,
}
