import path from 'node:path';
import type { ImportProgress, ImportReport, NoteKind } from '../services/import/report.ts';
import { type Command, type CommandCall, CommandError } from './command.ts';

/** `pando import pocketbase PB_DATA` */
export const importCommand: Command = {
  words: ['import', 'pocketbase'],
  summary: 'Make a data folder of the pb_data folder of a PocketBase.',
  details:
    'Collections, records, files, users and settings come along; ids, password hashes and token secrets stay, so that users stay\n' +
    'signed in and addresses of files stay valid. Stop PocketBase first. Its folder is only read. The data folder has to be new, empty\n' +
    'or without data; on any failure it stays as it was. What is not imported is listed, also in import-report.json.',
  positionals: [{ name: 'PB_DATA', help: 'The folder of a PocketBase 0.23 or later.' }],
  options: ['dir', 'config'],
  flags: [
    { name: 'link', placeholder: '', help: 'Make hard links to the files instead of copies, where that is possible.' },
    {
      name: 'encryption-key-env',
      placeholder: 'NAME',
      help: 'The environment variable with the key, for settings that PocketBase keeps encrypted.',
    },
  ],
  run,
};

async function run(call: CommandCall): Promise<number> {
  const { importFolder, ImportError } = await import('../app/import.ts');
  const line = new ProgressLine(call);
  try {
    const report = await importFolder({
      source: path.resolve(call.positionals['PB_DATA']!),
      target: call.options.dir,
      link: call.flags['link'] !== undefined,
      encryptionKey: readKey(call),
      signal: call.signal,
      onProgress: (progress) => line.show(progress),
    });
    line.clear();
    if (call.isJson) call.out(JSON.stringify(report));
    else for (const text of renderReport(report)) call.out(text);
    return 0;
  } catch (error) {
    line.clear();
    if (call.signal.aborted) throw new CommandError('The import was stopped; nothing was imported.', { cause: error });
    if (error instanceof ImportError) throw new CommandError(error.message, { cause: error });
    throw error;
  }
}

function readKey({ flags, environment }: CommandCall): string {
  const name = flags['encryption-key-env'];
  if (name === undefined) return '';
  const key = environment[name];
  if (key === undefined || key === '') throw new CommandError(`The environment variable ${name} is not set.`);
  return key;
}

const intervalMs = { live: 100, plain: 5000 };

/** Tells how far an import is: in one line that changes on a terminal, in a line now and then elsewhere. */
class ProgressLine {
  readonly #call: CommandCall;
  readonly #isLive: boolean;
  #shownMs = Number.NEGATIVE_INFINITY;
  #phase = '';

  constructor(call: CommandCall) {
    this.#call = call;
    this.#isLive = process.stderr.isTTY === true && !call.isJson;
  }

  show(progress: ImportProgress): void {
    const nowMs = performance.now();
    const isDue = nowMs - this.#shownMs >= (this.#isLive ? intervalMs.live : intervalMs.plain);
    if (!isDue && progress.phase === this.#phase) return;
    this.#shownMs = nowMs;
    this.#phase = progress.phase;
    const text = describeProgress(progress);
    if (this.#isLive) process.stderr.write(`\r\u001b[2K${text.slice(0, (process.stderr.columns || 80) - 1)}`);
    else this.#call.err(text);
  }

  clear(): void {
    if (this.#isLive) process.stderr.write('\r\u001b[2K');
  }
}

const phases: { readonly [phase in ImportProgress['phase']]: string } = {
  read: 'Reading the collections',
  records: 'Records',
  indexes: 'Indexes',
  files: 'Files',
  finish: 'Moving everything into place',
};

function describeProgress({ phase, done, total, subject }: ImportProgress): string {
  const share = total > 0 ? ` ${done.toLocaleString('en')} of ${total.toLocaleString('en')}` : '';
  const count = total === 0 && done > 0 ? ` ${done.toLocaleString('en')}` : share;
  return `${phases[phase]}${count}${subject === '' ? '' : ` (${subject})`}`;
}

/** What the notes of a kind have in common, in the order in which they are shown. */
const titles: { readonly [kind in NoteKind]: string } = {
  view: 'Views that were left out',
  hook: 'Hooks that do not run here',
  migration: 'Migrations',
  table: 'Tables that were left out',
  column: 'Columns that do not match',
  index: 'Indexes that were left out',
  record: 'Records that were left out',
  file: 'Files that were left out',
  'missing file': 'Files that are missing in the source',
  value: 'Values that were changed',
  mfa: 'Second factors that are not asked for yet',
  oauth2: 'Sign-in through others, not available yet',
  otp: 'One-time passwords, not available yet',
  alert: 'Login alerts, not available yet',
  setting: 'Settings',
  rule: 'Rules that fail',
  collection: 'Parts of collections that have to be mended',
  public: 'Collections that are open to everybody',
  superuser: 'Superusers',
  logs: 'Logs',
  backup: 'Backups',
};

/** Notes of one kind that are printed; the report file has more. */
const printedMax = 20;

function renderReport(report: ImportReport): string[] {
  const { collections, notes, furtherNotes } = report;
  const rows = collections.map(({ name, type, records, files, missingFiles }) => [
    name,
    type,
    String(records),
    missingFiles > 0 ? `${files} (${missingFiles} missing)` : String(files),
  ]);
  const seconds = (report.durationMs / 1000).toFixed(1);
  const lines = [
    `Imported ${report.records} records in ${collections.length} collections and ${report.files} files in ${seconds} s.`,
    '',
    ...renderTable([['collection', 'type', 'records', 'files'], ...rows]),
  ];
  for (const kind of Object.keys(titles) as NoteKind[]) {
    const own = notes.filter((note) => note.kind === kind);
    if (own.length === 0) continue;
    const count = own.length + (furtherNotes[kind] ?? 0);
    lines.push('', `${titles[kind]} (${count}):`);
    for (const { subject, message } of own.slice(0, printedMax)) lines.push(`  ${subject} ${message}`);
    if (count > printedMax) lines.push(`  and ${count - printedMax} more`);
  }
  lines.push('', `All of this is in ${path.join(report.target, 'import-report.json')}.`);
  lines.push(`To begin: pando serve --dir ${report.target}`);
  return lines;
}

function renderTable(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column]!)).join('  ')}`.trimEnd());
}
