//! Encodings and packings, in pieces of any size.

use proptest::prelude::*;

use super::*;

const MOST: u64 = 1 << 20;

fn read(bytes: &[u8], encoding: Option<&str>) -> Result<Vec<u8>, Fault> {
    let input = Input::Stream(Box::new(Cursor::new(bytes.to_vec())));
    let mut opened = open(input, encoding, MOST, &Checkpoint::default())?;
    let mut text = Vec::new();
    opened.text.read_to_end(&mut text).map_err(|error| unreadable(&error))?;
    Ok(text)
}

fn utf_16(text: &str, is_little: bool) -> Vec<u8> {
    let bytes = |unit: u16| if is_little { unit.to_le_bytes() } else { unit.to_be_bytes() };
    text.encode_utf16().flat_map(bytes).collect()
}

#[track_caller]
fn check(bytes: &[u8], encoding: Option<&str>, expected: &[u8]) {
    assert_eq!(read(bytes, encoding).unwrap(), expected, "{encoding:?}");
}

#[test]
fn a_mark_says_the_encoding_else_its_name_else_it_is_utf_8() {
    let text = "naïve €";
    check(text.as_bytes(), None, text.as_bytes());
    check(&[b"\xef\xbb\xbf", text.as_bytes()].concat(), Some("windows-1252"), text.as_bytes());
    check(&[b"\xff\xfe".to_vec(), utf_16(text, true)].concat(), None, text.as_bytes());
    check(&[b"\xfe\xff".to_vec(), utf_16(text, false)].concat(), Some("utf-16"), text.as_bytes());
    check(&utf_16(text, true), Some("UTF-16LE"), text.as_bytes());
    check(b"na\xefve \x80", Some("windows-1252"), text.as_bytes());
    check(b"na\xefve \xa4", Some("iso-8859-15"), text.as_bytes());
    check(b"", None, b"");
    check(b"\xef\xbb\xbf", None, b"");
}

#[test]
fn what_an_encoding_cannot_read_is_marked() {
    check(b"a\xffb", None, b"a\xffb");
    check(&[utf_16("a", true), vec![0x00, 0xd8], utf_16("b", true)].concat(), Some("utf-16le"), b"a\xffb");
    check(b"a\x81", Some("shift_jis"), b"a\xff");
}

#[test]
fn what_cannot_be_is_refused() {
    assert_eq!(read(b"", Some("utf-9")).unwrap_err().message, "there is no encoding `utf-9`");
    assert_eq!(read(b"\xff\xfe\0\0a\0\0\0", None).unwrap_err().message, "the input is UTF-32");
    assert_eq!(read(b"\x1f\x8b\x08", None).unwrap_err().message, "the packed input is cut off");
}

proptest! {
    #[test]
    fn any_text_comes_through_any_encoding_that_has_it(text in "[a-zäöü€\u{10400}\n]{0,300}", size in 1_usize..9) {
        let runs = [
            (text.as_bytes().to_vec(), "utf-8"),
            (utf_16(&text, true), "utf-16le"),
            (utf_16(&text, false), "utf-16be"),
            (encoding_rs::GB18030.encode(&text).0.into_owned(), "gb18030"),
        ];
        for (bytes, encoding) in runs {
            let input = Input::Stream(Box::new(Small { bytes: Cursor::new(bytes), size }));
            let mut opened = open(input, Some(encoding), MOST, &Checkpoint::default()).unwrap();
            let mut found = String::new();
            opened.text.read_to_string(&mut found).unwrap();
            prop_assert_eq!(&found, &text);
        }
    }
}

/// Gives a few bytes at a time.
struct Small {
    bytes: Cursor<Vec<u8>>,
    size: usize,
}

impl Read for Small {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let size = self.size.min(buffer.len());
        self.bytes.read(&mut buffer[..size])
    }
}
