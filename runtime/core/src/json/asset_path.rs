//! `asset(path)` (runtime reference 17.6): the address of a file of the site, by the map that the build makes.

use super::tree::{self, Large};
use crate::abi::{Object, Pair};
use crate::dynamic::{DynamicKind, entries};
use crate::env;
use crate::failure::guard;
use crate::memo::Memo;
use crate::string::{self, Builder};
use fuse_abi::layout::{Context, STATUS_OK};
use std::collections::BTreeMap;

/// The address of a file.
#[unsafe(export_name = "fuse_json_asset_path")]
pub unsafe extern "C" fn json_asset_path(context: *mut Context, path: Object) -> Pair<Object, u64> {
    let body = || {
        // SAFETY: a live string.
        let text = unsafe { string::text(path) };
        Pair { first: address(text, map()), second: u64::from(STATUS_OK) }
    };
    // SAFETY: the context is the one the program was entered with.
    unsafe { guard(context, body) }
}

type Map = BTreeMap<Box<str>, Box<str>>;

/// The map; the environment of a program does not change.
fn map() -> &'static Map {
    static MAP: Memo<(), Map> = Memo::new();
    MAP.find(|()| true).unwrap_or_else(|| {
        let text = env::setting("FUSE_ASSET_MAP").and_then(|text| core::str::from_utf8(text).ok());
        MAP.add((), text.and_then(read).unwrap_or_default())
    })
}

/// A map out of JSON; `None` if it is none.
fn read(text: &str) -> Option<Map> {
    let value = tree::parse_text(text, Large::Refuse).ok()?;
    // SAFETY: a live value, released here; strings are copied.
    unsafe {
        let copied = |text: Object| Box::from(string::text(text));
        let map = match value.kind() {
            DynamicKind::Map => entries(value.object)
                .map(|(key, value)| {
                    (value.kind() == DynamicKind::String).then(|| (copied(key), copied(value.object)))
                })
                .collect(),
            _ => None,
        };
        value.release();
        map
    }
}

fn address(path: &str, map: &Map) -> Object {
    let path = path.trim();
    let (file, rest) = path.split_at(path.find(['?', '#']).unwrap_or(path.len()));
    let key = file.replace('\\', "/");
    let key = key.trim_start_matches('/');
    let mapped = map.get(key).or_else(|| map.get(&*format!("/{key}")));
    let target = mapped.map_or(key, |mapped| mapped);
    let mut out = Builder::with_capacity(1 + target.len() + rest.len());
    if !target.starts_with('/') {
        out.push(b"/");
    }
    out.push(target.as_bytes());
    out.push(rest.as_bytes());
    out.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::release;
    use crate::testing::{self, Leaks};

    fn found(path: &str, map: &Map) -> String {
        let object = address(path, map);
        // SAFETY: the string is ours.
        unsafe {
            let text = string::text(object).to_owned();
            release(object);
            text
        }
    }

    #[test]
    fn addresses() {
        testing::install();
        let leaks = Leaks::watch();
        let map = read(r#"{"css/site.css":"/css/site.12345.css","/a.js":"b.js"}"#).expect("a map");
        for (path, address) in [
            ("css/site.css", "/css/site.12345.css"),
            (" \t/css\\site.css?v=1#top ", "/css/site.12345.css?v=1#top"),
            ("//css/site.css#a?b", "/css/site.12345.css#a?b"),
            ("a.js", "/b.js"),
            ("c d.js", "/c d.js"),
            ("", "/"),
            ("?x", "/?x"),
        ] {
            assert_eq!(found(path, &map), address, "{path}");
        }
        leaks.none();
    }

    #[test]
    fn a_map_that_is_not_valid_is_none() {
        testing::install();
        let leaks = Leaks::watch();
        for text in ["", "[]", "{", "\"a\"", r#"{"a":1}"#, r#"{"a":"b","c":null}"#, "{} x"] {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(read("{}"), Some(Map::new()));
        leaks.none();
    }
}
