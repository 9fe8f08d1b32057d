//! Bodies however they are cut into pieces: the same bytes come out, or the limit holds.

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use futures_util::FutureExt;
use http_body::Frame;
use http_body_util::StreamBody;
use proptest::prelude::*;

use super::*;

/// Reads a body that comes in pieces of these lengths, the last of which repeats.
fn read_in_pieces(body: &[u8], lengths: &[usize], coding: Coding, most: u64) -> Result<Bytes, Fault> {
    let mut rest = body;
    let mut pieces = Vec::new();
    let mut lengths = lengths.iter().copied();
    let mut length = 1;
    while !rest.is_empty() {
        length = lengths.next().unwrap_or(length).max(1);
        let (piece, after) = rest.split_at(length.min(rest.len()));
        pieces.push(Ok(Frame::data(Bytes::copy_from_slice(piece))));
        rest = after;
    }
    let body = StreamBody::new(futures_util::stream::iter(pieces));
    read(body, coding, most).now_or_never().unwrap()
}

fn packed(data: &[u8], how: u8) -> (Vec<u8>, Coding) {
    let level = Compression::new(u32::from(how) % 10);
    match how % 4 {
        0 => (data.to_vec(), Coding::Identity),
        1 => {
            let mut encoder = GzEncoder::new(Vec::new(), level);
            encoder.write_all(data).unwrap();
            (encoder.finish().unwrap(), Coding::Gzip)
        }
        2 => {
            let mut encoder = ZlibEncoder::new(Vec::new(), level);
            encoder.write_all(data).unwrap();
            (encoder.finish().unwrap(), Coding::Deflate)
        }
        _ => {
            let mut encoder = DeflateEncoder::new(Vec::new(), level);
            encoder.write_all(data).unwrap();
            (encoder.finish().unwrap(), Coding::Deflate)
        }
    }
}

#[test]
fn the_limit_counts_the_wire_too() {
    let too_large = |body: &[u8], coding, most| {
        assert_eq!(read_in_pieces(body, &[4096], coding, most).unwrap_err().code, codes::RESPONSE_LIMIT);
    };
    too_large(b"12345", Coding::Identity, 4);
    // Empty parts unpack to nothing, as many as there are.
    let (nothing, _) = packed(b"", 1);
    assert_eq!(read_in_pieces(&nothing.repeat(1000), &[4096], Coding::Gzip, 1 << 20).unwrap().len(), 0);
    too_large(&nothing.repeat(1000), Coding::Gzip, 10_000);
}

proptest! {
    #[test]
    fn a_body_comes_out_whole_or_is_too_large(
        data in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..4000),
            (any::<u8>(), 0_usize..200_000).prop_map(|(byte, length)| vec![byte; length]),
        ],
        lengths in prop::collection::vec(1_usize..700, 1..6),
        how in any::<u8>(),
        most in 0_u64..200_000,
    ) {
        let (body, coding) = packed(&data, how);
        let fits = data.len() as u64 <= most && body.len() as u64 <= most;
        match read_in_pieces(&body, &lengths, coding, most) {
            Ok(read) => prop_assert!(fits && read == data),
            Err(fault) => {
                prop_assert_eq!(fault.code, codes::RESPONSE_LIMIT);
                prop_assert!(!fits, "{} bytes as {} within {most}", data.len(), body.len());
            }
        }
    }

    #[test]
    fn a_body_cut_short_is_never_taken_for_whole(
        data in prop::collection::vec(any::<u8>(), 1..2000),
        how in prop_oneof![Just(1_u8), Just(2)],
        cut in any::<prop::sample::Index>(),
    ) {
        let (body, coding) = packed(&data, how);
        let body = &body[..cut.index(body.len() - 1) + 1];
        let (shorter, _) = body.split_at(body.len() - 1);
        if !shorter.is_empty() {
            let fault = read_in_pieces(shorter, &[64], coding, 1 << 20).unwrap_err();
            prop_assert_eq!(fault.code, codes::RESPONSE_SYNTAX);
        }
    }

    #[test]
    fn noise_never_panics_nor_grows(
        noise in prop::collection::vec(any::<u8>(), 0..2000),
        lengths in prop::collection::vec(1_usize..700, 1..6),
        coding in prop_oneof![Just(Coding::Gzip), Just(Coding::Deflate)],
    ) {
        if let Ok(read) = read_in_pieces(&noise, &lengths, coding, 5000) {
            prop_assert!(read.len() <= 5000);
        }
    }
}
