//! The query builder (runtime reference 15.4, 15.6).
//!
//! A query is a list of dynamic values, one for each [`Part`], so that it is counted, shared and released like any other value. A method copies the list
//! and replaces parts.

use super::sql::sorted_entries;
use crate::abi::Object;
use crate::dynamic::{Dynamic, DynamicKind, elements, list_of};
use crate::failure::Problem;
use crate::string;

/// What a query holds at which place of its list.
#[derive(Clone, Copy)]
enum Part {
    /// A [`Kind`], as an Int.
    Kind,
    /// String.
    Table,
    /// List of Strings: the columns that are selected; none means all.
    Columns,
    /// List: column, operator, value; and so on.
    Conditions,
    /// List: column, value; and so on. What is inserted or updated.
    Values,
    /// `null`, or the text after `order by`.
    Order,
    /// `null`, or an Int.
    Limit,
}

const PARTS: usize = 7;

/// What a query does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Select,
    Insert,
    Upsert,
    Update,
    Delete,
}

impl Kind {
    const ALL: [Kind; 5] = [Kind::Select, Kind::Insert, Kind::Upsert, Kind::Update, Kind::Delete];

    fn inserts(self) -> bool {
        matches!(self, Kind::Insert | Kind::Upsert)
    }
}

/// The text that is run, and its parameters, which are those of the query and the row's.
pub(super) struct Statement {
    pub(super) text: String,
    pub(super) params: Vec<Dynamic>,
}

/// A query that is alive while it is looked at.
#[derive(Clone, Copy)]
pub(super) struct Query(&'static [Dynamic]);

/// A part that takes the place of another.
type Change = (Part, Dynamic);

impl Query {
    /// # Safety
    /// A live query; it stays alive as long as the value is used.
    pub(super) unsafe fn of(object: Object) -> Query {
        // SAFETY: the caller's promise.
        Query(unsafe { elements(object) })
    }

    /// `db.from(table)`
    ///
    /// # Safety
    /// A live string.
    pub(super) unsafe fn from(table: Object) -> Result<Object, Problem> {
        // SAFETY: the caller's promise.
        unsafe {
            if !is_name(string::text(table)) {
                return Err(Problem::new("invalid table name"));
            }
            let table = Dynamic::object(table).retained();
            let parts = [kind(Kind::Select), table, empty(), empty(), empty(), Dynamic::NULL, Dynamic::NULL];
            Ok(list_of(parts.into_iter()))
        }
    }

    /// `select(columns)`
    ///
    /// # Safety
    /// Live strings.
    pub(super) unsafe fn select(self, columns: &[Object]) -> Result<Object, Problem> {
        self.require(Kind::Select, "select is only supported on select queries")?;
        if columns.is_empty() {
            return Err(Problem::new("select expects at least one column"));
        }
        // SAFETY: the caller's promise.
        unsafe {
            columns.iter().try_for_each(|&column| column_name(string::text(column)))?;
            let columns = columns.iter().map(|&column| Dynamic::object(column).retained());
            Ok(self.with(&[(Part::Columns, list(columns))]))
        }
    }

    /// `where(column, op, value)`
    ///
    /// # Safety
    /// Live strings, a live value.
    pub(super) unsafe fn filter(self, column: Object, op: Object, value: Dynamic) -> Result<Object, Problem> {
        const OPERATORS: [&str; 8] = ["=", "!=", "<", "<=", ">", ">=", "like", "in"];
        if self.kind().inserts() {
            return Err(Problem::new("where is not supported for insert/upsert queries"));
        }
        // SAFETY: the caller's promise.
        unsafe {
            column_name(string::text(column))?;
            let op = string::text(op).trim().to_ascii_lowercase();
            let op = OPERATORS.iter().find(|known| **known == op);
            let op = *op.ok_or_else(|| Problem::new("unsupported where operator"))?;
            if op == "in" {
                if value.kind() != DynamicKind::List {
                    return Err(Problem::new("in expects a list value"));
                }
                if elements(value.object).is_empty() {
                    return Err(Problem::new("in expects a non-empty list"));
                }
            }
            let more = [Dynamic::object(column).retained(), text(op), value.retained()];
            Ok(self.with(&[(Part::Conditions, self.longer(Part::Conditions, &more))]))
        }
    }

    /// `order_by(column, dir)`
    ///
    /// # Safety
    /// Live strings.
    pub(super) unsafe fn order(self, column: Object, direction: Object) -> Result<Object, Problem> {
        self.require(Kind::Select, "order_by is only supported on select queries")?;
        // SAFETY: the caller's promise.
        let (column, direction) = unsafe { (string::text(column), string::text(direction)) };
        column_name(column)?;
        let direction = match direction.trim() {
            one if one.eq_ignore_ascii_case("asc") => "asc",
            one if one.eq_ignore_ascii_case("desc") => "desc",
            _ => return Err(Problem::new("order_by expects asc or desc")),
        };
        Ok(self.with(&[(Part::Order, text(&format!("{column} {direction}")))]))
    }

    /// `limit(n)`
    pub(super) fn limit(self, count: i64) -> Result<Object, Problem> {
        self.require(Kind::Select, "limit is only supported on select queries")?;
        if count < 0 {
            return Err(Problem::new("limit must be >= 0"));
        }
        Ok(self.with(&[(Part::Limit, Dynamic::int(count))]))
    }

    /// `insert(row)`, `upsert(row)`
    ///
    /// # Safety
    /// A live value.
    pub(super) unsafe fn insert(self, upsert: bool, row: Dynamic) -> Result<Object, Problem> {
        let (new, name) = if upsert { (Kind::Upsert, "upsert") } else { (Kind::Insert, "insert") };
        // SAFETY: the caller's promise.
        unsafe {
            if row.kind() != DynamicKind::Map {
                return Err(Problem::argument(format!("{name} expects a struct or map value")));
            }
            let entries = sorted_entries(row.object);
            if entries.is_empty() {
                return Err(Problem::argument(format!("{name} expects at least one column")));
            }
            entries.iter().try_for_each(|(column, _)| column_name(column))?;
            let values: Vec<Dynamic> =
                entries.into_iter().flat_map(|(column, value)| [text(column), value.retained()]).collect();
            let cleared = [Part::Columns, Part::Conditions].map(|part| (part, empty()));
            let mut changes = vec![(Part::Kind, kind(new)), (Part::Values, list(values.into_iter()))];
            changes.extend(cleared);
            changes.extend([(Part::Order, Dynamic::NULL), (Part::Limit, Dynamic::NULL)]);
            Ok(self.with(&changes))
        }
    }

    /// `update(column, value)`
    ///
    /// # Safety
    /// A live string and a live value.
    pub(super) unsafe fn update(self, column: Object, value: Dynamic) -> Result<Object, Problem> {
        if self.kind().inserts() {
            return Err(Problem::new("update is not supported after insert/upsert"));
        }
        // SAFETY: the caller's promise.
        unsafe {
            column_name(string::text(column))?;
            let assignment = [Dynamic::object(column).retained(), value.retained()];
            if self.kind() == Kind::Update {
                return Ok(self.with(&[(Part::Values, self.longer(Part::Values, &assignment))]));
            }
            Ok(self.with(&[
                (Part::Kind, kind(Kind::Update)),
                (Part::Values, list(assignment.into_iter())),
                (Part::Columns, empty()),
                (Part::Order, Dynamic::NULL),
                (Part::Limit, Dynamic::NULL),
            ]))
        }
    }

    /// `delete()`
    pub(super) fn delete(self) -> Result<Object, Problem> {
        if self.kind().inserts() {
            return Err(Problem::new("delete is not supported after insert/upsert"));
        }
        Ok(self.with(&[
            (Part::Kind, kind(Kind::Delete)),
            (Part::Values, empty()),
            (Part::Columns, empty()),
            (Part::Order, Dynamic::NULL),
            (Part::Limit, Dynamic::NULL),
        ]))
    }

    /// What `count()` runs.
    pub(super) fn counting(self) -> Result<Statement, Problem> {
        if self.kind().inserts() {
            return Err(Problem::new("count is not supported for insert/upsert queries"));
        }
        let mut made =
            Statement { text: format!("select count(*) as c from {}", self.table()), params: Vec::new() };
        self.add_conditions(&mut made);
        Ok(made)
    }

    /// What `one()` (with a limit of its own) and `all()` run.
    pub(super) fn reading(self, method: &str) -> Result<Statement, Problem> {
        self.require(Kind::Select, &format!("{method} is only supported on select queries"))?;
        let mut made = self.statement();
        if method == "one" && self.part(Part::Limit).object.is_null() {
            made.text.push_str(" limit ?");
            made.params.push(Dynamic::int(1));
        }
        Ok(made)
    }

    /// What `exec()` runs.
    pub(super) fn writing(self) -> Result<Statement, Problem> {
        if self.kind() == Kind::Select {
            return Err(Problem::new("exec is not supported on select queries"));
        }
        Ok(self.statement())
    }

    /// The text and the parameters that would be used.
    pub(super) fn statement(self) -> Statement {
        let table = self.table();
        let values = self.list(Part::Values);
        let columns = || values.chunks_exact(2).map(|pair| text_of(pair[0]));
        let mut made = Statement { text: String::new(), params: Vec::new() };
        made.params.extend(values.chunks_exact(2).map(|pair| pair[1]));
        match self.kind() {
            Kind::Select => {
                let selected = joined(self.columns().map(str::to_owned));
                let selected = if selected.is_empty() { "*" } else { &selected };
                made.text = format!("select {selected} from {table}");
            }
            kind @ (Kind::Insert | Kind::Upsert) => {
                let verb = if kind == Kind::Insert { "insert" } else { "insert or replace" };
                let marks = joined(columns().map(|_| "?".to_owned()));
                let columns = joined(columns().map(str::to_owned));
                made.text = format!("{verb} into {table} ({columns}) values ({marks})");
            }
            Kind::Update => {
                let assignments = joined(columns().map(|column| format!("{column} = ?")));
                made.text = format!("update {table} set {assignments}");
            }
            Kind::Delete => made.text = format!("delete from {table}"),
        }
        self.add_conditions(&mut made);
        if !self.part(Part::Order).object.is_null() {
            made.text.push_str(" order by ");
            made.text.push_str(text_of(self.part(Part::Order)));
        }
        if !self.part(Part::Limit).object.is_null() {
            made.text.push_str(" limit ?");
            made.params.push(self.part(Part::Limit));
        }
        made
    }

    fn add_conditions(self, made: &mut Statement) {
        for (index, condition) in self.list(Part::Conditions).chunks_exact(3).enumerate() {
            let (column, op, value) = (text_of(condition[0]), text_of(condition[1]), condition[2]);
            made.text.push_str(if index == 0 { " where " } else { " and " });
            made.text.extend([column, " ", op, " "]);
            if op == "in" {
                // SAFETY: a live list, as `filter` has seen to.
                let values = unsafe { elements(value.object) };
                let marks = joined(values.iter().map(|_| "?".to_owned()));
                made.text.extend(["(", &marks, ")"]);
                made.params.extend(values);
            } else {
                made.text.push('?');
                made.params.push(value);
            }
        }
    }

    /// The columns that are selected, as written.
    pub(super) fn columns(self) -> impl Iterator<Item = &'static str> {
        self.list(Part::Columns).iter().map(|column| text_of(*column))
    }

    fn kind(self) -> Kind {
        Kind::ALL.get(self.part(Part::Kind).bits as usize).copied().unwrap_or(Kind::Select)
    }

    fn table(self) -> &'static str {
        text_of(self.part(Part::Table))
    }

    fn require(self, kind: Kind, message: &str) -> Result<(), Problem> {
        if self.kind() == kind { Ok(()) } else { Err(Problem::new(message)) }
    }

    fn part(self, part: Part) -> Dynamic {
        self.0.get(part as usize).copied().unwrap_or(Dynamic::NULL)
    }

    fn list(self, part: Part) -> &'static [Dynamic] {
        // SAFETY: such parts are lists, alive like the query.
        unsafe { elements(self.part(part).object) }
    }

    /// A copy of a part that is a list, with more at its end, which are taken.
    fn longer(self, part: Part, more: &[Dynamic]) -> Dynamic {
        // SAFETY: elements are alive.
        let kept = self.list(part).iter().map(|element| unsafe { element.retained() });
        list(kept.chain(more.iter().copied()).collect::<Vec<_>>().into_iter())
    }

    /// A copy with other parts, which are taken.
    fn with(self, changes: &[Change]) -> Object {
        let changed = |index: usize| changes.iter().find(|(part, _)| *part as usize == index);
        let parts = (0..PARTS).map(|index| match changed(index) {
            Some((_, value)) => *value,
            // SAFETY: parts are alive.
            None => unsafe { self.0.get(index).copied().unwrap_or(Dynamic::NULL).retained() },
        });
        list_of(parts)
    }
}

fn kind(kind: Kind) -> Dynamic {
    Dynamic::int(kind as i64)
}

fn list(values: impl ExactSizeIterator<Item = Dynamic>) -> Dynamic {
    Dynamic::object(list_of(values))
}

fn empty() -> Dynamic {
    list([].into_iter())
}

fn text(text: &str) -> Dynamic {
    Dynamic::object(string::new(text))
}

/// The text of a String in a query.
fn text_of(value: Dynamic) -> &'static str {
    // SAFETY: alive as long as the query is looked at.
    unsafe { string::text(value.object) }
}

fn joined(pieces: impl Iterator<Item = String>) -> String {
    pieces.collect::<Vec<_>>().join(", ")
}

/// Whether a text is the name of a table or column: `part` or `part.part`.
fn is_name(text: &str) -> bool {
    let is_part = |part: &str| {
        let mut bytes = part.bytes();
        bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
            && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    match text.split_once('.') {
        Some((table, column)) => is_part(table) && is_part(column),
        None => is_part(text),
    }
}

fn column_name(text: &str) -> Result<(), Problem> {
    if is_name(text) { Ok(()) } else { Err(Problem::new(format!("invalid column name {text}"))) }
}
