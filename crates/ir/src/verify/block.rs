//! Terminators and edges.

use super::{At, Checker, Stage};
use crate::Type;
use crate::function::Block;
use crate::inst::{BlockCall, Terminator};
use rustc_hash::FxHashSet;

impl Checker<'_> {
    pub(super) fn block(&mut self, block: Block) {
        let function = self.function;
        let data = function.block(block);
        for index in 0..data.insts.len() {
            self.at = At::Inst(block, index);
            self.inst(&data.insts[index]);
        }
        self.at = At::Term(block);
        match &data.term {
            Terminator::Jump(_) | Terminator::Unreachable => {}
            Terminator::Branch(value, ..) => self.operand(*value, Type::I8),
            Terminator::Switch(value, cases, _) => {
                if !matches!(self.ty(*value), Type::I64 | Type::I8) {
                    self.complain(format!("{value} must be i64 or i8"));
                }
                let mut seen = FxHashSet::default();
                for (case, _) in cases {
                    if !seen.insert(*case) {
                        self.complain(format!("two cases for {case}"));
                    }
                }
            }
            Terminator::Return(values) => {
                let expected = &function.signature.results;
                if values.len() != expected.len() {
                    self.complain(format!("returns {} values instead of {}", values.len(), expected.len()));
                }
                for (value, ty) in values.iter().zip(expected) {
                    self.operand(*value, *ty);
                }
            }
            Terminator::Fail(_, position) => {
                self.position(*position);
                if self.stage == Stage::Counted && !function.signature.fails {
                    self.complain("fails, but the signature does not say so");
                }
            }
        }
        for edge in data.term.edges() {
            self.edge(edge);
        }
        self.at = At::Function;
    }

    fn edge(&mut self, edge: &BlockCall) {
        if edge.block == self.function.entry() {
            self.complain("the entry block cannot be jumped to");
            return;
        }
        let params = &self.function.block(edge.block).params;
        if params.len() != edge.args.len() {
            self.complain(format!(
                "{} takes {} arguments, not {}",
                edge.block,
                params.len(),
                edge.args.len()
            ));
        }
        for (arg, param) in edge.args.iter().zip(params) {
            let ty = self.ty(*param);
            self.operand(*arg, ty);
        }
    }
}
