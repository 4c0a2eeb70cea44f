//! The registry of diagnostic codes, and how diagnostics are shown.
