//! Reading what an executable says about itself, without running it.

use crate::build_info::BuildInfo;
use crate::components::Component;
use crate::{json, report, sha256_hex};
use fuse_abi::metadata::{
    COMPONENT_SIZE, HEADER_SIZE, Header, HeaderError, NOTE_OWNER, NOTE_TYPE, SECTION, Span, checksum, halves,
};
use object::read::elf::{Dyn, ElfFile64, FileHeader, SectionHeader};
use object::{Object, ObjectSection};
use std::fmt;

/// A field of the configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConfigField {
    /// Name of the configuration.
    pub config: String,
    /// Name of the field.
    pub field: String,
    /// Its type as written.
    pub ty: String,
    /// Its environment variable.
    pub variable: String,
}

/// What an executable says about itself.
#[derive(Clone, Debug)]
pub struct Inspection {
    /// Build information.
    pub build: BuildInfo,
    /// Components, sorted by name.
    pub components: Vec<Component>,
    /// Fields of the configuration.
    pub config: Vec<ConfigField>,
    /// Symbol of the program's entry.
    pub entry: String,
    /// Name of the selected app.
    pub app: String,
    /// Libraries it asks for.
    pub libraries: Vec<String>,
    /// The OpenAPI document.
    pub openapi: Option<String>,
    /// Name and version of the package.
    pub package: (String, String),
    /// SHA-256 of the file.
    pub sha256: String,
    /// Size of the file.
    pub size: usize,
    /// Has no symbols.
    pub stripped: bool,
    /// File name of the symbol file.
    pub symbols: Option<String>,
}

/// Why a file cannot be inspected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotInspectable {
    /// Not an executable of FUSE.
    Foreign,
    /// An executable of another FUSE: interface version of the file.
    Interface(u32),
    /// An executable of FUSE that is damaged.
    Damaged(&'static str),
}

impl NotInspectable {
    /// The stable code of the message.
    pub const CODE: &'static str = "wrapper_file_read";
}

impl fmt::Display for NotInspectable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotInspectable::Foreign => formatter.write_str("not an AOT executable of FUSE"),
            NotInspectable::Interface(version) => write!(
                formatter,
                "the executable has interface version {version}, this fuse reads {}; use the fuse that built it",
                fuse_abi::ABI_VERSION
            ),
            NotInspectable::Damaged(what) => write!(formatter, "the executable is damaged: {what}"),
        }
    }
}

impl std::error::Error for NotInspectable {}

/// Reads the metadata of an executable, for whatever target it is, and checks all of it.
pub fn inspect(file: &[u8]) -> Result<Inspection, NotInspectable> {
    let object = object::File::parse(file).map_err(|_| NotInspectable::Foreign)?;
    let section =
        object.sections().find(|section| section.name() == Ok(SECTION)).ok_or(NotInspectable::Foreign)?;
    let section = section.data().map_err(|_| NotInspectable::Damaged("the metadata is cut off"))?;
    let metadata = Metadata::check(note_contents(section)?)?;
    let text = |span| metadata.text(span);
    let optional = |span: Span| if span.len == 0 { Ok(None) } else { metadata.text(span).map(Some) };
    let header = &metadata.header;
    Ok(Inspection {
        build: BuildInfo::parse(&text(header.build_info)?)
            .ok_or(NotInspectable::Damaged("no build information"))?,
        components: metadata.components()?,
        config: metadata.config()?,
        entry: text(header.entry)?,
        app: text(header.app)?,
        libraries: libraries(&object),
        openapi: optional(header.openapi)?,
        package: (text(header.package)?, text(header.version)?),
        sha256: sha256_hex(file),
        size: file.len(),
        stripped: object.symbols().next().is_none(),
        symbols: optional(header.symbols)?,
    })
}

/// The contents of the note with our owner and type.
fn note_contents(section: &[u8]) -> Result<&[u8], NotInspectable> {
    let word = |at: usize| {
        let bytes = section.get(at..).and_then(|rest| rest.first_chunk()).ok_or(NotInspectable::Foreign)?;
        Ok(u32::from_le_bytes(*bytes) as usize)
    };
    let (owner, size) = (word(0)?, word(4)?);
    let expected = [NOTE_OWNER.as_bytes(), b"\0"].concat();
    if word(8)? != NOTE_TYPE as usize
        || owner != expected.len()
        || section.get(12..12 + owner) != Some(&expected)
    {
        return Err(NotInspectable::Foreign);
    }
    let start = (12 + owner).next_multiple_of(4);
    let contents = start.checked_add(size).and_then(|end| section.get(start..end));
    contents.ok_or(NotInspectable::Damaged("the metadata is cut off"))
}

struct Metadata<'data> {
    header: Header,
    bytes: &'data [u8],
}

impl<'data> Metadata<'data> {
    fn check(bytes: &'data [u8]) -> Result<Metadata<'data>, NotInspectable> {
        let head = bytes.first_chunk().ok_or(NotInspectable::Damaged("the metadata is cut off"))?;
        let header = Header::decode(head);
        header.check().map_err(|error| match error {
            HeaderError::Magic => NotInspectable::Foreign,
            HeaderError::Interface(version) => NotInspectable::Interface(version),
            HeaderError::Size | HeaderError::Checksum => NotInspectable::Damaged(error.text()),
        })?;
        if header.total_size as usize != bytes.len() {
            return Err(NotInspectable::Damaged("metadata has a wrong size"));
        }
        if header.body_checksum != halves(checksum(&bytes[HEADER_SIZE..])) {
            return Err(NotInspectable::Damaged("metadata has a wrong checksum"));
        }
        Ok(Metadata { header, bytes })
    }

    fn bytes(&self, span: Span) -> Result<&'data [u8], NotInspectable> {
        let start = span.offset as usize;
        let end = start.checked_add(span.len as usize);
        end.and_then(|end| self.bytes.get(start..end))
            .ok_or(NotInspectable::Damaged("metadata points outside itself"))
    }

    fn text(&self, span: Span) -> Result<String, NotInspectable> {
        text(self.bytes(span)?)
    }

    fn components(&self) -> Result<Vec<Component>, NotInspectable> {
        let mut components = Vec::new();
        for record in self.bytes(self.header.components)?.chunks_exact(COMPONENT_SIZE) {
            let (name, bytes) = record.split_at(8);
            let name = text(name.split(|&byte| byte == 0).next().unwrap_or_default())?;
            if !name.is_empty() {
                let bytes = bytes.first_chunk().copied().map(u64::from_le_bytes).unwrap_or_default();
                components.push(Component { name, bytes });
            }
        }
        Ok(components)
    }

    fn config(&self) -> Result<Vec<ConfigField>, NotInspectable> {
        let mut rest = self.bytes(self.header.config)?;
        let mut next = || {
            let damaged = NotInspectable::Damaged("the config schema is cut off");
            let (size, after) = rest.split_first_chunk().ok_or(damaged.clone())?;
            let (bytes, after) = after.split_at_checked(u32::from_le_bytes(*size) as usize).ok_or(damaged)?;
            rest = after;
            Ok((text(bytes)?, !after.is_empty()))
        };
        let mut fields = Vec::new();
        let mut more = self.header.config.len > 0;
        while more {
            let (config, field, ty) = (next()?.0, next()?.0, next()?.0);
            let (variable, rest) = next()?;
            fields.push(ConfigField { config, field, ty, variable });
            more = rest;
        }
        Ok(fields)
    }
}

fn text(bytes: &[u8]) -> Result<String, NotInspectable> {
    String::from_utf8(bytes.to_vec()).map_err(|_| NotInspectable::Damaged("metadata is not UTF-8"))
}

/// The libraries that the loader is asked for.
fn libraries(object: &object::File<'_>) -> Vec<String> {
    let mut names: Vec<String> = match object {
        object::File::Elf64(elf) => elf_libraries(elf).unwrap_or_default(),
        other => {
            let imports = other.imports().into_iter().flatten().flatten();
            imports.map(|import| String::from_utf8_lossy(import.library()).into_owned()).collect()
        }
    };
    names.sort();
    names.dedup();
    names
}

fn elf_libraries(elf: &ElfFile64<'_>) -> object::Result<Vec<String>> {
    let (endian, data) = (elf.endian(), elf.data());
    let sections = elf.elf_header().sections(endian, data)?;
    let mut names = Vec::new();
    for section in sections.iter() {
        let Some((entries, link)) = section.dynamic(endian, data)? else { continue };
        let strings = sections.strings(endian, data, link)?;
        for entry in entries.iter().filter(|entry| entry.tag(endian) == object::elf::DT_NEEDED) {
            names.push(String::from_utf8_lossy(entry.string(endian, strings)?).into_owned());
        }
    }
    Ok(names)
}

impl Inspection {
    /// One JSON object on one line, keys sorted, without a line end.
    pub fn json(&self) -> String {
        let field = |field: &ConfigField| {
            format!(
                "{{\"config\":{},\"field\":{},\"has_default\":true,\"type\":{},\"variable\":{}}}",
                json::quoted(&field.config),
                json::quoted(&field.field),
                json::quoted(&field.ty),
                json::quoted(&field.variable)
            )
        };
        let facts = [
            ("build", self.build.json()),
            ("components", report::components_json(&self.components)),
            ("config", json::array(self.config.iter().map(field))),
            ("entry", json::quoted(&self.entry)),
            ("libraries", json::array(self.libraries.iter().map(|name| json::quoted(name)))),
            ("openapi", self.openapi.is_some().to_string()),
            (
                "package",
                format!(
                    "{{\"name\":{},\"version\":{}}}",
                    json::quoted(&self.package.0),
                    json::quoted(&self.package.1)
                ),
            ),
            ("sha256", json::quoted(&self.sha256)),
            ("size", self.size.to_string()),
            ("stripped", self.stripped.to_string()),
            ("symbols", self.symbols.as_ref().map_or_else(|| "null".to_owned(), |name| json::quoted(name))),
        ];
        let facts: Vec<String> = facts.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
        format!("{{{}}}", facts.join(","))
    }

    /// The same facts for people, by key.
    pub fn facts(&self) -> Vec<(&'static str, String)> {
        let list =
            |values: Vec<String>| if values.is_empty() { "none".to_owned() } else { values.join(", ") };
        let components =
            self.components.iter().map(|one| format!("{} ({} bytes)", one.name, one.bytes)).collect();
        let config = self
            .config
            .iter()
            .map(|field| format!("{}.{}: {} ({})", field.config, field.field, field.ty, field.variable))
            .collect();
        vec![
            ("build", self.build.line()),
            ("components", list(components)),
            ("config", list(config)),
            ("entry", self.entry.clone()),
            ("libraries", list(self.libraries.clone())),
            ("openapi", if self.openapi.is_some() { "embedded" } else { "none" }.to_owned()),
            ("package", format!("{} {}", self.package.0, self.package.1)),
            ("sha256", self.sha256.clone()),
            ("size", format!("{} bytes", self.size)),
            ("stripped", if self.stripped { "yes" } else { "no" }.to_owned()),
            ("symbols", self.symbols.clone().unwrap_or_else(|| "none".to_owned())),
        ]
    }
}
