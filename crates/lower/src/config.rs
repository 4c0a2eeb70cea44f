//! Reading configuration: loads from the block that the runtime has filled.

use crate::function::{Body, Slots};
use fuse_abi::functions::Rt;
use fuse_hir::{ConfigId, Expr, Ty};
use fuse_ir::{IntCc, Type};

impl Body<'_, '_> {
    /// A field of a config. It may be read by a function that a default calls before the field has a value: that is a failure.
    pub(crate) fn config_field(&mut self, id: ConfigId, field: u32, expr: &Expr) -> Slots {
        let config = &self.program().configs[id.0 as usize];
        let Some((block, places)) = self.lowering.config_block.clone() else { return Slots::new() };
        let place = places.places[id.0 as usize][field as usize];
        let base = self.builder.static_object(block);
        let resolved = self.builder.load(Type::I8, base, place.flag);
        let zero = self.builder.byte(0);
        let open = self.builder.icmp(IntCc::Eq, resolved, zero);
        let [unresolved, next] = [(); 2].map(|()| self.builder.create_block());
        self.builder.branch(open, unresolved, next);
        self.enter(unresolved);
        let name = format!("{}.{}", config.name, config.fields[field as usize].name);
        let name = self.static_string(&name);
        self.runtime(Rt::config_unresolved, &[], &[name], expr.span);
        self.builder.unreachable();
        self.enter(next);
        self.load(expr.ty, base, place.value)
    }

    /// A field of a config when all have their values.
    pub(crate) fn resolved_field(&mut self, id: ConfigId, field: u32, ty: Ty) -> Slots {
        let Some((block, places)) = self.lowering.config_block.clone() else { return Slots::new() };
        let base = self.builder.static_object(block);
        self.load(ty, base, places.places[id.0 as usize][field as usize].value)
    }
}
