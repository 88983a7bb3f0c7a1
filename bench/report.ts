import { writeFile } from 'node:fs/promises';
import os from 'node:os';
import type { Figures, LineResult } from './measure.ts';
import { geometricMean } from './statistics.ts';

const ORIGINAL_GROUPS: readonly string[] = ['create', 'auth', 'search', 'delete'];
const BUSY_GENERATOR_SHARE = 0.9;

/** What a run was, for its report. */
export interface RunInfo {
  labels: readonly string[];
  scale: number;
  requestScale: number;
  rounds: number;
  generators: number;
  isOneShot: boolean;
  startedAt: Date;
}

/** Milliseconds for people: about three digits. @example formatMs(1234) // '1.23 s' */
export function formatMs(milliseconds: number): string {
  if (Number.isNaN(milliseconds)) return '-';
  if (milliseconds >= 60_000) return `${(milliseconds / 1000).toFixed(0)} s`;
  if (milliseconds >= 1000) return `${(milliseconds / 1000).toPrecision(3)} s`;
  return `${milliseconds >= 1 ? milliseconds.toPrecision(3) : milliseconds.toFixed(2)} ms`;
}

/** @example formatCount(12345.6) // '12,346' */
export function formatCount(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** Why a line's figures should not be trusted without a look, in words; empty when nothing speaks against them. */
export function warningsOf(result: LineResult, labels: readonly string[]): string[] {
  const warnings = [...result.warnings];
  for (const [index, figures] of result.figures.entries()) {
    const label = labels[index] ?? '';
    if (figures.errors > 0) warnings.push(`${label}: ${figures.errors} errors (${figures.errorSamples.join('; ')})`);
    if (figures.generatorCpuShare >= BUSY_GENERATOR_SHARE) {
      warnings.push(`${label}: the generator was the bottleneck (${percent(figures.generatorCpuShare)} of its CPU)`);
    }
  }
  return warnings;
}

/** One line as it is printed while the run goes on. */
export function describeLine(result: LineResult, labels: readonly string[]): string {
  const width = Math.max(...labels.map((label) => label.length));
  const title = `${result.group} ${result.name} [${formatCount(result.requests)}, ${formatCount(result.concurrency)} at once]`;
  const rows = result.figures.map(
    (figures, index) => `  ${(labels[index] ?? '').padEnd(width)}  ${describeFigures(figures)}`,
  );
  const ratio = result.ratio === undefined ? [] : [`  ratio ${result.ratio.toFixed(2)}`];
  return [title, ...rows, ...ratio, ...warningsOf(result, labels).map((text) => `  ! ${text}`)].join('\n');
}

/** The closing table in Markdown, with the geometric means of its ratios. */
export function formatTable(results: readonly LineResult[], info: RunInfo): string {
  const columns = info.labels.flatMap((label) => [`${label} total`, 'rate', 'p50', 'p99']);
  const head = ['line', 'requests', 'at once', ...columns, ...(info.labels.length > 1 ? ['ratio'] : [])];
  const rows = results.map((result) => [
    `${result.group} ${result.name}`,
    formatCount(result.requests),
    formatCount(result.concurrency),
    ...result.figures.flatMap(({ perSecond, spread, totalMs }) => [
      formatMs(totalMs),
      `${formatCount(perSecond)}/s`,
      formatMs(spread.p50),
      formatMs(spread.p99),
    ]),
    ...(info.labels.length > 1 ? [result.ratio === undefined ? 'none' : `${result.ratio.toFixed(2)}`] : []),
  ]);
  const lines = [head, head.map((_, index) => (index === 0 ? '---' : '---:')), ...rows];
  return [...lines.map((cells) => `| ${cells.join(' | ')} |`), '', ...formatMeans(results, info)].join('\n');
}

/** Writes everything measured as JSON (format `pando-bench/1`). */
export async function writeJson(file: string, results: readonly LineResult[], info: RunInfo): Promise<void> {
  const machine = { cpu: os.cpus()[0]?.model, cores: os.availableParallelism(), node: process.version };
  const means = { original: meanOf(results, ORIGINAL_GROUPS), all: meanOf(results) };
  await writeFile(
    file,
    `${JSON.stringify({ format: 'pando-bench/1', ...info, machine, means, lines: results }, null, 2)}\n`,
  );
}

function describeFigures(figures: Figures): string {
  const { best, p50, p99, worst } = figures.spread;
  const parts = [
    `total ${formatMs(figures.totalMs)}`,
    `${formatCount(figures.perSecond)}/s`,
    `best ${formatMs(best)}`,
    `p50 ${formatMs(p50)}`,
    `p99 ${formatMs(p99)}`,
    `worst ${formatMs(worst)}`,
    `errors ${figures.errors}`,
    `generator ${percent(figures.generatorCpuShare)}`,
  ];
  if (figures.serverCpuMsPerRequest !== undefined) {
    parts.push(`server ${(figures.serverCpuMsPerRequest * 1000).toFixed(0)} us CPU each`);
  }
  if (figures.rssBytes !== undefined) parts.push(`RSS ${(figures.rssBytes / 1e6).toFixed(0)} MB`);
  if (figures.rssBytesPerClient !== undefined)
    parts.push(`${(figures.rssBytesPerClient / 1000).toFixed(1)} kB per idle client`);
  return parts.join('  ');
}

function formatMeans(results: readonly LineResult[], info: RunInfo): string[] {
  if (info.labels.length < 2) return [];
  const groups = [...new Set(results.map(({ group }) => group))];
  const compared = results.filter(({ ratio }) => ratio !== undefined).length;
  const slower = results.filter(({ ratio }) => ratio !== undefined && ratio < 1);
  return [
    `Ratio = time of ${info.labels[1]} / time of ${info.labels[0]}; above 1, ${info.labels[0]} is faster.`,
    `Geometric means: ${groups.map((group) => `${group} ${meanOf(results, [group]).toFixed(2)}`).join(', ')};`,
    `original's lines ${meanOf(results, ORIGINAL_GROUPS).toFixed(2)}, all lines ${meanOf(results).toFixed(2)}.`,
    `Compared: ${compared} of ${results.length} lines; below 1: ${slower.map(({ group, name }) => `${group} ${name}`).join(', ') || 'none'}.`,
  ];
}

function meanOf(results: readonly LineResult[], groups?: readonly string[]): number {
  const chosen = groups === undefined ? results : results.filter(({ group }) => groups.includes(group));
  return geometricMean(chosen.flatMap(({ ratio }) => ratio ?? []));
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
