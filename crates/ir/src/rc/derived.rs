//! Which derived objects are retained where they are defined.
//!
//! A derived object is retained if what it was read from (its *roots*) could otherwise not be consumed or changed while
//! the derived value is in use, or would live longer only to hand the derived value on. A derived value that is only looked at
//! never is retained for outliving its root: the root waits.
//!
//! Whatever is decided here is sound: insertion keeps the roots of what is not retained alive and unchanged, at the price of
//! copies. So the search gives up, and retains, where it would become expensive.

use super::kinds::{Kind, Kinds, Origin};
use crate::cfg::Cfg;
use crate::function::{Block, Function, Value};
use crate::inst::Inst;
use crate::liveness::{Anchors, Definitions, Liveness, Use};
use crate::ownership::Owners;

/// Uses and blocks to look at for one value.
const MAX_STEPS: usize = 2000;

/// Decides, and gives the anchors of all values: owned ones themselves, derived ones their owned roots.
pub(crate) fn decide(
    function: &Function,
    cfg: &Cfg,
    definitions: &Definitions,
    owners: &Owners,
    kinds: &mut Kinds,
) -> Anchors {
    let mut anchors = Anchors::new(function.values.len());
    let mut first = Anchors::new(function.values.len());
    let mut children: Vec<(Value, Value)> = Vec::new();
    let mut any = false;
    each_value(function, cfg, |value| match kinds.kind(value) {
        Kind::Owned => first.set_self(value),
        Kind::Derived if function.ty(value).is_object() => {
            for parent in kinds.parents(value) {
                children.extend(first.of(*parent).iter().map(|anchor| (*anchor, value)));
            }
            any |= kinds.parents(value).iter().any(|parent| !first.of(*parent).is_empty());
            first.set_self(value);
        }
        Kind::Derived => first.inherit(value, kinds.parents(value)),
        _ => {}
    });
    if !any {
        each_value(function, cfg, |value| match kinds.kind(value) {
            Kind::Owned => anchors.set_self(value),
            Kind::Derived => anchors.inherit(value, kinds.parents(value)),
            _ => {}
        });
        return anchors;
    }
    children.sort_unstable();
    let liveness = Liveness::compute(function, cfg, definitions, &first, owners);
    let mut search = Search {
        function,
        cfg,
        definitions,
        liveness: &liveness,
        children: &children,
        live_in: vec![u32::MAX; function.blocks.len()],
        uses: Vec::new(),
    };
    each_value(function, cfg, |value| match kinds.kind(value) {
        Kind::Owned => anchors.set_self(value),
        Kind::Derived => {
            anchors.inherit(value, kinds.parents(value));
            if !function.ty(value).is_object() || anchors.of(value).is_empty() {
                return;
            }
            let parent = kinds.parents(value)[0];
            let unwraps = matches!(search.instruction(value), Some(Inst::Unwrap(_)));
            if unwraps && kinds.kind(parent) == Kind::Owned && search.is_last_use(value, parent) {
                kinds.take_over(value, Origin::Moved);
                anchors.set_self(value);
            } else if search.must_retain(value, anchors.of(value)) {
                kinds.take_over(value, Origin::Retained);
                anchors.set_self(value);
            }
        }
        _ => {}
    });
    anchors
}

/// Calls `visit` with each value, after those it is derived from.
fn each_value(function: &Function, cfg: &Cfg, mut visit: impl FnMut(Value)) {
    for block in &cfg.order {
        let data = function.block(*block);
        let results = data.insts.iter().flat_map(|inst| &inst.results);
        data.params.iter().chain(results).for_each(|value| visit(*value));
    }
}

struct Search<'a> {
    function: &'a Function,
    cfg: &'a Cfg,
    definitions: &'a Definitions,
    /// Here derived objects have lives of their own.
    liveness: &'a Liveness,
    /// Objects with the objects derived from them, sorted.
    children: &'a [(Value, Value)],
    /// Mark of the last value found live at the start of each block.
    live_in: Vec<u32>,
    /// Uses of the value at hand and of all derived from it.
    uses: Vec<(Block, u32)>,
}

impl Search<'_> {
    fn instruction(&self, value: Value) -> Option<&Inst> {
        let (block, index) = self.definitions[value.0 as usize];
        self.function.block(block).insts.get(usize::try_from(index).ok()?).map(|data| &data.inst)
    }

    /// Whether the instruction that defines `value` is the last use of its operand.
    fn is_last_use(&self, value: Value, operand: Value) -> bool {
        let (block, index) = self.definitions[value.0 as usize];
        !self.liveness.is_live_after(self.function, operand, block, index as u32)
    }

    fn must_retain(&mut self, value: Value, roots: &[Value]) -> bool {
        for found in self.liveness.uses(value).iter().filter(|found| found.consumes) {
            let outlives =
                |root: &Value| !self.liveness.is_live_after(self.function, *root, found.block, found.index);
            if roots.iter().any(outlives) {
                return true;
            }
        }
        if !self.find_range(value) {
            return true;
        }
        roots.iter().any(|root| self.is_clobbered(value, *root))
    }

    /// Finds the uses of a value and of what is derived from it, and the blocks at whose start they are ahead. `false`: too many.
    fn find_range(&mut self, value: Value) -> bool {
        self.uses.clear();
        let mut tree = vec![value];
        while let Some(next) = tree.pop() {
            self.uses.extend(self.liveness.uses(next).iter().map(|found| (found.block, found.index)));
            let start = self.children.partition_point(|(parent, _)| *parent < next);
            tree.extend(
                self.children[start..]
                    .iter()
                    .take_while(|(parent, _)| *parent == next)
                    .map(|(_, child)| *child),
            );
            if self.uses.len() + tree.len() > MAX_STEPS {
                return false;
            }
        }
        let home = self.definitions[value.0 as usize].0;
        let mut work = self.uses.iter().map(|(block, _)| *block).collect::<Vec<_>>();
        let mut steps = 0;
        while let Some(block) = work.pop() {
            let seen = &mut self.live_in[block.0 as usize];
            if block == home || std::mem::replace(seen, value.0) == value.0 {
                continue;
            }
            work.extend(self.cfg.preds(block).iter().map(|(pred, _)| *pred));
            steps += 1;
            if steps > MAX_STEPS {
                return false;
            }
        }
        true
    }

    /// Whether the root is consumed for good, or an object taken out of it, while the value is in use.
    fn is_clobbered(&self, value: Value, root: Value) -> bool {
        let uses = self.liveness.uses(root);
        if uses.len() > MAX_STEPS {
            return true;
        }
        uses.iter().any(|found| {
            self.is_in_use(value, found.block, found.index)
                && (found.takes
                    || (found.consumes || self.is_unwrap(found))
                        && !self.liveness.is_live_after(self.function, root, found.block, found.index))
        })
    }

    /// An unwrapping that may take over the operand's reference.
    fn is_unwrap(&self, found: &Use) -> bool {
        let inst = self.function.block(found.block).insts.get(found.index as usize);
        inst.is_some_and(|data| matches!(data.inst, Inst::Unwrap(_)))
    }

    /// Whether the value whose range was found last is needed at or after this place.
    fn is_in_use(&self, value: Value, block: Block, index: u32) -> bool {
        let (home, at) = self.definitions[value.0 as usize];
        let is_live_in = |block: Block| self.live_in[block.0 as usize] == value.0;
        if block == home {
            if index as i32 <= at {
                return false;
            }
        } else if !is_live_in(block) {
            return false;
        }
        let data = self.function.block(block);
        let edge = (index as usize).checked_sub(data.insts.len()).and_then(|edge| data.term.edge(edge));
        match edge {
            Some(edge) => self.uses.contains(&(block, index)) || is_live_in(edge.block),
            None => {
                self.uses.iter().any(|(other, at)| *other == block && *at >= index)
                    || data.term.edges().any(|edge| is_live_in(edge.block))
            }
        }
    }
}
