// Finds the pinned Node, installs it in a clone that has none, and continues a script under it.
//
// Everything here must run on Node 20 with no node_modules at all: it is what makes the rest possible.
import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Flags for Node: the warning filter keeps node:sqlite from printing on every start. The other two keep V8 from growing its heap to several
 * times of what is alive: under a load of writes the process stays a fifth smaller, at the price of some percent of its time.
 */
export const NODE_FLAGS = [
  '--disable-warning=ExperimentalWarning',
  '--max-semi-space-size=16',
  '--heap-growing-percent=50',
];

/** The oldest Node that has what Pando uses (release-candidate node:sqlite, argon2, type stripping): [major, minor]. */
const NODE_OLDEST = [24, 15];

/** fsync, file reads, argon2id and sharp share libuv's pool; its default of 4 threads lets hashing hold up commits. */
const THREAD_POOL_SIZE_MIN = 8;

const SIGNALS_FORWARDED = ['SIGTERM', 'SIGINT', 'SIGHUP'];

/**
 * The path of the Node to run Pando with: the one that the npm package `node` installed, wherever npm hoisted it, or
 * else the running one.
 *
 * @param {string} root absolute path of Pando's package or clone
 * @returns {string} absolute path of an executable
 * @throws {Error} when neither is there or new enough
 */
export function findNode(root) {
  const pinned = findPinnedNode(root);
  if (pinned !== undefined) return pinned;
  if (isNewEnough(process.versions.node)) return process.execPath;
  const oldest = NODE_OLDEST.join('.');
  throw new Error(
    `the pinned Node is not installed below ${root}, and the running Node ${process.version} is older than ${oldest}.\n` +
      'Run `npm install` there. If install scripts are switched off, `npm rebuild node --ignore-scripts=false` fetches it.',
  );
}

/**
 * Runs a script under the pinned Node with Pando's flags, standard streams, signals and exit code as if it had been
 * started directly. Where Node can replace its process (23.11 and later) this does not return; elsewhere the script is
 * a child that follows this process into death, even by SIGKILL.
 *
 * @param {string} root absolute path of Pando's package or clone
 * @param {string} script absolute path of the script
 * @param {string[]} args its arguments
 * @returns {Promise<void>} settled when the script has ended, with process.exitCode set
 */
export async function continueUnderPinnedNode(root, script, args) {
  if (!existsSync(script))
    throw new Error(`${script} is missing: the package is not built, or the clone is incomplete`);
  const node = findNode(root);
  const env = withCompileCache(root, withThreadPool(process.env));
  const nodeArgs = [...NODE_FLAGS, script, ...args];
  if (typeof process.execve === 'function') process.execve(node, [node, ...nodeArgs], env);
  await runAsChild(node, nodeArgs, env);
}

/**
 * Installs the clone's packages when they are absent or are not those of the lock file.
 *
 * @param {string} root absolute path of the clone
 * @param {{onlyIfAbsent?: boolean}} [options] onlyIfAbsent: leave packages of an older lock file alone
 */
export async function installMissing(root, options = {}) {
  if (isInstalled(root, options)) return;
  process.stderr.write('Installing what is missing: npm ci\n');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  // Warnings about the engines of packages that only the pinned Node will run would be noise, hence the log level.
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
  // Standard output belongs to the program that runs next; npm's goes to standard error.
  const child = spawn(npm, args, { cwd: root, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' });
  const { code, signal } = await ended(child, 'npm');
  if (code !== 0) throw new Error(`npm ci failed in ${root} (${signal ?? `exit code ${code}`})`);
}

/** Whether node_modules holds the pinned Node and, unless onlyIfAbsent, exactly the packages of the lock file. */
function isInstalled(root, { onlyIfAbsent = false }) {
  const modules = path.join(root, 'node_modules');
  if (nodeIn(modules) === undefined) return false;
  // npm writes this file last, so its presence also says that no install was cut short.
  const installed = readPackages(path.join(modules, '.package-lock.json'));
  if (installed === undefined) return false;
  if (onlyIfAbsent) return true;
  const locked = readPackages(path.join(root, 'package-lock.json'));
  if (locked === undefined) throw new Error(`${root} has no readable package-lock.json`);
  return arePackagesLocked(installed, locked);
}

/** Compares npm's record of what it installed with the lock file; packages for other platforms may be absent. */
function arePackagesLocked(installed, locked) {
  const isSame = (a, b) => a !== undefined && b !== undefined && a.version === b.version && a.integrity === b.integrity;
  for (const [place, entry] of Object.entries(locked)) {
    if (place === '' || (entry.optional && installed[place] === undefined)) continue;
    if (!isSame(installed[place], entry)) return false;
  }
  return Object.keys(installed).every((place) => isSame(installed[place], locked[place]));
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/** The pinned Node of the nearest node_modules, going up from the package, as Node itself resolves a package. */
function findPinnedNode(root) {
  for (let folder = root; ; folder = path.dirname(folder)) {
    const found = nodeIn(path.join(folder, 'node_modules'));
    if (found !== undefined) return found;
    if (folder === path.dirname(folder)) return undefined;
  }
}

/** The executable of the npm package `node` in a node_modules folder, if it is there, runnable and new enough. */
function nodeIn(modules) {
  const executable = path.join(modules, 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  try {
    accessSync(executable, constants.X_OK);
    const { version } = JSON.parse(readFileSync(path.join(modules, 'node', 'package.json'), 'utf8'));
    return isNewEnough(version) ? executable : undefined;
  } catch {
    return undefined;
  }
}

function isNewEnough(version) {
  const [major, minor] = version.split('.').map(Number);
  return major > NODE_OLDEST[0] || (major === NODE_OLDEST[0] && minor >= NODE_OLDEST[1]);
}

/** The environment for the program: a thread pool of at least eight, unless the user has said otherwise. */
function withThreadPool(env) {
  return { ...env, UV_THREADPOOL_SIZE: env.UV_THREADPOOL_SIZE || String(THREAD_POOL_SIZE_MIN) };
}

/**
 * The environment for the program, with a folder where Node keeps compiled code: a start takes half the time and 30 MB
 * less with it. It lies with the packages where they are this user's, else among the user's own caches; never in a folder that
 * others may write, because what lies there is run.
 */
function withCompileCache(root, env) {
  if (env.NODE_COMPILE_CACHE || env.NODE_DISABLE_COMPILE_CACHE || process.getuid === undefined) return env;
  const modules = path.join(root, 'node_modules');
  const caches = env.XDG_CACHE_HOME || path.join(homedir(), '.cache');
  const place = [modules, caches].find((folder) => isOwn(folder));
  return place === undefined ? env : { ...env, NODE_COMPILE_CACHE: path.join(place, '.pando-compile-cache') };
}

function isOwn(folder) {
  try {
    return statSync(folder).uid === process.getuid();
  } catch {
    return false;
  }
}

async function runAsChild(node, nodeArgs, env) {
  // The child holds the reading end of a pipe whose writing end lives in this process alone: when this process dies,
  // by whatever means, the pipe ends and so does the child. Nobody is left behind holding the port and the data.
  const watch = fileURLToPath(new URL('parent-watch.mjs', import.meta.url));
  const child = spawn(node, ['--import', watch, ...nodeArgs], {
    env: { ...env, PANDO_LAUNCHER_PID: String(process.pid) },
    stdio: ['inherit', 'inherit', 'inherit', 'pipe'],
  });
  const forwarders = SIGNALS_FORWARDED.map((signal) => {
    // A terminal sends Ctrl-C to both processes; forwarding it would make it two.
    const isDelivered = signal === 'SIGINT' && process.stdin.isTTY;
    const forward = () => void (isDelivered || child.kill(signal));
    process.on(signal, forward);
    return [signal, forward];
  });
  const { code, signal } = await ended(child, node);
  for (const [name, forward] of forwarders) process.off(name, forward);
  if (signal === null) process.exitCode = code;
  else process.kill(process.pid, signal);
}

function ended(child, name) {
  return new Promise((resolve, reject) => {
    child.on('error', (error) => reject(new Error(`cannot start ${name}: ${error.message}`)));
    child.on('close', (code, signal) => resolve({ code, signal }));
  });
}
