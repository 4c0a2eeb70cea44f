//! Relocatable ELF objects (x86-64): read, prune, write.
//!
//! The compiler's object holds far more than an executable can reach: debugging information of the standard library,
//! its symboliser, start-up arrays. Pruning it once, here, is what keeps every link short and every executable small.

use std::collections::HashMap;

/// A section. Relocations are kept apart from the section they change.
pub struct Section {
    pub name: Vec<u8>,
    pub kind: u32,
    pub flags: u64,
    pub align: u64,
    pub entry_size: u64,
    pub data: Vec<u8>,
    /// Size; differs from the data only if the section takes no room in the file.
    pub size: u64,
    pub relocations: Vec<Relocation>,
    /// Index of the symbol that names the group this section belongs to.
    group: Option<usize>,
}

impl Section {
    /// A part of the section as one of its own, without some flags.
    pub fn piece(&self, number: usize, without: u64, data: &[u8]) -> Section {
        Section {
            name: [&self.name[..], b".", number.to_string().as_bytes()].concat(),
            flags: self.flags & !without,
            entry_size: 0,
            data: data.to_vec(),
            size: data.len() as u64,
            relocations: Vec::new(),
            ..*self
        }
    }

    /// Keeps the name of its group when so many symbols get a place before others.
    pub fn move_group(&mut self, before: usize, count: usize) {
        self.group = self.group.map(|symbol| if symbol < before { symbol } else { symbol + count });
    }
}

/// A relocation with addend.
#[derive(Clone, Copy)]
pub struct Relocation {
    pub offset: u64,
    pub kind: u32,
    pub symbol: usize,
    pub addend: i64,
}

/// A symbol; `section` is an index into the object's sections, `None` if it is undefined.
#[derive(Clone)]
pub struct Symbol {
    pub name: Vec<u8>,
    pub info: u8,
    pub other: u8,
    pub section: Option<usize>,
    /// Absolute or common symbols keep their special section number.
    special: u16,
    pub value: u64,
    pub size: u64,
}

impl Symbol {
    /// A local symbol for the start of a section.
    pub fn local(kind: u8, section: usize) -> Symbol {
        Symbol {
            name: Vec::new(),
            info: kind,
            other: 0,
            section: Some(section),
            special: 0,
            value: 0,
            size: 0,
        }
    }

    pub fn is_local(&self) -> bool {
        self.info >> 4 == 0
    }

    pub fn is_weak(&self) -> bool {
        self.info >> 4 == 2
    }

    /// Lets a reference go without a definition.
    pub fn make_weak(&mut self) {
        self.info = 2 << 4 | self.info & 0xf;
    }

    pub fn is_undefined(&self) -> bool {
        self.section.is_none() && self.special == 0
    }
}

/// A relocatable object.
pub struct Object {
    pub sections: Vec<Section>,
    pub symbols: Vec<Symbol>,
}

const SHT_SYMTAB: u32 = 2;
const SHT_STRTAB: u32 = 3;
const SHT_RELA: u32 = 4;
const SHT_NOBITS: u32 = 8;
const SHT_GROUP: u32 = 17;
/// Of a section that is loaded.
pub const SHF_ALLOC: u64 = 2;
const SHF_INFO_LINK: u64 = 0x40;
const SHF_GROUP: u64 = 0x200;
const EHDR: usize = 64;
const SHDR: usize = 64;
const SYM: usize = 24;
const RELA: usize = 24;

fn u16_at(data: &[u8], at: usize) -> u16 {
    u16::from_le_bytes(data[at..at + 2].try_into().expect("two bytes"))
}

fn u32_at(data: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(data[at..at + 4].try_into().expect("four bytes"))
}

fn u64_at(data: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(data[at..at + 8].try_into().expect("eight bytes"))
}

fn text_at(data: &[u8], at: usize) -> Vec<u8> {
    data[at..].iter().copied().take_while(|&byte| byte != 0).collect()
}

struct RawHeader {
    name: usize,
    kind: u32,
    flags: u64,
    offset: usize,
    size: usize,
    link: usize,
    info: u32,
    align: u64,
    entry_size: u64,
}

impl Object {
    /// Reads an object. It comes from the compiler at hand, so a surprise is a panic of the build script.
    pub fn parse(data: &[u8]) -> Object {
        assert_eq!(&data[..6], b"\x7fELF\x02\x01", "not a 64-bit little-endian ELF file");
        assert_eq!((u16_at(data, 16), u16_at(data, 18)), (1, 62), "not a relocatable x86-64 object");
        let headers_at = u64_at(data, 40) as usize;
        let count = match u16_at(data, 60) {
            0 => u64_at(data, headers_at + 32) as usize,
            count => usize::from(count),
        };
        assert!(count < 0xff00, "too many sections for this reader");
        let raw: Vec<RawHeader> = (0..count)
            .map(|index| {
                let at = headers_at + index * SHDR;
                RawHeader {
                    name: u32_at(data, at) as usize,
                    kind: u32_at(data, at + 4),
                    flags: u64_at(data, at + 8),
                    offset: u64_at(data, at + 24) as usize,
                    size: u64_at(data, at + 32) as usize,
                    link: u32_at(data, at + 40) as usize,
                    info: u32_at(data, at + 44),
                    align: u64_at(data, at + 48),
                    entry_size: u64_at(data, at + 56),
                }
            })
            .collect();
        let body = |header: &RawHeader| &data[header.offset..header.offset + header.size];
        let names = body(&raw[usize::from(u16_at(data, 62))]);

        let mut sections = Vec::new();
        let mut new_index = vec![None; count];
        for (index, header) in raw.iter().enumerate() {
            if matches!(header.kind, 0 | SHT_SYMTAB | SHT_STRTAB | SHT_RELA | SHT_GROUP) {
                continue;
            }
            new_index[index] = Some(sections.len());
            sections.push(Section {
                name: text_at(names, header.name),
                kind: header.kind,
                flags: header.flags,
                align: header.align,
                entry_size: header.entry_size,
                data: if header.kind == SHT_NOBITS { Vec::new() } else { body(header).to_vec() },
                size: header.size as u64,
                relocations: Vec::new(),
                group: None,
            });
        }

        let table = raw.iter().find(|header| header.kind == SHT_SYMTAB);
        let strings = table.map(|table| body(&raw[table.link])).unwrap_or_default();
        let symbols: Vec<Symbol> = table
            .map(body)
            .unwrap_or_default()
            .chunks_exact(SYM)
            .map(|entry| {
                let number = u16_at(entry, 6);
                let section = new_index.get(usize::from(number)).copied().flatten();
                Symbol {
                    name: text_at(strings, u32_at(entry, 0) as usize),
                    info: entry[4],
                    other: entry[5],
                    section,
                    special: if section.is_some() { 0 } else { number },
                    value: u64_at(entry, 8),
                    size: u64_at(entry, 16),
                }
            })
            .collect();

        for header in &raw {
            match header.kind {
                SHT_RELA => {
                    let target = new_index[header.info as usize].expect("relocations change a section");
                    sections[target].relocations = body(header)
                        .chunks_exact(RELA)
                        .map(|entry| Relocation {
                            offset: u64_at(entry, 0),
                            kind: u32_at(entry, 8),
                            symbol: u32_at(entry, 12) as usize,
                            addend: u64_at(entry, 16) as i64,
                        })
                        .collect();
                }
                SHT_GROUP => {
                    for member in body(header).chunks_exact(4).skip(1) {
                        if let Some(section) = new_index[u32_at(member, 0) as usize] {
                            sections[section].group = Some(header.info as usize);
                        }
                    }
                }
                _ => {}
            }
        }
        Object { sections, symbols }
    }

    /// Keeps what can be reached from the symbols that `is_root` accepts, and what no symbol leads to but the loader
    /// runs. Debugging information, comments and other sections that are not loaded go.
    pub fn prune(&mut self, is_root: impl Fn(&Symbol) -> bool, drop_section: impl Fn(&Section) -> bool) {
        let frames = self.sections.iter().position(|section| section.name == b".eh_frame");
        let records = frames.map(|index| frame_records(&self.sections[index])).unwrap_or_default();
        let mut frames_of: HashMap<usize, Vec<usize>> = HashMap::new();
        for (number, record) in records.iter().enumerate() {
            if let Some(section) = record.function.and_then(|symbol| self.symbols[symbol].section) {
                frames_of.entry(section).or_default().push(number);
            }
        }

        let mut live = vec![false; self.sections.len()];
        let mut live_records = vec![false; records.len()];
        let mut work: Vec<usize> = self
            .symbols
            .iter()
            .filter(|symbol| is_root(symbol))
            .filter_map(|symbol| symbol.section)
            .collect();
        work.extend((0..self.sections.len()).filter(|&index| {
            let section = &self.sections[index];
            section.name.starts_with(b".init_array") && !drop_section(section)
        }));
        while let Some(index) = work.pop() {
            if std::mem::replace(&mut live[index], true) || Some(index) == frames {
                continue;
            }
            let mut reach = |relocations: &[Relocation]| {
                work.extend(
                    relocations.iter().filter_map(|relocation| self.symbols[relocation.symbol].section),
                );
            };
            reach(&self.sections[index].relocations);
            for &number in frames_of.get(&index).into_iter().flatten() {
                live_records[number] = true;
                reach(&records[number].relocations);
                if let Some(common) = records[number].common {
                    live_records[common] = true;
                    reach(&records[common].relocations);
                }
            }
        }
        if let Some(index) = frames {
            live[index] = true;
            rewrite_frames(&mut self.sections[index], &records, &live_records);
        }
        for (index, section) in self.sections.iter().enumerate() {
            if section.flags & SHF_ALLOC == 0 && section.name == b".note.GNU-stack" {
                live[index] = true;
            }
        }
        self.retain(&live);
    }

    /// Drops the frame record of a function whose body was replaced by one without a frame.
    pub fn forget_frames_of(&mut self, function: usize) {
        let Some(frames) = self.sections.iter().position(|section| section.name == b".eh_frame") else {
            return;
        };
        let records = frame_records(&self.sections[frames]);
        let live: Vec<bool> = records
            .iter()
            .map(|record| record.function.and_then(|symbol| self.symbols[symbol].section) != Some(function))
            .collect();
        rewrite_frames(&mut self.sections[frames], &records, &live);
    }

    fn retain(&mut self, live: &[bool]) {
        let mut used = vec![false; self.symbols.len()];
        for (section, _) in self.sections.iter().zip(live).filter(|(_, live)| **live) {
            section.relocations.iter().for_each(|relocation| used[relocation.symbol] = true);
            if let Some(symbol) = section.group {
                used[symbol] = true;
            }
        }
        let keep_symbol: Vec<bool> = self
            .symbols
            .iter()
            .enumerate()
            .map(|(index, symbol)| {
                index == 0
                    || match symbol.section {
                        Some(section) => live[section] && (used[index] || !symbol.name.is_empty()),
                        None => used[index],
                    }
            })
            .collect();
        let renumber = |keep: &[bool]| -> Vec<usize> {
            let mut next = 0;
            keep.iter()
                .map(|&keep| {
                    next += usize::from(keep);
                    next.wrapping_sub(1)
                })
                .collect()
        };
        let (section_numbers, symbol_numbers) = (renumber(live), renumber(&keep_symbol));
        let mut index = 0;
        self.sections.retain(|_| {
            index += 1;
            live[index - 1]
        });
        index = 0;
        self.symbols.retain(|_| {
            index += 1;
            keep_symbol[index - 1]
        });
        for section in &mut self.sections {
            section.relocations.iter_mut().for_each(|one| one.symbol = symbol_numbers[one.symbol]);
            section.group = section.group.map(|symbol| symbol_numbers[symbol]);
        }
        for symbol in &mut self.symbols {
            symbol.section = symbol.section.map(|section| section_numbers[section]);
        }
    }

    /// Writes the object.
    pub fn write(&self) -> Vec<u8> {
        let mut out = vec![0; EHDR];
        let mut headers: Vec<[u64; 10]> = vec![[0; 10]];
        let mut names = Strings::default();
        let groups = self.groups();
        // Groups come first, so that a reader meets them before their members.
        let first_section = 1 + groups.len();
        let with_relocations: Vec<usize> =
            (0..self.sections.len()).filter(|&index| !self.sections[index].relocations.is_empty()).collect();
        let first_relocations = first_section + self.sections.len();
        let symbols_at = first_relocations + with_relocations.len();

        for (symbol, members) in &groups {
            let mut body = 1u32.to_le_bytes().to_vec();
            for member in members {
                body.extend((first_section as u32 + *member as u32).to_le_bytes());
                if let Some(place) = with_relocations.iter().position(|index| index == member) {
                    body.extend(((first_relocations + place) as u32).to_le_bytes());
                }
            }
            let offset = append(&mut out, &body, 4);
            let name = names.add(b".group");
            headers.push([
                name,
                u64::from(SHT_GROUP),
                0,
                0,
                offset,
                body.len() as u64,
                symbols_at as u64,
                *symbol as u64,
                4,
                4,
            ]);
        }
        for section in &self.sections {
            let offset = append(&mut out, &section.data, section.align);
            let size = if section.kind == SHT_NOBITS { section.size } else { section.data.len() as u64 };
            let name = names.add(&section.name);
            headers.push([
                name,
                u64::from(section.kind),
                section.flags,
                0,
                offset,
                size,
                0,
                0,
                section.align,
                section.entry_size,
            ]);
        }
        for &index in &with_relocations {
            let section = &self.sections[index];
            let body: Vec<u8> = section
                .relocations
                .iter()
                .flat_map(|one| {
                    let info = (one.symbol as u64) << 32 | u64::from(one.kind);
                    [one.offset, info, one.addend as u64].into_iter().flat_map(u64::to_le_bytes)
                })
                .collect();
            let offset = append(&mut out, &body, 8);
            let name = names.add(&[b".rela", section.name.as_slice()].concat());
            let flags = SHF_INFO_LINK | (section.flags & SHF_GROUP);
            let target = (first_section + index) as u64;
            headers.push([
                name,
                u64::from(SHT_RELA),
                flags,
                0,
                offset,
                body.len() as u64,
                symbols_at as u64,
                target,
                8,
                RELA as u64,
            ]);
        }

        let mut strings = Strings::default();
        let mut table = Vec::new();
        for symbol in &self.symbols {
            let number = symbol.section.map_or(symbol.special, |section| (first_section + section) as u16);
            table.extend((strings.add(&symbol.name) as u32).to_le_bytes());
            table.extend([symbol.info, symbol.other]);
            table.extend(number.to_le_bytes());
            table.extend(symbol.value.to_le_bytes());
            table.extend(symbol.size.to_le_bytes());
        }
        let locals = self.symbols.iter().take_while(|symbol| symbol.is_local()).count() as u64;
        let offset = append(&mut out, &table, 8);
        let name = names.add(b".symtab");
        headers.push([
            name,
            u64::from(SHT_SYMTAB),
            0,
            0,
            offset,
            table.len() as u64,
            symbols_at as u64 + 1,
            locals,
            8,
            SYM as u64,
        ]);
        let offset = append(&mut out, &strings.bytes, 1);
        let name = names.add(b".strtab");
        headers.push([name, u64::from(SHT_STRTAB), 0, 0, offset, strings.bytes.len() as u64, 0, 0, 1, 0]);
        let name = names.add(b".shstrtab");
        let offset = append(&mut out, &names.bytes, 1);
        headers.push([name, u64::from(SHT_STRTAB), 0, 0, offset, names.bytes.len() as u64, 0, 0, 1, 0]);

        let mut table = Vec::new();
        for header in &headers {
            let [name, kind, flags, address, offset, size, link, info, align, entry_size] = *header;
            table.extend((name as u32).to_le_bytes());
            table.extend((kind as u32).to_le_bytes());
            [flags, address, offset, size].iter().for_each(|value| table.extend(value.to_le_bytes()));
            table.extend((link as u32).to_le_bytes());
            table.extend((info as u32).to_le_bytes());
            [align, entry_size].iter().for_each(|value| table.extend(value.to_le_bytes()));
        }
        let headers_at = append(&mut out, &table, 8);
        out[..8].copy_from_slice(b"\x7fELF\x02\x01\x01\x00");
        out[16..18].copy_from_slice(&1u16.to_le_bytes());
        out[18..20].copy_from_slice(&62u16.to_le_bytes());
        out[20..24].copy_from_slice(&1u32.to_le_bytes());
        out[40..48].copy_from_slice(&headers_at.to_le_bytes());
        out[52..54].copy_from_slice(&(EHDR as u16).to_le_bytes());
        out[58..60].copy_from_slice(&(SHDR as u16).to_le_bytes());
        out[60..62].copy_from_slice(&(headers.len() as u16).to_le_bytes());
        out[62..64].copy_from_slice(&(headers.len() as u16 - 1).to_le_bytes());
        out
    }

    fn groups(&self) -> Vec<(usize, Vec<usize>)> {
        let mut groups: Vec<(usize, Vec<usize>)> = Vec::new();
        for (index, section) in self.sections.iter().enumerate() {
            let Some(symbol) = section.group else { continue };
            match groups.iter_mut().find(|(signature, _)| *signature == symbol) {
                Some((_, members)) => members.push(index),
                None => groups.push((symbol, vec![index])),
            }
        }
        groups
    }
}

/// An object that defines functions with the given body.
pub fn functions(names: &[&str], body: &[u8]) -> Vec<u8> {
    let section = |name: &[u8], flags: u64, data: &[u8]| Section {
        name: name.to_vec(),
        kind: 1,
        flags,
        align: 16,
        entry_size: 0,
        data: data.to_vec(),
        size: data.len() as u64,
        relocations: Vec::new(),
        group: None,
    };
    let none = Symbol { name: Vec::new(), info: 0, other: 0, section: None, special: 0, value: 0, size: 0 };
    let symbol = |(index, name): (usize, &&str)| Symbol {
        name: name.as_bytes().to_vec(),
        info: 0x12,
        section: Some(index),
        size: body.len() as u64,
        ..none.clone()
    };
    let mut sections: Vec<Section> =
        names.iter().map(|name| section(&[b".text.", name.as_bytes()].concat(), 6, body)).collect();
    sections.push(section(b".note.GNU-stack", 0, &[]));
    let symbols = std::iter::once(none.clone()).chain(names.iter().enumerate().map(symbol)).collect();
    Object { sections, symbols }.write()
}

#[derive(Default)]
struct Strings {
    bytes: Vec<u8>,
    known: HashMap<Vec<u8>, u64>,
}

impl Strings {
    fn add(&mut self, name: &[u8]) -> u64 {
        if self.bytes.is_empty() {
            self.bytes.push(0);
        }
        if name.is_empty() {
            return 0;
        }
        *self.known.entry(name.to_vec()).or_insert_with(|| {
            let at = self.bytes.len() as u64;
            self.bytes.extend(name);
            self.bytes.push(0);
            at
        })
    }
}

fn append(out: &mut Vec<u8>, body: &[u8], align: u64) -> u64 {
    out.resize(out.len().next_multiple_of(align.max(1) as usize), 0);
    let offset = out.len() as u64;
    out.extend(body);
    offset
}

/// One record of `.eh_frame`.
struct FrameRecord {
    start: usize,
    end: usize,
    /// The common record (CIE) of a function's record.
    common: Option<usize>,
    /// The symbol of the function, of a function's record.
    function: Option<usize>,
    relocations: Vec<Relocation>,
}

fn frame_records(section: &Section) -> Vec<FrameRecord> {
    let data = &section.data;
    let mut sorted = section.relocations.clone();
    sorted.sort_by_key(|one| one.offset);
    let mut places = HashMap::new();
    let mut records: Vec<FrameRecord> = Vec::new();
    let mut start = 0;
    while start + 4 <= data.len() {
        let length = u32_at(data, start) as usize;
        assert_ne!(length, 0xffff_ffff, "a 64-bit frame record");
        let end = start + 4 + length;
        let first = sorted.partition_point(|one| (one.offset as usize) < start);
        let after = sorted.partition_point(|one| (one.offset as usize) < end);
        let relocations = sorted[first..after].to_vec();
        let pointer = if length == 0 { 0 } else { u32_at(data, start + 4) as usize };
        let common = (pointer != 0)
            .then(|| *places.get(&(start + 4 - pointer)).expect("the common record comes first"));
        let function = relocations.iter().find(|one| one.offset as usize == start + 8).map(|one| one.symbol);
        places.insert(start, records.len());
        records.push(FrameRecord { start, end, common, function: common.and(function), relocations });
        start = end;
    }
    records
}

fn rewrite_frames(section: &mut Section, records: &[FrameRecord], live: &[bool]) {
    let mut data = Vec::new();
    let mut relocations = Vec::new();
    let mut moved = vec![0; records.len()];
    for (number, record) in records.iter().enumerate().filter(|(number, _)| live[*number]) {
        let start = data.len();
        moved[number] = start;
        data.extend(&section.data[record.start..record.end]);
        if let Some(common) = record.common {
            let pointer = (start + 4 - moved[common]) as u32;
            data[start + 4..start + 8].copy_from_slice(&pointer.to_le_bytes());
        }
        relocations.extend(
            record
                .relocations
                .iter()
                .map(|one| Relocation { offset: one.offset - record.start as u64 + start as u64, ..*one }),
        );
    }
    section.data = data;
    section.relocations = relocations;
}
