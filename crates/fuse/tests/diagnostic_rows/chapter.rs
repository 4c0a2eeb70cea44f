//! Chapters: Markdown with programs and what is said about them.

/// A file of a program.
#[derive(Debug)]
pub struct File {
    pub path: String,
    pub text: String,
    /// Whether `\xff` in it is a byte.
    escaped: bool,
}

impl File {
    pub fn bytes(&self) -> Vec<u8> {
        if !self.escaped {
            return self.text.clone().into_bytes();
        }
        let mut parts = self.text.split("\\x");
        let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
        for part in parts {
            bytes.push(u8::from_str_radix(&part[..2], 16).expect("two hexadecimal digits"));
            bytes.extend_from_slice(&part.as_bytes()[2..]);
        }
        bytes
    }
}

/// A program of a chapter.
#[derive(Debug, Default)]
pub struct Program {
    /// The heading above it, without the marks.
    pub heading: String,
    /// The code in the heading.
    pub code: String,
    /// Its line in the chapter.
    pub line: usize,
    pub fails: bool,
    /// The first is the entry.
    pub files: Vec<File>,
    pub text: String,
    pub json: String,
}

enum Piece {
    Prose(String),
    Program(Program),
}

/// A file of programs.
pub struct Chapter(Vec<Piece>);

impl Chapter {
    pub fn read(source: &str) -> Chapter {
        let mut pieces: Vec<Piece> = Vec::new();
        let mut heading = String::new();
        let mut lines = source.lines().enumerate();
        while let Some((at, line)) = lines.next() {
            let Some(info) = line.strip_prefix("```") else {
                if let Some(text) = line.strip_prefix("## ") {
                    heading = text.to_owned();
                }
                match pieces.last_mut() {
                    Some(Piece::Prose(text)) => text.push_str(&format!("{line}\n")),
                    // A program is written with a blank line behind it.
                    Some(Piece::Program(_)) if line.is_empty() => {}
                    _ => pieces.push(Piece::Prose(format!("{line}\n"))),
                }
                continue;
            };
            let body: String = lines
                .by_ref()
                .take_while(|(_, line)| *line != "```")
                .map(|(_, line)| format!("{line}\n"))
                .collect();
            let mut words = info.split(' ');
            let (kind, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
            if path == "main.fuse" {
                let code = heading.split(':').next().unwrap_or_default().to_owned();
                let fails = words.next() == Some("fails");
                pieces.push(Piece::Program(Program {
                    heading: heading.clone(),
                    code,
                    line: at + 1,
                    fails,
                    ..Program::default()
                }));
            }
            let Some(Piece::Program(program)) = pieces.last_mut() else {
                panic!("line {}: a block before the first program", at + 1)
            };
            match kind {
                "fuse" => program.files.push(File { path: path.to_owned(), text: body, escaped: false }),
                "escaped" => program.files.push(File { path: path.to_owned(), text: body, escaped: true }),
                "text" => program.text = body,
                "json" => program.json = body,
                _ => panic!("line {}: a block of an unknown kind", at + 1),
            }
        }
        Chapter(pieces)
    }

    pub fn programs(&self) -> impl Iterator<Item = &Program> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Program(program) => Some(program),
            Piece::Prose(_) => None,
        })
    }

    pub fn programs_mut(&mut self) -> impl Iterator<Item = &mut Program> {
        self.0.iter_mut().filter_map(|piece| match piece {
            Piece::Program(program) => Some(program),
            Piece::Prose(_) => None,
        })
    }

    pub fn write(&self) -> String {
        let mut out = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Prose(text) => out.push_str(text),
                Piece::Program(program) => {
                    for (at, File { path, text, escaped }) in program.files.iter().enumerate() {
                        let kind = if *escaped { "escaped" } else { "fuse" };
                        let mark = if at == 0 && program.fails { " fails" } else { "" };
                        out.push_str(&format!("```{kind} {path}{mark}\n{text}```\n"));
                    }
                    for (kind, text) in [("text", &program.text), ("json", &program.json)] {
                        if !text.is_empty() {
                            out.push_str(&format!("```{kind}\n{text}```\n"));
                        }
                    }
                    out.push('\n');
                }
            }
        }
        out.truncate(out.trim_end().len());
        out + "\n"
    }
}
