//! The runtime bundle: the prebuilt archive that executables are linked against, and what a link needs of the C library.
//!
//! This crate must not know how executables are composed or linked; it is bytes with a few facts about them. Its build
//! script makes them, see `build/main.rs`.
//!
//! Invariants: the bytes depend on the sources, the compiler and the C library of the machine that made the bundle, not
//! on paths or times; executables of the published edition contain no fault injection.
#![forbid(unsafe_code)]

/// The target for which this bundle makes executables.
pub const TARGET: &str = "x86_64-unknown-linux-gnu";

/// The name of [`TARGET`] for people.
pub const PLATFORM: &str = "linux-x64";

/// What executables are linked against.
#[derive(Clone, Copy, Debug)]
pub struct Bundle {
    /// First line: edition, interface version and digest of the function table that the archive was built with.
    head: &'static str,
    /// Version of the compiler that built the archive.
    pub rustc: &'static str,
    /// A digest of everything in the bundle.
    pub digest: &'static str,
    /// Start-up code, runtime and unwinder.
    pub runtime: &'static [u8],
    /// What a static executable needs besides: parts of the C library. Empty if the bundle offers none.
    pub statics: &'static [u8],
    /// The shared libraries a dynamic executable asks for, by name, and stubs to link it with.
    pub libraries: &'static [(&'static str, &'static [u8])],
    /// The oldest C library that dynamic executables run with, such as `2.34`.
    pub oldest_glibc: &'static str,
}

macro_rules! edition {
    ($name:literal) => {
        Bundle {
            head: include_str!(concat!(env!("OUT_DIR"), "/", $name, "-head")),
            rustc: env!("FUSE_BUNDLE_RUSTC"),
            digest: include_str!(concat!(env!("OUT_DIR"), "/", $name, "-digest")),
            runtime: include_bytes!(concat!(env!("OUT_DIR"), "/", $name, "-runtime.a")),
            statics: include_bytes!(concat!(env!("OUT_DIR"), "/", $name, "-static.a")),
            libraries: &[
                ("libc.so.6", include_bytes!(concat!(env!("OUT_DIR"), "/", $name, "-libc.so.6"))),
                ("libm.so.6", include_bytes!(concat!(env!("OUT_DIR"), "/", $name, "-libm.so.6"))),
            ],
            oldest_glibc: include_str!(concat!(env!("OUT_DIR"), "/", $name, "-oldest-glibc")),
        }
    };
}

static PUBLISHED: Bundle = edition!("published");
#[cfg(feature = "test-edition")]
static TEST: Bundle = edition!("test");

/// The interface that this `fuse` was built with: its version, and a digest of the runtime's functions.
pub fn interface() -> String {
    format!("{} functions={:016x}", fuse_abi::ABI_VERSION, fuse_abi::functions::DIGEST)
}

/// The edition for everyone.
pub fn published() -> &'static Bundle {
    &PUBLISHED
}

/// The edition that reads `FUSE_AOT_TEST_FAULT` and counts allocations, if this `fuse` carries it.
pub fn test_edition() -> Option<&'static Bundle> {
    #[cfg(feature = "test-edition")]
    return Some(&TEST);
    #[cfg(not(feature = "test-edition"))]
    None
}

impl Bundle {
    /// The interface that the archive was built with, as [`interface`] writes it.
    pub fn interface(&self) -> &'static str {
        // The bytes may have been changed after they were embedded, so the compiler must not reason with them.
        let head = std::hint::black_box(self.head);
        head.split_once("interface=").map_or("unknown", |(_, interface)| interface)
    }

    /// Whether static executables can be made.
    pub fn offers_static(&self) -> bool {
        !self.statics.is_empty()
    }
}
