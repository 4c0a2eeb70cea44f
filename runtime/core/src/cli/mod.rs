//! Binding of command-line arguments to the parameters of `main` (runtime reference 10).
//!
//! Compiled code calls [`cli_bind`] in the entry that takes arguments; nothing else refers to this module.

mod scan;

use crate::abi::{Object, Pair};
use crate::boundary;
use crate::failure::{Task, guard};
use crate::object::{kind_is, node_zeroed, release};
use crate::problems::{INVALID_VALUE, MISSING_FIELD, Path, Problems, Stop};
use crate::tables;
use core::ptr;
use fuse_abi::desc::{Field, Kind};
use fuse_abi::layout::{Context, STATUS_OK};
use scan::{Flag, Form, names, scan};

/// The code of a flag that was given in a way that its parameter does not take.
const INVALID_TYPE: &str = "invalid_type";

/// Binds the program's arguments: the struct of all parameters.
#[unsafe(export_name = "fuse_cli_bind")]
pub unsafe extern "C" fn cli_bind(context: *mut Context, ty: u32) -> Pair<Object, u64> {
    // SAFETY: the context is the one the program was entered with; the type is a struct's.
    unsafe { guard(context, || bind(context, ty)) }
}

unsafe fn bind(context: *mut Context, ty: u32) -> Pair<Object, u64> {
    // SAFETY: a context is the head of its task; its arguments are there while the program runs.
    unsafe {
        let task = context.cast::<Task>();
        (*task).bound = true;
        let arguments = (*task).arguments;
        let desc = tables::desc(ty);
        let parameters = tables::fields(desc.first, desc.count);
        let words = (0..arguments.len()).map(|index| arguments.get(index));
        let find = |flag: &[u8]| parameters.iter().position(|parameter| names(flag, name(parameter)));
        let mut problems = Problems::default();
        let values = node_zeroed(ty);
        let result = match scan(words, find) {
            Ok(flags) => set_all(context, parameters, &flags, values, &mut problems),
            Err(word) => {
                let message = format!("unexpected argument: {}", String::from_utf8_lossy(word));
                problems.add(&Path::root("$"), "invalid_args", message)
            }
        };
        let status = match result {
            Err(Stop::Status(status)) => status,
            _ if problems.entries.is_empty() => {
                return Pair { first: values, second: u64::from(STATUS_OK) };
            }
            _ => problems.raise(context),
        };
        release(values);
        Pair { first: ptr::null_mut(), second: status }
    }
}

fn name(parameter: &Field) -> &'static str {
    tables::name(parameter.name, parameter.name_len)
}

/// Sets all parameters: first those that were given, then, if there was no problem, the others.
unsafe fn set_all(
    context: *mut Context,
    parameters: &[Field],
    flags: &[Flag<'_>],
    values: Object,
    problems: &mut Problems,
) -> Result<(), Stop> {
    let mut given: Vec<Given<'_>> = parameters.iter().map(|_| Given::Not).collect();
    for flag in flags {
        match flag.parameter {
            Ok(number) => given[number] = given[number].and(flag.form),
            Err(flag) => {
                problems.add(&Path::root(&String::from_utf8_lossy(flag)), "unknown_flag", "unknown flag")?;
            }
        }
    }
    // SAFETY: the caller's promise.
    unsafe {
        for (parameter, given) in parameters.iter().zip(&given) {
            set_given(context, parameter, *given, values, problems)?;
        }
        if !problems.entries.is_empty() {
            return Ok(());
        }
        for (parameter, _) in parameters.iter().zip(&given).filter(|(_, given)| **given == Given::Not) {
            let path = Path::root(name(parameter));
            let input = values.cast::<u8>();
            let value = input.add(parameter.offset as usize);
            let set = boundary::default_value(context, parameter, input, &path, value, problems);
            if !settled(parameter, value, set)? {
                break; // the defaults after this one may use it
            }
        }
    }
    Ok(())
}

/// How often a parameter was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Given<'a> {
    Not,
    Once(Form<'a>),
    Repeatedly,
}

impl<'a> Given<'a> {
    fn and(self, form: Form<'a>) -> Given<'a> {
        match self {
            Given::Not => Given::Once(form),
            Given::Once(_) | Given::Repeatedly => Given::Repeatedly,
        }
    }
}

/// Sets a parameter that was given, and notices one that is missing.
unsafe fn set_given(
    context: *mut Context,
    parameter: &Field,
    given: Given<'_>,
    values: Object,
    problems: &mut Problems,
) -> Result<(), Stop> {
    let path = Path::root(name(parameter));
    let text = match given {
        Given::Not if !boundary::has_default(parameter) => {
            return problems.add(&path, MISSING_FIELD, "missing flag");
        }
        Given::Not => return Ok(()),
        Given::Repeatedly => return problems.add(&path, INVALID_TYPE, "multiple values not supported"),
        Given::Once(Form::Switch(_)) if !takes_switch(parameter.ty) => {
            return problems.add(&path, INVALID_TYPE, "expected Bool flag");
        }
        Given::Once(Form::Switch(on)) => Ok(if on { "true" } else { "false" }),
        Given::Once(Form::Text(text)) => core::str::from_utf8(text),
    };
    let Ok(text) = text else {
        return problems.add(&path, INVALID_VALUE, "argument is not valid UTF-8");
    };
    // SAFETY: the context is the one the program was entered with; the struct has room for the parameter.
    unsafe {
        let value = values.cast::<u8>().add(parameter.offset as usize);
        let set = boundary::read_text(context, parameter.ty, text, true, &path, value, problems);
        settled(parameter, value, set).map(|_| ())
    }
}

/// What became of a parameter. Where there is no value, whatever was left there is cleared, so that the struct can be released.
unsafe fn settled(parameter: &Field, value: *mut u8, set: Result<bool, Stop>) -> Result<bool, Stop> {
    if set != Ok(true) {
        // SAFETY: the struct has room for the parameter.
        unsafe { value.write_bytes(0, tables::desc(parameter.ty).size as usize) };
    }
    set
}

/// Whether a parameter can be switched: `Bool` and `Bool?`.
fn takes_switch(ty: u32) -> bool {
    let desc = tables::desc(ty);
    kind_is(desc, Kind::Bool)
        || (kind_is(desc, Kind::Option) && kind_is(tables::desc(desc.inner), Kind::Bool))
}
