//! Modules, names, types and every static rule of FUSE.
