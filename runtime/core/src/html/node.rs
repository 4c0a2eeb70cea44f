//! `html.node`: an element whose name is known only when the program runs.

use super::{Fallible, done, fail_ending, failed, html_check_attributes, push_attributes, push_raw_html};
use crate::abi::Object;
use crate::failure::fail_with;
use crate::list;
use crate::string::{self, Builder};
use fuse_abi::failure::Failure;
use fuse_abi::layout::{Context, ListObject, STATUS_OK};

/// An element out of its name, a map of Strings and a list of Html. The last two say which elements have no content, and in which text is not
/// escaped: their names, with blanks between.
#[unsafe(export_name = "fuse_html_node")]
pub unsafe extern "C" fn html_node(
    context: *mut Context,
    name: Object,
    attributes: Object,
    children: Object,
    void: Object,
    raw: Object,
) -> Fallible {
    // SAFETY: live objects of these types; the context is the one the program was entered with.
    unsafe {
        let name = string::text(name);
        if !is_name(name) {
            let parts: &[&[u8]] = &[b"html.node invalid tag name ", name.as_bytes()];
            return failed(fail_with(context, Failure::Message, parts));
        }
        let children = children_of(children);
        let void = is_one_of(name, string::text(void));
        if void && !children.is_empty() {
            let parts: &[&[u8]] = &[b"void html tag ", name.as_bytes(), b" does not accept children"];
            return failed(fail_with(context, Failure::Message, parts));
        }
        let mut out = Builder::with_capacity(64);
        out.push(b"<");
        out.push(name.as_bytes());
        let status = html_check_attributes(context, attributes);
        if status != u64::from(STATUS_OK) {
            return failed(status);
        }
        push_attributes(&mut out, attributes);
        out.push(b">");
        let raw = is_one_of(name, string::text(raw));
        for &child in children {
            let bytes = string::bytes(child);
            if !raw {
                out.push(bytes);
            } else if !push_raw_html(&mut out, bytes, name.as_bytes()) {
                return failed(fail_ending(context, name.as_bytes()));
            }
        }
        if !void {
            out.push(b"</");
            out.push(name.as_bytes());
            out.push(b">");
        }
        done(out.finish())
    }
}

unsafe fn children_of<'a>(list: Object) -> &'a [Object] {
    // SAFETY: a live list of objects.
    unsafe { core::slice::from_raw_parts(list::data(list).cast(), (*list.cast::<ListObject>()).len as usize) }
}

fn is_name(name: &str) -> bool {
    let rest = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'.' | b'_' | b'-');
    name.starts_with(|first: char| first.is_ascii_alphabetic()) && name.bytes().all(rest)
}

/// Names of elements have no case.
fn is_one_of(name: &str, names: &str) -> bool {
    names.split(' ').any(|one| one.eq_ignore_ascii_case(name))
}
