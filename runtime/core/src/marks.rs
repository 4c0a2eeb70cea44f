//! Marks in values of the type `Html`.
//!
//! Such a value is a string object: its rendering. In programs in which one may come to stand in `script` or `style`, where text is not
//! escaped, text has to be told from markup: there each text that has escapes stands between two bytes that UTF-8 does not have. Everything
//! else that sees the value leaves them out.

use crate::abi::Object;
use crate::object::retain;
use crate::string::{self, Builder};

/// Before an escaped text.
pub(crate) const TEXT: u8 = 0xFE;
/// After it.
pub(crate) const END: u8 = 0xFF;

/// Hands out the rendering of a value in pieces without marks.
///
/// # Safety
/// A live value, which is not changed.
pub(crate) unsafe fn each_piece(html: Object, mut piece: impl FnMut(&[u8])) {
    // SAFETY: the caller's promise.
    let mut rest = unsafe { string::bytes(html) };
    while let Some(at) = find(rest) {
        piece(&rest[..at]);
        rest = &rest[at + 1..];
    }
    piece(rest);
}

/// The next mark.
fn find(bytes: &[u8]) -> Option<usize> {
    bytes.iter().position(|&byte| byte >= TEXT)
}

/// The rendering as a string; the value itself if it has no marks.
///
/// # Safety
/// A live value.
pub(crate) unsafe fn rendering(html: Object) -> Object {
    // SAFETY: the caller's promise.
    unsafe {
        let bytes = string::bytes(html);
        if find(bytes).is_none() {
            retain(html);
            return html;
        }
        let mut text = Builder::with_capacity(bytes.len());
        each_piece(html, |piece| text.push(piece));
        text.finish()
    }
}
