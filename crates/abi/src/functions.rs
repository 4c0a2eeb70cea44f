//! The table of runtime functions: the one declaration of each, from which the code generator, the JIT's symbol table and
//! the runtime's own definitions come.
//!
//! # Conventions
//!
//! - C calling convention. Parameter kinds: `Ctx` (`*mut Context`, passed by the code generator, not by the IR), `I64`, `F64`, `I8`, `Ref` (object), `Opt`
//!   (object or null), `Ptr` (address that is not counted), `Type` (an immediate type index, `u32`).
//! - `borrow` parameters stay the caller's; `own` parameters are consumed, on failure too. Results that are objects are owned by the caller.
//!   `Ptr` results point into the first object argument (for `own` ones, into the first object result) and are valid until it is changed or released.
//! - A function with `fails` returns a status ([`crate::layout::STATUS_OK`] ...) as its last machine result, a `u64`, and has described the failure in the context.
//! - One or two machine results (status included) are returned in registers, as a `repr(C)` struct of two if there are two. With three, the function takes an
//!   out-pointer to 8-byte slots as its very first parameter, writes its results there, and returns only the status (or nothing).
//! - `guarded`: the definition is wrapped once in `catch_unwind`; a panic is the status `STATUS_PANIC` (so it must also be `fails`). All others never panic.
//! - `raises`: the status may be [`crate::layout::STATUS_RAISED`]; `calls`: may call back into the program through [`crate::desc::Image::call`].
//! - `pure`: no effect but its result; may be removed if unused, or computed once for equal arguments while no object is changed.
//! - The symbol is `fuse_<name>`. The first word of the comment names the component only if it is not `core`.

/// The kind of a parameter or result of a runtime function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The context; supplied by the code generator.
    Ctx,
    /// 64-bit integer.
    I64,
    /// Binary64.
    F64,
    /// A byte: Bool or tag.
    I8,
    /// A counted object.
    Ref,
    /// A counted object or null.
    Opt,
    /// An address that is not counted.
    Ptr,
    /// A type index, known when compiling.
    Type,
}

/// Who owns an object argument after the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Still the caller.
    Borrow,
    /// The callee took it.
    Own,
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct RuntimeFn {
    /// Name without the prefix `fuse_`.
    pub name: &'static str,
    /// The symbol.
    pub symbol: &'static str,
    /// Parameters in order.
    pub params: &'static [(Mode, Kind)],
    /// Results in order, without the status.
    pub results: &'static [Kind],
    /// Has a status.
    pub fails: bool,
    /// Panics are caught and become a status.
    pub guarded: bool,
    /// See the module's conventions.
    pub pure: bool,
    /// May raise an error value.
    pub raises: bool,
    /// May call functions of the program.
    pub calls: bool,
}

/// Calls `$callback!` with all rows. Row: `name (mode kind, ...) -> (kind, ...) [flags];`.
#[macro_export]
macro_rules! runtime_functions {
    ($callback:path) => {
        $callback! {
            // Counting. `release` and `retain` are the slow halves: compiled code handles plain positive counts itself.
            drop_object (own Ref) -> () [];                 // the count has reached zero: release what it holds, free it
            retain_shared (borrow Ref) -> () [];            // the count is negative, or at its limit
            release_shared (own Ref) -> () [];              // the count is negative

            // Nodes.
            node_new (own Type, own I64) -> (Ref) [];       // type, object size in bytes; fields are not initialised, count 1
            node_copy (own Ref) -> (Ref) [];                // a unique copy of a shared node (the argument's count is not 1)

            // Strings.
            str_concat (own Ref, borrow Ref) -> (Ref) [];   // appends in place if the left one is unique
            str_push_int (own Ref, own I64) -> (Ref) [];
            str_push_float (own Ref, own F64) -> (Ref) [];
            str_push_bool (own Ref, own I8) -> (Ref) [];
            str_push_value (own Ctx, own Ref, own Type, borrow Ptr) -> (Ref) [fails];  // text form of a value in memory
            str_eq (borrow Ref, borrow Ref) -> (I8) [pure];
            str_new (own I64) -> (Ref) [];                  // empty, with room for so many bytes

            // Lists. Elements are moved in and out by compiled code through the address of an element.
            list_new (own Type, own I64) -> (Ref) [];       // the List type, number of elements: length is set, elements are not initialised
            list_empty (own Type, own I64) -> (Ref) [];     // length 0, room for so many
            list_unique (own Ref) -> (Ref) [];              // itself if unique, else a copy
            list_push_slot (own Ref, own I64) -> (Ref, Ptr) [];   // list, bytes between elements: unique, one element longer; the address of the new element, not initialised
            list_concat (own Ref, borrow Ref) -> (Ref) [];  // appends in place if the left one is unique
            list_range (own Ctx, own Type, own I64, own I64) -> (Ref) [fails];         // a..b on Int
            list_range_float (own Ctx, own Type, own F64, own F64) -> (Ref) [fails];
            range_float_len (own Ctx, own F64, own F64) -> (I64) [fails];

            // Maps, insertion-ordered, with String keys.
            map_new (own Type, own I64) -> (Ref) [];        // the Map type, expected entries
            map_len (borrow Ref) -> (I64) [pure];           // entries; entry numbers are 0 .. len-1 in insertion order
            map_unique (own Ref) -> (Ref) [];
            map_find (borrow Ref, borrow Ref) -> (Ptr) [pure];   // map, key: address of the value, 0 if absent or a `null` element of a type that cannot be `null`
            map_insert_slot (own Ref, borrow Ref) -> (Ref, Ptr) [];  // unique map, address of the value of that key: the old value, or zeroes if it is new
            map_value_at (borrow Ref, own I64) -> (Ptr) [pure];      // value of an entry by number; 0 for a `null` element of a type that cannot be `null`
            map_key_at (borrow Ref, own I64) -> (Ref) [];

            // Numbers.
            float_cmp_int (own F64, own I64) -> (I64) [pure];   // -1, 0, 1; 2 if unordered: exact comparison of mathematical values
            bytes_eq (borrow Ref, borrow Ref) -> (I8) [pure];

            // Builtins.
            print_str (own Ctx, borrow Ref) -> () [fails, guarded];
            print_int (own Ctx, own I64) -> () [fails, guarded];
            print_float (own Ctx, own F64) -> () [fails, guarded];
            print_value (own Ctx, own Type, borrow Ptr) -> () [fails, guarded];
            input (own Ctx, borrow Ref) -> (Ref) [fails, guarded];
            log_text (own Ctx, borrow Ref, borrow Ref) -> () [fails, guarded];   // level word as written or "", message
            str_push_json (own Ctx, own Ref, own Type, borrow Ptr) -> (Ref) [fails];             // JSON of a value in memory (runtime reference 4.3)
            log_json (own Ctx, borrow Ref, borrow Ref, borrow Ref) -> () [fails, guarded];       // level word, message, data as JSON text
            log_enabled (borrow Ref) -> (I8) [];                                 // level word: would a line be written?
            log_is_level (borrow Opt) -> (I8) [pure];                            // the object of a dynamic value or a text: is it a level word (any case)?
            assert_failed (own Ctx, borrow Ref) -> () [fails];                   // always fails, with `assert failed: <text>`
            env (own Ctx, borrow Ref) -> (Opt) [fails, guarded];
            env_int (own Ctx, borrow Ref) -> (I8, I64) [fails, guarded];         // tag, value
            env_float (own Ctx, borrow Ref) -> (I8, F64) [fails, guarded];
            env_bool (own Ctx, borrow Ref) -> (I8, I8) [fails, guarded];

            // Dynamic values, each an object and bits.
            dynamic_of (own Ctx, own Type, borrow Ptr) -> (Opt, I64) [fails];                  // the JSON form of a value in memory as a dynamic value
            dynamic_arithmetic (own Ctx, own I64, own Opt, own I64, borrow Opt, own I64) -> (Opt, I64) [fails];     // 0 `+`, 1 `-`, 2 `*`, 3 `/`, 4 `%`
            dynamic_negate (own Ctx, borrow Opt, own I64) -> (Opt, I64) [fails];
            dynamic_compare (own Ctx, own I64, borrow Opt, own I64, borrow Opt, own I64) -> (I8) [fails];           // 0 `<`, 1 `<=`, 2 `>`, 3 `>=`
            dynamic_equal (own Ctx, borrow Opt, own I64, borrow Opt, own I64) -> (I8) [fails];
            dynamic_range (own Ctx, borrow Opt, own I64, borrow Opt, own I64) -> (Ref) [fails];                     // a list of dynamic values
            dynamic_index (own Ctx, borrow Opt, borrow Opt, own I64) -> (Opt, I64) [fails];    // the object of the base, the index
            dynamic_index_or_null (own Ctx, borrow Opt, borrow Opt, own I64) -> (Opt, I64) [fails];
            dynamic_assign (own Ctx, own Opt, borrow Ref, own Opt, own I64) -> (Opt) [fails];  // the object of the root, a list of steps (not empty), the value: the object of the new root. A step is two dynamic values: whether it is `?[`, the index
            dynamic_items (own Ctx, borrow Opt) -> (Ref) [fails];                              // what a `for` over it visits, as a list of dynamic values
            invalid_arguments (own Ctx, borrow Ref) -> () [fails];                             // always fails, with this text

            // Conversion and validation; paths are texts.
            convert_object (own Ctx, own Type, borrow Opt, own I64, borrow Ref) -> (Opt) [fails, guarded, raises, calls];  // to a type whose one slot is an object
            convert_value (own Ctx, own Type, borrow Opt, own I64, borrow Ref) -> (Ref) [fails, guarded, raises, calls];   // to the element type of the List type given: a list of the one value
            validate (own Ctx, own Type, borrow Ptr, borrow Ref, own I8) -> () [fails, guarded, raises, calls];            // a value in memory, the path, whether all problems count or only the first

            // JSON.
            json_encode (own Ctx, own Type, borrow Ptr) -> (Ref) [fails, guarded];
            json_decode (own Ctx, borrow Ref) -> (Opt, I64) [fails, guarded];
            json_decode_object (own Ctx, own Type, borrow Ref, borrow Ref) -> (Opt) [fails, guarded, raises, calls];       // text, path: as `json_decode` and `convert_object`
            json_decode_value (own Ctx, own Type, borrow Ref, borrow Ref) -> (Ref) [fails, guarded, raises, calls];        // text, path: as `json_decode` and `convert_value`
            json_asset (own Ctx, borrow Ref) -> (Opt, I64) [fails, guarded];                   // the value of a static text, decoded when it is first asked for
            json_enable () -> () [];                                                           // config fields and parameters of structured types can be read from text, and defaults may be dynamic

            json_asset_path (own Ctx, borrow Ref) -> (Ref) [fails, guarded];                   // the address of a file of the site

            // Markup; a buffer is a string. Text in values that may come to stand in a tag in which text is not escaped is marked.
            html_push (own Ref, borrow Ref) -> (Ref) [];                                       // buffer, a piece that is markup already
            html_push_text (own Ref, borrow Ref, own I8) -> (Ref) [];                          // buffer, text, is it marked?
            html_push_value (own Ref, borrow Ref) -> (Ref) [];                                 // buffer, the value of an attribute
            html_push_attributes (own Ref, borrow Ref) -> (Ref) [];                            // buffer, a map of Strings
            html_check_attributes (own Ctx, borrow Ref) -> () [fails];                         // that map
            html_push_raw_text (own Ctx, own Ref, borrow Ref, borrow Ref) -> (Ref) [fails];    // buffer, text, the tag in which it is not escaped
            html_push_raw_html (own Ctx, own Ref, borrow Ref, borrow Ref) -> (Ref) [fails];    // buffer, marked Html, that tag
            html_rendering (borrow Ref) -> (Ref) [];                                           // marked Html as a String
            html_attributes (own Ctx, own Type, borrow Opt, borrow Ref) -> (Ref) [fails];      // the type of a map of Strings, the object of a dynamic value; the message if it is no such map
            html_texts (own Ctx, own Type, borrow Opt, borrow Ref) -> (Ref) [fails];           // the type of a list of Strings, the object of a dynamic child, what it stands in
            html_node (own Ctx, borrow Ref, borrow Ref, borrow Ref, borrow Ref, borrow Ref) -> (Ref) [fails];  // name, map of Strings, list of Html; the names of void tags, and of those whose text is not escaped
            html_svg_inline (own Ctx, borrow Ref) -> (Ref) [fails, guarded];

            // Patterns.
            regex_match (borrow Ref, borrow Ref) -> (I8) [];                                   // text, automaton: is the pattern found?
            regex_search (borrow Ref, borrow Ref) -> (I8) [];                                  // text, pattern, for those whose automaton would be too large

            // Configuration, command line.
            config_resolve (own Ctx) -> () [fails, guarded, raises, calls];
            config_unresolved (own Ctx, borrow Ref) -> () [fails];                             // always fails; `Config.field`
            cli_bind (own Ctx, own Type) -> (Ref) [fails, guarded, raises, calls];             // the struct of the parameters
            end_with_error (own Ctx, own Type, borrow Ptr) -> () [fails, raises];              // always raises: the program ends with this error value

            // Tasks.
            tasks_spawn (own Ctx, own Type, own I64, own Opt) -> (Ref) [fails, guarded, calls];          // the Task type, number of the block's code, the struct of what it mentions
            tasks_await (own Ctx, borrow Ref) -> (Ptr) [fails, raises, calls];                           // waits; the address of the result
            tasks_end (own Ref) -> () [calls];                                                           // leaves the scope of the task's name: waits

            // The database. A query is a list of dynamic values.
            db_settings (borrow Opt, borrow Opt, borrow Opt) -> () [];                                    // the config `App`: `dbUrl`, `db_url`, `dbPoolSize` as text
            db_exec (own Ctx, borrow Ref, borrow Ref) -> () [fails, guarded];                            // text, list of dynamic values
            db_query (own Ctx, own Type, borrow Ref, borrow Ref) -> (Ref) [fails, guarded];              // the type of a list of maps of dynamic values
            db_one (own Ctx, borrow Ref, borrow Ref) -> (Opt) [fails, guarded];
            db_value (own Ctx, own Type, borrow Ptr) -> (Opt, I64) [fails];                              // a value in memory as a parameter, or a list of such
            db_row (own Ctx, own Type, borrow Ptr) -> (Opt, I64) [fails];                                // a struct or map in memory as a map of parameters
            db_from (own Ctx, borrow Ref) -> (Ref) [fails, guarded];
            db_select (own Ctx, borrow Ref, borrow Ref) -> (Ref) [fails, guarded];                       // query, list of Strings
            db_where (own Ctx, borrow Ref, borrow Ref, borrow Ref, borrow Opt, own I64) -> (Ref) [fails, guarded];
            db_order_by (own Ctx, borrow Ref, borrow Ref, borrow Ref) -> (Ref) [fails, guarded];
            db_limit (own Ctx, borrow Ref, own I64) -> (Ref) [fails, guarded];
            db_insert (own Ctx, borrow Ref, own I8, borrow Opt, own I64) -> (Ref) [fails, guarded];      // query, upsert?, a map of dynamic values
            db_update (own Ctx, borrow Ref, borrow Ref, borrow Opt, own I64) -> (Ref) [fails, guarded];
            db_delete (own Ctx, borrow Ref) -> (Ref) [fails, guarded];
            db_sql (borrow Ref) -> (Ref) [];
            db_params (borrow Ref) -> (Ref) [];
            db_run (own Ctx, borrow Ref) -> () [fails, guarded];
            db_count (own Ctx, borrow Ref) -> (I64) [fails, guarded];
            db_first (own Ctx, borrow Ref) -> (Opt) [fails, guarded];
            db_all (own Ctx, own Type, borrow Ref) -> (Ref) [fails, guarded];                            // the type of a list of maps of dynamic values
            db_first_as (own Ctx, own Type, borrow Ref) -> (Opt) [fails, guarded, raises, calls];        // a struct type
            db_all_as (own Ctx, own Type, borrow Ref) -> (Ref) [fails, guarded, raises, calls];          // the type of a list of structs
            db_begin (own Ctx) -> () [fails, guarded];
            db_commit (own Ctx) -> () [fails, guarded];
            db_roll_back (own Ctx) -> () [];                                                             // if a transaction is active
            db_is_active (own Ctx) -> (I8) [];

            // Time, secrets.
            time_now () -> (I64) [];
            time_sleep (own Ctx, own I64) -> () [fails, guarded];
            time_format (own Ctx, own I64, borrow Ref) -> (Ref) [fails, guarded];
            time_parse (borrow Ref, borrow Ref) -> (I8, I64) [];                               // whether the text fits the format, milliseconds
            crypto_hash (own Ctx, borrow Ref, borrow Ref) -> (Ref) [fails, guarded];
            crypto_hmac (own Ctx, borrow Ref, borrow Ref, borrow Ref) -> (Ref) [fails, guarded];
            crypto_random_bytes (own Ctx, own I64) -> (Ref) [fails, guarded];
            crypto_constant_time_eq (borrow Ref, borrow Ref) -> (I8) [pure];

            // std.Error values: a field of the member of the family at hand.
            error_slot (borrow Ref, borrow Ref) -> (Ptr) [pure];    // error, field name: address of the field in the object, 0 if absent
            error_field (own Ctx, borrow Ref, borrow Ref) -> (Ptr) [fails];      // the same, but fails with `unknown field <f>` if absent
            take_raised (own Ctx) -> (Ref) [];                                          // the error that was raised, out of the context
        }
    };
}

macro_rules! mode {
    (own) => {
        Mode::Own
    };
    (borrow) => {
        Mode::Borrow
    };
}

macro_rules! has {
    ($flag:ident;) => { false };
    (fails; fails $(, $rest:ident)*) => { true };
    (guarded; guarded $(, $rest:ident)*) => { true };
    (pure; pure $(, $rest:ident)*) => { true };
    (raises; raises $(, $rest:ident)*) => { true };
    (calls; calls $(, $rest:ident)*) => { true };
    ($flag:ident; $other:ident $(, $rest:ident)*) => { has!($flag; $($rest),*) };
}

macro_rules! table {
    ($($name:ident ($($mode:ident $kind:ident),*) -> ($($result:ident),*) [$($flag:ident),*];)*) => {
        /// Every runtime function.
        pub static TABLE: &[RuntimeFn] = &[$(RuntimeFn {
            name: stringify!($name),
            symbol: concat!("fuse_", stringify!($name)),
            params: &[$((mode!($mode), Kind::$kind)),*],
            results: &[$(Kind::$result),*],
            fails: has!(fails; $($flag),*),
            guarded: has!(guarded; $($flag),*),
            pure: has!(pure; $($flag),*),
            raises: has!(raises; $($flag),*),
            calls: has!(calls; $($flag),*),
        }),*];

        /// A digest of all rows: compiler and runtime must have been built with the same.
        pub const DIGEST: u64 = crate::metadata::checksum(
            concat!($(stringify!($name ($($mode $kind),*) -> ($($result),*) [$($flag),*];)),*).as_bytes(),
        );

        /// Names a row of [`TABLE`].
        #[allow(non_camel_case_types, missing_docs)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u16)]
        pub enum Rt { $($name),* }

        impl Rt {
            /// The row.
            pub fn row(self) -> &'static RuntimeFn { &TABLE[self as usize] }

            /// The function with this name.
            pub fn by_name(name: &str) -> Option<Rt> {
                match name { $(stringify!($name) => Some(Rt::$name),)* _ => None }
            }
        }
    };
}

crate::runtime_functions!(table);
