/** What a note is about. */
export type NoteKind =
  /** Not imported. */
  | 'view'
  | 'hook'
  | 'migration'
  | 'table'
  | 'column'
  | 'index'
  | 'file'
  | 'record'
  | 'logs'
  | 'backup'
  /** Imported, but not in use yet. */
  | 'setting'
  | 'oauth2'
  | 'otp'
  | 'mfa'
  | 'alert'
  /** Imported, worth a look. */
  | 'rule'
  | 'collection'
  | 'value'
  | 'public'
  | 'superuser'
  | 'missing file';

/** Something that a person should know about an import. */
export interface ImportNote {
  readonly kind: NoteKind;
  /** What it is about: a name, a path. */
  readonly subject: string;
  /** A sentence. */
  readonly message: string;
  /** What is worth keeping of it, as the query of a view. */
  readonly detail?: string;
}

/** What became of one collection. */
export interface ImportedCollection {
  readonly name: string;
  readonly id: string;
  readonly type: string;
  readonly records: number;
  /** Files that records name and that are there. */
  readonly files: number;
  readonly missingFiles: number;
}

/** What an import did. */
export interface ImportReport {
  readonly source: string;
  readonly target: string;
  readonly durationMs: number;
  readonly collections: readonly ImportedCollection[];
  readonly records: number;
  /** Copied or linked, thumbnails included. */
  readonly files: number;
  readonly fileBytes: number;
  readonly notes: readonly ImportNote[];
  /** Notes of each kind beyond the ones that are listed. */
  readonly furtherNotes: { readonly [kind: string]: number };
}

/** Notes of one kind that are kept; of the others only the number is. */
const notesPerKindMax = 1000;

/** Collects the notes of an import. */
export class Notes {
  readonly #notes: ImportNote[] = [];
  readonly #counts = new Map<NoteKind, number>();

  add(kind: NoteKind, subject: string, message: string, detail?: string): void {
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    if (count <= notesPerKindMax) {
      this.#notes.push(detail === undefined ? { kind, subject, message } : { kind, subject, message, detail });
    }
  }

  get all(): readonly ImportNote[] {
    return this.#notes;
  }

  /** How many were not kept, by kind. */
  get further(): { [kind: string]: number } {
    const entries = [...this.#counts].filter(([, count]) => count > notesPerKindMax);
    return Object.fromEntries(entries.map(([kind, count]) => [kind, count - notesPerKindMax]));
  }
}

/** How far an import has come. */
export interface ImportProgress {
  readonly phase: 'read' | 'records' | 'indexes' | 'files' | 'finish';
  readonly done: number;
  /** 0 when it is not known. */
  readonly total: number;
  /** What is being worked on, as the name of a collection. */
  readonly subject: string;
}
