//! Whether the arms of a `match` cover every value, and which arms nothing can reach (language reference 5.20).
//!
//! The arms are rows of a matrix of patterns. Splitting the matrix by the constructors of one column (usefulness, after
//! Maranget) yields a decision tree; an arm is reachable if it is the first row left at some leaf, and a leaf without
//! rows is an uncovered case. A tree can be exponential in the size of the patterns, so the work is bounded.

use fuse_hir::{Pat, PatKind, StdErrors, Ty, Type, Types};
use rustc_hash::FxHashMap;

use crate::env::Env;

/// Cells that may be copied while one `match` is examined; real ones need a few thousand.
const BUDGET: usize = 4_000_000;

/// How many columns may be split one below the other; real patterns stay far below.
const MAX_DEPTH: usize = 1_000;

/// What the arms of a `match` cover.
#[derive(Debug, PartialEq, Eq)]
pub struct Coverage {
    /// For each arm, whether some value reaches it. All of them, if the patterns are too complex to tell.
    pub reachable: Vec<bool>,
    /// A case that no arm covers, as a pattern.
    pub uncovered: Option<String>,
    /// The patterns are so complex that the answer was given up: nothing is known to be covered.
    pub gave_up: bool,
}

impl Coverage {
    /// Whether every value is known to reach an arm.
    pub fn is_exhaustive(&self) -> bool {
        self.uncovered.is_none() && !self.gave_up
    }
}

/// Examines the arms of a `match`. Patterns after an error are expected to be `Wild`.
pub fn coverage(env: &Env<'_>, types: &Types, subject: Ty, arms: &[&Pat]) -> Coverage {
    let mut matrix =
        Matrix { env, types, reachable: vec![false; arms.len()], budget: BUDGET, depth: 0, gave_up: false };
    let rows = arms.iter().enumerate().map(|(arm, &pat)| Row { arm, cells: vec![cell(pat)] }).collect();
    let uncovered = matrix.explore(rows, &[subject]);
    if matrix.gave_up {
        // What an arm that takes everything does is plain all the same.
        let all = arms.iter().position(|pat| irrefutable(pat));
        let reachable = (0..arms.len()).map(|arm| all.is_none_or(|all| arm <= all)).collect();
        return Coverage { reachable, uncovered: None, gave_up: all.is_none() };
    }
    Coverage {
        reachable: matrix.reachable,
        uncovered: uncovered.and_then(|mut case| case.pop()),
        gave_up: false,
    }
}

/// Whether the pattern matches every value of its type.
pub fn irrefutable(pat: &Pat) -> bool {
    match &pat.kind {
        PatKind::Wild | PatKind::Bind(_) => true,
        PatKind::Struct(fields) => fields.iter().all(|(_, pat)| irrefutable(pat)),
        _ => false,
    }
}

/// What one column of a row wants: `None` is anything.
type Cell<'p> = Option<&'p Pat>;

fn cell(pat: &Pat) -> Cell<'_> {
    if irrefutable(pat) { None } else { Some(pat) }
}

/// What is left of an arm.
struct Row<'p> {
    arm: usize,
    cells: Vec<Cell<'p>>,
}

/// The rows that a value made in one way may reach.
struct Group<'p> {
    constructor: Constructor<'p>,
    /// The types of what it holds.
    parts: Vec<Ty>,
    rows: Vec<Row<'p>>,
}

/// How a value of some type was made.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Constructor<'p> {
    Null,
    Some,
    Ok,
    Err,
    Bool(bool),
    Variant(u32),
    Domain(u32),
    Struct,
    Int(i64),
    Float(u64),
    String(&'p str),
}

struct Matrix<'e, 'a> {
    env: &'e Env<'a>,
    types: &'e Types,
    reachable: Vec<bool>,
    budget: usize,
    depth: usize,
    gave_up: bool,
}

impl Matrix<'_, '_> {
    /// Marks the arms that the rows reach and yields an uncovered case, one pattern for each column.
    fn explore(&mut self, mut rows: Vec<Row<'_>>, columns: &[Ty]) -> Option<Vec<String>> {
        let cost = rows.len().saturating_mul(columns.len().max(1));
        self.budget = self.budget.saturating_sub(cost.max(1));
        if self.budget == 0 || self.depth == MAX_DEPTH {
            self.gave_up = true;
            return None;
        }
        let Some(first) = rows.first() else {
            return Some(vec!["_".to_owned(); columns.len()]);
        };
        let Some(column) = first.cells.iter().position(Option::is_some) else {
            self.reachable[first.arm] = true;
            return None;
        };
        // What stands below a row that takes everything is not reached here.
        if let Some(all) = rows.iter().position(|row| row.cells.iter().all(Option::is_none)) {
            rows.truncate(all + 1);
        }
        self.depth += 1;
        let uncovered = self.split(&rows, column, columns);
        self.depth -= 1;
        uncovered
    }

    /// Explores each constructor of a column on its own, and then all others together.
    fn split(&mut self, rows: &[Row<'_>], column: usize, columns: &[Ty]) -> Option<Vec<String>> {
        let ty = columns[column];
        let (groups, others) = self.grouped(rows, column, ty);
        let mut uncovered = None;
        let mut seen = Vec::with_capacity(groups.len());
        for Group { constructor, parts, rows } in groups {
            let mut inner = columns[..column].to_vec();
            inner.extend_from_slice(&parts);
            inner.extend_from_slice(&columns[column + 1..]);
            let case = self.explore(rows, &inner);
            if self.gave_up {
                return None;
            }
            if uncovered.is_none() {
                uncovered = case.map(|mut case| {
                    let rest = case.split_off(column + parts.len());
                    let arguments = case.split_off(column);
                    case.push(self.written(constructor, ty, &arguments));
                    case.extend(rest);
                    case
                });
            }
            seen.push(constructor);
        }
        if let Some(missing) = self.missing(ty, &seen) {
            let mut inner = columns.to_vec();
            inner.remove(column);
            let case = self.explore(others, &inner);
            if uncovered.is_none() {
                uncovered = case.map(|mut case| {
                    case.insert(column, missing);
                    case
                });
            }
        }
        uncovered
    }

    /// The rows by the constructor that they want in the column, and those that want none. The latter are in every group too.
    fn grouped<'p>(&mut self, rows: &[Row<'p>], column: usize, ty: Ty) -> (Vec<Group<'p>>, Vec<Row<'p>>) {
        let mut groups: Vec<Group<'p>> = Vec::new();
        let mut numbers: FxHashMap<Constructor<'p>, usize> = FxHashMap::default();
        for pat in rows.iter().filter_map(|row| row.cells[column]) {
            let constructor = constructor(pat);
            numbers.entry(constructor).or_insert_with(|| {
                groups.push(Group { constructor, parts: self.parts(constructor, ty), rows: Vec::new() });
                groups.len() - 1
            });
        }
        let is_dynamic = matches!(self.types.get(ty), Type::Dynamic);
        let mut others: Vec<Row<'p>> = Vec::new();
        for row in rows {
            let pat = row.cells[column];
            let own = pat.and_then(|pat| numbers.get(&constructor(pat)).copied());
            if let (Some(pat), Some(own)) = (pat, own) {
                let group = &mut groups[own];
                group.rows.push(specialised(row, column, pat, group.parts.len()));
            }
            // `Some(_)` on a dynamic value takes all but `null`: what literals match, too.
            let takes_values =
                is_dynamic && matches!(pat.map(|pat| &pat.kind), Some(PatKind::Some(p)) if irrefutable(p));
            if pat.is_some() && !takes_values {
                continue;
            }
            for (number, group) in groups.iter_mut().enumerate() {
                if pat.is_none() || (own != Some(number) && group.constructor != Constructor::Null) {
                    self.budget = self.budget.saturating_sub(row.cells.len() + group.parts.len());
                    group.rows.push(opened(row, column, group.parts.len()));
                }
            }
            if pat.is_none() {
                others.push(opened(row, column, 0));
            }
            if self.budget == 0 {
                break;
            }
        }
        (groups, others)
    }

    /// The types of what a constructor of a type holds.
    fn parts(&self, constructor: Constructor<'_>, ty: Ty) -> Vec<Ty> {
        match (constructor, self.types.get(ty)) {
            (Constructor::Some, Type::Option(inner) | Type::Lookup(inner)) => vec![*inner],
            // A dynamic value that is not `null`.
            (Constructor::Some, Type::Dynamic) => vec![ty],
            (Constructor::Ok, Type::Result(value, _)) => vec![*value],
            // The payload is a domain or the union of them; only the patterns below it know which, so it is named by the result.
            (Constructor::Err, Type::Result(_, domains)) => match &**domains {
                [domain] => vec![*domain],
                _ => vec![ty],
            },
            (Constructor::Domain(number), Type::Union(domains) | Type::Result(_, domains)) => {
                domains.get(number as usize).map_or(Vec::new(), |&domain| vec![domain])
            }
            (Constructor::Variant(number), Type::Enum(id)) => {
                let variant = self.env.enumeration(*id).variants.get(number as usize);
                variant.map_or(Vec::new(), |variant| variant.payload.clone())
            }
            (Constructor::Struct, Type::Struct(id)) => {
                self.env.strukt(*id).fields.iter().map(|field| field.ty).collect()
            }
            // The type of `fields` does not matter: no pattern looks into a list.
            (Constructor::Struct, Type::StdError) => vec![Ty::STRING, Ty::STRING, Ty::INT, Ty::UNKNOWN],
            _ => Vec::new(),
        }
    }

    /// A pattern for a constructor that is not among the seen ones, if the type has one.
    fn missing(&self, ty: Ty, seen: &[Constructor<'_>]) -> Option<String> {
        let all: Vec<Constructor<'_>> = match self.types.get(ty) {
            Type::Bool => vec![Constructor::Bool(true), Constructor::Bool(false)],
            Type::Option(_) | Type::Lookup(_) | Type::Dynamic => vec![Constructor::Null, Constructor::Some],
            // A column of a result type holds domains if its patterns do (see `parts`).
            Type::Result(_, domains) if seen.iter().any(|c| matches!(c, Constructor::Domain(_))) => {
                (0..domains.len() as u32).map(Constructor::Domain).collect()
            }
            Type::Result(..) => vec![Constructor::Ok, Constructor::Err],
            Type::Union(domains) => (0..domains.len() as u32).map(Constructor::Domain).collect(),
            Type::Struct(_) | Type::StdError => vec![Constructor::Struct],
            Type::Enum(id) => {
                let variants = self.env.enumeration(*id).variants.len();
                (0..variants as u32).map(Constructor::Variant).collect()
            }
            _ => return Some("_".to_owned()),
        };
        let seen: rustc_hash::FxHashSet<_> = seen.iter().copied().collect();
        let missing = all.into_iter().find(|constructor| !seen.contains(constructor))?;
        let parts = vec!["_".to_owned(); self.parts(missing, ty).len()];
        Some(self.written(missing, ty, &parts))
    }

    /// The pattern that matches a constructor with the given parts.
    fn written(&self, constructor: Constructor<'_>, ty: Ty, parts: &[String]) -> String {
        let part = parts.first().map_or("_", String::as_str);
        match constructor {
            Constructor::Null => "null".to_owned(),
            Constructor::Some => format!("Some({part})"),
            Constructor::Ok => format!("Ok({part})"),
            Constructor::Err => format!("Err({part})"),
            Constructor::Bool(value) => value.to_string(),
            Constructor::Int(value) => value.to_string(),
            Constructor::Float(bits) => format!("{:?}", f64::from_bits(bits)),
            Constructor::String(text) => format!("{text:?}"),
            Constructor::Variant(number) => {
                let Type::Enum(id) = self.types.get(ty) else { return "_".to_owned() };
                self.written_variant(*id, number, parts)
            }
            Constructor::Domain(number) => self.written_domain(ty, number, part),
            Constructor::Struct => {
                let (id, names) = match self.types.get(ty) {
                    Type::Struct(id) => {
                        let fields = &self.env.strukt(*id).fields;
                        (*id, fields.iter().map(|field| self.env.text(field.name)).collect())
                    }
                    Type::StdError => (StdErrors::BASE, StdErrors::MEMBERS.to_vec()),
                    _ => return "_".to_owned(),
                };
                let fields: Vec<String> = names
                    .iter()
                    .zip(parts)
                    .filter(|(_, part)| *part != "_")
                    .map(|(name, part)| format!("{name}={part}"))
                    .collect();
                format!("{}({})", self.env.text(self.env.strukt(id).name), fields.join(", "))
            }
        }
    }

    fn written_variant(&self, id: fuse_hir::EnumId, number: u32, parts: &[String]) -> String {
        let declared = self.env.enumeration(id);
        let Some(variant) = declared.variants.get(number as usize) else { return "_".to_owned() };
        let name = format!("{}.{}", self.env.text(declared.name), self.env.text(variant.name));
        if parts.is_empty() { name } else { format!("{name}({})", parts.join(", ")) }
    }

    /// A value of a domain; `part` is the pattern for the value, `_` if nothing is known of it.
    fn written_domain(&self, ty: Ty, number: u32, part: &str) -> String {
        let (Type::Union(domains) | Type::Result(_, domains)) = self.types.get(ty) else {
            return "_".to_owned();
        };
        match domains.get(number as usize).map(|&domain| self.types.get(domain)) {
            _ if part != "_" => part.to_owned(),
            Some(Type::Struct(id)) => format!("{}()", self.env.text(self.env.strukt(*id).name)),
            Some(Type::StdError) => format!("{}()", self.env.text(self.env.strukt(StdErrors::BASE).name)),
            Some(Type::Enum(id)) => {
                let first = self.env.enumeration(*id).variants.first();
                let wild = vec!["_".to_owned(); first.map_or(0, |variant| variant.payload.len())];
                self.written_variant(*id, 0, &wild)
            }
            _ => "_".to_owned(),
        }
    }
}

/// The outermost constructor of a pattern that can fail.
fn constructor(pat: &Pat) -> Constructor<'_> {
    match &pat.kind {
        PatKind::Null => Constructor::Null,
        PatKind::Some(_) => Constructor::Some,
        PatKind::Ok(_) => Constructor::Ok,
        PatKind::Err(_) => Constructor::Err,
        PatKind::Bool(value) => Constructor::Bool(*value),
        PatKind::Variant(number, _) => Constructor::Variant(*number),
        PatKind::Domain(number, _) => Constructor::Domain(*number),
        PatKind::Int(value) => Constructor::Int(*value),
        // The two zeros are equal.
        PatKind::Float(value) => Constructor::Float(if *value == 0.0 { 0 } else { value.to_bits() }),
        PatKind::String(text) => Constructor::String(text),
        PatKind::Struct(_) | PatKind::Wild | PatKind::Bind(_) => Constructor::Struct,
    }
}

/// A row whose pattern in the column has the constructor, with the pattern's parts in its place.
fn specialised<'p>(row: &Row<'p>, column: usize, pat: &'p Pat, width: usize) -> Row<'p> {
    let mut parts: Vec<Cell<'p>> = vec![None; width];
    match &pat.kind {
        PatKind::Some(inner) | PatKind::Ok(inner) | PatKind::Err(inner) | PatKind::Domain(_, inner) => {
            if let Some(part) = parts.first_mut() {
                *part = cell(inner);
            }
        }
        PatKind::Variant(_, inner) | PatKind::Struct(inner) => {
            for (number, inner) in inner {
                if let Some(part) = parts.get_mut(*number as usize) {
                    *part = cell(inner);
                }
            }
        }
        _ => {}
    }
    replaced(row, column, &parts)
}

/// A row that wants nothing of the column, with as many parts that want nothing.
fn opened<'p>(row: &Row<'p>, column: usize, width: usize) -> Row<'p> {
    replaced(row, column, &vec![None; width])
}

fn replaced<'p>(row: &Row<'p>, column: usize, parts: &[Cell<'p>]) -> Row<'p> {
    let mut cells = Vec::with_capacity(row.cells.len() - 1 + parts.len());
    cells.extend_from_slice(&row.cells[..column]);
    cells.extend_from_slice(parts);
    cells.extend_from_slice(&row.cells[column + 1..]);
    Row { arm: row.arm, cells }
}
