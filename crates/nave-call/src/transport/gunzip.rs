//! Unpacks a stream of gzip (RFC 1952) while it is read, up to a limit of unpacked bytes. For files that
//! are read piece by piece; bodies of answers are unpacked in `body.rs`.

use std::io::{self, Read};

use flate2::read::MultiGzDecoder;

/// The bytes that a stream unpacks to.
///
/// Reading fails with `FileTooLarge` once more than `most` bytes have come out, and with `InvalidData` or
/// `UnexpectedEof` where the stream is broken or cut off. Members follow each other as one.
pub fn gunzip(packed: impl Read, most: u64) -> impl Read {
    Capped { inner: decoder(packed), left: most }
}

#[expect(clippy::disallowed_methods, reason = "the one that is read is capped below")]
fn decoder<R: Read>(packed: R) -> MultiGzDecoder<R> {
    MultiGzDecoder::new(packed)
}

struct Capped<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Capped<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        match self.left.checked_sub(read as u64) {
            Some(left) => self.left = left,
            None => {
                return Err(io::Error::new(
                    io::ErrorKind::FileTooLarge,
                    "it unpacks to more than is allowed",
                ));
            }
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn unpacked(bytes: &[u8], most: u64) -> Result<Vec<u8>, io::ErrorKind> {
        let mut all = Vec::new();
        gunzip(bytes, most).read_to_end(&mut all).map_err(|error| error.kind())?;
        Ok(all)
    }

    #[test]
    fn members_are_one_stream() {
        let both = [packed(b"one "), packed(b"two")].concat();
        assert_eq!(unpacked(&both, 7), Ok(b"one two".to_vec()));
    }

    #[test]
    fn more_than_is_allowed_does_not_come_out() {
        let bomb = packed(&vec![0; 1 << 20]);
        assert_eq!(unpacked(&bomb, (1 << 20) - 1), Err(io::ErrorKind::FileTooLarge));
        assert_eq!(unpacked(&bomb, 1 << 20).map(|all| all.len()), Ok(1 << 20));
    }

    #[test]
    fn what_is_cut_off_or_broken_is_an_error() {
        let whole = packed(b"some text");
        assert_eq!(unpacked(&whole[..whole.len() - 3], 100), Err(io::ErrorKind::UnexpectedEof));
        let mut broken = whole;
        let last = broken.len() - 6;
        broken[last] ^= 1;
        assert_eq!(unpacked(&broken, 100), Err(io::ErrorKind::InvalidInput));
        assert!(unpacked(b"no gzip at all", 100).is_err());
    }
}
