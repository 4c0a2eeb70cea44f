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

            /// The kind of a reserved word.
            pub fn of_word(word: &str) -> Option<TokenKind> {
                match word {
                    $( $word_text => Some(TokenKind::$word), )*
                    _ => None,
                }
            }

            /// Whether it is a reserved word.
            pub fn is_reserved(self) -> bool {
                matches!(self, $( TokenKind::$word )|*)
            }
        }

        /// Every reserved word.
        pub const RESERVED_WORDS: &[&str] = &[ $( $word_text ),* ];
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
