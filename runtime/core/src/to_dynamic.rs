//! Typed values made dynamic: their JSON form (runtime reference 4.3), as a value.

use crate::abi::Object;
use crate::dynamic::{Dynamic, give};
use crate::list::{list_empty, push_slot};
use crate::map::{map_insert_slot, map_new};
use crate::marks;
use crate::object::{release, retain};
use crate::string;
use crate::tables;
use crate::value::{Form, Items, Scratch, View, element_at, payload, view, walk};
use fuse_abi::desc::{Desc, Field, Kind, TYPE_LIST_DYNAMIC, TYPE_MAP_DYNAMIC};
use fuse_abi::failure::Failure;
use fuse_abi::layout::Context;

/// A dynamic value, owned.
pub(crate) struct Owned(Dynamic);

impl Owned {
    /// Owns a value from now on.
    pub(crate) fn of(value: Dynamic) -> Owned {
        Owned(value)
    }

    /// The value, which stays owned.
    pub(crate) fn value(&self) -> Dynamic {
        self.0
    }

    /// Adds a reference to a part of the value that is made dynamic.
    unsafe fn shared(object: Object) -> Owned {
        // SAFETY: the object is alive.
        unsafe { retain(object) };
        Owned(Dynamic::object(object))
    }

    fn list(len: usize) -> Owned {
        // SAFETY: the type is that of all lists in dynamic values.
        Owned(Dynamic::object(unsafe { list_empty(TYPE_LIST_DYNAMIC, len as i64) }))
    }

    pub(crate) fn map(len: usize) -> Owned {
        // SAFETY: the type is that of all maps in dynamic values.
        Owned(Dynamic::object(unsafe { map_new(TYPE_MAP_DYNAMIC, len as i64) }))
    }

    pub(crate) fn text(text: &str) -> Owned {
        Owned(Dynamic::object(string::new(text)))
    }

    pub(crate) fn into_value(self) -> Dynamic {
        let value = self.0;
        core::mem::forget(self);
        value
    }

    /// Appends to a list.
    fn push(&mut self, value: Owned) {
        // SAFETY: called on lists only; the element is written at once.
        unsafe {
            let slot = push_slot(self.0.object);
            self.0.object = slot.first;
            slot.second.cast::<Dynamic>().write(value.into_value());
        }
    }

    /// Adds an entry to a map, under a new key.
    pub(crate) fn insert(&mut self, key: Object, value: Owned) {
        // SAFETY: called on maps only; the key is alive.
        unsafe {
            let slot = map_insert_slot(self.0.object, key);
            self.0.object = slot.first;
            slot.second.cast::<Dynamic>().write(value.into_value());
        }
    }

    /// As [`Owned::insert`].
    fn insert_at(&mut self, key: &str, value: Owned) {
        let key = string::new(key);
        self.insert(key, value);
        // SAFETY: the map has its own reference.
        unsafe { release(key) };
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        // SAFETY: owned.
        unsafe { self.0.release() };
    }
}

/// A list or map that is not complete, and the parts it is made of.
struct Open {
    made: Owned,
    parts: Parts,
    done: usize,
}

enum Parts {
    List(Items),
    Map(Items),
    Struct(&'static [Field], *const u8),
    /// The payload of a variant; `made` is its data alone until all is there.
    Variant(&'static [Field], *const u8, &'static str),
    /// The payload of a result, which stands for it in a parameter.
    Content(&'static [Field], *const u8),
}

/// The last value that is complete.
struct Made {
    value: Option<Owned>,
    /// If it is to be a parameter of a statement: the name of a type in it that none can have.
    parameter: Option<Option<&'static str>>,
}

/// Why there is no parameter.
pub(crate) enum NotMade {
    Failure(Failure),
    /// A value of the type of this name is in it.
    Kind(&'static str),
}

/// The dynamic form of a value.
///
/// # Safety
/// `value` points to a live value of type `ty`.
pub(crate) unsafe fn make(ty: u32, value: *const u8) -> Result<Dynamic, Failure> {
    let mut made = Made { value: None, parameter: None };
    // SAFETY: the caller's promise.
    unsafe { walk(&mut made, ty, value) }?;
    Ok(made.value.map_or(Dynamic::NULL, Owned::into_value))
}

/// A value as a parameter of a statement, or a list of such: results stand for their content, structs and enums are refused.
///
/// # Safety
/// As for [`make`].
pub(crate) unsafe fn make_parameter(ty: u32, value: *const u8) -> Result<Dynamic, NotMade> {
    let mut made = Made { value: None, parameter: Some(None) };
    // SAFETY: the caller's promise.
    unsafe { walk(&mut made, ty, value) }.map_err(NotMade::Failure)?;
    match made.parameter.flatten() {
        Some(name) => Err(NotMade::Kind(name)),
        None => Ok(made.value.map_or(Dynamic::NULL, Owned::into_value)),
    }
}

/// A struct or map as a map of parameters.
///
/// # Safety
/// As for [`make`].
pub(crate) unsafe fn make_row(ty: u32, value: *const u8) -> Result<Dynamic, NotMade> {
    let mut scratch = Scratch::default();
    // SAFETY: the caller's promise; parts of a live value are alive.
    unsafe {
        match view(ty, value, &mut scratch) {
            View::Struct { desc, object } => {
                let fields = tables::fields(desc.first, desc.count);
                let mut row = Owned::map(fields.len());
                for field in fields {
                    let value = make_parameter(field.ty, object.add(field.offset as usize))?;
                    row.insert_at(tables::name(field.name, field.name_len), Owned(value));
                }
                Ok(row.into_value())
            }
            View::Map(items) if is_dynamic(items.object) => Ok(Owned::shared(items.object).into_value()),
            View::Map(items) => {
                let mut row = Owned::map(items.len);
                for index in 0..items.len {
                    let place = items.map_value(index);
                    let value =
                        if place.is_null() { Dynamic::NULL } else { make_parameter(items.ty, place)? };
                    row.insert(items.map_key_object(index), Owned(value));
                }
                Ok(row.into_value())
            }
            _ => Err(NotMade::Kind(tables::type_name(tables::desc(ty)))),
        }
    }
}

impl Form for Made {
    type Open = Open;

    unsafe fn begin(&mut self, value: View) -> Option<Open> {
        let value = match value {
            View::Unit | View::Null | View::Function | View::Config(_) => Owned(Dynamic::NULL),
            View::Int(value) => Owned(Dynamic::int(value)),
            View::Float(value) => Owned(Dynamic::float(value)),
            View::Bool(value) => Owned(Dynamic::bool(value)),
            // SAFETY: a live object.
            View::Text(object) | View::Bytes(object) => unsafe { Owned::shared(object) },
            // SAFETY: live markup; its rendering is ours.
            View::Html(html) => Owned(Dynamic::object(unsafe { marks::rendering(html) })),
            // SAFETY: a live list or map; one that is dynamic already is shared.
            View::List(items) | View::Map(items) if unsafe { is_dynamic(items.object) } => unsafe {
                Owned::shared(items.object)
            },
            View::List(items) => {
                return Some(Open { made: Owned::list(items.len), parts: Parts::List(items), done: 0 });
            }
            View::Map(items) => {
                return Some(Open { made: Owned::map(items.len), parts: Parts::Map(items), done: 0 });
            }
            View::Struct { desc, .. } if self.parameter.is_some() => return self.refuse(desc),
            View::Struct { desc, object } => {
                let fields = tables::fields(desc.first, desc.count);
                return Some(Open {
                    made: Owned::map(fields.len()),
                    parts: Parts::Struct(fields, object),
                    done: 0,
                });
            }
            View::Variant { desc, variant, base } if self.parameter.is_some() => {
                if desc.kind != Kind::Result as u32 {
                    return self.refuse(desc);
                }
                return Some(Open {
                    made: Owned(Dynamic::NULL),
                    parts: Parts::Content(payload(variant), base),
                    done: 0,
                });
            }
            View::Variant { desc, variant, base } => {
                let name = tables::name(variant.name, variant.name_len);
                let elements = payload(variant);
                if !elements.is_empty() {
                    let made = Owned::list(elements.len());
                    return Some(Open { made, parts: Parts::Variant(elements, base, name), done: 0 });
                }
                tagged(desc, name)
            }
        };
        self.value = Some(value);
        None
    }

    unsafe fn go_on(&mut self, open: &mut Open, scratch: &mut Scratch) -> Option<(u32, *const u8)> {
        if let Some(part) = self.value.take() {
            open.add(part);
        }
        let index = open.done;
        open.done += 1;
        let next = match &open.parts {
            Parts::List(items) if index < items.len => Some((items.ty, items.element(index))),
            Parts::Map(items) if index < items.len => Some((items.ty, items.map_value(index))),
            // SAFETY: the struct is alive and has the field.
            Parts::Struct(fields, object) => {
                fields.get(index).map(|field| (field.ty, unsafe { object.add(field.offset as usize) }))
            }
            Parts::Variant(elements, base, _) | Parts::Content(elements, base) => elements
                .get(index)
                // SAFETY: the payload is alive.
                .map(|element| (element.ty, unsafe { element_at(element, *base, scratch) })),
            _ => None,
        };
        if next.is_none() {
            self.value = Some(open.finish());
        }
        next
    }
}

impl Made {
    /// Notes a value that no parameter can have.
    fn refuse(&mut self, desc: &Desc) -> Option<Open> {
        self.parameter = Some(Some(tables::type_name(desc)));
        self.value = Some(Owned(Dynamic::NULL));
        None
    }
}

impl Open {
    /// Adds the part that was begun last.
    fn add(&mut self, part: Owned) {
        let Some(index) = self.done.checked_sub(1) else { return };
        match &self.parts {
            Parts::List(_) | Parts::Variant(..) => self.made.push(part),
            Parts::Content(..) => self.made = part,
            Parts::Map(items) => self.made.insert(items.map_key_object(index), part),
            Parts::Struct(fields, _) => {
                self.made.insert_at(tables::name(fields[index].name, fields[index].name_len), part);
            }
        }
    }

    /// The complete value.
    fn finish(&mut self) -> Owned {
        let made = core::mem::replace(&mut self.made, Owned(Dynamic::NULL));
        match self.parts {
            Parts::Variant(elements, _, name) => {
                let mut variant = Owned::map(2);
                variant.insert_at("type", Owned::text(name));
                variant.insert_at("data", if elements.len() == 1 { only(&made) } else { made });
                variant
            }
            _ => made,
        }
    }
}

/// The one element of a list.
fn only(list: &Owned) -> Owned {
    // SAFETY: a live list of dynamic values.
    let element =
        unsafe { crate::dynamic::elements(list.0.object).first().map(|element| element.retained()) };
    Owned(element.unwrap_or(Dynamic::NULL))
}

/// A variant without payload.
fn tagged(desc: &Desc, name: &str) -> Owned {
    let mut variant = Owned::map(2);
    variant.insert_at("type", Owned::text(name));
    if desc.kind == Kind::Result as u32 {
        variant.insert_at("data", Owned(Dynamic::NULL));
    }
    variant
}

/// Whether a list or map is one of those in dynamic values.
unsafe fn is_dynamic(object: Object) -> bool {
    // SAFETY: the object is alive.
    matches!(unsafe { (*object).kind }, TYPE_LIST_DYNAMIC | TYPE_MAP_DYNAMIC)
}

/// The dynamic form of a value in memory.
#[unsafe(export_name = "fuse_dynamic_of")]
pub unsafe extern "C" fn dynamic_of(out: *mut u64, context: *mut Context, ty: u32, value: *mut u8) -> u64 {
    // SAFETY: a live value of that type; the rest is the caller's contract.
    unsafe { give(context, out, make(ty, value)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Task;
    use crate::object::release_value;
    use crate::testing::{self, Leaks, *};
    use crate::value::DEEPEST;
    use fuse_abi::desc::{TYPE_DYNAMIC, TYPE_FLOAT, TYPE_STRING, TYPE_UNIT};

    /// The JSON of the dynamic form of a value of these words, which is then released.
    fn json_of(ty: u32, words: &[u64]) -> String {
        let value = words.as_ptr().cast();
        // SAFETY: the caller gave the slots of such a value.
        unsafe {
            let made = make(ty, value).expect("not deep");
            assert_eq!(
                testing::text(TYPE_DYNAMIC, (&raw const made).cast()).is_ok(),
                testing::text(ty, value).is_ok()
            );
            let json = testing::json(TYPE_DYNAMIC, (&raw const made).cast()).expect("JSON");
            made.release();
            release_value(tables::desc(ty), value);
            json
        }
    }

    #[test]
    fn forms() {
        testing::install();
        let leaks = Leaks::watch();
        // SAFETY: objects of the types named.
        unsafe {
            assert_eq!(json_of(TYPE_UNIT, &[]), "null");
            assert_eq!(json_of(OPTION_INT, &[0, 0]), "null");
            assert_eq!(json_of(OPTION_INT, &[1, 5]), "5");
            assert_eq!(json_of(TYPE_STRING, &[string::new("x") as u64]), "\"x\"");
            assert_eq!(json_of(TYPE_FLOAT, &[1.5_f64.to_bits()]), "1.5");
            assert_eq!(json_of(RESULT_UNIT, &[0, 0]), r#"{"data":null,"type":"Ok"}"#);
            let error = denied("no", 1) as u64;
            assert_eq!(json_of(UNION, &[0, error]), r#"{"code":1,"message":"no"}"#);
            let shape = node(SHAPE, &[0; 5]) as u64;
            assert_eq!(json_of(LIST_SHAPE, &[list_of(LIST_SHAPE, &[shape]) as u64]), r#"[{"type":"Dot"}]"#);
            let map = map_of(MAP_STRING, &[("b", string::new("1") as u64), ("a", string::new("2") as u64)]);
            assert_eq!(json_of(MAP_STRING, &[map as u64]), r#"{"a":"2","b":"1"}"#);
        }
        leaks.none();
    }

    /// Fields stand in the order in which they are declared, and `type` before `data`.
    #[test]
    fn order() {
        testing::install();
        let leaks = Leaks::watch();
        // SAFETY: a live value, released here.
        unsafe {
            let words = [1_u64, denied("no", 1) as u64, 0];
            let made = make(RESULT, words.as_ptr().cast()).expect("not deep");
            let text = testing::text(TYPE_DYNAMIC, (&raw const made).cast());
            assert_eq!(text.as_deref(), Ok("{type: Err, data: {message: no, code: 1}}"));
            made.release();
            release_value(tables::desc(RESULT), words.as_ptr().cast());
        }
        leaks.none();
    }

    #[test]
    fn what_is_dynamic_is_shared() {
        testing::install();
        let leaks = Leaks::watch();
        let list = data!([1, { "k": "v" }]).make();
        // SAFETY: a live list; each reference is given up.
        unsafe {
            let made = make(TYPE_LIST_DYNAMIC, (&raw const list.object).cast()).expect("not deep");
            assert_eq!(made.object, list.object);
            made.release();
            list.release();
        }
        leaks.none();
    }

    #[test]
    fn depth_is_limited() {
        testing::install();
        let leaks = Leaks::watch();
        // SAFETY: each node owns the one before; the context is the head of a task.
        unsafe {
            let mut chain = node(CHAIN, &[0, 0, 0]);
            for _ in 0..DEEPEST {
                chain = node(CHAIN, &[1, chain as u64, 7]);
            }
            assert!(make(CHAIN, (&raw const chain).cast()).map(|made| made.release()).is_ok());
            let chain = node(CHAIN, &[1, chain as u64, 7]);
            let mut task = Task::new(0);
            let mut out = [7_u64; 2];
            let value = (&raw const chain).cast_mut().cast();
            assert_eq!(dynamic_of(out.as_mut_ptr(), (&raw mut task).cast(), CHAIN, value), 1);
            assert_eq!((out, task.context.failure), ([0; 2], Failure::TooDeep as u32));
            release(chain);
        }
        leaks.none();
    }
}
