//! Makes a program with a defect smaller: leaves out lines with what is indented below them, puts blocks in the place of their headers, and parts of
//! expressions in the place of the whole, as long as the program checks and the same kind of defect shows.

use crate::worker::{Finding, Verdict, Worker};

/// Programs tried at most.
const TRIES: usize = 4000;

struct Shrinker {
    worker: Worker,
    finding: Finding,
    tries: usize,
    link: bool,
}

/// The smallest program found, and what is wrong with it.
pub fn shrink(source: &str, finding: &Finding) -> (String, Finding) {
    let link = finding.kind.contains("linked");
    let mut shrinker = Shrinker { worker: Worker::new(), finding: finding.clone(), tries: 0, link };
    let mut lines = source.lines().map(str::to_owned).collect::<Vec<_>>();
    loop {
        let before = lines.clone();
        shrinker.without_blocks(&mut lines);
        shrinker.without_headers(&mut lines);
        shrinker.simpler_lines(&mut lines);
        if lines == before || shrinker.tries >= TRIES {
            return (lines.join("\n"), shrinker.finding);
        }
    }
}

impl Shrinker {
    /// Whether the same kind of defect shows.
    fn shows(&mut self, lines: &[String]) -> bool {
        self.tries += 1;
        if self.tries > TRIES {
            return false;
        }
        match self.worker.compare(&(lines.join("\n") + "\n"), self.link) {
            // A program may be invalid in many ways; the first message is one of the generator's.
            Verdict::Found(finding)
                if finding.kind == self.finding.kind
                    && (finding.kind != "invalid" || message(&finding) == message(&self.finding)) =>
            {
                self.finding = finding;
                true
            }
            _ => false,
        }
    }

    fn without_blocks(&mut self, lines: &mut Vec<String>) {
        let mut at = lines.len();
        while at > 0 {
            at -= 1;
            let mut smaller = lines.clone();
            smaller.drain(at..end_of_block(lines, at));
            if self.shows(&smaller) {
                *lines = smaller;
            }
        }
    }

    fn without_headers(&mut self, lines: &mut Vec<String>) {
        let mut at = 0;
        while at < lines.len() {
            let end = end_of_block(lines, at);
            if end > at + 1 {
                let width = indentation(&lines[at + 1]) - indentation(&lines[at]);
                let mut smaller = lines.clone();
                smaller.remove(at);
                for line in &mut smaller[at..end - 1] {
                    line.drain(..width);
                }
                if self.shows(&smaller) {
                    *lines = smaller;
                    continue;
                }
            }
            at += 1;
        }
    }

    fn simpler_lines(&mut self, lines: &mut [String]) {
        for at in 0..lines.len() {
            let mut from = 0;
            while let Some((position, simpler)) = self.simpler_line(lines, at, from) {
                lines[at] = simpler;
                from = position;
            }
        }
    }

    /// The first simplification of a line, from a position on, with which the defect shows.
    fn simpler_line(&mut self, lines: &[String], at: usize, from: usize) -> Option<(usize, String)> {
        let line = &lines[at];
        for (open, _) in line.char_indices().skip_while(|(position, _)| *position < from) {
            let Some(end) = end_of_group(line, open) else { continue };
            for part in parts(&line[open..end]) {
                let simpler = format!("{}{part}{}", &line[..open], &line[end..]);
                if simpler.len() >= line.len() {
                    continue;
                }
                let mut changed = lines.to_vec();
                changed[at].clone_from(&simpler);
                if self.shows(&changed) {
                    return Some((open, simpler));
                }
            }
        }
        None
    }
}

/// What is wrong, without the place.
fn message(finding: &Finding) -> &str {
    finding.what.split_once(": ").map_or("", |(_, message)| message)
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// The line after what is indented below a line.
fn end_of_block(lines: &[String], at: usize) -> usize {
    let width = indentation(&lines[at]);
    (at + 1..lines.len()).find(|&line| indentation(&lines[line]) <= width).unwrap_or(lines.len())
}

/// Where the group of brackets or quotes that opens here ends.
fn end_of_group(line: &str, open: usize) -> Option<usize> {
    let bytes = line.as_bytes();
    if !matches!(bytes[open], b'(' | b'[' | b'{' | b'"') {
        return None;
    }
    let (mut at, mut stack) = (open, Vec::new());
    loop {
        let byte = *bytes.get(at)?;
        let in_text = stack.last() == Some(&b'"');
        match byte {
            b'\\' if in_text => at += 1,
            b'"' if in_text => {
                stack.pop();
            }
            b'$' if in_text && bytes.get(at + 1) == Some(&b'{') => {
                stack.push(b'{');
                at += 1;
            }
            _ if in_text => {}
            b'(' | b'[' | b'{' | b'"' => stack.push(byte),
            b')' | b']' | b'}' => {
                stack.pop();
            }
            _ => {}
        }
        at += 1;
        if stack.is_empty() {
            return Some(at);
        }
    }
}

/// What may stand in the place of a group: constants, its parts, itself without one of its parts.
fn parts(group: &str) -> Vec<String> {
    let constants: &[&str] = match group.as_bytes()[0] {
        b'(' => &["0", "1", "true", "false", "\"\"", "0.0", "[]", "null"],
        b'[' => &["[]", "", "[0]", "[1]"],
        b'{' => &["{}"],
        _ => &["\"\"", "\"k1\""],
    };
    let mut found = constants.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
    let inner = &group[1..group.len() - 1];
    if group.starts_with('"') {
        for (at, _) in inner.match_indices("${") {
            if let Some(end) = end_of_group(inner, at + 1) {
                found.push(inner[at + 2..end - 1].to_owned());
                found.push(format!("\"{}{}\"", &inner[..at], &inner[end..]));
            }
        }
        return found;
    }
    let (items, separator) = (split(inner, ", "), ", ");
    if items.len() > 1 {
        for left_out in 0..items.len() {
            let others = items.iter().enumerate().filter(|(at, _)| *at != left_out).map(|(_, item)| *item);
            let others = others.collect::<Vec<_>>().join(separator);
            found.push(format!("{}{others}{}", &group[..1], &group[group.len() - 1..]));
        }
    }
    found.extend(items.iter().map(|item| (*item).to_owned()));
    found.extend(
        split(inner, " ")
            .iter()
            .filter(|word| word.len() > 1 || word.chars().all(char::is_alphanumeric))
            .map(|word| (*word).to_owned()),
    );
    found
}

/// Splits outside of groups.
fn split<'a>(text: &'a str, separator: &str) -> Vec<&'a str> {
    let (mut parts, mut start, mut at) = (Vec::new(), 0, 0);
    while at < text.len() {
        if let Some(end) = end_of_group(text, at) {
            at = end;
        } else if text[at..].starts_with(separator) {
            parts.push(&text[start..at]);
            at += separator.len();
            start = at;
        } else {
            at += 1;
        }
    }
    parts.push(&text[start..]);
    parts
}
