//! Document symbols (toolchain reference 14.14).

use lsp_types::{DocumentSymbol, DocumentSymbolParams};

use super::symbols::{self, Declared};
use super::{Parsed, target};
use crate::text::{Encoding, Text};
use crate::workspace::Workspace;

pub(crate) fn answer(workspace: &Workspace, params: &DocumentSymbolParams) -> Vec<DocumentSymbol> {
    let Some(target) = target(workspace, &params.text_document.uri) else { return Vec::new() };
    let declared = symbols::of_module(&Parsed::new(&target.text));
    declared.iter().map(|declared| symbol(declared, &target.text, workspace.encoding)).collect()
}

fn symbol(declared: &Declared, text: &Text, encoding: Encoding) -> DocumentSymbol {
    let children: Vec<DocumentSymbol> =
        declared.children.iter().map(|child| symbol(child, text, encoding)).collect();
    #[expect(deprecated, reason = "the field has to be given")]
    DocumentSymbol {
        name: declared.name.clone(),
        detail: None,
        kind: declared.kind.symbol_kind(),
        tags: None,
        deprecated: None,
        range: text.range(declared.span, encoding),
        selection_range: text.range(declared.selection, encoding),
        children: (!children.is_empty()).then_some(children),
    }
}
