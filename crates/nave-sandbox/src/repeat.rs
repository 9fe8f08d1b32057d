//! Idempotency keys: the same key with the same request gives the same answer and one effect; with
//! another request it is a conflict (draft-ietf-httpapi-idempotency-key-header).

use indexmap::IndexMap;

use crate::wire::{Reply, Request};

/// Keys remembered; the oldest is forgotten first.
const MOST: usize = 50_000;

/// Answers given before, by key.
#[derive(Debug, Default)]
pub(crate) struct Repeats {
    answered: IndexMap<String, (u64, Reply)>,
}

/// What is known about a key.
pub(crate) enum Known {
    /// Nothing yet.
    New,
    /// The same request was answered like this.
    Answered(Reply),
    /// Another request used it.
    Other,
}

impl Repeats {
    pub(crate) fn look(&self, key: &str, request: &Request) -> Known {
        match self.answered.get(key) {
            None => Known::New,
            Some((digest, reply)) if *digest == fingerprint(request) => Known::Answered(reply.clone()),
            Some(_) => Known::Other,
        }
    }

    pub(crate) fn keep(&mut self, key: String, request: &Request, reply: &Reply) {
        if self.answered.len() >= MOST {
            self.answered.shift_remove_index(0);
        }
        self.answered.insert(key, (fingerprint(request), reply.clone()));
    }
}

/// What makes two requests the same: method, path, query and body. FNV-1a; a stand-in's clients do not
/// forge collisions.
fn fingerprint(request: &Request) -> u64 {
    let parts = [request.method.as_bytes(), request.path.as_bytes(), request.query.as_bytes(), &request.body];
    let bytes = parts.into_iter().flat_map(|part| part.iter().copied().chain([0xff]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_belongs_to_one_request() {
        let request = |body: &'static str| Request { body: body.into(), ..Request::default() };
        let mut repeats = Repeats::default();
        assert!(matches!(repeats.look("k", &request("a")), Known::New));
        repeats.keep("k".into(), &request("a"), &Reply::empty(201));
        assert!(matches!(repeats.look("k", &request("a")), Known::Answered(reply) if reply.status == 201));
        assert!(matches!(repeats.look("k", &request("b")), Known::Other));
        assert!(matches!(repeats.look("other", &request("b")), Known::New));
    }

    #[test]
    fn the_oldest_key_is_forgotten_first() {
        let (mut repeats, request) = (Repeats::default(), Request::default());
        for number in 0..=MOST {
            repeats.keep(number.to_string(), &request, &Reply::empty(200));
        }
        assert!(matches!(repeats.look("0", &request), Known::New));
        assert!(matches!(repeats.look("1", &request), Known::Answered(_)));
    }
}
