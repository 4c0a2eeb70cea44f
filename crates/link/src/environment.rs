//! The environment must not change a link.

use std::sync::Once;

/// Removes what the linker library would read: its own variables, which can make it write files or start programs, and
/// the tokens of a `make` that this process may not be part of.
pub(crate) fn scrub() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("WILD_") || matches!(&*text, "MAKEFLAGS" | "MFLAGS" | "CARGO_MAKEFLAGS") {
                // SAFETY: readers of the environment that go through the standard library are synchronised with this.
                // Others, in C, could only race if they ran now, in another thread; a process that links has none.
                #[allow(unsafe_code)]
                unsafe {
                    std::env::remove_var(&name);
                }
            }
        }
    });
}
