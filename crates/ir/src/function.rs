//! Functions: values, blocks, instructions.

use crate::Type;
use crate::inst::{Inst, Terminator};
use crate::program::Signature;

/// A value of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Value(pub u32);

/// A basic block of a function. Block 0 is the entry; its parameters are the function's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Block(pub u32);

/// What is known of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueData {
    /// Its type.
    pub ty: Type,
}

/// An instruction with its results.
#[derive(Clone, Debug, PartialEq)]
pub struct InstData {
    /// Values it defines.
    pub results: Vec<Value>,
    /// What it does.
    pub inst: Inst,
    /// After RC insertion: objects to release if this instruction fails. Arguments that it owns are not among them.
    pub cleanup: Vec<Value>,
}

/// A basic block.
#[derive(Clone, Debug, PartialEq)]
pub struct BlockData {
    /// Parameters, given by the jumps to this block.
    pub params: Vec<Value>,
    /// Instructions in order.
    pub insts: Vec<InstData>,
    /// The end.
    pub term: Terminator,
}

/// A function.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Function {
    /// Unique name, readable: `main.total`, `shop/cart.add`; synthesised ones have a `$` in them. It is the symbol in debug builds.
    pub name: String,
    /// Parameters and results.
    pub signature: Signature,
    /// All values.
    pub values: Vec<ValueData>,
    /// All blocks.
    pub blocks: Vec<BlockData>,
    /// On a cycle of calls, so it compares the stack pointer with the limit on entry. Set by the effects pass, like `signature.fails`.
    pub recursive: bool,
}

impl Function {
    /// An empty function with an entry block that has the signature's parameters and no end yet.
    pub fn new(name: impl Into<String>, signature: Signature) -> Function {
        let mut function = Function {
            name: name.into(),
            signature,
            values: Vec::new(),
            blocks: Vec::new(),
            recursive: false,
        };
        let types = function.signature.params.iter().map(|p| p.ty).collect::<Vec<_>>();
        let entry = function.add_block();
        for ty in types {
            function.add_param(entry, ty);
        }
        function
    }

    /// The entry block.
    pub fn entry(&self) -> Block {
        Block(0)
    }

    /// Adds a value that some instruction or block is going to define.
    pub fn add_value(&mut self, ty: Type) -> Value {
        self.values.push(ValueData { ty });
        Value(self.values.len() as u32 - 1)
    }

    /// Adds an empty block whose end is [`Terminator::Unreachable`].
    pub fn add_block(&mut self) -> Block {
        self.blocks.push(BlockData { params: Vec::new(), insts: Vec::new(), term: Terminator::Unreachable });
        Block(self.blocks.len() as u32 - 1)
    }

    /// Adds a parameter to a block.
    pub fn add_param(&mut self, block: Block, ty: Type) -> Value {
        let value = self.add_value(ty);
        self.blocks[block.0 as usize].params.push(value);
        value
    }

    /// The block's data.
    pub fn block(&self, block: Block) -> &BlockData {
        &self.blocks[block.0 as usize]
    }

    /// The block's data, to be changed.
    pub fn block_mut(&mut self, block: Block) -> &mut BlockData {
        &mut self.blocks[block.0 as usize]
    }

    /// The value's type.
    pub fn ty(&self, value: Value) -> Type {
        self.values[value.0 as usize].ty
    }

    /// All blocks in order.
    pub fn block_ids(&self) -> impl Iterator<Item = Block> + use<> {
        (0..self.blocks.len() as u32).map(Block)
    }
}
