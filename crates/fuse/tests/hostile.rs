//! Input that means harm, from every side of a program: a clear error with bounded memory in bounded time, or the right answer.
//!
//! Executables run with limits on address space, output and time. They hold the runtime as it is published, while `fuse run` of a test holds one
//! without optimisation, which takes the small cases only.

mod common;

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::{built, command, ended, folder};

/// Bytes of address space: enough for a few copies of the largest input.
const MEMORY: u64 = 900_000_000;
/// What no case comes near on a machine that does nothing else.
const PATIENCE: Duration = Duration::from_secs(60);

struct Program {
    folder: PathBuf,
}

struct Ended {
    status: i32,
    stdout: String,
    stderr: String,
}

impl Program {
    fn new(name: &str, source: &str) -> Program {
        Program { folder: built(name, source) }
    }

    /// Runs the executable with what it reads and these words.
    #[track_caller]
    fn run(&self, input: &[u8], words: &[String], variables: &[(&str, &str)]) -> Ended {
        // From a file: a pipe would have to be written while the output is read.
        fs::write(self.folder.join("input"), input).unwrap();
        let mut limited = Command::new("prlimit");
        limited.args([format!("--as={MEMORY}"), "--core=0".into()]);
        limited.arg(self.folder.join(".fuse/build/program.aot")).args(words).current_dir(&self.folder);
        limited
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .envs(variables.iter().copied());
        let start = Instant::now();
        let output = limited.stdin(File::open(self.folder.join("input")).unwrap()).output().unwrap();
        let took = start.elapsed();
        let status = output.status.code().unwrap_or_else(|| panic!("ended by a signal: {}", output.status));
        assert!(took < PATIENCE, "took {took:?}");
        let stderr = String::from_utf8(output.stderr).unwrap();
        for crash in ["panicked", "internal_error", ".rs:", "class=panic"] {
            assert!(!stderr.contains(crash), "{stderr:.2000}");
        }
        Ended { status, stdout: String::from_utf8(output.stdout).unwrap(), stderr }
    }

    /// Runs it on a line; it must fail with this message.
    #[track_caller]
    fn fails(&self, input: &[u8], message: &str) {
        let ended = self.run(input, &[], &[]);
        assert_eq!(ended.status, 1, "{:.500}", ended.stderr);
        assert!(ended.stderr.contains(&format!(" message={message}")), "{:.500}", ended.stderr);
        assert!(ended.stderr.len() < 10_000, "{} bytes", ended.stderr.len());
    }

    /// Runs it on a line; it must print this.
    #[track_caller]
    fn prints(&self, input: &[u8], expected: &str) {
        let ended = self.run(input, &[], &[]);
        assert_eq!((ended.status, &ended.stderr[..]), (0, ""));
        assert!(ended.stdout == expected, "{:.500}\nexpected\n{expected:.500}", ended.stdout);
    }
}

const DECODER: &str = "app \"decoder\":\n  print(json.encode(json.decode(input())))\n";

#[test]
fn deep_json() {
    let program = Program::new("hostile_deep", DECODER);
    for open in ["[", "{\"a\":", "[{\"a\":", "[[[[0,"] {
        let message = "invalid json: nesting too deep";
        program.fails(open.repeat(100_000).as_bytes(), message);
        program.fails(format!("{}{}", open.repeat(100_000), "]".repeat(100_000)).as_bytes(), message);
    }
    program.fails("[".repeat(100).as_bytes(), "invalid json: unexpected end of input");
    program.fails("]".repeat(1_000_000).as_bytes(), "invalid json: unexpected character");
}

#[test]
fn deep_json_of_a_type() {
    let source = "type Node:\n  next: Node?\n  kids: List<Node> = []\n\nfn main(node: Node):\n  print(json.encode(node))\n\n\
                  app \"typed\":\n  let node: Node = json.decode(input())\n  print(json.encode(node))\n";
    let program = Program::new("hostile_deep_typed", source);
    for open in ["{\"next\":", "{\"kids\":[", "{\"other\":", "{\"kids\":[{\"next\":"] {
        program.fails(open.repeat(100_000).as_bytes(), "invalid json: nesting too deep");
        // One argument holds less than 128 KiB.
        let bound = program.run(b"", &[format!("--node={}", open.repeat(100_000 / open.len()))], &[]);
        let entry =
            r#"[{"code":"invalid_value","message":"invalid JSON value: nesting too deep","path":"node"}]"#;
        assert!(bound.status == 2 && bound.stderr.contains(entry), "{:.500}", bound.stderr);
    }
}

#[test]
fn long_numbers() {
    let program = Program::new("hostile_numbers", DECODER);
    let digits = vec![b'9'; 100_000_000];
    program.fails(&digits, "invalid json: number out of range");
    let mut fraction = b"0.".to_vec();
    fraction.resize(50_000_000, b'0');
    fraction.push(b'1');
    program.prints(&fraction, "0\n");
    // Exact however it is written.
    let zeros = "0".repeat(5_000_000);
    program.prints(format!("1{zeros}e-5000000").as_bytes(), "1\n");
    program.prints(format!("9007199254740993{zeros}.{zeros}e-5000000").as_bytes(), "9007199254740993\n");
    program.prints(format!("0.{zeros}9007199254740993e5000016").as_bytes(), "9007199254740993\n");
    program.prints(format!("1e-{zeros}1").as_bytes(), "0.1\n");
    for exponent in ["999999999", "99999999999999999999999", &"9".repeat(1_000_000)] {
        program.fails(format!("1e{exponent}").as_bytes(), "invalid json: number out of range");
        program.fails(format!("-1.5E+{exponent}").as_bytes(), "invalid json: number out of range");
        program.prints(format!("[1e-{exponent},0e{exponent},-0.0e-{exponent}]").as_bytes(), "[0,0,0]\n");
    }
    program.fails(&[b'0'; 1_000_000], "invalid json: invalid number");
    program.fails(&[b'-'; 1_000_000], "invalid json: invalid number");
}

#[test]
fn long_texts() {
    let program = Program::new("hostile_texts", DECODER);
    let plain = format!("\"{}\"", "\u{e9}".repeat(5_000_000));
    program.prints(plain.as_bytes(), &format!("{plain}\n"));
    let escaped = "\\ud83d\\ude00".repeat(800_000);
    program.prints(format!("\"{escaped}\"").as_bytes(), &format!("\"{}\"\n", "\u{1f600}".repeat(800_000)));
    let backslashes = "\\\\".repeat(5_000_000);
    program.prints(format!("\"{backslashes}\"").as_bytes(), &format!("\"{backslashes}\"\n"));
    program.fails(format!("\"{}", "a".repeat(10_000_000)).as_bytes(), "invalid json: unterminated string");
    program.fails(format!("\"{}\\", "a".repeat(10_000_000)).as_bytes(), "invalid json: unterminated string");
    for text in [
        "\"\\ud800\"",
        "\"\\udfff\"",
        "\"\\ud83d\\ud83d\"",
        "\"\\ud83d\\u0041\"",
        "\"\\ud83d\"",
        "\"\\ude00\\ud83d\"",
    ] {
        program.fails(text.as_bytes(), "invalid json: invalid unicode escape");
    }
    let blank = " ".repeat(10_000_000);
    program.prints(format!("{blank}[{blank}]{blank}").as_bytes(), "[]\n");
    // Not text at all.
    for bytes in [&b"\"\xff\""[..], b"\xc3", b"[\"\xed\xa0\x80\"]", b"\xf4\x90\x80\x80"] {
        program.fails(bytes, "input read failed: stream did not contain valid UTF-8");
    }
}

#[test]
fn many_keys() {
    let program = Program::new("hostile_keys", DECODER);
    let object = |keys: &mut dyn Iterator<Item = usize>| {
        let entries: Vec<_> = keys.map(|key| format!("\"k{key:06}\":{key}")).collect();
        format!("{{{}}}", entries.join(","))
    };
    let sorted = object(&mut (0..300_000));
    program.prints(object(&mut (0..300_000).rev()).as_bytes(), &format!("{sorted}\n"));
    program.fails(object(&mut (0..300_000).chain([0])).as_bytes(), "invalid json: duplicate key \"k000000\"");
    // A key that is longer than what a message shows.
    let key = "k".repeat(2_000_000);
    let ended = program.run(format!("{{\"{key}\":1,\"{key}\":2}}").as_bytes(), &[], &[]);
    assert!(ended.status == 1 && ended.stderr.len() < 10_000, "{:.500}", ended.stderr);
    assert!(ended.stderr.contains("message=invalid json: duplicate key \"kkkk"), "{:.500}", ended.stderr);
}

#[test]
fn many_problems() {
    let source = "type Row:\n  n: Int(1..9)\n\napp \"rows\":\n  let rows: List<Row> = json.decode(input())\n  print(rows[0].n)\n";
    let program = Program::new("hostile_problems", source);
    let rows = |row: &str| format!("[{}]", vec![row; 300_000].join(","));
    for row in [
        "{}",
        "{\"n\":0}",
        "{\"n\":\"x\"}",
        "5",
        "{\"n\":1,\"x\":[[[]]]}",
        "{\"n\":1,\"a\":1,\"b\":2,\"c\":3}",
    ] {
        let ended = program.run(rows(row).as_bytes(), &[], &[]);
        assert_eq!((ended.status, ended.stderr.lines().count()), (1, 1), "{row}: {:.500}", ended.stderr);
        assert!(
            ended.stderr.len() < 9_000 && ended.stderr.contains("\"path\":\"rows[0]"),
            "{row}: {:.500}",
            ended.stderr
        );
    }
    program.prints(rows("{\"n\":7}").as_bytes(), "7\n");
}

#[test]
fn deep_values_of_the_program() {
    let source = "\
app \"deep\":
  var d = json.decode(\"[]\")
  for _ in 1..200000:
    d = [d]
  if env(\"PICK\") == \"encode\":
    print(json.encode(d))
  if env(\"PICK\") == \"text\":
    print(d)
  if env(\"PICK\") == \"log\":
    log(\"info\", \"m\", d)
  if env(\"PICK\") == \"convert\":
    let list: List<Int> = d
  print(\"released\")
";
    let program = Program::new("hostile_values", source);
    let released = program.run(b"", &[], &[]);
    assert_eq!((released.status, released.stdout.as_str()), (0, "released\n"), "{:.500}", released.stderr);
    for pick in ["encode", "log"] {
        let ended = program.run(b"", &[], &[("PICK", pick)]);
        assert!(
            ended.status == 1 && ended.stderr.contains("message=value is nested too deeply"),
            "{pick}: {:.500}",
            ended.stderr
        );
    }
    let ended = program.run(b"", &[], &[("PICK", "convert")]);
    assert!(ended.status == 1 && ended.stderr.contains("expected Int, got List"), "{:.500}", ended.stderr);
    let ended = program.run(b"", &[], &[("PICK", "text")]);
    assert!(
        ended.status == 0 || ended.stderr.contains("message=value is nested too deeply"),
        "{:.500}",
        ended.stderr
    );
}

#[test]
fn patterns_that_explode_elsewhere() {
    let source = "\
type Text:
  a: String(regex(\"^(a|aa|a*)+$\")) = \"a\"
  b: String(regex(\"(x+x+)+y\")) = \"xxy\"
  c: String(regex(\"^(([a-z])+.)+[A-Z]([a-z])+$\")) = \"aaBa\"
  d: String(regex(\"(.*)*(.*)*\\\\bend\\\\b\")) = \"end\"
  e: Email = \"a@b.c\"

fn read(field: String, text: String) -> Text!std.Error.Validation:
  return json.decode(\"{\\\"${field}\\\":${json.encode(text)}}\")

app \"patterns\":
  let long = input()
  for field in [\"a\", \"b\", \"c\", \"d\", \"e\"]:
    match read(field, long):
      Ok(_) -> print(\"accepted\")
      Err(error) -> print(error.fields[0].code)
";
    let program = Program::new("hostile_patterns", source);
    let refused = "invalid_value\n".repeat(5);
    program.prints(format!("{}!", "a".repeat(1_000_000)).as_bytes(), &refused);
    program.prints(format!("{}z", "x".repeat(1_000_000)).as_bytes(), &refused);
    program.prints("a@".repeat(500_000).as_bytes(), &refused);
}

#[test]
fn base64_of_any_length() {
    let source = "type Held:\n  bytes: Bytes\n\napp \"bytes\":\n  let held: Held = json.decode(input())\n  print(\"${held.bytes}\" != \"\")\n";
    let program = Program::new("hostile_base64", source);
    let held = |text: &str| format!("{{\"bytes\":\"{text}\"}}");
    program.prints(held(&"QUJD".repeat(2_500_000)).as_bytes(), "true\n");
    let problem = |detail: &str| {
        format!(
            "{{\"error\":{{\"code\":\"validation_error\",\"fields\":[{{\"code\":\"invalid_value\",\"message\":\"invalid Bytes (base64): \
             invalid base64 {detail}\",\"path\":\"held.bytes\"}}]"
        )
    };
    program.fails(held(&"=".repeat(10_000_000)).as_bytes(), &problem("padding"));
    program.fails(held(&"*".repeat(10_000_000)).as_bytes(), &problem("character '*'"));
    program.fails(held(&"A".repeat(10_000_001)).as_bytes(), &problem("length"));
}

const SETTINGS: &str = "config Shop:\n  name: String = \"none\"\n  n: Int = 1\n  list: List<Int> = []\n\n\
                        fn main(name: String = \"none\", n: Int = 1, list: List<Int> = []):\n  print(\"${name} ${n} ${list}\")\n\n\
                        app \"shop\":\n  print(\"${Shop.name} ${Shop.n} ${Shop.list}\")\n";

#[test]
fn configuration_files() {
    let program = Program::new("hostile_config", SETTINGS);
    let file = program.folder.join("config.toml");
    let fails = |text: &[u8], message: &str| {
        fs::write(&file, text).unwrap();
        let ended = program.run(b"", &[], &[]);
        assert_eq!((ended.status, ended.stdout.as_str()), (1, ""), "{:.500}", ended.stderr);
        assert!(
            ended.stderr.contains(&format!(" message={message}")) && ended.stderr.len() < 10_000,
            "{:.500}",
            ended.stderr
        );
    };
    let prints = |text: &[u8], expected: &str| {
        fs::write(&file, text).unwrap();
        let ended = program.run(b"", &[], &[]);
        assert_eq!(ended.status, 0, "{:.500}", ended.stderr);
        assert!(ended.stdout == expected, "{:.500}", ended.stdout);
    };
    let long = "x".repeat(10_000_000);
    prints(format!("[Shop]\nname = {long}\n").as_bytes(), &format!("{long} 1 []\n"));
    prints(
        format!("[Shop]\nname = \"{}\"\n", "\\\\".repeat(5_000_000)).as_bytes(),
        &format!("{} 1 []\n", "\\".repeat(5_000_000)),
    );
    prints(format!("{}[Shop]\nn = 5\n", "# comment\n\n".repeat(500_000)).as_bytes(), "none 5 []\n");
    prints(b"[Other]\r\na = 1\r\n[Shop]\r\nn = 5\r\n", "none 5 []\n");
    fails(format!("[Shop]\nname = \"{long}").as_bytes(), "invalid config file config.toml:2: ");
    fails(format!("[{long}").as_bytes(), "invalid config file config.toml:1: ");
    fails(long.as_bytes(), "invalid config file config.toml:1: ");
    fails(format!("{}oops", "\n".repeat(3_000_000)).as_bytes(), "invalid config file config.toml:3000001: ");
    fails(format!("[Shop]\nn = {}\n", "9".repeat(10_000_000)).as_bytes(), "{\"error\":");
    fails(format!("[Shop]\nlist = {}\n", "[".repeat(1_000_000)).as_bytes(), "{\"error\":");
    fails(b"[Shop]\nname = a\nname = b\n", "invalid config file config.toml:3: ");
    fails(b"[Shop]\nname = \xff\n", "failed to read config file: ");
    fails(b"\0\0\0\0", "invalid config file config.toml:1: ");
    // Keys that are no fields: each is said.
    let keys: String = (0..20_000).map(|key| format!("key{key} = 1\n")).collect();
    fs::write(&file, format!("[Shop]\n{keys}")).unwrap();
    let ended = program.run(b"", &[], &[]);
    assert_eq!((ended.status, ended.stderr.lines().count()), (0, 20_000));
    fs::remove_file(&file).unwrap();
    // A file without an end.
    let ended = program.run(b"", &[], &[("FUSE_CONFIG", "/dev/zero")]);
    assert_eq!((ended.status, ended.stderr.lines().count()), (1, 1), "{:.500}", ended.stderr);
}

/// Linux takes arguments of up to 128 KiB each and, as a rule, 2 MiB together.
#[test]
fn argument_lists() {
    let program = Program::new("hostile_arguments", SETTINGS);
    let long = "x".repeat(120_000);
    let bound = program.run(b"", &[format!("--name={long}")], &[]);
    assert!(bound.status == 0 && bound.stdout == format!("{long} 1 []\n"), "{:.500}", bound.stderr);
    let lists = [
        (vec![format!("--{long}"); 12], "unknown flag"),
        (vec!["--x".to_owned(); 100_000], "unknown flag"),
        (vec!["--n=1".to_owned(); 100_000], "multiple values not supported"),
        (vec!["--name".to_owned(); 100_000], "multiple values not supported"),
        (vec![long.clone(); 12], "unexpected argument: "),
        (vec![String::new(); 100_000], "unexpected argument: "),
        (vec!["--no-no-no".to_owned(); 60_000], "unknown flag"),
    ];
    for (words, message) in lists {
        let ended = program.run(b"", &words, &[]);
        assert_eq!(
            (ended.status, ended.stdout.as_str(), ended.stderr.lines().count()),
            (2, "", 1),
            "{message}"
        );
        assert!(
            ended.stderr.starts_with("{\"error\":") && ended.stderr.contains(message),
            "{:.500}",
            ended.stderr
        );
        assert!(ended.stderr.matches("\"code\":").count() <= 101, "{:.500}", ended.stderr);
    }
}

/// References in `.env` are text like any other, whatever they refer to.
#[test]
fn references_in_dotenv() {
    let dotenv = "SHOP_NAME=${SHOP_OTHER}$SHOP_NAME\nSHOP_OTHER=${SHOP_NAME}\nSHOP_N=$SHOP_N\n";
    let root = folder("hostile_dotenv", &[("main.fuse", SETTINGS), (".env", dotenv)]);
    let run = ended(command(&root, &["run", "main.fuse"]));
    assert_eq!(run.status, 1);
    assert!(run.stderr.contains("invalid Int: $SHOP_N"), "{}", run.stderr);
    let mut good = command(&root, &["run", "main.fuse"]);
    good.env("SHOP_N", "3");
    assert_eq!(ended(good).stdout, "${SHOP_OTHER}$SHOP_NAME 3 []\n");
    // Large and broken files are read, line by line, with a warning for each line that is none.
    let lines: String = (0..100_000).map(|line| format!("V{line}={}\n", "x".repeat(50))).collect();
    fs::write(root.join(".env"), lines + "no assignment\n").unwrap();
    let found = ended(command(&root, &["run", "main.fuse"]));
    assert_eq!((found.status, found.stdout.as_str()), (0, "none 1 []\n"), "{:.500}", found.stderr);
    assert!(found.stderr.contains("warning: "), "{:.500}", found.stderr);
}

/// `fuse run` asks for less address space for code where there is less.
#[test]
fn little_address_space() {
    let root = folder("hostile_space", &[("main.fuse", "app \"small\":\n  print(1)\n")]);
    let mut limited = Command::new("prlimit");
    limited.args(["--as=1000000000", env!("CARGO_BIN_EXE_fuse"), "run", "main.fuse"]).current_dir(&root);
    let run = ended(limited);
    assert_eq!((run.status, run.stdout.as_str()), (0, "1\n"), "{}", run.stderr);
}

/// The same small texts are answered in memory as by an executable.
#[test]
fn small_cases_in_memory() {
    let root = folder("hostile_memory", &[("main.fuse", DECODER)]);
    let cases = [
        ("[".repeat(10_000), "nesting too deep"),
        ("9".repeat(10_000), "number out of range"),
        (format!("1e{}", "9".repeat(1_000)), "number out of range"),
        ("\"\\ud800\"".to_owned(), "invalid unicode escape"),
        ("{\"a\":1,\"a\":1}".to_owned(), "duplicate key"),
    ];
    for (text, message) in cases {
        let run = feed(&root, text.as_bytes());
        assert!(
            run.0 == 1 && run.1.contains(&format!("run error: invalid json: {message}")),
            "{message}: {:.500}",
            run.1
        );
    }
}

fn feed(root: &Path, input: &[u8]) -> (i32, String) {
    let mut command = command(root, &["run", "main.fuse"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}
