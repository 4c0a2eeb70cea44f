//! Tables of a program with types, configs and parameters, made by hand as the compiler makes them.

use fuse_abi::desc::{
    CallFn, Config, Constraint, Desc, Field, Image, Kind, NO_FIELD, PREDEFINED, TYPE_BOOL, TYPE_DYNAMIC,
    TYPE_INT, TYPE_STRING,
};

/// `String?`
pub const OPTION_STRING: u32 = PREDEFINED;
/// `Bool?`
pub const OPTION_BOOL: u32 = PREDEFINED + 1;
/// `Int(1..65535)`
pub const PORT: u32 = PREDEFINED + 2;
/// `String(2..40)`
pub const CITY: u32 = PREDEFINED + 3;
/// `Int(predicate(even))`, with the call [`EVEN`].
pub const EVEN_INT: u32 = PREDEFINED + 4;
pub const ENTRY: u32 = PREDEFINED + 5;
pub const ENTRIES: u32 = PREDEFINED + 6;
pub const VALIDATION: u32 = PREDEFINED + 7;
/// A result, which never comes from text.
pub const RESULT: u32 = PREDEFINED + 8;
/// `type Stop: city: String(2..40), nights: Int = 1`, the default by the call [`NIGHTS`].
pub const STOP: u32 = PREDEFINED + 9;
/// `List<Stop>`
pub const STOPS: u32 = PREDEFINED + 10;
/// The parameters of `main`.
pub const PARAMETERS: u32 = PREDEFINED + 11;

/// Number of the predicate of [`EVEN_INT`].
pub const EVEN: u32 = 1;
/// Number of the default of a stop's nights.
pub const NIGHTS: u32 = 2;

/// A field: name, type, default as number of a call plus one.
pub type Row = (&'static str, u32, u32);

/// The type of a default of a validated type.
fn untested(ty: u32) -> u32 {
    match ty {
        PORT | EVEN_INT => TYPE_INT,
        CITY => TYPE_STRING,
        other => other,
    }
}

/// Tables under construction.
#[derive(Default)]
pub struct Tables {
    types: Vec<Desc>,
    fields: Vec<Field>,
    offsets: Vec<u32>,
    names: String,
    constraints: Vec<Constraint>,
    configs: Vec<Config>,
    /// Bytes of the config block.
    block: u32,
}

impl Tables {
    /// The predefined types and those above, with these parameters of `main`.
    pub fn new(parameters: &[Row]) -> Tables {
        let mut t = Tables::default();
        t.add(Kind::Unit, 0);
        t.add(Kind::Int, 8);
        t.add(Kind::Float, 8);
        t.add(Kind::Bool, 1);
        for kind in [Kind::String, Kind::Bytes, Kind::StdError] {
            t.add_object(kind, 0);
        }
        // An object and bits.
        t.add_object(Kind::Dynamic, 0).size = 16;
        t.add_object(Kind::List, TYPE_DYNAMIC);
        t.add_object(Kind::Map, TYPE_DYNAMIC);
        for kind in [Constraint::ID, Constraint::EMAIL] {
            t.add_object(Kind::String, 0);
            t.constrain(Constraint { kind, ..Constraint::default() });
        }
        t.add_object(Kind::Option, TYPE_STRING).flags = Desc::FLAG_NULLABLE;
        let option = t.add(Kind::Option, 2);
        (option.inner, option.payload_offset) = (TYPE_BOOL, 1);
        t.add(Kind::Int, 8);
        t.constrain(Constraint {
            kind: Constraint::INT,
            low: [1, 0],
            high: [65535, 0],
            ..Constraint::default()
        });
        t.add_object(Kind::String, 0);
        t.constrain(Constraint {
            kind: Constraint::LENGTH,
            low: [2, 0],
            high: [40, 0],
            ..Constraint::default()
        });
        t.add(Kind::Int, 8);
        let (text, text_len) = t.name("even");
        t.constrain(Constraint {
            kind: Constraint::PREDICATE,
            call: EVEN,
            text,
            text_len,
            ..Constraint::default()
        });
        let texts = [("path", TYPE_STRING, 0), ("code", TYPE_STRING, 0), ("message", TYPE_STRING, 0)];
        t.add_struct("std.Error.ValidationField", &texts).flags = Desc::FLAG_STD_ERROR;
        t.add_object(Kind::List, ENTRY);
        let fields = [("message", TYPE_STRING, 0), ("fields", ENTRIES, 0)];
        t.add_struct("std.Error.Validation", &fields).flags = Desc::FLAG_STD_ERROR;
        t.add(Kind::Result, 16);
        t.add_struct("Stop", &[("city", CITY, 0), ("nights", TYPE_INT, NIGHTS + 1)]);
        t.add_object(Kind::List, STOP);
        t.add_struct("main", parameters);
        assert_eq!(t.types.len() as u32, PARAMETERS + 1);
        t
    }

    /// Adds a config.
    pub fn config(mut self, name: &str, fields: &[(Row, &str)]) -> Tables {
        let (name, name_len) = self.name(name);
        let first = self.fields.len() as u32;
        let mut variables = Vec::new();
        for &((field, ty, default), variable) in fields {
            let (name, name_len) = self.name(field);
            // The flag has a word of its own.
            let (slots, offset) = (self.block, self.block + 8);
            self.block = offset + self.types[ty as usize].size.next_multiple_of(8);
            let default_ty = untested(ty);
            self.fields.push(Field {
                name,
                name_len,
                ty,
                offset,
                slots,
                default,
                default_ty,
                ..Field::default()
            });
            let (at, len) = self.name(variable);
            variables.extend([at, len]);
        }
        let variables = self.offsets(&variables);
        self.configs.push(Config { name, name_len, first, count: fields.len() as u32, variables });
        self
    }

    /// The image, without entries. What it points to stays for good.
    pub fn image(self, call: CallFn) -> Image {
        let (types, fields, offsets) = (self.types.leak(), self.fields.leak(), self.offsets.leak());
        let (names, constraints, configs) = (self.names.leak(), self.constraints.leak(), self.configs.leak());
        let block = match self.block {
            0 => std::ptr::null_mut(),
            size => vec![0_u64; size as usize / 8].leak().as_mut_ptr().cast(),
        };
        Image {
            types: types.as_ptr(),
            types_len: types.len(),
            fields: fields.as_ptr(),
            fields_len: fields.len(),
            offsets: offsets.as_ptr(),
            offsets_len: offsets.len(),
            names: names.as_ptr(),
            names_len: names.len(),
            constraints: constraints.as_ptr(),
            constraints_len: constraints.len(),
            configs: configs.as_ptr(),
            configs_len: configs.len(),
            config_block: block,
            validation: VALIDATION,
            validation_field: ENTRY,
            validation_list: ENTRIES,
            call: call as *const u8,
            ..Image::EMPTY
        }
    }

    fn name(&mut self, name: &str) -> (u32, u32) {
        let at = self.names.len() as u32;
        self.names.push_str(name);
        (at, name.len() as u32)
    }

    fn offsets(&mut self, offsets: &[u32]) -> u32 {
        let at = self.offsets.len() as u32;
        self.offsets.extend_from_slice(offsets);
        at
    }

    fn add(&mut self, kind: Kind, size: u32) -> &mut Desc {
        let align = if size.is_multiple_of(8) { 8 } else { 1 };
        self.types.push(Desc { kind: kind as u32, size, align, ..Desc::default() });
        self.types.last_mut().expect("just pushed")
    }

    /// A type whose value is one object.
    fn add_object(&mut self, kind: Kind, inner: u32) -> &mut Desc {
        let value_refs = self.offsets(&[0]);
        let desc = self.add(kind, 8);
        *desc = Desc { inner, value_refs, value_refs_count: 1, ..*desc };
        desc
    }

    /// Adds a constraint to the last type.
    fn constrain(&mut self, constraint: Constraint) {
        let at = self.constraints.len() as u32;
        self.constraints.push(constraint);
        let desc = self.types.last_mut().expect("a type");
        (desc.constraints, desc.constraints_count) = (at, 1);
    }

    /// A struct whose fields stand one after the other, each in whole words.
    fn add_struct(&mut self, name: &str, rows: &[Row]) -> &mut Desc {
        let (name, name_len) = self.name(name);
        let first = self.fields.len() as u32;
        let mut offset = 8;
        let mut refs = Vec::new();
        for &(field, ty, default) in rows {
            let (at, len) = self.name(&format!("\"{field}\":"));
            self.fields.push(Field {
                name: at + 1,
                name_len: len - 3,
                ty,
                offset,
                default,
                default_ty: untested(ty),
                ..Field::default()
            });
            let desc = self.types[ty as usize];
            refs.extend((desc.value_refs_count > 0).then_some(offset));
            offset += desc.size.next_multiple_of(8);
        }
        let mut order: Vec<u32> = (0..rows.len() as u32).collect();
        order.sort_by_key(|&at| rows[at as usize].0);
        let sorted = self.offsets(&order);
        let object_refs = self.offsets(&refs);
        let message_field = rows.iter().position(|row| row.0 == "message").map_or(NO_FIELD, |at| at as u32);
        let desc = self.add_object(Kind::Struct, 0);
        *desc = Desc {
            name,
            name_len,
            first,
            count: rows.len() as u32,
            object_size: offset,
            object_refs,
            object_refs_count: refs.len() as u32,
            message_field,
            sorted,
            ..*desc
        };
        desc
    }
}
