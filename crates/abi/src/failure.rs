//! Runtime failures: one row for each kind, with its code and message (runtime reference 8).

macro_rules! failures {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $code:literal, $message:literal;)*) => {
        /// A kind of runtime failure. Compiled code stores its number into the context.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u32)]
        pub enum Failure { $($(#[$doc])* $name = $number),* }

        impl Failure {
            /// All kinds.
            pub const ALL: &'static [Failure] = &[$(Failure::$name),*];

            /// The kind with this number.
            pub fn from_number(number: u32) -> Option<Failure> {
                match number { $($number => Some(Failure::$name),)* _ => None }
            }

            /// The stable code, such as `runtime_index_bounds`.
            pub fn code(self) -> &'static str {
                match self { $(Failure::$name => $code),* }
            }

            /// The message; empty for [`Failure::Message`] kinds, whose text is in the context.
            pub fn message(self) -> &'static str {
                match self { $(Failure::$name => $message),* }
            }

            /// The name in the text form of the IR.
            pub fn name(self) -> &'static str {
                match self { $(Failure::$name => stringify!($name)),* }
            }
        }
    };
}

failures! {
    /// The exact result does not fit 64 bits.
    IntegerOverflow = 1, "runtime_error", "integer overflow";
    /// A zero divisor.
    DivisionByZero = 2, "runtime_error", "division by zero";
    /// A list index outside the list.
    IndexOutOfBounds = 3, "runtime_index_bounds", "index out of bounds";
    /// A missing lookup, or `null`, where a value is needed.
    NullAccess = 4, "runtime_null_access", "null access";
    /// A step of a nested place that is not there.
    MissingMapEntry = 5, "runtime_field_access", "missing map entry";
    /// Assignment through `?.` or `?[` with a `null` base.
    OptionalAssignment = 6, "runtime_invalid_assignment_target", "cannot assign through optional access";
    /// A range whose start is greater than its end.
    RangeOrder = 7, "runtime_range_error", "range start must be <= end";
    /// A range with an infinite or NaN bound.
    RangeBounds = 8, "runtime_range_error", "invalid range bounds";
    /// A range of more than 100,000,000 elements.
    RangeTooLarge = 9, "runtime_range_error", "range is too large";
    /// The stack is used up.
    StackOverflow = 10, "runtime_error", "stack overflow";
    /// An allocation failed.
    OutOfMemory = 11, "runtime_error", "out of memory";
    /// A value nested more deeply than text and encoding allow.
    TooDeep = 12, "runtime_error", "value is nested too deeply";
    /// A failure whose text is in the context; code `runtime_error` (a failed `assert`, `input`).
    Message = 13, "runtime_error", "";
    /// A failure of `env_int` and its like; the text is in the context.
    ConfigDecode = 14, "runtime_config_decode", "";
    /// A wrong argument of a builtin; the text is in the context.
    InvalidArguments = 15, "runtime_invalid_arguments", "";
    /// A field that the error value at hand does not have; the text is in the context.
    FieldAccess = 16, "runtime_field_access", "";
    /// A list indexed by a dynamic value that is no Int.
    ListIndexKind = 17, "runtime_invalid_index", "list index must be Int";
    /// A map indexed by a dynamic value that is no String.
    MapKeyKind = 18, "runtime_invalid_index", "map keys must be strings";
    /// A dynamic value that is indexed and no list or map.
    NotIndexable = 19, "runtime_invalid_index", "index access not supported on this value";
    /// A dynamic value that is assigned into and no list or map.
    AssignmentTarget = 20, "runtime_invalid_assignment_target", "assignment target must be an indexable value";
    /// A dynamic bound that is no number.
    RangeKind = 21, "runtime_range_error", "range expects numeric bounds";
    /// `+` on dynamic values that cannot be added.
    AddKind = 22, "runtime_type_error", "unsupported + operands";
    /// `-`, `*`, `/`, `%` on dynamic values that are no numbers.
    ArithmeticKind = 23, "runtime_type_error", "unsupported arithmetic operands";
    /// `%` with a dynamic Float.
    FloatRemainder = 24, "runtime_type_error", "mod not supported for float";
    /// Unary minus on a dynamic value that is no number.
    NegateKind = 25, "runtime_type_error", "unary '-' expects number";
    /// A comparison of dynamic values of different or incomparable kinds.
    CompareKind = 26, "runtime_type_error", "unsupported comparison operands";
    /// An order comparison of dynamic texts.
    CompareString = 27, "runtime_type_error", "unsupported string comparison";
    /// An order comparison of dynamic Bytes.
    CompareBytes = 28, "runtime_type_error", "unsupported bytes comparison";
    /// An order comparison of dynamic Bools.
    CompareBool = 29, "runtime_type_error", "unsupported bool comparison";
    /// A dynamic condition that is no Bool.
    ConditionKind = 30, "runtime_type_error", "condition must be a Bool";
    /// A dynamic value of a kind that cannot be iterated; the text is in the context.
    IterationKind = 31, "runtime_type_error", "";
    /// The program has no app to run.
    NoApp = 32, "runtime_error", "no app found";
    /// The program got arguments and has no `fn main` in its root module.
    NoMain = 33, "runtime_error", "no root fn main found for CLI binding";
}
