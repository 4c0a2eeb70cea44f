//! The one function of the C library's mathematics that the archive needs: SQLite ranks the results of a full-text search with it.

/// The natural logarithm.
#[unsafe(no_mangle)]
extern "C" fn fuse_math_log(x: f64) -> f64 {
    libm::log(x)
}
