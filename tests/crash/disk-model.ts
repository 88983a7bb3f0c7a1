import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { lastNumberOf, type SystemCall, textsOf } from './strace-log.ts';

/** A change of a file's bytes: data at an offset, or (without data) a new length. */
interface FileWrite {
  readonly offset: number;
  readonly data: Buffer | null;
  readonly start: number;
  readonly end: number;
  /** The line by which a sync has made it last. */
  durable: number;
}

/** A change of a folder: a name that means another node, or none. */
interface NameChange {
  readonly name: string;
  readonly node: Node | null;
  readonly start: number;
  readonly end: number;
  durable: number;
}

class FileNode {
  readonly kind = 'file';
  readonly changes: FileWrite[] = [];
}

class FolderNode {
  readonly kind = 'folder';
  readonly changes: NameChange[] = [];
  /** Names as a running program sees them. */
  readonly names = new Map<string, Node>();
}

type Node = FileNode | FolderNode;

/** What happens to changes that no sync had made last when the power went. */
export type Unsynced =
  /** They are gone. */
  | 'lost'
  /** Each is there or not, by chance. */
  | 'some'
  /** By chance too, and the newest write is torn: only its first bytes are there. */
  | 'torn';

const tornBlocks: readonly number[] = [512, 4096];

/**
 * The disk below one folder, as a log of system calls tells of it: which bytes and names would be there if the power went at some line.
 * Nothing lasts but what a sync that had ended covered: bytes by a sync of their file, names by a sync of their folder.
 */
export class DiskModel {
  /** Lines at which something of interest happened. */
  readonly moments: number[] = [];
  readonly #rootPath: string;
  readonly #root = new FolderNode();
  readonly #open = new Map<number, { readonly node: Node; offset: number }>();
  readonly #acknowledged: { readonly mark: string; readonly line: number }[] = [];

  /** `rootPath` is a folder that was there, empty and lasting, before the program began. */
  constructor(rootPath: string, calls: readonly SystemCall[]) {
    this.#rootPath = rootPath;
    const steps: { readonly line: number; readonly run: () => void }[] = [];
    for (const call of calls) {
      // A file is there when opening has ended; everything else may have happened as soon as it began.
      const line = call.name === 'openat' || call.name.startsWith('mkdir') ? call.end : call.start;
      if (Number.isFinite(line)) steps.push({ line, run: () => this.#apply(call) });
    }
    for (const { run } of steps.toSorted((a, b) => a.line - b.line)) run();
  }

  /** The marks that had been printed before a line. */
  acknowledgedBefore(line: number): string[] {
    return this.#acknowledged.filter((each) => each.line < line).map(({ mark }) => mark);
  }

  /** Writes to `target` what would be on the disk if the power went at a line. */
  rebuild(target: string, line: number, unsynced: Unsynced, random: () => number): void {
    this.#rebuildFolder(this.#root, target, line, unsynced, random);
  }

  #apply(call: SystemCall): void {
    if (call.result < 0) return;
    switch (call.name) {
      case 'openat':
        return this.#openFile(call);
      case 'close':
        return void this.#open.delete(Number(call.args));
      case 'mkdir':
      case 'mkdirat':
        return this.#setName(call, textsOf(call)[0]!, new FolderNode());
      case 'unlink':
      case 'unlinkat':
      case 'rmdir':
        return this.#setName(call, textsOf(call)[0]!, null);
      case 'rename':
      case 'renameat':
      case 'renameat2':
        return this.#rename(call);
      case 'write':
      case 'pwrite64':
        return this.#write(call);
      case 'ftruncate':
        return this.#change(call, lastNumberOf(call), null);
      case 'fsync':
      case 'fdatasync':
        return this.#sync(call);
      case 'writev':
      case 'pwritev':
      case 'pwritev2':
        // Node keeps its cache of compiled code elsewhere in this way; in the folder nobody writes so.
        if (this.#open.has(Number(/^\d+/.exec(call.args)?.[0])))
          throw new Error(`the model does not know ${call.name}`);
        return;
      default:
        throw new Error(`the model does not know ${call.name}`);
    }
  }

  #openFile(call: SystemCall): void {
    const place = this.#find(textsOf(call)[0]!);
    if (place === null) return;
    const { folder, name } = place;
    let node = name === '' ? folder : folder.names.get(name);
    if (node === undefined) {
      node = new FileNode();
      this.#addName(call, folder, name, node);
    }
    this.#open.set(call.result, { node, offset: 0 });
    if (node.kind === 'file' && call.args.includes('O_TRUNC')) this.#change(call, 0, null, node);
  }

  #rename(call: SystemCall): void {
    const [from, to] = textsOf(call).map((text) => this.#find(text)) as [Place | null, Place | null];
    if (from === null || to === null) return;
    const node = from.folder.names.get(from.name)!;
    this.#addName(call, to.folder, to.name, node);
    this.#addName(call, from.folder, from.name, null);
  }

  #setName(call: SystemCall, text: Buffer, node: Node | null): void {
    const place = this.#find(text);
    if (place !== null) this.#addName(call, place.folder, place.name, node);
  }

  #addName(call: SystemCall, folder: FolderNode, name: string, node: Node | null): void {
    if (node === null) folder.names.delete(name);
    else folder.names.set(name, node);
    folder.changes.push({ name, node, start: call.start, end: call.end, durable: Number.POSITIVE_INFINITY });
    this.moments.push(call.start, call.end);
  }

  #write(call: SystemCall): void {
    const fd = Number.parseInt(call.args, 10);
    const data = textsOf(call)[0] ?? Buffer.alloc(0);
    if (fd === 1) return this.#mark(call, data.toString('latin1'));
    const open = this.#open.get(fd);
    if (open === undefined) return;
    if (call.name === 'pwrite64') return this.#change(call, lastNumberOf(call), data);
    this.#change(call, open.offset, data);
    open.offset += data.length;
  }

  #mark(call: SystemCall, text: string): void {
    const [, mark] = /^ACK (.+)\n$/.exec(text) ?? [];
    if (mark === undefined) return;
    this.#acknowledged.push({ mark, line: call.start });
    this.moments.push(call.start, call.end);
  }

  #change(call: SystemCall, offset: number, data: Buffer | null, node?: Node): void {
    const target = node ?? this.#open.get(Number.parseInt(call.args, 10))?.node;
    if (target?.kind !== 'file') return;
    target.changes.push({ offset, data, start: call.start, end: call.end, durable: Number.POSITIVE_INFINITY });
    this.moments.push(call.start, call.end);
  }

  #sync(call: SystemCall): void {
    const node = this.#open.get(Number(call.args))?.node;
    if (node === undefined) return;
    for (const change of node.changes) {
      if (change.end < call.start) change.durable = Math.min(change.durable, call.end);
    }
    this.moments.push(call.start, call.end);
  }

  /** The folder and the name in it that a path means, or null when it lies elsewhere. The root itself has no name. */
  #find(text: Buffer): Place | null {
    const relative = path.relative(this.#rootPath, text.toString());
    if (relative.startsWith('..') || path.isAbsolute(relative)) return null;
    const parts = relative.split(path.sep);
    let folder = this.#root;
    for (const part of parts.slice(0, -1)) {
      const next = folder.names.get(part);
      if (next?.kind !== 'folder') return null;
      folder = next;
    }
    return { folder, name: parts.at(-1)! };
  }

  #rebuildFolder(folder: FolderNode, target: string, line: number, unsynced: Unsynced, random: () => number): void {
    mkdirSync(target, { recursive: true });
    const names = new Map<string, Node>();
    for (const { name, node } of survivors(folder.changes, line, unsynced, random)) {
      if (node === null) names.delete(name);
      else names.set(name, node);
    }
    for (const [name, node] of names) {
      // Memory shared by processes; nobody reads it after a restart.
      if (name.endsWith('-shm')) continue;
      const file = path.join(target, name);
      if (node.kind === 'folder') this.#rebuildFolder(node, file, line, unsynced, random);
      else writeFileSync(file, bytesOf(node, line, unsynced, random));
    }
  }
}

interface Place {
  readonly folder: FolderNode;
  readonly name: string;
}

/** The changes that are there after the power went at a line, in order. */
function survivors<T extends { readonly start: number; readonly durable: number }>(
  changes: readonly T[],
  line: number,
  unsynced: Unsynced,
  random: () => number,
): T[] {
  return changes.filter(
    (change) => change.durable < line || (unsynced !== 'lost' && change.start < line && random() < 0.5),
  );
}

function bytesOf(file: FileNode, line: number, unsynced: Unsynced, random: () => number): Buffer {
  const writes = survivors(file.changes, line, unsynced, random);
  const newest =
    unsynced === 'torn' ? writes.findLast((write) => write.durable >= line && write.data !== null) : undefined;
  let bytes: Buffer = Buffer.alloc(0);
  for (const write of writes) {
    if (write.data === null) {
      bytes = resize(bytes, write.offset);
      continue;
    }
    let { data } = write;
    if (write === newest) {
      const block = tornBlocks[Math.floor(random() * tornBlocks.length)]!;
      data = data.subarray(0, Math.floor((random() * data.length) / block) * block);
    }
    const end = write.offset + data.length;
    if (end > bytes.length) bytes = resize(bytes, end);
    data.copy(bytes, write.offset);
  }
  return bytes;
}

/** Longer with zeros, or shorter. Room grows by halves, so that appending many times stays cheap. */
function resize(bytes: Buffer, length: number): Buffer {
  if (length <= bytes.buffer.byteLength && bytes.byteOffset === 0) {
    const view = Buffer.from(bytes.buffer as ArrayBuffer, 0, length);
    if (length > bytes.length) view.fill(0, bytes.length);
    return view;
  }
  const room = Buffer.from(new ArrayBuffer(Math.ceil(length * 1.5)), 0, length);
  bytes.copy(room);
  return room;
}
