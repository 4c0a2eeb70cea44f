//! Linked ELF executables: what is in them, without symbols, and symbols without them.

use std::fmt;
use std::ops::Range;

/// An executable that is not what the linker should have written.
#[derive(Debug)]
pub(crate) struct ElfError(pub &'static str);

impl fmt::Display for ElfError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0)
    }
}

const SHT_SYMTAB: u32 = 2;
const SHT_STRTAB: u32 = 3;
const SHT_NOBITS: u32 = 8;
const SHF_ALLOC: u64 = 2;
const PT_DYNAMIC: u32 = 2;
const PT_INTERP: u32 = 3;
const PT_NOTE: u32 = 4;
const BUILD_ID: &str = ".note.gnu.build-id";
const HEADER: usize = 64;
const SECTION_HEADER: usize = 64;
const PROGRAM_HEADER: usize = 56;
const SYMBOL: usize = 24;

/// A section.
#[derive(Clone, Debug)]
pub(crate) struct Section {
    pub name: Vec<u8>,
    pub kind: u32,
    pub flags: u64,
    pub address: u64,
    pub offset: u64,
    pub size: u64,
    pub link: u32,
    pub info: u32,
    pub align: u64,
    pub entry_size: u64,
}

impl Section {
    /// Is in memory when the program runs.
    pub fn is_loaded(&self) -> bool {
        self.flags & SHF_ALLOC != 0
    }

    /// Takes room in the file.
    pub fn has_contents(&self) -> bool {
        self.kind != SHT_NOBITS
    }
}

/// A symbol of the symbol table.
pub(crate) struct Symbol<'data> {
    pub name: &'data [u8],
    pub size: u64,
    /// Lies in a section with contents.
    pub in_file: bool,
}

/// A 64-bit little-endian ELF file.
pub(crate) struct Elf<'data> {
    pub data: &'data [u8],
    pub sections: Vec<Section>,
    headers_at: usize,
}

fn bytes<const N: usize>(data: &[u8], at: usize) -> Result<[u8; N], ElfError> {
    data.get(at..).and_then(|rest| rest.first_chunk()).copied().ok_or(ElfError("the file is cut off"))
}

fn half(data: &[u8], at: usize) -> Result<usize, ElfError> {
    bytes(data, at).map(|bytes| usize::from(u16::from_le_bytes(bytes)))
}

fn word(data: &[u8], at: usize) -> Result<u32, ElfError> {
    bytes(data, at).map(u32::from_le_bytes)
}

fn long(data: &[u8], at: usize) -> Result<u64, ElfError> {
    bytes(data, at).map(u64::from_le_bytes)
}

fn range(data: &[u8], offset: u64, size: u64) -> Result<&[u8], ElfError> {
    let (offset, size) = (usize::try_from(offset).ok(), usize::try_from(size).ok());
    offset
        .zip(size)
        .and_then(|(offset, size)| data.get(offset..offset.checked_add(size)?))
        .ok_or(ElfError("a section is cut off"))
}

fn text(data: &[u8], at: u32) -> &[u8] {
    let rest = data.get(at as usize..).unwrap_or_default();
    &rest[..rest.iter().position(|&byte| byte == 0).unwrap_or(rest.len())]
}

impl<'data> Elf<'data> {
    pub fn parse(data: &'data [u8]) -> Result<Elf<'data>, ElfError> {
        if !data.starts_with(b"\x7fELF\x02\x01") {
            return Err(ElfError("not a 64-bit ELF file"));
        }
        let headers_at = long(data, 40)? as usize;
        let count = half(data, 60)?;
        let mut sections = Vec::with_capacity(count);
        let mut names = Vec::with_capacity(count);
        for index in 0..count {
            let at = headers_at + index * SECTION_HEADER;
            names.push(word(data, at)?);
            sections.push(Section {
                name: Vec::new(),
                kind: word(data, at + 4)?,
                flags: long(data, at + 8)?,
                address: long(data, at + 16)?,
                offset: long(data, at + 24)?,
                size: long(data, at + 32)?,
                link: word(data, at + 40)?,
                info: word(data, at + 44)?,
                align: long(data, at + 48)?,
                entry_size: long(data, at + 56)?,
            });
        }
        let table = sections.get(half(data, 62)?).ok_or(ElfError("the file has no section names"))?;
        let table = range(data, table.offset, table.size)?;
        for (section, name) in sections.iter_mut().zip(names) {
            section.name = text(table, name).to_vec();
        }
        Ok(Elf { data, sections, headers_at })
    }

    /// The contents of a section.
    pub fn contents(&self, section: &Section) -> Result<&'data [u8], ElfError> {
        if section.has_contents() { range(self.data, section.offset, section.size) } else { Ok(&[]) }
    }

    /// The section with this name.
    pub fn section(&self, name: &str) -> Option<&Section> {
        self.sections.iter().find(|section| section.name == name.as_bytes())
    }

    /// The symbols that are defined.
    pub fn symbols(&self) -> Result<Vec<Symbol<'data>>, ElfError> {
        let Some(table) = self.sections.iter().find(|section| section.kind == SHT_SYMTAB) else {
            return Ok(Vec::new());
        };
        let strings = self.sections.get(table.link as usize).ok_or(ElfError("symbols have no names"))?;
        let strings = self.contents(strings)?;
        let mut symbols = Vec::new();
        for entry in self.contents(table)?.chunks_exact(SYMBOL) {
            let section = half(entry, 6)?;
            if section != 0 {
                let in_file = self
                    .sections
                    .get(section)
                    .is_some_and(|section| section.has_contents() && section.is_loaded());
                symbols.push(Symbol {
                    name: text(strings, word(entry, 0)?),
                    size: long(entry, 16)?,
                    in_file,
                });
            }
        }
        Ok(symbols)
    }

    /// Where segments end in the file.
    fn segments_end(&self) -> Result<u64, ElfError> {
        let (at, count) = (long(self.data, 32)? as usize, half(self.data, 56)?);
        let mut end = 0;
        for index in 0..count {
            let header = at + index * PROGRAM_HEADER;
            end = end.max(long(self.data, header + 8)?.saturating_add(long(self.data, header + 32)?));
        }
        Ok(end)
    }

    /// The executable without symbols, debugging information and anything else that is not loaded.
    pub fn stripped(&self) -> Result<Vec<u8>, ElfError> {
        let kept: Vec<usize> = (0..self.sections.len())
            .filter(|&index| index == 0 || self.sections[index].is_loaded())
            .collect();
        let sections_end = kept
            .iter()
            .map(|&index| &self.sections[index])
            .filter(|section| section.has_contents())
            .map(|section| section.offset.saturating_add(section.size));
        let end = sections_end.max().unwrap_or(0).max(self.segments_end()?);
        let mut out = range(self.data, 0, end)?.to_vec();
        let sections: Vec<Section> = kept.iter().map(|&index| self.sections[index].clone()).collect();
        let old_table = self.headers_at..self.headers_at + self.sections.len() * SECTION_HEADER;
        // A linker that puts the section headers into the first segment leaves room that the smaller table fits in.
        let place = (old_table.end <= out.len()).then_some(old_table);
        if let Some(place) = place.clone() {
            out[place].fill(0);
        }
        finish(out, sections, &kept, place)
    }

    /// The symbols and the debugging information. Loaded sections are there by name and address only, but for the note
    /// with the build id; it keeps its place, so that it lies in the segment it belongs to.
    pub fn symbols_only(&self) -> Result<Vec<u8>, ElfError> {
        let (programs_at, programs) = (long(self.data, 32)?, half(self.data, 56)?);
        let head = HEADER + programs * PROGRAM_HEADER;
        let note = self.section(BUILD_ID).ok_or(ElfError("the file has no build id"))?;
        let note_end = note.offset + note.size;
        if note.offset < head as u64 {
            return Err(ElfError("the build id lies in the headers"));
        }
        let mut out = range(self.data, 0, HEADER as u64)?.to_vec();
        out.extend(range(self.data, programs_at, (programs * PROGRAM_HEADER) as u64)?);
        out.resize(note.offset as usize, 0);
        out.extend(self.contents(note)?);
        out[32..40].copy_from_slice(&(HEADER as u64).to_le_bytes());

        for index in 0..programs {
            let at = HEADER + index * PROGRAM_HEADER;
            let (offset, size) = (long(&out, at + 8)?, long(&out, at + 32)?);
            let kept = size.min(note_end.saturating_sub(offset));
            out[at + 32..at + 40].copy_from_slice(&kept.to_le_bytes());
            let kind = word(&out, at)?;
            if matches!(kind, PT_INTERP | PT_NOTE | PT_DYNAMIC) && kept < size {
                out[at..at + 4].fill(0);
            }
        }

        // The old table of section names stands among the sections; a new one is written.
        let names = half(self.data, 62)?;
        let kept: Vec<usize> = (0..self.sections.len()).filter(|&index| index != names).collect();
        let mut sections = Vec::with_capacity(kept.len());
        for &index in &kept {
            let mut section = self.sections[index].clone();
            if section.is_loaded() && section.name != BUILD_ID.as_bytes() {
                section.kind = SHT_NOBITS;
                section.offset = section.offset.min(note_end);
            } else if index != 0 && !section.is_loaded() {
                out.resize(out.len().next_multiple_of(section.align.clamp(1, 4096) as usize), 0);
                section.offset = out.len() as u64;
                out.extend(self.contents(&self.sections[index])?);
            }
            sections.push(section);
        }
        finish(out, sections, &kept, None)
    }
}

/// Appends the section names and headers. `kept` are the old numbers of the sections; the headers go to `place` if given.
fn finish(
    mut out: Vec<u8>,
    sections: Vec<Section>,
    kept: &[usize],
    place: Option<Range<usize>>,
) -> Result<Vec<u8>, ElfError> {
    let renumber = |old: u32| kept.iter().position(|&index| index == old as usize).unwrap_or(0) as u32;
    let mut names = vec![0];
    let mut table = Vec::new();
    let mut put = |name: &[u8], section: &Section, names: &mut Vec<u8>| {
        let at = if name.is_empty() { 0 } else { names.len() as u32 };
        if !name.is_empty() {
            names.extend(name);
            names.push(0);
        }
        // `info` names a section only in tables of relocations.
        let info = if matches!(section.kind, 4 | 9) { renumber(section.info) } else { section.info };
        table.extend(at.to_le_bytes());
        table.extend(section.kind.to_le_bytes());
        [section.flags, section.address, section.offset, section.size]
            .iter()
            .for_each(|value| table.extend(value.to_le_bytes()));
        table.extend(renumber(section.link).to_le_bytes());
        table.extend(info.to_le_bytes());
        [section.align, section.entry_size].iter().for_each(|value| table.extend(value.to_le_bytes()));
    };
    for section in &sections {
        put(&section.name, section, &mut names);
    }
    let own = b".shstrtab";
    let names_at = out.len() as u64;
    let strings = Section {
        name: own.to_vec(),
        kind: SHT_STRTAB,
        flags: 0,
        address: 0,
        offset: names_at,
        size: (names.len() + own.len() + 1) as u64,
        link: 0,
        info: 0,
        align: 1,
        entry_size: 0,
    };
    put(own, &strings, &mut names);
    out.extend(&names);

    let count = sections.len() + 1;
    let table_at = match place {
        Some(place) if table.len() <= place.len() => {
            out[place.start..place.start + table.len()].copy_from_slice(&table);
            place.start
        }
        _ => {
            out.resize(out.len().next_multiple_of(8), 0);
            let at = out.len();
            out.extend(&table);
            at
        }
    };
    out[40..48].copy_from_slice(&(table_at as u64).to_le_bytes());
    out[60..62]
        .copy_from_slice(&u16::try_from(count).map_err(|_| ElfError("too many sections"))?.to_le_bytes());
    out[62..64].copy_from_slice(&((count - 1) as u16).to_le_bytes());
    Ok(out)
}
