//! The ways into a program: the selected app, and `fn main` with its arguments bound.

use crate::checked::needs_json;
use crate::function::{Body, Slots};
use crate::program::Lowering;
use fuse_abi::failure::Failure;
use fuse_abi::functions::Rt;
use fuse_hir::{FnId, Ty, Type as HirType};
use fuse_ir::{PositionId, Signature};

/// Resolves the configs, then runs the app.
pub(crate) fn start(lowering: &mut Lowering<'_>, app: Option<FnId>, somewhere: FnId) -> fuse_ir::Function {
    let mut body = Body::new(lowering, "$start", Signature::default(), somewhere);
    let json = body.has_json_config();
    body.resolve_configs(json);
    match app {
        Some(app) => {
            body.call_from_nowhere(app, &[]);
            body.builder.ret(&[]);
        }
        None => body.builder.fail(Failure::NoApp, PositionId::default()),
    }
    body.builder.finish()
}

/// Resolves the configs: what comes before tests, which are called by number.
pub(crate) fn configs(lowering: &mut Lowering<'_>, somewhere: FnId) -> fuse_ir::Function {
    let mut body = Body::new(lowering, "$start", Signature::default(), somewhere);
    let json = body.has_json_config();
    body.resolve_configs(json);
    body.builder.ret(&[]);
    body.builder.finish()
}

/// Resolves the configs, binds the arguments, then runs `fn main`; its failure is the program's.
pub(crate) fn main(lowering: &mut Lowering<'_>, main: Option<FnId>, somewhere: FnId) -> fuse_ir::Function {
    let mut body = Body::new(lowering, "$main", Signature::default(), main.unwrap_or(somewhere));
    let json = body.has_json_config();
    let Some(main) = main else {
        body.resolve_configs(json);
        body.builder.fail(Failure::NoMain, PositionId::default());
        return body.builder.finish();
    };
    let function = body.function;
    let program = body.program();
    let in_params = function.params.iter().any(|param| needs_json(program, param.ty, param.default));
    body.resolve_configs(json || in_params);
    let (record, layout) = body.lowering.tables.parameters(function);
    let bound = body.runtime_nowhere(Rt::cli_bind, &[record], &[])[0];
    let mut args = Slots::new();
    for (param, &offset) in function.params.iter().zip(&layout.offsets) {
        args.extend(body.load(param.ty, bound, offset));
    }
    let result = body.call_from_nowhere(main, &args);
    body.end_with(function.result, result);
    body.builder.ret(&[]);
    body.builder.finish()
}

impl Body<'_, '_> {
    fn has_json_config(&self) -> bool {
        let fields = self.program().configs.iter().flat_map(|config| &config.fields);
        fields.into_iter().any(|field| needs_json(self.program(), field.ty, Some(field.default)))
    }

    /// `json`: there are texts that are JSON, whose reader the program then holds.
    fn resolve_configs(&mut self, json: bool) {
        if json {
            self.runtime_nowhere(Rt::json_enable, &[], &[]);
        }
        if self.lowering.config_block.is_some() {
            self.runtime_nowhere(Rt::config_resolve, &[], &[]);
            self.database_settings();
        }
    }

    /// Calls a function where no place in the source calls it.
    pub(crate) fn call_from_nowhere(&mut self, id: FnId, args: &[fuse_ir::Value]) -> Slots {
        let function = self.lowering.function(id);
        let results = self.lowering.signature(id).results;
        self.builder.call(function, args, &results, PositionId::default())
    }

    /// Ends the program with an error value if the result is a failure.
    fn end_with(&mut self, ty: Ty, result: Slots) {
        let HirType::Result(_, domains) = self.ty(ty) else { return };
        let tag = self.tag(ty, &result);
        let blocks = (0..=domains.len()).map(|_| self.builder.create_block()).collect::<Vec<_>>();
        self.switch_by_tag(tag, &blocks);
        for (index, &domain) in domains.iter().enumerate() {
            self.enter(blocks[index + 1]);
            let error = self.payload(ty, &result, index + 1, 0);
            let index = self.type_index(domain);
            let address = self.spill(domain, &error);
            self.runtime_nowhere(Rt::end_with_error, &[index], &[address]);
            self.builder.unreachable();
        }
        self.enter(blocks[0]);
    }
}
