//! The metadata of an executable: a versioned note that tools read without running the program, and whose fixed-size
//! [`Header`] the runtime checks at start.
//!
//! The note (section [`SECTION`], owner [`NOTE_OWNER`], type [`NOTE_TYPE`]) holds the header and, after it, the bytes that
//! the header's [`Span`]s name; offsets count from the start of the header. Everything is little-endian and aligned to
//! four bytes, so that it is used in place, and the note is data only: no pointer, no relocation.
//!
//! The linker writes the note with room for every component, links, counts the bytes of each component and fills them in;
//! that is why component records have a fixed size.

/// Section of the note.
pub const SECTION: &str = ".note.fuse";
/// Owner of the note, without the final zero byte.
pub const NOTE_OWNER: &str = "FUSE";
/// Type of the note.
pub const NOTE_TYPE: u32 = 1;
/// The data symbol of the [`Header`] in an executable.
pub const METADATA_SYMBOL: &str = "fuse_metadata";
/// The first bytes of the header.
pub const MAGIC: [u8; 8] = *b"FUSEmeta";
/// Size of the encoded header in bytes.
pub const HEADER_SIZE: usize = size_of::<Header>();
/// Size of one component record: name, padded with zeroes to eight bytes, and a 64-bit number of bytes.
pub const COMPONENT_SIZE: usize = 16;

/// A range of the metadata, counted from the start of the header.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// First byte.
    pub offset: u32,
    /// Length in bytes; 0 if there is no such thing.
    pub len: u32,
}

/// What the runtime and the tools find at [`METADATA_SYMBOL`].
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// [`MAGIC`].
    pub magic: [u8; 8],
    /// [`crate::ABI_VERSION`] of the writer.
    pub interface: u32,
    /// [`HEADER_SIZE`] of the writer.
    pub header_size: u32,
    /// Size of the whole metadata, header included.
    pub total_size: u32,
    /// [`Profile`] as a number.
    pub profile: u32,
    /// The build information line (toolchain reference 11.4), UTF-8, without line end.
    pub build_info: Span,
    /// Name of the package.
    pub package: Span,
    /// Version of the package.
    pub version: Span,
    /// Name of the selected app.
    pub app: Span,
    /// Symbol of the program's entry.
    pub entry: Span,
    /// File name of the symbol file.
    pub symbols: Span,
    /// Component records, sorted by name; the unused ones, all zero, come last.
    pub components: Span,
    /// Fields of the configuration: for each four texts (config, field, type, variable), each a 32-bit length and its bytes.
    pub config: Span,
    /// The OpenAPI document.
    pub openapi: Span,
    /// What the package sets for its programs: name and value of variables, each a 32-bit length and its bytes.
    pub settings: Span,
    /// [`checksum`] of all bytes after the header, low half first.
    pub body_checksum: [u32; 2],
    /// [`checksum`] of all bytes of the header before this field, low half first.
    pub header_checksum: [u32; 2],
}

/// Profile of an executable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum Profile {
    /// `debug`
    Debug = 1,
    /// `release`
    Release = 2,
    /// `release-with-symbols`
    ReleaseWithSymbols = 3,
}

impl Profile {
    /// The word of the build information and of `--profile`.
    pub const fn name(self) -> &'static str {
        match self {
            Profile::Debug => "debug",
            Profile::Release => "release",
            Profile::ReleaseWithSymbols => "release-with-symbols",
        }
    }

    /// The profile with this word.
    pub fn from_name(name: &str) -> Option<Profile> {
        [Profile::Debug, Profile::Release, Profile::ReleaseWithSymbols]
            .into_iter()
            .find(|profile| profile.name() == name)
    }
}

/// Why a header is not one that this runtime or tool understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderError {
    /// The first bytes are not [`MAGIC`].
    Magic,
    /// Another interface version: that of the header.
    Interface(u32),
    /// Same version, other size: the header is damaged.
    Size,
    /// The checksum of the header does not fit.
    Checksum,
}

impl HeaderError {
    /// Short description, for an `internal_error`.
    pub const fn text(self) -> &'static str {
        match self {
            HeaderError::Magic => "metadata header has a wrong magic",
            HeaderError::Interface(_) => "metadata header has another interface version",
            HeaderError::Size => "metadata header has a wrong size",
            HeaderError::Checksum => "metadata header has a wrong checksum",
        }
    }
}

const SPANS: usize = 10;
const SPANS_AT: usize = 24;
const BODY_CHECKSUM_AT: usize = SPANS_AT + 8 * SPANS;
const HEADER_CHECKSUM_AT: usize = BODY_CHECKSUM_AT + 8;

impl Header {
    /// The bytes of the header as they stand.
    pub fn encode(&self) -> [u8; HEADER_SIZE] {
        let mut bytes = [0; HEADER_SIZE];
        bytes[..8].copy_from_slice(&self.magic);
        let mut at = 8;
        let mut put = |value: u32| {
            bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
            at += 4;
        };
        for value in [self.interface, self.header_size, self.total_size, self.profile] {
            put(value);
        }
        for span in self.spans() {
            put(span.offset);
            put(span.len);
        }
        for value in self.body_checksum.into_iter().chain(self.header_checksum) {
            put(value);
        }
        bytes
    }

    /// Reads a header; [`Header::check`] says whether it is a good one.
    pub fn decode(bytes: &[u8; HEADER_SIZE]) -> Header {
        let word = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        let span =
            |index: usize| Span { offset: word(SPANS_AT + 8 * index), len: word(SPANS_AT + 8 * index + 4) };
        let mut magic = [0; 8];
        magic.copy_from_slice(&bytes[..8]);
        Header {
            magic,
            interface: word(8),
            header_size: word(12),
            total_size: word(16),
            profile: word(20),
            build_info: span(0),
            package: span(1),
            version: span(2),
            app: span(3),
            entry: span(4),
            symbols: span(5),
            components: span(6),
            config: span(7),
            openapi: span(8),
            settings: span(9),
            body_checksum: [word(BODY_CHECKSUM_AT), word(BODY_CHECKSUM_AT + 4)],
            header_checksum: [word(HEADER_CHECKSUM_AT), word(HEADER_CHECKSUM_AT + 4)],
        }
    }

    /// All spans in order.
    pub fn spans(&self) -> [Span; SPANS] {
        [
            self.build_info,
            self.package,
            self.version,
            self.app,
            self.entry,
            self.symbols,
            self.components,
            self.config,
            self.openapi,
            self.settings,
        ]
    }

    /// Fills in [`Header::header_checksum`]; the last step of writing.
    pub fn seal(&mut self) {
        self.header_checksum = halves(checksum(&self.encode()[..HEADER_CHECKSUM_AT]));
    }

    /// Whether this is a whole header of this interface version. What comes after the header is not looked at.
    pub fn check(&self) -> Result<(), HeaderError> {
        if self.magic != MAGIC {
            Err(HeaderError::Magic)
        } else if self.interface != crate::ABI_VERSION {
            Err(HeaderError::Interface(self.interface))
        } else if self.header_size as usize != HEADER_SIZE {
            Err(HeaderError::Size)
        } else if self.header_checksum != halves(checksum(&self.encode()[..HEADER_CHECKSUM_AT])) {
            Err(HeaderError::Checksum)
        } else {
            Ok(())
        }
    }
}

/// A 64-bit number as the header stores it, low half first.
pub const fn halves(value: u64) -> [u32; 2] {
    [value as u32, (value >> 32) as u32]
}

/// FNV-1a, 64 bits: guards against damage, not against malice.
pub const fn checksum(bytes: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut at = 0;
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u64).wrapping_mul(0x0000_0100_0000_01b3);
        at += 1;
    }
    hash
}

const _: () = {
    assert!(HEADER_SIZE == HEADER_CHECKSUM_AT + 8);
    assert!(align_of::<Header>() == 4);
    assert!(core::mem::offset_of!(Header, build_info) == SPANS_AT);
    assert!(core::mem::offset_of!(Header, body_checksum) == BODY_CHECKSUM_AT);
    assert!(core::mem::offset_of!(Header, header_checksum) == HEADER_CHECKSUM_AT);
};
