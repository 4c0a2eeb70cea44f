//! Programs that several checks build.

/// Prints many lines.
pub const MANY_LINES: &str = "app \"many\":\n  for line in 1..100000:\n    print(line)\n";

/// Several sources with words that must not reach an executable.
pub const MARKED: &str = "\
# comment-marker-5d2f
type MarkerType9c1e:
  marker_field_3b7a: Int

fn marker_function_6e0d(marker_parameter_2f4c: Int) -> Int:
  let marker_local_8a5b = MarkerType9c1e(marker_field_3b7a=marker_parameter_2f4c)
  return marker_local_8a5b.marker_field_3b7a + 1

app \"marked\":
  print(marker_function_6e0d(2))
";

/// What of them is the program's source and nothing it prints.
pub const MARKS: [&str; 3] = ["comment-marker-5d2f", "marker_parameter_2f4c", "marker_local_8a5b"];

/// A program with so many types and functions, all of which it reaches; their values are decoded, tested, encoded and printed.
pub fn with_types(count: usize) -> String {
    use std::fmt::Write as _;
    let mut text = String::from("fn small(n: Int) -> Bool:\n  return n < 10000\n\n");
    for number in 0..count {
        let _ = writeln!(
            text,
            "type T{number}:\n  a: Int(0..9999, predicate(small))\n  b: List<String> = [\"t{number}\"]\n  c: Map<String, Float>?\n\n\
             fn f{number}(text: String) -> Int:\n  let t: T{number} = json.decode(text)\n  print(json.encode(t))\n  return t.a\n"
        );
    }
    text += "app \"types\":\n  let text = env(\"NEVER\") ?? \"\"\n  if text != \"\":\n";
    for number in 0..count {
        let _ = writeln!(text, "    print(f{number}(text))");
    }
    text + "  print(\"ready\")\n"
}
