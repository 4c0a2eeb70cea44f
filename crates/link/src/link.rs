//! One link: what goes in, what comes out, and the steps between.

use crate::build_info::BuildInfo;
use crate::components::{self, Component};
use crate::elf::{Elf, ElfError};
use crate::metadata::{self, Metadata};
use crate::wild::NamedInput;
use fuse_abi::metadata::Profile;
use fuse_bundle::Bundle;
use object::{Object, ObjectSymbol};
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

/// How the executable finds the C library.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// The target's own, when it starts.
    Dynamic,
    /// What it needs is in it.
    Static,
}

/// Which edition of the runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Edition {
    /// The one for everyone.
    Published,
    /// The one with fault injection.
    Test,
}

/// What links.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LinkerKind {
    /// This process.
    BuiltIn,
    /// `ld` of the machine; for cross-checks.
    System,
}

/// A program and what its executable shall be.
#[derive(Clone, Debug)]
pub struct LinkRequest {
    /// The program's relocatable object. It defines the image and what that leads to.
    pub program: Vec<u8>,
    /// Profile; `debug` keeps symbols in the executable, `release-with-symbols` puts them beside it.
    pub profile: Profile,
    /// How the C library is linked.
    pub mode: Mode,
    /// Which runtime.
    pub edition: Edition,
    /// What links.
    pub linker: LinkerKind,
    /// Version of the `fuse` that builds.
    pub cli_version: String,
    /// File name (no folder) of the symbol file, should the profile write one.
    pub symbols_name: String,
    /// What else decides how the program behaves and is not in its object or metadata, for the build id.
    pub options: String,
    /// What the executable shall say about itself.
    pub metadata: Metadata,
}

/// An executable and what is to be told of it.
#[derive(Clone, Debug)]
pub struct Linked {
    /// The bytes of the executable.
    pub executable: Vec<u8>,
    /// The bytes of the symbol file, for `release-with-symbols`.
    pub symbols: Option<Vec<u8>>,
    /// What is in the executable, sorted by name.
    pub components: Vec<Component>,
    /// Its build information.
    pub build_info: BuildInfo,
}

/// Why there is no executable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkError {
    /// This `fuse` does not carry what the link needs.
    NotOffered(&'static str),
    /// The runtime bundle was made for another interface.
    Interface {
        /// Version of the bundle.
        bundle: String,
        /// Version of this `fuse`.
        fuse: String,
    },
    /// The linker's message.
    Failed(String),
}

impl LinkError {
    /// The stable code of the message.
    pub fn code(&self) -> &'static str {
        match self {
            LinkError::NotOffered(_) => "wrapper_target_unsupported",
            LinkError::Interface { .. } | LinkError::Failed(_) => "wrapper_build_link",
        }
    }
}

impl fmt::Display for LinkError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LinkError::NotOffered(what) => write!(formatter, "this fuse does not carry {what}"),
            LinkError::Interface { bundle, fuse } => write!(
                formatter,
                "the runtime bundle has interface version {bundle}, this fuse needs {fuse}; install a bundle of this fuse"
            ),
            LinkError::Failed(text) => write!(formatter, "the executable could not be linked: {text}"),
        }
    }
}

impl std::error::Error for LinkError {}

impl From<ElfError> for LinkError {
    fn from(error: ElfError) -> LinkError {
        LinkError::Failed(error.to_string())
    }
}

/// Bytes of input for which one more thread is worth starting.
const BYTES_FOR_A_THREAD: usize = 1 << 20;

/// Links a program.
pub fn link(request: LinkRequest) -> Result<Linked, LinkError> {
    let statics = if request.mode == Mode::Static { fuse_bundle::published().statics.len() } else { 0 };
    let bytes = request.program.len() + fuse_bundle::published().runtime.len() + statics;
    let useful = (1 + bytes / BYTES_FOR_A_THREAD).min(4);
    let threads =
        if useful == 1 { 1 } else { std::thread::available_parallelism().map_or(1, usize::from).min(useful) };
    link_with_threads(request, threads)
}

/// As [`link`], with this number of threads, which must not matter.
#[doc(hidden)]
pub fn link_with_threads(request: LinkRequest, threads: usize) -> Result<Linked, LinkError> {
    let bundle = match request.edition {
        Edition::Published => fuse_bundle::published(),
        Edition::Test => {
            fuse_bundle::test_edition().ok_or(LinkError::NotOffered("the test edition of the runtime"))?
        }
    };
    if bundle.interface() != fuse_bundle::interface() {
        return Err(LinkError::Interface {
            bundle: bundle.interface().to_owned(),
            fuse: fuse_bundle::interface(),
        });
    }
    if request.mode == Mode::Static && !bundle.offers_static() {
        return Err(LinkError::NotOffered("what static executables need"));
    }

    let id = build_id(&request, bundle);
    let (build_info, note) = describe(&request, bundle, &id);
    let note = metadata::object(&note).map_err(|error| LinkError::Failed(error.to_string()))?;
    let (program_symbols, wanted) = program_symbols(&request.program)?;

    let mut options = options(request.mode, &id);
    let on_demand = ON_DEMAND.iter().filter(|demand| demand.dynamic || request.mode == Mode::Static);
    let demanded =
        on_demand.filter(|demand| wanted.iter().any(|name| name.starts_with(demand.by.as_bytes())));
    options.extend(demanded.flat_map(|demand| ["-u".to_owned(), demand.name.to_owned()]));
    let inputs = inputs(request.program, note, request.mode, bundle);
    let mut whole = match request.linker {
        LinkerKind::BuiltIn => crate::wild::link(&options, inputs, threads)?,
        LinkerKind::System => crate::system::link(&options, &inputs)?,
    };
    let components = components::count(&Elf::parse(&whole)?, &program_symbols)?;
    metadata::fill_in(&mut whole, &components)?;

    let elf = Elf::parse(&whole)?;
    let (executable, symbols) = match request.profile {
        Profile::Debug => (None, None),
        Profile::Release => (Some(elf.stripped()?), None),
        Profile::ReleaseWithSymbols => (Some(elf.stripped()?), Some(elf.symbols_only()?)),
    };
    Ok(Linked { executable: executable.unwrap_or(whole), symbols, components, build_info })
}

/// The build information and the metadata.
fn describe(request: &LinkRequest, bundle: &Bundle, id: &[u8]) -> (BuildInfo, Vec<u8>) {
    let info = |profile| {
        let id = crate::hex(&id[..8]);
        BuildInfo::new(
            profile,
            fuse_bundle::TARGET,
            bundle.rustc,
            &request.cli_version,
            fuse_abi::ABI_VERSION,
            &id,
        )
    };
    let encode = |profile: Profile, size: usize| {
        let symbols = (profile == Profile::ReleaseWithSymbols).then_some(request.symbols_name.as_str());
        request.metadata.encode(profile, &info(profile).line(), symbols, size)
    };
    // `release` and `release-with-symbols` must have everything else at the same addresses, so the metadata of every
    // profile is as long as that of the longest.
    let size = encode(Profile::ReleaseWithSymbols, 0).len();
    (info(request.profile), encode(request.profile, size))
}

/// Twenty bytes that are a function of everything the executable depends on.
fn build_id(request: &LinkRequest, bundle: &Bundle) -> [u8; 20] {
    let mut facts = Vec::new();
    let words = [
        "fuse executable 1",
        request.profile.name(),
        if request.mode == Mode::Static { "static" } else { "dynamic" },
        if request.edition == Edition::Test { "test" } else { "published" },
        if request.linker == LinkerKind::System { "system" } else { "built-in" },
        &request.cli_version,
        &request.options,
        bundle.digest,
        fuse_bundle::TARGET,
    ];
    for word in words {
        facts.extend((word.len() as u64).to_le_bytes());
        facts.extend(word.as_bytes());
    }
    request.metadata.digest_input(&mut facts);
    let digest = Sha256::new().chain_update(&facts).chain_update(&request.program).finalize();
    let mut id = [0; 20];
    id.copy_from_slice(&digest[..20]);
    id
}

/// What the bundle's archive refers to weakly, so that links find it only if they are told to look.
struct Demand {
    name: &'static str,
    /// The beginning of the runtime functions through which programs need it.
    by: &'static str,
    /// It is in the archive of dynamic executables too.
    dynamic: bool,
}

const ON_DEMAND: &[Demand] = &[
    Demand { name: "pthread_create", by: "fuse_tasks_spawn", dynamic: false },
    Demand { name: "sqlite3_open_v2", by: "fuse_db_", dynamic: true },
];

type Names = HashSet<Vec<u8>>;

/// The symbols that a program defines, and those that it refers to.
fn program_symbols(program: &[u8]) -> Result<(Names, Names), LinkError> {
    let object = object::File::parse(program)
        .map_err(|error| LinkError::Failed(format!("the program's object: {error}")))?;
    let (mut defined, mut wanted) = (Names::new(), Names::new());
    for symbol in object.symbols() {
        let set = if symbol.is_definition() { &mut defined } else { &mut wanted };
        set.extend(symbol.name_bytes().ok().map(<[u8]>::to_vec));
    }
    Ok((defined, wanted))
}

/// The linker's options; both linkers understand them.
fn options(mode: Mode, id: &[u8]) -> Vec<String> {
    let mut options: Vec<&str> =
        vec!["-pie", "--gc-sections", "--eh-frame-hdr", "--hash-style=gnu", "--no-identity-comment"];
    options.extend(["-z", "now", "-z", "relro", "-z", "noexecstack"]);
    match mode {
        Mode::Dynamic => options.push("--dynamic-linker=/lib64/ld-linux-x86-64.so.2"),
        Mode::Static => options.extend(["-static", "--no-dynamic-linker"]),
    }
    let build_id = format!("--build-id=0x{}", crate::hex(id));
    options.into_iter().map(str::to_owned).chain([build_id]).collect()
}

fn inputs(program: Vec<u8>, note: Vec<u8>, mode: Mode, bundle: &'static Bundle) -> Vec<NamedInput> {
    let mut inputs: Vec<NamedInput> = vec![
        ("program.o", Cow::Owned(program)),
        ("metadata.o", Cow::Owned(note)),
        ("runtime.a", Cow::Borrowed(bundle.runtime)),
    ];
    match mode {
        Mode::Dynamic => {
            let offered = bundle.libraries.iter().filter(|(_, stub)| !stub.is_empty());
            inputs.extend(offered.map(|(name, stub)| (*name, Cow::Borrowed(*stub))));
        }
        Mode::Static => inputs.push(("static.a", Cow::Borrowed(bundle.statics))),
    }
    inputs
}
