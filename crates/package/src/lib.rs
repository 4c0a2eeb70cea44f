//! The manifest and the settings around a program.
