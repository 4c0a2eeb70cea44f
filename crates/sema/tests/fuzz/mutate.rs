//! Mutations: of tokens, lines and bytes. The same seed gives the same input everywhere.

use crate::corpus::Sources;

/// A small generator of numbers (SplitMix64).
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Random {
        Random(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Below `bound`, which is not 0.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}

/// What mutations put into programs.
const PIECES: &[&str] = &[
    "0",
    "1",
    "-1",
    "9223372036854775807",
    "9223372036854775808",
    "1.5",
    "1e309",
    "\"\"",
    "\"${1}\"",
    "\"\\u{0}\"",
    "true",
    "null",
    "()",
    "[]",
    "{}",
    "{:}",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    ".",
    "..",
    "?.",
    "?[",
    "??",
    "?!",
    "?",
    "!",
    "=",
    "==",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "+",
    "-",
    "*",
    "/",
    "%",
    "->",
    "=>",
    "!",
    "and",
    "or",
    "not",
    "is",
    "in",
    "if",
    "else",
    "match",
    "for",
    "while",
    "break",
    "continue",
    "return",
    "let",
    "var",
    "box",
    "fn",
    "type",
    "enum",
    "app",
    "import",
    "from",
    "as",
    "without",
    "where",
    "self",
    "Some",
    "None",
    "Ok",
    "Err",
    "Int",
    "Float",
    "Bool",
    "String",
    "Bytes",
    "Unit",
    "List",
    "Map",
    "Option",
    "Result",
    "std",
    "Error",
    "print",
    "assert",
    "log",
    "env",
    "input",
    "spawn",
    "await",
    "service",
    "component",
    "interface",
    "impl",
    "config",
    "test",
    "transaction",
    "migration",
    "requires",
    "asset",
    "html",
    "json",
    "Id",
    "Html",
    "_",
    "x",
    "\n",
    "\n  ",
    "\n    ",
    "\n\n",
    "  ",
    "\t",
    "\r\n",
    "#",
    "## ",
    "\"",
    "\"\"\"",
    "${",
    "\\",
    "'",
    "`",
    "@",
    "$",
    "é",
    "\u{1f600}",
    "\u{feff}",
    "\u{202e}",
    "\0",
    "0x1f",
    "1_000",
    "1..2",
    "Int?",
    "Int!",
    "List<Int>",
    "fn(Int) -> Int",
    "Map<String, Int>",
    "Int(0..9)",
    "x: Int = x",
    "import a from \"./main\"",
    "import main",
    "break\n",
    "else:\n",
    "= null",
    "?? null",
    "Some(None)",
    "Ok(())",
    "[x for x in y]",
    "x = x",
    "x[0] = 1",
    "x.y.z = 1",
    "list.push(1)",
    "1 / 0",
    "-9223372036854775808",
];

/// A program changed by one to `edits` edits.
pub fn mutated(corpus: &[Sources], edits: usize, random: &mut Random) -> Sources {
    let mut program = random.pick(corpus).clone();
    let file = random.below(program.0.len());
    let mut text = std::mem::take(&mut program.0[file].1);
    for _ in 0..1 + random.below(edits) {
        text = match random.below(10) {
            0 | 1 => lines(text, corpus, random),
            2 => bytes(text, random),
            3 => nested(&text, random),
            _ => tokens(&text, corpus, random),
        };
    }
    program.0[file].1 = text;
    program
}

fn any_text<'a>(corpus: &'a [Sources], random: &mut Random) -> &'a str {
    let program = random.pick(corpus);
    &random.pick(&program.0).1
}

/// Words, numbers, runs of blanks, and every other character for itself: near enough to tokens, and whole for any text.
pub fn split(text: &str) -> Vec<&str> {
    let class = |c: char| match c {
        _ if c.is_alphanumeric() || c == '_' => 1,
        ' ' => 2,
        _ => 0,
    };
    let mut tokens = Vec::new();
    let mut start = 0;
    let mut before = 0;
    for (at, c) in text.char_indices() {
        let now = class(c);
        if at > start && (now == 0 || now != before) {
            tokens.push(&text[start..at]);
            start = at;
        }
        before = now;
    }
    if start < text.len() {
        tokens.push(&text[start..]);
    }
    tokens
}

fn tokens(text: &str, corpus: &[Sources], random: &mut Random) -> String {
    let mut tokens = split(text);
    if tokens.is_empty() {
        return (*random.pick(PIECES)).to_owned();
    }
    let at = random.below(tokens.len());
    match random.below(8) {
        0 => drop(tokens.remove(at)),
        1 => tokens.insert(at, tokens[at]),
        2 => {
            let other = random.below(tokens.len());
            tokens.swap(at, other);
        }
        3 => tokens[at] = *random.pick(PIECES),
        4 => tokens.insert(at, *random.pick(PIECES)),
        5 => tokens[at] = tokens[random.below(tokens.len())],
        6 => {
            let end = (at + 1 + random.below(8)).min(tokens.len());
            tokens.drain(at..end);
        }
        _ => {
            let other = split(any_text(corpus, random));
            if !other.is_empty() {
                let from = random.below(other.len());
                let until = (from + 1 + random.below(12)).min(other.len());
                let end = (at + random.below(6)).min(tokens.len());
                tokens.splice(at..end, other[from..until].iter().copied());
            }
        }
    }
    tokens.concat()
}

fn lines(text: String, corpus: &[Sources], random: &mut Random) -> String {
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    if lines.is_empty() {
        return text;
    }
    let at = random.below(lines.len());
    match random.below(7) {
        0 => drop(lines.remove(at)),
        1 => lines.insert(at, lines[at].clone()),
        2 => {
            let other = random.below(lines.len());
            lines.swap(at, other);
        }
        3 => lines[at].insert_str(0, random.pick::<&str>(&[" ", "  ", "    ", "\t", "        "])),
        4 => lines[at] = lines[at].trim_start_matches(' ').to_owned(),
        5 => lines.truncate(at),
        _ => {
            let other: Vec<&str> = any_text(corpus, random).split_inclusive('\n').collect();
            if !other.is_empty() {
                let from = random.below(other.len());
                let until = (from + 1 + random.below(10)).min(other.len());
                lines.splice(at..at, other[from..until].iter().map(|line| line.to_string()));
            }
        }
    }
    lines.concat()
}

fn bytes(text: String, random: &mut Random) -> String {
    let mut bytes = text.into_bytes();
    for _ in 0..1 + random.below(4) {
        let at = random.below(bytes.len() + 1);
        match random.below(4) {
            0 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
            1 => bytes.insert(at, random.next() as u8),
            2 if at < bytes.len() => drop(bytes.remove(at)),
            _ => {
                let end = (at + random.below(20)).min(bytes.len());
                bytes.drain(at..end);
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Wraps a token often, or repeats it.
fn nested(text: &str, random: &mut Random) -> String {
    const WRAPS: &[(&str, &str)] = &[
        ("(", ")"),
        ("[", "]"),
        ("Some(", ")"),
        ("{\"k\": ", "}"),
        ("-", ""),
        ("not ", ""),
        ("!", ""),
        ("box ", ""),
        ("List<", ">"),
        ("", "?"),
        ("", "!"),
        ("", "?.x"),
        ("", "[0]"),
        ("", " + 1"),
        ("", " ?? 1"),
        ("1..", ""),
        ("\"${", "}\""),
        ("if true: ", ""),
        ("x = ", ""),
        ("", "\n  x"),
    ];
    let mut tokens = split(text);
    if tokens.is_empty() {
        return text.to_owned();
    }
    let (open, close) = random.pick(WRAPS);
    let depth = *random.pick(&[2, 10, 60, 255, 256, 257, 2000]);
    let at = random.below(tokens.len());
    let wrapped = format!("{}{}{}", open.repeat(depth), tokens[at], close.repeat(depth));
    tokens[at] = &wrapped;
    tokens.concat()
}
