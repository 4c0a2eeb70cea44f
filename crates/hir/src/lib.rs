//! The checked program: resolved, typed, monomorphic.
