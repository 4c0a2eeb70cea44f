//! Writing the metadata note, before the link and, for the sizes of components, after it.

use crate::components::{self, Component};
use crate::elf::{Elf, ElfError};
use crate::inspect::ConfigField;
use fuse_abi::metadata::{
    COMPONENT_SIZE, HEADER_SIZE, Header, MAGIC, METADATA_SYMBOL, NOTE_OWNER, NOTE_TYPE, Profile, SECTION,
    Span, checksum, halves,
};

/// What an executable shall say about itself.
#[derive(Clone, Debug, Default)]
pub struct Metadata {
    /// Name of the package.
    pub package: String,
    /// Version of the package.
    pub version: String,
    /// Name of the selected app.
    pub app: String,
    /// Symbol of the program's entry.
    pub entry: String,
    /// Fields of the configuration, in the order in which they are read.
    pub config: Vec<ConfigField>,
    /// The OpenAPI document.
    pub openapi: Option<String>,
    /// What the package sets for its programs: variables with their values, which the environment of a process outranks.
    pub settings: Vec<(String, String)>,
}

/// Bytes of a note before its contents: sizes, type, and the owner padded to eight bytes.
const NOTE_HEAD: usize = 20;

impl Metadata {
    /// Everything that is known before the link, for the build id.
    pub(crate) fn digest_input(&self, out: &mut Vec<u8>) {
        for text in [&self.package, &self.version, &self.app, &self.entry] {
            put_text(out, text);
        }
        self.put_config(out);
        put_text(out, self.openapi.as_deref().unwrap_or_default());
        out.push(u8::from(self.openapi.is_some()));
        self.put_settings(out);
    }

    fn put_settings(&self, out: &mut Vec<u8>) {
        for (name, value) in &self.settings {
            put_text(out, name);
            put_text(out, value);
        }
    }

    fn put_config(&self, out: &mut Vec<u8>) {
        for field in &self.config {
            for text in [&field.config, &field.field, &field.ty, &field.variable] {
                put_text(out, text);
            }
        }
    }

    /// The contents of the note, with room for the components. It is never shorter than `size`.
    pub(crate) fn encode(
        &self,
        profile: Profile,
        build_info: &str,
        symbols: Option<&str>,
        size: usize,
    ) -> Vec<u8> {
        let mut body = Body(vec![0; HEADER_SIZE]);
        let mut config = Vec::new();
        self.put_config(&mut config);
        let mut settings = Vec::new();
        self.put_settings(&mut settings);
        let mut header = Header {
            magic: MAGIC,
            interface: fuse_abi::ABI_VERSION,
            header_size: HEADER_SIZE as u32,
            profile: profile as u32,
            components: body.put(&[0; COMPONENT_SIZE * components::MOST]),
            build_info: body.put(build_info.as_bytes()),
            package: body.put(self.package.as_bytes()),
            version: body.put(self.version.as_bytes()),
            app: body.put(self.app.as_bytes()),
            entry: body.put(self.entry.as_bytes()),
            symbols: body.put(symbols.unwrap_or_default().as_bytes()),
            config: body.put(&config),
            openapi: body.put(self.openapi.as_deref().unwrap_or_default().as_bytes()),
            settings: body.put(&settings),
            ..Header::default()
        };
        let mut bytes = body.0;
        bytes.resize(bytes.len().next_multiple_of(4).max(size), 0);
        header.total_size = bytes.len() as u32;
        seal(&mut bytes, header);
        bytes
    }
}

struct Body(Vec<u8>);

impl Body {
    fn put(&mut self, bytes: &[u8]) -> Span {
        let offset = self.0.len() as u32;
        self.0.extend(bytes);
        Span { offset: if bytes.is_empty() { 0 } else { offset }, len: bytes.len() as u32 }
    }
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    out.extend((text.len() as u32).to_le_bytes());
    out.extend(text.as_bytes());
}

/// Writes the checksums and the header.
fn seal(bytes: &mut [u8], mut header: Header) {
    header.body_checksum = halves(checksum(&bytes[HEADER_SIZE..]));
    header.seal();
    bytes[..HEADER_SIZE].copy_from_slice(&header.encode());
}

/// An object that holds the metadata as a note and names it for the runtime.
pub(crate) fn object(metadata: &[u8]) -> Result<Vec<u8>, object::write::Error> {
    use object::write::{Object, Symbol, SymbolSection};
    use object::{Architecture, BinaryFormat, Endianness, SectionKind, SymbolFlags, SymbolKind, SymbolScope};
    let mut note = Vec::with_capacity(NOTE_HEAD + metadata.len());
    for value in [NOTE_OWNER.len() as u32 + 1, metadata.len() as u32, NOTE_TYPE] {
        note.extend(value.to_le_bytes());
    }
    note.extend(NOTE_OWNER.as_bytes());
    note.resize(NOTE_HEAD, 0);
    note.extend(metadata);
    let mut object = Object::new(BinaryFormat::Elf, Architecture::X86_64, Endianness::Little);
    let section = object.add_section(Vec::new(), SECTION.as_bytes().to_vec(), SectionKind::Note);
    object.section_mut(section).flags =
        object::SectionFlags::Elf { sh_type: object::elf::SHT_NOTE, sh_flags: object::elf::SHF_ALLOC };
    object.append_section_data(section, &note, 4);
    object.add_symbol(Symbol {
        name: METADATA_SYMBOL.as_bytes().to_vec(),
        value: NOTE_HEAD as u64,
        size: metadata.len() as u64,
        kind: SymbolKind::Data,
        scope: SymbolScope::Linkage,
        weak: false,
        section: SymbolSection::Section(section),
        flags: SymbolFlags::None,
    });
    object.add_section(Vec::new(), b".note.GNU-stack".to_vec(), SectionKind::Other);
    object.write()
}

/// Fills the components into the metadata of a linked executable.
pub(crate) fn fill_in(executable: &mut [u8], components: &[Component]) -> Result<(), ElfError> {
    let section =
        Elf::parse(executable)?.section(SECTION).cloned().ok_or(ElfError("the metadata was not linked"))?;
    let start = section.offset as usize + NOTE_HEAD;
    let end = (section.offset + section.size) as usize;
    let bytes = executable.get_mut(start..end).ok_or(ElfError("the metadata is cut off"))?;
    let head = bytes.first_chunk().ok_or(ElfError("the metadata is cut off"))?;
    let header = Header::decode(head);
    header.check().map_err(|error| ElfError(error.text()))?;
    let at = header.components.offset as usize;
    for (index, component) in components.iter().enumerate() {
        let record = &mut bytes[at + index * COMPONENT_SIZE..at + (index + 1) * COMPONENT_SIZE];
        record[..component.name.len()].copy_from_slice(component.name.as_bytes());
        record[8..].copy_from_slice(&component.bytes.to_le_bytes());
    }
    seal(bytes, header);
    Ok(())
}
