//! One table of cases for each kind of type, sent through every boundary alike: JSON that a program decodes, configuration file, environment,
//! command line; each in memory and as an executable. The tables say what the references say; how a case travels is the business of the tests.

#[path = "../common/mod.rs"]
mod common;

mod cases;
mod failures;
mod programs;
mod scalars;
mod structured;

use std::path::PathBuf;
use std::process::Command;

use cases::Kind;
use common::{Ended, built, command};
use programs::{Batch, Source};

fn kinds() -> Vec<Kind> {
    scalars::kinds().into_iter().chain(structured::kinds()).collect()
}

/// The ways to execute a program in `main.fuse` of a folder.
struct Program {
    folder: PathBuf,
}

impl Program {
    fn new(name: &str, source: &str) -> Program {
        Program { folder: built(name, source) }
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.join(name), text).unwrap();
    }

    /// Runs it in memory and as an executable. What they print, their status and what they report must be the same: the line that begins with
    /// `run error: ` or the message of the fatal line, or the line of JSON that bound arguments end with.
    #[track_caller]
    fn ends(&self, variables: &[(String, String)], arguments: &[String]) -> Ended {
        let mut in_memory = command(&self.folder, &["run", "main.fuse", "--"]);
        let mut executable = Command::new(self.folder.join(".fuse/build/program.aot"));
        executable.current_dir(&self.folder);
        let [memory, built] = [&mut in_memory, &mut executable].map(|command| {
            command.args(arguments).env_clear().envs(variables.iter().map(|(name, value)| (name, value)));
            let output = command.output().unwrap();
            let status = output.status.code().expect("ended by itself");
            let stderr = String::from_utf8(output.stderr).unwrap();
            let stderr = if status == 0 { String::new() } else { reported(&stderr).to_owned() };
            Ended { status, stdout: String::from_utf8(output.stdout).unwrap(), stderr }
        });
        assert!(memory == built, "in memory {memory:#?}\nas an executable {built:#?}");
        built
    }
}

/// What a failed program reports, without the line around it.
fn reported(stderr: &str) -> &str {
    let message = |line: &'static str| move |text: &'_ str| text.starts_with(line);
    if let Some(line) = stderr.lines().find(|line| message("run error: ")(line)) {
        return &line["run error: ".len()..];
    }
    if let Some(line) = stderr.lines().find(|line| message("fatal: class=runtime_fatal ")(line)) {
        let text = line.split_once(" message=").expect("a message").1;
        return text.rsplit_once(" mode=aot ").expect("build information").0;
    }
    stderr.lines().find(|line| line.starts_with("{\"error\":")).unwrap_or(stderr)
}

/// Compares line by line, so that a difference can be found in a long text.
#[track_caller]
fn same(found: &str, expected: &str, what: &str) {
    let apart = |text: &str| text.replace("},{", "},\n{");
    let (found, expected) = (apart(found), apart(expected));
    for (number, (left, right)) in found.lines().zip(expected.lines()).enumerate() {
        assert_eq!(left, right, "{what}, line {number}");
    }
    assert_eq!(found.lines().count(), expected.lines().count(), "{what}:\n{found}\nexpected\n{expected}");
}

#[track_caller]
fn answers(ended: &Ended, batch: &Batch, source: Source, what: &str) {
    if batch.accepted() {
        assert_eq!(ended.status, 0, "{what}: {}", ended.stderr);
        same(&ended.stdout, &batch.values(), what);
    } else {
        same(&ended.stderr, &batch.error(source), what);
        let status = if source == Source::Flags { 2 } else { 1 };
        assert_eq!((ended.status, ended.stdout.as_str()), (status, ""), "{what}");
    }
}

#[test]
fn configuration() {
    let kinds = kinds();
    for (number, batch) in Batch::of(&kinds, Source::Config).iter().enumerate() {
        let program = Program::new(&format!("boundary_config_{number}"), &batch.config());
        let variables: Vec<_> =
            batch.inputs().map(|(name, text)| (format!("CASE_{}", name.to_uppercase()), text)).collect();
        answers(&program.ends(&variables, &[]), batch, Source::Config, &format!("environment, {number}"));
        for form in [raw, single, double] {
            let entries: String =
                batch.inputs().map(|(name, text)| format!("{name} = {}\n", form(&text))).collect();
            program.write("config.toml", &format!("[Case]\n{entries}"));
            answers(&program.ends(&[], &[]), batch, Source::Config, &format!("file, {number}"));
        }
        // The environment wins.
        program.write("config.toml", "[Case]\nc0 = {\"wrong\":1}\nc1 = {\"wrong\":1}\n");
        answers(
            &program.ends(&variables, &[]),
            batch,
            Source::Config,
            &format!("environment over file, {number}"),
        );
    }
}

/// A value of the configuration file as it is, if it can be written so.
fn raw(text: &str) -> String {
    let plain = text == text.trim() && !text.starts_with(['"', '\'']) && !text.contains(['#', '\n', '\r']);
    if plain { text.to_owned() } else { double(text) }
}

/// In single quotes, if it can be.
fn single(text: &str) -> String {
    if text.contains(['\'', '\n', '\r']) { double(text) } else { format!("'{text}'") }
}

/// In double quotes.
fn double(text: &str) -> String {
    let escaped = text
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
        .replace('\r', "\\r")
        .replace('\t', "\\t");
    format!("\"{escaped}\"")
}

#[test]
fn command_line() {
    let kinds = kinds();
    for (number, batch) in Batch::of(&kinds, Source::Flags).iter().enumerate() {
        let program = Program::new(&format!("boundary_flags_{number}"), &batch.main());
        let joined: Vec<_> = batch.inputs().map(|(name, text)| format!("--{name}={text}")).collect();
        answers(&program.ends(&[], &joined), batch, Source::Flags, &format!("flags with =, {number}"));
        // The order of flags decides nothing; a word after a flag is its value unless it looks like a flag.
        let apart = batch.inputs().collect::<Vec<_>>().into_iter().rev().flat_map(|(name, text)| match text
            .starts_with("--")
        {
            true => vec![format!("--{name}={text}")],
            false => vec![format!("--{name}"), text],
        });
        answers(
            &program.ends(&[], &apart.collect::<Vec<_>>()),
            batch,
            Source::Flags,
            &format!("flags with words, {number}"),
        );
    }
}

#[test]
fn decoding() {
    let kinds = kinds();
    for (number, batch) in Batch::of(&kinds, Source::Dynamic).iter().enumerate() {
        let program = Program::new(&format!("boundary_decode_{number}"), &batch.decode());
        let ended = program.ends(&batch.inputs().collect::<Vec<_>>(), &[]);
        assert_eq!(ended.status, 0, "decoding, {number}: {}", ended.stderr);
        same(&ended.stdout, &batch.decoded(), &format!("decoding, {number}"));
    }
}

/// What is no JSON is a failure where a program decodes it without a type, and an entry where a type is read from it.
#[test]
fn text_that_is_no_json() {
    let source = "config Case:\n  values: List<Int> = [1]\n\nfn main(values: List<Int>):\n  print(json.encode(values))\n\n\
                  app \"cases\":\n  print(json.encode(json.decode(env(\"TEXT\") ?? \"\")))\n";
    let program = Program::new("boundary_no_json", source);
    for (text, detail) in structured::NO_JSON {
        let entry = |path: &str| {
            let message = cases::quoted(&format!("invalid JSON value: {detail}"));
            let entry = format!("{{\"code\":\"invalid_value\",\"message\":{message},\"path\":\"{path}\"}}");
            format!(
                "{{\"error\":{{\"code\":\"validation_error\",\"fields\":[{entry}],\"message\":\"validation failed\"}}}}"
            )
        };
        let decoded = program.ends(&[("TEXT".into(), text.to_string())], &[]);
        assert_eq!((decoded.status, decoded.stdout.as_str()), (1, ""), "{text:?}: {}", decoded.stderr);
        assert!(
            decoded.stderr.starts_with(&format!("invalid json: {detail} (main.fuse:")),
            "{text:?}: {}",
            decoded.stderr
        );
        let config = program.ends(&[("CASE_VALUES".into(), text.to_string())], &[]);
        assert_eq!((config.status, config.stderr), (1, entry("Case.values")), "{text:?}");
        let flag = program.ends(&[], &[format!("--values={text}")]);
        assert_eq!((flag.status, flag.stderr), (2, entry("values")), "{text:?}");
    }
}

/// Where JSON as the program decodes it without a type differs from a type that is read from the same text.
#[test]
fn what_differs_for_dynamic_values() {
    let source = "\
type Held:
  map: Map<String, Int> = {}
  float: Float = 0.0

fn main(held: Held):
  print(json.encode(held))

app \"cases\":
  let held: Held = json.decode(env(\"TEXT\") ?? \"\")
  print(held.map[\"a\"] ?? 7)
  print(json.encode(held))
";
    let program = Program::new("boundary_differences", source);
    let decode = |text: &str| program.ends(&[("TEXT".into(), text.into())], &[]);
    let bind = |text: &str| program.ends(&[], &[format!("--held={text}")]);
    let entry = |message: &str, path: &str| {
        format!(
            "{{\"error\":{{\"code\":\"validation_error\",\"fields\":[{{\"code\":\"type_mismatch\",\"message\":\"{message}\",\"path\":\"{path}\"}}],\
             \"message\":\"validation failed\"}}}}"
        )
    };
    // A null element of a map stays and counts as missing.
    let text = "{\"map\":{\"a\":null,\"b\":1}}";
    assert_eq!(decode(text).stdout, "7\n{\"float\":0,\"map\":{\"a\":null,\"b\":1}}\n");
    assert_eq!((bind(text).status, bind(text).stderr), (2, entry("expected Int", "held.map.a")));
    // A number that no Float is near is no value at all, or one that does not fit.
    let text = "{\"float\":1e400}";
    let decoded = decode(text);
    assert!(decoded.stderr.starts_with("invalid json: number out of range"), "{}", decoded.stderr);
    assert_eq!((bind(text).status, bind(text).stderr), (2, entry("expected Float", "held.float")));
}

#[test]
fn misused_dynamic_values() {
    let mut source =
        String::from("requires crypto, time\n\nfn main(pick: Int):\n  let bytes = crypto.random_bytes(1)\n");
    source += failures::VALUES;
    for (number, (statements, _, _)) in failures::TABLE.iter().enumerate() {
        source += &format!("  if pick == {number}:\n    {}\n", statements.join("\n    "));
    }
    source += "  print(\"no failure\")\n\napp \"failures\":\n  print(\"no arguments\")\n";
    let program = Program::new("boundary_failures", &source);
    let mut wrong = Vec::new();
    for (number, (statements, message, code)) in failures::TABLE.iter().enumerate() {
        let ended = program.ends(&[("WORD".into(), "word".into())], &[format!("--pick={number}")]);
        let entry = format!("{{\"code\":\"runtime_{code}\",\"message\":\"{message}\",\"path\":\"$\"}}");
        let expected = format!(
            "{{\"error\":{{\"code\":\"validation_error\",\"fields\":[{entry}],\"message\":\"validation failed\"}}}}"
        );
        let expected = Ended { status: 2, stdout: String::new(), stderr: expected };
        if ended != expected {
            wrong.push(format!("{statements:?}: {ended:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
