//! What the runtime calls by number: defaults, predicates, patterns and `spawn` blocks, in one function that goes by the number.
//!
//! One function instead of a table of addresses: a table would have to be relocated when the program starts.

use crate::checked::Callback;
use crate::function::{Body, Slots};
use crate::program::Lowering;
use fuse_abi::desc::TYPE_BYTES;
use fuse_abi::functions::{Mode, Rt};
use fuse_hir::{FnId, Span, Ty};
use fuse_ir::{BlockCall, Param, Signature, Type, Value};
use fuse_pattern::Compiled;

/// Lowers the function for all callbacks known.
pub(crate) fn lower(lowering: &mut Lowering<'_>, app: FnId) -> fuse_ir::Function {
    let callbacks = lowering.tables.checked.calls.clone();
    let params = [Type::I64, Type::Ptr, Type::Ptr].map(|ty| Param { ty, mode: Mode::Borrow });
    let signature = Signature { params: params.to_vec(), results: Vec::new(), fails: false };
    let mut body = Body::new(lowering, "$calls", signature, app);
    let [number, input, output] = body.builder.params()[..] else { return body.builder.finish() };
    let unknown = body.builder.create_block();
    let blocks = callbacks.iter().map(|_| body.builder.create_block()).collect::<Vec<_>>();
    let call = |block| BlockCall { block, args: Vec::new() };
    let cases = blocks.iter().enumerate().map(|(index, &block)| (index as i64, call(block))).collect();
    body.builder.switch(number, cases, call(unknown));
    for (callback, block) in callbacks.iter().zip(blocks) {
        body.enter(block);
        let (ty, slots) = body.callback(callback, input);
        body.put(ty, output, 0, &slots);
        body.builder.ret(&[]);
    }
    // The runtime has its numbers from the same tables.
    body.enter(unknown);
    body.builder.unreachable();
    body.builder.finish()
}

impl Body<'_, '_> {
    fn callback(&mut self, callback: &Callback, input: Value) -> (Ty, Slots) {
        let program = self.program();
        let function = |id: FnId| &program.functions[id.0 as usize];
        match callback {
            Callback::Default(id) => (function(*id).result, self.call_from_nowhere(*id, &[])),
            Callback::ParameterDefault(id, layout) => {
                let mut args = Slots::new();
                for (param, &offset) in function(*id).params.iter().zip(&layout.offsets) {
                    args.extend(self.load(param.ty, input, offset));
                }
                (function(*id).result, self.call_from_nowhere(*id, &args))
            }
            Callback::Block(id) => (Ty::UNIT, self.call_from_nowhere(*id, &[])),
            Callback::Predicate(id, base) => {
                let value = self.load(*base, input, 0);
                let args = self.convert(*base, function(*id).params[0].ty, value, Span::default());
                (Ty::BOOL, self.call_from_nowhere(*id, &args))
            }
            Callback::Spawn(number) => self.call_spawned(*number, input),
            Callback::Pattern(pattern) => {
                let text = self.load(Ty::STRING, input, 0)[0];
                (Ty::BOOL, vec![self.matches(text, pattern)])
            }
        }
    }

    /// Whether a pattern is found in a text.
    fn matches(&mut self, text: Value, pattern: &str) -> Value {
        match fuse_pattern::compile(pattern) {
            Ok(Compiled::Automaton(bytes)) => {
                let automaton = self.static_bytes(&bytes);
                self.runtime_nowhere(Rt::regex_match, &[], &[text, automaton])[0]
            }
            Ok(Compiled::Pattern(plain)) => {
                let pattern = self.static_string(&plain);
                self.runtime_nowhere(Rt::regex_search, &[], &[text, pattern])[0]
            }
            // Checking has refused patterns that do not compile.
            Err(message) => unreachable!("{pattern}: {message}"),
        }
    }

    /// A static Bytes.
    pub(crate) fn static_bytes(&mut self, bytes: &[u8]) -> Value {
        let mut object = Vec::with_capacity(16 + bytes.len());
        object.extend((bytes.len() as u64).to_le_bytes());
        object.extend(0_u64.to_le_bytes());
        object.extend(bytes);
        let id = self.lowering.object(TYPE_BYTES, object);
        self.builder.static_object(id)
    }
}
