//! The registry of codes: one row for each kind of finding.

/// A stable diagnostic code, such as `FUSE_TYPE_MISMATCH`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code(pub &'static str);
