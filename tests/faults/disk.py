# SPDX-License-Identifier: ISC
"""disk: what a disk may hold when the power goes, after a trace of calls.c.

What a file's own sync has not confirmed is there or not: each sector of 512 bytes as any
of the versions it had since then, and the size likewise. What a folder's sync has not
confirmed, a name made, moved or taken away, is there or not; changes of one name keep
their order, and a rename is one change. No file system is kinder to its users by
promise; many are by habit.
"""
import collections
import os
import struct

RECORD = struct.Struct("<c3xIIIQQ")
SECTOR = 512
Record = collections.namedtuple("Record", "op path other data inode at")


def read_trace(path, start):
    """The records behind `start`, and where they end."""
    with open(path, "rb") as f:
        f.seek(start)
        raw = f.read()
    at, records = 0, []
    while at < len(raw):
        op, path_len, other_len, data_len, inode, where = RECORD.unpack_from(raw, at)
        at += RECORD.size
        texts = []
        for length in (path_len, other_len):
            texts.append(raw[at:at + length].decode())
            at += length
        records.append(Record(op.decode(), *texts, raw[at:at + data_len], inode, where))
        at += data_len
    return records, start + at


class File:
    def __init__(self, data=b""):
        self.stable, self.now, self.pending = bytes(data), bytearray(data), []

    def write(self, at, data):
        self.pending.append((at, data))
        self.put(self.now, at, data)

    def cut(self, size):
        self.pending.append((size, None))
        self.put(self.now, size, None)

    @staticmethod
    def put(content, at, data):
        end = at + len(data or b"")
        if len(content) < end:
            content.extend(bytes(end - len(content)))
        if data is None:
            del content[at:]
        else:
            content[at:end] = data

    def sync(self):
        self.stable, self.pending = bytes(self.now), []

    def survives(self, rng, kept):
        """kept: how likely a sector is the newest one; None: nothing unsynced is there."""
        if kept is None or not self.pending:
            return self.stable
        content, sizes = bytearray(self.stable), [len(self.stable)]
        versions = collections.defaultdict(list)
        for at, data in self.pending:
            before = len(content)
            first = min(at, before) // SECTOR
            last = max(before if data is None else at + len(data), before + 1) \
                if data is None or at > before else at + len(data)
            for sector in range(first, (last + SECTOR - 1) // SECTOR):
                if sector not in versions:
                    versions[sector].append(self.sector(content, sector))
            self.put(content, at, data)
            for sector in range(first, (last + SECTOR - 1) // SECTOR):
                versions[sector].append(self.sector(content, sector))
            sizes.append(len(content))
        size = sizes[-1] if rng.random() < kept else rng.choice(sizes)
        content.extend(bytes(max(0, size - len(content))))
        for sector, seen in versions.items():
            if rng.random() >= kept:
                content[sector * SECTOR:(sector + 1) * SECTOR] = rng.choice(seen)
        del content[size:]
        return bytes(content)

    @staticmethod
    def sector(content, number):
        piece = bytes(content[number * SECTOR:(number + 1) * SECTOR])
        return piece + bytes(SECTOR - len(piece))


class Folder:
    def __init__(self):
        self.stable, self.now = {}, {}


class Disk:
    def __init__(self, root):
        """As it is at root, all of it synced long ago."""
        self.root = str(root)
        self.inodes, self.pending = {}, []
        self.top = self.scan(self.root)

    def scan(self, path):
        node = Folder() if os.path.isdir(path) else File(open(path, "rb").read())
        self.inodes[os.stat(path).st_ino, isinstance(node, Folder)] = node
        if isinstance(node, Folder):
            for name in os.listdir(path):
                node.now[name] = self.scan(os.path.join(path, name))
            node.stable = dict(node.now)
        return node

    def find(self, path):
        """The folder of a path, and its name there; None outside of the root."""
        relative = os.path.relpath(path, self.root).split(os.sep)
        if relative[0] == "..":
            return None
        folder = self.top
        for name in relative[:-1]:
            folder = folder.now.get(name)
            if not isinstance(folder, Folder):
                return None
        return folder, relative[-1]

    def change(self, *names):
        """One change of names: (folder, name, node or None) each."""
        for folder, name, node in names:
            if node is None:
                folder.now.pop(name, None)
            else:
                folder.now[name] = node
        self.pending.append(names)

    def node(self, inode):
        return self.inodes.get((inode, False)) or self.inodes.get((inode, True))

    def apply(self, r):
        place = self.find(r.path) if r.path else None
        if r.op in "CM" and (place or not r.path):
            node = File() if r.op == "C" else Folder()
            self.inodes.pop((r.inode, r.op == "C"), None)
            self.inodes[r.inode, r.op == "M"] = node
            if place:
                self.change((*place, node))
        elif r.op == "L" and place:
            self.change((*place, self.node(r.inode)))
        elif r.op in "UD" and place:
            self.change((*place, None))
        elif r.op == "R" and place:
            folder, name = place
            self.change((folder, name, None), (*self.find(r.other), folder.now[name]))
        elif r.op in "WT" and isinstance(self.node(r.inode), File):
            node = self.node(r.inode)
            node.write(r.at, r.data) if r.op == "W" else node.cut(r.at)
        elif r.op == "S" and self.node(r.inode):
            self.sync(self.node(r.inode))

    def sync(self, node):
        if isinstance(node, File):
            node.sync()
            return
        left = []
        for names in self.pending:
            if any(folder is node for folder, _, _ in names):
                self.settle(names)
            else:
                left.append(names)
        self.pending = left

    @staticmethod
    def settle(names):
        for folder, name, node in names:
            if node is None:
                folder.stable.pop(name, None)
            else:
                folder.stable[name] = node

    def survivors(self, rng, kept):
        """The changes of names that reached the disk: of those that share a name the first
        ones."""
        if kept is None:
            return []
        groups = []  # (set of (folder, name), list of changes)
        for names in self.pending:
            mine = {(id(folder), name) for folder, name, _ in names}
            changes = []
            for group in [g for g in groups if g[0] & mine]:
                mine |= group[0]
                changes += group[1]
                groups.remove(group)
            groups.append((mine, changes + [names]))
        chosen = []
        for _, changes in groups:
            count = len(changes) if rng.random() < kept else rng.randrange(len(changes) + 1)
            chosen += changes[:count]
        order = {id(names): n for n, names in enumerate(self.pending)}
        return sorted(chosen, key=lambda names: order[id(names)])

    def crash(self, rng, kept):
        """What is found afterwards: relative path to bytes, or None for a folder."""
        views = {}

        def view(folder):
            return views.setdefault(id(folder), dict(folder.stable))

        for names in self.survivors(rng, kept):
            for folder, name, node in names:
                if node is None:
                    view(folder).pop(name, None)
                else:
                    view(folder)[name] = node
        found = {}

        def walk(folder, path):
            for name, node in view(folder).items():
                where = os.path.join(path, name)
                if isinstance(node, Folder):
                    found[where] = None
                    walk(node, where)
                else:
                    found[where] = node.survives(rng, kept)

        walk(self.top, "")
        return found
