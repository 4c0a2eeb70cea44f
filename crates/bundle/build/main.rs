//! Makes the runtime bundle: a nested cargo compiles the archive crate, the result is pruned, the C library's stubs are
//! made to measure, and everything lies in `OUT_DIR` for the crate to embed.

mod ar;
mod object;
mod split;
mod stub;

use ar::Member;
use object::{Object, Symbol};
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};
use stub::Library;

/// The libraries that executables may ask for, and the files whose exports they may take from them: what the loader
/// exports can be found through the C library too, which needs the loader itself.
const LIBRARIES: [(&str, &[&str]); 2] =
    [("libc.so.6", &["libc.so.6", "ld-linux-x86-64.so.2"]), ("libm.so.6", &["libm.so.6"])];

/// C functions that generated code calls by itself.
const CALLED_BY_COMPILED_CODE: [&str; 4] = ["memcpy", "memmove", "memset", "memcmp"];

/// What the program, the metadata and the linker define.
const DEFINED_BY_THE_LINK: [&str; 4] =
    ["fuse_image", "fuse_metadata", "__ehdr_start", "_GLOBAL_OFFSET_TABLE_"];

/// References of helpers to functions of the C library, and the names of our own that take their place: the unwinder's is too new, and for SQLite's only
/// logarithm executables would need a library more.
const RENAMED: [(&[u8], &[u8]); 2] = [(b"_dl_find_object", b"fuse_find_object"), (b"log", b"fuse_math_log")];

/// Functions of the C library that bring much more with them into a static executable, threads for instance the resolver of
/// host names. The runtime refers to them weakly, so that they are there only if the link asks for them: `fuse-link` knows
/// which programs need which.
const ON_DEMAND: [&str; 1] = ["pthread_create"];

/// What the names of SQLite's functions begin with: an object of its own, to which the runtime refers weakly for the same reason.
const SQLITE: &[u8] = b"sqlite3_";

/// A function of it, by which a link asks for it.
const SQLITE_ENTRY: &str = "sqlite3_open_v2";

/// The body of a function that does nothing and returns zero.
const RETURN_ZERO: [u8; 3] = [0x31, 0xc0, 0xc3];

fn main() {
    let out = PathBuf::from(var("OUT_DIR"));
    let root = PathBuf::from(var("CARGO_MANIFEST_DIR"));
    let root = root.ancestors().nth(2).expect("the crate lies two levels below the workspace").to_owned();
    for input in [
        "runtime/aot/Cargo.toml",
        "runtime/aot/Cargo.lock",
        "runtime/aot/src",
        "runtime/core/Cargo.toml",
        "runtime/core/src",
        "crates/abi",
        "crates/bundle/build",
    ] {
        println!("cargo:rerun-if-changed={}", root.join(input).display());
    }
    let target = (var("CARGO_CFG_TARGET_ARCH"), var("CARGO_CFG_TARGET_OS"), var("CARGO_CFG_TARGET_ENV"));
    let target = (target.0.as_str(), target.1.as_str(), target.2.as_str());
    assert_eq!(
        target,
        ("x86_64", "linux", "gnu"),
        "a runtime bundle can be made for x86-64 Linux with glibc only"
    );

    let target_dir = out.ancestors().nth(4).expect("OUT_DIR lies in a target folder").join("runtime-bundle");
    let builder = Builder { root, target_dir, out };
    builder.edition("published", "");
    if env::var_os("CARGO_FEATURE_TEST_EDITION").is_some() {
        builder.edition("test", "test-edition");
    }
    println!("cargo:rustc-env=FUSE_BUNDLE_RUSTC={}", rustc_version());
}

struct Builder {
    root: PathBuf,
    target_dir: PathBuf,
    out: PathBuf,
}

/// What a set of objects defines and asks for.
#[derive(Default)]
struct Symbols {
    defined: HashSet<Vec<u8>>,
    needed: HashSet<Vec<u8>>,
    weak: HashSet<Vec<u8>>,
}

impl Symbols {
    fn of(members: &[Member]) -> Symbols {
        let mut symbols = Symbols::default();
        for member in members {
            let names = ar::names(&member.data);
            symbols.defined.extend(names.defined);
            symbols.needed.extend(names.undefined);
            symbols.weak.extend(names.weak);
        }
        let defined = |name: &Vec<u8>| {
            symbols.defined.contains(name)
                || DEFINED_BY_THE_LINK.iter().any(|known| known.as_bytes() == name.as_slice())
        };
        symbols.needed.retain(|name| !defined(name));
        symbols.weak.retain(|name| !defined(name));
        symbols
    }
}

impl Builder {
    /// Builds one edition into `OUT_DIR`.
    fn edition(&self, edition: &str, features: &str) {
        let members = ar::read(&read(&self.compile(edition, features)));
        let (runtime, mut helpers): (Vec<Member>, Vec<Member>) =
            members.into_iter().partition(|member| member.name.starts_with("fuse_runtime_aot"));
        let (version, digest) = runtime.iter().find_map(interface).expect("the archive says its interface");
        let head =
            format!("fuse-runtime-bundle edition={edition} interface={version} functions={digest:016x}");
        self.save(edition, "head", head.as_bytes());
        let runtime: Vec<Member> = runtime.into_iter().map(prune).collect();
        let unwinder =
            find_library("libgcc_eh.a").expect("the C compiler's unwinder, libgcc_eh.a, is missing");
        helpers.extend(ar::read(&read(&unwinder)));
        let helpers: Vec<Member> = helpers.into_iter().map(adapt).collect();

        let dynamic = with_helpers(&runtime, helpers.clone());
        let symbols = Symbols::of(&dynamic);
        self.save(edition, "runtime.a", &ar::write(&dynamic));
        self.stubs(edition, symbols);
        self.save(edition, "static.a", &self.statics(&runtime, helpers, &dynamic));
        self.digest(edition);
    }

    /// Writes a digest of the edition's files.
    fn digest(&self, edition: &str) {
        let mut hash = Sha256::new();
        for name in ["head", "runtime.a", "static.a", "libc.so.6", "libm.so.6"] {
            let bytes = read(&self.out.join(format!("{edition}-{name}")));
            hash.update((bytes.len() as u64).to_le_bytes());
            hash.update(&bytes);
        }
        let digits: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        self.save(edition, "digest", digits.as_bytes());
    }

    /// Writes a stub for each library that is needed, an empty file for the others.
    fn stubs(&self, edition: &str, symbols: Symbols) {
        let Symbols { mut needed, mut weak, .. } = symbols;
        needed.extend(CALLED_BY_COMPILED_CODE.map(|name| name.as_bytes().to_vec()));
        let mut newest = (0, 0, 0);
        for (soname, files) in LIBRARIES {
            let mut library = Library::new(soname);
            files.iter().filter_map(|file| find_library(file)).for_each(|path| library.add(&read(&path)));
            let stub = library.stub(&mut needed, &mut weak);
            newest = newest.max(stub.as_ref().map_or(newest, |stub| stub.newest));
            self.save(edition, soname, &stub.map(|stub| stub.bytes).unwrap_or_default());
        }
        let mut missing: Vec<_> = needed.iter().map(|name| String::from_utf8_lossy(name)).collect();
        missing.sort();
        assert!(missing.is_empty(), "the runtime needs what the C library lacks: {}", missing.join(", "));
        self.save(edition, "oldest-glibc", format!("{}.{}", newest.0, newest.1).as_bytes());
    }

    /// The members of the C library's archives that a static executable may need besides those of a dynamic one. Empty
    /// if this machine has no such archives: then the bundle offers no static executables.
    fn statics(&self, runtime: &[Member], helpers: Vec<Member>, dynamic: &[Member]) -> Vec<u8> {
        let Some(library) = find_library("libc.a") else { return Vec::new() };
        let mut candidates = helpers;
        candidates.push(Member {
            name: "init.o".into(),
            data: object::functions(&["_init", "_fini"], &RETURN_ZERO),
        });
        candidates.extend(ar::read(&read(&library)));
        for more in ["libm.a", "libgcc.a"] {
            candidates.extend(find_library(more).map(|path| ar::read(&read(&path))).unwrap_or_default());
        }
        let taken: HashSet<&[u8]> = dynamic.iter().map(|member| member.data.as_slice()).collect();
        let mut needed = Symbols::of(runtime).needed;
        needed.extend(ON_DEMAND.into_iter().chain([SQLITE_ENTRY]).map(|name| name.as_bytes().to_vec()));
        let members: Vec<Member> = ar::select(candidates, needed)
            .into_iter()
            .filter(|member| !taken.contains(member.data.as_slice()))
            .collect();
        ar::write(&members)
    }

    /// Compiles the archive crate and returns where the archive is.
    fn compile(&self, edition: &str, features: &str) -> PathBuf {
        let target_dir = self.target_dir.join(edition);
        let flags: Vec<String> = self
            .remapped(&target_dir)
            .into_iter()
            .map(|(path, name)| format!("--remap-path-prefix={}={name}", path.display()))
            .collect();
        let mut cargo = Command::new(var("CARGO"));
        cargo.args(["build", "--quiet", "--release", "--lib", "--features", features]);
        cargo.arg("--manifest-path").arg(self.root.join("runtime/aot/Cargo.toml"));
        // What cargo and clippy set for this build must not reach the other one.
        for (name, _) in env::vars_os() {
            let text = name.to_string_lossy();
            if (text.starts_with("CARGO") && text != "CARGO_HOME")
                || text.starts_with("RUSTC")
                || text == "RUSTFLAGS"
            {
                cargo.env_remove(&name);
            }
        }
        cargo.env("RUSTC", var("RUSTC")).env("CARGO_TARGET_DIR", &target_dir);
        cargo.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"));
        let status = cargo.status().unwrap_or_else(|error| panic!("cargo cannot be started: {error}"));
        assert!(status.success(), "the runtime archive does not compile");
        target_dir.join("release/libfuse_runtime_aot.a")
    }

    /// Folders of this machine and what panics call them instead. Where several fit, the compiler takes the last.
    fn remapped(&self, target_dir: &Path) -> Vec<(PathBuf, &'static str)> {
        let home = env::var_os("CARGO_HOME").map(PathBuf::from);
        let home = home
            .or_else(|| env::var_os("HOME").map(|home| PathBuf::from(home).join(".cargo")))
            .unwrap_or_default();
        let mut folders =
            vec![(self.root.clone(), "fuse"), (target_dir.to_owned(), "target"), (home.clone(), "cargo")];
        let registries = fs::read_dir(home.join("registry/src")).into_iter().flatten().flatten();
        folders.extend(registries.map(|registry| (registry.path(), "crates")));
        folders
    }

    fn save(&self, edition: &str, name: &str, data: &[u8]) {
        let path = self.out.join(format!("{edition}-{name}"));
        fs::write(&path, data).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
}

/// The runtime's objects and those of `candidates` that they need, directly or not, or may be asked for.
fn with_helpers(runtime: &[Member], candidates: Vec<Member>) -> Vec<Member> {
    let mut members = runtime.to_vec();
    let mut needed = Symbols::of(runtime).needed;
    needed.insert(SQLITE_ENTRY.as_bytes().to_vec());
    members.extend(ar::select(candidates, needed));
    members
}

/// The interface version and the digest of the function table that the runtime was compiled with.
fn interface(member: &Member) -> Option<(u64, u64)> {
    let object = Object::parse(&member.data);
    let symbol = object.symbols.iter().find(|symbol| symbol.name == b"FUSE_RUNTIME_INTERFACE")?;
    let data = object.sections[symbol.section?].data.get(symbol.value as usize..)?;
    let (version, rest) = data.split_first_chunk()?;
    Some((u64::from_le_bytes(*version), u64::from_le_bytes(*rest.first_chunk()?)))
}

/// Cuts the runtime's object down to what executables may reach.
fn prune(member: Member) -> Member {
    let mut object = Object::parse(&member.data);
    for section in 0..object.sections.len() {
        // The standard library prints the backtrace of a panic with a symboliser for debugging information, two thirds
        // of a small executable. The runtime reports panics itself, so this must never print, and reaches nothing.
        let symboliser = object.symbols.iter().any(|symbol| {
            symbol.section == Some(section) && symbol.name.windows(16).any(|part| part == b"DisplayBacktrace")
        });
        if symboliser && object.sections[section].name.starts_with(b".text") {
            object.sections[section].data = RETURN_ZERO.to_vec();
            object.sections[section].relocations.clear();
            object.forget_frames_of(section);
        }
    }
    let is_root = |symbol: &Symbol| {
        let mangled = symbol.name.starts_with(b"_R") || symbol.name.starts_with(b"_ZN");
        !symbol.is_local() && !mangled
    };
    for symbol in object.symbols.iter_mut().filter(|symbol| symbol.is_undefined()) {
        if symbol.name.starts_with(SQLITE) || ON_DEMAND.iter().any(|name| name.as_bytes() == symbol.name) {
            symbol.make_weak();
        }
    }
    object.split_constants();
    // The standard library remembers the arguments in a start-up array; ours come from the start code.
    object.prune(is_root, |section| section.name == b".init_array.00099");
    Member { name: member.name, data: object.write() }
}

/// Lets a helper call our functions instead of the C library's, see [`RENAMED`], and gives each of its constants a section of its own: what is compiled
/// from C keeps texts together, which linkers then keep whole.
fn adapt(member: Member) -> Member {
    let mut object = Object::parse(&member.data);
    for symbol in object.symbols.iter_mut().filter(|symbol| symbol.is_undefined()) {
        if let Some((_, ours)) = RENAMED.iter().find(|(theirs, _)| symbol.name == *theirs) {
            symbol.name = ours.to_vec();
        }
    }
    object.split_constants();
    // Components are recognised by their symbols; what SQLite keeps to itself has any names.
    if object.symbols.iter().any(|symbol| symbol.name == SQLITE_ENTRY.as_bytes() && !symbol.is_undefined()) {
        for symbol in object.symbols.iter_mut().filter(|symbol| symbol.is_local() && !symbol.name.is_empty())
        {
            symbol.name = [b"sqlite3.", &symbol.name[..]].concat();
        }
    }
    Member { name: member.name, data: object.write() }
}

/// Where the C compiler, or a machine without one, keeps a library.
fn find_library(name: &str) -> Option<PathBuf> {
    let asked = Command::new("cc").arg(format!("-print-file-name={name}")).output().ok();
    let asked = asked.map(|output| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    let folders = ["/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib64", "/usr/lib64"];
    let found = asked.into_iter().chain(folders.iter().map(|folder| Path::new(folder).join(name)));
    // The compiler echoes the bare name of a file it does not know; linker scripts are not what is asked for.
    found.filter(|path| path.is_absolute()).find(|path| {
        fs::read(path).is_ok_and(|data| data.starts_with(b"\x7fELF") || data.starts_with(b"!<arch>\n"))
    })
}

fn rustc_version() -> String {
    let output = Command::new(var("RUSTC")).arg("--version").output().expect("rustc says its version");
    let text = String::from_utf8_lossy(&output.stdout);
    text.split(' ').nth(1).expect("`rustc <version> ...`").to_owned()
}

fn var(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("cargo sets {name}"))
}

fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
