import type { Load } from './load/crew.ts';
import type { Seeder, Sizes } from './seed.ts';
import type { Server } from './target/server.ts';

export type Group = 'create' | 'auth' | 'search' | 'raw' | 'fanout' | 'delete';

/** What the lines are made for: the sizes of the data, and the factor by which numbers of requests shrink. */
export interface Plan {
  sizes: Sizes;
  requestScale: number;
}

/** A server as a line sees it. */
export interface Site {
  server: Server;
  seeder: Seeder;
}

/** Something measured on every server: many requests with a fixed number of them under way. */
export interface LoadLine {
  kind: 'load';
  group: Group;
  name: string;
  requests: number;
  concurrency: number;
  /** With several rounds: do the whole line in each, or (where data grows or shrinks) divide its requests among them. */
  rounds: 'again' | 'split';
  /** Collections that must be full before. */
  needs: readonly string[];
  /** Rules and indexes that hold during the line only; `after` puts them back. */
  settings?: {
    collection: string;
    during: Readonly<Record<string, unknown>>;
    after: Readonly<Record<string, unknown>>;
  };
  /** True when the line makes or deletes users, organizations or permissions. */
  isChangingPeople?: boolean;
  /** Builds the requests of one round. */
  load(site: Site, count: number): Promise<Load>;
  /** A request whose answer must agree between the servers (its totals and number of items). */
  probe?: string;
}

/** One event sent to many realtime clients, several times. */
export interface FanOutLine {
  kind: 'fanout';
  group: 'fanout';
  name: string;
  clients: number;
  events: number;
  needs: readonly string[];
}

export type Line = LoadLine | FanOutLine;

/** The text by which `--only` finds a line. */
export function lineTitle(line: Line): string {
  return `${line.group} ${line.name}`;
}

/**
 * The lines whose group is named, or whose title has one of the words in it.
 *
 * @param only words with commas between them, or undefined for all lines
 */
export function selectLines(lines: readonly Line[], only: string | undefined): Line[] {
  if (only === undefined) return [...lines];
  const words = only.split(',').map((word) => word.trim().toLowerCase());
  return lines.filter((line) => {
    const title = lineTitle(line).toLowerCase();
    return words.some((word) => line.group === word || (word !== '' && title.includes(word)));
  });
}
