//! Mergeable constants as sections of their own.
//!
//! A compiler puts all short constants of an object into a handful of sections that linkers may merge, and so an executable
//! that needs one of them carries all: those of components it does not have. Apart, each goes with the code that needs it.

use crate::object::{Object, Relocation, SHF_ALLOC, Section, Symbol};
use std::collections::{BTreeMap, BTreeSet};

const SHF_MERGE: u64 = 0x10;
const SHF_STRINGS: u64 = 0x20;
const SHF_EXECINSTR: u64 = 4;
/// A relocation that holds an address; all others count from the place that is changed.
const R_X86_64_64: u32 = 1;
/// A local symbol without a type.
const LOCAL: u8 = 0;
/// The type of a section's own symbol, in the low half of `info`.
const STT_SECTION: u8 = 3;

impl Object {
    /// Gives each constant of the mergeable sections that are loaded a section and, where code refers to it by its place, a
    /// symbol.
    pub fn split_constants(&mut self) {
        for section in 0..self.sections.len() {
            let Section { flags, align, entry_size, .. } = self.sections[section];
            let mergeable = flags & (SHF_MERGE | SHF_ALLOC) == SHF_MERGE | SHF_ALLOC && align <= entry_size;
            if mergeable && !self.is_in_a_table(section) {
                self.split(section);
            }
        }
    }

    /// Whether data refers to places of the section by their distance: in a table of distances from its start, which stand for a
    /// choice among constants, each counts from its own place, so that a relocation does not say which constant it means.
    fn is_in_a_table(&self, section: usize) -> bool {
        let data = self.sections.iter().filter(|user| user.flags & SHF_EXECINSTR == 0);
        data.flat_map(|user| &user.relocations).filter(|one| one.kind != R_X86_64_64).any(|one| {
            let symbol = &self.symbols[one.symbol];
            symbol.section == Some(section) && is_section(symbol)
        })
    }

    fn split(&mut self, section: usize) {
        assert!(self.sections[section].relocations.is_empty(), "a mergeable section with relocations");
        let starts: Vec<u64> = self.starts(section).into_iter().collect();
        let first = self.sections.len();
        let whole = std::mem::take(&mut self.sections[section].data);
        for (number, &start) in starts.iter().enumerate() {
            let end = starts.get(number + 1).map_or(whole.len(), |&end| end as usize);
            let piece =
                self.sections[section].piece(number, SHF_MERGE | SHF_STRINGS, &whole[start as usize..end]);
            self.sections.push(piece);
        }
        self.sections[section].size = 0;
        let piece_of = |place: u64| starts.partition_point(|&start| start <= place) - 1;

        let mut own = BTreeSet::new();
        for (index, symbol) in
            self.symbols.iter_mut().enumerate().filter(|(_, symbol)| symbol.section == Some(section))
        {
            if is_section(symbol) {
                own.insert(index);
            } else {
                let piece = piece_of(symbol.value);
                symbol.section = Some(first + piece);
                symbol.value -= starts[piece];
            }
        }
        let mut places = BTreeMap::new();
        let locals = self.symbols.iter().take_while(|symbol| symbol.is_local()).count();
        for user in &mut self.sections {
            for one in user.relocations.iter_mut().filter(|one| own.contains(&one.symbol)) {
                let piece = piece_of(target(one));
                let next = places.len();
                one.symbol = locals + *places.entry(piece).or_insert(next);
                one.addend -= starts[piece] as i64;
                // Marked, so that the renumbering below leaves it alone.
                one.offset |= MOVED;
            }
        }
        let count = places.len();
        for user in &mut self.sections {
            for one in &mut user.relocations {
                if one.offset & MOVED != 0 {
                    one.offset &= !MOVED;
                } else if one.symbol >= locals {
                    one.symbol += count;
                }
            }
            user.move_group(locals, count);
        }
        let mut ordered: Vec<(usize, usize)> =
            places.into_iter().map(|(piece, place)| (place, piece)).collect();
        ordered.sort_unstable();
        let symbols = ordered.into_iter().map(|(_, piece)| Symbol::local(LOCAL, first + piece));
        self.symbols.splice(locals..locals, symbols);
    }

    /// Where the pieces of a section begin: at each constant, but nowhere inside of what a symbol says is one object, and
    /// nowhere that leaves open which constant is meant.
    fn starts(&self, section: usize) -> BTreeSet<u64> {
        let body = &self.sections[section];
        let mut starts = BTreeSet::from([0]);
        if body.flags & SHF_STRINGS == 0 {
            starts.extend((0..body.data.len() as u64).step_by(body.entry_size as usize));
        } else {
            let units = body.data.chunks_exact(body.entry_size as usize).enumerate();
            let ends = units.filter(|(_, unit)| unit.iter().all(|&byte| byte == 0));
            starts.extend(ends.map(|(unit, _)| (unit as u64 + 1) * body.entry_size));
            starts.remove(&(body.data.len() as u64));
        }
        let mut join = |from: u64, to: u64| {
            let inner: Vec<u64> = starts.range(from + 1..to.max(from + 1)).copied().collect();
            inner.iter().for_each(|start| _ = starts.remove(start));
        };
        for symbol in self.symbols.iter().filter(|symbol| symbol.section == Some(section)) {
            join(symbol.value, symbol.value + symbol.size);
        }
        let users = self.sections.iter().flat_map(|user| &user.relocations);
        for one in users.filter(|one| one.kind != R_X86_64_64) {
            let symbol = &self.symbols[one.symbol];
            if symbol.section == Some(section) && is_section(symbol) {
                // The place is counted from the end of the instruction: up to four bytes of it may follow.
                join(target(one), target(one) + 5);
            }
        }
        starts
    }
}

/// A bit of a relocation's offset that no offset has.
const MOVED: u64 = 1 << 63;

/// The least that a relocation against a section's symbol may mean: an instruction counts from its end, at least four bytes on.
fn target(one: &Relocation) -> u64 {
    (one.addend + if one.kind == R_X86_64_64 { 0 } else { 4 }) as u64
}

fn is_section(symbol: &Symbol) -> bool {
    symbol.info & 0xf == STT_SECTION
}
