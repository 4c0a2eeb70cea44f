//! JSON (runtime reference 4): text to dynamic values, text to values of a type, and back.
//!
//! [`tree`] reads dynamic values and knows what is wrong with a text, [`typed`] reads straight into a type as long as nothing is wrong, [`mod@write`] is the fast way
//! to text. The slow halves are elsewhere: conversion of dynamic values in [`crate::boundary`], values of any depth in [`crate::encode`].

mod asset;
mod asset_path;
mod number;
pub(crate) mod plain;
mod scan;
mod tree;
mod typed;
pub(crate) mod write;

#[cfg(test)]
mod tests;

use crate::abi::{Object, Pair};
use crate::boundary::{self, Source, convert};
use crate::dynamic::Dynamic;
use crate::encode;
use crate::failure::{fail, fail_with, guard};
use crate::list::{self, list_empty};
use crate::object::release;
use crate::problems::{INVALID_VALUE, Path, Problems, Stop};
use crate::string::{self, Builder};
use crate::tables;
use core::ptr;
use fuse_abi::failure::Failure;
use fuse_abi::layout::{Context, ListObject, STATUS_OK};
use tree::{Invalid, Large};

pub(crate) use asset::json_asset;
pub(crate) use asset_path::json_asset_path;

const OK: u64 = STATUS_OK as u64;

/// JSON of a value in memory.
#[unsafe(export_name = "fuse_json_encode")]
pub unsafe extern "C" fn json_encode(context: *mut Context, ty: u32, value: *mut u8) -> Pair<Object, u64> {
    // SAFETY: a live value of the type.
    unsafe {
        guard(context, || {
            let mut text = Builder::with_capacity(write::FIRST_ROOM);
            match encode::write(&mut text, ty, value) {
                Ok(()) => Pair { first: text.finish_short(), second: OK },
                Err(failure) => Pair { first: ptr::null_mut(), second: fail(context, failure) },
            }
        })
    }
}

/// A text as a dynamic value.
#[unsafe(export_name = "fuse_json_decode")]
pub unsafe extern "C" fn json_decode(out: *mut u64, context: *mut Context, text: Object) -> u64 {
    // SAFETY: a live string; the out-pointer has room for the two halves.
    unsafe {
        guard(context, || match tree::parse_text(string::text(text), Large::Refuse) {
            Ok(value) => {
                out.cast::<Dynamic>().write(value);
                OK
            }
            Err(invalid) => fail_invalid(context, &invalid),
        })
    }
}

/// Describes the failure of `json.decode`.
unsafe fn fail_invalid(context: *mut Context, invalid: &Invalid) -> u64 {
    // SAFETY: the context is the one the program was entered with.
    unsafe { fail_with(context, Failure::Message, &[b"invalid json: ", invalid.message().as_bytes()]) }
}

/// A text as a value of a type whose one slot is an object.
#[unsafe(export_name = "fuse_json_decode_object")]
pub unsafe extern "C" fn json_decode_object(
    context: *mut Context,
    ty: u32,
    text: Object,
    path: Object,
) -> Pair<Object, u64> {
    // SAFETY: live strings; a value of the type is one object, or null.
    unsafe {
        guard(context, || {
            let mut value: Object = ptr::null_mut();
            match decode(context, ty, string::text(text), string::text(path), (&raw mut value).cast()) {
                Ok(()) => Pair { first: value, second: OK },
                Err(status) => Pair { first: ptr::null_mut(), second: status },
            }
        })
    }
}

/// A text as a value of the element type of a list type: a list of that one value.
#[unsafe(export_name = "fuse_json_decode_value")]
pub unsafe extern "C" fn json_decode_value(
    context: *mut Context,
    list: u32,
    text: Object,
    path: Object,
) -> Pair<Object, u64> {
    // SAFETY: live strings; the new list has room for one element, and is empty until it is there.
    unsafe {
        guard(context, || {
            let ty = tables::desc(list).inner;
            let list = list_empty(list, 1);
            match decode(context, ty, string::text(text), string::text(path), list::data(list)) {
                Ok(()) => {
                    (*list.cast::<ListObject>()).len = 1;
                    Pair { first: list, second: OK }
                }
                Err(status) => {
                    release(list);
                    Pair { first: ptr::null_mut(), second: status }
                }
            }
        })
    }
}

/// Decodes and converts a text, as `json.decode` and the boundary behind it do. `out` is memory for the value.
unsafe fn decode(context: *mut Context, ty: u32, text: &str, path: &str, out: *mut u8) -> Result<(), u64> {
    // SAFETY: the caller's promise.
    unsafe {
        if typed::read(context, ty, text, out) {
            return Ok(());
        }
        let value =
            tree::parse_text(text, Large::Refuse).map_err(|invalid| fail_invalid(context, &invalid))?;
        let mut problems = Problems::default();
        let converted = convert(context, ty, value, Source::Dynamic, &Path::root(path), out, &mut problems);
        value.release();
        match converted {
            Ok(true) => Ok(()),
            other => Err(problems.status(context, other.err())),
        }
    }
}

/// Lets configuration and parameters of structured types be read from text, and their defaults be dynamic values.
#[unsafe(export_name = "fuse_json_enable")]
pub unsafe extern "C" fn json_enable() {
    boundary::set_json_reader(read_text);
    boundary::enable_dynamic_defaults();
}

/// Reads a value of a type from a text that came from outside: what is wrong with it is an entry (runtime reference 5).
unsafe fn read_text(
    context: *mut Context,
    ty: u32,
    text: &str,
    path: &Path,
    out: *mut u8,
    problems: &mut Problems,
) -> Result<bool, Stop> {
    // SAFETY: the caller's promise.
    unsafe {
        if typed::read(context, ty, text, out) {
            return Ok(true);
        }
        match tree::parse_text(text, Large::Infinite) {
            Ok(value) => {
                let converted = convert(context, ty, value, Source::Json, path, out, problems);
                value.release();
                converted
            }
            Err(invalid) => {
                let message = format!("invalid JSON value: {}", invalid.message());
                problems.add(path, INVALID_VALUE, message)?;
                Ok(false)
            }
        }
    }
}
