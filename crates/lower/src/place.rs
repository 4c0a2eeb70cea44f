//! Assignments to nested places, in place where nobody else holds the values on the way.
//!
//! `a.b[i] = v` is done in three stages (language reference 7.1): evaluate the value, then the indices; walk the place and fail if a step is missing or out of
//! bounds; then walk it again, moving each object on the way out of its parent, making it unique, changing it and moving it back.
//! Nothing in the last stage can fail, so a failure never sees a hole.

use crate::append::Appended;
use crate::function::{Body, Slots};
use fuse_abi::failure::Failure;
use fuse_abi::functions::Rt;
use fuse_hir::{Expr, Place, StdErrors, Step, StepKind, Ty, Type as HirType};
use fuse_ir::Value;

/// What an assignment does at the end of the steps.
enum Change<'a> {
    /// Puts a value there.
    Set(Slots),
    /// Extends the text or list that is there.
    Extend(&'a Appended<'a>),
}

impl Body<'_, '_> {
    /// `place = value`
    pub(crate) fn assign(&mut self, place: &Place, value: &Expr) {
        if !self.append_to_place(place, value) {
            self.set_place(place, value);
        }
    }

    /// An assignment that may replace anything.
    pub(crate) fn set_place(&mut self, place: &Place, value: &Expr) {
        let slots = self.expr(value);
        let target = place.steps.last().map_or(value.ty, |step| step.ty);
        let converts = self.needs_conversion(value.ty, target);
        let slots = if converts { slots } else { self.convert(value.ty, target, slots, value.span) };
        let inner = place.steps.iter().position(|step| matches!(step.kind, StepKind::Dynamic(_)));
        let (steps, inner) = place.steps.split_at(inner.unwrap_or(place.steps.len()));
        let keys = self.keys(steps);
        let inner = inner.iter().map(|step| (step.optional, self.dynamic_key(step))).collect::<Vec<_>>();
        let slots = if converts {
            let path = |body: &mut Self| body.path_of(place, &keys);
            self.accept_dynamic(value.ty, target, slots, value.span, path)
        } else {
            slots
        };
        let root = self.local(place.root);
        let root_ty = self.function.locals[place.root.0 as usize].ty;
        let slots = match place.steps.last() {
            Some(last) if !inner.is_empty() => {
                let whole = self.dynamic_at(root_ty, root, steps, &keys);
                self.dynamic_store(whole, &inner, &slots, last.span)
            }
            _ => slots,
        };
        let root = self.local(place.root);
        if steps.is_empty() {
            return self.set_local(place.root, &slots);
        }
        self.check_steps(root_ty, &root, steps, &keys);
        let root = self.local(place.root);
        let new = self.store(root_ty, root, steps, &keys, &Change::Set(slots));
        self.set_local(place.root, &new);
    }

    fn dynamic_key(&mut self, step: &Step) -> Slots {
        match &step.kind {
            StepKind::Dynamic(key) => self.expr(key),
            _ => self.null(Ty::DYNAMIC),
        }
    }

    /// The dynamic value at the end of static steps, all of which must be there. (A dynamic value in a static container is a cell of a row: a scalar as a
    /// rule, so that it does no harm that it is not changed in place.)
    fn dynamic_at(&mut self, ty: Ty, mut slots: Slots, steps: &[Step], keys: &[Option<Value>]) -> Slots {
        let mut ty = ty;
        for (step, key) in steps.iter().zip(keys) {
            if self.is_option(ty) && !self.is_dynamic(ty) {
                let failure = if step.optional { Failure::OptionalAssignment } else { Failure::NullAccess };
                let null = self.is_null(ty, &slots);
                let position = self.position(step.span);
                self.builder.check(null, failure, position);
                slots = self.content(ty, &slots);
                ty = self.content_type(ty);
            }
            slots = match (&step.kind, *key) {
                (StepKind::Index(_), Some(index)) => {
                    self.check_index(slots[0], index, step.span);
                    let stride = self.shape(step.ty).size;
                    let address = self.builder.element_address(slots[0], index, stride);
                    self.load(step.ty, address, 0)
                }
                (StepKind::Key(_), Some(key)) => {
                    let address = self.runtime1(Rt::map_find, &[], &[slots[0], key], step.span);
                    let absent = self.builder.is_null(address);
                    let position = self.position(step.span);
                    self.builder.check(absent, Failure::MissingMapEntry, position);
                    self.load(step.ty, address, 0)
                }
                (StepKind::Field(field), _) => {
                    let offset = self.field_offset(ty, *field);
                    self.load(step.ty, slots[0], offset)
                }
                _ => slots,
            };
            ty = step.ty;
        }
        slots
    }

    /// A place as the path of a problem (runtime reference 6.1, 6.4).
    fn path_of(&mut self, place: &Place, keys: &[Option<Value>]) -> Value {
        let root = &self.function.locals[place.root.0 as usize];
        let mut fixed = root.name.clone();
        let mut ty = root.ty;
        let mut path: Option<Value> = None;
        for (step, key) in place.steps.iter().zip(keys) {
            match (&step.kind, *key) {
                (StepKind::Index(_), Some(index)) => {
                    fixed.push('[');
                    let text = self.path_text(path, &fixed, step.span);
                    path = Some(self.runtime1(Rt::str_push_int, &[], &[text, index], step.span));
                    fixed = "]".to_owned();
                }
                (StepKind::Key(_), Some(key)) => {
                    fixed.push('.');
                    let text = self.path_text(path, &fixed, step.span);
                    path = Some(self.runtime1(Rt::str_concat, &[], &[text, key], step.span));
                    fixed.clear();
                }
                (StepKind::Field(field), _) => {
                    let content = self.content_type(ty);
                    let name = match *self.ty(content) {
                        HirType::Struct(id) => {
                            &*self.program().structs[id.0 as usize].fields[*field as usize].name
                        }
                        _ => StdErrors::MEMBERS[*field as usize],
                    };
                    fixed.push('.');
                    fixed.push_str(name);
                }
                _ => {}
            }
            ty = step.ty;
        }
        self.path_text(path, &fixed, fuse_hir::Span::default())
    }

    /// A path with a fixed text after it.
    fn path_text(&mut self, path: Option<Value>, fixed: &str, span: fuse_hir::Span) -> Value {
        let text = self.static_string(fixed);
        match path {
            None => text,
            Some(path) if fixed.is_empty() => path,
            Some(path) => self.runtime1(Rt::str_concat, &[], &[path, text], span),
        }
    }

    /// The whole with the text or list at the end of the steps extended. All steps are there. Consumes the slots.
    pub(crate) fn extend(
        &mut self,
        ty: Ty,
        slots: Slots,
        steps: &[Step],
        keys: &[Option<Value>],
        by: &Appended,
    ) -> Slots {
        self.store(ty, slots, steps, keys, &Change::Extend(by))
    }

    pub(crate) fn keys(&mut self, steps: &[Step]) -> Vec<Option<Value>> {
        steps.iter().map(|step| self.key(step)).collect()
    }

    fn key(&mut self, step: &Step) -> Option<Value> {
        match &step.kind {
            StepKind::Field(_) | StepKind::Dynamic(_) => None,
            StepKind::Index(key) | StepKind::Key(key) => Some(self.expr(key)[0]),
        }
    }

    /// Fails if a step of the place is null, missing or out of bounds.
    fn check_steps(&mut self, ty: Ty, slots: &[Value], steps: &[Step], keys: &[Option<Value>]) {
        let mut slots = slots.to_vec();
        let mut ty = ty;
        for (number, (step, key)) in steps.iter().zip(keys).enumerate() {
            let last = number + 1 == steps.len();
            let position = self.position(step.span);
            if self.is_option(ty) {
                let failure = if step.optional { Failure::OptionalAssignment } else { Failure::NullAccess };
                let null = self.is_null(ty, &slots);
                self.builder.check(null, failure, position);
                slots = self.content(ty, &slots);
                ty = self.content_type(ty);
            }
            match (&step.kind, *key) {
                (StepKind::Index(_), Some(index)) => {
                    self.check_index(slots[0], index, step.span);
                    if !last {
                        let stride = self.shape(step.ty).size;
                        let address = self.builder.element_address(slots[0], index, stride);
                        slots = self.load(step.ty, address, 0);
                    }
                }
                (StepKind::Key(_), Some(key)) if !last => {
                    let address = self.runtime1(Rt::map_find, &[], &[slots[0], key], step.span);
                    let absent = self.builder.is_null(address);
                    self.builder.check(absent, Failure::MissingMapEntry, position);
                    slots = self.load(step.ty, address, 0);
                }
                (StepKind::Field(member), _) if ty == Ty::STD_ERROR => {
                    let name = StdErrors::MEMBERS[*member as usize];
                    slots = self.error_member(slots[0], name, step.ty, step.span);
                }
                (StepKind::Field(field), _) if !last => {
                    let offset = self.field_offset(ty, *field);
                    slots = self.load(step.ty, slots[0], offset);
                }
                _ => {}
            }
            ty = step.ty;
        }
    }

    /// Makes the change at the end of the steps and yields the changed whole. Consumes the slots.
    fn store(
        &mut self,
        ty: Ty,
        slots: Slots,
        steps: &[Step],
        keys: &[Option<Value>],
        change: &Change,
    ) -> Slots {
        let Some((step, rest)) = steps.split_first() else {
            return match change {
                Change::Set(value) => value.clone(),
                Change::Extend(by) => vec![self.extended(slots[0], by)],
            };
        };
        // The value to put over the old one, which is not needed then.
        let over = match change {
            Change::Set(value) if rest.is_empty() => Some(value),
            _ => None,
        };
        if self.is_option(ty) {
            let content = self.content(ty, &slots);
            let inner = self.content_type(ty);
            let new = self.store(inner, content, steps, keys, change);
            return self.some(ty, new);
        }
        let object = slots[0];
        let (base, address, offset, may_be_new) = match (&step.kind, keys[0]) {
            (StepKind::Index(_), Some(index)) => {
                let list = self.runtime1(Rt::list_unique, &[], &[object], step.span);
                let stride = self.shape(step.ty).size;
                (list, self.builder.element_address(list, index, stride), 0, false)
            }
            (StepKind::Key(_), Some(key)) if over.is_some() => {
                let [map, slot] = self.runtime(Rt::map_insert_slot, &[], &[object, key], step.span)[..]
                else {
                    return slots;
                };
                (map, slot, 0, true)
            }
            (StepKind::Key(_), Some(key)) => {
                let map = self.runtime1(Rt::map_unique, &[], &[object], step.span);
                (map, self.runtime1(Rt::map_find, &[], &[map, key], step.span), 0, false)
            }
            (StepKind::Field(member), _) if ty == Ty::STD_ERROR => {
                let node = self.builder.unique(object);
                let name = self.static_string(StdErrors::MEMBERS[*member as usize]);
                (node, self.runtime1(Rt::error_slot, &[], &[node, name], step.span), 0, false)
            }
            (StepKind::Field(field), _) => {
                let offset = self.field_offset(ty, *field);
                let node = self.builder.unique(object);
                (node, node, offset, false)
            }
            _ => return slots,
        };
        if let Some(value) = over {
            self.replace(step.ty, address, offset, value, may_be_new);
        } else {
            let inner = self.take(step.ty, address, offset);
            let new = self.store(step.ty, inner, rest, &keys[1..], change);
            self.put(step.ty, address, offset, &new);
        }
        vec![base]
    }

    /// Moves a value out of memory: its objects leave holes.
    fn take(&mut self, ty: Ty, base: Value, offset: u32) -> Slots {
        let shape = self.shape(ty);
        let slots = shape.slots.iter().zip(&shape.offsets);
        slots
            .map(|(&slot, &at)| {
                if slot.is_object() {
                    self.builder.take(slot, base, offset + at)
                } else {
                    self.builder.load(slot, base, offset + at)
                }
            })
            .collect()
    }

    fn field_offset(&mut self, ty: Ty, field: u32) -> u32 {
        match *self.ty(ty) {
            HirType::Struct(id) => self.lowering.tables.layout(id).offsets[field as usize],
            _ => 0,
        }
    }
}
