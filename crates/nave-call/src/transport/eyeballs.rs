//! Opens a TCP connection to the first of several addresses that answers, in the manner of RFC 8305
//! ("happy eyeballs"): the families take turns, and a slow address does not hold up the next.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::net::TcpStream;

use crate::clock::Clock;

/// How long an attempt runs alone before the next one starts beside it (RFC 8305 section 5).
const STAGGER: Duration = Duration::from_millis(250);

/// More addresses than this are not tried: the connect timeout would end first.
const MOST: usize = 16;

/// Connects to one of the addresses, which the guard has already admitted.
///
/// # Errors
/// The last error, when none of them answered.
pub(super) async fn connect(addresses: &[IpAddr], port: u16, clock: &dyn Clock) -> io::Result<TcpStream> {
    let mut attempts = FuturesUnordered::new();
    let mut last = io::Error::new(io::ErrorKind::AddrNotAvailable, "the name has no address");
    for address in interleave(addresses) {
        attempts.push(TcpStream::connect(SocketAddr::new(address, port)));
        tokio::select! {
            Some(result) = attempts.next() => match result {
                Ok(stream) => return ready(stream),
                Err(error) => last = error,
            },
            () = clock.sleep(STAGGER) => {}
        }
    }
    while let Some(result) = attempts.next().await {
        match result {
            Ok(stream) => return ready(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Requests are written whole, so waiting to merge small packets would only delay them.
fn ready(stream: TcpStream) -> io::Result<TcpStream> {
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// The families take turns, beginning with the one the resolver put first.
fn interleave(addresses: &[IpAddr]) -> Vec<IpAddr> {
    let first_is_v6 = addresses.first().is_some_and(IpAddr::is_ipv6);
    let (first, second): (Vec<IpAddr>, Vec<IpAddr>) =
        addresses.iter().partition(|address| address.is_ipv6() == first_is_v6);
    let (mut first, mut second) = (first.into_iter(), second.into_iter());
    let mut ordered = Vec::with_capacity(addresses.len());
    loop {
        let pair = [first.next(), second.next()];
        if pair == [None, None] {
            ordered.truncate(MOST);
            return ordered;
        }
        ordered.extend(pair.into_iter().flatten());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;

    #[track_caller]
    fn check(answered: &str, tried: &str) {
        let read = |text: &str| -> Vec<IpAddr> { text.split(' ').map(|a| a.parse().unwrap()).collect() };
        assert_eq!(interleave(&read(answered)), read(tried));
    }

    #[test]
    fn families_take_turns() {
        check("::1 ::2 1.1.1.1 2.2.2.2", "::1 1.1.1.1 ::2 2.2.2.2");
        check("1.1.1.1 2.2.2.2 ::1", "1.1.1.1 ::1 2.2.2.2");
        check("1.1.1.1", "1.1.1.1");
        assert_eq!(interleave(&[]), Vec::<IpAddr>::new());
    }

    #[tokio::test]
    async fn a_dead_address_does_not_stop_the_next() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let addresses = ["127.0.0.2".parse().unwrap(), "127.0.0.1".parse().unwrap()];
        let stream = connect(&addresses, port, &SystemClock::new()).await.unwrap();
        assert_eq!(stream.peer_addr().unwrap(), listener.local_addr().unwrap());
    }
}
