//! Static archives: read their members, write new ones, choose members as a linker would.

use std::collections::{HashMap, HashSet};

/// A member: its name, for error messages, and its bytes.
#[derive(Clone)]
pub struct Member {
    pub name: String,
    pub data: Vec<u8>,
}

/// The object members of an archive. A text file in its place (a linker script) has none.
pub fn read(archive: &[u8]) -> Vec<Member> {
    let Some(mut rest) = archive.strip_prefix(b"!<arch>\n") else { return Vec::new() };
    let mut long_names: &[u8] = &[];
    let mut members = Vec::new();
    while rest.len() >= 60 {
        let header = &rest[..60];
        let field =
            |range: std::ops::Range<usize>| String::from_utf8_lossy(&header[range]).trim_end().to_owned();
        let size: usize = field(48..58).parse().expect("the size of an archive member is a number");
        let data = &rest[60..60 + size];
        match field(0..16).as_str() {
            "/" | "/SYM64/" => {}
            "//" => long_names = data,
            short => {
                let name = match short.strip_prefix('/').and_then(|at| at.parse::<usize>().ok()) {
                    Some(at) => long_names[at..].iter().take_while(|&&byte| byte != b'/').copied().collect(),
                    None => short.trim_end_matches('/').as_bytes().to_vec(),
                };
                if data.starts_with(b"\x7fELF") {
                    members.push(Member {
                        name: String::from_utf8_lossy(&name).into_owned(),
                        data: data.to_vec(),
                    });
                }
            }
        }
        rest = &rest[(60 + size.next_multiple_of(2)).min(rest.len())..];
    }
    members
}

/// Names a member's symbol table shows.
pub struct Names {
    /// Defined and visible to other members.
    pub defined: Vec<Vec<u8>>,
    /// Needed.
    pub undefined: Vec<Vec<u8>>,
    /// Used if something else brings them.
    pub weak: Vec<Vec<u8>>,
}

/// The symbols of a relocatable object.
pub fn names(object: &[u8]) -> Names {
    let mut names = Names { defined: Vec::new(), undefined: Vec::new(), weak: Vec::new() };
    for symbol in crate::object::Object::parse(object).symbols.into_iter().skip(1) {
        if symbol.is_undefined() {
            let list = if symbol.is_weak() { &mut names.weak } else { &mut names.undefined };
            list.push(symbol.name);
        } else if !symbol.is_local() {
            names.defined.push(symbol.name);
        }
    }
    names
}

/// Of `members`, those that a link which needs `needed` would take, in their order.
pub fn select(members: Vec<Member>, needed: HashSet<Vec<u8>>) -> Vec<Member> {
    let tables: Vec<Names> = members.iter().map(|member| names(&member.data)).collect();
    let mut definer: HashMap<&[u8], usize> = HashMap::new();
    for (index, table) in tables.iter().enumerate() {
        for name in &table.defined {
            definer.entry(name).or_insert(index);
        }
    }
    let mut taken = vec![false; members.len()];
    let mut work: Vec<&[u8]> = needed.iter().map(Vec::as_slice).collect();
    while let Some(name) = work.pop() {
        if let Some(&index) = definer.get(name)
            && !std::mem::replace(&mut taken[index], true)
        {
            work.extend(tables[index].undefined.iter().map(Vec::as_slice));
        }
    }
    let mut taken = taken.into_iter();
    members.into_iter().filter(|_| taken.next() == Some(true)).collect()
}

/// Writes an archive with a symbol index; dates, owners and modes are zero.
pub fn write(members: &[Member]) -> Vec<u8> {
    let mut offsets = Vec::new();
    let mut index_names = Vec::new();
    for (number, member) in members.iter().enumerate() {
        for name in names(&member.data).defined {
            offsets.push(number);
            index_names.extend(name);
            index_names.push(0);
        }
    }
    let index_size = 4 + 4 * offsets.len() + index_names.len();
    let mut at = 8 + 60 + index_size.next_multiple_of(2);
    let starts: Vec<usize> = members
        .iter()
        .map(|member| {
            let start = at;
            at += 60 + member.data.len().next_multiple_of(2);
            start
        })
        .collect();

    let mut out = b"!<arch>\n".to_vec();
    put_header(&mut out, "/", index_size);
    out.extend((offsets.len() as u32).to_be_bytes());
    offsets.iter().for_each(|&number| out.extend((starts[number] as u32).to_be_bytes()));
    out.extend(index_names);
    pad(&mut out);
    for (number, member) in members.iter().enumerate() {
        put_header(&mut out, &format!("{number}.o/"), member.data.len());
        out.extend(&member.data);
        pad(&mut out);
    }
    out
}

fn put_header(out: &mut Vec<u8>, name: &str, size: usize) {
    out.extend(format!("{name:<16}{:<12}{:<6}{:<6}{:<8}{size:<10}`\n", 0, 0, 0, 644).bytes());
}

fn pad(out: &mut Vec<u8>) {
    if out.len() % 2 == 1 {
        out.push(b'\n');
    }
}
