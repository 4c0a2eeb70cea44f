//! B: what is in the file, and how it is laid out.

use std::collections::BTreeSet;
use std::fs;

use crate::sources;
use crate::support::*;

#[test]
fn r15_no_compiler_inside() {
    let crates = [
        "cranelift",
        "regalloc",
        "wasmtime",
        "gimli",
        "libwild",
        "fuse_syntax",
        "fuse_sema",
        "fuse_hir",
        "fuse_lower",
        "fuse_ir",
        "fuse_codegen",
        "fuse_link",
        "fuse_bundle",
        "fuse_diagnostics",
        "fuse_package",
    ];
    let package = Folder::package(sources::MARKED);
    build_in(package.path(), WITH_SYMBOLS);
    for (what, file) in [
        ("debug", build("harbour", DEBUG).executable.clone()),
        ("symbols", build("harbour", WITH_SYMBOLS).beside(".sym")),
        ("marked", package.join(".fuse/build/program.aot.sym")),
    ] {
        let names = tool("nm", &["-C"], &file);
        assert!(names.lines().count() > 100, "{what}: there are symbols");
        for name in names.lines() {
            let suspect = crates.iter().find(|suspect| name.contains(**suspect));
            assert!(suspect.is_none(), "{what}: {name}");
            let ours = name.contains("fuse_");
            assert!(
                !ours
                    || !["jit", "interp", "parser", "lexer", "lower_"].iter().any(|part| name.contains(part)),
                "{what}: {name}"
            );
        }
    }
    // Paths of the standard library may name its own reader of debug information.
    let crates = crates.iter().filter(|name| **name != "gimli");
    for options in [RELEASE, STATIC] {
        let package = Folder::package(sources::MARKED);
        let executable = build_in(package.path(), options);
        assert_eq!(run(&executable, &[]).stdout, "3\n");
        let bytes = fs::read(&executable).expect("an executable");
        for text in
            crates.clone().chain(&sources::MARKS).chain(&["FUSE_UNKNOWN_NAME", "transaction", "migration"])
        {
            assert!(!contains(&bytes, text), "{options:?}: {text}");
        }
    }
}

/// Programs with 20 and with 2,000 types: nothing is read, mapped or allocated for them.
#[test]
fn r16_nothing_is_decoded_at_start() {
    let started = [20, 2_000].map(|count| {
        let package = Folder::package(&sources::with_types(count));
        let executable = build_in(package.path(), RELEASE);
        let (ended, trace) = strace("all", &[executable.as_os_str()], &[]);
        assert_eq!((ended.status, ended.stdout.as_str()), (Some(0), "ready\n"), "{}", ended.stderr);
        let names = trace.lines().filter_map(|line| {
            line.split_once(' ')?.1.split_once('(').map(|(name, _)| name.trim().to_owned())
        });
        let names: Vec<_> = names.collect();

        let counted = run(&build_in(package.path(), TEST), &[("FUSE_AOT_TEST_FAULT", "allocations")]);
        let requests =
            counted.stdout.strip_prefix("allocations: ").and_then(|rest| rest.trim_end().parse::<u32>().ok());
        let requests = requests.unwrap_or_else(|| panic!("{counted:?}"));
        assert!(requests < 200, "{requests} allocations with {count} types");
        (names, requests)
    });
    assert_eq!(started[0], started[1]);
}

#[test]
fn r16_metadata_is_not_writable() {
    for name in FIXTURES {
        let segments = tool("readelf", &["-lSW"], &build(name, RELEASE).executable);
        let section =
            segments.lines().find(|line| line.contains(".note.fuse")).unwrap_or_else(|| panic!("{segments}"));
        let flags = section.split_whitespace().rev().nth(3).expect("flags");
        assert!(!flags.contains('W'), "{section}");
    }
    // What writable data there is does not grow with the types of a program.
    let writable = |count: usize| {
        let package = Folder::package(&sources::with_types(count));
        let sections = tool("readelf", &["-SW"], &build_in(package.path(), RELEASE));
        let writable = sections.lines().filter_map(|line| {
            let fields: Vec<&str> = line.split_once(']')?.1.split_whitespace().collect();
            let [_, kind, _, _, size, _, flags, ..] = fields[..] else { return None };
            // Sections that become read-only before the program starts hold addresses.
            (flags.contains('W')
                && ["PROGBITS", "NOBITS"].contains(&kind)
                && !fields[0].contains("relro")
                && !fields[0].starts_with(".got"))
            .then(|| (fields[0].to_owned(), size.to_owned()))
        });
        writable.collect::<Vec<_>>()
    };
    assert_eq!(writable(20), writable(400));
}

#[test]
fn r17_metadata_is_read_from_the_file() {
    for (name, options) in [
        ("hello", RELEASE),
        ("harbour", DEBUG),
        ("harbour", WITH_SYMBOLS),
        ("faults", STATIC),
        ("flags", RELEASE),
        ("settings", WITH_SYMBOLS),
    ] {
        let built = build(name, options);
        let folder = Folder::new();
        let copy = folder.join("copy");
        fs::write(&copy, built.bytes()).expect("written, not executable");
        let ended = end(std::process::Command::new(FUSE).args(["inspect", "--json"]).arg(&copy));
        assert_eq!(ended.status, Some(0), "{}", ended.stderr);
        let json = ended.stdout;
        assert!(json.starts_with('{') && json.ends_with("}\n") && json.lines().count() == 1, "{json}");
        for pair in info(&built.executable).split(' ') {
            let (key, value) = pair.split_once('=').expect("a pair");
            let shown = if key == "runtime_cache" {
                format!("\"{key}\":{value}")
            } else {
                format!("\"{key}\":\"{value}\"")
            };
            assert!(json.contains(&shown), "{shown} is not in {json}");
        }
        let bytes = built.bytes();
        let symbols = if options == WITH_SYMBOLS { "\"program.aot.sym\"" } else { "null" };
        for part in [
            format!("\"sha256\":\"{}\",\"size\":{},", fuse_link::sha256_hex(&bytes), bytes.len()),
            format!("\"stripped\":{},\"symbols\":{symbols}}}", options != DEBUG),
            format!("\"package\":{{\"name\":\"{name}\",\"version\":\"0.1.0\"}}"),
            format!("\"config\":[{}],\"entry\":\"", schema(name)),
            "\"openapi\":false".to_owned(),
        ] {
            assert!(json.contains(&part), "{part} is not in {json}");
        }
        let libraries = if options == STATIC { "\"libraries\":[]" } else { "\"libraries\":[\"libc.so.6\"]" };
        assert!(json.contains(libraries), "{json}");
        let text = end(std::process::Command::new(FUSE).arg("inspect").arg(&copy));
        assert!(
            text.status == Some(0) && text.stdout.lines().all(|line| line.contains(": ")),
            "{}",
            text.stdout
        );
        let openapi = end(std::process::Command::new(FUSE).args(["inspect", "--openapi"]).arg(&copy));
        assert!(
            openapi.status == Some(1) && openapi.stderr.contains("no OpenAPI document embedded"),
            "{}",
            openapi.stderr
        );
    }
}

/// The rows of the config schema.
fn schema(name: &str) -> String {
    let row = |config: &str, field: &str, ty: &str, variable: &str| {
        format!(
            "{{\"config\":\"{config}\",\"field\":\"{field}\",\"has_default\":true,\"type\":\"{ty}\",\"variable\":\"{variable}\"}}"
        )
    };
    match name {
        "faults" => row("Pick", "fault", "String", "PICK_FAULT"),
        "settings" => [
            row("Desk", "port", "Int", "DESK_PORT"),
            row("Desk", "motto", "String", "DESK_MOTTO"),
            row("Desk", "rooms", "List<String>", "DESK_ROOMS"),
        ]
        .join(","),
        _ => String::new(),
    }
}

/// The names of the components that `fuse inspect --json` shows.
fn components(name: &str, options: &[&str]) -> BTreeSet<String> {
    let ended = end(std::process::Command::new(FUSE)
        .args(["inspect", "--json"])
        .arg(&build(name, options).executable));
    let list =
        ended.stdout.split_once("\"components\":[").expect("components").1.split_once(']').expect("a list").0;
    list.split("\"name\":\"").skip(1).map(|rest| rest.split('"').next().expect("a name").to_owned()).collect()
}

/// The fixtures with their components.
const COMPONENTS: [(&str, &[&str]); 6] = [
    ("hello", &["core"]),
    ("faults", &["core", "config"]),
    ("flags", &["core", "cli", "json"]),
    ("settings", &["core", "config", "json", "log"]),
    ("harbour", &["core", "log"]),
    ("store", &["core", "db", "json"]),
];

/// A name in the symbols of each component that only it has.
const SYMBOLS: [(&str, &[&str]); 11] = [
    ("log", &["fuse_log"]),
    ("cli", &["fuse_cli", "fuse_bind"]),
    ("config", &["fuse_config"]),
    ("html", &["fuse_html"]),
    ("json", &["fuse_json"]),
    ("regex", &["regex_automata", "fuse_regex"]),
    ("time", &["chrono", "fuse_time"]),
    ("crypto", &["sha2", "fuse_crypto"]),
    ("db", &["sqlite3_", "rusqlite", "fuse_db"]),
    ("tls", &["rustls", "ring_core", "webpki", "fuse_tls"]),
    ("http", &["hyper", "tokio", "httparse", "fuse_http", "fuse_client", "fuse_tasks"]),
];

#[test]
fn r18_composition_by_need() {
    for options in [RELEASE, DEBUG, STATIC] {
        for (name, expected) in COMPONENTS {
            let expected: BTreeSet<String> = expected.iter().map(|name| name.to_string()).collect();
            assert_eq!(components(name, options), expected, "{name} {options:?}");
        }
    }
    for (name, expected) in COMPONENTS {
        let symbols = tool("nm", &[], &build(name, DEBUG).executable);
        for (component, parts) in SYMBOLS {
            let found: Vec<_> = parts.iter().filter(|part| symbols.contains(**part)).collect();
            assert_eq!(
                expected.contains(&component),
                !found.is_empty(),
                "{name} has {found:?} of {component}"
            );
        }
    }
}

/// Each component that this version has comes with what needs it, and its marks are found then.
#[test]
fn r18_components_come_with_their_use() {
    let programs: [(&str, &str); 6] = [
        (
            "regex",
            "type Code:\n  text: String(regex(\"^[a-z]+$\"))\n\napp \"x\":\n  print(Code(text=env(\"T\") ?? \"a\").text)\n",
        ),
        ("time", "requires time\n\napp \"x\":\n  print(time.format(0, \"%F\"))\n"),
        ("crypto", "requires crypto\n\napp \"x\":\n  print(crypto.random_bytes(0))\n"),
        ("json", "app \"x\":\n  print(json.decode(\"[1]\"))\n"),
        ("html", "app \"x\":\n  print(p(title=env(\"T\") ?? \"<\"))\n"),
        ("config", "config Shop:\n  n: Int = 1\n\napp \"x\":\n  print(Shop.n)\n"),
    ];
    for (component, source) in programs {
        let package = Folder::package(source);
        let executable = build_in(package.path(), DEBUG);
        assert_eq!(run(&executable, &[]).status, Some(0), "{component}");
        let ended = end(std::process::Command::new(FUSE).args(["inspect", "--json"]).arg(&executable));
        assert!(ended.stdout.contains(&format!("\"name\":\"{component}\"")), "{component}: {}", ended.stdout);
        let symbols = tool("nm", &[], &executable);
        let parts = SYMBOLS.iter().find(|(name, _)| *name == component).map_or(&[][..], |(_, parts)| parts);
        assert!(parts.iter().any(|part| symbols.contains(part)), "{component} has none of {parts:?}");
    }
}

#[test]
fn r19_no_registration_at_start() {
    for name in FIXTURES {
        let sections = tool("readelf", &["-SW"], &build(name, RELEASE).executable);
        for array in [".init_array", ".preinit_array", ".ctors"] {
            let line = sections.lines().find(|line| line.contains(array));
            assert!(
                line.is_none(),
                "{name}: our own start runs no constructors, so there must be none: {line:?}"
            );
        }
    }
}

#[test]
fn r20_sizes() {
    for (name, options, budget) in [
        ("hello", RELEASE, 550_000),
        ("faults", RELEASE, 600_000),
        ("flags", RELEASE, 700_000),
        ("settings", RELEASE, 700_000),
        ("harbour", RELEASE, 700_000),
        ("store", RELEASE, 3_000_000),
        ("hello", STATIC, 1_500_000),
        ("faults", STATIC, 1_600_000),
        ("flags", STATIC, 1_700_000),
        ("settings", STATIC, 1_700_000),
        ("harbour", STATIC, 1_700_000),
        ("store", STATIC, 4_000_000),
    ] {
        let size = build(name, options).bytes().len();
        assert!(size <= budget, "{name} {options:?}: {size} bytes, budget {budget}");
    }
}

#[test]
fn r21_default_link_mode() {
    for name in FIXTURES {
        for options in PROFILES {
            let built = build(name, options);
            let header = tool("readelf", &["-h"], &built.executable);
            assert!(header.contains("Type:                              DYN"), "{header}");
            let dynamic = tool("readelf", &["-d"], &built.executable);
            let needed: Vec<&str> = dynamic.lines().filter(|line| line.contains("(NEEDED)")).collect();
            assert!(needed.len() == 1 && needed[0].contains("[libc.so.6]"), "{name} {options:?}: {needed:?}");
            assert!(!dynamic.contains("RPATH") && !dynamic.contains("RUNPATH"), "{dynamic}");
        }
    }
}

#[test]
fn r22_hardened() {
    for name in FIXTURES {
        for options in [DEBUG, RELEASE, WITH_SYMBOLS, STATIC] {
            let built = build(name, options);
            let headers = tool("readelf", &["-ldW"], &built.executable);
            assert!(headers.contains("GNU_RELRO"), "{name} {options:?}: {headers}");
            assert!(
                headers.contains("BIND_NOW") || headers.contains("Flags: NOW"),
                "{name} {options:?}: {headers}"
            );
            assert!(!headers.contains("TEXTREL"), "{name} {options:?}: {headers}");
            for line in headers.lines() {
                let Some(kind) = line
                    .split_whitespace()
                    .next()
                    .filter(|kind| matches!(*kind, "LOAD" | "GNU_STACK" | "GNU_RELRO" | "TLS"))
                else {
                    continue;
                };
                let flags = line.split_whitespace().skip(6).collect::<String>();
                let (writable, executable) = (flags.contains('W'), flags.contains('E'));
                assert!(!(writable && executable), "{name} {options:?}: {line}");
                assert!(kind != "GNU_STACK" || !executable, "{name} {options:?}: {line}");
            }
            let id = value(&info(&built.executable), "build").to_owned();
            assert!(build_id(&built.executable).starts_with(&id), "{name} {options:?}: {id}");
        }
    }
}

#[test]
fn r23_oldest_c_library() {
    let stated = fuse_bundle::published().oldest_glibc;
    let number =
        |version: &str| version.split('.').map(|part| part.parse().expect("a number")).collect::<Vec<u32>>();
    for name in FIXTURES {
        let versions = tool("readelf", &["-VW"], &build(name, RELEASE).executable);
        let used: BTreeSet<_> = versions
            .split("GLIBC_")
            .skip(1)
            .filter_map(|rest| rest.split(|c: char| c != '.' && !c.is_ascii_digit()).next())
            .filter(|version| !version.is_empty())
            .map(number)
            .collect();
        let newest = used.last().expect("some version of the C library");
        assert!(*newest <= number(stated), "{name}: {newest:?}, stated {stated}");
    }
}

#[test]
fn r29_no_traces_of_the_build_machine() {
    let folder = Folder::new();
    let package = folder.join("user-5c1e/trace-7f3a");
    for name in FIXTURES {
        let package = package.join(name);
        copy_tree(&fixture(name), &package);
        for options in [RELEASE, DEBUG, WITH_SYMBOLS, STATIC] {
            let executable = build_in(&package, options);
            let mut text = tool("strings", &["-n", "6"], &executable);
            if options == WITH_SYMBOLS {
                text += &tool("strings", &["-n", "6"], &executable.with_extension("aot.sym"));
            }
            let host = fs::read_to_string("/proc/sys/kernel/hostname").expect("a name");
            let home = std::env::var("HOME").unwrap_or_default();
            let repository = repository();
            let mut traces = vec![
                "user-5c1e",
                "trace-7f3a",
                ".cargo/",
                "/registry/",
                "/.rustup",
                "/home/",
                repository.to_str().expect("UTF-8"),
            ];
            // Short names occur in any text.
            traces.extend([host.trim(), home.as_str()].iter().filter(|name| name.len() > 5));
            for trace in traces {
                let line = text.lines().find(|line| line.contains(trace));
                assert!(line.is_none(), "{name} {options:?}: {trace} in {line:?}");
            }
        }
    }
}

#[test]
fn r37_triple() {
    let built = build("hello", RELEASE);
    assert_eq!(info_value(&built.executable, "target"), "x86_64-unknown-linux-gnu");
    let header = tool("readelf", &["-h"], &built.executable);
    assert!(header.contains("ELF64") && header.contains("X86-64"), "{header}");
}
