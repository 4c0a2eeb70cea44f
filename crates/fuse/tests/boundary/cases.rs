//! The form of the tables: a kind of type, what it accepts, and what it answers to everything else.

/// A type with its cases.
pub struct Kind {
    /// As written in a program.
    pub ty: String,
    /// The cases, in the order in which they are listed.
    pub cases: Vec<Case>,
}

/// One value on its way into the program.
pub struct Case {
    pub input: Input,
    pub expected: Expected,
}

/// What arrives.
pub enum Input {
    /// Text of a variable, an entry of the configuration file, a flag.
    Text(String),
    /// JSON: the field `v` of an object that a structured variable, entry or flag holds, or that the program decodes.
    Json(String),
}

/// What becomes of it.
pub enum Expected {
    /// A value, which the program encodes as this JSON.
    Value(String),
    /// The entries of a validation error.
    Problems(Vec<Problem>),
}

/// An entry; its path begins below the value's own.
pub struct Problem {
    pub path: String,
    pub code: &'static str,
    pub message: String,
    /// What follows the message if the value was dynamic: `, got <Kind>`.
    pub got: String,
}

/// Starts the table of a type.
pub fn kind(ty: &str) -> Kind {
    Kind { ty: ty.to_owned(), cases: Vec::new() }
}

impl Kind {
    fn case(mut self, input: Input, expected: Expected) -> Kind {
        self.cases.push(Case { input, expected });
        self
    }

    /// Text that is accepted, and the JSON of its value.
    pub fn text(self, text: &str, value: &str) -> Kind {
        self.case(Input::Text(text.to_owned()), Expected::Value(value.to_owned()))
    }

    /// JSON that is accepted, and the JSON of its value.
    pub fn json(self, json: &str, value: &str) -> Kind {
        self.case(Input::Json(json.to_owned()), Expected::Value(value.to_owned()))
    }

    /// JSON that is accepted and encoded as it was.
    pub fn same(self, json: &str) -> Kind {
        self.json(json, json)
    }

    /// Text with its problems.
    pub fn bad_text(self, text: &str, problems: impl Into<Vec<Problem>>) -> Kind {
        self.case(Input::Text(text.to_owned()), Expected::Problems(problems.into()))
    }

    /// JSON with its problems.
    pub fn bad_json(self, json: &str, problems: impl Into<Vec<Problem>>) -> Kind {
        self.case(Input::Json(json.to_owned()), Expected::Problems(problems.into()))
    }

    /// JSON of a kind that the type does not have: one entry at the value itself.
    pub fn mismatch(self, json: &str, got: &str) -> Kind {
        let expected = self.ty.trim_end_matches('?').to_owned();
        self.mismatch_as(json, &expected, got)
    }

    /// As [`Kind::mismatch`], with what the message calls the type.
    pub fn mismatch_as(self, json: &str, expected: &str, got: &str) -> Kind {
        let problem = mismatch("", expected, got);
        self.bad_json(json, [problem])
    }

    /// Text and JSON string that fail in the same way.
    pub fn bad_string(self, text: &str, code: &'static str, message: &str) -> Kind {
        let json = quoted(text);
        self.bad_text(text, [problem("", code, message)]).bad_json(&json, [problem("", code, message)])
    }

    /// Text and JSON string that are accepted and encoded as they were.
    pub fn string(self, text: &str) -> Kind {
        let json = quoted(text);
        self.text(text, &json).same(&json)
    }
}

/// An entry that is the same for dynamic values.
pub fn problem(path: &str, code: &'static str, message: &str) -> Problem {
    Problem { path: path.to_owned(), code, message: message.to_owned(), got: String::new() }
}

/// An entry about text that does not convert or a constraint that is not met.
pub fn invalid(path: &str, message: &str) -> Problem {
    problem(path, "invalid_value", message)
}

/// An entry about a value of the wrong kind.
pub fn mismatch(path: &str, expected: &str, got: &str) -> Problem {
    Problem { got: format!(", got {got}"), ..problem(path, "type_mismatch", &format!("expected {expected}")) }
}

/// An entry about a field that is not there.
pub fn missing(path: &str) -> Problem {
    problem(path, "missing_field", "missing field")
}

/// An entry about a key that is no field.
pub fn unknown(path: &str) -> Problem {
    problem(path, "unknown_field", "unknown field")
}

/// A JSON string as the runtime writes it.
pub fn quoted(text: &str) -> String {
    let mut json = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => json.extend(['\\', c]),
            '\n' => json.push_str("\\n"),
            '\r' => json.push_str("\\r"),
            '\t' => json.push_str("\\t"),
            '\u{8}' => json.push_str("\\b"),
            '\u{c}' => json.push_str("\\f"),
            c if c < ' ' => json.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => json.push(c),
        }
    }
    json + "\""
}
