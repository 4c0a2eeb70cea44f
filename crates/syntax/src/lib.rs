//! The syntax of FUSE: tokens, layout, an error-tolerant parser and the tree it yields.
//!
//! This crate turns one source text into one [`ast::Module`] and diagnostics. It knows the language reference's
//! chapters 1 and 2 and nothing else: no files, no other modules, no meaning of names.
//!
//! Three entry points: [`parse`] for the tree; [`parse_type`] for the types inside route paths; [`lex`] for whoever works
//! on the text itself (the formatter, `fuse dump tokens`): [`Lexed::tokens`] in source order, whose spans cover everything
//! but blanks, line ends and comments, and [`Lexed::comments`], each with the index of the token after it. [`dump()`] and
//! [`dump_tokens`] are the stable text forms.
//!
//! Invariants:
//! - [`parse`] never fails and never panics; whatever is wrong is in the diagnostics, and in the tree as `Error` nodes.
//! - Spans lie within the source, on character boundaries.
//! - The height of every tree is bounded by [`MAX_HEIGHT`], so recursion over it (dropping it included) is safe on a
//!   stack of [`STACK`] bytes.
//! - Brackets in the token stream are balanced: the lexer repairs what is not, after reporting it.
//! - Lexing and parsing take time linear in the length of the source.
#![forbid(unsafe_code)]

pub mod ast;
mod dump;
mod interner;
mod lexer;
mod parser;
mod token;
mod words;

pub use dump::{dump, dump_tokens, dump_type};
pub use interner::{Interner, Symbol};
pub use lexer::{Comment, Lexed, lex};
pub use parser::{Parsed, parse, parse_type};
pub use token::{RESERVED_WORDS, Token, TokenKind, is_reserved};
pub use words::sym;

/// How deep expressions, types, patterns and blocks may nest, all counted together.
pub const MAX_NESTING: u32 = 256;
/// The greatest height of an expression together with the levels around it: each operator and each link of a chain counts.
pub const MAX_HEIGHT: u32 = 3_000;
/// A stack on which every walk over a tree of the greatest height is safe, in unoptimised builds too. Only what is used of
/// it costs memory.
pub const STACK: usize = 512 << 20;
