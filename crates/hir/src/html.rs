//! Markup: tags, component calls and what stands in them (language reference 8).

use crate::body::{Expr, Pat};
use crate::program::FnId;

/// A call of a tag.
#[derive(Clone, Debug)]
pub struct Element {
    /// Its name.
    pub tag: &'static str,
    /// Evaluated before the children.
    pub attributes: Attributes,
    /// In order; none for a void tag.
    pub children: Vec<Child>,
}

/// The attributes of a tag. Those that are named win over those of the map.
#[derive(Clone, Debug)]
pub struct Attributes {
    /// A `Map<String, String>`, evaluated first.
    pub map: Option<Expr>,
    /// In source order; each name once, `_` already turned into `-`. The values are Strings.
    pub named: Vec<(Box<str>, Expr)>,
}

/// What stands in a tag, or is passed to a component as its children.
#[derive(Clone, Debug)]
pub enum Child {
    /// By its type: Html; text; a list, nested to any depth, of these, whose elements count one by one; or dynamic: then it is a
    /// text or such a list, or a failure.
    Value(Expr),
    /// Conditions in order with the children they choose, and those of `else`.
    If(Vec<(Expr, Vec<Child>)>, Vec<Child>),
    /// As [`crate::StmtKind::For`].
    For {
        /// Binds each element; irrefutable.
        pattern: Pat,
        /// What it runs over.
        iter: Expr,
        /// The children of each round.
        children: Vec<Child>,
    },
}

/// A call of a component. Parameters without an argument take their defaults afterwards; that of the attributes is `{}`, that of the
/// children `[]`.
#[derive(Clone, Debug)]
pub struct ComponentCall {
    /// The component. Its last two parameters are the attributes and the children.
    pub function: FnId,
    /// In source order.
    pub args: Vec<(ComponentArg, Expr)>,
    /// The children, if there are some, evaluated last; the failures of dynamic ones name the component.
    pub children: Vec<Child>,
}

/// What an argument of a component is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ComponentArg {
    /// A parameter by number; not that of the children.
    Parameter(u32),
    /// An attribute, which wins over one of the same name in the parameter for attributes.
    Attribute(Box<str>),
}

impl Child {
    /// The expressions in it, those of children below it included, and the patterns.
    pub fn each_mut(&mut self, expr: &mut dyn FnMut(&mut Expr), pattern: &mut dyn FnMut(&mut Pat)) {
        match self {
            Child::Value(value) => expr(value),
            Child::If(branches, otherwise) => {
                for (condition, children) in branches {
                    expr(condition);
                    children.iter_mut().for_each(|child| child.each_mut(expr, pattern));
                }
                otherwise.iter_mut().for_each(|child| child.each_mut(expr, pattern));
            }
            Child::For { pattern: bound, iter, children } => {
                pattern(bound);
                expr(iter);
                children.iter_mut().for_each(|child| child.each_mut(expr, pattern));
            }
        }
    }
}
