//! Configuration (runtime reference 9): every field gets its value from the environment, the configuration file or its
//! default, before anything else of the program runs.
//!
//! Compiled code calls [`config_resolve`] at its entry; nothing else refers to this module, so that programs without
//! configs do not hold it.

mod file;
mod hints;
mod source;

use crate::abi::Object;
use crate::boundary;
use crate::env;
use crate::failure::{fail_with, guard};
use crate::object::release_value;
use crate::problems::{INVALID_VALUE, Path, Problems, Stop};
use crate::program::{self, Kept};
use crate::share;
use crate::string;
use crate::tables;
use file::Settings;
use fuse_abi::desc::{Config, Field};
use fuse_abi::failure::Failure;
use fuse_abi::layout::{Context, STATUS_OK};
use hints::Hints;

/// Resolves all configs.
#[unsafe(export_name = "fuse_config_resolve")]
pub unsafe extern "C" fn config_resolve(context: *mut Context) -> u64 {
    // SAFETY: the context is the one the program was entered with; the program's tables are installed.
    unsafe { guard(context, || resolve(context)) }
}

/// A config field was read before it has a value: `Config.field`.
#[unsafe(export_name = "fuse_config_unresolved")]
pub unsafe extern "C" fn config_unresolved(context: *mut Context, field: Object) -> u64 {
    // SAFETY: the context is the one the program was entered with; a live string.
    unsafe {
        let parts: &[&[u8]] = &[b"config field ", string::bytes(field), b" is not resolved yet"];
        fail_with(context, Failure::Message, parts)
    }
}

unsafe fn resolve(context: *mut Context) -> u64 {
    // SAFETY: the caller's promise.
    unsafe {
        let configs = tables::configs();
        if configs.is_empty() {
            return u64::from(STATUS_OK);
        }
        program::at_end(Kept::Configs, release_values);
        let hints = Hints::of_process();
        hints.variables(configs);
        let text = match source::read() {
            Ok(text) => text,
            Err(message) => return fail_with(context, Failure::Message, &[message.as_bytes()]),
        };
        if text.is_none()
            && let Some(path) = source::named()
        {
            hints.missing(path);
        }
        let settings = match source::settings(text.as_deref().unwrap_or_default()) {
            Ok(settings) => settings,
            Err(message) => return fail_with(context, Failure::Message, &[message.as_bytes()]),
        };
        hints.keys(configs, &settings);
        let mut problems = Problems::default();
        let mut result = set_given(context, configs, &settings, &mut problems);
        if result.is_ok() && problems.entries.is_empty() {
            result = set_defaults(context, configs, &mut problems);
        }
        match result {
            Err(Stop::Status(status)) => status,
            _ if problems.entries.is_empty() => {
                program::when_shared(share_values);
                u64::from(STATUS_OK)
            }
            _ => problems.raise(context),
        }
    }
}

/// A field of a config.
struct Place {
    config: &'static str,
    name: &'static str,
    /// Its environment variable.
    variable: &'static str,
    field: &'static Field,
}

impl Place {
    /// Where the value stands, or is to stand.
    fn value(&self) -> *mut u8 {
        tables::image().config_block.wrapping_add(self.field.offset as usize)
    }

    /// The byte that is 1 once there is a value.
    fn flag(&self) -> *mut u8 {
        tables::image().config_block.wrapping_add(self.field.slots as usize)
    }

    unsafe fn is_set(&self) -> bool {
        // SAFETY: the flag is in the config block.
        unsafe { self.flag().read() != 0 }
    }
}

/// All fields in the order of resolution.
fn places(configs: &'static [Config]) -> impl Iterator<Item = Place> {
    configs.iter().flat_map(|config| {
        let fields = tables::fields(config.first, config.count);
        let variables = tables::offsets(config.variables, 2 * config.count);
        fields.iter().zip(variables.chunks_exact(2)).map(|(field, variable)| Place {
            config: tables::name(config.name, config.name_len),
            name: tables::name(field.name, field.name_len),
            variable: tables::name(variable[0], variable[1]),
            field,
        })
    })
}

/// The first pass: all values of the environment and of the file.
unsafe fn set_given(
    context: *mut Context,
    configs: &'static [Config],
    settings: &Settings<'_>,
    problems: &mut Problems,
) -> Result<(), Stop> {
    for place in places(configs) {
        let root = Path::root(place.config);
        let path = root.field(place.name);
        let text = match env::lookup(place.variable).map(core::str::from_utf8) {
            Some(Ok(text)) => text,
            Some(Err(_)) => {
                let message = ["env ", place.variable, " is not valid UTF-8"].concat();
                problems.add(&path, INVALID_VALUE, message)?;
                continue;
            }
            None => match settings.get(place.config, place.name) {
                Some(text) => text,
                None => continue,
            },
        };
        // SAFETY: the context is the one the program was entered with; the block has room for the value and its flag.
        unsafe {
            if boundary::read_text(context, place.field.ty, text, true, &path, place.value(), problems)? {
                place.flag().write(1);
            }
        }
    }
    Ok(())
}

/// The second pass: the defaults of all other fields, up to the first that is not accepted.
unsafe fn set_defaults(
    context: *mut Context,
    configs: &'static [Config],
    problems: &mut Problems,
) -> Result<(), Stop> {
    for place in places(configs) {
        let root = Path::root(place.config);
        let path = root.field(place.name);
        // SAFETY: as in the first pass.
        unsafe {
            if place.is_set() {
                continue;
            }
            let no_input = core::ptr::null();
            if !boundary::default_value(context, place.field, no_input, &path, place.value(), problems)? {
                break;
            }
            place.flag().write(1);
        }
    }
    Ok(())
}

/// Marks the values of all fields as shared: tasks read them.
fn share_values() {
    for place in places(tables::configs()) {
        // SAFETY: no task has begun; a field with the flag has a value.
        unsafe {
            if place.is_set() {
                share::share_value(tables::desc(place.field.ty), place.value());
            }
        }
    }
}

/// Gives up the values of all fields; none has one afterwards. After a program that was `left` in the middle they are only forgotten.
fn release_values(left: bool) {
    for place in places(tables::configs()) {
        // SAFETY: the program has ended; a field with the flag has a value, which is the block's.
        unsafe {
            if place.is_set() {
                place.flag().write(0);
                if !left {
                    release_value(tables::desc(place.field.ty), place.value());
                }
            }
        }
    }
}
