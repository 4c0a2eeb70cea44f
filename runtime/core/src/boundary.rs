//! Values that enter: tested against their declared types, wherever they come from (runtime reference 4.5, 5, 6).
//!
//! All functions here share one form. `out` is memory for a value of the type, not initialised. `Ok(true)`: the value is there, owned by the caller.
//! `Ok(false)`: there is at least one new entry in `problems`, and nothing in `out`. `Err`: reading must not go on, and there is nothing in `out`.

use crate::dynamic::Dynamic;
use crate::problems::{Path, Problems, Stop};
use fuse_abi::desc::{Desc, Field};
use fuse_abi::layout::Context;

/// Where a dynamic value comes from: what differs between a conversion (2.5) and decoding (4.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// A dynamic value of the program: messages go on with `, got <Kind>`, Bytes are taken as they are, a `null` element of a map is kept.
    Dynamic,
    /// JSON text that was parsed for this. A number that no Float can hold is an infinite Float.
    Json,
}

/// Makes a value of a type out of a dynamic value, which stays the caller's.
pub(crate) unsafe fn convert(
    context: *mut Context,
    ty: u32,
    value: Dynamic,
    source: Source,
    path: &Path,
    out: *mut u8,
    problems: &mut Problems,
) -> Result<bool, Stop> {
    let _ = (context, ty, value, source, path, out, problems);
    unimplemented!()
}

/// Makes a value of a type out of text: environment, configuration file, flag, path parameter (5). The text is trimmed here unless `trim` is false.
#[expect(clippy::too_many_arguments, reason = "one form for all")]
pub(crate) unsafe fn read_text(
    context: *mut Context,
    ty: u32,
    text: &str,
    trim: bool,
    path: &Path,
    out: *mut u8,
    problems: &mut Problems,
) -> Result<bool, Stop> {
    let _ = (context, ty, text, trim, path, out, problems);
    unimplemented!()
}

/// Evaluates the default of a field or parameter, or `null` for an optional one without, and validates it. A field that has neither is `Ok(false)` without an
/// entry: what is missing is the caller's to say. `input` is the struct of the parameters, else null.
pub(crate) unsafe fn default_value(
    context: *mut Context,
    field: &Field,
    input: *const u8,
    path: &Path,
    out: *mut u8,
    problems: &mut Problems,
) -> Result<bool, Stop> {
    let _ = (context, field, input, path, out, problems);
    unimplemented!()
}

/// Tests the constraints of a type in order, until one fails. Here `Ok(false)` leaves the value alone.
pub(crate) unsafe fn test(
    context: *mut Context,
    desc: &Desc,
    value: *const u8,
    path: &Path,
    problems: &mut Problems,
) -> Result<bool, Stop> {
    let _ = (context, desc, value, path, problems);
    unimplemented!()
}

/// Calls the program by number (`Image::call`).
pub(crate) unsafe fn call(
    context: *mut Context,
    number: u32,
    input: *const u8,
    out: *mut u8,
) -> Result<(), Stop> {
    let _ = (context, number, input, out);
    unimplemented!()
}

/// Reads a value of a list, map, struct or enum type from JSON text (`invalid JSON value: <detail>`); what [`set_json_reader`] sets.
pub(crate) type ReadJson =
    unsafe fn(*mut Context, u32, &str, &Path, *mut u8, &mut Problems) -> Result<bool, Stop>;

/// Lets [`read_text`] read structured values. Through a pointer, so that programs without such values do not hold a JSON reader.
pub(crate) fn set_json_reader(reader: ReadJson) {
    let _ = reader;
    unimplemented!()
}
