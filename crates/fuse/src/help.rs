//! The usage text and the help of each command, made from the tables.

use fuse_diagnostics::color::{Paint, paint};

use crate::options::{COMMANDS, Command, HIDDEN, OPTIONS, OptionRow, Value};

/// The text of `fuse --version`.
pub const VERSION: &str = concat!("fuse ", env!("CARGO_PKG_VERSION"), "\n");

/// What `fuse help` prints, and what follows a usage error.
pub fn usage(color: bool) -> String {
    let header = "Usage: fuse <command> [options] [file-or-package] [-- <program arguments>]";
    let mut out = paint(header, Paint::Marker, color) + "\n\nCommands:\n";
    for row in COMMANDS.iter().filter(|row| row.command != Command::Dump) {
        push_row(&mut out, row.name, row.summary, 9);
    }
    out.push_str("\nOptions:\n");
    push_options(&mut out, OPTIONS.iter());
    out.push_str("\n`fuse help <command>` says which options a command takes.\n");
    out
}

/// What `fuse help <command>` prints.
pub fn command(command: Command, color: bool) -> String {
    let row = command.row();
    let header = format!("Usage: fuse {} [options] {}", row.name, row.operands);
    let mut out = paint(header.trim_end(), Paint::Marker, color) + "\n\n";
    out.push_str(&sentence(row.summary));
    out.push('\n');
    if !row.details.is_empty() {
        out.push_str(row.details);
        out.push('\n');
    }
    out.push_str("\nOptions:\n");
    push_options(&mut out, OPTIONS.iter().filter(|option| option.commands.contains(&command)));
    out
}

fn push_options<'a>(out: &mut String, rows: impl Iterator<Item = &'a OptionRow>) {
    for row in rows.filter(|row| row.summary != HIDDEN) {
        let name = match row.value {
            Value::Switch => row.name.to_owned(),
            Value::Text(what) => format!("{} <{}>", row.name, what.split(' ').next_back().unwrap_or(what)),
            Value::Choice(names) if names.len() <= 3 && names.join("|").len() <= 20 => {
                format!("{} <{}>", row.name, names.join("|"))
            }
            Value::Choice(_) => format!("{} <name>", row.name),
        };
        let summary = match row.value {
            Value::Choice(names) if name.ends_with("<name>") => {
                format!("{}: {}", row.summary, names.join(", "))
            }
            _ => row.summary.to_owned(),
        };
        push_row(out, &name, &summary, 30);
    }
}

fn push_row(out: &mut String, name: &str, summary: &str, width: usize) {
    out.push_str(&format!("  {name:width$} {summary}\n"));
}

fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", chars.as_str())
}
