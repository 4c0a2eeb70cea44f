//! The registry of codes: one row for each kind of finding, in one table.
//!
//! A code is contract: once published it keeps its meaning for good. A row gives the constant that the rest of
//! the tool chain uses, the printed code, the level and a one-line meaning. `fuse explain`, its list and the
//! documentation read this table. Rows stand in the order of the phases; within a phase in the order in which
//! the diagnostics reference lists them.

use crate::Level;

/// A stable diagnostic code, such as `FUSE_TYPE_MISMATCH`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code(pub &'static str);

impl Code {
    /// The printed form.
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

/// One row of the registry.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The code.
    pub code: Code,
    /// The level at which it is reported.
    pub level: Level,
    /// What it means, in one line.
    pub meaning: &'static str,
    /// The part of the tool chain that reports it.
    pub group: Group,
}

/// Declares the constants, the groups and the table. `error NAME "meaning"` is the code `FUSE_NAME`;
/// `error NAME = "text" "meaning"` is the code `text`.
macro_rules! codes {
    (@code $name:ident) => { concat!("FUSE_", stringify!($name)) };
    (@code $name:ident $text:literal) => { $text };
    (@level error) => { Level::Error };
    (@level warning) => { Level::Warning };
    ($( $(#[$doc:meta])* $group:ident { $( $level:ident $name:ident $(= $text:literal)? $meaning:literal; )* } )*) => {
        /// The parts of the tool chain, in the order in which a program meets them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Group { $( $(#[$doc])* $group, )* }

        $( $(
            #[doc = $meaning]
            pub const $name: Code = Code(codes!(@code $name $($text)?));
        )* )*

        /// Every code, by group.
        pub const TABLE: &[Row] = &[ $( $(
            Row { code: $name, level: codes!(@level $level), meaning: $meaning, group: Group::$group },
        )* )* ];
    };
}

codes! {
    /// Lexical analysis (diagnostics reference, 2).
    Lexical {
        error UNEXPECTED_CHARACTER "a character cannot start any token";
        error TAB_INDENTATION "a line is indented with a tab";
        error INCONSISTENT_INDENTATION "a line is indented less than its block but not as far as any block around it";
        error UNMATCHED_BRACKET "a closing bracket has no partner, or closes a bracket of another kind";
        error UNCLOSED_BRACKET "a bracket is opened but never closed";
        error UNTERMINATED_STRING "a string literal has no closing quote";
        error UNTERMINATED_INTERPOLATION "an interpolation `${` has no closing brace";
        error EMPTY_INTERPOLATION "an interpolation `${}` holds no expression";
        error INTERPOLATION_TRAILING_TEXT "something follows the expression of an interpolation";
        error INTEGER_TOO_LARGE "an integer literal is larger than an Int can be";
        error SOURCE_TOO_LARGE "a source file is 4 GiB or larger";
    }
    /// Parsing (3).
    Parsing {
        error UNEXPECTED_TOKEN "a token does not fit the grammar at its place";
        error RESERVED_KEYWORD "a reserved word is used as a name";
        error UNEXPECTED_INDENTATION "a line is indented although no block begins there";
        error MISSING_BLOCK "a block header is followed by no indented line";
        error REQUIRES_NOT_FIRST "`requires` stands after another declaration";
        error DOC_COMMENT_ON_REQUIRES "a documentation comment stands before `requires`";
        error UNKNOWN_CAPABILITY "`requires` names a capability that does not exist";
        error NOT_A_DECLARATION "something other than a declaration stands at top level";
        error TYPE_DECLARATION_FORM "a declared type name is followed by neither `:` nor `=`";
        error DOTTED_DECLARATION "a dotted name outside the `std.Error` family is declared";
        error ROUTE_VERB "a route does not begin with an HTTP verb";
        error MIXED_PATTERN "a pattern mixes positional and named sub-patterns";
        error HTML_BLOCK_WITHOUT_CALL "an HTML block follows something that is not a call";
        error HTML_BLOCK_STATEMENT "an HTML block contains a statement that cannot be a child";
        error INVALID_ASSIGNMENT_TARGET "the left side of `=` is not a place";
        error RESULT_WITHOUT_DOMAIN "a result type `T!` names no error domain";
        error MIXED_PAYLOAD_LABELS "an enum variant labels some elements of its payload but not all";
        error NESTING_TOO_DEEP "code is nested too deeply";
    }
    /// Loading and imports (4).
    Imports {
        error IMPORT_MODULE_READ "an imported module is missing, unreadable or not UTF-8";
        error IMPORT_CYCLE "modules import each other in a circle";
        error IMPORT_ASSET_FORM "an asset is imported by a form that only modules have";
        error IMPORT_UNSUPPORTED_EXTENSION "an imported file is neither `.fuse`, `.md` nor `.json`";
        error IMPORT_DUPLICATE "two imports bind the same name";
        error IMPORT_UNKNOWN "an imported name is not exported by the module";
        error IMPORT_DEP_PATH "a `dep:` path has not the form `dep:Name/rest`";
        error IMPORT_UNKNOWN_DEPENDENCY "a `dep:` path names a dependency that the manifest does not declare";
        error IMPORT_ROOT_PATH "a `root:` path is empty";
        error IMPORT_ROOT_ESCAPE "a `root:` or `dep:` path leaves its package";
        error ASSET_MISSING "an imported asset does not exist";
        error ASSET_READ "an imported asset cannot be read";
        error ASSET_UTF8 "an imported asset is not UTF-8";
        error ASSET_JSON_INVALID "an imported `.json` asset is not JSON";
        error DEP_CYCLE "packages depend on each other in a circle";
        error SYMBOL_DUPLICATE "a program-wide name is declared in two modules";
        error TYPE_DERIVE_BASE "the base of a derived type is not a struct type";
        error TYPE_DERIVE_FIELD "a derived type removes a field that its base does not have";
        error TYPE_DERIVE_CYCLE "types are derived from each other in a circle";
        error TYPE_UNKNOWN "a derived type reaches a type that is not declared";
    }
    /// Names and declarations (5).
    Names {
        error DUPLICATE_DECLARATION "a module declares a name twice";
        error PREDEFINED_NAME "a declaration takes a name that the language owns";
        error DUPLICATE_CAPABILITY "a module requires a capability twice";
        error DUPLICATE_MEMBER "a declaration lists a name twice";
        error DUPLICATE_ROUTE "a service has two routes with the same verb and path shape";
        error EMPTY_NAME "a test or migration has an empty name";
        error STD_ERROR_RESTATEMENT "a restated `std.Error` type does not have the fields it must have";
        error DUPLICATE_LOCAL "a local name is declared twice in one scope";
        error UNKNOWN_NAME "a name is not known here";
        error NOT_A_VALUE "the name of a type, module, service or namespace is used as a value";
        error UNDERSCORE_READ "`_` is read";
        error UNKNOWN_TYPE "a type name is not known here";
        error UNKNOWN_MODULE_ALIAS "a qualified name begins with an unknown module alias";
        error NOT_EXPORTED "a module does not export a member";
        error NOT_A_TYPE "something that is not a type is used as one";
        error TYPE_ARGUMENT_COUNT "a type has the wrong number of type arguments";
        error MAP_KEY_TYPE "the key type of a map is not String";
        error RECURSIVE_TYPE "a struct type contains itself directly";
        error CONFIG_DEFAULT_ORDER "a config default reads a field that has no value yet";
        error CONFIG_BASE64_DEFAULT "the string default of a Bytes field is not base64";
        error ROUTE_PARAMETER_FORM "a route parameter is malformed";
        error ROUTE_PARAMETER_TYPE "a route parameter has a type that a path cannot give";
        error RESERVED_PARAMETER "a parameter takes a name that routes or components own";
    }
    /// Interfaces and type parameters (6).
    Interfaces {
        error INTERFACE_NOT_A_TYPE "an interface is used as a type";
        error INTERFACE_DYNAMIC_USE "an interface is used as a value";
        error UNKNOWN_INTERFACE "`impl` names an interface that does not exist";
        error IMPL_TARGET "the target of an impl is neither a struct type nor an enum";
        error IMPL_DUPLICATE "a package implements an interface for a type twice";
        error IMPL_ORPHAN "neither the interface nor the target of an impl belongs to the package";
        error IMPL_INCOMPLETE "an impl lacks a member of its interface";
        error IMPL_SIGNATURE_MISMATCH "a method has another signature than the interface member";
        error IMPL_UNKNOWN_METHOD "an impl has a method that the interface does not have";
        error METHOD_NAME_CONFLICT "a method has the name of a field, or of a method of another impl";
        error SELF_OUTSIDE_IMPL "`Self` is used outside interfaces and impls";
        error INSTANCE_METHOD_ON_TYPE "an instance method is called through a type";
        error SELF_ASSIGNMENT "`self` is assigned";
        error GENERIC_DUPLICATE_TYPE_PARAM "a type parameter is declared twice";
        error WHERE_UNKNOWN_TYPE_PARAM "`where` constrains a type parameter that does not exist";
        error WHERE_UNKNOWN_INTERFACE "`where` names an interface that does not exist";
        error WHERE_MULTI_CONSTRAINT "a type parameter has two constraints";
        error GENERIC_CALL_TYPE_ARG "a call gives the wrong number of type arguments";
        error GENERIC_INFERENCE "the type arguments of a call cannot be found, or do not satisfy the constraint";
        error UNCONSTRAINED_OPERATION "a value of a type parameter is used for something its constraint does not provide";
        error INSTANCE_METHOD_ON_TYPE_PARAM "an instance method is called through a type parameter";
        error ENDLESS_INSTANTIATION "a generic callable needs endlessly many instances of itself";
    }
    /// Types of expressions and statements (7).
    Types {
        error TYPE_MISMATCH "a value does not have the type that is expected";
        error OPERATOR_TYPES "an operator does not accept its operands";
        error NULL_COMPARISON "a value that can never be `null` is compared with `null`";
        error NO_COMMON_TYPE "the elements of a literal have no common type";
        error ANNOTATION_NEEDED "an empty literal or `null` is bound without a type";
        error DUPLICATE_MAP_KEY "a map literal has a key twice";
        error CONDITION_NOT_BOOL "a condition is not a Bool";
        error NOT_ITERABLE "`for` runs over something that is neither a list nor a map";
        error REFUTABLE_FOR_PATTERN "the pattern of a `for` does not always match";
        error NOT_INDEXABLE "something that is neither a list nor a map is indexed";
        error INDEX_TYPE "a list index is not an Int, or a map key is not a String";
        error UNKNOWN_MEMBER "a value has no such member";
        error DYNAMIC_MEMBER "a member of a dynamic value is accessed";
        error METHOD_NOT_CALLED "a method is mentioned without being called";
        error NOT_OPTIONAL "`?.` or `??` is used on something that cannot be `null`";
        error NOT_OPTIONALLY_INDEXABLE "`?[ ]` is used on something that is no list, map or option of one";
        error NOT_CALLABLE "something that is not callable is called";
        error WRONG_ARITY "a call has too few or too many arguments";
        error NAMED_ARGUMENT "a named argument is unknown, repeated, or followed by a positional one";
        error MISSING_COMMA "two arguments on one line have no comma between them";
        error POSITIONAL_FIELD "a struct literal has positional arguments";
        error UNKNOWN_FIELD "a struct literal names an unknown field, or a field twice";
        error MISSING_FIELD "a struct literal lacks fields";
        error CONFIG_CONSTRUCTED "a config is constructed";
        error UNKNOWN_VARIANT "an enum has no such variant";
        error IMMUTABLE_ASSIGNMENT "a name that cannot change is assigned";
        error NOT_ASSIGNABLE "a place cannot be assigned";
        error REFINEMENT_FORM "a refinement has no constraint, or a malformed one";
        error REFINEMENT_BASE "the base of a refinement does not admit the constraint";
        error REFINEMENT_RANGE "a range constraint has wrong bounds";
        error INVALID_REGEX "a regex pattern does not compile";
        error INVALID_PREDICATE "a predicate is unknown, generic, or has the wrong signature";
        error PROPAGATION_OUTSIDE_FALLIBLE "`?!` is used in a body that cannot fail";
        error PROPAGATION_TYPE "`?!` is used on something that is no option or result";
        error PROPAGATION_NEEDS_ERROR "`?!` on an option names no error";
        error PROPAGATION_NOT_AN_ERROR "the operand of `?!` is not an error";
        error PROPAGATION_DOMAIN "an error is passed on that the signature does not name";
        error ERROR_DOMAIN "a result names a domain that is no declared error type";
        error BARE_ERROR_DOMAIN "a result names the bare domain `Error`";
        error AWAIT_NOT_A_TASK "`await` is used on something that is no task";
        error NO_TEXT_FORM "a value without text form is converted to text";
        error NOT_ENCODABLE "a value that cannot be encoded as JSON is passed where one is needed";
        error ROUTE_NOT_ENCODABLE "the result or body of a route cannot be encoded as JSON";
        warning UNBINDABLE_PARAMETER "a parameter of `main` or a config field cannot be read from text";
        error PATTERN_MISMATCH "a pattern does not fit the type it is matched against";
        error PATTERN_ARITY "a variant pattern has the wrong number of sub-patterns";
        error PATTERN_UNKNOWN_VARIANT "an upper-case name in a pattern is no variant of the enum";
        error PATTERN_DUPLICATE "a pattern binds a name or names a field twice";
        error NON_EXHAUSTIVE_MATCH "a `match` does not cover every case";
        error MISSING_RESULT "a body can end without a value of its result type";
        error COMPONENT_RESULT "a component does not give Html";
        error RETURN_VALUE "`return` gives a value where no result is declared";
        error RETURN_NOT_ALLOWED "`return` is used in a test or migration";
        error LOOP_CONTROL_OUTSIDE_LOOP "`break` or `continue` is used outside a loop";
        warning UNREACHABLE_ARM "a `match` arm can never be reached";
        warning UNREACHABLE_CODE "statements can never be reached";
        warning UNUSED_RESULT "a result that may be an error is ignored";
    }
    /// Capabilities (8).
    Capabilities {
        error MISSING_CAPABILITY "a builtin is used without the capability it needs";
        error CAPABILITY_NOT_DECLARED "a callable of a module with more capabilities is used";
    }
    /// Tasks and transactions (9).
    Tasks {
        error SPAWN_BUILTIN "a `spawn` block calls a builtin that tasks must not call";
        error SPAWN_BOX "a `spawn` block creates a box or mentions an outer one";
        error SPAWN_ASSIGNMENT "a `spawn` block assigns to a name outside of it";
        error SPAWN_TRANSACTION "a `spawn` block contains a transaction";
        error DETACHED_TASK "a task is neither bound nor awaited";
        error TASK_NOT_AWAITED "a bound task is not awaited in its scope";
        error TASK_REASSIGNED "a task variable is assigned before its task was awaited";
        error TRANSACTION_WITHOUT_DB "a transaction stands in a module without `requires db`";
        error TRANSACTION_CAPABILITIES "a transaction stands in a module with further capabilities";
        error TRANSACTION_CONTROL "a transaction contains something that could leave it half-way";
        error TRANSACTION_CAPABILITY_USE "a transaction uses something of another capability";
    }
    /// Typed queries (10).
    Queries {
        error TYPED_QUERY_CALL "a typed read is called in the wrong form";
        error TYPED_QUERY_TYPE_ARG "a typed read has not exactly one struct type as its type argument";
        error TYPED_QUERY_SELECT "a typed read has no usable `select`";
        error TYPED_QUERY_FIELD_MISMATCH "the selected columns differ from the fields of the row type";
    }
    /// HTML (11).
    Html {
        error HTML_ATTR_COMMA "a comma separates the attributes of a tag";
        error HTML_ATTR_MAP "a map literal is passed as attributes";
        error HTML_ATTR_MIXED "named attributes are mixed with further positional arguments";
        error HTML_ATTR_DUPLICATE "a tag has an attribute twice";
        error HTML_ATTR_VALUE "the value of an attribute is not text";
        error HTML_TAG_ARGUMENTS "a tag gets more arguments than it takes";
        error HTML_VOID_CHILDREN "a tag that has no content gets children";
        error HTML_CHILD_TYPE "a child of a tag is neither Html nor text";
        error HTML_BLOCK_RESULT "an HTML block follows a call that does not give Html";
        error HTML_BLOCK_ARGUMENTS "an HTML block follows a call with more than one positional argument";
        error ARIA_ROLE "`aria-role` is used";
        error ARIA_UNKNOWN "an `aria-` attribute does not exist";
        error ARIA_VALUE "an ARIA attribute has a value that is not allowed";
    }
    /// Strict architecture (12).
    Architecture {
        error STRICT_UNUSED_CAPABILITY "strict architecture: a module requires a capability that it does not use";
        error STRICT_LAYER_CYCLE "strict architecture: layers import each other in a circle";
        error STRICT_ERROR_DOMAINS "strict architecture: a module's signatures use error domains of several modules";
    }
    /// What this version of the tool chain cannot do yet.
    Version {
        error NOT_AVAILABLE "this version of fuse does not support the construct or command yet";
    }
    /// The command line (toolchain reference, 4.3).
    CommandLine {
        error WRAPPER_UNKNOWN_COMMAND = "wrapper_unknown_command" "the command does not exist";
        error WRAPPER_UNKNOWN_BACKEND = "wrapper_unknown_backend" "the backend is neither `ast` nor `native`";
        error WRAPPER_MISSING_SUBCOMMAND = "wrapper_missing_subcommand" "`fuse deps` is given no subcommand";
        error WRAPPER_UNKNOWN_SUBCOMMAND = "wrapper_unknown_subcommand" "`fuse deps` is given an unknown subcommand";
        error WRAPPER_MANIFEST_MISSING = "wrapper_manifest_missing" "the selected manifest does not exist";
        error WRAPPER_MANIFEST_REQUIRED = "wrapper_manifest_required" "the command needs a package and there is none";
        error WRAPPER_MANIFEST_INVALID = "wrapper_manifest_invalid" "the manifest is not TOML or has a wrong shape";
        error WRAPPER_USAGE = "wrapper_usage" "the command line is used in a wrong way";
        error WRAPPER_UNKNOWN_CODE = "wrapper_unknown_code" "`fuse explain` is given a code that does not exist";
        error WRAPPER_NEW_REFUSED = "wrapper_new_refused" "`fuse new` cannot create a package there";
        warning ENV_FILE_INVALID "the file `.env` or a line of it cannot be used";
        error WRAPPER_CWD = "wrapper_cwd" "the current directory cannot be determined";
        error WRAPPER_FILE_READ = "wrapper_file_read" "a file that the command needs cannot be read";
        error WRAPPER_FILE_WRITE = "wrapper_file_write" "a file that the command makes cannot be written";
        error WRAPPER_DEV_ERROR = "wrapper_dev_error" "the development server cannot start the program";
        error WRAPPER_RUN_ERROR = "wrapper_run_error" "the program could not be started or was lost";
        error WRAPPER_RUNTIME_SETUP = "wrapper_runtime_setup" "there is nothing to run";
        error WRAPPER_FORMAT_ABORTED = "wrapper_format_aborted" "a source that does not parse cannot be formatted";
        error WRAPPER_MIGRATE_ERROR = "wrapper_migrate_error" "the migrations failed";
        error WRAPPER_TEST_ERROR = "wrapper_test_error" "the tests could not be started";
        error WRAPPER_ASSET_ERROR = "wrapper_asset_error" "the build hook or the asset pipeline failed";
        error WRAPPER_TARGET_UNSUPPORTED = "wrapper_target_unsupported" "the target or link mode is not available";
        error WRAPPER_BUILD_LINK = "wrapper_build_link" "the executable could not be linked";
        error WRAPPER_INTERNAL = "wrapper_internal" "the tool chain met a state that must not occur";
    }
    /// Dependencies, lock file, manifests and workspaces (toolchain reference, 7.8; `DEP_CYCLE` is above).
    Dependencies {
        error DEP_MANIFEST_DIR_REQUIRED "dependencies are declared but there is no package directory";
        error DEP_INVALID_NAME "the name of a dependency is not allowed";
        error DEP_UNKNOWN_FIELD "a dependency has an unknown key";
        error DEP_INVALID_SOURCE "the source of a dependency is neither a path nor a git URL";
        error DEP_SOURCE_REQUIRED "a dependency has neither `path` nor `git`";
        error DEP_GIT_REQUIRED_FOR_REFS "a dependency selects a revision but has no `git`";
        error DEP_PATH_FIELDS_INVALID "a path dependency has keys that only git dependencies have";
        error DEP_GIT_PATH_CONFLICT "a dependency has both `path` and `git`";
        error DEP_PATH_EMPTY "the `path` of a dependency is empty";
        error DEP_GIT_EMPTY "the `git` of a dependency, or its selector, is empty";
        error DEP_SUBDIR_EMPTY "the `subdir` of a dependency is empty";
        error DEP_GIT_REF_CONFLICT "a dependency selects a revision in more than one way";
        error DEP_GIT_UNSAFE_VALUE "a value for git begins with `-` or uses a forbidden scheme";
        warning DEP_GIT_UNPROTECTED "a dependency is fetched without encryption";
        error DEP_PATH_NOT_FOUND "the directory of a path dependency does not exist";
        error DEP_SUBDIR_NOT_FOUND "the `subdir` of a dependency is not in its checkout";
        error DEP_SUBDIR_ESCAPE "a dependency leaves its checkout";
        error DEP_CONFLICTING_SPECS "one dependency name has two meanings";
        error DEP_MANIFEST_LOAD_FAILED "the manifest of a dependency is unreadable or invalid";
        error DEP_CACHE_DIR_CREATE_FAILED "the directory for checkouts cannot be created";
        error DEP_CHECKOUT_DIR_CREATE_FAILED "the directory of a checkout cannot be created";
        error DEP_CHECKOUT_NOT_GIT "the directory of a checkout is not a git checkout";
        error DEP_GIT_COMMAND_START_FAILED "git is missing or cannot be started";
        error DEP_GIT_COMMAND_FAILED "git failed";
        error DEP_GIT_REF_RESOLVE_FAILED "the selected revision does not exist";
        error LOCK_READ_FAILED "the lock file cannot be read";
        error LOCK_PARSE_FAILED "the lock file has a wrong shape";
        error LOCK_UNSUPPORTED_VERSION "the lock file has an unknown version";
        error LOCK_ENCODE_FAILED "the lock file cannot be produced";
        error LOCK_WRITE_FAILED "the lock file cannot be written";
        error LOCK_ENTRY_UNKNOWN_SOURCE "a lock entry has an unknown source";
        error LOCK_ENTRY_MISSING_PATH "a lock entry has no `path`";
        error LOCK_ENTRY_MISSING_REV "a lock entry has no `rev`";
        error LOCK_ENTRY_MISSING_GIT "a lock entry has no `git`";
        error LOCK_ENTRY_PATH_NOT_FOUND "the directory of a lock entry does not exist";
        error LOCK_ENTRY_SUBDIR_NOT_FOUND "the `subdir` of a lock entry does not exist";
        error LOCK_OUT_OF_DATE "the lock file does not fit the manifests";
        error LOCK_FROZEN "`--frozen` forbids the change that the lock file needs";
        warning MANIFEST_UNKNOWN_KEY "a manifest has a section or key that does not exist";
        error MANIFEST_READ_FAILED "a manifest cannot be read";
        error MANIFEST_PARSE_FAILED "a manifest has a wrong shape";
        error MANIFEST_ENTRY_MISSING "a manifest names no entry";
        error MANIFEST_ENTRY_NOT_FOUND "the entry that a manifest names does not exist";
        error WORKSPACE_NO_MANIFESTS "there is no package below the given directory";
        error WORKSPACE_PUBLISH_NOT_READY "a package of the workspace is not ready to be published";
    }
    /// Runtime failures (runtime reference, 8).
    Runtime {
        error RUNTIME_CONFIG_DECODE = "runtime_config_decode" "an environment variable does not hold a value of the wanted type";
        error RUNTIME_TYPE_SPEC_ERROR = "runtime_type_spec_error" "reserved: a type description is wrong";
        error RUNTIME_NULL_ACCESS = "runtime_null_access" "a member or element of `null` is accessed";
        error RUNTIME_INDEX_BOUNDS = "runtime_index_bounds" "an index lies outside its list";
        error RUNTIME_INVALID_INDEX = "runtime_invalid_index" "a dynamic value is indexed in a way it does not allow";
        error RUNTIME_FIELD_ACCESS = "runtime_field_access" "a field or map entry does not exist";
        error RUNTIME_INVALID_ASSIGNMENT_TARGET = "runtime_invalid_assignment_target" "a place turns out not to be assignable";
        error RUNTIME_TASK_EXPECTED = "runtime_task_expected" "reserved: a task was expected";
        error RUNTIME_RANGE_ERROR = "runtime_range_error" "the bounds of a range are wrong";
        error RUNTIME_TYPE_ERROR = "runtime_type_error" "an operation meets a dynamic value of the wrong kind";
        error RUNTIME_INVALID_ARGUMENTS = "runtime_invalid_arguments" "a builtin gets arguments it does not accept";
        error RUNTIME_ERROR = "runtime_error" "the program failed for a reason that has no code of its own";
    }
}
