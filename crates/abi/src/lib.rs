//! Object layouts and the runtime function table, shared by compiler and runtime.
