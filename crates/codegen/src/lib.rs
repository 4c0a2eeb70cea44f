//! IR to machine code, in memory or as an object.
