//! A disk in memory that keeps apart what was only written and what was synced, and that can lose the former:
//! wholly, or torn into pieces of which any may have arrived. Files and folders are synced each by itself, as
//! POSIX promises and no more: a new name is lost unless its folder was synced. How programs reach it is left
//! to `mount.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};

/// The number of the topmost folder.
pub(crate) const ROOT: u64 = 1;

/// What the file system writes as a whole, at least: nothing smaller is torn.
const PIECE: usize = 4096;

/// Why something was not done; the numbers are those of Linux (errno(3)).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i32)]
pub(crate) enum Refused {
    Missing = 2,
    Failed = 5,
    Exists = 17,
    NotAFolder = 20,
    Full = 28,
    NotEmpty = 39,
}

/// A file's bytes, or a folder's names.
#[derive(Debug, Clone, Default)]
pub(crate) struct Content {
    pub(crate) bytes: Vec<u8>,
    pub(crate) names: BTreeMap<OsString, u64>,
}

/// A change of a file or a folder that was not synced.
#[derive(Debug, Clone)]
enum Change {
    Write { offset: usize, bytes: Vec<u8> },
    Length(usize),
    Name { name: OsString, number: Option<u64> },
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Node {
    pub(crate) folder: bool,
    pub(crate) now: Content,
    synced: Content,
    pending: Vec<Change>,
}

/// What a power loss does to what was not synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Loss {
    /// There is none: only the process dies, and the system keeps what it wrote.
    None,
    /// All of it is gone.
    Whole,
    /// Of each piece of it, the chance in percent that it arrived.
    Torn(u8),
}

/// What the disk does wrong while it has power.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    /// One sync in so many fails. As Linux does, it forgets what it could not write of a file: syncing again
    /// succeeds and writes nothing. Names are in a journal, which does not forget.
    Sync(u64),
    /// There is room for so many bytes more, until so many writes were refused.
    Full {
        room: usize,
        refusals: u64,
    },
}

#[derive(Debug, Clone)]
pub(crate) struct Disk {
    nodes: BTreeMap<u64, Node>,
    next: u64,
    random: fastrand::Rng,
    pub(crate) fault: Fault,
    /// How often it did something wrong on purpose.
    pub(crate) faults: u64,
}

impl Content {
    fn apply(&mut self, change: &Change) {
        match change {
            Change::Write { offset, bytes } => write(&mut self.bytes, *offset, bytes),
            Change::Length(length) => self.bytes.resize(*length, 0),
            Change::Name { name, number: Some(number) } => {
                self.names.insert(name.clone(), *number);
            }
            Change::Name { name, number: None } => {
                self.names.remove(name);
            }
        }
    }
}

fn write(target: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    let end = offset + bytes.len();
    if target.len() < end {
        target.resize(end, 0);
    }
    if let Some(place) = target.get_mut(offset..end) {
        place.copy_from_slice(bytes);
    }
}

impl Node {
    fn change(&mut self, change: Change) {
        self.now.apply(&change);
        self.pending.push(change);
    }

    fn sync(&mut self) {
        for change in std::mem::take(&mut self.pending) {
            self.synced.apply(&change);
        }
    }

    /// Lets each pending piece arrive by chance, and forgets the others. Names arrive in order, up to one.
    fn tear(&mut self, random: &mut fastrand::Rng, chance: u8) {
        let mut arrives = || random.u8(0..100) < chance;
        for change in std::mem::take(&mut self.pending) {
            match change {
                Change::Write { offset, bytes } => {
                    let mut start = 0;
                    while start < bytes.len() {
                        let end = bytes.len().min(start + PIECE - (offset + start) % PIECE);
                        if let Some(piece) = bytes.get(start..end).filter(|_| arrives()) {
                            write(&mut self.synced.bytes, offset + start, piece);
                        }
                        start = end;
                    }
                }
                Change::Length(_) if arrives() => self.synced.apply(&change),
                Change::Length(_) => {}
                Change::Name { .. } if arrives() => self.synced.apply(&change),
                Change::Name { .. } => return,
            }
        }
    }
}

impl Disk {
    pub(crate) fn new(seed: u64) -> Disk {
        let root = Node { folder: true, ..Node::default() };
        Disk {
            nodes: BTreeMap::from([(ROOT, root)]),
            next: ROOT + 1,
            random: fastrand::Rng::with_seed(seed),
            fault: Fault::None,
            faults: 0,
        }
    }

    pub(crate) fn node(&self, number: u64) -> Result<&Node, Refused> {
        self.nodes.get(&number).ok_or(Refused::Missing)
    }

    fn node_mut(&mut self, number: u64) -> Result<&mut Node, Refused> {
        self.nodes.get_mut(&number).ok_or(Refused::Missing)
    }

    pub(crate) fn find(&self, folder: u64, name: &OsStr) -> Result<u64, Refused> {
        self.node(folder)?.now.names.get(name).copied().ok_or(Refused::Missing)
    }

    pub(crate) fn make(&mut self, parent: u64, name: &OsStr, folder: bool) -> Result<u64, Refused> {
        if !self.node(parent)?.folder {
            return Err(Refused::NotAFolder);
        }
        if self.find(parent, name).is_ok() {
            return Err(Refused::Exists);
        }
        let number = self.next;
        self.next += 1;
        self.nodes.insert(number, Node { folder, ..Node::default() });
        self.node_mut(parent)?.change(Change::Name { name: name.to_owned(), number: Some(number) });
        Ok(number)
    }

    pub(crate) fn remove(&mut self, parent: u64, name: &OsStr) -> Result<(), Refused> {
        let number = self.find(parent, name)?;
        if !self.node(number)?.now.names.is_empty() {
            return Err(Refused::NotEmpty);
        }
        self.node_mut(parent)?.change(Change::Name { name: name.to_owned(), number: None });
        Ok(())
    }

    pub(crate) fn rename(&mut self, from: (u64, &OsStr), to: (u64, &OsStr)) -> Result<(), Refused> {
        let number = self.find(from.0, from.1)?;
        self.node_mut(to.0)?.change(Change::Name { name: to.1.to_owned(), number: Some(number) });
        self.node_mut(from.0)?.change(Change::Name { name: from.1.to_owned(), number: None });
        Ok(())
    }

    pub(crate) fn write(&mut self, number: u64, offset: usize, bytes: &[u8]) -> Result<(), Refused> {
        let growth = (offset + bytes.len()).saturating_sub(self.node(number)?.now.bytes.len());
        self.take_room(growth)?;
        self.node_mut(number)?.change(Change::Write { offset, bytes: bytes.to_vec() });
        Ok(())
    }

    pub(crate) fn set_length(&mut self, number: u64, length: usize) -> Result<(), Refused> {
        let growth = length.saturating_sub(self.node(number)?.now.bytes.len());
        self.take_room(growth)?;
        self.node_mut(number)?.change(Change::Length(length));
        Ok(())
    }

    fn take_room(&mut self, growth: usize) -> Result<(), Refused> {
        let Fault::Full { room, refusals } = self.fault else { return Ok(()) };
        self.fault = match (room.checked_sub(growth), refusals.checked_sub(1)) {
            (Some(room), _) => Fault::Full { room, refusals },
            (None, Some(refusals)) => {
                self.faults += 1;
                self.fault = Fault::Full { room, refusals };
                return Err(Refused::Full);
            }
            (None, None) => Fault::None,
        };
        Ok(())
    }

    pub(crate) fn sync(&mut self, number: u64) -> Result<(), Refused> {
        if let Fault::Sync(every) = self.fault
            && self.random.u64(0..every) == 0
        {
            self.faults += 1;
            let mut random = self.random.fork();
            let node = self.node_mut(number)?;
            if !node.folder {
                node.tear(&mut random, 50);
            }
            return Err(Refused::Failed);
        }
        self.node_mut(number)?.sync();
        Ok(())
    }

    /// The power goes, and comes again. What nothing leads to any more is forgotten.
    pub(crate) fn lose(&mut self, loss: Loss) {
        let chance = match loss {
            Loss::None => return,
            Loss::Whole => 0,
            Loss::Torn(chance) => chance,
        };
        for node in self.nodes.values_mut() {
            node.tear(&mut self.random, chance);
            node.now = node.synced.clone();
        }
        let mut found = BTreeSet::from([ROOT]);
        let mut open = vec![ROOT];
        while let Some(node) = open.pop().and_then(|number| self.nodes.get(&number)) {
            open.extend(node.now.names.values().filter(|number| found.insert(**number)));
        }
        self.nodes.retain(|number, _| found.contains(number));
        self.fault = Fault::None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(name: &str) -> &OsStr {
        OsStr::new(name)
    }

    /// A disk with a file `a` that holds `synced`, all of it synced, and its number.
    fn disk(synced: &[u8]) -> (Disk, u64) {
        let mut disk = Disk::new(1);
        let file = disk.make(ROOT, name("a"), false).unwrap();
        disk.write(file, 0, synced).unwrap();
        disk.sync(file).unwrap();
        disk.sync(ROOT).unwrap();
        (disk, file)
    }

    fn bytes(disk: &Disk, file: u64) -> &[u8] {
        &disk.node(file).unwrap().now.bytes
    }

    #[test]
    fn what_was_not_synced_is_lost() {
        let (mut disk, file) = disk(b"first");
        disk.write(file, 3, b"SECOND").unwrap();
        assert_eq!(bytes(&disk, file), b"firSECOND");
        disk.lose(Loss::None);
        assert_eq!(bytes(&disk, file), b"firSECOND");
        disk.lose(Loss::Whole);
        assert_eq!(bytes(&disk, file), b"first");
        disk.set_length(file, 2).unwrap();
        disk.sync(file).unwrap();
        disk.lose(Loss::Whole);
        assert_eq!(bytes(&disk, file), b"fi");
    }

    #[test]
    fn a_name_is_lost_unless_its_folder_was_synced() {
        let (mut disk, file) = disk(b"x");
        let folder = disk.make(ROOT, name("b"), true).unwrap();
        let inner = disk.make(folder, name("c"), false).unwrap();
        disk.sync(folder).unwrap();
        disk.sync(inner).unwrap();
        disk.rename((ROOT, name("a")), (folder, name("d"))).unwrap();
        assert_eq!(disk.remove(ROOT, name("b")), Err(Refused::NotEmpty));
        let mut torn = disk.clone();
        disk.lose(Loss::Whole);
        assert_eq!(disk.find(ROOT, name("a")), Ok(file));
        assert_eq!(disk.find(ROOT, name("b")), Err(Refused::Missing));
        assert_eq!(disk.node(inner).map(|_| ()), Err(Refused::Missing));
        torn.sync(ROOT).unwrap();
        torn.sync(folder).unwrap();
        torn.lose(Loss::Whole);
        assert_eq!(torn.find(folder, name("d")), Ok(file));
        assert_eq!(torn.find(ROOT, name("a")), Err(Refused::Missing));
    }

    #[test]
    fn a_torn_write_arrives_in_pieces() {
        let (mut disk, file) = disk(&[0; 40_000]);
        disk.write(file, 100, &[1; 39_900]).unwrap();
        disk.lose(Loss::Torn(50));
        let pieces: BTreeSet<&[u8]> = bytes(&disk, file).chunks(PIECE).skip(1).collect();
        assert!(pieces.contains(&[0; PIECE][..]) && pieces.contains(&[1; PIECE][..]));
        assert!(pieces.iter().all(|piece| piece.iter().all(|byte| byte == &piece[0])));
    }

    #[test]
    fn after_a_failed_sync_the_next_one_writes_nothing() {
        let (mut disk, file) = disk(&[0; 3 * PIECE]);
        disk.write(file, 0, &[1; 3 * PIECE]).unwrap();
        disk.fault = Fault::Sync(1);
        assert_eq!(disk.sync(file), Err(Refused::Failed));
        disk.fault = Fault::None;
        disk.sync(file).unwrap();
        assert_eq!(bytes(&disk, file), [1; 3 * PIECE]);
        disk.lose(Loss::Whole);
        assert!(bytes(&disk, file).contains(&0));
    }

    #[test]
    fn a_full_disk_refuses_until_there_is_room_again() {
        let (mut disk, file) = disk(b"");
        disk.fault = Fault::Full { room: 10, refusals: 2 };
        disk.write(file, 0, &[1; 8]).unwrap();
        disk.write(file, 0, &[1; 8]).unwrap();
        assert_eq!(disk.write(file, 8, &[1; 8]), Err(Refused::Full));
        assert_eq!(disk.set_length(file, 16), Err(Refused::Full));
        disk.write(file, 8, &[1; 8]).unwrap();
        assert_eq!((bytes(&disk, file).len(), disk.faults), (16, 2));
    }
}
