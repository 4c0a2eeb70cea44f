//! What a boundary finds wrong: entries with their paths, and the validation error made of them (runtime reference 6.4, 6.5).

use crate::abi::Object;
use crate::error_value;
use crate::failure::Fault;
use crate::list;
use crate::object::{node_zeroed, release};
use crate::stack;
use crate::string;
use crate::tables;
use core::fmt::Debug;
use fuse_abi::layout::Context;
use std::borrow::Cow;

/// The code of a value of the wrong kind.
pub(crate) const TYPE_MISMATCH: &str = "type_mismatch";
/// The code of a value that is not accepted.
pub(crate) const INVALID_VALUE: &str = "invalid_value";
/// The code of what is not there.
pub(crate) const MISSING_FIELD: &str = "missing_field";
/// The code of what should not be there.
pub(crate) const UNKNOWN_FIELD: &str = "unknown_field";

/// The most entries of a validation error.
pub(crate) const MOST: usize = 100;

/// Why reading a value ended before all of it was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// There are [`MOST`] entries.
    Full,
    /// A default or predicate of the program failed or raised an error: the status; the context says what.
    Status(u64),
}

/// A path, as a list from its end to its start on the stacks of those who walk a value: nothing is written until there is a problem.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Path<'a> {
    parent: Option<&'a Path<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Step<'a> {
    Root(&'a str),
    Walk(&'a dyn Walk),
    Field(&'a str),
    Index(usize),
}

/// What walks a value on a stack of its own, and knows where it is.
pub(crate) trait Walk: Debug {
    /// Appends the path to where it is.
    fn write(&self, text: &mut String);
}

impl<'a> Path<'a> {
    /// A starting name, or a whole path as text.
    pub(crate) fn root(name: &'a str) -> Path<'a> {
        Path { parent: None, step: Step::Root(name) }
    }

    /// Where a walk is.
    pub(crate) fn walk(walk: &'a dyn Walk) -> Path<'a> {
        Path { parent: None, step: Step::Walk(walk) }
    }

    /// `.name`: a field, a map key, `data`, `type`.
    pub(crate) fn field(&'a self, name: &'a str) -> Path<'a> {
        Path { parent: Some(self), step: Step::Field(name) }
    }

    /// `[index]`
    pub(crate) fn index(&'a self, index: usize) -> Path<'a> {
        Path { parent: Some(self), step: Step::Index(index) }
    }

    /// The path as text.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        self.write(&mut text);
        text
    }

    /// Appends the path.
    pub(crate) fn write(&self, text: &mut String) {
        let mut steps = Vec::new();
        let mut at = Some(self);
        while let Some(path) = at {
            steps.push(path.step);
            at = path.parent;
        }
        for step in steps.into_iter().rev() {
            match step {
                Step::Root(name) => text.push_str(name),
                Step::Walk(walk) => walk.write(text),
                Step::Field(name) => write_field(text, name),
                Step::Index(index) => write_index(text, index),
            }
        }
    }
}

/// Appends `.name`.
pub(crate) fn write_field(text: &mut String, name: &str) {
    text.push('.');
    text.push_str(name);
}

/// Appends `[index]`.
pub(crate) fn write_index(text: &mut String, index: usize) {
    text.push('[');
    text.push_str(itoa::Buffer::new().format(index));
    text.push(']');
}

/// An entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) path: String,
    pub(crate) code: &'static str,
    pub(crate) message: Cow<'static, str>,
}

/// The entries found so far, in order.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    pub(crate) entries: Vec<Problem>,
    only_first: bool,
}

impl Problems {
    /// Room for one entry: reading stops with it.
    pub(crate) fn only_first() -> Problems {
        Problems { entries: Vec::new(), only_first: true }
    }

    /// Adds an entry; with the last one that there is room for, reading stops.
    pub(crate) fn add(
        &mut self,
        path: &Path,
        code: &'static str,
        message: impl Into<Cow<'static, str>>,
    ) -> Result<(), Stop> {
        let most = if self.only_first { 1 } else { MOST };
        if self.entries.len() < most {
            self.entries.push(Problem { path: path.text(), code, message: message.into() });
        }
        if self.entries.len() == most { Err(Stop::Full) } else { Ok(()) }
    }

    /// Leaves the validation error of the entries in the context and returns the status.
    ///
    /// # Safety
    /// The context is the one the program was entered with; there is at least one entry.
    pub(crate) unsafe fn raise(self, context: *mut Context) -> u64 {
        let image = tables::image();
        if image.validation == 0 {
            stack::leave(Fault::Broken("a failed validation in a program that has no type for it"));
        }
        // SAFETY: the types are those of the family; the list has room for all entries.
        unsafe {
            let list = list::list_new(image.validation_list, self.entries.len() as i64);
            for (index, entry) in self.entries.iter().enumerate() {
                list::data(list).cast::<Object>().add(index).write(entry.object(image.validation_field));
            }
            let error = node_zeroed(image.validation);
            set_field(error, "message", string::new("validation failed"));
            set_field(error, "fields", list);
            error_value::raise(context, image.validation, error)
        }
    }

    /// The status of reading that ended without a value: what the program did itself, or the validation error of the entries.
    ///
    /// # Safety
    /// The context is the one the program was entered with.
    pub(crate) unsafe fn status(self, context: *mut Context, stop: Option<Stop>) -> u64 {
        match stop {
            Some(Stop::Status(status)) => status,
            // SAFETY: the caller's promise; reading does not end so without an entry.
            Some(Stop::Full) | None => unsafe { self.raise(context) },
        }
    }
}

impl Problem {
    /// The entry as a struct of the program.
    fn object(&self, ty: u32) -> Object {
        let object = node_zeroed(ty);
        for (name, text) in [("path", &*self.path), ("code", self.code), ("message", &self.message)] {
            // SAFETY: a new struct, whose fields are texts.
            unsafe { set_field(object, name, string::new(text)) };
        }
        object
    }
}

/// Moves an object into the field of that name, if the struct has it: a program may restate the types of the family.
unsafe fn set_field(object: Object, name: &str, value: Object) {
    // SAFETY: the header names the struct, whose fields of these names are objects.
    unsafe {
        match error_value::field(tables::desc((*object).kind), name) {
            Some((_, offset)) => object.cast::<u8>().add(offset).cast::<Object>().write(value),
            None => release(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Task;
    use crate::testing::{self, Leaks, *};

    #[test]
    fn paths() {
        let body = Path::root("body");
        let lines = body.field("lines");
        let second = lines.index(2);
        assert_eq!(second.field("sku").text(), "body.lines[2].sku");
        assert_eq!(Path::root("$").text(), "$");
        assert_eq!(Path::root("App.limits").field("a.b").text(), "App.limits.a.b");
    }

    #[test]
    fn reading_stops_when_there_is_no_more_room() {
        let mut problems = Problems::default();
        for number in 1..MOST {
            assert_eq!(problems.add(&Path::root("x"), INVALID_VALUE, "bad"), Ok(()), "{number}");
        }
        for _ in 0..2 {
            assert_eq!(problems.add(&Path::root("x"), INVALID_VALUE, "bad"), Err(Stop::Full));
            assert_eq!(problems.entries.len(), MOST);
        }
        assert_eq!(Problems::only_first().add(&Path::root("x"), INVALID_VALUE, "bad"), Err(Stop::Full));
    }

    #[test]
    fn a_validation_error_has_all_entries() {
        testing::install();
        let leaks = Leaks::watch();
        let mut task = Task::new(0);
        let context = (&raw mut task).cast();
        let mut problems = Problems::default();
        let _ = problems.add(&Path::root("a").index(0), TYPE_MISMATCH, "expected Int");
        let _ = problems.add(&Path::root("b"), MISSING_FIELD, String::from("missing field"));
        // SAFETY: the context is the head of a task.
        unsafe {
            assert_eq!(problems.raise(context), u64::from(fuse_abi::layout::STATUS_RAISED));
            let json = forms_of(VALIDATION, error_value::take_raised(context)).1;
            let expected = concat!(
                r#"{"fields":[{"code":"type_mismatch","message":"expected Int","path":"a[0]"},"#,
                r#"{"code":"missing_field","message":"missing field","path":"b"}],"message":"validation failed"}"#
            );
            assert_eq!(json, expected);
        }
        leaks.none();
    }

    /// A restated type may lack fields.
    #[test]
    fn fields_that_a_type_does_not_have_are_left_out() {
        testing::install();
        let leaks = Leaks::watch();
        let problem = Problem { path: "p".into(), code: INVALID_VALUE, message: "m".into() };
        // SAFETY: `NotFound` has only a message.
        assert_eq!(unsafe { forms_of(NOT_FOUND, problem.object(NOT_FOUND)) }.1, r#"{"message":"m"}"#);
        leaks.none();
    }
}
