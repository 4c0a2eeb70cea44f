//! Patterns: tests and bindings.

use crate::function::{Body, Slots};
use crate::shape::ShapeKind;
use fuse_hir::{Pat, PatKind, StdErrors, Ty, Type as HirType};
use fuse_ir::{Block, FloatCc, IntCc, Value};

impl Body<'_, '_> {
    /// Goes to `failed` if the pattern does not match; continues, with everything bound, if it does.
    pub(crate) fn test(&mut self, pattern: &Pat, slots: &[Value], failed: Block) {
        if pattern.ty == Ty::DYNAMIC && self.test_dynamic_literal(pattern, slots, failed) {
            return;
        }
        match &pattern.kind {
            PatKind::Wild => {}
            PatKind::Bind(local) => {
                let ty = self.function.locals[local.0 as usize].ty;
                let slots = self.convert(pattern.ty, ty, slots.to_vec(), pattern.span);
                self.set_local(*local, &slots);
            }
            PatKind::Int(value) => {
                let value = self.builder.iconst(*value);
                let equal = self.builder.icmp(IntCc::Eq, slots[0], value);
                self.require(equal, failed);
            }
            PatKind::Float(value) => {
                let value = self.builder.fconst(*value);
                let equal = self.builder.fcmp(FloatCc::Eq, slots[0], value);
                self.require(equal, failed);
            }
            PatKind::Bool(true) => self.require(slots[0], failed),
            PatKind::Bool(false) => self.branch_to(slots[0], failed),
            PatKind::String(text) => {
                let text = self.static_string(text);
                let equal = self.equal_values(Ty::STRING, slots, &[text], pattern.span);
                self.require(equal, failed);
            }
            PatKind::Null => {
                let null = self.is_null(pattern.ty, slots);
                self.require(null, failed);
            }
            PatKind::Some(inner) => {
                let content = self.open_slots(pattern.ty, slots, failed);
                let ty = self.content_type(pattern.ty);
                let content = self.convert(ty, inner.ty, content, inner.span);
                self.test(inner, &content, failed);
            }
            PatKind::Variant(..) | PatKind::Domain(..) | PatKind::Ok(_) | PatKind::Err(_) => {
                self.test_tag(pattern, slots, failed);
                self.test_payload(pattern, slots, failed);
            }
            PatKind::Struct(members) if pattern.ty == Ty::STD_ERROR => {
                // What is not asked for need not be there.
                for (member, inner) in
                    members.iter().filter(|(_, inner)| !matches!(inner.kind, PatKind::Wild))
                {
                    let name = StdErrors::MEMBERS[*member as usize];
                    let value = self.error_member(slots[0], name, inner.ty, inner.span);
                    self.test(inner, &value, failed);
                }
            }
            PatKind::Struct(fields) => {
                let HirType::Struct(id) = *self.ty(pattern.ty) else { return };
                for (field, inner) in fields {
                    let layout = self.lowering.tables.layout(id);
                    let ty = self.program().structs[id.0 as usize].fields[*field as usize].ty;
                    let value = self.load(ty, slots[0], layout.offsets[*field as usize]);
                    self.test(inner, &value, failed);
                }
            }
        }
    }

    /// A literal on a dynamic subject: first the kind must be the literal's. `false` if the pattern is no literal.
    fn test_dynamic_literal(&mut self, pattern: &Pat, slots: &[Value], failed: Block) -> bool {
        let ty = match pattern.kind {
            PatKind::Int(_) => Ty::INT,
            PatKind::Float(_) => Ty::FLOAT,
            PatKind::Bool(_) => Ty::BOOL,
            PatKind::String(_) => Ty::STRING,
            _ => return false,
        };
        let Some(kind) = self.plain_kind(ty) else { return false };
        self.require_kind(slots, kind, failed);
        let content = self.scalar_of(ty, slots);
        self.test(&Pat { ty, ..pattern.clone() }, &content, failed);
        true
    }

    fn require(&mut self, condition: Value, failed: Block) {
        let next = self.builder.create_block();
        self.builder.branch(condition, next, failed);
        self.enter(next);
    }

    fn test_tag(&mut self, pattern: &Pat, slots: &[Value], failed: Block) {
        if self.variant_count(pattern.ty) < 2 {
            return;
        }
        match &pattern.kind {
            PatKind::Ok(_) => {
                let failure = self.is_failure(pattern.ty, slots);
                self.branch_to(failure, failed);
            }
            PatKind::Err(inner) => {
                let fits = match self.failure_of_domain(pattern.ty, inner) {
                    Some((variant, _)) => self.is_variant(pattern.ty, slots, variant),
                    None => self.is_failure(pattern.ty, slots),
                };
                self.require(fits, failed);
            }
            PatKind::Variant(number, _) | PatKind::Domain(number, _) => {
                let equal = self.is_variant(pattern.ty, slots, *number as usize);
                self.require(equal, failed);
            }
            _ => {}
        }
    }

    /// The payload patterns of a pattern whose tag is known to fit.
    pub(crate) fn test_payload(&mut self, pattern: &Pat, slots: &[Value], failed: Block) {
        match &pattern.kind {
            PatKind::Variant(variant, elements) => {
                for (element, inner) in elements {
                    let value = self.payload(pattern.ty, slots, *variant as usize, *element as usize);
                    self.test(inner, &value, failed);
                }
            }
            PatKind::Domain(domain, inner) => {
                let value = self.payload(pattern.ty, slots, *domain as usize, 0);
                self.test(inner, &value, failed);
            }
            PatKind::Ok(inner) => {
                let value = self.payload(pattern.ty, slots, 0, 0);
                self.test(inner, &value, failed);
            }
            PatKind::Err(inner) => match self.failure_of_domain(pattern.ty, inner) {
                Some((variant, inner)) => {
                    let error = self.payload(pattern.ty, slots, variant, 0);
                    self.test(inner, &error, failed);
                }
                None => {
                    let error = self.error_payload(pattern.ty, inner.ty, slots);
                    self.test(inner, &error, failed);
                }
            },
            _ => {}
        }
    }

    /// The variant of a result that the pattern of its error asks for, and the pattern of the error of that domain; `None` if it asks for no
    /// domain, or for one that takes the errors of several. It need not make a union of all errors first.
    fn failure_of_domain<'p>(&mut self, result: Ty, error: &'p Pat) -> Option<(usize, &'p Pat)> {
        let PatKind::Domain(number, inner) = &error.kind else { return None };
        let HirType::Union(members) = self.ty(error.ty) else { return None };
        let member = members[*number as usize];
        if member == Ty::STD_ERROR {
            return None;
        }
        let (_, domains) = self.result_parts(result);
        let types = &self.program().types;
        let index = domains.iter().position(|&domain| types.same(domain, member))?;
        Some((index + 1, inner))
    }

    /// The error of a failed result: of its one domain, or the union of several.
    fn error_payload(&mut self, result: Ty, error: Ty, slots: &[Value]) -> Slots {
        let (_, domains) = self.result_parts(result);
        let HirType::Union(members) = self.ty(error) else { return self.payload(result, slots, 1, 0) };
        let join = self.block_for(error);
        let tag = self.tag(result, slots);
        let blocks = domains.iter().map(|_| self.builder.create_block()).collect::<Vec<_>>();
        // Tag 0 is success and does not come here.
        let by_tag = std::iter::once(blocks[0]).chain(blocks.iter().copied()).collect::<Vec<_>>();
        self.switch_by_tag(tag, &by_tag);
        for (index, block) in blocks.into_iter().enumerate() {
            self.enter(block);
            let payload = self.payload(result, slots, index + 1, 0);
            let place = self.domain_of(members, domains[index]);
            let made = self.make_variant(error, place, &[payload]);
            self.builder.jump(join, &made);
        }
        self.enter(join)
    }

    /// Number of variants of an enum, result or union.
    pub(crate) fn variant_count(&mut self, ty: Ty) -> usize {
        match &self.shape(ty).kind {
            ShapeKind::Sum(sum) => sum.variants.len(),
            _ => 0,
        }
    }
}
