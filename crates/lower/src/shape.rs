//! How values of each type are represented: their slots, and where these lie in memory. The rules are those of `fuse_abi::desc`.

use fuse_abi::desc::{BYTE_TAGS, MAX_WORDS};
use fuse_hir::{EnumId, Program, Ty, Type as HirType};
use fuse_ir::Type;
use rustc_hash::{FxHashMap, FxHashSet};
use std::rc::Rc;

/// The representation of a type.
#[derive(Debug)]
pub struct Shape {
    /// Slots in order; in registers one IR value each.
    pub slots: Vec<Type>,
    /// Offset of each slot in memory.
    pub offsets: Vec<u32>,
    /// Bytes in memory, a multiple of the alignment.
    pub size: u32,
    /// Alignment in memory.
    pub align: u32,
    /// How the slots are to be read.
    pub kind: ShapeKind,
}

/// How slots are to be read.
#[derive(Debug)]
pub enum ShapeKind {
    /// No slot, or one that is the value.
    Plain,
    /// An option as an Opt: null is `null`; the content is the object, or, if boxed, in a node.
    Nullable {
        /// Content's type.
        inner: Ty,
        /// The content's slots are the fields of a node.
        boxed: bool,
    },
    /// An option as I8 tag and the content's slots.
    Tagged {
        /// Content's type.
        inner: Ty,
    },
    /// A dynamic value: object and bits. It is its own option.
    Dynamic,
    /// Enum, result or union: tag and merged slots, or, if boxed, a Ref to a node of these.
    Sum(Sum),
}

/// Tag and merged slots of an enum, result or union.
#[derive(Debug)]
pub struct Sum {
    /// The slots are the fields of a node.
    pub boxed: bool,
    /// Tag (I8, or I64 if there are too many variants) and merged slots.
    pub slots: Vec<Type>,
    /// Their offsets from the start of the value, or of the node's fields.
    pub offsets: Vec<u32>,
    /// Their size with the alignment of the whole.
    pub size: u32,
    /// By tag.
    pub variants: Vec<VariantShape>,
}

/// Where a variant's payload is.
#[derive(Debug)]
pub struct VariantShape {
    /// Type of each payload element.
    pub payload: Vec<Ty>,
    /// For each payload element, for each of its slots, the index among the sum's slots (from 1: 0 is the tag).
    pub places: Vec<Vec<usize>>,
}

/// Computes and keeps shapes.
pub struct Shapes<'a> {
    program: &'a Program,
    shapes: FxHashMap<Ty, Rc<Shape>>,
    recursive: FxHashSet<EnumId>,
}

impl<'a> Shapes<'a> {
    /// Shapes of a program's types.
    pub fn new(program: &'a Program) -> Shapes<'a> {
        let recursive =
            (0..program.enums.len() as u32).map(EnumId).filter(|&id| contains_itself(program, id)).collect();
        Shapes { program, shapes: FxHashMap::default(), recursive }
    }

    /// The shape of a type.
    pub fn of(&mut self, ty: Ty) -> Rc<Shape> {
        if let Some(shape) = self.shapes.get(&ty) {
            return shape.clone();
        }
        let shape = Rc::new(self.compute(ty));
        self.shapes.insert(ty, shape.clone());
        shape
    }

    fn compute(&mut self, ty: Ty) -> Shape {
        let program = self.program;
        match program.types.get(ty) {
            HirType::Unit
            | HirType::Never
            | HirType::Null
            | HirType::Unknown
            | HirType::Parameter(_)
            | HirType::Config(_) => plain(&[]),
            HirType::Int | HirType::Function(..) => plain(&[Type::I64]),
            HirType::Float => plain(&[Type::F64]),
            HirType::Bool => plain(&[Type::I8]),
            HirType::String
            | HirType::Bytes
            | HirType::Html
            | HirType::Id
            | HirType::Email
            | HirType::List(_)
            | HirType::Map(_)
            | HirType::Struct(_)
            | HirType::StdError
            | HirType::Query
            | HirType::Task(_) => plain(&[Type::Ref]),
            HirType::Dynamic => Shape { kind: ShapeKind::Dynamic, ..plain(&[Type::Opt, Type::I64]) },
            HirType::Refined(base, _) => self.compute(*base),
            HirType::Option(inner) => self.option(*inner),
            HirType::Lookup(value) => match program.types.get(*value) {
                HirType::Option(inner) => self.option(*inner),
                _ => self.option(*value),
            },
            HirType::Result(value, domains) => {
                let variants =
                    std::iter::once(vec![*value]).chain(domains.iter().map(|domain| vec![*domain]));
                self.sum(variants.collect(), false)
            }
            HirType::Union(domains) => self.sum(domains.iter().map(|domain| vec![*domain]).collect(), false),
            HirType::Enum(id) => {
                let variants = program.enums[id.0 as usize]
                    .variants
                    .iter()
                    .map(|variant| variant.payload.clone())
                    .collect();
                if self.recursive.contains(id) {
                    // The payload may mention this very type, whose shape must be known first.
                    self.shapes.insert(ty, Rc::new(plain(&[Type::Ref])));
                    self.sum(variants, true)
                } else {
                    self.sum(variants, false)
                }
            }
        }
    }

    fn option(&mut self, inner: Ty) -> Shape {
        let content = self.of(inner);
        if content.slots == [Type::Ref] {
            return Shape { kind: ShapeKind::Nullable { inner, boxed: false }, ..plain(&[Type::Opt]) };
        }
        if content.slots.len() + 1 > MAX_WORDS {
            return Shape { kind: ShapeKind::Nullable { inner, boxed: true }, ..plain(&[Type::Opt]) };
        }
        // Behind the tag the content lies as it does anywhere else, so that the runtime can read it as a value of its type.
        let start = content.align;
        let slots = std::iter::once(Type::I8).chain(content.slots.iter().copied()).collect();
        let offsets = std::iter::once(0).chain(content.offsets.iter().map(|offset| start + offset)).collect();
        let size = (start + content.size).next_multiple_of(content.align);
        Shape { slots, offsets, size, align: content.align, kind: ShapeKind::Tagged { inner } }
    }

    fn sum(&mut self, variants: Vec<Vec<Ty>>, recursive: bool) -> Shape {
        // Each payload slot takes the first free merged slot of its class; classes are ordered so that padding is least.
        const CLASSES: [Type; 4] = [Type::Opt, Type::I64, Type::F64, Type::I8];
        let class = |slot: Type| match slot {
            Type::Ref | Type::Opt => 0,
            Type::I64 | Type::Ptr => 1,
            Type::F64 => 2,
            Type::I8 => 3,
        };
        let mut needed = [0usize; 4];
        let mut taken: Vec<Vec<Vec<(usize, usize)>>> = Vec::with_capacity(variants.len());
        for payload in &variants {
            let mut used = [0usize; 4];
            let elements = payload.iter().map(|ty| {
                let shape = self.of(*ty);
                let places = shape.slots.iter().map(|slot| {
                    let class = class(*slot);
                    used[class] += 1;
                    (class, used[class] - 1)
                });
                places.collect::<Vec<_>>()
            });
            taken.push(elements.collect());
            for (need, used) in needed.iter_mut().zip(used) {
                *need = (*need).max(used);
            }
        }
        let mut slots = vec![if variants.len() <= BYTE_TAGS { Type::I8 } else { Type::I64 }];
        let mut starts = [0usize; 4];
        for (index, class) in CLASSES.into_iter().enumerate() {
            starts[index] = slots.len();
            slots.extend(std::iter::repeat_n(class, needed[index]));
        }
        let variants = variants
            .into_iter()
            .zip(taken)
            .map(|(payload, elements)| VariantShape {
                payload,
                places: elements
                    .into_iter()
                    .map(|places| places.into_iter().map(|(class, index)| starts[class] + index).collect())
                    .collect(),
            })
            .collect();
        let layout = plain(&slots);
        let boxed = recursive || slots.len() > MAX_WORDS;
        let sum = Sum { boxed, slots, offsets: layout.offsets.clone(), size: layout.size, variants };
        let outer = if boxed { plain(&[Type::Ref]) } else { layout };
        Shape { kind: ShapeKind::Sum(sum), ..outer }
    }
}

/// Slots laid out one after the other at their natural alignment.
fn plain(slots: &[Type]) -> Shape {
    let (mut size, mut align) = (0u32, 1u32);
    let mut offsets = Vec::with_capacity(slots.len());
    for slot in slots {
        let bytes = slot.size();
        size = size.next_multiple_of(bytes);
        align = align.max(bytes);
        offsets.push(size);
        size += bytes;
    }
    Shape {
        slots: slots.to_vec(),
        offsets,
        size: size.next_multiple_of(align),
        align,
        kind: ShapeKind::Plain,
    }
}

/// Whether an enum's payload holds the enum itself without an object between.
fn contains_itself(program: &Program, id: EnumId) -> bool {
    let mut seen = FxHashSet::default();
    let mut work: Vec<Ty> = Vec::new();
    let push_payload = |work: &mut Vec<Ty>, id: EnumId| {
        work.extend(
            program.enums[id.0 as usize].variants.iter().flat_map(|variant| variant.payload.iter().copied()),
        );
    };
    push_payload(&mut work, id);
    while let Some(ty) = work.pop() {
        if !seen.insert(ty) {
            continue;
        }
        match program.types.get(ty) {
            HirType::Enum(inner) if *inner == id => return true,
            HirType::Enum(inner) => push_payload(&mut work, *inner),
            HirType::Option(inner) | HirType::Lookup(inner) => work.push(*inner),
            HirType::Result(value, domains) => {
                work.push(*value);
                work.extend(domains.iter());
            }
            HirType::Union(domains) => work.extend(domains.iter()),
            _ => {}
        }
    }
    false
}
