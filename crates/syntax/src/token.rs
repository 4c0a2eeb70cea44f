//! Tokens: what the lexer yields and the parser, the formatter and `fuse dump tokens` read.

use fuse_diagnostics::Span;

/// A token. Its text is `source[start..end]`; layout tokens and repaired brackets are empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// Offset of the first byte.
    pub start: u32,
    /// Offset after the last byte.
    pub end: u32,
    /// What it is.
    pub kind: TokenKind,
    /// Whether a line end stands between this token and the one before.
    pub line_before: bool,
    /// Whether the lexer made it up to repair the source after an error it has reported, or marks such an error.
    pub repaired: bool,
}

impl Token {
    /// Where it stands.
    pub fn span(self) -> Span {
        Span::new(self.start, self.end)
    }
}

macro_rules! tokens {
    (
        plain { $( $plain:ident = $plain_name:literal ),* $(,)? }
        punctuation { $( $punct:ident = $punct_text:literal ),* $(,)? }
        words { $( $word:ident = $word_text:literal ),* $(,)? }
    ) => {
        /// The kind of a token.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum TokenKind {
            $( #[doc = $plain_name] $plain, )*
            $( #[doc = concat!("`", $punct_text, "`")] $punct, )*
            $( #[doc = concat!("The reserved word `", $word_text, "`.")] $word, )*
        }

        impl TokenKind {
            /// How messages call it: `` `->` ``, `` `match` ``, `the end of the line`.
            pub fn describe(self) -> &'static str {
                match self {
                    $( TokenKind::$plain => $plain_name, )*
                    $( TokenKind::$punct => concat!("`", $punct_text, "`"), )*
                    $( TokenKind::$word => concat!("`", $word_text, "`"), )*
                }
            }

            /// The text of a token that is always written alike.
            pub fn text(self) -> Option<&'static str> {
                match self {
                    $( TokenKind::$punct => Some($punct_text), )*
                    $( TokenKind::$word => Some($word_text), )*
                    _ => None,
                }
            }

            /// Every kind of punctuation.
            pub const PUNCTUATION: &[TokenKind] = &[ $( TokenKind::$punct ),* ];

            /// Whether it is a reserved word.
            pub fn is_reserved(self) -> bool {
                matches!(self, $( TokenKind::$word )|*)
            }
        }

        /// Every reserved word, in alphabetical order.
        pub const RESERVED_WORDS: &[&str] = &[ $( $word_text ),* ];

        /// The kinds of [`RESERVED_WORDS`].
        const RESERVED_KINDS: &[TokenKind] = &[ $( TokenKind::$word ),* ];
    };
}

tokens! {
    plain {
        Newline = "the end of the line",
        Indent = "an indented line",
        Dedent = "the end of the block",
        Eof = "the end of the file",
        Error = "an invalid character",
        Ident = "a name",
        Int = "an integer",
        Float = "a float",
        Str = "a string",
        StrStart = "an interpolated string",
        StrText = "the text of a string",
        InterpolationStart = "`${`",
        InterpolationEnd = "the end of the interpolation",
        StrEnd = "the end of the string",
    }
    punctuation {
        ParenOpen = "(", ParenClose = ")", BracketOpen = "[", BracketClose = "]", BraceOpen = "{", BraceClose = "}",
        Comma = ",", Colon = ":", Dot = ".", DotDot = "..", Arrow = "->", FatArrow = "=>",
        Eq = "=", EqEq = "==", NotEq = "!=", Lt = "<", Le = "<=", Gt = ">", Ge = ">=",
        Plus = "+", Minus = "-", Star = "*", Slash = "/", Percent = "%",
        Question = "?", Bang = "!", QuestionQuestion = "??", QuestionBang = "?!",
    }
    words {
        And = "and", App = "app", As = "as", At = "at", Await = "await", Body = "body", Box = "box",
        Break = "break", Component = "component", Config = "config", Continue = "continue", Delete = "delete",
        Else = "else", Enum = "enum", False = "false", Fn = "fn", For = "for", From = "from", Get = "get",
        If = "if", Impl = "impl", Import = "import", In = "in", Interface = "interface", Let = "let",
        Match = "match", Migration = "migration", Null = "null", Or = "or", Patch = "patch", Post = "post",
        Put = "put", Requires = "requires", Return = "return", Service = "service", Spawn = "spawn",
        Test = "test", Transaction = "transaction", True = "true", Type = "type", Var = "var", While = "while",
        Without = "without",
    }
}

impl TokenKind {
    /// Whether it is a word: an identifier or a reserved word (what may stand after `.`).
    pub fn is_word(self) -> bool {
        self == TokenKind::Ident || self.is_reserved()
    }

    /// The closing kind of an opening bracket.
    pub fn closer(self) -> Option<TokenKind> {
        match self {
            TokenKind::ParenOpen => Some(TokenKind::ParenClose),
            TokenKind::BracketOpen => Some(TokenKind::BracketClose),
            TokenKind::BraceOpen => Some(TokenKind::BraceClose),
            TokenKind::InterpolationStart => Some(TokenKind::InterpolationEnd),
            _ => None,
        }
    }

    /// Whether it closes a bracket or an interpolation.
    pub fn is_closer(self) -> bool {
        matches!(
            self,
            TokenKind::ParenClose
                | TokenKind::BracketClose
                | TokenKind::BraceClose
                | TokenKind::InterpolationEnd
        )
    }

    /// Whether it is a token of the layout: it has no text of its own.
    pub fn is_layout(self) -> bool {
        matches!(self, TokenKind::Newline | TokenKind::Indent | TokenKind::Dedent | TokenKind::Eof)
    }
}

/// For each small letter the range of reserved words that begin with it.
const RESERVED_BY_LETTER: [(u8, u8); 26] = {
    let mut ranges = [(0, 0); 26];
    let mut word = RESERVED_WORDS.len();
    while word > 0 {
        word -= 1;
        let letter = (RESERVED_WORDS[word].as_bytes()[0] - b'a') as usize;
        let end = if ranges[letter].1 == 0 { word as u8 + 1 } else { ranges[letter].1 };
        ranges[letter] = (word as u8, end);
    }
    ranges
};

/// Whether a word is reserved. One that stands where a name is required has been reported.
pub fn is_reserved(word: &str) -> bool {
    reserved_word(word.as_bytes()).is_some()
}

/// The kind of a reserved word, or `None` for an identifier.
pub(crate) fn reserved_word(word: &[u8]) -> Option<TokenKind> {
    let letter = word.first()?.wrapping_sub(b'a');
    let &(start, end) = RESERVED_BY_LETTER.get(letter as usize)?;
    (start..end)
        .map(usize::from)
        .find(|&number| RESERVED_WORDS[number].as_bytes() == word)
        .map(|number| RESERVED_KINDS[number])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reserved_word_is_found_and_nothing_else() {
        assert!(RESERVED_WORDS.is_sorted());
        for (word, kind) in RESERVED_WORDS.iter().zip(RESERVED_KINDS) {
            assert_eq!(reserved_word(word.as_bytes()), Some(*kind));
            assert!(kind.is_reserved() && kind.is_word());
            assert_eq!(kind.text(), Some(*word));
        }
        for word in ["", "a", "ands", "where", "Self", "self", "std", "zebra", "_", "x", "ap"] {
            assert_eq!(reserved_word(word.as_bytes()), None, "{word}");
        }
    }

    #[test]
    fn the_list_is_that_of_the_language_reference() {
        let listed = "and app as at await body box break component config continue delete else enum false fn for \
                      from get if impl import in interface let match migration null or patch post put requires \
                      return service spawn test transaction true type var while without";
        assert!(listed.split_whitespace().eq(RESERVED_WORDS.iter().copied()));
    }
}
