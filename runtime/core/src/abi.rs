//! From rows of the function table to Rust signatures.
//!
//! Each function of the table is defined under its plain name, with the export name `fuse_<name>`. [`check_signatures`]
//! makes the compiler compare every definition with its row; a test compares the export names.

use fuse_abi::layout::Header;

/// A counted object, as compiled code passes it.
pub(crate) type Object = *mut Header;

/// Two machine results, returned in registers.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Pair<A, B> {
    /// The first.
    pub first: A,
    /// The second; the status in functions that fail.
    pub second: B,
}

/// The Rust type of a parameter. `I8` parameters arrive as 32 bits of which only the low eight count, because compiled
/// code need not extend them and Rust would rely on it.
macro_rules! param {
    (Ctx) => { *mut ::fuse_abi::layout::Context };
    (I64) => { i64 };
    (F64) => { f64 };
    (I8) => { u32 };
    (Ref) => { *mut ::fuse_abi::layout::Header };
    (Opt) => { *mut ::fuse_abi::layout::Header };
    (Ptr) => { *mut u8 };
    (Type) => { u32 };
}
pub(crate) use param;

/// The Rust type of a result.
macro_rules! result {
    (I8) => {
        u8
    };
    ($kind:ident) => {
        $crate::abi::param!($kind)
    };
}
pub(crate) use result;

/// The type of the pointer to a function with these parameters, results and flags.
#[rustfmt::skip]
macro_rules! signature {
    (($($p:ident),*) () [fails $($more:tt)*]) => { unsafe extern "C" fn($($crate::abi::param!($p)),*) -> u64 };
    (($($p:ident),*) ($a:ident) [fails $($more:tt)*]) => {
        unsafe extern "C" fn($($crate::abi::param!($p)),*) -> $crate::abi::Pair<$crate::abi::result!($a), u64>
    };
    (($($p:ident),*) ($a:ident, $b:ident) [fails $($more:tt)*]) => {
        unsafe extern "C" fn(*mut u64 $(, $crate::abi::param!($p))*) -> u64
    };
    (($($p:ident),*) () [$($other:tt)*]) => { unsafe extern "C" fn($($crate::abi::param!($p)),*) };
    (($($p:ident),*) ($a:ident) [$($other:tt)*]) => {
        unsafe extern "C" fn($($crate::abi::param!($p)),*) -> $crate::abi::result!($a)
    };
    (($($p:ident),*) ($a:ident, $b:ident) [$($other:tt)*]) => {
        unsafe extern "C" fn($($crate::abi::param!($p)),*)
            -> $crate::abi::Pair<$crate::abi::result!($a), $crate::abi::result!($b)>
    };
}
pub(crate) use signature;

/// Callback of `runtime_functions!`: a definition that differs from its row does not compile.
macro_rules! check_signatures {
    ($($name:ident ($($mode:ident $kind:ident),*) -> $results:tt $flags:tt;)*) => {
        $(const _: $crate::abi::signature!(($($kind),*) $results $flags) = $name;)*
    };
}
pub(crate) use check_signatures;

/// Callback of `runtime_functions!`: the function that lists symbols and addresses.
macro_rules! list_symbols {
    ($($name:ident ($($mode:ident $kind:ident),*) -> $results:tt $flags:tt;)*) => {
        /// Symbol and address of every runtime function, in the order of the table.
        pub fn symbols() -> Vec<(&'static str, *const u8)> {
            vec![$((concat!("fuse_", stringify!($name)), crate::functions::$name as *const u8)),*]
        }
    };
}
pub(crate) use list_symbols;

const _: () = assert!(size_of::<Header>() == 8);

#[cfg(test)]
mod tests {
    /// The export name of each definition is the symbol of its row.
    #[test]
    fn export_names() {
        macro_rules! compare {
            ($($name:ident ($($mode:ident $kind:ident),*) -> $results:tt $flags:tt;)*) => {
                $({
                    unsafe extern "C" {
                        #[link_name = concat!("fuse_", stringify!($name))]
                        fn exported();
                    }
                    assert_eq!(exported as *const u8, crate::functions::$name as *const u8, stringify!($name));
                })*
            };
        }
        fuse_abi::runtime_functions!(compare);
    }

    #[test]
    fn every_row_has_a_symbol() {
        let symbols = crate::memory::symbols();
        assert_eq!(symbols.len(), fuse_abi::functions::TABLE.len());
        for (row, (symbol, address)) in fuse_abi::functions::TABLE.iter().zip(symbols) {
            assert_eq!(row.symbol, symbol);
            assert!(!address.is_null());
        }
    }
}
