//! Pairs of sources: as written, and formatted. And the small rules one by one.

use std::path::Path;

use fuse_diagnostics::{FileId, codes};
use fuse_format::format;

fn formatted(source: &str) -> String {
    format(source, FileId(0)).unwrap_or_else(|errors| panic!("{source:?}: {errors:#?}"))
}

#[test]
fn pairs() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut pairs = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let Some(name) = name.strip_suffix(".formatted.fuse") else { continue };
        let read = |path: &Path| std::fs::read_to_string(path).unwrap();
        let (source, expected) = (read(&folder.join(format!("{name}.fuse"))), read(&path));
        let found = formatted(&source);
        assert_eq!(found, expected, "{name}");
        assert_ne!(source, expected, "{name} shows something");
        assert_eq!(formatted(&expected), expected, "{name}");
        pairs += 1;
    }
    assert_eq!(pairs, 13);
}

/// Programs that run as written and formatted, with the same output; and one that does not run before.
#[test]
fn programs() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/spec/language");
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    for (written, result) in
        [("09_as_written.fuse", "09_formatted.fuse"), ("09_to_repair.fuse", "09_repaired.fuse")]
    {
        assert_eq!(formatted(&read(written)), read(result), "{written}");
        assert_eq!(formatted(&read(result)), read(result), "{result}");
    }
    assert_eq!(read("09_as_written.expect"), read("09_formatted.expect"));
}

#[test]
fn line_ends_and_the_end_of_the_file() {
    for (source, expected) in [
        ("", ""),
        ("\n", ""),
        (" \r\n\t\n", ""),
        ("# a", "# a\n"),
        ("# a\r\n", "# a\n"),
        ("# a\n\n\n", "# a\n"),
        ("# a \t", "# a\n"),
        ("# a\r", "# a\n"),
        ("# a \r\r\n# b", "# a\n# b\n"),
        ("#\u{a0}\n", "#\u{a0}\n"),
        ("\n\n# a\n\n\n\n# b", "\n# a\n\n# b\n"),
        ("\u{feff}", "\u{feff}"),
        ("\u{feff}\n\n", "\u{feff}"),
        ("\u{feff}\t# a", "\u{feff}  # a\n"),
        // A CR before the LF belongs to the line end in a string too, but only one.
        ("app \"a\":\r\n  print(\"\"\"x \r\n\r\n y\"\"\")", "app \"a\":\n  print(\"\"\"x \n\n y\"\"\")\n"),
        ("app \"a\":\n  print(\"\"\"x\r\r\n\"\"\")\n", "app \"a\":\n  print(\"\"\"x\r\r\n\"\"\")\n"),
    ] {
        assert_eq!(formatted(source), expected, "{source:?}");
        assert_eq!(formatted(expected), expected, "{source:?}");
    }
}

#[test]
fn what_does_not_parse_is_not_formatted() {
    for source in [
        "app \"a\":\n",
        "app \"a\":\n  print(1\n",
        "app \"a\":\n  print('a \\' b')\n",
        "app \"a\":\n  print('a \" b')\n",
        "app \"a\":\n  print('a)\n",
        "app \"a\":\n  print('${')\n",
        "app \"a\":\n  print(\"\"\"a)\n",
        "app \"a\":\n  print(1)\r\r\n",
        "app \"a\":\n  print(1)\r",
        "app \"a\":\n    print(1)\n\tprint(2)\n",
        "\u{a0}app \"a\":\n  print(1)\n",
        "type A: Int\n",
        "type A:\n  b \u{feff}: Int\n",
    ] {
        let errors = format(source, FileId(3)).expect_err(source);
        assert!(!errors.is_empty());
        for error in errors {
            let (start, end) = (error.span.start as usize, error.span.end as usize);
            assert!(source.get(start..end).is_some(), "{source:?}: {error:?}");
            assert_eq!(error.file, Some(FileId(3)));
        }
    }
}

/// Errors are shown where they are in the file, not where they would be in the formatted text; repaired mistakes are none.
#[test]
fn places_of_errors() {
    let source = "\n\n\n\napp 'a' :\n\t\tprint( 'b' )  \n\n\n\t\tlet let = 1\n";
    let errors = format(source, FileId(0)).unwrap_err();
    assert_eq!(errors.len(), 1, "{errors:#?}");
    assert_eq!(errors[0].code, codes::RESERVED_KEYWORD);
    let at = source.find("let = ").unwrap();
    assert_eq!((errors[0].span.start as usize, errors[0].span.end as usize), (at, at + 3));
}
