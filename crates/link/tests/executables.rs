//! Requirements of the ahead-of-time contract on executables that were linked from hand-made objects; the names of the
//! tests begin with the requirements' numbers.

mod common;

use common::{Folder, printing, printing_with_unused, request, run, tool};
use fuse_link::{LinkRequest, Linked, LinkerKind, Mode, Profile, inspect, link, link_with_threads};
use std::collections::BTreeSet;
use std::process::Command;

const PROFILES: [Profile; 3] = [Profile::Debug, Profile::Release, Profile::ReleaseWithSymbols];
const MODES: [Mode; 2] = [Mode::Dynamic, Mode::Static];

fn linked(profile: Profile, mode: Mode) -> Linked {
    link(request(printing("ready"), profile, mode)).expect("linked")
}

fn release() -> Vec<u8> {
    linked(Profile::Release, Mode::Dynamic).executable
}

fn build_of(request: LinkRequest) -> String {
    link(request).expect("linked").build_info.build_id().to_owned()
}

#[test]
fn r12_every_profile_and_mode_runs_alone() {
    for profile in PROFILES {
        for mode in MODES {
            let folder = Folder::new();
            let output = run(&folder.executable(&linked(profile, mode).executable), &[]);
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert_eq!(String::from_utf8_lossy(&output.stdout), "ready\n", "{profile:?} {mode:?}: {stderr}");
            assert_eq!((output.status.code(), stderr.as_ref()), (Some(0), ""), "{profile:?} {mode:?}");
        }
    }
}

#[test]
fn r5_unreachable_code_is_absent() {
    let with = link(request(printing_with_unused("ready"), Profile::Release, Mode::Dynamic))
        .expect("linked")
        .executable;
    let marker = b"unused-marker-81";
    assert!(!with.windows(marker.len()).any(|part| part == marker));
    assert_eq!(with.len(), release().len());
}

#[test]
fn r7_the_same_request_gives_the_same_bytes() {
    for mode in MODES {
        let first = linked(Profile::ReleaseWithSymbols, mode);
        for _ in 0..5 {
            let again = linked(Profile::ReleaseWithSymbols, mode);
            assert!(first.executable == again.executable && first.symbols == again.symbols, "{mode:?}");
        }
        for threads in 1..=4 {
            let request = request(printing("ready"), Profile::ReleaseWithSymbols, mode);
            let again = link_with_threads(request, threads).expect("linked");
            assert!(
                first.executable == again.executable && first.symbols == again.symbols,
                "{mode:?} {threads}"
            );
        }
    }
}

#[test]
fn r9_inputs_and_nothing_else_decide_the_build_id() {
    let plain = || request(printing("ready"), Profile::Release, Mode::Dynamic);
    let mut ids = BTreeSet::new();
    ids.insert(build_of(plain()));
    ids.insert(build_of(request(printing("other"), Profile::Release, Mode::Dynamic)));
    ids.insert(build_of(request(printing("ready"), Profile::Debug, Mode::Dynamic)));
    ids.insert(build_of(request(printing("ready"), Profile::Release, Mode::Static)));
    let mut other = plain();
    other.metadata.app = "second".into();
    ids.insert(build_of(other));
    let mut other = plain();
    other.options = "strict".into();
    ids.insert(build_of(other));
    assert_eq!(ids.len(), 6, "each change gives another id");
    assert!(
        ids.iter()
            .all(|id| id.len() >= 16 && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')))
    );
    assert!(ids.contains(&build_of(plain())));
}

#[test]
fn r11_the_compiler_is_the_pinned_one() {
    let version = Command::new("rustc").arg("--version").output().expect("rustc").stdout;
    let version = String::from_utf8_lossy(&version).split(' ').nth(1).expect("a version").to_owned();
    assert_eq!(linked(Profile::Release, Mode::Dynamic).build_info.get("rustc"), Some(version.as_str()));
}

#[test]
fn r15_no_compiler_is_inside() {
    let folder = Folder::new();
    let names = tool("nm", &[], &folder.executable(&linked(Profile::Debug, Mode::Dynamic).executable));
    let suspects = [
        "cranelift",
        "regalloc",
        "wasmtime",
        "fuse_syntax",
        "fuse_sema",
        "fuse_codegen",
        "fuse_link",
        "gimli",
    ];
    for name in names.lines() {
        assert!(!suspects.iter().any(|suspect| name.contains(suspect)), "{name}");
    }
}

#[test]
fn r17_metadata_is_read_from_the_file() {
    let mut request = request(printing("ready"), Profile::Release, Mode::Dynamic);
    request.metadata.openapi = Some("{\"openapi\":\"3.1.0\"}".into());
    request.metadata.config = vec![fuse_link::ConfigField {
        config: "Desk".into(),
        field: "port".into(),
        ty: "Int".into(),
        variable: "DESK_PORT".into(),
    }];
    let linked = link(request).expect("linked");
    let inspection = inspect(&linked.executable).expect("an executable");
    let folder = Folder::new();
    let output = run(&folder.executable(&linked.executable), &[("FUSE_AOT_BUILD_INFO", "1")]);
    assert_eq!(String::from_utf8_lossy(&output.stdout), format!("{}\n", inspection.build.line()));
    assert_eq!(inspection.build, linked.build_info);
    assert_eq!(inspection.components, linked.components);
    assert_eq!(inspection.openapi.as_deref(), Some("{\"openapi\":\"3.1.0\"}"));
    let json = inspection.json();
    let expected = format!(
        concat!(
            "{{\"build\":{},\"components\":[{{\"bytes\":{},\"name\":\"core\"}}],",
            "\"config\":[{{\"config\":\"Desk\",\"field\":\"port\",\"has_default\":true,\"type\":\"Int\",\"variable\":\"DESK_PORT\"}}],",
            "\"entry\":\"app.hello\",\"libraries\":[\"libc.so.6\"],\"openapi\":true,",
            "\"package\":{{\"name\":\"hello\",\"version\":\"0.1.0\"}},\"sha256\":\"{}\",\"size\":{},",
            "\"stripped\":true,\"symbols\":null}}"
        ),
        linked.build_info.json(),
        linked.components[0].bytes,
        fuse_link::sha256_hex(&linked.executable),
        linked.executable.len(),
    );
    assert_eq!(json, expected);
    let facts = inspection.facts();
    let keys: Vec<&str> = facts.iter().map(|(key, _)| *key).collect();
    let expected = [
        "build",
        "components",
        "config",
        "entry",
        "libraries",
        "openapi",
        "package",
        "sha256",
        "size",
        "stripped",
        "symbols",
    ];
    assert_eq!(keys, expected);
    for fact in [("config", "Desk.port: Int (DESK_PORT)"), ("openapi", "embedded")] {
        assert!(facts.contains(&(fact.0, fact.1.to_owned())), "{facts:?}");
    }
}

#[test]
fn r17_r62_every_damaged_byte_of_the_metadata_is_noticed() {
    let executable = release();
    let magic = fuse_abi::metadata::MAGIC;
    let start = executable.windows(8).position(|part| part == magic).expect("the header");
    let size =
        u32::from_le_bytes(executable[start + 16..start + 20].try_into().expect("four bytes")) as usize;
    for at in start..start + size {
        let mut damaged = executable.clone();
        damaged[at] ^= 0x20;
        assert!(inspect(&damaged).is_err(), "byte {} of the metadata", at - start);
    }
    for (at, text) in [(0, "magic"), (8, "interface version"), (100, "checksum")] {
        let mut damaged = executable.clone();
        damaged[start + at] ^= 0x20;
        let folder = Folder::new();
        let output = run(&folder.executable(&damaged), &[]);
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(70), "{stderr}");
        assert!(stderr.starts_with("fatal: class=internal_error pid=") && stderr.contains(text), "{stderr}");
    }
}

#[test]
fn r17_other_files_are_refused() {
    for bytes in [&b""[..], b"text", b"\x7fELF", include_bytes!("executables.rs"), &printing("ready")] {
        assert_eq!(inspect(bytes).expect_err("no executable of ours"), fuse_link::NotInspectable::Foreign);
    }
    let executable = release();
    for cut in [64, 100, 1000, executable.len() / 2, executable.len() - 1] {
        assert!(inspect(&executable[..cut]).is_err(), "cut at {cut}");
    }
}

#[test]
fn r18_hello_is_core_alone() {
    let components = linked(Profile::Release, Mode::Dynamic).components;
    let names: Vec<&str> = components.iter().map(|component| component.name.as_str()).collect();
    assert_eq!(names, ["core"]);
    let bytes = components[0].bytes;
    assert!((20_000..=release().len() as u64).contains(&bytes), "{bytes}");
}

#[test]
fn r19_nothing_registers_itself() {
    let folder = Folder::new();
    let sections = tool("readelf", &["-SW"], &folder.executable(&release()));
    assert!(!sections.contains(".init_array"), "{sections}");
}

#[test]
fn r20_hello_is_small() {
    assert!(release().len() <= 550_000, "{}", release().len());
    let size = linked(Profile::Release, Mode::Static).executable.len();
    assert!(size <= 1_500_000, "{size}");
}

#[test]
fn r21_r27_dynamic_executables_need_the_c_library_alone() {
    let folder = Folder::new();
    let path = folder.executable(&release());
    let header = tool("readelf", &["-hW"], &path);
    assert!(header.contains("DYN (Position-Independent Executable file)"), "{header}");
    let dynamic = tool("readelf", &["-dW"], &path);
    let needed: Vec<&str> = dynamic.lines().filter(|line| line.contains("(NEEDED)")).collect();
    assert!(matches!(needed[..], [one] if one.contains("[libc.so.6]")), "{dynamic}");
    assert!(!dynamic.contains("RPATH") && !dynamic.contains("RUNPATH"), "{dynamic}");
    assert_eq!(tool("nm", &["-D", "--defined-only"], &path), "");
}

#[test]
fn r22_executables_are_hardened() {
    for mode in MODES {
        for linker in [LinkerKind::BuiltIn, LinkerKind::System] {
            let linked = link(LinkRequest { linker, ..request(printing("ready"), Profile::Release, mode) })
                .expect("linked");
            let folder = Folder::new();
            let path = folder.executable(&linked.executable);
            let segments = tool("readelf", &["-lW"], &path);
            assert!(segments.contains("GNU_RELRO"), "{segments}");
            for line in segments.lines().filter(|line| line.contains("LOAD") || line.contains("GNU_STACK")) {
                assert!(!line.contains("RWE"), "{line}");
            }
            let dynamic = tool("readelf", &["-dW"], &path);
            assert!(dynamic.contains("BIND_NOW") || dynamic.contains("Flags: NOW"), "{dynamic}");
            assert!(!dynamic.contains("TEXTREL"), "{dynamic}");
            let notes = tool("readelf", &["-nW"], &path);
            let id = format!("Build ID: {}", linked.build_info.build_id());
            assert!(notes.contains(&id), "{id}: {notes}");
        }
    }
}

#[test]
fn r23_the_oldest_c_library_is_kept() {
    let folder = Folder::new();
    let versions = tool("readelf", &["-VW"], &folder.executable(&release()));
    let number = |text: &str| -> Vec<u32> { text.split('.').filter_map(|part| part.parse().ok()).collect() };
    let used = versions.split("GLIBC_").skip(1).map(|rest| {
        number(rest.split(|one: char| !one.is_ascii_digit() && one != '.').next().unwrap_or_default())
    });
    let newest = used.max().expect("versions");
    assert!(newest <= number(fuse_bundle::published().oldest_glibc), "{newest:?}");
    assert!(newest <= vec![2, 34], "{newest:?}");
}

#[test]
fn r24_static_executables_stand_alone() {
    let folder = Folder::new();
    let path = folder.executable(&linked(Profile::Release, Mode::Static).executable);
    let segments = tool("readelf", &["-lW"], &path);
    assert!(!segments.contains("INTERP"), "{segments}");
    let dynamic = tool("readelf", &["-dW"], &path);
    assert!(!dynamic.contains("NEEDED"), "{dynamic}");
    assert!(tool("readelf", &["-hW"], &path).contains("DYN "));
    let output = Command::new("unshare").args(["-r", "chroot"]).arg(&folder.0).arg("/program.aot").output();
    let output = output.expect("unshare");
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "ready\n",
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn r26_nothing_is_loaded_by_name() {
    let folder = Folder::new();
    let wanted = tool("nm", &["-D", "--undefined-only"], &folder.executable(&release()));
    assert!(wanted.contains("__libc_start_main"), "{wanted}");
    for name in ["dlopen", "dlsym", "dlmopen", "execve", "posix_spawn", "fork"] {
        assert!(!wanted.contains(name), "{name}: {wanted}");
    }
}

#[test]
fn r27_the_bundle_has_the_interface_of_this_fuse() {
    assert_eq!(fuse_bundle::published().interface(), fuse_bundle::interface());
    let error =
        fuse_link::LinkError::Interface { bundle: "1 functions=a".into(), fuse: "2 functions=b".into() };
    let text = error.to_string();
    assert!(text.contains("1 functions=a") && text.contains("2 functions=b"), "{text}");
    assert_eq!(error.code(), "wrapper_build_link");
}

#[test]
fn r29_r68_no_traces_and_no_fault_injection() {
    for mode in MODES {
        for profile in PROFILES {
            let bytes = linked(profile, mode).executable;
            let contains = |text: &str| bytes.windows(text.len()).any(|part| part == text.as_bytes());
            let home = std::env::var("HOME").unwrap_or_else(|_| "/root".into());
            let here = env!("CARGO_MANIFEST_DIR").split('/').take(3).collect::<Vec<_>>().join("/");
            let traces = [
                home.as_str(),
                &here,
                ".cargo/",
                "/rustup",
                "index.crates.io",
                "registry/src",
                "FUSE_AOT_TEST_FAULT",
            ];
            for trace in traces {
                assert!(!contains(trace), "{trace} in {profile:?} {mode:?}");
            }
        }
    }
}

#[test]
fn r71_release_is_stripped() {
    for mode in MODES {
        let folder = Folder::new();
        let path = folder.executable(&linked(Profile::Release, mode).executable);
        let sections = tool("readelf", &["-SW"], &path);
        for name in [".symtab", ".strtab", ".debug_", ".comment"] {
            assert!(!sections.contains(&format!(" {name}")), "{sections}");
        }
        assert_eq!(tool("nm", &[], &path), "");
    }
}

#[test]
fn r72_debug_keeps_the_names() {
    let folder = Folder::new();
    let names = tool("nm", &[], &folder.executable(&linked(Profile::Debug, Mode::Dynamic).executable));
    assert!(names.contains(" app.hello") && names.contains("fuse_print_str"), "{names}");
}

#[test]
fn r73_release_with_symbols_differs_in_metadata_and_build_id_alone() {
    for mode in MODES {
        let mut files =
            [Profile::Release, Profile::ReleaseWithSymbols].map(|profile| linked(profile, mode).executable);
        assert_eq!(files[0].len(), files[1].len(), "{mode:?}");
        for file in &mut files {
            for name in [".note.fuse", ".note.gnu.build-id"] {
                use object::{Object, ObjectSection};
                let elf = object::File::parse(file.as_slice()).expect("an executable");
                let (start, size) =
                    elf.section_by_name(name).and_then(|section| section.file_range()).expect(name);
                drop(elf);
                file[start as usize..(start + size) as usize].fill(0);
            }
        }
        assert!(files[0] == files[1], "{mode:?}");
    }
}

#[test]
fn r74_symbols_are_external_and_traceable() {
    let linked = linked(Profile::ReleaseWithSymbols, Mode::Dynamic);
    let folder = Folder::new();
    let path = folder.executable(&linked.executable);
    let symbols = folder.0.join("program.aot.sym");
    fuse_link::write_file(&symbols, linked.symbols.as_deref().expect("symbols")).expect("written");
    let id = |path| {
        tool("readelf", &["-nW"], path).lines().find(|line| line.contains("Build ID")).map(str::to_owned)
    };
    assert_eq!(id(&path), id(&symbols));
    assert!(id(&path).is_some());
    // A warning of the tool would be a failure: `tool` sees the exit status, this the text.
    let segments = Command::new("readelf").args(["-lW"]).arg(&symbols).output().expect("readelf");
    assert_eq!(String::from_utf8_lossy(&segments.stderr), "");
    let names = tool("nm", &[], &symbols);
    let address =
        names.lines().find(|line| line.ends_with(" app.hello")).expect("the entry").split(' ').next();
    let address = format!("0x{}", address.expect("an address"));
    let found =
        Command::new("addr2line").args(["-f", "-e"]).arg(&symbols).arg(address).output().expect("addr2line");
    assert!(String::from_utf8_lossy(&found.stdout).starts_with("app.hello\n"));
    let inspection = inspect(&linked.executable).expect("an executable");
    assert_eq!(inspection.symbols.as_deref(), Some("program.aot.sym"));
    assert!(inspection.stripped);
}

#[test]
fn the_system_linker_makes_a_working_executable_of_the_same_inputs() {
    for mode in MODES {
        let linked = link(LinkRequest {
            linker: LinkerKind::System,
            ..request(printing("ready"), Profile::Release, mode)
        });
        let linked = linked.expect("linked");
        let folder = Folder::new();
        let output = run(&folder.executable(&linked.executable), &[]);
        assert_eq!(String::from_utf8_lossy(&output.stdout), "ready\n", "{mode:?}");
        assert_eq!(inspect(&linked.executable).expect("an executable").components[0].name, "core");
    }
}
