//! Error values: their fields, and the text of one that nobody caught (runtime reference 7.4, 7.5).

use crate::abi::{Object, Pair};
use crate::encode;
use crate::failure::{Fault, Raised, Report, Task, fail_with};
use crate::object::release;
use crate::stack;
use crate::string::{self, Builder};
use crate::tables;
use crate::text;
use crate::value::{Scratch, View, view};
use core::ptr;
use fuse_abi::desc::Desc;
use fuse_abi::failure::Failure;
use fuse_abi::layout::{Context, STATUS_OK, STATUS_RAISED};

/// The address of a field of an error of the `std.Error` family, by name; null if it has none.
#[unsafe(export_name = "fuse_error_slot")]
pub unsafe extern "C" fn error_slot(error: Object, name: Object) -> *mut u8 {
    // SAFETY: the header names the struct; the name is a live string.
    unsafe {
        match field(tables::desc((*error).kind), string::text(name)) {
            Some((_, offset)) => error.cast::<u8>().add(offset),
            None => ptr::null_mut(),
        }
    }
}

/// The address of a field of an error of the `std.Error` family, by name; fails if it has none.
#[unsafe(export_name = "fuse_error_field")]
pub unsafe extern "C" fn error_field(
    context: *mut Context,
    error: Object,
    name: Object,
) -> Pair<*mut u8, u64> {
    // SAFETY: as the caller promises; the name is a live string.
    unsafe {
        let first = error_slot(error, name);
        let second = match first.is_null() {
            true => fail_with(context, Failure::FieldAccess, &[b"unknown field ", string::bytes(name)]),
            false => u64::from(STATUS_OK),
        };
        Pair { first, second }
    }
}

/// Type and offset of a struct's field.
pub(crate) fn field(desc: &Desc, name: &str) -> Option<(u32, usize)> {
    tables::fields(desc.first, desc.count)
        .iter()
        .find(|field| tables::name(field.name, field.name_len) == name)
        .map(|field| (field.ty, field.offset as usize))
}

/// The members of the family whose code is fixed, with it and their default message.
const FAMILY: &[(&str, &str, &str)] = &[
    ("std.Error.Validation", "validation_error", "validation failed"),
    ("std.Error.BadRequest", "bad_request", "bad request"),
    ("std.Error.Unauthorized", "unauthorized", "unauthorized"),
    ("std.Error.Forbidden", "forbidden", "forbidden"),
    ("std.Error.NotFound", "not_found", "not found"),
    ("std.Error.Conflict", "conflict", "conflict"),
    ("std.Error", "error", "error"),
];

/// A live struct with its descriptor.
struct Struct {
    desc: &'static Desc,
    object: *const u8,
}

impl Struct {
    /// The text of a String field.
    unsafe fn text(&self, name: &str, scratch: &mut Scratch) -> Option<&'static str> {
        let (ty, offset) = field(self.desc, name)?;
        // SAFETY: the struct is alive while its text is used, and has the field.
        unsafe {
            match view(ty, self.object.add(offset), scratch) {
                View::Text(text) => Some(string::text(text)),
                _ => None,
            }
        }
    }
}

/// Appends the JSON of an error of the family (7.4); false if the value is none.
///
/// # Safety
/// `value` points to a live value of type `ty`.
unsafe fn write_json(out: &mut Builder, ty: u32, value: *const u8) -> bool {
    let mut scratch = Scratch::default();
    // SAFETY: the caller's promise.
    unsafe {
        let View::Struct { desc, object } = view(ty, value, &mut scratch) else { return false };
        let name = tables::name(desc.name, desc.name_len);
        let Some(&(_, code, default)) = FAMILY.iter().find(|row| row.0 == name) else { return false };
        if desc.flags & Desc::FLAG_STD_ERROR == 0 {
            return false;
        }
        let error = Struct { desc, object };
        let code = if name == "std.Error" { error.text("code", &mut scratch).unwrap_or(code) } else { code };
        out.push(b"{\"error\":{\"code\":");
        encode::write_string(out, code);
        if name == "std.Error.Validation" {
            out.push(b",\"fields\":[");
            write_entries(out, &error, &mut scratch);
            out.push(b"]");
        }
        out.push(b",\"message\":");
        encode::write_string(out, error.text("message", &mut scratch).unwrap_or(default));
        out.push(b"}}");
        true
    }
}

/// The entries of a validation error that have all three texts.
unsafe fn write_entries(out: &mut Builder, error: &Struct, scratch: &mut Scratch) {
    let Some((ty, offset)) = field(error.desc, "fields") else { return };
    // SAFETY: the error is alive.
    unsafe {
        let View::List(items) = view(ty, error.object.add(offset), scratch) else { return };
        let mut first = true;
        for index in 0..items.len {
            let View::Struct { desc, object } = view(items.ty, items.element(index), scratch) else {
                continue;
            };
            let entry = Struct { desc, object };
            let texts =
                ["code", "message", "path"].map(|name| entry.text(name, scratch).map(|text| (name, text)));
            let [Some(code), Some(message), Some(path)] = texts else { continue };
            out.push(if first { b"" } else { b"," });
            first = false;
            write_object(out, &[code, message, path]);
        }
    }
}

/// Appends an object of texts, whose keys the caller has sorted.
pub(crate) fn write_object(out: &mut Builder, fields: &[(&str, &str)]) {
    for (index, (name, text)) in fields.iter().enumerate() {
        out.push(if index == 0 { b"{" } else { b"," });
        encode::write_string(out, name);
        out.push(b":");
        encode::write_string(out, text);
    }
    out.push(b"}");
}

/// The report of an uncaught error value.
///
/// # Safety
/// `value` points to a live value of type `ty`.
unsafe fn report(ty: u32, value: *const u8) -> Report {
    let mut out = Builder::with_capacity(64);
    // SAFETY: the caller's promise.
    unsafe {
        let json = write_json(&mut out, ty, value);
        if !json && let Err(failure) = text::write(&mut out, ty, value) {
            return Report::of(failure);
        }
        let message = String::from_utf8_lossy(out.bytes()).into_owned().into();
        Report { message, json, ..Report::of(Failure::Message) }
    }
}

/// Leaves an error value in the context, as a failed validation does, and returns the status.
///
/// # Safety
/// `object` is a live struct of type `ty`, whose reference is taken; the context is the one the program was entered
/// with.
pub unsafe fn raise(context: *mut Context, ty: u32, object: Object) -> u64 {
    // SAFETY: a context is the head of its task; what was raised before and not taken is given up.
    unsafe {
        let raised = &mut (*context.cast::<Task>()).raised;
        if let Some(before) = raised.replace(Raised { ty, object, report: report_object }) {
            release(before.object);
        }
    }
    u64::from(STATUS_RAISED)
}

/// The error that was raised, out of the context.
#[unsafe(export_name = "fuse_take_raised")]
pub unsafe extern "C" fn take_raised(context: *mut Context) -> Object {
    // SAFETY: a context is the head of its task.
    match unsafe { (*context.cast::<Task>()).raised.take() } {
        Some(raised) => raised.object,
        None => stack::leave(Fault::Broken("an error value that is not in the context")),
    }
}

/// Ends the program with an error value, which `main` returned.
#[unsafe(export_name = "fuse_end_with_error")]
pub unsafe extern "C" fn end_with_error(context: *mut Context, ty: u32, value: *mut u8) -> u64 {
    // SAFETY: a context is the head of its task; a live value of that type.
    unsafe { (*context.cast::<Task>()).ended = Some(report(ty, value)) };
    u64::from(STATUS_RAISED)
}

/// The report of an uncaught error object.
///
/// # Safety
/// `object` is a live struct of type `ty`.
unsafe fn report_object(ty: u32, object: Object) -> Report {
    // SAFETY: a struct's value in memory is its address.
    unsafe { report(ty, (&raw const object).cast()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{self, Leaks, *};

    /// What is reported of an object, which is then released.
    unsafe fn reported(ty: u32, object: Object) -> (String, bool) {
        // SAFETY: the caller's promise.
        unsafe {
            let mut task = Task::new(0);
            assert_eq!(raise((&raw mut task).cast(), ty, object), u64::from(STATUS_RAISED));
            let Some(raised) = task.raised else { panic!("nothing raised") };
            let report = (raised.report)(raised.ty, raised.object);
            assert_eq!(report.code, "runtime_error");
            release(object);
            (report.message.into_owned(), report.json)
        }
    }

    #[test]
    fn the_family_is_shown_as_json() {
        testing::install();
        let leaks = Leaks::watch();
        let new = |text| string::new(text) as u64;
        // SAFETY: structs with the fields of their types.
        unsafe {
            let error = node(NOT_FOUND, &[new("no \"x\"")]);
            let json = r#"{"error":{"code":"not_found","message":"no \"x\""}}"#;
            assert_eq!(reported(NOT_FOUND, error), (json.into(), true));
            let error = node(BASE, &[new("teapot"), new("short"), 418]);
            let json = r#"{"error":{"code":"teapot","message":"short"}}"#;
            assert_eq!(reported(fuse_abi::desc::TYPE_STD_ERROR, error), (json.into(), true));
            let entry = |path, code, message| node(ENTRY, &[new(path), new(code), new(message)]) as u64;
            let fields = list_of(LIST_ENTRY, &[entry("a.b", "c1", "m1"), entry("$", "c2", "m2")]);
            let error = node(VALIDATION, &[new("bad"), fields as u64]);
            let json = concat!(
                r#"{"error":{"code":"validation_error","fields":[{"code":"c1","message":"m1","path":"a.b"},"#,
                r#"{"code":"c2","message":"m2","path":"$"}],"message":"bad"}}"#
            );
            assert_eq!(reported(VALIDATION, error), (json.into(), true));
        }
        leaks.none();
    }

    #[test]
    fn other_values_are_shown_as_text() {
        testing::install();
        let leaks = Leaks::watch();
        // SAFETY: structs with the fields of their types.
        unsafe {
            assert_eq!(reported(DENIED, denied("no", 1)), ("Denied(no)".into(), false));
            assert_eq!(reported(LINK, node(LINK, &[0, 1])), ("<Link>".into(), false));
        }
        leaks.none();
    }

    #[test]
    fn the_end_of_a_program() {
        testing::install();
        let leaks = Leaks::watch();
        // SAFETY: values with the slots of their types; the context is the head of a task.
        unsafe {
            let mut task = Task::new(0);
            let mut ended = |ty, value: *mut u8| {
                assert_eq!(end_with_error((&raw mut task).cast(), ty, value), u64::from(STATUS_RAISED));
                let report = task.ended.take().expect("a report");
                (report.message.into_owned(), report.json)
            };
            let mut small = [1_u64, 33, 1];
            assert_eq!(ended(SMALL, small.as_mut_ptr().cast()), ("Small.Two(33)".into(), false));
            let error = node(NOT_FOUND, &[string::new("gone") as u64]);
            let mut union = [1, error as u64];
            let json = r#"{"error":{"code":"not_found","message":"gone"}}"#;
            assert_eq!(ended(UNION, union.as_mut_ptr().cast()), (json.into(), true));
            release(error);
        }
        leaks.none();
    }

    #[test]
    fn fields_by_name() {
        testing::install();
        let leaks = Leaks::watch();
        // SAFETY: structs with the fields of their types; the context is the head of a task.
        unsafe {
            let mut task = Task::new(0);
            let context = (&raw mut task).cast();
            let error = node(BASE, &[string::new("c") as u64, string::new("m") as u64, 404]);
            let name = string::new("status");
            let found = error_field(context, error, name);
            assert_eq!((found.first.cast::<i64>().read(), found.second), (404, 0));
            release(name);
            let name = string::new("fields");
            let found = error_field(context, error, name);
            assert!(found.first.is_null() && found.second != 0);
            let report = Report::take(&mut task);
            assert_eq!((report.code, &*report.message), ("runtime_field_access", "unknown field fields"));
            release(name);
            release(error);
        }
        leaks.none();
    }
}
