//! The fixed-size header of the embedded metadata.
