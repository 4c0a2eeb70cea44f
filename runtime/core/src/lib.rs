//! Values, text, failures and builtins of a running program.
