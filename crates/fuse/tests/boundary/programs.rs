//! Programs that read many cases at once, and what they must answer.

use std::fmt::Write as _;

use crate::cases::{Case, Expected, Input, Kind, Problem, quoted};
use crate::structured::DECLARATIONS;

/// Cases of one program: either all are accepted or none is, since the problems of all are one error.
pub struct Batch<'a> {
    cases: Vec<(&'a Kind, &'a Case)>,
}

/// Where a value comes from, as far as entries tell.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// `Case.<name>`, decoded with its type in hand.
    Config,
    /// `<name>`, likewise.
    Flags,
    /// `return`, converted from a dynamic value.
    Dynamic,
}

impl<'a> Batch<'a> {
    /// Divides the cases of tables that the source can hold so that each program's error is below the limits of entries and of a line.
    pub fn of(kinds: &'a [Kind], source: Source) -> Vec<Batch<'a>> {
        let cases = || kinds.iter().flat_map(|kind| kind.cases.iter().map(move |case| (kind, case)));
        let readable =
            cases().filter(|(_, case)| source != Source::Dynamic || matches!(case.input, Input::Json(_)));
        let (accepted, refused): (Vec<_>, Vec<_>) =
            readable.partition(|(_, case)| matches!(case.expected, Expected::Value(_)));
        let batches = accepted.chunks(80).chain(refused.chunks(35));
        batches.map(|cases| Batch { cases: cases.to_vec() }).collect()
    }

    /// Whether all are accepted.
    pub fn accepted(&self) -> bool {
        matches!(self.cases[0].1.expected, Expected::Value(_))
    }

    /// What arrives, by name.
    pub fn inputs(&self) -> impl Iterator<Item = (String, String)> {
        self.cases.iter().enumerate().map(|(number, (_, case))| {
            let text = match &case.input {
                Input::Text(text) => text.clone(),
                Input::Json(json) => format!("{{\"v\":{json}}}"),
            };
            (format!("c{number}"), text)
        })
    }

    /// A program whose configuration holds the cases.
    pub fn config(&self) -> String {
        let mut program = self.declarations();
        program.push_str("config Case:\n");
        for (number, ty) in self.types() {
            let _ = writeln!(program, "  c{number}: {ty} = json.decode(\"null\")");
        }
        program.push_str("\napp \"cases\":\n");
        for (number, _) in self.types() {
            let _ = writeln!(program, "  print(json.encode(Case.c{number}))");
        }
        program
    }

    /// A program whose arguments hold them.
    pub fn main(&self) -> String {
        let parameters: Vec<_> = self.types().map(|(number, ty)| format!("  c{number}: {ty}")).collect();
        let mut program = self.declarations();
        let _ = writeln!(program, "fn main(\n{}\n):", parameters.join(",\n"));
        for (number, _) in self.types() {
            let _ = writeln!(program, "  print(json.encode(c{number}))");
        }
        program + "\napp \"cases\":\n  print(\"no arguments\")\n"
    }

    /// A program that decodes them from its environment and says what it got of each.
    pub fn decode(&self) -> String {
        let mut program = format!("import {{ Validation }} from \"std.Error\"\n{}", self.declarations());
        for (number, ty) in self.types() {
            let _ = writeln!(
                program,
                "fn decode{number}() -> {ty}!Validation:\n  return json.decode(env(\"c{number}\") ?? \"\")\n"
            );
        }
        program.push_str(
            "fn show(error: Validation):\n  for field in error.fields:\n    print(json.encode(field))\n\n",
        );
        program.push_str("app \"cases\":\n");
        for (number, _) in self.types() {
            let _ = writeln!(
                program,
                "  match decode{number}():\n    Ok(value) -> print(json.encode(value))\n    Err(error) -> show(error)"
            );
        }
        program
    }

    /// What a program prints that accepts all of them, a line for each.
    pub fn values(&self) -> String {
        self.cases.iter().map(|(_, case)| value(case) + "\n").collect()
    }

    /// The text of the error that names the problems of all of them.
    pub fn error(&self, source: Source) -> String {
        let fields: Vec<_> = (0..self.cases.len()).flat_map(|number| self.entries(number, source)).collect();
        assert!(fields.len() <= 100, "more entries than are reported");
        let fields = fields.join(",");
        format!(
            "{{\"error\":{{\"code\":\"validation_error\",\"fields\":[{fields}],\"message\":\"validation failed\"}}}}"
        )
    }

    /// What the program of [`Batch::decode`] prints: values and entries, a line for each.
    pub fn decoded(&self) -> String {
        let mut lines = String::new();
        for (number, (_, case)) in self.cases.iter().enumerate() {
            match &case.expected {
                Expected::Value(_) => lines += &(value(case) + "\n"),
                Expected::Problems(_) => {
                    lines.extend(self.entries(number, Source::Dynamic).map(|entry| entry + "\n"));
                }
            }
        }
        lines
    }

    /// The entries of a case as JSON.
    fn entries(&self, number: usize, source: Source) -> impl Iterator<Item = String> {
        let case = self.cases[number].1;
        let start = match source {
            Source::Config => format!("Case.c{number}"),
            Source::Flags => format!("c{number}"),
            Source::Dynamic => "return".to_owned(),
        };
        let below = if matches!(case.input, Input::Json(_)) { ".v" } else { "" };
        let problems: &[Problem] = match &case.expected {
            Expected::Problems(problems) => problems,
            Expected::Value(_) => &[],
        };
        problems.iter().map(move |Problem { path, code, message, got }| {
            let got = if source == Source::Dynamic { got } else { "" };
            let (path, message) =
                (quoted(&format!("{start}{below}{path}")), quoted(&format!("{message}{got}")));
            format!("{{\"code\":\"{code}\",\"message\":{message},\"path\":{path}}}")
        })
    }

    fn types(&self) -> impl Iterator<Item = (usize, String)> {
        self.cases.iter().enumerate().map(|(number, (kind, case))| match case.input {
            Input::Text(_) => (number, kind.ty.clone()),
            Input::Json(_) => (number, format!("Held{number}")),
        })
    }

    fn declarations(&self) -> String {
        let mut declarations = DECLARATIONS.to_owned();
        for (number, (kind, case)) in self.cases.iter().enumerate() {
            if matches!(case.input, Input::Json(_)) {
                let _ = write!(declarations, "\ntype Held{number}:\n  v: {}\n", kind.ty);
            }
        }
        declarations + "\n"
    }
}

fn value(case: &Case) -> String {
    match (&case.expected, &case.input) {
        (Expected::Value(json), Input::Text(_)) => json.clone(),
        (Expected::Value(json), Input::Json(_)) => format!("{{\"v\":{json}}}"),
        (Expected::Problems(_), _) => String::new(),
    }
}
