//! Opens an input: unpacks it, turns it into UTF-8, and goes to where a batch stopped, after a look at
//! whether it is the same input still.
//!
//! What an encoding cannot read becomes a byte that UTF-8 never has, so that one check per record finds it,
//! whatever the encoding.

use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::sync::{Arc, Mutex, PoisonError};

use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8};
use nave_call::transport::gunzip;
use nave_model::Fault;

use super::checkpoint::{Checkpoint, HEAD, digest};
use super::reader::{BUFFER, unreadable};
use super::{Input, invalid};

/// The byte that stands for what cannot be read. No UTF-8 has it (RFC 3629 section 1).
const UNREADABLE: u8 = 0xff;

/// An input, open.
pub(super) struct Opened {
    /// Its text as UTF-8, from the checkpoint on.
    pub(super) text: Box<dyn Read + Send>,
    pub(super) head: Head,
}

/// The beginning of the input, as far as it was read.
#[derive(Debug, Clone, Default)]
pub(super) struct Head(Arc<Mutex<Vec<u8>>>);

impl Head {
    /// Length and digest of the beginning up to an offset.
    pub(super) fn up_to(&self, offset: u64) -> (u64, String) {
        let beginning = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let length = usize::try_from(offset.min(HEAD)).unwrap_or(usize::MAX).min(beginning.len());
        let digest = beginning.get(..length).map(digest).unwrap_or_default();
        (length as u64, digest)
    }
}

/// Keeps the beginning of what is read through it.
struct Headed<R> {
    inner: R,
    head: Head,
    left: u64,
}

impl<R: Read> Read for Headed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        if self.left > 0 {
            let kept = usize::try_from(self.left).unwrap_or(usize::MAX).min(read);
            let mut head = self.head.0.lock().unwrap_or_else(PoisonError::into_inner);
            head.extend_from_slice(buffer.get(..kept).unwrap_or_default());
            self.left = self.left.saturating_sub(kept as u64);
        }
        Ok(read)
    }
}

/// Opens an input behind a checkpoint.
///
/// # Errors
/// It cannot be opened or read, its encoding is not known, or it is not the input that the checkpoint is of.
pub(super) fn open(
    input: Input,
    encoding: Option<&str>,
    most_unpacked: u64,
    from: &Checkpoint,
) -> Result<Opened, Fault> {
    let named = encoding.map(named).transpose()?;
    let (raw, file): (Box<dyn Read + Send>, Option<File>) = match input {
        Input::Stream(stream) => (stream, None),
        Input::File(path) => {
            let open = File::open(&path).and_then(|file| Ok((file.try_clone()?, file)));
            let (file, same) =
                open.map_err(|error| invalid(format!("`{}` cannot be opened: {error}", path.display())))?;
            (Box::new(file), Some(same))
        }
    };
    let (first, raw) = peeked(raw)?;
    let is_packed = first.starts_with(&[0x1f, 0x8b]);
    let raw: Box<dyn Read + Send> =
        if is_packed { Box::new(gunzip(raw, most_unpacked)) } else { Box::new(raw) };
    let (first, mut raw) = peeked(raw)?;
    if matches!(first.as_slice(), [0xff, 0xfe, 0, 0] | [0, 0, 0xfe, 0xff]) {
        return Err(invalid("the input is UTF-32").with_hint("convert it to UTF-8"));
    }
    let marked = Encoding::for_bom(&first);
    let (encoding, mark) = marked.unwrap_or_else(|| (named.unwrap_or(UTF_8), 0));
    raw.read_exact(&mut vec![0; mark]).map_err(|error| unreadable(&error))?;
    let seekable = file.filter(|_| !is_packed && encoding == UTF_8);
    let text: Box<dyn Read + Send> = if encoding == UTF_8 {
        Box::new(raw)
    } else {
        Box::new(Decoded::new(raw, encoding.new_decoder_without_bom_handling()))
    };
    let head = Head::default();
    let mut text = Headed { inner: text, head: head.clone(), left: HEAD };
    go_to(&mut text, from, seekable, mark as u64)?;
    Ok(Opened { text: Box::new(text), head })
}

fn named(label: &str) -> Result<&'static Encoding, Fault> {
    Encoding::for_label_no_replacement(label.as_bytes()).ok_or_else(|| {
        invalid(format!("there is no encoding `{label}`"))
            .with_hint("names are those of the web: `utf-8`, `utf-16le`, `windows-1252`, `shift_jis`")
    })
}

/// Goes to where a batch stopped.
fn go_to(
    text: &mut Headed<Box<dyn Read + Send>>,
    from: &Checkpoint,
    seekable: Option<File>,
    mark: u64,
) -> Result<(), Fault> {
    let head = from.offset.min(HEAD);
    skip(text, head)?;
    let (length, digest) = text.head.up_to(from.head_length);
    if from.head_length > 0 && (length, digest.as_str()) != (from.head_length, from.head_sha256.as_str()) {
        return Err(other_input("its beginning is another one"));
    }
    match seekable {
        Some(mut file) if from.offset > head => {
            let length = file.metadata().map_err(|error| unreadable(&error))?.len();
            let target = from.offset.saturating_add(mark);
            if target > length {
                return Err(other_input("it is shorter than what was read of it"));
            }
            // Both handles move the same position.
            file.seek(SeekFrom::Start(target)).map(drop).map_err(|error| unreadable(&error))
        }
        _ => skip(text, from.offset - head),
    }
}

fn skip(text: &mut impl Read, bytes: u64) -> Result<(), Fault> {
    let skipped = io::copy(&mut text.by_ref().take(bytes), &mut io::sink());
    match skipped.map_err(|error| unreadable(&error))? {
        skipped if skipped == bytes => Ok(()),
        _ => Err(other_input("it is shorter than what was read of it")),
    }
}

fn other_input(why: &str) -> Fault {
    invalid(format!("this is not the input that the batch began with: {why}"))
        .with_hint("give it a new id, or the input it began with")
}

/// The first four bytes, and the whole with them.
fn peeked(mut raw: Box<dyn Read + Send>) -> Result<(Vec<u8>, Box<dyn Read + Send>), Fault> {
    let mut first = Vec::with_capacity(4);
    raw.by_ref().take(4).read_to_end(&mut first).map_err(|error| unreadable(&error))?;
    Ok((first.clone(), Box::new(Cursor::new(first).chain(raw))))
}

/// Turns bytes of an encoding into UTF-8.
struct Decoded<R> {
    inner: R,
    decoder: Decoder,
    raw: Vec<u8>,
    /// What of `raw` was not decoded yet.
    raw_left: std::ops::Range<usize>,
    text: Vec<u8>,
    text_left: std::ops::Range<usize>,
    is_over: bool,
}

impl<R: Read> Decoded<R> {
    fn new(inner: R, decoder: Decoder) -> Self {
        let (raw, text) = (vec![0; BUFFER], vec![0; BUFFER]);
        Decoded { inner, decoder, raw, raw_left: 0..0, text, text_left: 0..0, is_over: false }
    }

    /// Decodes some more; `false` at the end.
    fn more(&mut self) -> io::Result<bool> {
        if self.is_over {
            return Ok(false);
        }
        if self.raw_left.is_empty() {
            self.raw_left = 0..self.inner.read(&mut self.raw)?;
        }
        let is_last = self.raw_left.is_empty();
        // Room for the mark of what cannot be read.
        let most = self.text.len() - 1;
        let raw = self.raw.get(self.raw_left.clone()).unwrap_or_default();
        let text = self.text.get_mut(..most).unwrap_or_default();
        let (result, read, written) = self.decoder.decode_to_utf8_without_replacement(raw, text, is_last);
        self.raw_left.start += read;
        self.text_left = 0..written;
        match result {
            DecoderResult::InputEmpty => self.is_over = is_last,
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(..) => {
                if let Some(byte) = self.text.get_mut(written) {
                    *byte = UNREADABLE;
                    self.text_left.end += 1;
                }
            }
        }
        Ok(true)
    }
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.text_left.is_empty() {
            if !self.more()? {
                return Ok(0);
            }
        }
        let ready = self.text.get(self.text_left.clone()).unwrap_or_default();
        let length = ready.len().min(buffer.len());
        for (to, from) in buffer.iter_mut().zip(ready) {
            *to = *from;
        }
        self.text_left.start += length;
        Ok(length)
    }
}

#[cfg(test)]
mod tests;
