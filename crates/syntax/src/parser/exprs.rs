//! Expressions: operators by precedence, prefix operators, chains and primaries.

use fuse_diagnostics::{Diagnostic, Span, codes};

use super::Parser;
use crate::MAX_HEIGHT;
use crate::ast::{
    BinaryExpr, BinaryOp, Expr, ExprKind, IndexExpr, MapEntry, MemberExpr, PropagateExpr, UnaryExpr, UnaryOp,
};
use crate::sym;
use crate::token::TokenKind::{self, *};

/// The largest integer literal: one more than the largest Int, allowed after a minus only.
const LARGEST_AFTER_MINUS: u64 = 1 << 63;

impl Parser<'_> {
    // ---- building ----

    /// An expression over subtrees of the given height.
    pub(super) fn make(&mut self, kind: ExprKind, span: Span, below: u16) -> Expr {
        let height = below + 1;
        if self.depth + u32::from(height) > MAX_HEIGHT {
            let at = self.previous().map_or(span, |token| self.span_of(token));
            self.chain_too_long(at);
            return Expr { kind: ExprKind::Error, span, parens: false, height: 0 };
        }
        Expr { kind, span, parens: false, height }
    }

    fn leaf(&self, kind: ExprKind, span: Span) -> Expr {
        Expr { kind, span, parens: false, height: 0 }
    }

    pub(super) fn error_expr(&self, start: u32) -> Expr {
        self.leaf(ExprKind::Error, self.span_from(start))
    }

    // ---- operators ----

    pub(super) fn expr(&mut self) -> Expr {
        self.operators(1)
    }

    /// Operands joined by operators of at least this level.
    fn operators(&mut self, level: u8) -> Expr {
        let mut left = self.unary();
        while let Some((op, op_level)) = operator(self.kind())
            && op_level >= level
            && !self.panicking
            // `or=` and `and=` name the next argument of a tag.
            && !self.named_argument_ahead()
        {
            let op_span = self.take_span();
            let right = self.operators(op_level + 1);
            let span = left.span.to(right.span);
            let height = left.height.max(right.height);
            left = self.make(ExprKind::Binary(bx(BinaryExpr { op, op_span, left, right })), span, height);
        }
        left
    }

    fn unary(&mut self) -> Expr {
        match self.kind() {
            Minus | Bang | Box => self.prefix(),
            Await => self.await_expr(),
            _ => {
                let primary = self.primary();
                self.suffixes(primary, true)
            }
        }
    }

    fn prefix(&mut self) -> Expr {
        let start = self.start();
        if !self.enter() {
            return self.error_expr(start);
        }
        let op = self.bump().kind;
        if op == Minus {
            self.minus = self.pos - 1;
        }
        let operand = self.unary();
        self.leave();
        let (span, height) = (self.span_from(start), operand.height);
        let kind = match op {
            Minus => ExprKind::Unary(bx(UnaryExpr { op: UnaryOp::Neg, operand })),
            Bang => ExprKind::Unary(bx(UnaryExpr { op: UnaryOp::Not, operand })),
            _ => ExprKind::Box(bx(operand)),
        };
        self.make(kind, span, height)
    }

    /// `await chain`, and the `?!` that apply to the awaited value.
    fn await_expr(&mut self) -> Expr {
        let start = self.start();
        self.bump();
        let task = self.chain();
        let (span, height) = (self.span_from(start), task.height);
        let mut value = self.make(ExprKind::Await(bx(task)), span, height);
        while self.at(QuestionBang) && !self.panicking {
            value = self.propagate(value);
        }
        value
    }

    /// A primary with suffixes, but without `?!`.
    fn chain(&mut self) -> Expr {
        let primary = self.primary();
        self.suffixes(primary, false)
    }

    fn suffixes(&mut self, mut base: Expr, with_propagation: bool) -> Expr {
        while !self.panicking {
            let next = match self.kind() {
                ParenOpen => Suffix::Call { type_args_end: None },
                Lt => match self.type_arguments_end() {
                    None => break,
                    end => Suffix::Call { type_args_end: end },
                },
                Dot => Suffix::Member { optional: false },
                BracketOpen => Suffix::Index { optional: false },
                Question if self.nth(1) == Dot => Suffix::Member { optional: true },
                Question if self.nth(1) == BracketOpen => Suffix::Index { optional: true },
                QuestionBang if with_propagation => Suffix::Propagation,
                _ => break,
            };
            self.reject_large_base(&mut base);
            base = match next {
                Suffix::Call { type_args_end } => self.call(base, type_args_end),
                Suffix::Member { optional } => self.member(base, optional),
                Suffix::Index { optional } => self.index(base, optional),
                Suffix::Propagation => self.propagate(base),
            };
        }
        base
    }

    /// 9223372036854775808 may only be the operand of a minus, not the base of a suffix that binds tighter.
    fn reject_large_base(&mut self, base: &mut Expr) {
        if matches!(base.kind, ExprKind::Int(value) if value == LARGEST_AFTER_MINUS) {
            self.integer_too_large(base.span);
            base.kind = ExprKind::Error;
        }
    }

    fn member(&mut self, base: Expr, optional: bool) -> Expr {
        if optional {
            self.bump();
        }
        self.bump();
        let name = self.word("the name of a member");
        let (span, height) = (base.span.to(self.span_from(base.span.start)), base.height);
        self.make(ExprKind::Member(bx(MemberExpr { base, optional, name })), span, height)
    }

    fn index(&mut self, base: Expr, optional: bool) -> Expr {
        let start = base.span.start;
        if !self.enter() {
            return self.error_expr(start);
        }
        if optional {
            self.bump();
        }
        let repaired = self.open_bracket();
        let index = self.expr();
        self.close_bracket(BracketClose, repaired);
        self.leave();
        if repaired {
            return self.error_expr(start);
        }
        let (span, height) = (self.span_from(start), base.height.max(index.height));
        self.make(ExprKind::Index(bx(IndexExpr { base, optional, index })), span, height)
    }

    fn propagate(&mut self, value: Expr) -> Expr {
        let op_span = self.take_span();
        let error = if starts_primary(self.kind()) { Some(self.chain()) } else { None };
        let span = value.span.to(self.span_from(value.span.start));
        let height = value.height.max(error.as_ref().map_or(0, |error| error.height));
        self.make(ExprKind::Propagate(bx(PropagateExpr { value, op_span, error })), span, height)
    }

    // ---- primaries ----

    fn primary(&mut self) -> Expr {
        let token = self.token();
        let span = self.span_of(token);
        let kind = match token.kind {
            Int => return self.integer(),
            Float => ExprKind::Float(self.float_value()),
            True => ExprKind::Bool(true),
            False => ExprKind::Bool(false),
            Null => ExprKind::Null,
            Body => ExprKind::Name(sym::BODY),
            Ident => return self.name(),
            Str if token.repaired => {
                self.errors += 1;
                ExprKind::Error
            }
            Str => ExprKind::Str(self.string_value(token)),
            StrStart => return self.interpolated_string(),
            ParenOpen => return self.parenthesized(),
            BracketOpen => return self.list(),
            BraceOpen => return self.map(),
            // Something the lexer has reported stands in for an operand.
            TokenKind::Error if token.end > token.start => {
                self.errors += 1;
                ExprKind::Error
            }
            kind if kind.is_reserved() && self.is_meant_as_name() => {
                self.reserved_word();
                ExprKind::Error
            }
            _ => {
                self.unexpected("an expression");
                return self.error_expr(token.start);
            }
        };
        self.bump();
        self.leaf(kind, span)
    }

    fn name(&mut self) -> Expr {
        let ident = self.take_ident();
        self.leaf(ExprKind::Name(ident.name), ident.span)
    }

    /// Whether the current reserved word stands where an operand is expected and looks like the name of one.
    fn is_meant_as_name(&self) -> bool {
        let operator_word = matches!(
            self.kind(),
            And | Or | In | Else | If | Match | For | While | Await | Spawn | Return | Let | Var | Fn
        );
        let next = self.nth(1);
        !operator_word
            && (operator(next).is_some()
                || matches!(
                    next,
                    Dot | Comma
                        | Eq
                        | ParenOpen
                        | ParenClose
                        | BracketOpen
                        | BracketClose
                        | BraceClose
                        | InterpolationEnd
                        | Newline
                        | Question
                        | QuestionBang
                ))
    }

    fn integer(&mut self) -> Expr {
        let after_minus = self.minus == self.pos.wrapping_sub(1);
        let token = self.bump();
        let span = self.span_of(token);
        let kind = match self.integer_value(self.text(token), span, after_minus) {
            Some(value) => ExprKind::Int(value),
            None => ExprKind::Error,
        };
        self.leaf(kind, span)
    }

    /// The value of an integer literal; reports one that is too large.
    pub(super) fn integer_value(&mut self, digits: &str, span: Span, after_minus: bool) -> Option<u64> {
        let largest = if after_minus { LARGEST_AFTER_MINUS } else { i64::MAX as u64 };
        // Leading zeros change nothing, however many there are; `parse` copes with them.
        let value = digits.parse::<u64>().ok().filter(|&value| value <= largest);
        if value.is_none() {
            self.integer_too_large(span);
        }
        value
    }

    fn integer_too_large(&mut self, span: Span) {
        let message = format!("an integer is too large: the largest Int is {}", i64::MAX);
        self.report(Diagnostic::error(codes::INTEGER_TOO_LARGE, self.file, span, message));
    }

    /// The value of the current token, a float. Digits and one point always parse; very many yield infinity or a
    /// rounded value like any other.
    pub(super) fn float_value(&self) -> f64 {
        self.text(self.token()).parse().unwrap_or(0.0)
    }

    fn parenthesized(&mut self) -> Expr {
        let start = self.start();
        if !self.enter() {
            return self.error_expr(start);
        }
        let repaired = self.open_bracket();
        let mut inner = self.expr();
        self.close_bracket(ParenClose, repaired);
        self.leave();
        if repaired {
            return self.error_expr(start);
        }
        inner.span = self.span_from(start);
        inner.parens = true;
        inner
    }

    fn list(&mut self) -> Expr {
        let start = self.start();
        if !self.enter() {
            return self.error_expr(start);
        }
        let repaired = self.open_bracket();
        let elements = self.elements(BracketClose, Self::expr);
        self.close_bracket(BracketClose, repaired);
        self.leave();
        if repaired {
            return self.error_expr(start);
        }
        let height = elements.iter().map(|element| element.height).max().unwrap_or(0);
        let span = self.span_from(start);
        self.make(ExprKind::List(elements), span, height)
    }

    fn map(&mut self) -> Expr {
        let start = self.start();
        if !self.enter() {
            return self.error_expr(start);
        }
        let repaired = self.open_bracket();
        let entries = self.elements(BraceClose, |parser| {
            let key = parser.expr();
            let value = if parser.panicking || parser.expect(Colon).is_none() {
                parser.error_expr(parser.last_end)
            } else {
                parser.expr()
            };
            MapEntry { key, value }
        });
        self.close_bracket(BraceClose, repaired);
        self.leave();
        if repaired {
            return self.error_expr(start);
        }
        let height = entries.iter().map(|entry| entry.key.height.max(entry.value.height)).max().unwrap_or(0);
        let span = self.span_from(start);
        self.make(ExprKind::Map(entries), span, height)
    }
}

enum Suffix {
    Call { type_args_end: Option<usize> },
    Member { optional: bool },
    Index { optional: bool },
    Propagation,
}

/// Whether a token can begin a primary.
pub(super) fn starts_primary(kind: TokenKind) -> bool {
    matches!(
        kind,
        Int | Float
            | Str
            | StrStart
            | True
            | False
            | Null
            | Ident
            | Body
            | ParenOpen
            | BracketOpen
            | BraceOpen
            | TokenKind::Error
    )
}

/// The binary operator of a token, and its level: larger binds tighter.
fn operator(kind: TokenKind) -> Option<(BinaryOp, u8)> {
    Some(match kind {
        QuestionQuestion => (BinaryOp::Coalesce, 1),
        Or => (BinaryOp::Or, 2),
        And => (BinaryOp::And, 3),
        EqEq => (BinaryOp::Eq, 4),
        NotEq => (BinaryOp::Ne, 4),
        Lt => (BinaryOp::Lt, 5),
        Le => (BinaryOp::Le, 5),
        Gt => (BinaryOp::Gt, 5),
        Ge => (BinaryOp::Ge, 5),
        DotDot => (BinaryOp::Range, 6),
        Plus => (BinaryOp::Add, 7),
        Minus => (BinaryOp::Sub, 7),
        Star => (BinaryOp::Mul, 8),
        Slash => (BinaryOp::Div, 8),
        Percent => (BinaryOp::Rem, 8),
        _ => return None,
    })
}

/// `Box` is a token kind here.
fn bx<T>(value: T) -> std::boxed::Box<T> {
    std::boxed::Box::new(value)
}
