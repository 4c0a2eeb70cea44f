//! Checking for editors: every finding, and what every name refers to, whether the program is valid or not.

use std::path::{Path, PathBuf};

use fuse_diagnostics::{Code, Diagnostic, FileId, Sources, Span, codes, sort_and_dedupe};
use rustc_hash::FxHashMap;

use crate::env::Diags;
use crate::index::Index;
use crate::{FileSystem, Options, Packages, check_loaded, load};

/// What an analysis finds out.
#[derive(Debug)]
pub struct Analysis {
    /// All files that were read, modules and assets, in load order; the first is the entry. Empty if the entry could not be read.
    pub sources: Sources,
    /// Errors and warnings by file in load order, then by place.
    pub diagnostics: Vec<Diagnostic>,
    /// How files of the program are shown.
    pub packages: Packages,
    /// Of findings that are told at two places, the other place.
    pub related: FxHashMap<(Code, FileId, Span), Related>,
    /// What names refer to.
    pub index: Index,
}

/// The other place of a finding, and what is said there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// The file.
    pub file: FileId,
    /// The place in it.
    pub span: Span,
    /// What is said there.
    pub message: String,
}

/// Loads and checks the program of an entry file like [`crate::check`]. Errors are no obstacle.
pub fn analyze(entry: &Path, files: &dyn FileSystem, options: &Options) -> Analysis {
    let mut diagnostics = Diags::new();
    let loaded = load::load(entry, files, options, &mut diagnostics);
    let Some(loaded) = loaded else {
        let (sources, packages) = (Sources::new(), Packages::new(PathBuf::new(), &[]));
        return Analysis {
            sources,
            diagnostics,
            packages,
            related: FxHashMap::default(),
            index: Index::default(),
        };
    };
    let mut index = Index::default();
    let (_, sources, packages) = check_loaded(loaded, options, Some(&mut index), &mut diagnostics);
    let related = related(&diagnostics);
    sort_and_dedupe(&mut diagnostics);
    Analysis { sources, diagnostics, packages, related, index }
}

/// The pairs among the findings: what clashes is told at both places, one after the other.
fn related(diagnostics: &[Diagnostic]) -> FxHashMap<(Code, FileId, Span), Related> {
    const PAIRS: [Code; 9] = [
        codes::DUPLICATE_CAPABILITY,
        codes::DUPLICATE_DECLARATION,
        codes::DUPLICATE_LOCAL,
        codes::DUPLICATE_MEMBER,
        codes::DUPLICATE_ROUTE,
        codes::IMPL_DUPLICATE,
        codes::IMPORT_DUPLICATE,
        codes::METHOD_NAME_CONFLICT,
        codes::SYMBOL_DUPLICATE,
    ];
    let mut found = FxHashMap::default();
    let mut at = 0;
    while let [one, other, ..] = &diagnostics[at..] {
        at += 1;
        let (Some(one_file), Some(other_file)) = (one.file, other.file) else { continue };
        if one.code != other.code || !PAIRS.contains(&one.code) {
            continue;
        }
        at += 1;
        let place = |file, of: &Diagnostic| Related { file, span: of.span, message: of.message.clone() };
        found.entry((one.code, one_file, one.span)).or_insert_with(|| place(other_file, other));
        found.entry((other.code, other_file, other.span)).or_insert_with(|| place(one_file, one));
    }
    found
}
