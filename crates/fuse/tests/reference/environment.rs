//! The page of environment variables. What the sources read and what the page lists is compared, in both directions.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// A variable that programs or the tools read.
struct Variable {
    name: &'static str,
    default: &'static str,
    meaning: &'static str,
}

const fn variable(name: &'static str, default: &'static str, meaning: &'static str) -> Variable {
    Variable { name, default, meaning }
}

const NO_COLOR: Variable = variable("NO_COLOR", "not set", "no colour, whatever the value");
const FORCE_TTY: Variable = variable(
    "FUSE_COLOR_FORCE_TTY",
    "not set",
    "`1`: colour as for a terminal; any other value: as for none",
);

/// What a running program reads, under `fuse` and as an executable.
const PROGRAM: &[Variable] = &[
    variable("FUSE_CONFIG", "`config.toml`", "the configuration file"),
    variable(
        "FUSE_LOG",
        "`info`",
        "the lowest level that `log` writes: `trace`, `debug`, `info`, `warn`, `error`",
    ),
    variable("FUSE_COLOR", "`auto`", "colour of log levels: `auto`, `always`, `never`"),
    NO_COLOR,
    FORCE_TTY,
    variable("FUSE_DB_URL", "not set", "the [database](../database.md)"),
    variable(
        "DATABASE_URL",
        "not set",
        "the database, if neither `FUSE_DB_URL` nor the config `App` names one",
    ),
    variable("FUSE_DB_POOL_SIZE", "`App.dbPoolSize`, else 1", "connections to the database"),
    variable("FUSE_TASK_WORKERS", "processors, at least 2", "threads that run tasks"),
    variable("FUSE_METRICS_HOOK", "off", "`stderr`: counts and times of tasks at the end"),
    variable("FUSE_DIAGNOSTICS", "`text`", "`json`: what a program reports about itself is JSON"),
    variable("FUSE_SVG_DIR", "`assets/svg`", "the folder of `svg.inline`"),
    variable("FUSE_ASSET_MAP", "empty", "a JSON object from paths to addresses, for `asset`"),
    variable("FUSE_DEV_MODE", "off", "`1`: files of `svg.inline` are read each time"),
];

/// What executables read besides.
const EXECUTABLE: &[Variable] = &[
    variable("FUSE_AOT_BUILD_INFO", "off", "`1`: print how it was built and end"),
    variable("FUSE_AOT_STARTUP_TRACE", "off", "`1`: a line on stderr at the start"),
    variable("FUSE_AOT_BACKTRACE", "off", "`1`: a `debug` executable shows the source position of a failure"),
];

/// What the command `fuse` reads itself.
const TOOLS: &[Variable] =
    &[NO_COLOR, FORCE_TTY, variable("PATH", "", "to find `git` and the shell of `before_build`")];

/// What `fuse` sets for a program that it starts.
const SET: &[Variable] = &[
    variable("FUSE_CONFIG", "", "`config.toml` of the package, if it is there and the variable is not set"),
    variable("FUSE_SVG_DIR", "", "`assets/svg` of the package, if it is there and the variable is not set"),
    variable(
        "FUSE_STATIC_DIR",
        "",
        "`[serve] static_dir`, else, but not under `dev`, `[vite] dist_dir`, unless the variable is set; executables look for it where they run",
    ),
    variable("FUSE_STATIC_INDEX", "", "`[serve] static_index`, unless the variable is set"),
    variable(
        "FUSE_OPENAPI_JSON_PATH",
        "",
        "`.fuse/dev/openapi.json` with `[serve] openapi_ui = true`, which is the default under `dev`, unless the variable is set",
    ),
    variable(
        "FUSE_OPENAPI_UI_PATH",
        "",
        "`[serve] openapi_path` with `[serve] openapi_ui = true`, which is the default under `dev`, unless the variable is set",
    ),
    variable("FUSE_VITE_PROXY_URL", "", "under `dev`: `[vite] dev_url`, unless the variable is set"),
    variable(
        "FUSE_ASSET_MAP",
        "",
        "`.fuse/assets-manifest.json`, if it is there and the variable is not set",
    ),
    variable("FUSE_DEV_MODE", "", "under `dev`: `1`"),
    variable(
        "FUSE_DEV_RELOAD_WS_URL",
        "",
        "under `dev`: the address of the WebSocket that tells pages to reload",
    ),
    variable("FUSE_COLOR", "", "the value of `--color`, if given"),
    variable("FUSE_DIAGNOSTICS", "", "the value of `--diagnostics`, if given"),
];

/// Read by the editions of the runtime that the project's own tests use, and by no other.
const OWN_TESTS: &[&str] = &["FUSE_AOT_TEST_FAULT", "FUSE_AOT_TEST_LEAKS"];

pub fn body() -> String {
    assert_eq!(listed(), read(), "what the page lists, and what the sources read");
    let mut out = "Variables that a program asks for itself, by `env` and by the fields of a [config](../config.md), come on top of these.\n".to_owned();
    section(&mut out, "What programs read", PROGRAM);
    section(&mut out, "What executables read besides", EXECUTABLE);
    section(&mut out, "What `fuse` reads", TOOLS);
    out.push_str("\n## What `fuse` sets for a program\n\nSo does every line of the package's `.env` whose name is not set.\n\n| variable | value |\n|---|---|\n");
    for Variable { name, meaning, .. } in SET {
        let _ = writeln!(out, "| `{name}` | {meaning} |");
    }
    out
}

fn section(out: &mut String, title: &str, variables: &[Variable]) {
    let _ = write!(out, "\n## {title}\n\n| variable | default | meaning |\n|---|---|---|\n");
    for Variable { name, default, meaning } in variables {
        let _ = writeln!(out, "| `{name}` | {default} | {meaning} |");
    }
}

fn listed() -> BTreeSet<String> {
    let variables = [PROGRAM, EXECUTABLE, TOOLS, SET].into_iter().flatten().map(|variable| variable.name);
    let own = |name: &&str| name.starts_with("FUSE_");
    variables.chain(OWN_TESTS.iter().copied()).filter(own).map(str::to_owned).collect()
}

/// The variables of FUSE that the sources name where the environment is read or set.
fn read() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for folder in ["crates/fuse/src", "crates/package/src", "crates/link/src", "runtime"] {
        collect(&super::root().join(folder), &mut names);
    }
    names
}

/// How a line that reads or sets a variable looks, up to the name.
const CALLS: &[&str] = &[
    "env::set(\"",
    "env::lookup(\"",
    "env::is_one(\"",
    "env::var_os(\"",
    "env::var(\"",
    ".add_path(\"",
    "environment.set(\"",
    "env::number(\"",
    "variable(\"",
    "env::setting(\"",
    "environment.set_if_unset(\"",
    "VARIABLE: &str = \"",
];

fn collect(path: &Path, names: &mut BTreeSet<String>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).expect("a folder") {
            collect(&entry.expect("an entry").path(), names);
        }
    } else if path.extension().is_some_and(|end| end == "rs") {
        let text = fs::read_to_string(path).expect("a source");
        for call in CALLS {
            let uses = text.split(call).skip(1).filter_map(|rest| rest.split('"').next());
            names.extend(uses.filter(|name| name.starts_with("FUSE_")).map(str::to_owned));
        }
    }
}
