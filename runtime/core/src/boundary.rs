//! Values that enter: tested against their declared types, wherever they come from (runtime reference 4.5, 5, 6).
//!
//! All functions here share one form. `out` is memory for a value of the type, not initialised. `Ok(true)`: the value is there, owned by the caller.
//! `Ok(false)`: there is at least one new entry in `problems`, and nothing in `out`. `Err`: reading must not go on, and there is nothing in `out`.
//! Nothing in `out` means: nothing that is owned. What objects a value would hold there is not dangling if it was null before.

use crate::abi::{Object, Pair};
use crate::dynamic::Dynamic;
use crate::failure::{Fault, Task, fail, guard};
use crate::hook::Hook;
use crate::list::{self, list_empty};
use crate::map::{MAP_VALUE, MapObject};
use crate::object::{release, release_value};
use crate::problems::{Path, Problems, Stop};
use crate::stack;
use crate::string;
use crate::tables;
use crate::to_dynamic;
use core::ptr;
use fuse_abi::desc::{CallFn, Desc, Field, Kind, MAX_WORDS};
use fuse_abi::failure::Failure;
use fuse_abi::layout::{Context, ListObject, NODE_OFFSET, STATUS_OK};

pub(crate) use crate::constraint::test;
pub(crate) use crate::convert::{Source, convert};
pub(crate) use crate::read_text::{read_text, set_json_reader};

/// Reads a value of a list, map, struct or enum type from JSON text (`invalid JSON value: <detail>`); what [`set_json_reader`] sets.
pub(crate) type ReadJson =
    unsafe fn(*mut Context, u32, &str, &Path, *mut u8, &mut Problems) -> Result<bool, Stop>;

/// Calls the program by number (`Image::call`).
///
/// # Safety
/// Input and output are as the number asks for; the context is the one the program was entered with.
pub(crate) unsafe fn call(
    context: *mut Context,
    number: u32,
    input: *const u8,
    out: *mut u8,
) -> Result<(), Stop> {
    let here = 0_u8;
    // SAFETY: the caller's promise; a program that has numbers to call has the function.
    unsafe {
        // A default may lead back here without a compiled function on the way that looks at the stack.
        if (&raw const here as usize) < (*context).stack_limit {
            return Err(Stop::Status(fail(context, Failure::StackOverflow)));
        }
        let function = core::mem::transmute::<*const u8, CallFn>(tables::image().call);
        // A context is the head of its task.
        let callbacks = &raw mut (*context.cast::<Task>()).callbacks;
        *callbacks += 1;
        let status = function(context, u64::from(number), input, out);
        *callbacks -= 1;
        match status {
            status if status == u64::from(STATUS_OK) => Ok(()),
            status => Err(Stop::Status(status)),
        }
    }
}

/// Whether a field that is absent has a value all the same: a default, or `null`.
pub(crate) fn has_default(field: &Field) -> bool {
    field.default != 0 || is_option(tables::desc(field.ty))
}

fn is_option(desc: &Desc) -> bool {
    desc.kind == Kind::Option as u32
}

/// Evaluates the default of a field or parameter, or `null` for an optional one without, and validates it. A field that has neither is `Ok(false)` without an
/// entry: what is missing is the caller's to say. `input` is the struct of the parameters, else null.
///
/// # Safety
/// `out` has room for a value of the field's type; the context is the one the program was entered with.
pub(crate) unsafe fn default_value(
    context: *mut Context,
    field: &Field,
    input: *const u8,
    path: &Path,
    out: *mut u8,
    problems: &mut Problems,
) -> Result<bool, Stop> {
    // SAFETY: the caller's promise.
    unsafe { default_by(default_converter, context, field, input, path, out, problems) }
}

/// As [`default_value`] of a field, for those who hold the conversion themselves.
///
/// # Safety
/// As there.
pub(crate) unsafe fn field_default(
    context: *mut Context,
    field: &Field,
    path: &Path,
    out: *mut u8,
    problems: &mut Problems,
) -> Result<bool, Stop> {
    // SAFETY: the caller's promise.
    unsafe { default_by(|| converted_default, context, field, core::ptr::null(), path, out, problems) }
}

unsafe fn default_by(
    converter: fn() -> ConvertDefault,
    context: *mut Context,
    field: &Field,
    input: *const u8,
    path: &Path,
    out: *mut u8,
    problems: &mut Problems,
) -> Result<bool, Stop> {
    let desc = tables::desc(field.ty);
    // SAFETY: the caller's promise; the default yields a value of `default_ty`, owned here.
    unsafe {
        let Some(number) = field.default.checked_sub(1) else {
            if is_option(desc) {
                out.write_bytes(0, desc.size as usize);
            }
            return Ok(is_option(desc));
        };
        if field.default_ty != field.ty && holds_dynamic(field.default_ty) {
            return converter()(context, field, number, input, path, out, problems);
        }
        call(context, number, input, out)?;
        if field.default_ty == field.ty {
            return Ok(true);
        }
        let accepted = validate_value(context, field.ty, out, path, problems);
        if accepted != Ok(true) {
            release_value(desc, out);
            out.write_bytes(0, desc.size as usize);
        }
        accepted
    }
}

type ConvertDefault =
    unsafe fn(*mut Context, &Field, u32, *const u8, &Path, *mut u8, &mut Problems) -> Result<bool, Stop>;

static CONVERT_DEFAULT: Hook<ConvertDefault> = Hook::new();

/// Lets [`default_value`] convert what defaults yield. A hook, so that programs whose configuration and parameters have no such defaults do not hold
/// the conversion.
pub(crate) fn enable_dynamic_defaults() {
    CONVERT_DEFAULT.set(converted_default);
}

fn default_converter() -> ConvertDefault {
    let missing = "a dynamic default in a program without conversion";
    CONVERT_DEFAULT.get().unwrap_or_else(|| stack::leave(Fault::Broken(missing)))
}

/// As [`default_value`], for a default that yields dynamic values where the field's type has none.
unsafe fn converted_default(
    context: *mut Context,
    field: &Field,
    number: u32,
    input: *const u8,
    path: &Path,
    out: *mut u8,
    problems: &mut Problems,
) -> Result<bool, Stop> {
    let mut yielded = [0_u64; MAX_WORDS];
    let place = yielded.as_mut_ptr().cast::<u8>();
    // SAFETY: a type that holds dynamic values has no more slots than that.
    unsafe {
        call(context, number, input, place)?;
        let value = to_dynamic::make(field.default_ty, place);
        release_value(tables::desc(field.default_ty), place);
        let value = value.map_err(|failure| Stop::Status(fail(context, failure)))?;
        let accepted = convert(context, field.ty, value, Source::Dynamic, path, out, problems);
        value.release();
        accepted
    }
}

/// Whether values of a type are dynamic, or options, lists or maps of such.
fn holds_dynamic(ty: u32) -> bool {
    tables::desc(innermost(ty)).kind == Kind::Dynamic as u32
}

/// What options, lists and maps are of, at the end.
fn innermost(mut ty: u32) -> u32 {
    loop {
        let desc = tables::desc(ty);
        match desc.kind {
            kind if kind == Kind::Option as u32 || kind == Kind::List as u32 || kind == Kind::Map as u32 => {
                ty = desc.inner;
            }
            _ => return ty,
        }
    }
}

/// Tests the constraints in a value, also inside of options, lists and maps, but not of what is in structs and enums, which was tested when they were made.
/// The value stays as it is. Recurses on types, whose depth is that of source text.
unsafe fn validate_value(
    context: *mut Context,
    ty: u32,
    value: *const u8,
    path: &Path,
    problems: &mut Problems,
) -> Result<bool, Stop> {
    let desc = tables::desc(ty);
    if desc.constraints_count > 0 {
        // SAFETY: the caller's promise.
        return unsafe { test(context, desc, value, path, problems) };
    }
    if tables::desc(innermost(ty)).constraints_count == 0 {
        return Ok(true);
    }
    // SAFETY: a live value lies as the descriptor says.
    unsafe {
        match desc.kind {
            kind if kind == Kind::Option as u32 => match content(desc, value) {
                Some(content) => validate_value(context, desc.inner, content, path, problems),
                None => Ok(true),
            },
            kind if kind == Kind::List as u32 => {
                let list = value.cast::<Object>().read();
                let stride = tables::desc(desc.inner).size as usize;
                let mut accepted = true;
                for index in 0..(*list.cast::<ListObject>()).len as usize {
                    let element = list::data(list).add(index * stride);
                    accepted &= validate_value(context, desc.inner, element, &path.index(index), problems)?;
                }
                Ok(accepted)
            }
            _ => {
                let map = value.cast::<Object>().read().cast::<MapObject>();
                let (first, stride, len) = MapObject::entries(map);
                let mut accepted = true;
                for index in (0..len).filter(|&index| !(*map).is_null(index)) {
                    let entry = first.add(index * stride);
                    let path = path.field(string::text(entry.cast::<Object>().read()));
                    accepted &= validate_value(context, desc.inner, entry.add(MAP_VALUE), &path, problems)?;
                }
                Ok(accepted)
            }
        }
    }
}

/// Where the content of an option is, if it has one.
unsafe fn content(desc: &Desc, value: *const u8) -> Option<*const u8> {
    let offset = desc.payload_offset as usize;
    // SAFETY: the descriptor says how the option lies.
    unsafe {
        if desc.flags & (Desc::FLAG_NULLABLE | Desc::FLAG_BOXED) == 0 {
            return (value.read() != 0).then(|| value.add(offset));
        }
        let object = value.cast::<Object>().read();
        if object.is_null() {
            None
        } else if desc.flags & Desc::FLAG_BOXED != 0 {
            Some(object.cast::<u8>().add(NODE_OFFSET as usize + offset))
        } else {
            Some(value)
        }
    }
}

/// Tests a value in memory; only the first problem is said.
#[unsafe(export_name = "fuse_validate")]
pub unsafe extern "C" fn validate(
    context: *mut Context,
    ty: u32,
    value: *mut u8,
    path: Object,
    all: u32,
) -> u64 {
    // SAFETY: a live value of that type and a live string; the context is the one the program was entered with.
    let body = || unsafe {
        let mut problems = if all as u8 == 0 { Problems::only_first() } else { Problems::default() };
        match validate_value(context, ty, value, &Path::root(string::text(path)), &mut problems) {
            Ok(true) => u64::from(STATUS_OK),
            other => problems.status(context, other.err()),
        }
    };
    // SAFETY: as above.
    unsafe { guard(context, body) }
}

/// A dynamic value made one of a type whose one slot is an object.
#[unsafe(export_name = "fuse_convert_object")]
pub unsafe extern "C" fn convert_object(
    context: *mut Context,
    ty: u32,
    value: Object,
    bits: i64,
    path: Object,
) -> Pair<Object, u64> {
    let mut object: Object = ptr::null_mut();
    let out = (&raw mut object).cast();
    // SAFETY: a live value and a live string; the context is the one the program was entered with.
    unsafe {
        let status = guard(context, || converted(context, ty, Dynamic::of(value, bits), path, out));
        Pair { first: object, second: status }
    }
}

/// A dynamic value made one of the element type of a list type: a list of the one value.
#[unsafe(export_name = "fuse_convert_value")]
pub unsafe extern "C" fn convert_value(
    context: *mut Context,
    ty: u32,
    value: Object,
    bits: i64,
    path: Object,
) -> Pair<Object, u64> {
    // SAFETY: a live value and a live string; the list has room for one element.
    unsafe {
        let list = list_empty(ty, 1);
        let (element, out) = (tables::desc(ty).inner, list::data(list));
        let status = guard(context, || converted(context, element, Dynamic::of(value, bits), path, out));
        if status != u64::from(STATUS_OK) {
            release(list);
            return Pair { first: ptr::null_mut(), second: status };
        }
        (*list.cast::<ListObject>()).len = 1;
        Pair { first: list, second: status }
    }
}

/// Converts a value of the program into `out`: the status.
unsafe fn converted(context: *mut Context, ty: u32, value: Dynamic, path: Object, out: *mut u8) -> u64 {
    let mut problems = Problems::default();
    // SAFETY: the caller's promise.
    unsafe {
        let path = Path::root(string::text(path));
        match convert(context, ty, value, Source::Dynamic, &path, out, &mut problems) {
            Ok(true) => u64::from(STATUS_OK),
            other => problems.status(context, other.err()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error_value::take_raised;
    use crate::failure::Report;
    use crate::testing::{self, Leaks, *};
    use fuse_abi::desc::{TYPE_EMAIL, TYPE_ID, TYPE_STRING};
    use fuse_abi::layout::STATUS_RAISED;

    /// Validates a value of these words, which stays the caller's: the path and message of the first problem.
    fn validated(ty: u32, words: &[u64]) -> Result<(), String> {
        let mut task = Task::new(0);
        let context = (&raw mut task).cast();
        let path = string::new("Crate.x");
        // SAFETY: a live value; the context is the head of a task.
        unsafe {
            let status = validate(context, ty, words.as_ptr().cast_mut().cast(), path, 0);
            release(path);
            if status == u64::from(STATUS_OK) {
                return Ok(());
            }
            assert_eq!(status, u64::from(STATUS_RAISED));
            let json = forms_of(VALIDATION, take_raised(context)).1;
            let entry =
                json.strip_prefix(r#"{"fields":[{"code":"invalid_value","message":""#).expect("one entry");
            let (message, rest) = entry.split_once(r#"","path":""#).expect("a path");
            let path = rest.strip_suffix(r#""}],"message":"validation failed"}"#).expect("one entry");
            Err(format!("{path}: {message}"))
        }
    }

    #[test]
    fn only_the_first_problem_is_said() {
        testing::install();
        let leaks = Leaks::watch();
        // SAFETY: values of the types named, each released once.
        unsafe {
            assert_eq!(validated(COUNT, &[5]), Ok(()));
            assert_eq!(validated(COUNT, &[0]), Err("Crate.x: value 0 out of range 1..99".into()));
            let texts =
                |texts: &[&str]| texts.iter().map(|text| string::new(text) as u64).collect::<Vec<_>>();
            let list = list_of(LIST_STRING, &texts(&["a", "", "b", ""]));
            assert_eq!(validated(LIST_ID, &[list as u64]), Err("Crate.x[1]: expected non-empty Id".into()));
            assert_eq!(validated(LIST_STRING, &[list as u64]), Ok(()));
            release(list);
            let map = map_of(MAP_INT, &[("a", 1), ("b c", 100), ("d", 0)]);
            assert_eq!(
                validated(MAP_COUNT, &[map as u64]),
                Err("Crate.x.b c: value 100 out of range 1..99".into())
            );
            release(map);
            let text = string::new("");
            assert_eq!(validated(OPTION_ID, &[0]), Ok(()));
            assert_eq!(validated(OPTION_ID, &[text as u64]), Err("Crate.x: expected non-empty Id".into()));
            assert_eq!(validated(TYPE_EMAIL, &[text as u64]), Err("Crate.x: invalid email address".into()));
            assert_eq!(validated(TYPE_STRING, &[text as u64]), Ok(()));
            release(text);
            assert_eq!(validated(OPTION_COUNT, &[0, 0]), Ok(()));
            assert_eq!(validated(OPTION_COUNT, &[1, 0]), Err("Crate.x: value 0 out of range 1..99".into()));
            let inner = list_of(LIST_OPTION_SHORT, &texts(&["ok", "too long"]));
            let map = map_of(MAP_SHORTS, &[("n", 0), ("k", inner as u64)]);
            assert_eq!(
                validated(MAP_SHORTS, &[map as u64]),
                Err("Crate.x.k[1]: length 8 out of range 1..5".into())
            );
            release(map);
            // Structs and enums were tested when they were made.
            let bad = node(CRATE, &[string::new("") as u64, 0, 0, 0, list_of(LIST_ID, &[]) as u64]);
            assert_eq!(validated(CRATE, &[bad as u64]), Ok(()));
            release(bad);
        }
        leaks.none();
    }

    #[test]
    fn null_elements_are_not_tested() {
        testing::install();
        let leaks = Leaks::watch();
        // SAFETY: a map of Ints; the key is released after the map has it.
        unsafe {
            let key = string::new("gone");
            let map = crate::map::insert_null(map_of(MAP_COUNT, &[("a", 1)]), key);
            release(key);
            assert_eq!(validated(MAP_COUNT, &[map as u64]), Ok(()));
            release(map);
        }
        leaks.none();
    }

    #[test]
    fn a_failing_predicate_is_that_failure() {
        testing::install();
        let mut task = Task::new(0);
        let path = string::new("x");
        let value = 13_u64;
        // SAFETY: a live value; the context is the head of a task.
        unsafe {
            let value = (&raw const value).cast_mut().cast();
            let status = validate((&raw mut task).cast(), EVEN, value, path, 0);
            assert_eq!(status, u64::from(fuse_abi::layout::STATUS_FAILURE));
            release(path);
        }
        assert_eq!(Report::take(&mut task).message, "division by zero");
    }

    /// The default of a field of a struct: its JSON, `None` if there is none, or the entries.
    fn default_of(ty: u32, number: usize) -> Result<Option<String>, Vec<String>> {
        let mut task = Task::new(0);
        let mut problems = Problems::default();
        let mut memory = [0_u64; 8];
        let out = memory.as_mut_ptr().cast::<u8>();
        let desc = tables::desc(ty);
        let field = &tables::fields(desc.first, desc.count)[number];
        // SAFETY: no type of the tests is larger than that memory; the context is the head of a task.
        unsafe {
            let context = (&raw mut task).cast();
            let path = Path::root("p");
            match default_value(context, field, ptr::null(), &path, out, &mut problems) {
                Ok(true) => {
                    let json = testing::json(field.ty, out).expect("JSON");
                    release_value(tables::desc(field.ty), out);
                    Ok(Some(json))
                }
                Ok(false) if problems.entries.is_empty() => Ok(None),
                Ok(false) => {
                    let texts = problems.entries.iter();
                    Err(texts.map(|entry| format!("{} {}", entry.path, entry.message)).collect())
                }
                Err(stop) => Err(vec![format!("{stop:?}")]),
            }
        }
    }

    #[test]
    fn defaults() {
        testing::install();
        let leaks = Leaks::watch();
        assert_eq!(default_of(CRATE, 0), Ok(None));
        assert_eq!(default_of(CRATE, 2), Ok(Some("false".into())));
        assert_eq!(default_of(CRATE, 3), Ok(Some("null".into())));
        assert_eq!(default_of(CRATE, 4), Ok(Some(r#"["a","b"]"#.into())));
        assert_eq!(default_of(DEFAULTS, 0), Err(vec!["p expected non-empty Id".into()]));
        assert_eq!(default_of(DEFAULTS, 1), Err(vec!["p value 100 out of range 1..99".into()]));
        assert_eq!(default_of(DEFAULTS, 2), Ok(Some("7".into())));
        assert_eq!(default_of(FAILING, 0), Err(vec!["Status(1)".into()]));
        let mut id = *tables::fields(tables::desc(DEFAULTS).first, 1).first().expect("a field");
        assert!(has_default(&id));
        (id.default, id.ty) = (0, TYPE_ID);
        assert!(!has_default(&id));
        leaks.none();
    }
}
