//! `crypto` (runtime reference 18.3): digests, message authentication, random bytes, comparison.

use crate::abi::{Object, Pair};
use crate::console;
use crate::failure::{fail_with, guard};
use crate::string::{self, Builder};
use core::ffi::c_int;
use core::ptr;
use fuse_abi::failure::Failure;
use fuse_abi::layout::{Context, STATUS_OK};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256, Sha512};
use subtle::ConstantTimeEq;

/// The most random bytes of one call (runtime reference 24).
const MOST_RANDOM: usize = 16 << 20;

/// A digest algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Algorithm {
    Sha256,
    Sha512,
}

/// The names, which are accepted in any case.
const ALGORITHMS: &[(&str, Algorithm)] = &[
    ("sha256", Algorithm::Sha256),
    ("sha-256", Algorithm::Sha256),
    ("sha512", Algorithm::Sha512),
    ("sha-512", Algorithm::Sha512),
];

impl Algorithm {
    fn of(name: &str) -> Option<Algorithm> {
        let name = name.trim();
        ALGORITHMS.iter().find(|row| row.0.eq_ignore_ascii_case(name)).map(|row| row.1)
    }

    fn hash(self, data: &[u8]) -> Object {
        match self {
            Algorithm::Sha256 => bytes_of(&Sha256::digest(data)),
            Algorithm::Sha512 => bytes_of(&Sha512::digest(data)),
        }
    }

    fn hmac(self, key: &[u8], data: &[u8]) -> Option<Object> {
        match self {
            Algorithm::Sha256 => authenticate::<Hmac<Sha256>>(key, data),
            Algorithm::Sha512 => authenticate::<Hmac<Sha512>>(key, data),
        }
    }
}

fn bytes_of(data: &[u8]) -> Object {
    let mut bytes = Builder::bytes_with_capacity(data.len());
    bytes.push(data);
    bytes.finish()
}

/// The code of a message; every key has a length that HMAC takes.
fn authenticate<M: Mac + KeyInit>(key: &[u8], data: &[u8]) -> Option<Object> {
    let mut mac = <M as KeyInit>::new_from_slice(key).ok()?;
    mac.update(data);
    Some(bytes_of(&mac.finalize().into_bytes()))
}

/// Bytes, or a failure with a text of these parts.
unsafe fn bytes_or(
    context: *mut Context,
    bytes: Option<Object>,
    failure: Failure,
    parts: &[&[u8]],
) -> Pair<Object, u64> {
    match bytes {
        Some(bytes) => Pair { first: bytes, second: u64::from(STATUS_OK) },
        // SAFETY: the context is the one the program was entered with.
        None => Pair { first: ptr::null_mut(), second: unsafe { fail_with(context, failure, parts) } },
    }
}

/// `crypto.hash`.
#[unsafe(export_name = "fuse_crypto_hash")]
pub unsafe extern "C" fn crypto_hash(
    context: *mut Context,
    algorithm: Object,
    data: Object,
) -> Pair<Object, u64> {
    // SAFETY: a live string and live Bytes; the context is the one the program was entered with.
    let body = || unsafe {
        let name = string::text(algorithm);
        let digest = Algorithm::of(name).map(|algorithm| algorithm.hash(string::bytes(data)));
        let parts: &[&[u8]] = &[b"crypto.hash unsupported algorithm ", name.as_bytes()];
        bytes_or(context, digest, Failure::Message, parts)
    };
    // SAFETY: as above.
    unsafe { guard(context, body) }
}

/// `crypto.hmac`.
#[unsafe(export_name = "fuse_crypto_hmac")]
pub unsafe extern "C" fn crypto_hmac(
    context: *mut Context,
    algorithm: Object,
    key: Object,
    data: Object,
) -> Pair<Object, u64> {
    // SAFETY: a live string and live Bytes; the context is the one the program was entered with.
    let body = || unsafe {
        let name = string::text(algorithm);
        let code =
            Algorithm::of(name).and_then(|algorithm| algorithm.hmac(string::bytes(key), string::bytes(data)));
        let parts: &[&[u8]] = &[b"crypto.hmac unsupported algorithm ", name.as_bytes()];
        bytes_or(context, code, Failure::Message, parts)
    };
    // SAFETY: as above.
    unsafe { guard(context, body) }
}

/// So many bytes of the system's secure source, or the number of its error.
fn random(count: usize) -> Result<Object, c_int> {
    let mut bytes = Builder::bytes_with_capacity(count);
    let mut part = [0; 4096];
    let mut left = count;
    while left > 0 {
        // SAFETY: the room has that size.
        let filled = unsafe { libc::getrandom(part.as_mut_ptr().cast(), left.min(part.len()), 0) };
        match usize::try_from(filled) {
            Ok(0) => return Err(libc::EIO),
            Ok(filled) => {
                let filled = filled.min(left);
                bytes.push(part.get(..filled).ok_or(libc::EIO)?);
                left -= filled;
            }
            Err(_) => match console::errno() {
                libc::EINTR => {}
                error => return Err(error),
            },
        }
    }
    Ok(bytes.finish())
}

/// `crypto.random_bytes`.
#[unsafe(export_name = "fuse_crypto_random_bytes")]
pub unsafe extern "C" fn crypto_random_bytes(context: *mut Context, count: i64) -> Pair<Object, u64> {
    // SAFETY: the context is the one the program was entered with.
    let body = || unsafe {
        let Ok(count) = usize::try_from(count) else {
            let text: &[u8] = b"crypto.random_bytes expects a non-negative Int";
            return bytes_or(context, None, Failure::InvalidArguments, &[text]);
        };
        if count > MOST_RANDOM {
            return bytes_or(context, None, Failure::Message, &[b"crypto.random_bytes length is too large"]);
        }
        match random(count) {
            Ok(bytes) => bytes_or(context, Some(bytes), Failure::Message, &[]),
            Err(error) => {
                let parts: &[&[u8]] = &[b"crypto.random_bytes failed: ", console::reason(error)];
                bytes_or(context, None, Failure::Message, parts)
            }
        }
    };
    // SAFETY: as above.
    unsafe { guard(context, body) }
}

/// `crypto.constant_time_eq`: takes time by the lengths only.
#[unsafe(export_name = "fuse_crypto_constant_time_eq")]
pub unsafe extern "C" fn crypto_constant_time_eq(left: Object, right: Object) -> u8 {
    // SAFETY: live Bytes.
    unsafe { string::bytes(left).ct_eq(string::bytes(right)).unwrap_u8() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::{Report, Task};
    use crate::object::release;
    use crate::testing::{self, Leaks};
    use fuse_abi::desc::TYPE_BYTES;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The bytes in hexadecimal, or code and message of the failure.
    unsafe fn shown(
        call: impl FnOnce(*mut Context) -> Pair<Object, u64>,
    ) -> Result<String, (&'static str, String)> {
        let mut task = Task::new(0);
        let result = call((&raw mut task).cast());
        // SAFETY: a new object, or null.
        unsafe {
            if result.second == u64::from(STATUS_OK) {
                assert_eq!((*result.first).kind, TYPE_BYTES);
                let text = hex(string::bytes(result.first));
                release(result.first);
                return Ok(text);
            }
            assert!(result.first.is_null());
            let report = Report::take(&mut task);
            Err((report.code, report.message.into_owned()))
        }
    }

    unsafe fn hash(algorithm: &str, data: &[u8]) -> Result<String, (&'static str, String)> {
        // SAFETY: objects of this function.
        unsafe {
            let (algorithm, data) = (string::new(algorithm), bytes_of(data));
            let text = shown(|context| crypto_hash(context, algorithm, data));
            release(algorithm);
            release(data);
            text
        }
    }

    unsafe fn hmac(algorithm: &str, key: &[u8], data: &[u8]) -> Result<String, (&'static str, String)> {
        // SAFETY: objects of this function.
        unsafe {
            let (algorithm, key, data) = (string::new(algorithm), bytes_of(key), bytes_of(data));
            let text = shown(|context| crypto_hmac(context, algorithm, key, data));
            for object in [algorithm, key, data] {
                release(object);
            }
            text
        }
    }

    #[test]
    fn digests() {
        testing::install();
        let leaks = Leaks::watch();
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let empty = "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce\
                     47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e";
        // SAFETY: as the functions say.
        unsafe {
            for name in ["sha256", "SHA-256", " Sha256\n"] {
                assert_eq!(hash(name, b"abc"), Ok(abc.to_owned()));
            }
            for name in ["sha512", "sHA-512"] {
                assert_eq!(hash(name, b""), Ok(empty.to_owned()));
            }
            for name in ["", "md5", "sha 256", "sha--256"] {
                let text = format!("crypto.hash unsupported algorithm {name}");
                assert_eq!(hash(name, b""), Err(("runtime_error", text)));
            }
        }
        leaks.none();
    }

    /// RFC 4231, test cases 2 and 6.
    #[test]
    fn codes() {
        testing::install();
        let leaks = Leaks::watch();
        let jefe = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        let long = "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352\
                    6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598";
        // SAFETY: as the functions say.
        unsafe {
            assert_eq!(hmac("sha-256", b"Jefe", b"what do ya want for nothing?"), Ok(jefe.to_owned()));
            let data = b"Test Using Larger Than Block-Size Key - Hash Key First";
            assert_eq!(hmac("sha512", &[0xaa; 131], data), Ok(long.to_owned()));
            assert!(hmac("sha512", b"", b"").is_ok());
            let text = "crypto.hmac unsupported algorithm sha1".to_owned();
            assert_eq!(hmac("sha1", b"k", b""), Err(("runtime_error", text)));
        }
        leaks.none();
    }

    #[test]
    fn random_bytes() {
        testing::install();
        let leaks = Leaks::watch();
        // SAFETY: the context is that of a task.
        unsafe {
            let random = |count| shown(|context| crypto_random_bytes(context, count));
            assert_eq!(random(0), Ok(String::new()));
            for count in [1, 32, 4096, 4097, 10_000] {
                assert_eq!(random(count).map(|text| text.len() as i64), Ok(2 * count));
            }
            assert_ne!(random(32), random(32));
            let negative = "crypto.random_bytes expects a non-negative Int".to_owned();
            for count in [-1, i64::MIN] {
                assert_eq!(random(count), Err(("runtime_invalid_arguments", negative.clone())));
            }
            let large = "crypto.random_bytes length is too large".to_owned();
            for count in [16_777_217, i64::MAX] {
                assert_eq!(random(count), Err(("runtime_error", large.clone())));
            }
            let mut task = Task::new(0);
            let most = crypto_random_bytes((&raw mut task).cast(), 16_777_216);
            assert_eq!(string::bytes(most.first).len(), 16_777_216);
            release(most.first);
        }
        leaks.none();
    }

    #[test]
    fn equality() {
        testing::install();
        let cases: &[(&[u8], &[u8], u8)] =
            &[(b"", b"", 1), (b"ab", b"ab", 1), (b"ab", b"ac", 0), (b"ab", b"abc", 0), (b"", b"a", 0)];
        for &(left, right, equal) in cases {
            // SAFETY: objects of this test.
            unsafe {
                let (left, right) = (bytes_of(left), bytes_of(right));
                assert_eq!(crypto_constant_time_eq(left, right), equal);
                release(left);
                release(right);
            }
        }
    }
}
