//! Workspace symbols (toolchain reference 14.14): which match a query, and in which order.

use std::collections::BTreeSet;

use fuse_syntax::{ast, sym};
use lsp_types::{Location, SymbolInformation, SymbolKind};

use super::Parsed;
use super::symbols::{self, Declared, Kind};
use crate::analysis::Analysis;
use crate::documents::is_source;
use crate::uri;
use crate::workspace::Workspace;

/// Results for a query of no letters, and for all others.
const MOST: (usize, usize) = (50, 128);

/// A symbol that matches, with its rank.
struct Hit {
    rank: Rank,
    symbol: SymbolInformation,
}

/// The criteria, the first one first.
type Rank = (MatchClass, u8, usize, usize, usize, usize, String, String, (u32, u32));

/// How a name matches, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum MatchClass {
    Exact,
    ExactIgnoringCase,
    Prefix,
    PrefixIgnoringCase,
    Initials,
    Substring,
    Subsequence,
}

/// A match: its class, where it starts, how many letters it leaves out, how long it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Match {
    class: MatchClass,
    start: usize,
    gaps: usize,
    span: usize,
}

pub(crate) fn answer(workspace: &mut Workspace, query: &str) -> Vec<SymbolInformation> {
    let (filter, query) = split(query.trim());
    let start = workspace.roots.first().cloned().or_else(|| workspace.documents.sources().next().cloned());
    let Some(start) = start else { return Vec::new() };
    let programs = workspace.programs_of_workspace(&start);
    let mut seen = BTreeSet::new();
    let mut hits = Vec::new();
    for program in &programs {
        for (file, path) in program.files() {
            if is_source(path) && seen.insert(path.to_owned()) {
                collect(workspace, program, file, query, filter, &mut hits);
            }
        }
    }
    hits.sort_by(|one, other| one.rank.cmp(&other.rank));
    hits.truncate(if query.is_empty() { MOST.0 } else { MOST.1 });
    hits.into_iter().map(|hit| hit.symbol).collect()
}

/// The kinds that a prefix of the query asks for, and the rest of it.
fn split(query: &str) -> (Option<&'static [Kind]>, &str) {
    const FILTERS: [(&str, &[Kind]); 5] = [
        ("fn:", &[Kind::Function, Kind::Component, Kind::Route, Kind::Migration, Kind::Test]),
        ("type:", &[Kind::Type, Kind::Interface]),
        ("enum:", &[Kind::Enum, Kind::Variant]),
        ("config:", &[Kind::Config]),
        ("service:", &[Kind::Service, Kind::App]),
    ];
    let found = FILTERS.iter().find_map(|(prefix, kinds)| Some((*kinds, query.strip_prefix(prefix)?)));
    match found {
        Some((kinds, rest)) => (Some(kinds), rest.trim()),
        None => (None, query),
    }
}

fn collect(
    workspace: &Workspace,
    program: &Analysis,
    file: fuse_diagnostics::FileId,
    query: &str,
    filter: Option<&[Kind]>,
    hits: &mut Vec<Hit>,
) {
    let text = program.text(file);
    let parsed = Parsed::new(text);
    let uri = workspace.documents.uri(program.path(file));
    let mut add = |name: &str, kind: SymbolKind, class: u8, selection, container: Option<String>| {
        let Some(found) = matched(name, query) else { return };
        let range = text.range(selection, workspace.encoding);
        let at = (range.start.line, range.start.character);
        let Match { class: how, start, gaps, span } = found;
        let length = name.chars().count();
        let rank = (how, class, start, gaps, span, length, name.to_owned(), uri.clone(), at);
        #[expect(deprecated, reason = "the field has to be given")]
        let symbol = SymbolInformation {
            name: name.to_owned(),
            kind,
            tags: None,
            deprecated: None,
            location: Location::new(uri::parse(&uri), range),
            container_name: container,
        };
        hits.push(Hit { rank, symbol });
    };
    let mut pending: Vec<(&Declared, Option<String>)> = Vec::new();
    let declared = symbols::of_module(&parsed);
    pending.extend(declared.iter().map(|declared| (declared, None)));
    while let Some((declared, container)) = pending.pop() {
        let wanted = filter.is_none_or(|kinds| kinds.contains(&declared.kind));
        if wanted && declared.kind != Kind::Impl {
            let kind = declared.kind;
            add(&declared.name, kind.symbol_kind(), class(kind), declared.selection, container);
        }
        let own = declared.name.clone();
        pending.extend(declared.children.iter().map(|child| (child, Some(own.clone()))));
    }
    if filter.is_none() {
        for alias in aliases(&parsed.module) {
            add(parsed.name(alias.name), SymbolKind::MODULE, 2, alias.span, None);
        }
    }
}

/// The module aliases that imports bind.
fn aliases(module: &ast::Module) -> impl Iterator<Item = ast::Ident> {
    module
        .items
        .iter()
        .filter_map(|item| match &item.kind {
            ast::ItemKind::Import(import) => match import.clause {
                ast::ImportClause::Sibling(name) | ast::ImportClause::Name(name) => Some(name),
                ast::ImportClause::As { alias, .. } => Some(alias),
                ast::ImportClause::Named(_) => None,
            },
            _ => None,
        })
        .filter(|name| name.name != sym::EMPTY)
}

fn class(kind: Kind) -> u8 {
    match kind {
        Kind::Function
        | Kind::Component
        | Kind::Route
        | Kind::Migration
        | Kind::Test
        | Kind::Service
        | Kind::App => 0,
        Kind::Type | Kind::Interface | Kind::Enum | Kind::Config | Kind::Impl => 1,
        Kind::Variant | Kind::Field => 2,
    }
}

/// How a name matches a query; an empty query matches everything alike.
fn matched(name: &str, query: &str) -> Option<Match> {
    let letters: Vec<char> = name.chars().collect();
    let wanted: Vec<char> = query.chars().collect();
    let whole = |class, start| Match { class, start, gaps: 0, span: wanted.len() };
    if wanted.is_empty() {
        return Some(whole(MatchClass::Subsequence, 0));
    }
    let same = |one: &char, other: &char| one.eq_ignore_ascii_case(other);
    let alike =
        |part: &[char]| part.len() == wanted.len() && part.iter().zip(&wanted).all(|(a, b)| same(a, b));
    if name == query {
        return Some(whole(MatchClass::Exact, 0));
    }
    if alike(&letters) {
        return Some(whole(MatchClass::ExactIgnoringCase, 0));
    }
    if letters.starts_with(&wanted) {
        return Some(whole(MatchClass::Prefix, 0));
    }
    if letters.len() > wanted.len() && alike(&letters[..wanted.len()]) {
        return Some(whole(MatchClass::PrefixIgnoringCase, 0));
    }
    let initials: Vec<usize> = (0..letters.len()).filter(|&at| is_initial(&letters, at)).collect();
    let by_initials = initials
        .windows(wanted.len())
        .find(|window| window.iter().zip(&wanted).all(|(&at, wanted)| same(&letters[at], wanted)));
    if let Some(window) = by_initials {
        let (start, end) = (window[0], window[window.len() - 1]);
        let span = end - start + 1;
        return Some(Match { class: MatchClass::Initials, start, gaps: span - wanted.len(), span });
    }
    if let Some(start) = letters.windows(wanted.len()).position(alike) {
        return Some(whole(MatchClass::Substring, start));
    }
    subsequence(&letters, &wanted)
}

/// Whether a word of the name begins at a letter.
fn is_initial(letters: &[char], at: usize) -> bool {
    let letter = letters[at];
    letter.is_alphanumeric()
        && (at == 0
            || !letters[at - 1].is_alphanumeric()
            || (letter.is_uppercase() && !letters[at - 1].is_uppercase()))
}

/// The earliest subsequence, made as short as it can be from its end.
fn subsequence(letters: &[char], wanted: &[char]) -> Option<Match> {
    let mut next = wanted.iter();
    let mut waiting = next.next()?;
    let mut end = None;
    for (at, letter) in letters.iter().enumerate() {
        if letter.eq_ignore_ascii_case(waiting) {
            match next.next() {
                Some(wanted) => waiting = wanted,
                None => {
                    end = Some(at);
                    break;
                }
            }
        }
    }
    let end = end?;
    let mut start = end + 1;
    for wanted in wanted.iter().rev() {
        start = letters[..start].iter().rposition(|letter| letter.eq_ignore_ascii_case(wanted))?;
    }
    let span = end - start + 1;
    Some(Match { class: MatchClass::Subsequence, start, gaps: span - wanted.len(), span })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_of_matches() {
        let class = |name, query| matched(name, query).map(|found| found.class);
        for (name, query, expected) in [
            ("price", "price", Some(MatchClass::Exact)),
            ("Price", "price", Some(MatchClass::ExactIgnoringCase)),
            ("price_of", "price", Some(MatchClass::Prefix)),
            ("PriceOf", "price", Some(MatchClass::PrefixIgnoringCase)),
            ("OrderLineTotal", "olt", Some(MatchClass::Initials)),
            ("order_line_total", "lt", Some(MatchClass::Initials)),
            ("the_price", "rice", Some(MatchClass::Substring)),
            ("the_price", "tpc", Some(MatchClass::Subsequence)),
            ("the_price", "xyz", None),
        ] {
            assert_eq!(class(name, query), expected, "{name} {query}");
        }
        let found = matched("abcaxb", "ab").unwrap();
        assert_eq!((found.start, found.span), (0, 2));
    }
}
