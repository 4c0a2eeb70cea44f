//! Access to the operands of instructions and the edges of terminators.

use crate::function::Value;
use crate::inst::{BlockCall, Inst, Terminator};

/// Shared and exclusive visitors come from one list of operands, so that they cannot disagree.
macro_rules! visit_operands {
    ($inst:expr, $visit:expr $(, $mutable:tt)?) => {
        match $inst {
            Inst::Int(_)
            | Inst::Float(_)
            | Inst::Byte(_)
            | Inst::Null(_)
            | Inst::Static(_)
            | Inst::FunctionAddress(_) => {}
            Inst::Unary(_, a)
            | Inst::Check(a, _, _)
            | Inst::IsNull(a)
            | Inst::Unwrap(a)
            | Inst::Unique(a)
            | Inst::Len(a)
            | Inst::Retain(a)
            | Inst::Release(a) => $visit(a),
            Inst::Binary(_, a, b)
            | Inst::Checked(_, a, b, _)
            | Inst::IntCompare(_, a, b)
            | Inst::FloatCompare(_, a, b) => {
                $visit(a);
                $visit(b);
            }
            Inst::Select(a, b, c) => {
                $visit(a);
                $visit(b);
                $visit(c);
            }
            Inst::Node { fields, .. } => fields.into_iter().for_each(|(_, value)| $visit(value)),
            Inst::Load { base, .. } | Inst::Take { base, .. } | Inst::UniqueSlot { base, .. } => $visit(base),
            Inst::Put { base, value, .. } => {
                $visit(base);
                $visit(value);
            }
            Inst::ElementAddress { list, index, .. } => {
                $visit(list);
                $visit(index);
            }
            Inst::Spill { slots, .. } => slots.into_iter().for_each(|(_, value)| $visit(value)),
            Inst::Call(_, args, _) | Inst::Try(_, args, _) | Inst::CallRuntime { args, .. } => {
                args.into_iter().for_each($visit)
            }
            Inst::CallIndirect { callee, args, .. } => {
                $visit(callee);
                args.into_iter().for_each($visit);
            }
        }
    };
}

impl Inst {
    /// Calls `visit` with each operand, in order.
    pub fn operands(&self, mut visit: impl FnMut(Value)) {
        let mut visit = |value: &Value| visit(*value);
        visit_operands!(self, visit)
    }

    /// Calls `visit` with each operand, in order, to be changed.
    pub fn operands_mut(&mut self, mut visit: impl FnMut(&mut Value)) {
        visit_operands!(self, &mut visit)
    }
}

impl Terminator {
    /// The operand that decides where to go, or the results; not the arguments of edges.
    pub fn operands(&self, mut visit: impl FnMut(Value)) {
        match self {
            Terminator::Branch(value, ..) | Terminator::Switch(value, ..) => visit(*value),
            Terminator::Return(values) => values.iter().for_each(|value| visit(*value)),
            Terminator::Jump(_) | Terminator::Fail(..) | Terminator::Unreachable => {}
        }
    }

    /// As [`Terminator::operands`], to be changed.
    pub fn operands_mut(&mut self, visit: impl FnMut(&mut Value)) {
        match self {
            Terminator::Branch(value, ..) | Terminator::Switch(value, ..) => {
                Some(value).into_iter().for_each(visit)
            }
            Terminator::Return(values) => values.iter_mut().for_each(visit),
            Terminator::Jump(_) | Terminator::Fail(..) | Terminator::Unreachable => {}
        }
    }

    /// Number of edges.
    pub fn edge_count(&self) -> usize {
        match self {
            Terminator::Jump(_) => 1,
            Terminator::Branch(..) => 2,
            Terminator::Switch(_, cases, _) => cases.len() + 1,
            Terminator::Return(_) | Terminator::Fail(..) | Terminator::Unreachable => 0,
        }
    }

    /// The edge with this number: the taken one of a branch is 0, the default of a switch comes last.
    pub fn edge(&self, index: usize) -> Option<&BlockCall> {
        match self {
            Terminator::Jump(call) if index == 0 => Some(call),
            Terminator::Branch(_, then, otherwise) => match index {
                0 => Some(then),
                1 => Some(otherwise),
                _ => None,
            },
            Terminator::Switch(_, cases, default) => match cases.get(index) {
                Some((_, call)) => Some(call),
                None if index == cases.len() => Some(default),
                None => None,
            },
            _ => None,
        }
    }

    /// As [`Terminator::edge`], to be changed.
    pub fn edge_mut(&mut self, index: usize) -> Option<&mut BlockCall> {
        match self {
            Terminator::Jump(call) if index == 0 => Some(call),
            Terminator::Branch(_, then, otherwise) => match index {
                0 => Some(then),
                1 => Some(otherwise),
                _ => None,
            },
            Terminator::Switch(_, cases, default) => {
                let count = cases.len();
                match cases.get_mut(index) {
                    Some((_, call)) => Some(call),
                    None if index == count => Some(default),
                    None => None,
                }
            }
            _ => None,
        }
    }

    /// All edges, in the order of their numbers.
    pub fn edges(&self) -> impl Iterator<Item = &BlockCall> {
        (0..self.edge_count()).filter_map(|index| self.edge(index))
    }

    /// Calls `visit` with each edge, to be changed.
    pub fn edges_mut(&mut self, mut visit: impl FnMut(&mut BlockCall)) {
        for index in 0..self.edge_count() {
            if let Some(call) = self.edge_mut(index) {
                visit(call);
            }
        }
    }
}
