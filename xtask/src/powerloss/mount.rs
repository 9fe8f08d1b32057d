//! The disk as a file system that any program can use, through FUSE (kernel.org, `filesystems/fuse.rst`). Every
//! write and sync arrives here in the order the program made it; nothing is gathered in the kernel.

use std::ffi::OsStr;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use anyhow::Context;
use fuser::{
    BackgroundSession, FileAttr, FileType, Filesystem, MountOption, ReplyAttr, ReplyCreate, ReplyData,
    ReplyDirectory, ReplyEmpty, ReplyEntry, ReplyOpen, ReplyStatfs, ReplyWrite, Request, TimeOrNow,
};

use super::disk::{Disk, Loss, Refused};

/// The kernel may remember names and lengths: nobody changes them behind its back.
const REMEMBER: Duration = Duration::from_secs(3600);

/// When the power goes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    /// Before which change, counted from 1.
    pub(crate) before: u64,
    /// And what is lost then.
    pub(crate) loss: Loss,
}

/// A disk in use.
#[derive(Debug)]
pub(crate) struct Shared {
    state: Mutex<State>,
    ended: Condvar,
}

#[derive(Debug)]
struct State {
    disk: Disk,
    plan: Option<Plan>,
    changes: u64,
    /// The power is gone: nothing is answered any more.
    dark: bool,
    /// The plan's moment came.
    over: bool,
    /// The process ended.
    left: bool,
}

impl Shared {
    pub(crate) fn new(disk: Disk, plan: Option<Plan>) -> Arc<Shared> {
        let state = State { disk, plan, changes: 0, dark: false, over: false, left: false };
        Arc::new(Shared { state: Mutex::new(state), ended: Condvar::new() })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the plan's moment came; after `longest`, or when the process left, it comes in any case.
    /// Gives how many changes were made by then, and whether the process had left before.
    pub(crate) fn wait(&self, longest: Duration) -> (u64, bool) {
        let state = self.lock();
        let waited = self.ended.wait_timeout_while(state, longest, |state| !state.over && !state.left);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let early = !state.over && state.left;
        if !state.over {
            state.end();
        }
        (state.changes, early)
    }

    /// The process ended.
    pub(crate) fn leave(&self) {
        self.lock().left = true;
        self.ended.notify_all();
    }

    /// The disk as it is now.
    pub(crate) fn disk(&self) -> Disk {
        self.lock().disk.clone()
    }

    /// Makes a change, if there is power.
    fn change<T>(&self, change: impl FnOnce(&mut Disk) -> Result<T, Refused>) -> Result<T, Refused> {
        let mut state = self.lock();
        state.changes += 1;
        if !state.over && state.plan.is_some_and(|plan| state.changes >= plan.before) {
            state.end();
            self.ended.notify_all();
        }
        if state.dark { Err(Refused::Failed) } else { change(&mut state.disk) }
    }

    fn read<T>(&self, read: impl FnOnce(&Disk) -> Result<T, Refused>) -> Result<T, Refused> {
        let state = self.lock();
        if state.dark { Err(Refused::Failed) } else { read(&state.disk) }
    }
}

impl State {
    fn end(&mut self) {
        self.over = true;
        let loss = self.plan.map_or(Loss::None, |plan| plan.loss);
        self.dark = loss != Loss::None;
        self.disk.lose(loss);
    }
}

/// Mounts a disk; it is unmounted when the session is dropped.
pub(crate) fn mount(shared: &Arc<Shared>, at: &Path) -> anyhow::Result<BackgroundSession> {
    let options = [MountOption::FSName("nave-powerloss".to_owned()), MountOption::NoAtime];
    fuser::spawn_mount2(Door(Arc::clone(shared)), at, &options).context("FUSE cannot mount")
}

/// Where the kernel's requests come in.
struct Door(Arc<Shared>);

fn attributes(disk: &Disk, number: u64) -> Result<FileAttr, Refused> {
    let node = disk.node(number)?;
    let size = node.now.bytes.len() as u64;
    let kind = if node.folder { FileType::Directory } else { FileType::RegularFile };
    let time = SystemTime::UNIX_EPOCH;
    Ok(FileAttr {
        ino: number,
        size,
        blocks: size.div_ceil(512),
        atime: time,
        mtime: time,
        ctime: time,
        crtime: time,
        kind,
        perm: 0o700,
        nlink: 1,
        uid: 0,
        gid: 0,
        rdev: 0,
        blksize: 4096,
        flags: 0,
    })
}

fn place(number: impl TryInto<usize>) -> Result<usize, Refused> {
    number.try_into().map_err(|_| Refused::Failed)
}

impl Door {
    fn entry(&self, reply: ReplyEntry, find: impl FnOnce(&Disk) -> Result<u64, Refused>) {
        match self.0.read(|disk| attributes(disk, find(disk)?)) {
            Ok(found) => reply.entry(&REMEMBER, &found, 0),
            Err(refused) => reply.error(refused as i32),
        }
    }

    fn empty(&self, reply: ReplyEmpty, change: impl FnOnce(&mut Disk) -> Result<(), Refused>) {
        match self.0.change(change) {
            Ok(()) => reply.ok(),
            Err(refused) => reply.error(refused as i32),
        }
    }
}

impl Filesystem for Door {
    fn lookup(&mut self, _: &Request<'_>, parent: u64, name: &OsStr, reply: ReplyEntry) {
        self.entry(reply, |disk| disk.find(parent, name));
    }

    fn getattr(&mut self, _: &Request<'_>, number: u64, _: Option<u64>, reply: ReplyAttr) {
        match self.0.read(|disk| attributes(disk, number)) {
            Ok(found) => reply.attr(&REMEMBER, &found),
            Err(refused) => reply.error(refused as i32),
        }
    }

    fn setattr(
        &mut self,
        _: &Request<'_>,
        number: u64,
        _mode: Option<u32>,
        _owner: Option<u32>,
        _group: Option<u32>,
        size: Option<u64>,
        _accessed: Option<TimeOrNow>,
        _modified: Option<TimeOrNow>,
        _changed: Option<SystemTime>,
        _handle: Option<u64>,
        _created: Option<SystemTime>,
        _flagged: Option<SystemTime>,
        _saved: Option<SystemTime>,
        _flags: Option<u32>,
        reply: ReplyAttr,
    ) {
        let done = match size {
            Some(size) => self.0.change(|disk| {
                disk.set_length(number, place(size)?)?;
                attributes(disk, number)
            }),
            None => self.0.read(|disk| attributes(disk, number)),
        };
        match done {
            Ok(found) => reply.attr(&REMEMBER, &found),
            Err(refused) => reply.error(refused as i32),
        }
    }

    fn mkdir(&mut self, _: &Request<'_>, parent: u64, name: &OsStr, _: u32, _: u32, reply: ReplyEntry) {
        match self.0.change(|disk| disk.make(parent, name, true)) {
            Ok(number) => self.entry(reply, |_| Ok(number)),
            Err(refused) => reply.error(refused as i32),
        }
    }

    fn create(
        &mut self,
        _: &Request<'_>,
        parent: u64,
        name: &OsStr,
        _mode: u32,
        _mask: u32,
        _flags: i32,
        reply: ReplyCreate,
    ) {
        let made = self.0.change(|disk| {
            let number = disk.make(parent, name, false)?;
            attributes(disk, number)
        });
        match made {
            Ok(made) => reply.created(&REMEMBER, &made, 0, 0, 0),
            Err(refused) => reply.error(refused as i32),
        }
    }

    fn unlink(&mut self, _: &Request<'_>, parent: u64, name: &OsStr, reply: ReplyEmpty) {
        self.empty(reply, |disk| disk.remove(parent, name));
    }

    fn rmdir(&mut self, _: &Request<'_>, parent: u64, name: &OsStr, reply: ReplyEmpty) {
        self.empty(reply, |disk| disk.remove(parent, name));
    }

    fn rename(
        &mut self,
        _: &Request<'_>,
        parent: u64,
        name: &OsStr,
        new_parent: u64,
        new_name: &OsStr,
        _flags: u32,
        reply: ReplyEmpty,
    ) {
        self.empty(reply, |disk| disk.rename((parent, name), (new_parent, new_name)));
    }

    fn open(&mut self, _: &Request<'_>, _number: u64, _flags: i32, reply: ReplyOpen) {
        reply.opened(0, 0);
    }

    fn read(
        &mut self,
        _: &Request<'_>,
        number: u64,
        _handle: u64,
        offset: i64,
        size: u32,
        _flags: i32,
        _owner: Option<u64>,
        reply: ReplyData,
    ) {
        let found = self.0.read(|disk| {
            let bytes = &disk.node(number)?.now.bytes;
            let start = place(offset)?.min(bytes.len());
            let end = start.saturating_add(place(size)?).min(bytes.len());
            Ok(bytes.get(start..end).unwrap_or_default().to_vec())
        });
        match found {
            Ok(bytes) => reply.data(&bytes),
            Err(refused) => reply.error(refused as i32),
        }
    }

    fn write(
        &mut self,
        _: &Request<'_>,
        number: u64,
        _handle: u64,
        offset: i64,
        bytes: &[u8],
        _write_flags: u32,
        _flags: i32,
        _owner: Option<u64>,
        reply: ReplyWrite,
    ) {
        match self.0.change(|disk| disk.write(number, place(offset)?, bytes)) {
            Ok(()) => reply.written(u32::try_from(bytes.len()).unwrap_or(u32::MAX)),
            Err(refused) => reply.error(refused as i32),
        }
    }

    /// A close writes nothing: what is not synced stays so.
    fn flush(&mut self, _: &Request<'_>, _number: u64, _handle: u64, _owner: u64, reply: ReplyEmpty) {
        reply.ok();
    }

    fn fsync(&mut self, _: &Request<'_>, number: u64, _handle: u64, _data: bool, reply: ReplyEmpty) {
        self.empty(reply, |disk| disk.sync(number));
    }

    fn fsyncdir(&mut self, _: &Request<'_>, number: u64, _handle: u64, _data: bool, reply: ReplyEmpty) {
        self.empty(reply, |disk| disk.sync(number));
    }

    fn readdir(
        &mut self,
        _: &Request<'_>,
        number: u64,
        _handle: u64,
        offset: i64,
        mut reply: ReplyDirectory,
    ) {
        let names = self.0.read(|disk| {
            let names = &disk.node(number)?.now.names;
            let kind = |number| {
                if disk.node(number).is_ok_and(|node| node.folder) {
                    FileType::Directory
                } else {
                    FileType::RegularFile
                }
            };
            Ok(names.iter().map(|(name, number)| (name.clone(), *number, kind(*number))).collect::<Vec<_>>())
        });
        match names {
            Ok(names) => {
                let behind = usize::try_from(offset).unwrap_or(0);
                for ((name, number, kind), next) in names.into_iter().zip(1..).skip(behind) {
                    if reply.add(number, next, kind, name) {
                        break;
                    }
                }
                reply.ok();
            }
            Err(refused) => reply.error(refused as i32),
        }
    }

    fn statfs(&mut self, _: &Request<'_>, _number: u64, reply: ReplyStatfs) {
        reply.statfs(1 << 20, 1 << 20, 1 << 20, 1 << 20, 1 << 20, 4096, 255, 4096);
    }
}
