// Debian packages that some tests need. The end of a test file's name tells which.
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { runTool } from './steps.ts';

/** What test files with a certain ending need from the machine. */
export interface Need {
  readonly suffix: string;
  /** The program's name, or where it is when it lies on nobody's path. */
  readonly command: string;
  readonly debianPackage: string;
}

const NEEDS: readonly Need[] = [
  { suffix: '.browser.test.ts', command: 'chromium', debianPackage: 'chromium' },
  { suffix: '.strace.test.ts', command: 'strace', debianPackage: 'strace' },
  { suffix: '.pg.test.ts', command: '/usr/lib/postgresql/15/bin/postgres', debianPackage: 'postgresql-15' },
];

/** The needs of these files that the machine does not meet. */
export function findUnmetNeeds(files: readonly string[]): Need[] {
  return NEEDS.filter((need) => files.some((file) => file.endsWith(need.suffix)) && !isCommand(need.command));
}

/**
 * Installs what is missing: with apt-get as root, or by a sudo that asks no password. Elsewhere it only says what to
 * do, and the caller leaves out the tests that cannot run.
 *
 * @returns false when an installation was tried and failed
 */
export async function installNeeds(needs: readonly Need[]): Promise<boolean> {
  if (needs.length === 0) return true;
  const packages = needs.map((need) => need.debianPackage);
  const prefix = isCommand('apt-get') ? await findPrivilege() : undefined;
  if (prefix === undefined) {
    console.log(`missing: ${packages.join(', ')}. On Debian: sudo apt-get install ${packages.join(' ')}`);
    return true;
  }
  const aptGet = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-q'];
  const install = ['install', '-y', '--no-install-recommends', ...packages];
  return (await runCommand([...aptGet, 'update'])) && (await runCommand([...aptGet, ...install]));
}

/** Words to put before a command that needs root; undefined when there is no way to become root unasked. */
async function findPrivilege(): Promise<string[] | undefined> {
  if (process.getuid?.() === 0) return [];
  if (isCommand('sudo') && (await runTool('sudo', ['-n', 'true']))) return ['sudo', '-n'];
  return undefined;
}

function runCommand([command = '', ...args]: readonly string[]): Promise<boolean> {
  return runTool(command, args);
}

function isCommand(name: string): boolean {
  if (path.isAbsolute(name)) return isExecutable(name);
  return (process.env['PATH'] ?? '').split(path.delimiter).some((folder) => isExecutable(path.join(folder, name)));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
