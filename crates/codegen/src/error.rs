//! What can go wrong: always an internal error of the toolchain, never the user's.

use cranelift_module::ModuleError;
use std::fmt;

/// Code generation failed. The program was checked before, so this is an internal error (`wrapper_internal`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodegenError {
    /// The function that could not be compiled, if it was one.
    pub function: Option<String>,
    /// What happened.
    pub message: String,
}

impl CodegenError {
    /// An error outside any function.
    pub(crate) fn general(message: impl Into<String>) -> CodegenError {
        CodegenError { function: None, message: message.into() }
    }

    /// An error while compiling a function.
    pub(crate) fn in_function(function: &str, message: impl Into<String>) -> CodegenError {
        CodegenError { function: Some(function.to_owned()), message: message.into() }
    }

    /// An error that a module reports outside any function.
    pub(crate) fn module(error: ModuleError) -> CodegenError {
        CodegenError::general(error.to_string())
    }
}

impl fmt::Display for CodegenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.function {
            Some(function) => write!(f, "cannot generate code for function `{function}`: {}", self.message),
            None => write!(f, "cannot generate code: {}", self.message),
        }
    }
}

impl std::error::Error for CodegenError {}
