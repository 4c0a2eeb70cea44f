//! Targets: which can be named, and which this `fuse` can build for.

use std::fmt;

/// A request that this `fuse` cannot fulfil; found before anything is compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TargetError {
    /// No such target, or its bundle is not installed.
    NotInstalled(String),
    /// The target has no static executables.
    NoStatic,
}

impl TargetError {
    /// The stable code of the message.
    pub const CODE: &'static str = "wrapper_target_unsupported";
}

impl fmt::Display for TargetError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TargetError::NotInstalled(name) => {
                write!(formatter, "target {name} is not installed; installed: {}", installed())
            }
            TargetError::NoStatic => {
                let offered =
                    if fuse_bundle::published().offers_static() { installed() } else { "none".to_owned() };
                write!(
                    formatter,
                    "--static is not available for this target; targets that offer it: {offered}"
                )
            }
        }
    }
}

impl std::error::Error for TargetError {}

fn installed() -> String {
    format!("{} ({})", fuse_bundle::PLATFORM, fuse_bundle::TARGET)
}

/// Checks `--target` (a triple or a platform; `None` is this machine) and `--static`.
pub fn check_target(target: Option<&str>, statically: bool) -> Result<(), TargetError> {
    if let Some(name) = target
        && name != fuse_bundle::TARGET
        && name != fuse_bundle::PLATFORM
    {
        return Err(TargetError::NotInstalled(name.to_owned()));
    }
    if statically && !fuse_bundle::published().offers_static() {
        return Err(TargetError::NoStatic);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_targets_are_refused_with_the_installed_ones() {
        let error = check_target(Some("sparc-unknown-none"), false).expect_err("not installed");
        assert_eq!(
            error.to_string(),
            "target sparc-unknown-none is not installed; installed: linux-x64 (x86_64-unknown-linux-gnu)"
        );
        assert_eq!(check_target(None, false), Ok(()));
        assert_eq!(check_target(Some("linux-x64"), false), Ok(()));
        assert_eq!(check_target(Some("x86_64-unknown-linux-gnu"), false), Ok(()));
    }
}
