//! The bytes of a JSON string that stand for themselves: all but the quote, the backslash and what is below a blank.
//!
//! Reading and writing both look for the end of a run of them.

#[cfg(target_arch = "x86_64")]
use chunk::sixteen;

/// Where the run that starts at `from` ends; the length of the text if it goes on to its end.
#[inline]
pub(crate) fn end(text: &[u8], from: usize) -> usize {
    let mut at = from;
    #[cfg(target_arch = "x86_64")]
    while let Some(chunk) = text.get(at..).and_then(<[u8]>::first_chunk::<16>) {
        let special = sixteen(chunk);
        if special != 0 {
            return at + special.trailing_zeros() as usize;
        }
        at += 16;
    }
    while let Some(chunk) = text.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let special = eight(u64::from_le_bytes(*chunk));
        if special != 0 {
            return at + special.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    while text.get(at).is_some_and(|&byte| is_plain(byte)) {
        at += 1;
    }
    at
}

/// Whether a byte stands for itself.
#[inline]
fn is_plain(byte: u8) -> bool {
    byte >= b' ' && byte != b'"' && byte != b'\\'
}

const ONES: u64 = u64::from_ne_bytes([1; 8]);
const HIGH: u64 = u64::from_ne_bytes([0x80; 8]);

/// The high bit of the first of eight bytes that does not stand for itself; above it there may be bits too many.
#[inline]
fn eight(bytes: u64) -> u64 {
    // A byte that is zero, or below `n`, borrows; those with the high bit set do not count.
    let zero = |bytes: u64| bytes.wrapping_sub(ONES) & !bytes;
    let control = bytes.wrapping_sub(ONES * u64::from(b' ')) & !bytes;
    let quote = zero(bytes ^ (ONES * u64::from(b'"')));
    let backslash = zero(bytes ^ (ONES * u64::from(b'\\')));
    (control | quote | backslash) & HIGH
}

#[cfg(target_arch = "x86_64")]
mod chunk {
    use core::arch::x86_64::{
        _mm_cmpeq_epi8, _mm_loadu_si128, _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128, _mm_set1_epi8,
    };

    /// A bit for each of sixteen bytes that does not stand for itself.
    #[inline]
    pub(super) fn sixteen(bytes: &[u8; 16]) -> u32 {
        // SAFETY: every x86-64 processor has SSE2; the chunk has sixteen bytes.
        unsafe {
            let bytes = _mm_loadu_si128(bytes.as_ptr().cast());
            let quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b'"'.cast_signed()));
            let backslash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b'\\'.cast_signed()));
            let control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);
            let special = _mm_or_si128(control, _mm_or_si128(quote, backslash));
            _mm_movemask_epi8(special).cast_unsigned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn slowly(text: &[u8], from: usize) -> usize {
        (from..text.len()).find(|&at| !is_plain(text[at])).unwrap_or(text.len())
    }

    #[test]
    fn every_byte_at_every_place() {
        for byte in 0..=u8::MAX {
            for len in [1, 7, 8, 9, 15, 16, 17, 40] {
                for at in 0..len {
                    let mut text = vec![0xC3; len];
                    text[at] = byte;
                    assert_eq!(end(&text, 0), slowly(&text, 0), "{byte} at {at} of {len}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn as_one_by_one(
            text in proptest::collection::vec(prop_oneof![4 => any::<u8>(), 8 => Just(b'x'), 1 => Just(b'"')], 0..80),
            from in 0..80_usize,
        ) {
            let from = from.min(text.len());
            prop_assert_eq!(end(&text, from), slowly(&text, from));
            prop_assert_eq!(
                text.chunks_exact(8).map(|chunk| end(chunk, 0)).collect::<Vec<_>>(),
                text.chunks_exact(8).map(|chunk| slowly(chunk, 0)).collect::<Vec<_>>()
            );
        }
    }
}
