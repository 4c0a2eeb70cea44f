//! Values, text, failures and builtins of a running program.
//!
//! The job: define every function of [`fuse_abi::functions`] for compiled code, and the frame in which a compiled
//! program runs (its stack, its signals, how its end is told): [`memory`] for `fuse run`, [`aot`] for executables.
//!
//! It must not know the language: no syntax, no types but the descriptors of [`fuse_abi::desc`], nothing about how
//! code is generated or linked.
//!
//! # Invariants
//! - One program at a time runs in a process; its tables are installed before its first instruction (`tables`).
//! - Strings (not Bytes) hold valid UTF-8, always.
//! - An object whose count is 1 is owned by the one who holds that reference; only such objects are changed.
//! - Nothing recurses on the depth of data without a limit: release, text and conversion keep their own lists of what is left to do; JSON recurses
//!   as far as the reserve below the stack's limit allows.
//! - No panic leaves a function: those that could are wrapped in `catch_unwind` (`guarded`), the others have no
//!   operation that panics. Nothing unwinds through compiled code.
//! - A failed allocation never aborts: it ends the program with the failure `out of memory` (`stack::leave`).
//! - What a program does not use is not linked: nothing here is registered, and only [`memory::symbols`] names all
//!   functions. Start-up does nothing that is not needed for every program, and does not allocate.
//! - `unsafe` is at home here. Every public function for compiled code has the same contract, that of the table:
//!   object arguments point to live objects of the kind that the table says, `Type` arguments are indices of the
//!   installed type table, the context is the one that the program was entered with.
#![allow(clippy::missing_safety_doc)] // the contract above, once

mod abi;
mod alloc;
pub mod aot;
mod arguments;
mod assert;
mod base64;
mod boundary;
mod cli;
mod config;
mod console;
mod constraint;
mod convert;
mod crypto;
mod db;
mod dynamic;
mod encode;
mod env;
mod error_value;
mod escape;
mod failure;
#[cfg(feature = "test-edition")]
mod faults;
mod hook;
mod html;
mod json;
mod kinds;
mod list;
mod log;
mod map;
mod marks;
mod memo;
pub mod memory;
mod number;
mod object;
mod operators;
mod places;
mod pool;
mod problems;
mod program;
mod read_text;
mod regex;
mod registers;
mod share;
mod signals;
mod stack;
mod string;
mod tables;
mod tasks;
mod text;
mod time;
mod to_dynamic;
mod value;

#[cfg(test)]
mod testing;

pub use alloc::{Allocator, live_objects};
pub use error_value::raise;
pub use failure::{Place, Report};

/// Every definition has the signature that its row of the table says; see [`abi`].
mod functions {
    pub(crate) use crate::assert::*;
    pub(crate) use crate::boundary::{convert_object, convert_value, validate};
    pub(crate) use crate::cli::cli_bind;
    pub(crate) use crate::config::{config_resolve, config_unresolved};
    pub(crate) use crate::console::{input, print_float, print_int, print_str, print_value};
    pub(crate) use crate::crypto::{crypto_constant_time_eq, crypto_hash, crypto_hmac, crypto_random_bytes};
    pub(crate) use crate::db::{
        db_all, db_all_as, db_begin, db_commit, db_count, db_delete, db_exec, db_first, db_first_as, db_from,
        db_insert, db_is_active, db_limit, db_one, db_order_by, db_params, db_query, db_roll_back, db_row,
        db_run, db_select, db_settings, db_sql, db_update, db_value, db_where,
    };
    pub(crate) use crate::encode::str_push_json;
    pub(crate) use crate::env::{env, env_bool, env_float, env_int};
    pub(crate) use crate::error_value::{end_with_error, error_field, error_slot, take_raised};
    pub(crate) use crate::html::{
        html_attributes, html_check_attributes, html_node, html_push, html_push_attributes,
        html_push_raw_html, html_push_raw_text, html_push_text, html_push_value, html_rendering,
        html_svg_inline, html_texts,
    };
    pub(crate) use crate::json::{
        json_asset, json_asset_path, json_decode, json_decode_object, json_decode_value, json_enable,
        json_encode,
    };
    pub(crate) use crate::list::{
        list_concat, list_empty, list_new, list_push_slot, list_range, list_range_float, list_unique,
        range_float_len,
    };
    pub(crate) use crate::log::{log_enabled, log_is_level, log_json, log_text};
    pub(crate) use crate::map::{
        map_find, map_insert_slot, map_key_at, map_len, map_new, map_unique, map_value_at,
    };
    pub(crate) use crate::number::float_cmp_int;
    pub(crate) use crate::object::{drop_object, node_copy, node_new, release_shared, retain_shared};
    pub(crate) use crate::operators::{
        dynamic_arithmetic, dynamic_compare, dynamic_equal, dynamic_negate, dynamic_range, invalid_arguments,
    };
    pub(crate) use crate::places::{dynamic_assign, dynamic_index, dynamic_index_or_null, dynamic_items};
    pub(crate) use crate::regex::{regex_match, regex_search};
    pub(crate) use crate::string::{
        bytes_eq, str_concat, str_eq, str_new, str_push_bool, str_push_float, str_push_int,
    };
    pub(crate) use crate::tasks::{tasks_await, tasks_end, tasks_spawn};
    pub(crate) use crate::text::str_push_value;
    pub(crate) use crate::time::{time_format, time_now, time_parse, time_sleep};
    pub(crate) use crate::to_dynamic::dynamic_of;

    fuse_abi::runtime_functions!(crate::abi::check_signatures);
}
