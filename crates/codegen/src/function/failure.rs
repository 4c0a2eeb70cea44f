//! Failures: cold blocks that describe a failure in the context, release what is live and return a status.
//!
//! Blocks are shared. A failing site jumps with its position to the block of its failure kind and cleanup list; that block stores both
//! and goes on to the cleanup, which is a chain: each list releases its last object and goes on with the list without it, so lists
//! that begin alike share code. Lists follow the order in which objects were made, or the opposite one where the list before ended alike.

use super::Translator;
use super::emitter::Region;
use crate::convention::STATUS;
use crate::error::CodegenError;
use crate::glue::Outlined;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{self, InstBuilder, types};
use fuse_abi::failure::Failure;
use fuse_abi::layout::{CONTEXT_FAILURE, CONTEXT_POSITION, STATUS_FAILURE};
use fuse_ir::{PositionId, Type, Value};
use std::collections::{HashMap, VecDeque};

/// A shared cold block.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Cold {
    /// Parameter: position (I32). Describes the failure.
    Fail(Failure, Vec<Value>),
    /// Parameters: status, position. Adds the position if the failure has none yet.
    Locate(Vec<Value>),
    /// Parameter: status. Releases the objects and returns.
    Cleanup(Vec<Value>),
}

/// So many failing places share blocks; the next ones get blocks of their own. In very large functions, blocks reached from everywhere would take
/// the register allocator time that grows with the square of the function's size.
const SHARING: usize = 128;

/// The cold blocks of a function.
#[derive(Debug, Default)]
pub(super) struct ColdBlocks {
    known: HashMap<Cold, ir::Block>,
    /// Places that share the blocks in `known`.
    sharing: usize,
    /// The objects that the place before releases, in the order in which they were made.
    before: Vec<Value>,
    pending: VecDeque<(Cold, ir::Block)>,
}

impl Translator<'_, '_> {
    /// The block for one more place that fails.
    pub(super) fn failing(&mut self, key: Cold) -> ir::Block {
        self.cold.sharing += 1;
        if self.cold.sharing > SHARING {
            self.cold.known.clear();
            self.cold.sharing = 1;
        }
        self.cold(key)
    }

    /// The block for `key`; what is in it is written last, when all values are known.
    fn cold(&mut self, key: Cold) -> ir::Block {
        if let Some(&known) = self.cold.known.get(&key) {
            return known;
        }
        let block = self.emitter.cold_block();
        let params: &[ir::Type] = match key {
            Cold::Fail(..) => &[types::I32],
            Cold::Locate(_) => &[STATUS, types::I32],
            Cold::Cleanup(_) => &[STATUS],
        };
        for &param in params {
            self.emitter.b.append_block_param(block, param);
        }
        self.cold.known.insert(key.clone(), block);
        self.cold.pending.push_back((key, block));
        block
    }

    /// Fails if the condition (I8) is not 0.
    pub(super) fn fail_if(
        &mut self,
        condition: ir::Value,
        failure: Failure,
        position: PositionId,
        cleanup: &[Value],
    ) {
        let number = self.locate(position);
        let cleanup = self.ordered(cleanup);
        let target = self.failing(Cold::Fail(failure, cleanup));
        self.leave_through_site(condition, target, None, number);
    }

    /// Leaves if the status of a call is not 0. With a position, the failure gets it if it has none.
    pub(super) fn propagate(&mut self, status: ir::Value, position: Option<PositionId>, cleanup: &[Value]) {
        self.propagate_if(status, status, position, cleanup);
    }

    /// As [`Translator::propagate`], if the condition is not 0.
    pub(super) fn propagate_if(
        &mut self,
        condition: ir::Value,
        status: ir::Value,
        position: Option<PositionId>,
        cleanup: &[Value],
    ) {
        let narrow = match self.emitter.b.func.dfg.value_type(status) {
            STATUS => status,
            _ => self.emitter.b.ins().ireduce(STATUS, status),
        };
        let cleanup = self.ordered(cleanup);
        match position.map(|position| self.emitter.unit.position(position)) {
            Some(number) if number != 0 => {
                let target = self.failing(Cold::Locate(cleanup));
                self.leave_through_site(condition, target, Some(narrow), number);
            }
            _ => {
                let block = self.failing(Cold::Cleanup(cleanup));
                self.emitter.leave_if(condition, block, &[narrow]);
            }
        }
    }

    /// Leaves if the condition is not 0, through a cold block of this place, which passes its position on. (As an argument of the branch,
    /// the number would be loaded before it, each time.)
    fn leave_through_site(
        &mut self,
        condition: ir::Value,
        target: ir::Block,
        status: Option<ir::Value>,
        number: u32,
    ) {
        let (site, next) = (self.emitter.cold_block(), self.emitter.b.create_block());
        let b = &mut self.emitter.b;
        b.ins().brif(condition, site, &[], next, &[]);
        b.switch_to_block(site);
        let number = b.ins().iconst(types::I32, i64::from(number));
        let args = status.into_iter().chain([number]).collect::<Vec<_>>();
        self.emitter.jump(target, &args);
        self.emitter.b.switch_to_block(next);
    }

    /// Writes all cold blocks.
    pub(super) fn finish_cold_blocks(&mut self) -> Result<(), CodegenError> {
        if !self.cold.pending.is_empty() && !self.source.signature.fails {
            return Err(CodegenError::general("a function that cannot fail has a failing instruction"));
        }
        while let Some((key, block)) = self.cold.pending.pop_front() {
            self.emitter.b.switch_to_block(block);
            let params = self.emitter.b.block_params(block).to_vec();
            match (key, params.as_slice()) {
                (Cold::Fail(failure, cleanup), &[position]) => self.describe(failure, position, cleanup),
                (Cold::Locate(cleanup), &[status, position]) => self.add_position(status, position, cleanup),
                (Cold::Cleanup(cleanup), &[status]) => self.clean_up(status, cleanup)?,
                _ => return Err(CodegenError::general("a cold block has wrong parameters")),
            }
        }
        Ok(())
    }

    fn describe(&mut self, failure: Failure, position: ir::Value, cleanup: Vec<Value>) {
        let flags = self.emitter.flags(Region::Context);
        let context = self.emitter.context();
        let kind = self.emitter.b.ins().iconst(types::I32, i64::from(failure as u32));
        self.emitter.b.ins().store(flags, kind, context, CONTEXT_FAILURE);
        self.emitter.b.ins().store(flags, position, context, CONTEXT_POSITION);
        let status = self.emitter.b.ins().iconst(STATUS, i64::from(STATUS_FAILURE));
        let next = self.cold(Cold::Cleanup(cleanup));
        self.emitter.jump(next, &[status]);
    }

    fn add_position(&mut self, status: ir::Value, position: ir::Value, cleanup: Vec<Value>) {
        let flags = self.emitter.flags(Region::Context);
        let context = self.emitter.context();
        let known = self.emitter.b.ins().load(types::I32, flags, context, CONTEXT_POSITION);
        let open = self.emitter.b.ins().icmp_imm_u(IntCC::Equal, known, 0);
        let position = self.emitter.b.ins().select(open, position, known);
        self.emitter.b.ins().store(flags, position, context, CONTEXT_POSITION);
        let next = self.cold(Cold::Cleanup(cleanup));
        self.emitter.jump(next, &[status]);
    }

    fn clean_up(&mut self, status: ir::Value, mut cleanup: Vec<Value>) -> Result<(), CodegenError> {
        if let Some(last) = cleanup.pop() {
            let object = self.value(last)?;
            self.emitter.call_outlined(Outlined::Release, object)?;
            let next = self.cold(Cold::Cleanup(cleanup));
            self.emitter.jump(next, &[status]);
            return Ok(());
        }
        let mut results = Vec::new();
        if self.out.is_none() {
            for &ty in &self.source.signature.results {
                let ins = self.emitter.b.ins();
                results.push(match ty {
                    Type::F64 => ins.f64const(0.0),
                    Type::I8 => ins.iconst(types::I8, 0),
                    Type::I64 | Type::Ref | Type::Opt | Type::Ptr => ins.iconst(types::I64, 0),
                });
            }
        }
        results.push(status);
        self.emitter.b.ins().return_(&results);
        Ok(())
    }

    /// A cleanup list in an order in which it shares much with the one before: as objects are made, sets grow at their end; as they are used for the
    /// last time, sets often shrink from their beginning.
    fn ordered(&mut self, cleanup: &[Value]) -> Vec<Value> {
        let mut list = cleanup.to_vec();
        list.sort_unstable();
        let before = std::mem::replace(&mut self.cold.before, list.clone());
        let alike =
            |pairs: &mut dyn Iterator<Item = (&Value, &Value)>| pairs.take_while(|(a, b)| a == b).count();
        let beginning = alike(&mut list.iter().zip(&before));
        let end = alike(&mut list.iter().rev().zip(before.iter().rev()));
        if end > beginning {
            list.reverse();
        }
        list
    }
}
