//! Scalar replacement: nodes that never leave the function become their fields, in registers.
//!
//! A node that is only read, changed and handed on to parameters of blocks is taken apart, together with all nodes that it meets there: they form a
//! class, and one member that goes elsewhere (into a call, another object, a result) keeps the whole class as it is.

use crate::Type;
use crate::cfg::Cfg;
use crate::compact::{identity, resolve};
use crate::function::{Block, Function, Value};
use crate::inst::Inst;
use crate::liveness::{Definitions, definitions};
use rustc_hash::{FxHashMap, FxHashSet};

/// Larger nodes stay: their fields would not find registers.
const MAX_FIELDS: usize = 8;
/// Functions with more blocks are left alone.
const MAX_BLOCKS: usize = 2000;

/// Takes nodes of a function apart; says whether there were any.
pub(crate) fn run(function: &mut Function) -> bool {
    let makes_node = |inst: &Inst| matches!(inst, Inst::Node { .. });
    if function.blocks.len() > MAX_BLOCKS
        || !function.blocks.iter().flat_map(|block| &block.insts).any(|data| makes_node(&data.inst))
    {
        return false;
    }
    let cfg = Cfg::of(function);
    let mut classes = Classes::of(function, &cfg);
    let shapes = classes.shapes();
    if shapes.is_empty() {
        return false;
    }
    let mut alias = identity(function.values.len());
    let mut rewrite = Rewrite { classes, shapes, fields: FxHashMap::default(), alias: &mut alias };
    rewrite.add_params(function, &cfg);
    for block in &cfg.order {
        rewrite.block(function, *block);
    }
    let taken_apart = rewrite.fields.into_keys().collect::<FxHashSet<_>>();
    function.remove_params(|param| taken_apart.contains(&param));
    function.replace_values(&mut alias);
    true
}

/// What the nodes of a class look like: type, and offset and type of each field.
#[derive(Clone, PartialEq)]
struct Shape {
    ty: u32,
    fields: Vec<(u32, Type)>,
}

/// Values that may be one node: a union-find structure.
struct Classes {
    parents: Vec<u32>,
    /// By root: members that keep the class from being taken apart.
    bad: Vec<bool>,
    shapes: Vec<Option<Shape>>,
}

impl Classes {
    fn of(function: &Function, cfg: &Cfg) -> Classes {
        let count = function.values.len();
        let mut classes = Classes {
            parents: (0..count as u32).collect(),
            bad: vec![true; count],
            shapes: vec![None; count],
        };
        let definitions = definitions(function);
        // Where a node can come from.
        for block in &cfg.order {
            let data = function.block(*block);
            if *block != function.entry() {
                let objects = data.params.iter().filter(|param| function.ty(**param) == Type::Ref);
                objects.for_each(|param| classes.bad[param.0 as usize] = false);
            }
            for data in &data.insts {
                match &data.inst {
                    Inst::Node { ty, fields, .. } if fields.len() <= MAX_FIELDS => {
                        let fields = fields.iter().map(|(offset, value)| (*offset, function.ty(*value)));
                        let shape = Shape { ty: *ty, fields: fields.collect() };
                        classes.bad[data.results[0].0 as usize] = false;
                        classes.shapes[data.results[0].0 as usize] = Some(shape);
                    }
                    Inst::Unique(_) => classes.bad[data.results[0].0 as usize] = false,
                    _ => {}
                }
            }
        }
        for block in &cfg.order {
            classes.uses(function, *block, &definitions);
        }
        classes
    }

    fn uses(&mut self, function: &Function, block: Block, definitions: &Definitions) {
        let data = function.block(block);
        for inst in &data.insts {
            match &inst.inst {
                Inst::Unique(value) => self.join(*value, inst.results[0]),
                Inst::Load { ty, base, offset } => self.expect(*base, *offset, *ty),
                Inst::Take { ty, base, offset } => {
                    self.expect(*base, *offset, *ty);
                    self.expect_here(*base, block, definitions);
                }
                Inst::Put { base, offset, value } => {
                    self.expect(*base, *offset, function.ty(*value));
                    self.expect_here(*base, block, definitions);
                    self.spoil(*value);
                }
                inst => inst.operands(|value| self.spoil(value)),
            }
        }
        data.term.operands(|value| self.spoil(value));
        for edge in data.term.edges() {
            let params = &function.block(edge.block).params;
            edge.args.iter().zip(params).for_each(|(arg, param)| {
                if function.ty(*param) == Type::Ref {
                    self.join(*arg, *param);
                } else {
                    self.spoil(*arg);
                }
            });
        }
    }

    fn root(&mut self, value: Value) -> u32 {
        let mut at = value.0;
        while self.parents[at as usize] != at {
            let up = self.parents[at as usize];
            self.parents[at as usize] = self.parents[up as usize];
            at = up;
        }
        at
    }

    fn join(&mut self, a: Value, b: Value) {
        let (a, b) = (self.root(a), self.root(b));
        if a == b {
            return;
        }
        self.parents[b as usize] = a;
        self.bad[a as usize] |= self.bad[b as usize];
        let other = self.shapes[b as usize].take();
        match (&mut self.shapes[a as usize], other) {
            (_, None) => {}
            (mine @ None, other) => *mine = other,
            (Some(mine), Some(other)) => match merge(mine, &other) {
                Some(shape) => *mine = shape,
                None => self.bad[a as usize] = true,
            },
        }
    }

    fn spoil(&mut self, value: Value) {
        let root = self.root(value);
        self.bad[root as usize] = true;
    }

    /// The field must be one that the shape has; whether it does is known at the end, so only remember what is asked for.
    fn expect(&mut self, base: Value, offset: u32, ty: Type) {
        let root = self.root(base) as usize;
        let asked = Shape { ty: u32::MAX, fields: vec![(offset, ty)] };
        match &mut self.shapes[root] {
            shape @ None => *shape = Some(asked),
            Some(shape) => match merge(shape, &asked) {
                Some(merged) => *shape = merged,
                None => self.bad[root] = true,
            },
        }
    }

    /// Changes happen in the block that makes the object, so that its fields are settled at the end of it.
    fn expect_here(&mut self, base: Value, block: Block, definitions: &Definitions) {
        if definitions[base.0 as usize].0 != block {
            self.spoil(base);
        }
    }

    /// The shapes of the classes to take apart, by root.
    fn shapes(&mut self) -> FxHashMap<u32, Shape> {
        let mut shapes = FxHashMap::default();
        for root in 0..self.parents.len() {
            if self.parents[root] == root as u32
                && !self.bad[root]
                && let Some(shape) = &self.shapes[root]
                && shape.ty != u32::MAX
            {
                shapes.insert(root as u32, shape.clone());
            }
        }
        shapes
    }
}

/// One shape for both. A shape without a type only knows some fields.
fn merge(a: &Shape, b: &Shape) -> Option<Shape> {
    let (full, part) = if a.ty == u32::MAX { (b, a) } else { (a, b) };
    let mut merged = full.clone();
    if part.ty != u32::MAX && (part.ty != full.ty || part.fields.len() != full.fields.len()) {
        return None;
    }
    for (offset, ty) in &part.fields {
        match merged.fields.iter_mut().find(|(other, _)| other == offset) {
            Some((_, known)) if known == ty => {}
            // A field may hold null on one way and an object on the other.
            Some((_, known)) if known.is_object() && ty.is_object() => *known = Type::Opt,
            None if full.ty == u32::MAX => merged.fields.push((*offset, *ty)),
            _ => return None,
        }
    }
    Some(merged)
}

/// What becomes of an instruction.
enum Follow {
    Keep,
    Drop,
    Become(Inst),
}

struct Rewrite<'a> {
    classes: Classes,
    shapes: FxHashMap<u32, Shape>,
    /// What the fields of each node hold, in the order of the shape.
    fields: FxHashMap<Value, Vec<Value>>,
    alias: &'a mut Vec<Value>,
}

impl Rewrite<'_> {
    fn shape(&mut self, value: Value) -> Option<&Shape> {
        if value.0 as usize >= self.classes.parents.len() {
            return None;
        }
        let root = self.classes.root(value);
        self.shapes.get(&root)
    }

    /// Gives each block a parameter for each field of those that were nodes.
    fn add_params(&mut self, function: &mut Function, cfg: &Cfg) {
        for block in &cfg.order {
            for param in function.block(*block).params.clone() {
                let Some(shape) = self.shape(param).cloned() else { continue };
                let fields = shape.fields.iter().map(|(_, ty)| function.add_param(*block, *ty)).collect();
                self.fields.insert(param, fields);
            }
        }
        self.alias.extend((self.alias.len() as u32..function.values.len() as u32).map(Value));
    }

    fn block(&mut self, function: &mut Function, block: Block) {
        let mut insts = std::mem::take(&mut function.block_mut(block).insts);
        insts.retain_mut(|data| {
            data.inst.operands_mut(|value| *value = resolve(self.alias, *value));
            let simpler = self.inst(function, &data.inst, data.results.first().copied());
            match simpler {
                Follow::Keep => true,
                Follow::Drop => false,
                Follow::Become(inst) => {
                    data.inst = inst;
                    true
                }
            }
        });
        function.block_mut(block).insts = insts;
        let targets = function.block(block).term.edges().map(|edge| edge.block).collect::<Vec<_>>();
        for (number, target) in targets.into_iter().enumerate() {
            let params = function.block(target).params.clone();
            let Some(edge) = function.block_mut(block).term.edge_mut(number) else { continue };
            let args = edge.args.clone();
            let mut more: Vec<Value> = Vec::new();
            for (arg, param) in args.iter().zip(&params) {
                if self.shape(*param).is_some() {
                    more.extend(self.fields.get(arg).into_iter().flatten());
                }
            }
            edge.args.extend(more);
        }
    }

    /// Follows one instruction.
    fn inst(&mut self, function: &Function, inst: &Inst, result: Option<Value>) -> Follow {
        match inst {
            Inst::Node { fields, .. } => {
                let Some(shape) = result.and_then(|result| self.shape(result)) else { return Follow::Keep };
                let find =
                    |offset: &u32| fields.iter().find(|(other, _)| other == offset).map(|(_, value)| *value);
                let found = shape.fields.iter().filter_map(|(offset, _)| find(offset)).collect();
                result.map(|result| self.fields.insert(result, found));
            }
            Inst::Unique(value) => {
                let (Some(result), Some(fields)) = (result, self.fields.get(value).cloned()) else {
                    return Follow::Keep;
                };
                self.fields.insert(result, fields);
            }
            Inst::Load { ty, base, offset } | Inst::Take { ty, base, offset } => {
                let (Some(field), Some(result)) = (self.place(*base, *offset), result) else {
                    return Follow::Keep;
                };
                let field = *field;
                // Null on some way, but not on this one: the reader knows from the tag.
                if !function.ty(field).fits(*ty) {
                    return Follow::Become(Inst::Unwrap(field));
                }
                self.alias[result.0 as usize] = field;
            }
            Inst::Put { base, offset, value } => {
                let Some(field) = self.place(*base, *offset) else { return Follow::Keep };
                *field = *value;
            }
            _ => return Follow::Keep,
        }
        Follow::Drop
    }

    fn place(&mut self, base: Value, offset: u32) -> Option<&mut Value> {
        let index = self.shape(base)?.fields.iter().position(|(other, _)| *other == offset)?;
        self.fields.get_mut(&base)?.get_mut(index)
    }
}
