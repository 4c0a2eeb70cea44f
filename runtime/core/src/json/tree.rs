//! JSON text as dynamic values (runtime reference 4.1, 4.2).
//!
//! Elements and members wait on one list until their array or object is complete, and are then moved into one of the exact size. So a mistake has one
//! thing to release.

use super::number::Number;
use super::scan::{Mistake, Scanner, same};
use crate::abi::Object;
use crate::dynamic::Dynamic;
use crate::list::{self, list_new};
use crate::map::{Filler, map_new};
use crate::object::{release, retain};
use crate::string;
use core::ptr;
use fuse_abi::desc::{TYPE_LIST_DYNAMIC, TYPE_MAP_DYNAMIC};

/// What becomes of a number that no Float can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Large {
    /// It is a mistake.
    Refuse,
    /// It becomes infinite, for those who take a value of a type out of what is read.
    Infinite,
}

/// Room for values that wait.
const FIRST_ROOM: usize = 32;

/// A mistake, with the key if it is about one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Invalid {
    pub(crate) mistake: Mistake,
    key: String,
}

impl Invalid {
    /// The message (4.1).
    pub(crate) fn message(&self) -> String {
        let message = self.mistake.message();
        if self.mistake == Mistake::DuplicateKey {
            format!("{message}\"{}\"", self.key)
        } else {
            message.to_owned()
        }
    }
}

impl From<Mistake> for Invalid {
    fn from(mistake: Mistake) -> Invalid {
        Invalid { mistake, key: String::new() }
    }
}

/// Reads a text that came as bytes. The value is the caller's to release.
#[cfg_attr(not(test), expect(dead_code, reason = "for bodies of requests and responses"))]
pub(crate) fn parse(text: &[u8], large: Large) -> Result<Dynamic, Invalid> {
    let text = core::str::from_utf8(text).map_err(|_| Mistake::Utf8)?;
    parse_text(text, large)
}

/// As [`parse`], for what is known to be UTF-8.
pub(crate) fn parse_text(text: &str, large: Large) -> Result<Dynamic, Invalid> {
    let mut scanner = Scanner::new(text);
    let mut tree = Tree::new(large);
    match tree.value(&mut scanner).and_then(|()| scanner.end()) {
        Ok(()) => Ok(tree.take()),
        Err(mistake) => Err(Invalid { mistake, key: core::mem::take(&mut tree.key) }),
    }
}

/// Values that are complete and not yet part of another; they are owned here.
pub(super) struct Tree {
    /// The elements of open arrays, and the members of open objects: key, value.
    values: Vec<Dynamic>,
    keys: Keys,
    large: Large,
    /// The key that was there twice.
    key: String,
}

/// Keys that were read lately: the objects of an array have the same ones again and again. What is here is held by the values that were read.
struct Keys([Object; KEYS]);

/// A power of two.
const KEYS: usize = 32;

impl Keys {
    /// The object of a key, with a reference for the caller.
    #[inline]
    fn object(&mut self, key: &str) -> Object {
        let bytes = key.as_bytes();
        let end = |byte: Option<&u8>| byte.map_or(0, |&byte| usize::from(byte));
        let place = &mut self.0[(bytes.len() + 3 * end(bytes.first()) + 7 * end(bytes.last())) % KEYS];
        // SAFETY: a known key is alive, because nothing is released while values are read.
        unsafe {
            if !place.is_null() && same(string::bytes(*place), bytes) {
                retain(*place);
                return *place;
            }
        }
        *place = string::new(key);
        *place
    }
}

impl Tree {
    pub(super) fn new(large: Large) -> Tree {
        let keys = Keys([ptr::null_mut(); KEYS]);
        Tree { values: Vec::with_capacity(FIRST_ROOM), keys, large, key: String::new() }
    }

    /// The last value; the caller's.
    pub(super) fn take(&mut self) -> Dynamic {
        self.values.pop().unwrap_or(Dynamic::NULL)
    }

    /// Reads a value onto the list. Recurses, but not deeper than text may be nested.
    pub(super) fn value(&mut self, scanner: &mut Scanner) -> Result<(), Mistake> {
        let value = match scanner.peek() {
            Some(b'"') => {
                scanner.take();
                Dynamic::object(string::new(scanner.string()?))
            }
            Some(b'{') => return self.object(scanner),
            Some(b'[') => return self.array(scanner),
            Some(b'-' | b'0'..=b'9') => match scanner.number()? {
                Number::Int(value) => Dynamic::int(value),
                Number::Float(value) if value.is_infinite() && self.large == Large::Refuse => {
                    return Err(Mistake::Range);
                }
                Number::Float(value) => Dynamic::float(value),
            },
            Some(b't') => scanner.word(b"true", Mistake::Bool).map(|()| Dynamic::bool(true))?,
            Some(b'f') => scanner.word(b"false", Mistake::Bool).map(|()| Dynamic::bool(false))?,
            Some(b'n') => scanner.word(b"null", Mistake::Null).map(|()| Dynamic::NULL)?,
            Some(_) => return Err(Mistake::Character),
            None => return Err(Mistake::End),
        };
        self.values.push(value);
        Ok(())
    }

    fn array(&mut self, scanner: &mut Scanner) -> Result<(), Mistake> {
        scanner.open()?;
        let from = self.values.len();
        let mut first = true;
        while scanner.element(first)? {
            self.value(scanner)?;
            first = false;
        }
        self.close_array(from);
        Ok(())
    }

    /// Moves the values from there on into a list.
    fn close_array(&mut self, from: usize) {
        let elements = &self.values[from..];
        // SAFETY: the list has so many elements, each a dynamic value; the references move.
        let list = unsafe {
            let list = list_new(TYPE_LIST_DYNAMIC, elements.len() as i64);
            list::data(list).cast::<Dynamic>().copy_from_nonoverlapping(elements.as_ptr(), elements.len());
            self.values.set_len(from);
            list
        };
        self.values.push(Dynamic::object(list));
    }

    fn object(&mut self, scanner: &mut Scanner) -> Result<(), Mistake> {
        scanner.open()?;
        let from = self.values.len();
        let mut first = true;
        while scanner.member(first)? {
            let key = self.keys.object(scanner.string()?);
            self.values.push(Dynamic::object(key));
            scanner.colon()?;
            self.value(scanner)?;
            first = false;
        }
        self.close_object(from)
    }

    /// Moves the keys and values from there on into a map.
    fn close_object(&mut self, from: usize) -> Result<(), Mistake> {
        let members = &mut self.values[from..];
        // SAFETY: keys and values are owned here until they are moved, and not used afterwards.
        let map = unsafe {
            let map = map_new(TYPE_MAP_DYNAMIC, (members.len() / 2) as i64);
            let mut filler = Filler::new(map);
            for at in (0..members.len()).step_by(2) {
                let Some(slot) = filler.insert(members[at].object) else {
                    members[..at].fill(Dynamic::NULL);
                    string::text(members[at].object).clone_into(&mut self.key);
                    release(map);
                    return Err(Mistake::DuplicateKey);
                };
                slot.cast::<Dynamic>().write(members[at + 1]);
            }
            self.values.set_len(from);
            map
        };
        self.values.push(Dynamic::object(map));
        Ok(())
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        for value in &self.values {
            // SAFETY: owned here, and not used afterwards.
            unsafe { value.release() };
        }
    }
}
