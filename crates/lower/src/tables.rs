//! Type descriptors: what the runtime has to know of each type that it meets.

use crate::checked::Checked;
use crate::shape::{Shape, ShapeKind, Shapes, Sum};
use fuse_abi::desc::{
    Desc, Field, Kind, NO_FIELD, TYPE_BOOL, TYPE_BYTES, TYPE_DYNAMIC, TYPE_EMAIL, TYPE_FLOAT, TYPE_ID,
    TYPE_INT, TYPE_LIST_DYNAMIC, TYPE_MAP_DYNAMIC, TYPE_STD_ERROR, TYPE_STRING, TYPE_UNIT, Variant,
};
use fuse_abi::layout::NODE_OFFSET;
use fuse_hir::{HttpTypes, Program, StructId, Ty, Type as HirType};
use fuse_ir::{Type, TypeTables};
use rustc_hash::FxHashMap;
use std::rc::Rc;

/// Where a struct's fields are.
#[derive(Debug)]
pub(crate) struct StructLayout {
    /// Offset of each field from the start of the object.
    pub(crate) offsets: Vec<u32>,
    /// Bytes, header included.
    pub(crate) size: u32,
}

/// Collects descriptors on demand.
pub(crate) struct Tables<'a> {
    pub(crate) program: &'a Program,
    pub(crate) shapes: Shapes<'a>,
    pub(crate) tables: TypeTables,
    ids: FxHashMap<Ty, u32>,
    structs: FxHashMap<StructId, u32>,
    layouts: FxHashMap<StructId, Rc<StructLayout>>,
    names: FxHashMap<String, (u32, u32)>,
    /// `List` of a type that need not be interned itself.
    lists: FxHashMap<Ty, u32>,
    /// `Task` with a result of a type.
    tasks: FxHashMap<Ty, u32>,
    pub(crate) checked: Checked,
}

impl<'a> Tables<'a> {
    pub(crate) fn new(program: &'a Program) -> Tables<'a> {
        Tables {
            program,
            shapes: Shapes::new(program),
            tables: TypeTables::predefined(),
            ids: FxHashMap::default(),
            structs: FxHashMap::default(),
            layouts: FxHashMap::default(),
            names: FxHashMap::default(),
            lists: FxHashMap::default(),
            tasks: FxHashMap::default(),
            checked: Checked::default(),
        }
    }

    pub(crate) fn finish(self) -> TypeTables {
        self.tables
    }

    /// The descriptor of a type.
    pub(crate) fn of(&mut self, ty: Ty) -> u32 {
        match self.program.types.get(ty) {
            HirType::Int => TYPE_INT,
            HirType::Float => TYPE_FLOAT,
            HirType::Bool => TYPE_BOOL,
            HirType::String => TYPE_STRING,
            HirType::Id => TYPE_ID,
            HirType::Email => TYPE_EMAIL,
            HirType::Dynamic => TYPE_DYNAMIC,
            HirType::List(Ty::DYNAMIC) => TYPE_LIST_DYNAMIC,
            HirType::Map(Ty::DYNAMIC) => TYPE_MAP_DYNAMIC,
            HirType::Bytes => TYPE_BYTES,
            HirType::StdError => TYPE_STD_ERROR,
            HirType::Unit | HirType::Never | HirType::Null | HirType::Unknown | HirType::Parameter(_) => {
                TYPE_UNIT
            }
            HirType::Struct(id) => self.of_struct(*id),
            HirType::Lookup(value) => {
                // A lookup is described as the option it is represented as; that type need not be interned, so it has an entry of its own.
                match self.program.types.get(*value) {
                    HirType::Option(_) => self.of(*value),
                    _ => self.entry(ty),
                }
            }
            _ => self.entry(ty),
        }
    }

    /// The descriptor of a struct; also of `std.Error` as it is constructed.
    pub(crate) fn of_struct(&mut self, id: StructId) -> u32 {
        if let Some(&index) = self.structs.get(&id) {
            return index;
        }
        let index = self.reserve();
        self.structs.insert(id, index);
        let desc = self.describe_struct(id);
        self.tables.types[index as usize] = desc;
        index
    }

    /// Field offsets of a struct.
    pub(crate) fn layout(&mut self, id: StructId) -> Rc<StructLayout> {
        if let Some(layout) = self.layouts.get(&id) {
            return layout.clone();
        }
        let types =
            self.program.structs[id.0 as usize].fields.iter().map(|field| field.ty).collect::<Vec<_>>();
        let layout = Rc::new(self.lay_out(&types));
        self.layouts.insert(id, layout.clone());
        layout
    }

    /// Values of these types one after the other in a node.
    fn lay_out(&mut self, types: &[Ty]) -> StructLayout {
        let mut size = NODE_OFFSET as u32;
        let mut offsets = Vec::new();
        for &ty in types {
            let shape = self.shapes.of(ty);
            size = size.next_multiple_of(shape.align);
            offsets.push(size);
            size += shape.size;
        }
        StructLayout { offsets, size: size.next_multiple_of(8) }
    }

    fn entry(&mut self, ty: Ty) -> u32 {
        if let Some(&index) = self.ids.get(&ty) {
            return index;
        }
        let index = self.reserve();
        self.ids.insert(ty, index);
        let desc = self.describe(ty);
        self.tables.types[index as usize] = desc;
        index
    }

    fn reserve(&mut self) -> u32 {
        self.tables.types.push(Desc::default());
        self.tables.types.len() as u32 - 1
    }

    fn describe(&mut self, ty: Ty) -> Desc {
        let shape = self.shapes.of(ty);
        let mut desc =
            Desc { size: shape.size, align: shape.align, message_field: NO_FIELD, ..Desc::default() };
        (desc.value_refs, desc.value_refs_count) = self.object_offsets(&shape.slots, &shape.offsets, 0);
        match self.program.types.get(ty).clone() {
            HirType::Refined(base, _) => {
                // As its base. Its constraints are added when it is to be tested.
                let base = self.of(base);
                return self.tables.types[base as usize];
            }
            HirType::Config(id) => {
                (desc.name, desc.name_len) = self.name(&self.program.configs[id.0 as usize].name);
                desc.kind = Kind::Config as u32;
            }
            HirType::Html => desc.kind = Kind::Html as u32,
            HirType::List(inner) => {
                desc.kind = Kind::List as u32;
                desc.inner = self.of(inner);
            }
            HirType::Map(inner) => {
                desc.kind = Kind::Map as u32;
                desc.inner = self.of(inner);
            }
            HirType::Option(inner) | HirType::Lookup(inner) => self.describe_option(&mut desc, &shape, inner),
            // Without its result, whose type `task_of` has: only what is captured is described so.
            HirType::Task(_) => desc.kind = Kind::Task as u32,
            HirType::Enum(id) => {
                let declaration = &self.program.enums[id.0 as usize];
                (desc.name, desc.name_len) = self.name(&declaration.name);
                desc.kind = Kind::Enum as u32;
                let names =
                    declaration.variants.iter().map(|variant| variant.name.as_str()).collect::<Vec<_>>();
                self.describe_sum(&mut desc, &shape, &names);
            }
            HirType::Result(_, domains) => {
                desc.kind = Kind::Result as u32;
                let names = std::iter::once("Ok").chain(domains.iter().map(|_| "Err")).collect::<Vec<_>>();
                self.describe_sum(&mut desc, &shape, &names);
            }
            HirType::Union(domains) => {
                desc.kind = Kind::Union as u32;
                self.describe_sum(&mut desc, &shape, &vec![""; domains.len()]);
            }
            _ => desc.kind = Kind::Function as u32,
        }
        desc
    }

    fn describe_option(&mut self, desc: &mut Desc, shape: &Shape, inner: Ty) {
        desc.kind = Kind::Option as u32;
        desc.inner = self.of(inner);
        match &shape.kind {
            ShapeKind::Nullable { inner, boxed } => {
                desc.flags = Desc::FLAG_NULLABLE;
                if *boxed {
                    let content = self.shapes.of(*inner);
                    desc.flags |= Desc::FLAG_BOXED;
                    self.describe_object(desc, &content.slots, &content.offsets, content.size);
                }
            }
            _ => desc.payload_offset = self.shapes.of(inner).align,
        }
    }

    fn describe_sum(&mut self, desc: &mut Desc, shape: &Shape, names: &[&str]) {
        let ShapeKind::Sum(sum) = &shape.kind else { return };
        if sum.boxed {
            desc.flags |= Desc::FLAG_BOXED;
            self.describe_object(desc, &sum.slots, &sum.offsets, sum.size);
        }
        let variants = self.variants(sum, names);
        desc.first = self.tables.variants.len() as u32;
        desc.count = variants.len() as u32;
        self.tables.variants.extend(variants);
    }

    fn variants(&mut self, sum: &Sum, names: &[&str]) -> Vec<Variant> {
        let mut variants = Vec::with_capacity(names.len());
        for (variant, name) in sum.variants.iter().zip(names) {
            // Types first: their descriptors append to the same tables.
            let types = variant.payload.iter().map(|ty| self.of(*ty)).collect::<Vec<_>>();
            let mut fields = Vec::with_capacity(types.len());
            for (ty, places) in types.into_iter().zip(&variant.places) {
                let slots = self.tables.offsets.len() as u32;
                self.tables.offsets.extend(places.iter().map(|&place| sum.offsets[place]));
                fields.push(Field { ty, slots, slots_count: places.len() as u32, ..Field::default() });
            }
            let (name, name_len) = self.name(name);
            let first = self.tables.fields.len() as u32;
            variants.push(Variant { name, name_len, first, count: fields.len() as u32 });
            self.tables.fields.extend(fields);
        }
        variants
    }

    fn describe_struct(&mut self, id: StructId) -> Desc {
        let declaration = &self.program.structs[id.0 as usize];
        let layout = self.layout(id);
        let fields =
            declaration.fields.iter().map(|field| (field.name.as_str(), field.ty)).collect::<Vec<_>>();
        let desc = self.describe_node(&declaration.name, &fields, &layout);
        let flags = match declaration.std_error {
            true => Desc::FLAG_STD_ERROR,
            false if HttpTypes::contains(id) => Desc::FLAG_ENCODE_ONLY,
            false => 0,
        };
        Desc { flags, ..desc }
    }

    /// A struct that is declared nowhere: the parameters of a function.
    pub(crate) fn of_record(&mut self, name: &str, fields: &[(&str, Ty)]) -> (u32, Rc<StructLayout>) {
        let types = fields.iter().map(|(_, ty)| *ty).collect::<Vec<_>>();
        let layout = Rc::new(self.lay_out(&types));
        let index = self.reserve();
        let desc = self.describe_node(name, fields, &layout);
        self.tables.types[index as usize] = desc;
        (index, layout)
    }

    /// `List` of a type.
    pub(crate) fn list_of(&mut self, element: Ty) -> u32 {
        if element == Ty::DYNAMIC {
            return TYPE_LIST_DYNAMIC;
        }
        if let Some(&index) = self.lists.get(&element) {
            return index;
        }
        let index = self.reserve();
        self.lists.insert(element, index);
        let inner = self.of(element);
        self.tables.types[index as usize] = reference(Kind::List, inner);
        index
    }

    /// `Task` with a result of a type, as its objects are described.
    pub(crate) fn task_of(&mut self, result: Ty) -> u32 {
        if let Some(&index) = self.tasks.get(&result) {
            return index;
        }
        let index = self.reserve();
        self.tasks.insert(result, index);
        let inner = self.of(result);
        self.tables.types[index as usize] = reference(Kind::Task, inner);
        index
    }

    fn describe_node(&mut self, name: &str, declared: &[(&str, Ty)], layout: &StructLayout) -> Desc {
        let mut fields = Vec::with_capacity(declared.len());
        let mut objects = Vec::new();
        let mut message_field = NO_FIELD;
        for (index, &(name, ty)) in declared.iter().enumerate() {
            let shape = self.shapes.of(ty);
            let offset = layout.offsets[index];
            let is_text = self.is_text(ty);
            let (key, name_len) = self.key(name);
            fields.push(Field { name: key, name_len, ty: self.of(ty), offset, ..Field::default() });
            objects.extend(objects_of(&shape.slots, &shape.offsets, offset));
            if name == "message" && is_text {
                message_field = index as u32;
            }
        }
        let (name, name_len) = self.name(name);
        let first = self.tables.fields.len() as u32;
        let count = fields.len() as u32;
        self.tables.fields.extend(fields);
        let (object_refs, object_refs_count) = self.offsets(objects);
        let mut order = (0..count).collect::<Vec<_>>();
        order.sort_by_key(|&index| declared[index as usize].0);
        let (sorted, _) = self.offsets(order);
        Desc {
            kind: Kind::Struct as u32,
            size: 8,
            align: 8,
            name,
            name_len,
            first,
            count,
            // The predefined tables start with the one offset 0.
            value_refs: 0,
            value_refs_count: 1,
            object_size: layout.size,
            object_refs,
            object_refs_count,
            message_field,
            sorted,
            ..Desc::default()
        }
    }

    fn is_text(&self, ty: Ty) -> bool {
        match self.program.types.get(ty) {
            HirType::Refined(base, _) => self.is_text(*base),
            ty => matches!(ty, HirType::String | HirType::Id | HirType::Email),
        }
    }

    fn describe_object(&mut self, desc: &mut Desc, slots: &[Type], offsets: &[u32], size: u32) {
        desc.object_size = (NODE_OFFSET as u32 + size).next_multiple_of(8);
        (desc.object_refs, desc.object_refs_count) = self.object_offsets(slots, offsets, NODE_OFFSET as u32);
    }

    fn object_offsets(&mut self, slots: &[Type], offsets: &[u32], base: u32) -> (u32, u32) {
        self.offsets(objects_of(slots, offsets, base))
    }

    pub(crate) fn offsets(&mut self, offsets: Vec<u32>) -> (u32, u32) {
        let first = self.tables.offsets.len() as u32;
        let count = offsets.len() as u32;
        self.tables.offsets.extend(offsets);
        (first, count)
    }

    /// A name of a field, which stands between what its JSON key needs.
    fn key(&mut self, name: &str) -> (u32, u32) {
        let (start, len) = self.name(&format!("\"{name}\":"));
        (start + 1, len - 3)
    }

    pub(crate) fn name(&mut self, name: &str) -> (u32, u32) {
        if let Some(&known) = self.names.get(name) {
            return known;
        }
        let place = (self.tables.names.len() as u32, name.len() as u32);
        self.tables.names.push_str(name);
        self.names.insert(name.to_owned(), place);
        place
    }
}

/// A type whose values are references to objects that hold values of another.
fn reference(kind: Kind, inner: u32) -> Desc {
    Desc {
        kind: kind as u32,
        size: 8,
        align: 8,
        inner,
        // The predefined tables start with the one offset 0.
        value_refs_count: 1,
        message_field: NO_FIELD,
        ..Desc::default()
    }
}

fn objects_of(slots: &[Type], offsets: &[u32], base: u32) -> Vec<u32> {
    slots.iter().zip(offsets).filter(|(slot, _)| slot.is_object()).map(|(_, offset)| base + offset).collect()
}
