//! Composition, metadata and the in-process link.
