//! Runs of the programs, and what is to come of them.

use crate::support::{BASE, Case};

/// Runs of a program, in an executable and in memory, with the same result; `{}` in `stderr` stands for a failure's text.
pub struct Run {
    /// Program and arguments.
    run: &'static str,
    env: &'static [(&'static str, &'static str)],
    stdout: &'static str,
    /// Lines before the failure.
    hints: &'static str,
    /// The failure's text; empty if there is none.
    failure: String,
    status: i32,
}

pub fn envelope(entries: &[(&str, &str, &str)]) -> String {
    let entries: Vec<String> = entries
        .iter()
        .map(|(path, code, message)| format!(r#"{{"code":"{code}","message":"{message}","path":"{path}"}}"#))
        .collect();
    format!(
        r#"{{"error":{{"code":"validation_error","fields":[{}],"message":"validation failed"}}}}"#,
        entries.join(",")
    )
}

impl Run {
    fn of(run: &'static str) -> Run {
        Run { run, env: &[], stdout: "", hints: "", failure: String::new(), status: 0 }
    }

    fn env(self, env: &'static [(&'static str, &'static str)]) -> Run {
        Run { env, ..self }
    }

    fn stdout(self, stdout: &'static str) -> Run {
        Run { stdout, ..self }
    }

    fn hints(self, hints: &'static str) -> Run {
        Run { hints, ..self }
    }

    /// The program fails with this text.
    fn fails(self, failure: &str) -> Run {
        Run { failure: failure.to_owned(), status: 1, ..self }
    }

    /// The configuration is refused.
    fn refused(self, entries: &[(&str, &str, &str)]) -> Run {
        self.fails(&envelope(entries))
    }

    /// The arguments are refused, or the bound call fails.
    fn unbound(self, entries: &[(&str, &str, &str)]) -> Run {
        Run { failure: envelope(entries), status: 2, ..self }
    }

    /// The bound call ends with an error value that has this JSON.
    fn unbound_by(self, line: &str) -> Run {
        Run { failure: line.to_owned(), status: 2, ..self }
    }

    /// Both ways of running, in this directory.
    pub fn cases(&self, directory: &'static str) -> [Case; 2] {
        let (name, arguments) = self.run.split_once(' ').unwrap_or((self.run, ""));
        let arguments = if arguments.is_empty() { String::new() } else { format!(" {arguments}") };
        let hints = self.hints;
        let tell = |before: &str, after: &str| match self.status {
            0 => hints.to_owned(),
            2 => format!("{hints}{}\n", self.failure),
            _ => format!("{hints}{before}{}{after}\n", self.failure),
        };
        let case = |run: String, stderr: String| Case {
            run: run.leak(),
            env: self.env,
            directory,
            stdout: self.stdout,
            stderr: stderr.leak(),
            status: self.status,
            ..BASE
        };
        [
            case(
                format!("aot {name} release{arguments}"),
                tell("fatal: class=runtime_fatal pid=<pid> message=", " <info>"),
            ),
            case(format!("memory {name}{arguments}"), tell("run error: ", "")),
        ]
    }
}

const LOGGED: &str = "[INFO] port default used\n";
const DEFAULTS: &str = "port=43117\nmotto=steady\nlabel=null\neven=4\nretry_after=21558\n";

/// The environment over the file over the defaults.
pub fn sources() -> Vec<Run> {
    vec![
        Run::of("app").hints(LOGGED).stdout(DEFAULTS),
        Run::of("app")
            .env(&[
                ("DESK_PORT", " 80 "),
                ("DESK_MOTTO", ""),
                ("DESK_LABEL", "NULL"),
                ("MAIL_GATE_RETRY_AFTER", "+7"),
            ])
            .stdout("port=80\nmotto=\nlabel=null\neven=4\nretry_after=7\n"),
        Run::of("app")
            .env(&[("FUSE_CONFIG", "full.toml")])
            .stdout("port=90\nmotto=a # b\nlabel=x\neven=6\nretry_after=45\n"),
        Run::of("app")
            .env(&[("FUSE_CONFIG", "full.toml"), ("DESK_PORT", "91"), ("DESK_LABEL", "")])
            .stdout("port=91\nmotto=a # b\nlabel=null\neven=6\nretry_after=45\n"),
        // Set, if only to nothing: the file does not count.
        Run::of("app").env(&[("FUSE_CONFIG", "full.toml"), ("DESK_PORT", "")]).refused(&[(
            "Desk.port",
            "invalid_value",
            "invalid Int: ",
        )]),
    ]
}

/// What the file can be.
pub fn files() -> Vec<Run> {
    let unread = |path: &'static [(&str, &str)], reason: &str| {
        Run::of("app").env(path).fails(&format!("failed to read config file: {reason}"))
    };
    vec![
        // Without configs it is not looked at.
        Run::of("plain").env(&[("FUSE_CONFIG", "bad.toml")]),
        Run::of("app")
            .env(&[("FUSE_CONFIG", "missing.toml"), ("DESK_PORT", "1")])
            .hints("config hint: config file missing.toml not found\n")
            .stdout("port=1\nmotto=steady\nlabel=null\neven=4\nretry_after=0\n"),
        Run::of("app")
            .env(&[("FUSE_CONFIG", ""), ("DESK_PORT", "1")])
            .stdout("port=1\nmotto=steady\nlabel=null\neven=4\nretry_after=0\n"),
        Run::of("app")
            .env(&[("FUSE_CONFIG", "bad.toml")])
            .fails("invalid config file bad.toml:3: unterminated quote"),
        unread(&[("FUSE_CONFIG", "latin.toml")], "the file is not valid UTF-8"),
        unread(&[("FUSE_CONFIG", ".")], "Is a directory"),
        unread(&[("FUSE_CONFIG", "/dev/zero")], "the file is larger than 16 MiB"),
        Run::of("app")
            .env(&[("FUSE_CONFIG", "keys.toml"), ("DESK_PORT", "1")])
            .hints("config hint: key prot in [Desk] is ignored\nconfig hint: key Port in [Desk] is ignored\n")
            .stdout("port=1\nmotto=steady\nlabel=null\neven=4\nretry_after=5\n"),
    ]
}

/// What is refused, and what hints at it.
pub fn invalid_configuration() -> Vec<Run> {
    vec![
        Run::of("app")
            .env(&[
                ("MAIL_GATE_OUTCOME", "1"),
                ("MAIL_GATE_RETRY_AFTER", "soon"),
                ("DESK_EVEN", "3"),
                ("DESK_PORT", "70000"),
            ])
            .refused(&[
                ("Desk.port", "invalid_value", "value 70000 out of range 1..65535"),
                ("Desk.even", "invalid_value", "predicate even rejected value"),
                ("MailGate.retry_after", "invalid_value", "invalid Int: soon"),
                ("MailGate.outcome", "invalid_value", "Result is not supported for config env overrides"),
            ]),
        // What a predicate fails with takes the place of what was collected.
        Run::of("app").env(&[("DESK_PORT", "0"), ("DESK_EVEN", "13")]).fails("index out of bounds"),
        Run::of("failing").env(&[("DESK_PORT", "1")]).fails("index out of bounds"),
        Run::of("not_accepted")
            .env(&[("DESK_PORT", "1")])
            .refused(&[("Desk.even", "invalid_value", "predicate even rejected value")]),
        Run::of("unresolved").fails("config field Desk.port is not resolved yet"),
        // With arguments, too; they are not looked at then.
        Run::of("prints word").env(&[("DESK_PORT", "x")]).refused(&[("Desk.port", "invalid_value", "invalid Int: x")]),
        Run::of("app")
            .env(&[
                ("DESK_PORT", "1"),
                ("DESK_PO_RT", "2"),
                ("DESK_motto", "x"),
                ("DESK__MOTTO_", "x"),
                ("desk_motto", "x"),
                ("DESK_OTHER", "x"),
                ("MAIL_GATERETRY_AFTER", "1"),
                ("MAIL_GATE_RETRYAFTER", "1"),
            ])
            .hints(
                "config hint: env var DESK_PO_RT is ignored; did you mean DESK_PORT for Desk.port?\n\
                 config hint: env var DESK__MOTTO_ is ignored; did you mean DESK_MOTTO for Desk.motto?\n\
                 config hint: env var DESK_motto is ignored; did you mean DESK_MOTTO for Desk.motto?\n\
                 config hint: env var MAIL_GATE_RETRYAFTER is ignored; did you mean MAIL_GATE_RETRY_AFTER for \
                 MailGate.retry_after?\n",
            )
            .stdout("port=1\nmotto=steady\nlabel=null\neven=4\nretry_after=0\n"),
    ]
}

pub const PORT_SET: &[(&str, &str)] = &[("DESK_PORT", "1")];

/// Arguments that are bound, or not.
pub fn binding() -> Vec<Run> {
    let run = |words| Run::of(words).env(PORT_SET);
    vec![
        run("prints --city=Kiel")
            .stdout("city=Kiel\nport=1004\nverbose=false\ndry_run=null\nnote=null\neven=4\n"),
        run("prints --city Oslo --port 80 --verbose --no-dry-run --note= --even -2")
            .stdout("city=Oslo\nport=80\nverbose=true\ndry_run=false\nnote=null\neven=-2\n"),
        run("prints --dry_run=TRUE --note=a=b --verbose false --city=Rome")
            .stdout("city=Rome\nport=1004\nverbose=false\ndry_run=true\nnote=a=b\neven=4\n"),
        // Everything wrong is told: unknown flags first, then the parameters in their order.
        run("prints --port=x --bogus --verbose=1 --no-no-such --even=3 --note").unbound(&[
            ("bogus", "unknown_flag", "unknown flag"),
            ("no-no-such", "unknown_flag", "unknown flag"),
            ("city", "missing_field", "missing flag"),
            ("port", "invalid_value", "invalid Int: x"),
            ("verbose", "invalid_value", "invalid Bool: 1"),
            ("note", "invalid_type", "expected Bool flag"),
            ("even", "invalid_value", "predicate even rejected value"),
        ]),
        run("prints --city=Kiel --city=Kiel --verbose --no-verbose --port=1 --port=x").unbound(&[
            ("city", "invalid_type", "multiple values not supported"),
            ("port", "invalid_type", "multiple values not supported"),
            ("verbose", "invalid_type", "multiple values not supported"),
        ]),
        run("prints --city=Kiel --bogus word word").unbound(&[(
            "$",
            "invalid_args",
            "unexpected argument: word",
        )]),
        run("prints word").unbound(&[("$", "invalid_args", "unexpected argument: word")]),
        run("prints --city=K --no-city").unbound(&[(
            "city",
            "invalid_type",
            "multiple values not supported",
        )]),
        run("prints --no-city").unbound(&[("city", "invalid_type", "expected Bool flag")]),
        run("prints --city=\\xff --note \\xff").unbound(&[
            ("city", "invalid_value", "argument is not valid UTF-8"),
            ("note", "invalid_value", "argument is not valid UTF-8"),
        ]),
        run("prints a\\xff").unbound(&[("$", "invalid_args", "unexpected argument: a\u{fffd}")]),
        run("prints --a\\xff").unbound(&[
            ("a\u{fffd}", "unknown_flag", "unknown flag"),
            ("city", "missing_field", "missing flag"),
        ]),
        // A failing predicate ends the binding at once.
        run("prints --port=x --even=13").unbound(&[("$", "runtime_index_bounds", "index out of bounds")]),
    ]
}

/// Structured values, as JSON.
pub fn structured() -> Vec<Run> {
    vec![
        Run::of(r#"travels --stops [{"city":"Oslo"}] --dry-run --budget 80"#)
            .stdout("[{\"city\":\"Oslo\",\"nights\":1}]\nbudget=80\ndry_run=true\nnote=null\n"),
        Run::of(r#"travels --stops=[{"city":"O"}] --speed=2"#).unbound(&[
            ("speed", "unknown_flag", "unknown flag"),
            ("stops[0].city", "invalid_value", "length 1 out of range 2..40"),
        ]),
        Run::of(r#"travels --stops=[{"nights":"x","extra":1},7] --budget=inf"#).unbound(&[
            ("stops[0].city", "missing_field", "missing field"),
            ("stops[0].nights", "type_mismatch", "expected Int"),
            ("stops[0].extra", "unknown_field", "unknown field"),
            ("stops[1]", "type_mismatch", "expected Stop"),
            ("budget", "invalid_value", "invalid Float: inf"),
        ]),
        Run::of("travels --stops=[").unbound(&[(
            "stops",
            "invalid_value",
            "invalid JSON value: unexpected end of input",
        )]),
        Run::of("travels --stops=[]")
            .env(&[("DEPOT_STOPS", r#"[{"city":"Oslo"},{"city":"O","nights":null}]"#)])
            .refused(&[
                ("Depot.stops[1].city", "invalid_value", "length 1 out of range 2..40"),
                ("Depot.stops[1].nights", "type_mismatch", "expected Int"),
            ]),
        Run::of("travels --stops=[]").env(&[("FUSE_CONFIG", "depot.toml")]).refused(&[(
            "Depot.stops[0].city",
            "missing_field",
            "missing field",
        )]),
    ]
}

/// How a bound call ends.
pub fn ends() -> Vec<Run> {
    let run = |words| Run::of(words).env(PORT_SET);
    vec![
        run("fails --city=Kiel").stdout("bound\n").unbound(&[(
            "$",
            "runtime_index_bounds",
            "index out of bounds",
        )]),
        run("overflows --city=Kiel").unbound(&[("$", "runtime_error", "stack overflow")]),
        run("text --city=Kiel").unbound(&[("$", "runtime_error", "no \\\"way\\\"")]),
        run("long --city=Kiel").unbound(&[("$", "runtime_error", &"\\\"é".repeat(50_000))]),
        run("error --city=Kiel")
            .unbound_by(r#"{"error":{"code":"validation_error","fields":[],"message":"bad"}}"#),
    ]
}
