//! The program's arguments, as those who start it have them: nothing is copied, because most programs get none.

use core::ffi::{CStr, c_char, c_int};
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;

/// The arguments of a running program, which stay as they are while it runs.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Arguments {
    /// As the C library has them.
    Process { first: *const *const c_char, count: usize },
    /// As the caller in this process has them.
    Given { first: *const OsString, count: usize },
}

impl Arguments {
    pub(crate) const NONE: Arguments = Arguments::Given { first: core::ptr::null(), count: 0 };

    /// The arguments of this process: without its name, and without a `--` at their start (runtime reference 10).
    ///
    /// # Safety
    /// As the C library passes them to `main`.
    pub(crate) unsafe fn of_process(argc: c_int, argv: *const *const c_char) -> Arguments {
        let Some(count) = usize::try_from(argc).ok().and_then(|argc| argc.checked_sub(1)) else {
            return Arguments::NONE;
        };
        // SAFETY: the caller's promise: the name and so many arguments stand there.
        unsafe {
            let all = Arguments::Process { first: argv.add(1), count };
            if count > 0 && all.get(0) == b"--" {
                return Arguments::Process { first: argv.add(2), count: count - 1 };
            }
            all
        }
    }

    /// Arguments in this process.
    pub(crate) fn given(arguments: &[OsString]) -> Arguments {
        Arguments::Given { first: arguments.as_ptr(), count: arguments.len() }
    }

    /// How many.
    pub(crate) fn len(self) -> usize {
        match self {
            Arguments::Process { count, .. } | Arguments::Given { count, .. } => count,
        }
    }

    /// An argument by its number, from 0.
    ///
    /// # Safety
    /// The number is below [`Arguments::len`]; the arguments are still there.
    pub(crate) unsafe fn get<'a>(self, index: usize) -> &'a [u8] {
        // SAFETY: the caller's promise.
        unsafe {
            match self {
                Arguments::Process { first, .. } => CStr::from_ptr(*first.add(index)).to_bytes(),
                Arguments::Given { first, .. } => (*first.add(index)).as_bytes(),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::CString;

    fn of_process(words: &[&str]) -> Vec<Vec<u8>> {
        let texts: Vec<CString> =
            words.iter().map(|word| CString::new(*word).expect("no zero byte")).collect();
        let mut argv: Vec<*const c_char> = texts.iter().map(|text| text.as_ptr()).collect();
        argv.push(core::ptr::null());
        // SAFETY: as the C library does it.
        unsafe {
            let arguments = Arguments::of_process(words.len() as c_int, argv.as_ptr());
            (0..arguments.len()).map(|index| arguments.get(index).to_vec()).collect()
        }
    }

    #[test]
    fn of_a_process() {
        assert!(of_process(&[]).is_empty());
        assert!(of_process(&["x"]).is_empty());
        assert!(of_process(&["x", "--"]).is_empty());
        assert_eq!(of_process(&["x", "--", "--a", ""]), [b"--a".to_vec(), Vec::new()]);
        assert_eq!(of_process(&["x", "--", "--"]), [b"--"]);
        assert_eq!(of_process(&["x", "--a", "--"]), [&b"--a"[..], b"--"]);
    }

    #[test]
    fn of_a_caller() {
        let words = ["--".into(), "a".into()];
        let arguments = Arguments::given(&words);
        assert_eq!(arguments.len(), 2);
        // SAFETY: there are two.
        assert_eq!(unsafe { (arguments.get(0), arguments.get(1)) }, (&b"--"[..], &b"a"[..]));
        assert_eq!(Arguments::NONE.len(), 0);
    }
}
