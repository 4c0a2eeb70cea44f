//! Elements of dynamic values: reading, assigning and visiting them (language reference 7.8; runtime reference 3.4, 3.6).

use crate::abi::{Object, Pair};
use crate::dynamic::{Dynamic, DynamicKind, elements, entries, give, give_object, list_of};
use crate::failure::fail_with;
use crate::list::{self, list_unique};
use crate::map::{self, map_insert_slot, map_unique};
use crate::object::retain;
use crate::string;
use core::ptr;
use fuse_abi::failure::Failure;
use fuse_abi::layout::{Context, STATUS_OK};

/// The element of a list or map, borrowed; `None` outside of a list's bounds.
///
/// # Safety
/// Both values are alive.
unsafe fn element(base: Object, index: Dynamic) -> Result<Option<Dynamic>, Failure> {
    // SAFETY: the caller's promise; the kinds say what the objects are.
    unsafe {
        match Dynamic::object(base).kind() {
            DynamicKind::List => Ok(elements(base).get(position(index)?).copied()),
            DynamicKind::Map => {
                let value = map::find(base, string::bytes(key(index)?)).cast::<Dynamic>();
                Ok(Some(if value.is_null() { Dynamic::NULL } else { value.read() }))
            }
            DynamicKind::Null => Err(Failure::NullAccess),
            _ => Err(Failure::NotIndexable),
        }
    }
}

/// The position in a list that an index names; greater than any length if it is negative.
unsafe fn position(index: Dynamic) -> Result<usize, Failure> {
    // SAFETY: the index is alive.
    if unsafe { index.kind() } != DynamicKind::Int {
        return Err(Failure::ListIndexKind);
    }
    Ok(usize::try_from(index.bits as i64).unwrap_or(usize::MAX))
}

/// The key of a map that an index names.
unsafe fn key(index: Dynamic) -> Result<Object, Failure> {
    // SAFETY: the index is alive.
    if unsafe { index.kind() } != DynamicKind::String {
        return Err(Failure::MapKeyKind);
    }
    Ok(index.object)
}

/// `base[index]`
#[unsafe(export_name = "fuse_dynamic_index")]
pub unsafe extern "C" fn dynamic_index(
    out: *mut u64,
    context: *mut Context,
    base: Object,
    index: Object,
    bits: i64,
) -> u64 {
    // SAFETY: live values; the rest is the caller's contract.
    unsafe {
        let found = element(base, Dynamic::of(index, bits));
        let result = found.and_then(|element| element.ok_or(Failure::IndexOutOfBounds));
        give(context, out, result.map(|element| element.retained()))
    }
}

/// `base?[index]`
#[unsafe(export_name = "fuse_dynamic_index_or_null")]
pub unsafe extern "C" fn dynamic_index_or_null(
    out: *mut u64,
    context: *mut Context,
    base: Object,
    index: Object,
    bits: i64,
) -> u64 {
    // SAFETY: live values; the rest is the caller's contract.
    unsafe {
        let found = if base.is_null() { Ok(None) } else { element(base, Dynamic::of(index, bits)) };
        give(context, out, found.map(|element| element.unwrap_or(Dynamic::NULL).retained()))
    }
}

/// One `[index]` or `?[index]` of a place, as the elements of a list stand in memory.
#[repr(C)]
#[derive(Clone, Copy)]
struct Step {
    /// A Bool: whether it is `?[`.
    optional: Dynamic,
    index: Dynamic,
}

impl Step {
    /// The failure of a step from `null`.
    fn from_null(self) -> Failure {
        if self.optional.bits == 0 { Failure::NullAccess } else { Failure::OptionalAssignment }
    }
}

/// Where an element of the value at `place` is, whose object is made unique on the way.
///
/// # Safety
/// `place` holds a live value and owns it; the index is alive.
unsafe fn existing(place: *mut Dynamic, step: Step) -> Result<*mut Dynamic, Failure> {
    // SAFETY: the caller's promise; the place keeps owning what it holds.
    unsafe {
        match (*place).kind() {
            DynamicKind::List => {
                let position = position(step.index)?;
                if position >= elements((*place).object).len() {
                    return Err(Failure::IndexOutOfBounds);
                }
                (*place).object = list_unique((*place).object);
                Ok(list::data((*place).object).cast::<Dynamic>().add(position))
            }
            DynamicKind::Map => {
                let key = string::bytes(key(step.index)?);
                if map::find((*place).object, key).is_null() {
                    return Err(Failure::MissingMapEntry);
                }
                (*place).object = map_unique((*place).object);
                Ok(map::find((*place).object, key).cast())
            }
            DynamicKind::Null => Err(step.from_null()),
            _ => Err(Failure::AssignmentTarget),
        }
    }
}

/// Stores a value, which it takes if that succeeds; a new key of a map may be the last step.
///
/// # Safety
/// All values are alive; `root` owns what it holds.
unsafe fn assign(root: &mut Dynamic, steps: &[Step], value: Dynamic) -> Result<(), Failure> {
    let Some((&last, steps)) = steps.split_last() else { return Err(Failure::AssignmentTarget) };
    let mut place = &raw mut *root;
    // SAFETY: the caller's promise; each place is in the object of the one before, which nothing else refers to.
    unsafe {
        for &step in steps {
            place = existing(place, step)?;
        }
        place = if (*place).kind() == DynamicKind::Map {
            let slot = map_insert_slot((*place).object, key(last.index)?);
            (*place).object = slot.first;
            slot.second.cast()
        } else {
            existing(place, last)?
        };
        place.replace(value).release();
    }
    Ok(())
}

/// `root[i][j] = value`: the new root.
#[unsafe(export_name = "fuse_dynamic_assign")]
pub unsafe extern "C" fn dynamic_assign(
    context: *mut Context,
    root: Object,
    steps: Object,
    value: Object,
    bits: i64,
) -> Pair<Object, u64> {
    let mut root = Dynamic::object(root);
    let value = Dynamic::of(value, bits);
    // SAFETY: live values, of which root and value are owned here; the context is the one the program was entered with.
    unsafe {
        let steps = elements(steps);
        let steps = core::slice::from_raw_parts(steps.as_ptr().cast(), steps.len() / 2);
        let result = assign(&mut root, steps, value);
        if result.is_err() {
            value.release();
            root.release();
        }
        give_object(context, result.map(|()| root.object))
    }
}

/// What a `for` over a dynamic value visits.
#[unsafe(export_name = "fuse_dynamic_items")]
pub unsafe extern "C" fn dynamic_items(context: *mut Context, value: Object) -> Pair<Object, u64> {
    // SAFETY: a live value; the context is the one the program was entered with.
    unsafe {
        let items = match Dynamic::object(value).kind() {
            DynamicKind::List => {
                retain(value);
                value
            }
            DynamicKind::Map => list_of(entries(value).map(|(_, value)| value.retained())),
            kind => {
                let parts: &[&[u8]] = &[b"cannot iterate over ", kind.name().as_bytes()];
                let status = fail_with(context, Failure::IterationKind, parts);
                return Pair { first: ptr::null_mut(), second: status };
            }
        };
        Pair { first: items, second: u64::from(STATUS_OK) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::{Report, Task};
    use crate::testing::{self, Data, Leaks, data};
    use fuse_abi::desc::{TYPE_DYNAMIC, TYPE_LIST_DYNAMIC};
    use proptest::prelude::*;

    fn json(value: Dynamic) -> String {
        // SAFETY: a live value, released here.
        unsafe {
            let text = testing::json(TYPE_DYNAMIC, (&raw const value).cast()).expect("JSON");
            value.release();
            text
        }
    }

    /// `base[index]` or `base?[index]`.
    fn index(base: &Data, index: &Data, or_null: bool) -> Result<String, String> {
        let mut task = Task::new(0);
        let mut out = Dynamic::NULL;
        let (base, index) = (base.make(), index.make());
        let function = if or_null { dynamic_index_or_null } else { dynamic_index };
        let slots = (&raw mut out).cast();
        // SAFETY: live values; room for two results; the context is the head of a task.
        unsafe {
            let bits = index.bits as i64;
            let status = function(slots, (&raw mut task).cast(), base.object, index.object, bits);
            base.release();
            index.release();
            if status == u64::from(STATUS_OK) {
                Ok(json(out))
            } else {
                Err(Report::take(&mut task).message.into_owned())
            }
        }
    }

    #[test]
    fn indexing() {
        testing::install();
        let leaks = Leaks::watch();
        let list = data!([1, "b"]);
        let map = data!({"k": [true], "n": null});
        type Expected = Result<&'static str, &'static str>;
        let cases: &[(&Data, Data, Expected, Expected)] = &[
            (&list, data!(1), Ok("\"b\""), Ok("\"b\"")),
            (&list, data!(2), Err("index out of bounds"), Ok("null")),
            (&list, data!(-1), Err("index out of bounds"), Ok("null")),
            (&list, data!("k"), Err("list index must be Int"), Err("list index must be Int")),
            (&list, data!(0.0), Err("list index must be Int"), Err("list index must be Int")),
            (&map, data!("k"), Ok("[true]"), Ok("[true]")),
            (&map, data!("n"), Ok("null"), Ok("null")),
            (&map, data!("absent"), Ok("null"), Ok("null")),
            (&map, data!(0), Err("map keys must be strings"), Err("map keys must be strings")),
            (&Data::Null, data!(0), Err("null access"), Ok("null")),
        ];
        for (base, at, plain, or_null) in cases {
            let owned = |result: &Expected| result.map(str::to_owned).map_err(str::to_owned);
            assert_eq!(index(base, at, false), owned(plain), "{base:?}[{at:?}]");
            assert_eq!(index(base, at, true), owned(or_null), "{base:?}?[{at:?}]");
        }
        for base in [data!(1), data!("text"), data!(true), data!(&b"x"[..])] {
            for or_null in [false, true] {
                let expected = Err("index access not supported on this value".to_owned());
                assert_eq!(index(&base, &data!(0), or_null), expected);
            }
        }
        leaks.none();
    }

    /// Assigns at a place, where all steps are optional or none is; the root is taken.
    fn assign_at(root: Dynamic, indices: &Data, optional: bool, value: Dynamic) -> Result<Dynamic, String> {
        let mut task = Task::new(0);
        let Data::List(indices) = indices else { panic!("no list: {indices:?}") };
        let steps = indices.iter().flat_map(|index| [Data::Bool(optional), index.clone()]);
        let steps = Data::List(steps.collect()).make();
        // SAFETY: live values; the context is the head of a task.
        unsafe {
            let bits = value.bits as i64;
            let result =
                dynamic_assign((&raw mut task).cast(), root.object, steps.object, value.object, bits);
            steps.release();
            if result.second == u64::from(STATUS_OK) {
                Ok(Dynamic::object(result.first))
            } else {
                assert!(result.first.is_null());
                Err(Report::take(&mut task).message.into_owned())
            }
        }
    }

    fn assigned(root: &Data, indices: &Data, value: &Data) -> Result<String, String> {
        let plain = assign_at(root.make(), indices, false, value.make()).map(json);
        let optional = assign_at(root.make(), indices, true, value.make()).map(json);
        match &plain {
            Err(message) if message == "null access" => {
                assert_eq!(optional, Err("cannot assign through optional access".to_owned()));
            }
            _ => assert_eq!(optional, plain),
        }
        plain
    }

    #[test]
    fn assignments() {
        testing::install();
        let leaks = Leaks::watch();
        let root = data!({"a": {"b": [1, 2]}, "n": null, "s": "text"});
        let new = data!(["new"]);
        for (indices, expected) in [
            (data!(["a", "b", 1]), Ok(r#"{"a":{"b":[1,["new"]]},"n":null,"s":"text"}"#)),
            (data!(["a", "c"]), Ok(r#"{"a":{"b":[1,2],"c":["new"]},"n":null,"s":"text"}"#)),
            (data!(["a"]), Ok(r#"{"a":["new"],"n":null,"s":"text"}"#)),
            (data!(["n"]), Ok(r#"{"a":{"b":[1,2]},"n":["new"],"s":"text"}"#)),
            (data!(["x", "b"]), Err("missing map entry")),
            (data!(["a", "b", 2]), Err("index out of bounds")),
            (data!(["a", "b", (-1), 0]), Err("index out of bounds")),
            (data!(["a", "b", "x"]), Err("list index must be Int")),
            (data!(["a", 0]), Err("map keys must be strings")),
            (data!([true, 0]), Err("map keys must be strings")),
            (data!(["n", "x"]), Err("null access")),
            (data!(["n", "x", "y"]), Err("null access")),
            (data!(["s", 0]), Err("assignment target must be an indexable value")),
            (data!(["a", "b", 0, 0]), Err("assignment target must be an indexable value")),
        ] {
            let expected = expected.map(str::to_owned).map_err(str::to_owned);
            assert_eq!(assigned(&root, &indices, &new), expected, "{indices:?}");
        }
        assert_eq!(assigned(&Data::Null, &data!([0]), &new), Err("null access".into()));
        let message = "assignment target must be an indexable value";
        assert_eq!(assigned(&data!(1), &data!([0]), &new), Err(message.into()));
        leaks.none();
    }

    #[test]
    fn unique_values_are_changed_in_place() {
        testing::install();
        let leaks = Leaks::watch();
        let mut root = data!({"list": [1, 2]}).make();
        let (object, key) = (root.object, data!(["list", 0]));
        for value in 0..10 {
            root = assign_at(root, &key, false, Dynamic::int(value)).expect("assigned");
            assert_eq!(root.object, object);
        }
        // SAFETY: live values; what is shared is copied, so that a value may even be put into itself.
        unsafe {
            let before = root.retained();
            let inner = root.retained();
            root = assign_at(root, &key, false, inner).expect("assigned");
            assert_ne!(root.object, object);
            assert_eq!(json(before), r#"{"list":[9,2]}"#);
            assert_eq!(json(root), r#"{"list":[{"list":[9,2]},2]}"#);
        }
        leaks.none();
    }

    #[test]
    fn items() {
        testing::install();
        let leaks = Leaks::watch();
        for (value, expected) in [
            (data!([1, null]), Ok("[1, null]")),
            (data!({"b": "x", "a": [2]}), Ok("[x, [2]]")),
            (data!(null), Err("cannot iterate over Null")),
            (data!(1.5), Err("cannot iterate over Float")),
            (data!("text"), Err("cannot iterate over String")),
        ] {
            let mut task = Task::new(0);
            let value = value.make();
            // SAFETY: a live value; the context is the head of a task.
            unsafe {
                let result = dynamic_items((&raw mut task).cast(), value.object);
                value.release();
                match expected {
                    Ok(text) => assert_eq!(testing::forms_of(TYPE_LIST_DYNAMIC, result.first).0, text),
                    Err(message) => {
                        let report = Report::take(&mut task);
                        assert_eq!((report.code, &*report.message), ("runtime_type_error", message));
                    }
                }
            }
        }
        leaks.none();
    }

    proptest! {
        /// Assignments to a list of maps against a vector, with copies at random.
        #[test]
        fn as_a_model(steps in proptest::collection::vec((0..3_usize, "[a-c]", any::<i64>(), any::<bool>()), 0..40)) {
            testing::install();
            let leaks = Leaks::watch();
            let mut root = data!([{}, {}, {}]).make();
            let mut model = vec![std::collections::BTreeMap::new(); 3];
            let mut kept = Vec::new();
            for (position, key, value, keep) in steps {
                if keep {
                    // SAFETY: the root is alive.
                    kept.push((unsafe { root.retained() }, model.clone()));
                }
                let indices = Data::List(vec![Data::Int(position as i64), Data::Text(key.clone())]);
                root = assign_at(root, &indices, false, Dynamic::int(value)).expect("assigned");
                model[position].insert(key, value);
            }
            kept.push((root, model));
            for (root, model) in kept {
                let maps = model.iter().map(|map| {
                    let entries: Vec<String> = map.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
                    format!("{{{}}}", entries.join(","))
                });
                prop_assert_eq!(json(root), format!("[{}]", maps.collect::<Vec<_>>().join(",")));
            }
            leaks.none();
        }
    }
}
