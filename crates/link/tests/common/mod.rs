//! Programs without a compiler: objects assembled by hand, the facts that go with them, and a place to run the result.

#![allow(dead_code)]

use fuse_link::{Edition, LinkRequest, LinkerKind, Metadata, Mode, Profile};
use object::write::{Object, Relocation, Symbol, SymbolId, SymbolSection};
use object::{
    Architecture, BinaryFormat, Endianness, RelocationEncoding, RelocationFlags, RelocationKind, SectionKind,
    SymbolFlags, SymbolKind, SymbolScope,
};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};

const R_X86_64_64: u32 = 1;
const R_X86_64_PC32: u32 = 2;
const R_X86_64_PLT32: u32 = 4;

/// Offset of the entry in `fuse_abi::desc::Image`.
const ENTRY: u64 = std::mem::offset_of!(fuse_abi::desc::Image, entry) as u64;
const IMAGE_SIZE: usize = std::mem::size_of::<fuse_abi::desc::Image>();

/// A program whose app prints `text` and ends with status 0.
pub fn printing(text: &str) -> Vec<u8> {
    let mut program = Program::new();
    let string = program.string(text);
    let entry = program.function(
        "app.hello",
        // sub rsp, 8; lea rsi, [rip + string]; call fuse_print_str; add rsp, 8; ret
        &[0x48, 0x83, 0xec, 8, 0x48, 0x8d, 0x35, 0, 0, 0, 0, 0xe8, 0, 0, 0, 0, 0x48, 0x83, 0xc4, 8, 0xc3],
        &[
            (7, R_X86_64_PC32, Target::Symbol(string)),
            (12, R_X86_64_PLT32, Target::Runtime("fuse_print_str")),
        ],
    );
    program.finish(entry)
}

/// A program whose app is the given machine code.
pub fn running(code: &[u8]) -> Vec<u8> {
    let mut program = Program::new();
    let entry = program.function("app.code", code, &[]);
    program.finish(entry)
}

/// As [`printing`], with a function and a constant that nothing reaches.
pub fn printing_with_unused(text: &str) -> Vec<u8> {
    let mut program = Program::new();
    program.string("unused-marker-81");
    program.function("fn.unused", &[0xc3], &[]);
    let string = program.string(text);
    let entry = program.function(
        "app.hello",
        &[0x48, 0x83, 0xec, 8, 0x48, 0x8d, 0x35, 0, 0, 0, 0, 0xe8, 0, 0, 0, 0, 0x48, 0x83, 0xc4, 8, 0xc3],
        &[
            (7, R_X86_64_PC32, Target::Symbol(string)),
            (12, R_X86_64_PLT32, Target::Runtime("fuse_print_str")),
        ],
    );
    program.finish(entry)
}

/// A program that needs a function the runtime does not have.
pub fn broken() -> Vec<u8> {
    let mut program = Program::new();
    let entry = program.function(
        "app.hello",
        &[0xe8, 0, 0, 0, 0, 0xc3],
        &[(1, R_X86_64_PLT32, Target::Runtime("fuse_no_such_function"))],
    );
    program.finish(entry)
}

enum Target {
    Symbol(SymbolId),
    Runtime(&'static str),
}

struct Program {
    object: Object<'static>,
    strings: u32,
}

impl Program {
    fn new() -> Program {
        Program {
            object: Object::new(BinaryFormat::Elf, Architecture::X86_64, Endianness::Little),
            strings: 0,
        }
    }

    fn define(
        &mut self,
        name: &str,
        section: &str,
        kind: SectionKind,
        symbol: SymbolKind,
        data: &[u8],
        scope: SymbolScope,
    ) -> SymbolId {
        let section = self.object.add_section(Vec::new(), section.as_bytes().to_vec(), kind);
        let value = self.object.append_section_data(section, data, 16);
        self.object.add_symbol(Symbol {
            name: name.as_bytes().to_vec(),
            value,
            size: data.len() as u64,
            kind: symbol,
            scope,
            weak: false,
            section: SymbolSection::Section(section),
            flags: SymbolFlags::None,
        })
    }

    fn string(&mut self, text: &str) -> SymbolId {
        let mut data = 0u32.to_le_bytes().to_vec();
        data.extend(fuse_abi::desc::TYPE_STRING.to_le_bytes());
        data.extend((text.len() as u64).to_le_bytes());
        data.extend(0u64.to_le_bytes());
        data.extend(text.as_bytes());
        self.strings += 1;
        let name = format!("string.{}", self.strings);
        let section = format!(".rodata.{name}");
        self.define(
            &name,
            &section,
            SectionKind::ReadOnlyData,
            SymbolKind::Data,
            &data,
            SymbolScope::Compilation,
        )
    }

    fn function(&mut self, name: &str, code: &[u8], relocations: &[(u64, u32, Target)]) -> SymbolId {
        let section = format!(".text.{name}");
        let id =
            self.define(name, &section, SectionKind::Text, SymbolKind::Text, code, SymbolScope::Compilation);
        let section = self.object.symbol(id).section.id().expect("defined above");
        for (offset, kind, target) in relocations {
            let symbol = match target {
                Target::Symbol(symbol) => *symbol,
                Target::Runtime(name) => self.object.add_symbol(Symbol {
                    name: name.as_bytes().to_vec(),
                    value: 0,
                    size: 0,
                    kind: SymbolKind::Unknown,
                    scope: SymbolScope::Unknown,
                    weak: false,
                    section: SymbolSection::Undefined,
                    flags: SymbolFlags::None,
                }),
            };
            let flags = RelocationFlags::Elf { r_type: object::elf::RelocationType(*kind) };
            self.object
                .add_relocation(section, Relocation { offset: *offset, symbol, addend: -4, flags })
                .expect("fits");
        }
        id
    }

    fn finish(mut self, entry: SymbolId) -> Vec<u8> {
        let mut image = vec![0; IMAGE_SIZE];
        image[..4].copy_from_slice(&fuse_abi::ABI_VERSION.to_le_bytes());
        let id = self.define(
            fuse_abi::desc::IMAGE_SYMBOL,
            ".data.rel.ro.fuse_image",
            SectionKind::ReadOnlyDataWithRel,
            SymbolKind::Data,
            &image,
            SymbolScope::Linkage,
        );
        let section = self.object.symbol(id).section.id().expect("defined above");
        let flags = RelocationFlags::Elf { r_type: object::elf::RelocationType(R_X86_64_64) };
        let _ = (RelocationKind::Absolute, RelocationEncoding::Generic);
        self.object
            .add_relocation(section, Relocation { offset: ENTRY, symbol: entry, addend: 0, flags })
            .expect("fits");
        self.object.add_section(Vec::new(), b".note.GNU-stack".to_vec(), SectionKind::Other);
        self.object.write().expect("a valid object")
    }
}

/// A request for an executable of `program`.
pub fn request(program: Vec<u8>, profile: Profile, mode: Mode) -> LinkRequest {
    LinkRequest {
        program,
        profile,
        mode,
        edition: Edition::Published,
        linker: LinkerKind::BuiltIn,
        cli_version: "0.1.0".into(),
        symbols_name: "program.aot.sym".into(),
        options: String::new(),
        metadata: Metadata {
            package: "hello".into(),
            version: "0.1.0".into(),
            app: "hello".into(),
            entry: "app.hello".into(),
            ..Metadata::default()
        },
    }
}

/// A folder of its own, deleted with the value.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new() -> Folder {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("fuse-link-test-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a temporary folder");
        Folder(path)
    }

    pub fn executable(&self, bytes: &[u8]) -> PathBuf {
        let path = self.0.join("program.aot");
        fuse_link::write_executable(&path, bytes).expect("written");
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Runs an executable without an environment but for `variables`.
pub fn run(path: &Path, variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(path);
    command.env_clear().envs(variables.iter().copied());
    command.output().expect("started")
}

/// What a tool that must be there says.
pub fn tool(name: &str, arguments: &[&str], file: &Path) -> String {
    let output = Command::new(name)
        .args(arguments)
        .arg(file)
        .output()
        .unwrap_or_else(|error| panic!("{name}: {error}"));
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}
