//! Where the values of a function come from, as far as ownership is concerned.

use crate::Type;
use crate::function::{Function, InstData, Value};
use crate::inst::Inst;
use fuse_abi::functions::{Kind, Mode, Rt};

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Source {
    /// No object, no address.
    Scalar,
    /// Static objects, null, addresses from outside.
    Eternal,
    /// A parameter that the caller keeps.
    Lent,
    /// Comes with a reference. `unique`: it is the only one. `joined`: a block parameter, of which that is not known.
    Fresh { unique: bool, joined: bool },
    /// Read from these values, or an address into them.
    Read(Vec<Value>),
    /// The same object under another name.
    Same(Value),
}

/// The sources of all values of a function.
pub(super) struct Sources {
    sources: Vec<Source>,
    /// Objects with the objects read from their slots.
    contents: Vec<(Value, Value)>,
}

impl Sources {
    pub(super) fn of(function: &Function) -> Sources {
        let mut sources =
            Sources { sources: vec![Source::Scalar; function.values.len()], contents: Vec::new() };
        for block in function.block_ids() {
            for (index, param) in function.block(block).params.iter().enumerate() {
                let is_lent =
                    block == function.entry() && function.signature.params[index].mode == Mode::Borrow;
                sources.sources[param.0 as usize] = match function.ty(*param) {
                    Type::Ref | Type::Opt if is_lent => Source::Lent,
                    Type::Ref | Type::Opt => {
                        Source::Fresh { unique: false, joined: block != function.entry() }
                    }
                    Type::Ptr => Source::Eternal,
                    _ => Source::Scalar,
                };
            }
            for data in &function.block(block).insts {
                for (index, result) in data.results.iter().enumerate() {
                    sources.sources[result.0 as usize] = source(function, data, index, *result);
                }
            }
        }
        for value in (0..function.values.len() as u32).map(Value) {
            if function.ty(value).is_object()
                && let Source::Read(bases) = sources.get(value)
                && bases.first() != Some(&ADDRESS)
            {
                let objects = bases.iter().flat_map(|base| sources.objects(*base));
                let pairs = objects.map(|object| (object, value)).collect::<Vec<_>>();
                sources.contents.extend(pairs);
            }
        }
        sources.contents.sort_unstable();
        sources
    }

    pub(super) fn get(&self, value: Value) -> &Source {
        &self.sources[value.0 as usize]
    }

    /// Whether the value comes with a reference.
    pub(super) fn is_owned(&self, value: Value) -> bool {
        matches!(self.get(value), Source::Fresh { .. })
    }

    /// The first name of an object.
    pub(super) fn name(&self, mut value: Value) -> Value {
        while let Source::Same(other) = self.get(value) {
            value = *other;
        }
        value
    }

    /// The objects that an object or an address stands for: itself, or those it points into.
    pub(super) fn objects(&self, value: Value) -> Vec<Value> {
        let mut objects = Vec::new();
        let mut work = vec![value];
        while let Some(value) = work.pop() {
            match self.get(value) {
                Source::Read(bases) if bases.first() == Some(&ADDRESS) => work.extend(&bases[1..]),
                Source::Scalar => {}
                _ => objects.push(self.name(value)),
            }
        }
        objects
    }

    /// The objects read from the slots of an object.
    pub(super) fn contents(&self, object: Value) -> impl Iterator<Item = Value> + '_ {
        let start = self.contents.partition_point(|(other, _)| *other < object);
        self.contents[start..].iter().take_while(move |(other, _)| *other == object).map(|(_, value)| *value)
    }
}

/// First base of what is an address and no object.
pub(super) const ADDRESS: Value = Value(u32::MAX);

fn source(function: &Function, data: &InstData, index: usize, result: Value) -> Source {
    let ty = function.ty(result);
    let fresh = |unique| Source::Fresh { unique, joined: false };
    let address = |bases: &mut dyn Iterator<Item = Value>| {
        let counted = |base: &Value| function.ty(*base).is_object() || function.ty(*base) == Type::Ptr;
        Source::Read(std::iter::once(ADDRESS).chain(bases.filter(counted)).collect())
    };
    match &data.inst {
        Inst::Static(_) | Inst::Null(_) => Source::Eternal,
        Inst::Node { .. } | Inst::Unique(_) => fresh(true),
        Inst::Take { .. } => fresh(false),
        Inst::Unwrap(value) => Source::Same(*value),
        // Part of the base, as an address into it would be.
        Inst::UniqueSlot { base, .. } => address(&mut std::iter::once(*base)),
        Inst::Load { base, .. } if ty.is_object() => Source::Read(vec![*base]),
        Inst::Load { base, .. } if ty == Type::Ptr => address(&mut std::iter::once(*base)),
        Inst::ElementAddress { list, .. } => address(&mut std::iter::once(*list)),
        Inst::Spill { slots, .. } => address(&mut slots.iter().map(|(_, value)| *value)),
        Inst::Select(_, a, b) if ty == Type::Ptr => address(&mut [*a, *b].into_iter()),
        Inst::CallRuntime { function: runtime, args, .. } if ty == Type::Ptr => {
            // Into the first object argument, or the first object result if that argument is consumed.
            let params =
                runtime.row().params.iter().filter(|(_, kind)| !matches!(kind, Kind::Ctx | Kind::Type));
            let first = args.iter().zip(params).find(|(arg, _)| function.ty(**arg).is_object());
            match first {
                Some((arg, (Mode::Borrow, _))) => address(&mut std::iter::once(*arg)),
                Some((_, (Mode::Own, _))) => address(
                    &mut data.results.iter().copied().filter(|value| function.ty(*value).is_object()).take(1),
                ),
                None => Source::Eternal,
            }
        }
        Inst::CallRuntime { function: runtime, .. } if ty.is_object() => {
            fresh(index == 0 && makes_unique(*runtime))
        }
        _ if ty.is_object() => fresh(false),
        _ if ty == Type::Ptr => Source::Eternal,
        _ => Source::Scalar,
    }
}

/// Whether the first result of a runtime function has no other reference.
fn makes_unique(function: Rt) -> bool {
    matches!(
        function,
        Rt::node_new
            | Rt::node_copy
            | Rt::list_new
            | Rt::list_empty
            | Rt::list_unique
            | Rt::list_push_slot
            | Rt::list_range
            | Rt::list_range_float
            | Rt::map_new
            | Rt::map_unique
            | Rt::map_insert_slot
    )
}
