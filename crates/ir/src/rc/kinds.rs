//! What each value is to reference counting.

use crate::Type;
use crate::cfg::Cfg;
use crate::function::{Function, InstData, Value};
use crate::inst::Inst;
use fuse_abi::functions::{Kind as RtKind, Mode};

/// What a value is to reference counting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Not an object, and not an address into one.
    Uncounted,
    /// A static object or null.
    Static,
    /// Kept alive and unchanged by the caller.
    Borrowed,
    /// Holds a reference.
    Owned,
    /// Read from other values, or an address into them.
    Derived,
}

/// How an owned value came to its reference, where that is not by its instruction's nature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// By its nature.
    Plain,
    /// Derived, and retained where it is defined.
    Retained,
    /// An unwrapped value that took over the reference of the operand.
    Moved,
}

/// The kinds of a function's values.
pub(crate) struct Kinds {
    kinds: Vec<Kind>,
    origins: Vec<Origin>,
    spans: Vec<(u32, u32)>,
    parents: Vec<Value>,
}

impl Kinds {
    /// Finds the kinds of all values.
    pub(crate) fn of(function: &Function, cfg: &Cfg) -> Kinds {
        let count = function.values.len();
        let mut kinds = Kinds {
            kinds: vec![Kind::Uncounted; count],
            origins: vec![Origin::Plain; count],
            spans: vec![(0, 0); count],
            parents: Vec::new(),
        };
        for (param, value) in function.signature.params.iter().zip(&function.blocks[0].params) {
            if param.ty.is_object() {
                kinds.kinds[value.0 as usize] =
                    if param.mode == Mode::Own { Kind::Owned } else { Kind::Borrowed };
            }
        }
        for block in &cfg.order {
            let data = function.block(*block);
            if *block != function.entry() {
                for param in &data.params {
                    kinds.own(function, *param);
                }
            }
            for inst in &data.insts {
                kinds.define(function, inst);
            }
        }
        kinds
    }

    /// The kind of a value.
    pub(crate) fn kind(&self, value: Value) -> Kind {
        self.kinds[value.0 as usize]
    }

    /// Where its reference comes from.
    pub(crate) fn origin(&self, value: Value) -> Origin {
        self.origins[value.0 as usize]
    }

    /// What a derived value was read from.
    pub(crate) fn parents(&self, value: Value) -> &[Value] {
        let (start, end) = self.spans[value.0 as usize];
        &self.parents[start as usize..end as usize]
    }

    /// Turns a derived value into an owned one.
    pub(crate) fn take_over(&mut self, value: Value, origin: Origin) {
        self.kinds[value.0 as usize] = Kind::Owned;
        self.origins[value.0 as usize] = origin;
    }

    fn own(&mut self, function: &Function, value: Value) {
        if function.ty(value).is_object() {
            self.kinds[value.0 as usize] = Kind::Owned;
        }
    }

    fn derive(&mut self, value: Value, parents: impl IntoIterator<Item = Value>) {
        let start = self.parents.len() as u32;
        for parent in parents {
            if self.kinds[parent.0 as usize] != Kind::Uncounted {
                self.parents.push(parent);
            }
        }
        self.kinds[value.0 as usize] = Kind::Derived;
        self.spans[value.0 as usize] = (start, self.parents.len() as u32);
    }

    fn define(&mut self, function: &Function, data: &InstData) {
        let is_counted = |value: &Value| function.ty(*value).is_object() || function.ty(*value) == Type::Ptr;
        let [first, ..] = data.results[..] else { return };
        match &data.inst {
            Inst::Static(_) | Inst::Null(_) => self.kinds[first.0 as usize] = Kind::Static,
            Inst::Load { base, .. } if is_counted(&first) => self.derive(first, [*base]),
            Inst::Unwrap(value) => self.derive(first, [*value]),
            Inst::ElementAddress { list, .. } => self.derive(first, [*list]),
            Inst::Spill { slots, .. } => self.derive(first, slots.iter().map(|(_, value)| *value)),
            Inst::Select(_, a, b) if is_counted(&first) => self.derive(first, [*a, *b]),
            Inst::CallRuntime { function: runtime, args, .. } => {
                data.results.iter().for_each(|result| self.own(function, *result));
                let row = runtime.row();
                let objects = |(_, kind): &&(Mode, RtKind)| matches!(kind, RtKind::Ref | RtKind::Opt);
                let consumes = row.params.iter().find(objects).is_some_and(|(mode, _)| *mode == Mode::Own);
                let among = if consumes { &data.results } else { args };
                let parent = among.iter().copied().find(|value| function.ty(*value).is_object());
                for result in data.results.iter().filter(|result| function.ty(**result) == Type::Ptr) {
                    self.derive(*result, parent);
                }
            }
            _ => data.results.iter().for_each(|result| self.own(function, *result)),
        }
    }
}
