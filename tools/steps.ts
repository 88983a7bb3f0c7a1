// Runs the steps of a check one after another, each under a heading, and sums them up.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { styleText } from 'node:util';

/** One step: a heading, and work that answers whether all was well. */
export interface Step {
  readonly name: string;
  readonly run: () => Promise<boolean>;
}

/** What became of a step; elapsedMs is wall time. */
export interface StepResult {
  readonly name: string;
  readonly isGood: boolean;
  readonly elapsedMs: number;
}

/** The folder of the repository, absolute. */
export const ROOT = path.dirname(import.meta.dirname);

/** Runs every step, also after a failure, so that one run shows all there is to mend. */
export async function runSteps(steps: readonly Step[]): Promise<StepResult[]> {
  const results: StepResult[] = [];
  for (const step of steps) {
    console.log(styleText('bold', `\n== ${step.name} ==`));
    const startedMs = performance.now();
    const isGood = await runGuarded(step);
    const elapsedMs = performance.now() - startedMs;
    results.push({ name: step.name, isGood, elapsedMs });
    console.log(`${describeOutcome(isGood)} after ${formatSeconds(elapsedMs)}`);
  }
  return results;
}

/** A table of the steps, one a line. */
export function printSteps(results: readonly StepResult[]): void {
  console.log(styleText('bold', '\n== summary =='));
  const width = Math.max(0, ...results.map((result) => result.name.length));
  for (const result of results) {
    const elapsed = formatSeconds(result.elapsedMs).padStart(8);
    console.log(`${result.name.padEnd(width)}  ${elapsed}  ${describeOutcome(result.isGood)}`);
  }
}

/**
 * Runs a program in the repository with its output passed through, the repository's own tools first on the path.
 *
 * @returns whether it ended with exit code 0
 */
export function runTool(command: string, args: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: ROOT, stdio: 'inherit', env: toolEnvironment() });
    child.on('error', (error) => {
      console.error(`cannot run ${command}: ${error.message}`);
      resolve(false);
    });
    child.on('close', (code) => resolve(code === 0));
  });
}

/** The environment for tools and tests: `node`, `npm` and the development tools are the pinned ones. */
export function toolEnvironment(): NodeJS.ProcessEnv {
  const own = path.join(ROOT, 'node_modules', '.bin');
  const inherited = process.env['PATH'] ?? '';
  const isFirst = inherited.split(path.delimiter)[0] === own;
  return { ...process.env, PATH: isFirst ? inherited : `${own}${path.delimiter}${inherited}` };
}

async function runGuarded(step: Step): Promise<boolean> {
  try {
    return await step.run();
  } catch (error) {
    console.error(error);
    return false;
  }
}

function describeOutcome(isGood: boolean): string {
  return isGood ? styleText('green', 'passed') : styleText('red', 'FAILED');
}

function formatSeconds(elapsedMs: number): string {
  return `${(elapsedMs / 1000).toFixed(1)} s`;
}
