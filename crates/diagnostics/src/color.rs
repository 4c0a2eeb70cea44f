//! When and how text is painted.

/// The value of `--color`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColorChoice {
    /// Paint on a terminal.
    #[default]
    Auto,
    /// Paint.
    Always,
    /// Do not paint.
    Never,
}

impl ColorChoice {
    /// The names of the choices, as the command line takes them.
    pub const NAMES: [&str; 3] = ["auto", "always", "never"];

    /// The choice of a name.
    pub fn parse(name: &str) -> Option<ColorChoice> {
        match name {
            "auto" => Some(ColorChoice::Auto),
            "always" => Some(ColorChoice::Always),
            "never" => Some(ColorChoice::Never),
            _ => None,
        }
    }

    /// Whether to paint a stream. `force_tty` is the value of `FUSE_COLOR_FORCE_TTY`, if it is set.
    pub fn paints(self, is_terminal: bool, no_color: bool, force_tty: Option<&str>) -> bool {
        match self {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => !no_color && force_tty.map_or(is_terminal, |value| value == "1"),
        }
    }
}

/// The colours of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paint {
    /// Step markers, the `[dev]` tag, the header of the usage text.
    Marker,
    /// The first line and the caret of an error.
    Error,
    /// The first line and the caret of a warning.
    Warning,
}

impl Paint {
    /// The parameters of the escape sequence.
    pub const fn sgr(self) -> &'static str {
        match self {
            Paint::Marker => "36;1",
            Paint::Error => "31;1",
            Paint::Warning => "33;1",
        }
    }
}

/// The text, painted if `on`.
pub fn paint(text: &str, paint: Paint, on: bool) -> String {
    if on { format!("\u{1b}[{}m{text}\u{1b}[0m", paint.sgr()) } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choice_terminal_and_environment_decide() {
        use ColorChoice::{Always, Auto, Never};
        for (choice, terminal, no_color, force, expected) in [
            (Always, false, true, None, true),
            (Never, true, false, Some("1"), false),
            (Auto, true, false, None, true),
            (Auto, false, false, None, false),
            (Auto, true, true, None, false),
            (Auto, false, false, Some("1"), true),
            (Auto, false, true, Some("1"), false),
            (Auto, true, false, Some("0"), false),
            (Auto, true, false, Some(""), false),
        ] {
            assert_eq!(
                choice.paints(terminal, no_color, force),
                expected,
                "{choice:?} {terminal} {no_color} {force:?}"
            );
        }
    }

    #[test]
    fn painted_runs_begin_and_end() {
        assert_eq!(paint("[run]", Paint::Marker, true), "\u{1b}[36;1m[run]\u{1b}[0m");
        assert_eq!(paint("[run]", Paint::Marker, false), "[run]");
    }
}
