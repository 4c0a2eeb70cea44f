//! Tokens, layout, error-tolerant parser and syntax tree of FUSE source.
