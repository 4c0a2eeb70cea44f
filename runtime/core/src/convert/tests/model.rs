//! The rules of runtime reference 4.5 as a plain recursion, and data that mostly follows them.

use super::Entries;
use crate::convert::Source;
use crate::tables;
use crate::testing::{Data, word_is_accepted};
use crate::value::payload;
use fuse_abi::desc::{Constraint, Desc, Kind};

/// Reads data as a type: the entries.
pub(super) fn read(source: Source, ty: u32, data: &Data, path: &str, entries: &mut Entries) {
    let desc = tables::desc(ty);
    let mismatch = |expected: &str| match source {
        Source::Dynamic => format!("{path} type_mismatch expected {expected}, got {}", data.kind()),
        Source::Json | Source::Row => format!("{path} type_mismatch expected {expected}"),
    };
    let is = |kind: Kind| desc.kind == kind as u32;
    let name = tables::type_name(desc);
    match data {
        _ if is(Kind::Dynamic) => {}
        _ if is(Kind::StdError) => read(source, desc.inner, data, path, entries),
        Data::Null if is(Kind::Option) => {}
        _ if is(Kind::Option) => read(source, desc.inner, data, path, entries),
        Data::Int(_) | Data::Float(_) if is(Kind::Float) => constraints(desc, data, path, entries),
        Data::Int(_) if is(Kind::Int) => constraints(desc, data, path, entries),
        Data::Bool(_) if is(Kind::Bool) => {}
        Data::Text(_) if is(Kind::String) => constraints(desc, data, path, entries),
        Data::Bytes(_) if is(Kind::Bytes) => constraints(desc, data, path, entries),
        Data::Text(text) if is(Kind::Bytes) => match BASE64.iter().find(|row| row.0 == text) {
            Some((_, Ok(bytes))) => constraints(desc, &Data::Bytes(bytes.to_vec()), path, entries),
            Some((_, Err(detail))) => {
                entries.push(format!("{path} invalid_value invalid Bytes (base64): invalid base64 {detail}"));
            }
            None => panic!("unknown base64 {text}"),
        },
        _ if is(Kind::Bytes) => entries.push(mismatch("String")),
        Data::List(elements) if is(Kind::List) => {
            for (index, element) in elements.iter().enumerate() {
                read(source, desc.inner, element, &format!("{path}[{index}]"), entries);
            }
        }
        Data::Map(values) if is(Kind::Map) => {
            for (key, value) in values {
                if source == Source::Json || *value != Data::Null {
                    read(source, desc.inner, value, &format!("{path}.{key}"), entries);
                }
            }
        }
        Data::Map(values) if is(Kind::Struct) => {
            let fields = tables::fields(desc.first, desc.count);
            let field_name = |index: usize| tables::name(fields[index].name, fields[index].name_len);
            for (index, field) in fields.iter().enumerate() {
                let path = format!("{path}.{}", field_name(index));
                match data.get(field_name(index)) {
                    Some(value) => read(source, field.ty, value, &path, entries),
                    None if field.default > 0 => {}
                    None if tables::desc(field.ty).kind == Kind::Option as u32 => {}
                    None => entries.push(format!("{path} missing_field missing field")),
                }
            }
            let known: Vec<&str> = (0..fields.len()).map(field_name).collect();
            others(values, &known, path, entries);
        }
        Data::Map(values) if is(Kind::Enum) => {
            let Some(Data::Text(tag)) = data.get("type") else {
                return entries.push(format!("{path} missing_field missing enum type"));
            };
            let named =
                |variant: &&fuse_abi::desc::Variant| tables::name(variant.name, variant.name_len) == tag;
            let Some(variant) = tables::variants(desc).iter().find(named) else {
                return entries.push(format!("{path} invalid_value unknown variant {tag}"));
            };
            let elements = payload(variant);
            match (elements, data.get("data")) {
                ([], None | Some(Data::Null)) => {}
                ([], Some(_)) => entries.push(format!("{path}.data unknown_field unknown field")),
                (_, None) => entries.push(format!("{path} missing_field missing enum data")),
                ([one], Some(data)) => read(source, one.ty, data, &format!("{path}.data"), entries),
                (_, Some(Data::List(list))) if list.len() == elements.len() => {
                    for (index, (element, data)) in elements.iter().zip(list).enumerate() {
                        read(source, element.ty, data, &format!("{path}.data[{index}]"), entries);
                    }
                }
                (_, Some(Data::List(_))) => {
                    entries.push(format!("{path}.data invalid_value enum payload length mismatch"));
                }
                (_, Some(data)) => {
                    let got = match source {
                        Source::Dynamic => format!(", got {}", data.kind()),
                        Source::Json | Source::Row => String::new(),
                    };
                    entries.push(format!("{path}.data type_mismatch expected enum payload array{got}"));
                }
            }
            others(values, &["type", "data"], path, entries);
        }
        Data::Map(values) if is(Kind::Result) => {
            let variants = tables::variants(desc);
            let tried = match data.get("type") {
                None => return entries.push(format!("{path} missing_field missing Result tag")),
                Some(Data::Text(tag)) if tag == "Ok" => &variants[..1],
                Some(Data::Text(tag)) if tag == "Err" => &variants[1..],
                Some(Data::Text(tag)) => {
                    return entries.push(format!("{path}.type invalid_value unknown Result variant {tag}"));
                }
                Some(tag) => {
                    let got = match source {
                        Source::Dynamic => format!(", got {}", tag.kind()),
                        Source::Json | Source::Row => String::new(),
                    };
                    let text = format!("{path}.type type_mismatch expected Result tag string{got}");
                    return entries.push(text);
                }
            };
            match data.get("data") {
                None => entries.push(format!("{path} missing_field missing Result data")),
                Some(data) => {
                    let mut found = Vec::new();
                    for variant in tried {
                        found.clear();
                        read(source, payload(variant)[0].ty, data, &format!("{path}.data"), &mut found);
                        if found.is_empty() {
                            break;
                        }
                    }
                    entries.extend(found);
                }
            }
            others(values, &["type", "data"], path, entries);
        }
        _ if is(Kind::Result) => entries.push(mismatch("Result object")),
        _ => entries.push(mismatch(name)),
    }
}

fn others(values: &[(String, Data)], known: &[&str], path: &str, entries: &mut Entries) {
    for (key, _) in values.iter().filter(|value| !known.contains(&&*value.0)) {
        entries.push(format!("{path}.{key} unknown_field unknown field"));
    }
}

fn constraints(desc: &Desc, data: &Data, path: &str, entries: &mut Entries) {
    for constraint in tables::constraints(desc) {
        let (low, high) = (Constraint::bound(constraint.low), Constraint::bound(constraint.high));
        let (holds, message) = match (constraint.kind, data) {
            (Constraint::INT, Data::Int(value)) => (
                low as i64 <= *value && *value <= high as i64,
                format!("value {value} out of range {low}..{high}"),
            ),
            (Constraint::FLOAT, Data::Int(_) | Data::Float(_)) => {
                let value = if let Data::Int(value) = data { *value as f64 } else { float(data) };
                ((0.0..=1.5).contains(&value), format!("value {value} out of range 0..1.5"))
            }
            (Constraint::LENGTH, Data::Text(text)) => length(text.chars().count(), low, high),
            (Constraint::LENGTH, Data::Bytes(bytes)) => length(bytes.len(), low, high),
            (Constraint::ID, Data::Text(text)) => (!text.is_empty(), "expected non-empty Id".into()),
            (Constraint::EMAIL, Data::Text(text)) => (text == "x@y.z", "invalid email address".into()),
            (Constraint::REGEX, Data::Text(text)) => {
                (word_is_accepted(text).0, "value does not match regex ^a".into())
            }
            (Constraint::PREDICATE, Data::Text(text)) => {
                (word_is_accepted(text).1, "predicate plain rejected value".into())
            }
            _ => panic!("no such constraint on {data:?}"),
        };
        if !holds {
            return entries.push(format!("{path} invalid_value {message}"));
        }
    }
}

fn length(len: usize, low: u64, high: u64) -> (bool, String) {
    ((low..=high).contains(&(len as u64)), format!("length {len} out of range {low}..{high}"))
}

fn float(data: &Data) -> f64 {
    if let Data::Float(value) = data { *value } else { f64::NAN }
}

/// Texts that are generated where Bytes are expected.
const BASE64: &[(&str, Result<&[u8], &str>)] = &[
    ("aGk=", Ok(b"hi")),
    ("", Ok(b"")),
    ("aGVsbG8=", Ok(b"hello")),
    ("a", Err("length")),
    ("abc!", Err("character '!'")),
    ("abéd", Err("character 'é'")),
    ("Zh==", Err("padding")),
];

/// Random choices, which become the first ones when they are used up.
pub(super) struct Choices<'a> {
    bytes: core::slice::Iter<'a, u8>,
    /// How often data is wrong: 0 never, 1 seldom, 2 often.
    faults: u8,
}

impl<'a> Choices<'a> {
    pub(super) fn new(bytes: &'a [u8], faults: u8) -> Choices<'a> {
        Choices { bytes: bytes.iter(), faults }
    }

    fn below(&mut self, count: usize) -> usize {
        usize::from(self.bytes.next().copied().unwrap_or(0)) % count
    }

    fn fault(&mut self) -> bool {
        match self.faults {
            0 => false,
            1 => self.below(32) == 31,
            _ => self.below(6) == 5,
        }
    }

    fn of<'b, T>(&mut self, all: &'b [T]) -> &'b T {
        &all[self.below(all.len())]
    }
}

/// Data for a type.
pub(super) fn generate(ty: u32, choices: &mut Choices, depth: usize) -> Data {
    let desc = tables::desc(ty);
    let is = |kind: Kind| desc.kind == kind as u32;
    if choices.fault() || is(Kind::Dynamic) {
        return anything(choices, depth);
    }
    if is(Kind::Int) {
        let ints: &[i64] = if choices.fault() { &[0, 100, i64::MIN] } else { &[7, 1, 99] };
        Data::Int(*choices.of(ints))
    } else if is(Kind::Float) {
        let floats = if choices.fault() { [-0.5, 2.0] } else { [0.5, 1.5] };
        choices.of(&[Data::Float(floats[0]), Data::Int(1), Data::Float(floats[1])]).clone()
    } else if is(Kind::Bool) {
        Data::Bool(choices.below(2) == 1)
    } else if is(Kind::String) {
        let email = tables::constraints(desc).iter().any(|constraint| constraint.kind == Constraint::EMAIL);
        let texts: &[&str] = match (choices.fault(), email) {
            (true, _) => &["", "much too long for it", "a!", "bc"],
            (false, true) => &["x@y.z"],
            (false, false) => &["aé", "abc"],
        };
        Data::Text((*choices.of(texts)).to_owned())
    } else if is(Kind::Bytes) {
        let texts = if choices.fault() { BASE64 } else { &BASE64[..1] };
        let bytes = Data::Bytes(vec![0, 255]);
        let text = Data::Text(choices.of(texts).0.to_owned());
        choices.of(&[bytes, text]).clone()
    } else if is(Kind::StdError) {
        generate(desc.inner, choices, depth)
    } else if is(Kind::Option) {
        if choices.below(3) == 0 || depth > 6 { Data::Null } else { generate(desc.inner, choices, depth + 1) }
    } else if is(Kind::List) {
        let len = choices.below(4);
        Data::List((0..len).map(|_| generate(desc.inner, choices, depth + 1)).collect())
    } else if is(Kind::Map) {
        let len = choices.below(4);
        Data::Map((0..len).map(|key| (format!("k{key}"), element(desc.inner, choices, depth))).collect())
    } else if is(Kind::Struct) {
        structure(desc, choices, depth)
    } else {
        let variants = tables::variants(desc);
        // The first variant of a recursive enum ends it.
        let number = if depth > 6 { 0 } else { choices.below(variants.len()) };
        let elements = payload(&variants[number]);
        let mut data: Vec<Data> =
            elements.iter().map(|element| generate(element.ty, choices, depth + 1)).collect();
        let name = tables::name(variants[number].name, variants[number].name_len);
        let tag = if choices.fault() { "Other" } else { name };
        let mut entries = vec![("type".to_owned(), Data::Text(tag.to_owned()))];
        match data.len() {
            0 if choices.below(2) == 0 => {}
            0 => entries.push(("data".to_owned(), Data::Null)),
            1 => entries.push(("data".to_owned(), data.remove(0))),
            _ => entries.push(("data".to_owned(), Data::List(data))),
        }
        disturb(entries, choices)
    }
}

/// A value of a map, which may be `null` in a dynamic value. (In JSON it is refused, and the model knows that.)
fn element(ty: u32, choices: &mut Choices, depth: usize) -> Data {
    if choices.fault() { Data::Null } else { generate(ty, choices, depth + 1) }
}

fn structure(desc: &Desc, choices: &mut Choices, depth: usize) -> Data {
    let mut entries = Vec::new();
    for field in tables::fields(desc.first, desc.count) {
        let optional = field.default > 0 || tables::desc(field.ty).kind == Kind::Option as u32;
        if !(optional && (depth > 6 || choices.below(3) == 0)) {
            let name = tables::name(field.name, field.name_len).to_owned();
            entries.push((name, generate(field.ty, choices, depth + 1)));
        }
    }
    disturb(entries, choices)
}

/// Drops, adds and moves entries.
fn disturb(mut entries: Vec<(String, Data)>, choices: &mut Choices) -> Data {
    if choices.fault() {
        entries.pop();
    }
    if choices.fault() {
        entries.push(("extra".to_owned(), anything(choices, 6)));
    }
    if choices.fault() {
        entries.insert(0, ("other".to_owned(), Data::Null));
    }
    if choices.below(2) == 1 {
        entries.reverse();
    }
    Data::Map(entries)
}

/// Any data. Of texts only those that the model knows as base64.
fn anything(choices: &mut Choices, depth: usize) -> Data {
    match choices.below(if depth > 6 { 6 } else { 8 }) {
        0 => Data::Null,
        1 => Data::Bool(true),
        2 => Data::Int(-1),
        3 => Data::Float(0.25),
        4 => Data::Text(choices.of(BASE64).0.to_owned()),
        5 => Data::Bytes(b"xyz".to_vec()),
        6 => Data::List((0..choices.below(3)).map(|_| anything(choices, depth + 3)).collect()),
        _ => Data::Map(
            ["type", "data", "x"][..choices.below(4)]
                .iter()
                .map(|&key| (key.to_owned(), anything(choices, depth + 3)))
                .collect(),
        ),
    }
}
