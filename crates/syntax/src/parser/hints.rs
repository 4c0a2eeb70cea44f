//! What messages say about a token that does not fit, and what to do about frequent mistakes.

use super::Parser;
use crate::token::Token;
use crate::token::TokenKind::*;

/// Longer texts are cut in messages.
const LONGEST_QUOTE: usize = 40;

impl Parser<'_> {
    /// How a message calls a token.
    pub(super) fn describe(&self, token: Token) -> String {
        match token.kind {
            Ident | Int | Float => {
                let text = self.text(token);
                match text.get(..LONGEST_QUOTE) {
                    Some(start) if text.len() > LONGEST_QUOTE => format!("`{start}…`"),
                    _ => format!("`{text}`"),
                }
            }
            kind if kind.is_reserved() => format!("the reserved word {}", kind.describe()),
            kind => kind.describe().to_owned(),
        }
    }

    /// Advice for the current token, which does not fit.
    pub(super) fn hint_for_unexpected(&self, expected: &str) -> Option<&'static str> {
        let found = self.token();
        let previous = self.previous()?;
        let adjacent = previous.end == found.start;
        Some(match (previous.kind, found.kind) {
            (_, FatArrow) => "an arm is written with `->`, or with `:` and a block",
            (Plus | Minus | Star | Slash | Percent | QuestionQuestion, Eq) if adjacent => {
                "there is no such operator; write `name = name + value`"
            }
            (Plus, Plus) if adjacent => "there is no `++`; write `name = name + 1`",
            (Slash, Slash | Star) if adjacent => "comments start with `#`",
            (Int | Float, Ident) if adjacent => {
                "a number consists of digits, with one `.` between digits for a Float; it has no separators, \
                 exponents, prefixes or suffixes"
            }
            (Int, Dot) if adjacent => "a Float is written with digits on both sides of the `.`",
            (_, Dot) if self.nth(1) == Int => "a Float is written with digits on both sides of the `.`",
            (_, Else) => "`else` stands on a line of its own, in the column of its `if`",
            (_, If | Match) if expected == "an expression" => {
                "`if` and `match` are statements; as the last statement of a body they yield its result"
            }
            (_, Fn) if expected == "an expression" => {
                "functions are declared at top level; a function's name can be passed as a value"
            }
            (_, Spawn) => "`spawn:` stands alone: after `=`, after `return`, or as a statement of its own",
            (_, Await) if expected == "an expression" => {
                "put the `await` in parentheses, or bind its value first"
            }
            (_, Eq) if expected == "`:`" || expected == "the end of the type" => "`==` compares",
            (_, Eq) if expected.starts_with("`,`") => {
                "`==` compares; only a name may stand before `=` in a call"
            }
            (_, BraceOpen) if expected == "`:`" => "a block is opened by `:` and indented; it has no braces",
            (_, Question) => "there is no `? :` operator; use `if`, or `??` for a missing value",
            (_, Colon) if expected == "`,` or `)`" => "an argument is named with `=`",
            (_, DotDot) if expected.contains("`->`") => {
                "there are no range patterns; match the value with `if`"
            }
            (_, Newline) if expected == "`:`" => "a block is opened by `:`",
            (Ident, _) if expected == "the end of the line" => match self.text(previous) {
                "elif" | "elsif" | "elseif" => "write `else if`",
                "def" | "func" | "function" => "a function is declared with `fn`, at top level",
                "const" | "val" => "a binding is introduced by `let`, or by `var` if it changes",
                "not" => "the logical not is written `!`",
                "switch" | "case" | "when" => "a choice by value is written with `match`",
                _ => return None,
            },
            _ => return None,
        })
    }
}
