//! Reads an answer's body up to a limit, unpacking it on the way. The limit holds for the bytes on the
//! wire and for the unpacked ones, so a small body cannot grow large.

use std::io::{self, Write};

use bytes::{Bytes, BytesMut};
use flate2::write::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use http::header::{CONTENT_ENCODING, HeaderMap};
use http_body::Body;
use http_body_util::BodyExt;
use nave_model::Fault;
use nave_model::fault::codes;

use super::failure;

/// How a body is packed (RFC 9110 section 8.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    /// Not at all.
    Identity,
    /// `gzip`.
    Gzip,
    /// `deflate`: zlib by the standard, bare deflate from some servers.
    Deflate,
}

impl Coding {
    /// The coding an answer declares.
    ///
    /// # Errors
    /// `E-RESPONSE-SYNTAX`: one that was not asked for and cannot be unpacked.
    pub(super) fn of(headers: &HeaderMap) -> Result<Coding, Fault> {
        let mut coding = Coding::Identity;
        for value in headers.get_all(CONTENT_ENCODING) {
            let value = value.to_str().unwrap_or("(not a text)");
            for name in value.split(',').map(|name| name.trim().to_ascii_lowercase()) {
                coding = match (name.as_str(), coding) {
                    ("" | "identity", before) => before,
                    ("gzip" | "x-gzip", Coding::Identity) => Coding::Gzip,
                    ("deflate", Coding::Identity) => Coding::Deflate,
                    _ => {
                        return Err(syntax(format!(
                            "the answer is packed as `{value}`, which was not asked for"
                        )));
                    }
                };
            }
        }
        Ok(coding)
    }
}

/// Reads and unpacks a whole body of at most `most` bytes.
///
/// # Errors
/// `E-RESPONSE-LIMIT`, `E-RESPONSE-SYNTAX` for a broken packing, `E-CONNECTION-LOST`.
pub(super) async fn read<B>(mut body: B, coding: Coding, most: u64) -> Result<Bytes, Fault>
where
    B: Body<Data = Bytes, Error = hyper::Error> + Unpin,
{
    let declared = body.size_hint().exact();
    if declared.is_some_and(|declared| declared > most) {
        return Err(too_large(most));
    }
    let mut first = Bytes::new();
    let mut unpacker = None;
    let mut on_the_wire: u64 = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| failure::in_answer(&error))?;
        let Ok(data) = frame.into_data() else { continue };
        on_the_wire = on_the_wire.saturating_add(data.len() as u64);
        if on_the_wire > most {
            return Err(too_large(most));
        }
        match &mut unpacker {
            Some(unpacker) => Unpacker::write(unpacker, &data, most)?,
            // Most answers come in one piece, which needs no copy. A packed one shows its form with its
            // second byte.
            None if first.is_empty() && (coding == Coding::Identity || data.len() < 2) => first = data,
            None => unpacker = Some(Unpacker::begin(coding, &first, &data, most)?),
        }
    }
    match unpacker {
        Some(unpacker) => unpacker.finish(most),
        None if coding == Coding::Identity || first.is_empty() => Ok(first),
        None => Unpacker::begin(coding, &first, &[], most)?.finish(most),
    }
}

/// Takes packed bytes, holds unpacked ones.
enum Unpacker {
    Identity(Room),
    Gzip(Box<MultiGzDecoder<Room>>),
    Zlib(Box<ZlibDecoder<Room>>),
    Deflate(Box<DeflateDecoder<Room>>),
}

impl Unpacker {
    /// Begins with the body's first bytes, which tell zlib from bare deflate.
    #[expect(clippy::disallowed_methods, reason = "this is the capped decoder itself")]
    fn begin(coding: Coding, first: &[u8], second: &[u8], most: u64) -> Result<Self, Fault> {
        let bytes = BytesMut::with_capacity(first.len().saturating_add(second.len()).saturating_mul(2));
        let room = Room { bytes, most, full: false };
        let mut beginning = first.iter().chain(second).copied();
        let mut unpacker = match coding {
            Coding::Identity => Unpacker::Identity(room),
            Coding::Gzip => Unpacker::Gzip(Box::new(MultiGzDecoder::new(room))),
            // RFC 1950 section 2.2: method 8, and the two bytes together a multiple of 31.
            Coding::Deflate => match (beginning.next(), beginning.next()) {
                (Some(method), Some(check))
                    if method & 0x0f == 8 && (u16::from(method) * 256 + u16::from(check)) % 31 == 0 =>
                {
                    Unpacker::Zlib(Box::new(ZlibDecoder::new(room)))
                }
                _ => Unpacker::Deflate(Box::new(DeflateDecoder::new(room))),
            },
        };
        unpacker.write(first, most)?;
        unpacker.write(second, most)?;
        Ok(unpacker)
    }

    fn write(&mut self, data: &[u8], most: u64) -> Result<(), Fault> {
        let written = match self {
            Unpacker::Identity(room) => room.write_all(data),
            Unpacker::Gzip(decoder) => decoder.write_all(data),
            Unpacker::Zlib(decoder) => decoder.write_all(data),
            Unpacker::Deflate(decoder) => decoder.write_all(data),
        };
        let full = match self {
            Unpacker::Identity(room) => room.full,
            Unpacker::Gzip(decoder) => decoder.get_ref().full,
            Unpacker::Zlib(decoder) => decoder.get_ref().full,
            Unpacker::Deflate(decoder) => decoder.get_ref().full,
        };
        written.map_err(|error| if full { too_large(most) } else { broken(&error) })
    }

    fn finish(self, most: u64) -> Result<Bytes, Fault> {
        let room = match self {
            Unpacker::Identity(room) => Ok(room),
            Unpacker::Gzip(decoder) => decoder.finish(),
            Unpacker::Zlib(decoder) => decoder.finish(),
            Unpacker::Deflate(decoder) => decoder.finish(),
        };
        match room {
            Ok(room) if room.full => Err(too_large(most)),
            Ok(room) => Ok(room.bytes.freeze()),
            Err(error) if error.kind() == io::ErrorKind::StorageFull => Err(too_large(most)),
            Err(error) => Err(broken(&error)),
        }
    }
}

/// Bytes that refuse to grow past a limit.
struct Room {
    bytes: BytesMut,
    most: u64,
    full: bool,
}

impl Write for Room {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        if (self.bytes.len() as u64).saturating_add(data.len() as u64) > self.most {
            self.full = true;
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.bytes.extend_from_slice(data);
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn too_large(most: u64) -> Fault {
    Fault::new(codes::RESPONSE_LIMIT, format!("the answer is larger than {most} bytes"))
        .with_hint("ask for less at once, or raise `limits.response_bytes` of the connection")
}

fn syntax(message: impl Into<String>) -> Fault {
    Fault::new(codes::RESPONSE_SYNTAX, message)
}

fn broken(error: &io::Error) -> Fault {
    syntax("the answer's compressed body is broken or ends early").with_detail(error.to_string())
}

#[cfg(test)]
mod tests;
