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
}
