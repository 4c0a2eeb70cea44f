//! Stubs of the C library: shared objects that name exactly the functions the archive needs, each with the version an
//! executable shall ask for. Links are made against them, so that neither the machine that builds an executable needs
//! a C library to link with, nor does the newest version of the machine that made the bundle leak into executables.

use std::collections::{BTreeMap, HashMap, HashSet};

/// A version of the C library, such as 2.34.
pub type Version = (u32, u32, u32);

/// The newest version that executables may need. 2.34 is the first whose `libc.so.6` holds the threads library.
pub const FLOOR: Version = (2, 34, 0);

/// What a shared library defines under one name.
#[derive(Clone)]
struct Export {
    version: String,
    kind: u8,
    size: u64,
}

/// The exports of a shared library by name.
pub struct Library {
    soname: &'static str,
    exports: HashMap<Vec<u8>, Vec<Export>>,
}

/// A stub, and the newest version it asks for.
pub struct Stub {
    pub bytes: Vec<u8>,
    pub newest: Version,
}

const STT_NOTYPE: u8 = 0;
const STT_FUNC: u8 = 2;
const STT_TLS: u8 = 6;
const STT_IFUNC: u8 = 10;

fn u16_at(data: &[u8], at: usize) -> usize {
    usize::from(u16::from_le_bytes(data[at..at + 2].try_into().expect("two bytes")))
}

fn u32_at(data: &[u8], at: usize) -> usize {
    u32::from_le_bytes(data[at..at + 4].try_into().expect("four bytes")) as usize
}

fn u64_at(data: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(data[at..at + 8].try_into().expect("eight bytes"))
}

fn text_at(data: &[u8], at: usize) -> Vec<u8> {
    data[at..].iter().copied().take_while(|&byte| byte != 0).collect()
}

/// Reads `GLIBC_2.34` and the like; other version names have no number.
fn number(version: &str) -> Option<Version> {
    let mut parts = version.strip_prefix("GLIBC_")?.split('.').map(|part| part.parse().ok());
    let version = (parts.next()??, parts.next()??, parts.next().unwrap_or(Some(0))?);
    parts.next().is_none().then_some(version)
}

impl Library {
    /// A library without exports, which programs know as `soname`.
    pub fn new(soname: &'static str) -> Library {
        Library { soname, exports: HashMap::new() }
    }

    /// Adds the exports of the shared library `data`.
    pub fn add(&mut self, data: &[u8]) {
        let headers_at = u64_at(data, 40) as usize;
        let header = |index: usize| &data[headers_at + index * 64..headers_at + (index + 1) * 64];
        let count = u16_at(data, 60);
        let body = |header: &[u8]| {
            let offset = u64_at(header, 24) as usize;
            &data[offset..offset + u64_at(header, 32) as usize]
        };
        let find = |kind: usize| (0..count).map(header).find(|header| u32_at(header, 4) == kind);
        let symbols = find(11).unwrap_or_else(|| panic!("{} has no dynamic symbols", self.soname));
        let strings = body(header(u32_at(symbols, 40)));
        let versions = find(0x6fff_ffff).map(body).unwrap_or_default();
        let mut names = HashMap::new();
        if let Some(definitions) = find(0x6fff_fffd).map(body) {
            let mut at = 0;
            loop {
                let name = text_at(strings, u32_at(definitions, at + u32_at(definitions, at + 12)));
                names.insert(u16_at(definitions, at + 4), String::from_utf8_lossy(&name).into_owned());
                match u32_at(definitions, at + 16) {
                    0 => break,
                    next => at += next,
                }
            }
        }
        for (index, symbol) in body(symbols).chunks_exact(24).enumerate().skip(1) {
            let defined = u16_at(symbol, 6) != 0;
            let version = versions.get(index * 2..index * 2 + 2).map_or(1, |entry| u16_at(entry, 0) & 0x7fff);
            if let (true, Some(version)) = (defined, names.get(&version)) {
                let kind = match symbol[4] & 15 {
                    STT_IFUNC => STT_FUNC,
                    kind => kind,
                };
                let export = Export { version: version.clone(), kind, size: u64_at(symbol, 16) };
                self.exports.entry(text_at(strings, u32_at(symbol, 0))).or_default().push(export);
            }
        }
    }

    /// The export to link `name` with: the newest that is not newer than [`FLOOR`], else the oldest.
    fn choose(&self, name: &[u8]) -> Option<(&Export, Version)> {
        let mut numbered: Vec<(&Export, Version)> = self
            .exports
            .get(name)?
            .iter()
            .filter_map(|export| Some((export, number(&export.version)?)))
            .collect();
        numbered.sort_by_key(|(_, version)| *version);
        numbered.iter().rev().find(|(_, version)| *version <= FLOOR).or(numbered.first()).copied()
    }

    /// A stub with what this library has of `needed`, and of `weak` what is old enough; what it defines leaves both
    /// sets. `None` if that is nothing.
    pub fn stub(&self, needed: &mut HashSet<Vec<u8>>, weak: &mut HashSet<Vec<u8>>) -> Option<Stub> {
        let mut chosen: BTreeMap<Vec<u8>, (&Export, Version)> = BTreeMap::new();
        for name in needed.iter() {
            if let Some(found) = self.choose(name) {
                chosen.insert(name.clone(), found);
            }
        }
        for name in weak.iter() {
            if let Some(found) = self.choose(name).filter(|(_, version)| *version <= FLOOR) {
                chosen.insert(name.clone(), found);
            }
        }
        needed.retain(|name| !chosen.contains_key(name));
        weak.retain(|name| !chosen.contains_key(name));
        let newest = chosen.values().map(|(_, version)| *version).max()?;
        let list: Vec<(&[u8], &Export)> =
            chosen.iter().map(|(name, (export, _))| (name.as_slice(), *export)).collect();
        Some(Stub { bytes: write(self.soname, &list), newest })
    }
}

/// Strings of a string table, with their offsets.
struct Strings(Vec<u8>);

impl Strings {
    fn add(&mut self, text: &[u8]) -> u32 {
        let at = self.0.len() as u32;
        self.0.extend(text);
        self.0.push(0);
        at
    }
}

/// A section of a stub; one without a body takes `room` in memory that nothing ever uses.
#[derive(Clone, Copy)]
struct Section<'data> {
    name: &'data str,
    kind: u32,
    flags: u64,
    body: &'data [u8],
    room: u64,
    link: u32,
    info: u32,
    align: u64,
    entry: u64,
}

fn elf_hash(name: &str) -> u32 {
    name.bytes().fold(0u32, |hash, byte| {
        let hash = (hash << 4).wrapping_add(u32::from(byte));
        let high = hash & 0xf000_0000;
        (hash ^ (high >> 24)) & !high
    })
}

/// Writes a shared object that defines `symbols`. Nothing is ever loaded from it.
fn write(soname: &str, symbols: &[(&[u8], &Export)]) -> Vec<u8> {
    let mut strings = Strings(vec![0]);
    let soname_at = strings.add(soname.as_bytes());
    let mut versions: Vec<&str> = symbols.iter().map(|(_, export)| export.version.as_str()).collect();
    versions.sort_by_key(|version| (number(version), *version));
    versions.dedup();

    // Versions: number 1 is the library itself.
    let mut definitions = Vec::new();
    let all: Vec<(&str, u32)> = std::iter::once((soname, soname_at))
        .chain(versions.iter().map(|version| (*version, strings.add(version.as_bytes()))))
        .collect();
    for (index, (name, name_at)) in all.iter().enumerate() {
        let base = u16::from(index == 0);
        for half in [1, base, index as u16 + 1, 1] {
            definitions.extend(half.to_le_bytes());
        }
        let next = if index + 1 == all.len() { 0 } else { 28 };
        for word in [elf_hash(name), 20, next, *name_at, 0] {
            definitions.extend(u32::to_le_bytes(word));
        }
    }

    // One section for what is called or read, one for thread-local variables.
    let (text, tls) = (6u16, 7u16);
    let mut table = vec![0; 24];
    let mut numbers = vec![0u8; 2];
    for (index, (name, export)) in symbols.iter().enumerate() {
        table.extend(strings.add(name).to_le_bytes());
        let kind = if export.kind == STT_NOTYPE { STT_FUNC } else { export.kind };
        table.extend([0x10 | kind, 0]);
        table.extend(if kind == STT_TLS { tls } else { text }.to_le_bytes());
        table.extend((0x1000 + 16 * index as u64).to_le_bytes());
        table.extend(export.size.to_le_bytes());
        let place = versions.iter().position(|version| *version == export.version).expect("collected above");
        numbers.extend((place as u16 + 2).to_le_bytes());
    }
    let dynamic: Vec<u8> = [14, u64::from(soname_at), 0, 0].into_iter().flat_map(u64::to_le_bytes).collect();

    let room = 16 * symbols.len() as u64 + 16;
    let none =
        Section { name: "", kind: 8, flags: 0, body: &[], room: 0, link: 0, info: 0, align: 1, entry: 0 };
    let mut sections = vec![
        Section {
            name: ".dynsym",
            kind: 11,
            flags: 2,
            body: &table,
            link: 2,
            info: 1,
            align: 8,
            entry: 24,
            ..none
        },
        Section { name: ".dynstr", kind: 3, flags: 2, body: &strings.0, ..none },
        Section {
            name: ".gnu.version",
            kind: 0x6fff_ffff,
            flags: 2,
            body: &numbers,
            link: 1,
            align: 2,
            entry: 2,
            ..none
        },
        Section {
            name: ".gnu.version_d",
            kind: 0x6fff_fffd,
            flags: 2,
            body: &definitions,
            link: 2,
            info: all.len() as u32,
            align: 8,
            ..none
        },
        Section { name: ".dynamic", kind: 6, flags: 3, body: &dynamic, link: 2, align: 8, entry: 16, ..none },
        Section { name: ".text", flags: 6, room, align: 16, ..none },
        Section { name: ".tbss", flags: 0x403, room, align: 16, ..none },
    ];
    let mut names = Strings(vec![0]);
    let mut name_at: Vec<u32> = sections.iter().map(|section| names.add(section.name.as_bytes())).collect();
    name_at.push(names.add(b".shstrtab"));
    sections.push(Section { name: ".shstrtab", kind: 3, body: &names.0, ..none });

    let mut out = vec![0u8; 64];
    let mut headers = vec![0u8; 64];
    for (section, name) in sections.iter().zip(name_at) {
        out.resize(out.len().next_multiple_of(section.align as usize), 0);
        let address = if section.room > 0 { 0x1000 } else { 0 };
        let size = section.body.len() as u64 + section.room;
        headers.extend(name.to_le_bytes());
        headers.extend(section.kind.to_le_bytes());
        let longs = [section.flags, address, out.len() as u64, size];
        longs.iter().for_each(|value| headers.extend(value.to_le_bytes()));
        headers.extend(section.link.to_le_bytes());
        headers.extend(section.info.to_le_bytes());
        [section.align, section.entry].iter().for_each(|value| headers.extend(value.to_le_bytes()));
        out.extend(section.body);
    }

    out.resize(out.len().next_multiple_of(8), 0);
    let headers_at = out.len() as u64;
    let count = (headers.len() / 64) as u16;
    out.extend(headers);
    out[..8].copy_from_slice(b"\x7fELF\x02\x01\x01\x00");
    out[16..18].copy_from_slice(&3u16.to_le_bytes());
    out[18..20].copy_from_slice(&62u16.to_le_bytes());
    out[20..24].copy_from_slice(&1u32.to_le_bytes());
    out[40..48].copy_from_slice(&headers_at.to_le_bytes());
    out[52..54].copy_from_slice(&64u16.to_le_bytes());
    out[54..56].copy_from_slice(&56u16.to_le_bytes());
    out[58..60].copy_from_slice(&64u16.to_le_bytes());
    out[60..62].copy_from_slice(&count.to_le_bytes());
    out[62..64].copy_from_slice(&(count - 1).to_le_bytes());
    out
}
