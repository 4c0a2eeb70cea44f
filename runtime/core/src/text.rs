//! The text form of values (runtime reference 2.4).
//!
//! Written without recursion: see [`walk`].

use crate::abi::{Object, Pair};
use crate::base64;
use crate::failure::fail;
use crate::marks;
use crate::string::{self, Builder};
use crate::tables;
use crate::value::{Form, Items, Scratch, View, element_at, payload, view, walk};
use core::ptr;
use fuse_abi::desc::{Desc, Field, Kind, NO_FIELD, Variant};
use fuse_abi::failure::Failure;
use fuse_abi::layout::{Context, STATUS_OK};

/// What is left to do of a value that holds others.
enum Open {
    List(Items, usize),
    Map(Items, usize),
    Payload(&'static [Field], *const u8, usize),
}

struct Text<'a>(&'a mut Builder);

/// Appends the text form of a value.
///
/// # Safety
/// `value` points to a live value of type `ty`.
pub(crate) unsafe fn write(out: &mut Builder, ty: u32, value: *const u8) -> Result<(), Failure> {
    // SAFETY: the caller's promise.
    unsafe { walk(&mut Text(out), ty, value) }
}

impl Form for Text<'_> {
    type Open = Open;

    unsafe fn begin(&mut self, value: View) -> Option<Open> {
        let Text(out) = self;
        match value {
            View::List(items) => {
                out.push(b"[");
                return Some(Open::List(items, 0));
            }
            View::Map(items) => {
                out.push(b"{");
                return Some(Open::Map(items, 0));
            }
            View::Variant { desc, variant, base } => {
                write_variant(out, desc, variant);
                let elements = payload(variant);
                if !elements.is_empty() {
                    out.push(b"(");
                    return Some(Open::Payload(elements, base, 0));
                }
                if desc.kind == Kind::Result as u32 {
                    out.push(b"(())");
                }
            }
            View::Unit => out.push(b"()"),
            View::Null => out.push(b"null"),
            View::Int(value) => out.push_int(value),
            View::Float(value) => out.push_float(value),
            View::Bool(value) => out.push(if value { b"true" } else { b"false" }),
            // SAFETY: a live string.
            View::Text(text) => out.push(unsafe { string::bytes(text) }),
            // SAFETY: live Bytes.
            View::Bytes(bytes) => base64::write(out, unsafe { string::bytes(bytes) }),
            // SAFETY: live markup.
            View::Html(html) => unsafe { marks::each_piece(html, |piece| out.push(piece)) },
            // SAFETY: the struct is alive.
            View::Struct { desc, object } => unsafe { write_struct(out, desc, object) },
            View::Function => out.push(b"<function>"),
            View::Config(name) => {
                for part in ["<config ", name, ">"] {
                    out.push(part.as_bytes());
                }
            }
        }
        None
    }

    unsafe fn go_on(&mut self, open: &mut Open, scratch: &mut Scratch) -> Option<(u32, *const u8)> {
        let Text(out) = self;
        let (done, len, end): (&mut usize, usize, &[u8]) = match open {
            Open::List(items, done) => (done, items.len, b"]"),
            Open::Map(items, done) => (done, items.len, b"}"),
            Open::Payload(elements, _, done) => (done, elements.len(), b")"),
        };
        let index = *done;
        if index == len {
            out.push(end);
            return None;
        }
        *done += 1;
        if index > 0 {
            out.push(b", ");
        }
        match open {
            Open::List(items, _) => Some((items.ty, items.element(index))),
            Open::Map(items, _) => {
                out.push(items.map_key(index).as_bytes());
                out.push(b": ");
                Some((items.ty, items.map_value(index)))
            }
            Open::Payload(elements, base, _) => {
                let element = &elements[index];
                // SAFETY: the payload is alive.
                Some((element.ty, unsafe { element_at(element, *base, scratch) }))
            }
        }
    }
}

fn write_variant(out: &mut Builder, desc: &Desc, variant: &Variant) {
    if desc.kind == Kind::Enum as u32 {
        out.push(tables::name(desc.name, desc.name_len).as_bytes());
        out.push(b".");
    }
    out.push(tables::name(variant.name, variant.name_len).as_bytes());
}

/// The struct's name, with its message if it has one.
unsafe fn write_struct(out: &mut Builder, desc: &Desc, object: *const u8) {
    let name = tables::name(desc.name, desc.name_len).as_bytes();
    // SAFETY: the struct is alive.
    match unsafe { message(desc, object) } {
        Some(text) => {
            out.push(name);
            out.push(b"(");
            out.push(text.as_bytes());
            out.push(b")");
        }
        None => {
            out.push(b"<");
            out.push(name);
            out.push(b">");
        }
    }
}

/// The text of the field that the descriptor names as the message.
unsafe fn message<'a>(desc: &Desc, object: *const u8) -> Option<&'a str> {
    if desc.message_field == NO_FIELD {
        return None;
    }
    let field = tables::fields(desc.first, desc.count).get(desc.message_field as usize)?;
    // SAFETY: the struct is alive and has the field.
    unsafe {
        match view(field.ty, object.add(field.offset as usize), &mut Scratch::default()) {
            View::Text(text) => Some(string::text(text)),
            _ => None,
        }
    }
}

/// Appends the text form of a value in memory.
#[unsafe(export_name = "fuse_str_push_value")]
pub unsafe extern "C" fn str_push_value(
    context: *mut Context,
    text: Object,
    ty: u32,
    value: *mut u8,
) -> Pair<Object, u64> {
    // SAFETY: a live string, owned here, and a live value of that type.
    unsafe {
        let mut text = Builder::append_to(text, 0);
        match write(&mut text, ty, value) {
            Ok(()) => Pair { first: text.finish(), second: u64::from(STATUS_OK) },
            Err(failure) => Pair { first: ptr::null_mut(), second: fail(context, failure) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Task;
    use crate::list::{list_new, push_slot};
    use crate::object::release;
    use crate::testing::{self, Leaks, *};
    use crate::value::DEEPEST;
    use fuse_abi::desc::{TYPE_BOOL, TYPE_BYTES, TYPE_FLOAT, TYPE_INT, TYPE_STD_ERROR, TYPE_UNIT};
    use fuse_abi::layout::STATUS_FAILURE;
    use proptest::prelude::*;

    /// Both forms of values without objects.
    #[test]
    fn scalars() {
        testing::install();
        let cases: &[(u32, &[u64], &str, &str)] = &[
            (TYPE_UNIT, &[], "()", "null"),
            (TYPE_INT, &[-7_i64 as u64], "-7", "-7"),
            (TYPE_INT, &[i64::MIN as u64], "-9223372036854775808", "-9223372036854775808"),
            (TYPE_FLOAT, &[2.5_f64.to_bits()], "2.5", "2.5"),
            (TYPE_FLOAT, &[(-0.0_f64).to_bits()], "-0", "0"),
            (TYPE_FLOAT, &[f64::NAN.to_bits()], "NaN", "null"),
            (TYPE_FLOAT, &[f64::NEG_INFINITY.to_bits()], "-inf", "null"),
            (TYPE_BOOL, &[1], "true", "true"),
            (TYPE_BOOL, &[0], "false", "false"),
            (OPTION_INT, &[0, 0], "null", "null"),
            (OPTION_INT, &[1, 5], "5", "5"),
            (OPTION_LINK, &[0], "null", "null"),
            (RESULT, &[0, 0, 8], "Ok(8)", r#"{"data":8,"type":"Ok"}"#),
            (RESULT_UNIT, &[0, 0], "Ok(())", r#"{"data":null,"type":"Ok"}"#),
            // The I8 slots of `Small` are bytes 16, 17, 18 of the value.
            (SMALL, &[0, 0, 0x01_01_01], "Small.Pair(true, true)", r#"{"data":[true,true],"type":"Pair"}"#),
            (SMALL, &[0, 0, 0x01_00_01], "Small.Pair(true, null)", r#"{"data":[true,null],"type":"Pair"}"#),
            (
                SMALL,
                &[0, 0, 0x00_01_00],
                "Small.Pair(false, false)",
                r#"{"data":[false,false],"type":"Pair"}"#,
            ),
            (SMALL, &[1, 33, 1], "Small.Two(33)", r#"{"data":33,"type":"Two"}"#),
            (SMALL, &[1, 33, 0], "Small.Two(null)", r#"{"data":null,"type":"Two"}"#),
        ];
        for &(ty, words, text, json) in cases {
            // SAFETY: the slots of a value of the type.
            assert_eq!(unsafe { forms(ty, words) }, (text.into(), json.into()));
        }
    }

    #[test]
    fn objects() {
        testing::install();
        let leaks = Leaks::watch();
        // SAFETY: objects of the type named, each released once.
        unsafe {
            let both = |ty, object, text: &str, json: &str| {
                assert_eq!(forms_of(ty, object), (text.into(), json.into()));
            };
            both(fuse_abi::desc::TYPE_STRING, string::new("a\"b\n"), "a\"b\n", r#""a\"b\n""#);
            let bytes = string::new("hi");
            (*bytes).kind = TYPE_BYTES;
            both(TYPE_BYTES, bytes, "aGk=", r#""aGk=""#);
            both(LIST_INT, list_of(LIST_INT, &[1, 2]), "[1, 2]", "[1,2]");
            both(LIST_INT, list_of(LIST_INT, &[]), "[]", "[]");
            let entries = [("b", string::new("x, y") as u64), ("a", string::new("") as u64)];
            both(MAP_STRING, map_of(MAP_STRING, &entries), "{b: x, y, a: }", r#"{"a":"","b":"x, y"}"#);
            both(MAP_INT, map_of(MAP_INT, &[]), "{}", "{}");
            let link = node(LINK, &[node(LINK, &[0, 1]) as u64, 2]);
            both(LINK, link, "<Link>", r#"{"next":{"next":null,"value":1},"value":2}"#);
            both(DENIED, denied("no key", 3), "Denied(no key)", r#"{"code":3,"message":"no key"}"#);
            // tag, object, I64, F64, I8
            let shape = |words: [u64; 5]| node(SHAPE, &words);
            both(SHAPE, shape([0, 0, 0, 0, 0]), "Shape.Dot", r#"{"type":"Dot"}"#);
            both(
                SHAPE,
                shape([1, 0, 0, 1.5_f64.to_bits(), 0]),
                "Shape.Circle(1.5)",
                r#"{"data":1.5,"type":"Circle"}"#,
            );
            let named = |tag| shape([2, string::new("n") as u64, 9, 0, tag]);
            both(SHAPE, named(1), "Shape.Named(n, 9)", r#"{"data":["n",9],"type":"Named"}"#);
            both(SHAPE, named(0), "Shape.Named(n, null)", r#"{"data":["n",null],"type":"Named"}"#);
            let list = list_of(LIST_SHAPE, &[named(1) as u64, shape([3, 0, 0, 0, 1]) as u64]);
            both(
                LIST_SHAPE,
                list,
                "[Shape.Named(n, 9), Shape.Flag(true)]",
                r#"[{"data":["n",9],"type":"Named"},{"data":true,"type":"Flag"}]"#,
            );
            let map = map_of(MAP_SHAPE, &[("z", shape([0; 5]) as u64)]);
            both(MAP_SHAPE, map, "{z: Shape.Dot}", r#"{"z":{"type":"Dot"}}"#);
            let error = node(NOT_FOUND, &[string::new("gone") as u64]);
            both(TYPE_STD_ERROR, error, "std.Error.NotFound(gone)", r#"{"message":"gone"}"#);
        }
        leaks.none();
    }

    #[test]
    fn unions_show_their_payload() {
        testing::install();
        let leaks = Leaks::watch();
        // SAFETY: tag and object.
        unsafe {
            let object = denied("no", 1);
            assert_eq!(forms(UNION, &[0, object as u64]).0, "Denied(no)");
            assert_eq!(forms(RESULT, &[1, object as u64, 0]).0, "Err(Denied(no))");
            release(object);
            let object = node(NOT_FOUND, &[string::new("gone") as u64]);
            assert_eq!(forms(UNION, &[1, object as u64]).0, "std.Error.NotFound(gone)");
            release(object);
        }
        leaks.none();
    }

    #[test]
    fn dynamic_values_and_configs() {
        testing::install();
        let leaks = Leaks::watch();
        let value = data!([null, true, (-3), 0.5, "a\"b", { "k": [] }, (&b"hi"[..])]).make();
        // SAFETY: a live value.
        unsafe {
            let address = (&raw const value).cast();
            let form = "[null, true, -3, 0.5, a\"b, {k: []}, aGk=]";
            assert_eq!(text(fuse_abi::desc::TYPE_DYNAMIC, address).as_deref(), Ok(form));
            let form = r#"[null,true,-3,0.5,"a\"b",{"k":[]},"aGk="]"#;
            assert_eq!(json(fuse_abi::desc::TYPE_DYNAMIC, address).as_deref(), Ok(form));
            value.release();
        }
        assert_eq!(forms_of_nothing(CONFIG), ("<config App>".into(), "null".into()));
        leaks.none();
    }

    /// Both forms of a value without slots, whose address means nothing.
    fn forms_of_nothing(ty: u32) -> (String, String) {
        // SAFETY: nothing is read.
        unsafe { (text(ty, ptr::null()).expect("text"), json(ty, ptr::null()).expect("JSON")) }
    }

    /// A list in a list, so many levels in all.
    unsafe fn nested(levels: usize) -> Object {
        // SAFETY: each list owns the one before.
        unsafe {
            let mut list = list_new(LIST_DEEP, 0);
            for _ in 1..levels {
                let slot = push_slot(list_new(LIST_DEEP, 0));
                slot.second.cast::<Object>().write(list);
                list = slot.first;
            }
            list
        }
    }

    #[test]
    fn depth_is_limited() {
        testing::install();
        let leaks = Leaks::watch();
        // SAFETY: a list's value is its address; the context is the head of a task.
        unsafe {
            let list = nested(DEEPEST);
            let (text_form, json_form) = forms_of(LIST_DEEP, list);
            assert_eq!(text_form, "[".repeat(DEEPEST) + &"]".repeat(DEEPEST));
            assert_eq!(json_form, text_form);
            let list = nested(DEEPEST + 1);
            let value = (&raw const list).cast();
            assert_eq!(text(LIST_DEEP, value), Err(Failure::TooDeep));
            assert_eq!(json(LIST_DEEP, value), Err(Failure::TooDeep));
            let mut task = Task::new(0);
            let result =
                str_push_value((&raw mut task).cast(), string::new("kept"), LIST_DEEP, value.cast_mut());
            assert_eq!((result.first.is_null(), result.second), (true, u64::from(STATUS_FAILURE)));
            assert_eq!(task.context.failure, Failure::TooDeep as u32);
            release(list);
            let mut chain = node(CHAIN, &[0, 0, 0]);
            for index in 0..100_000 {
                chain = node(CHAIN, &[1, chain as u64, index]);
            }
            assert_eq!(text(CHAIN, (&raw const chain).cast()), Err(Failure::TooDeep));
            release(chain);
            let mut chain = node(CHAIN, &[0, 0, 0]);
            for index in 0..2 {
                chain = node(CHAIN, &[1, chain as u64, index]);
            }
            assert_eq!(forms_of(CHAIN, chain).0, "Chain.More(Chain.More(Chain.End, 0), 1)");
        }
        leaks.none();
    }

    /// A map of maps: keys, and what is below them. Equal neighbours may be the same object.
    #[derive(Clone, Debug, PartialEq)]
    struct Tree(Vec<(String, Tree)>);

    impl Tree {
        fn text(&self) -> String {
            let parts: Vec<String> =
                self.0.iter().map(|(key, tree)| format!("{key}: {}", tree.text())).collect();
            format!("{{{}}}", parts.join(", "))
        }

        fn json(&self) -> String {
            let mut entries: Vec<_> = self.0.iter().collect();
            entries.sort_by_key(|entry| &entry.0);
            let parts: Vec<String> =
                entries.iter().map(|(key, tree)| format!("\"{key}\":{}", tree.json())).collect();
            format!("{{{}}}", parts.join(","))
        }

        unsafe fn build(&self) -> Object {
            let mut last: Option<(&Tree, Object)> = None;
            let mut entries = Vec::new();
            for (key, tree) in &self.0 {
                // SAFETY: each entry owns a reference.
                let object = unsafe {
                    match last {
                        Some((same, object)) if same == tree => {
                            crate::object::retain(object);
                            object
                        }
                        _ => tree.build(),
                    }
                };
                last = Some((tree, object));
                entries.push((key.as_str(), object as u64));
            }
            // SAFETY: as above.
            unsafe { map_of(MAP_DEEP, &entries) }
        }
    }

    fn trees() -> impl Strategy<Value = Tree> {
        let leaf = Just(Tree(Vec::new()));
        leaf.prop_recursive(6, 200, 12, |inner| {
            proptest::collection::btree_map("[a-zA-Z0-9]{0,6}", inner, 0..12)
                .prop_map(|entries| entries.into_iter().collect::<Vec<_>>())
                .prop_shuffle()
                .prop_map(Tree)
        })
    }

    proptest! {
        #[test]
        fn nested_maps(tree in trees()) {
            testing::install();
            let leaks = Leaks::watch();
            // SAFETY: the object is released by `forms_of`.
            let forms = unsafe { forms_of(MAP_DEEP, tree.build()) };
            prop_assert_eq!(forms, (tree.text(), tree.json()));
            leaks.none();
        }
    }
}
