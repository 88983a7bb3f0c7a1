// `npm test`: format, lint, types, the tree's own rules, then every test.
//
// `npm test -- rules files` runs only the test files whose path contains one of the words;
// `npm run check` (the option --checks) runs everything but the tests.
import { findUnmetNeeds, installNeeds } from './test-needs.ts';
import { findTestFiles, runTestFiles, type TestTotals } from './test-files.ts';
import { printSteps, runSteps, runTool, type Step } from './steps.ts';

const CHECKS: readonly Step[] = [
  { name: 'format', run: () => runTool('biome', ['format', '.']) },
  { name: 'lint', run: () => runTool('oxlint', ['--deny-warnings']) },
  { name: 'types', run: () => runTool('tsc', ['--noEmit', '-p', '.']) },
  { name: 'tidy', run: () => runTool('node', ['tools/tidy.ts']) },
];

async function main(args: readonly string[]): Promise<boolean> {
  const words = args.filter((argument) => !argument.startsWith('--'));
  const unknown = args.find((argument) => argument.startsWith('--') && argument !== '--checks');
  if (unknown !== undefined)
    return refuse(`unknown option ${unknown}: only --checks and words of file names are known`);

  console.log(`node ${process.version}, SQLite ${process.versions['sqlite']}`);
  const checks = words.length > 0 ? [] : CHECKS;
  if (args.includes('--checks')) return summarize(await runSteps(checks));

  const files = findTestFiles(words);
  if (files.length === 0) return refuse(`no test file has ${words.join(' or ')} in its path`);
  return runAll(checks, files);
}

async function runAll(checks: readonly Step[], files: readonly string[]): Promise<boolean> {
  let totals: TestTotals = { passed: 0, failed: 0, skipped: 0, failures: [] };
  let leftOut: string[] = [];
  const install: Step = { name: 'Debian packages', run: () => installNeeds(findUnmetNeeds(files)) };
  const test: Step = {
    name: 'tests',
    run: async () => {
      const unmet = findUnmetNeeds(files);
      leftOut = files.filter((file) => unmet.some((need) => file.endsWith(need.suffix)));
      totals = await runTestFiles(files.filter((file) => !leftOut.includes(file)));
      return totals.failed === 0;
    },
  };
  const needed = findUnmetNeeds(files).length > 0 ? [install] : [];
  const isGood = summarize(await runSteps([...needed, ...checks, test]));
  for (const failure of totals.failures) console.log(`failed: ${failure}`);
  for (const file of leftOut) console.log(`NOT RUN: ${file} (the machine lacks what it needs, see above)`);
  if (totals.skipped > 0) console.log(`${totals.skipped} skipped by themselves`);
  console.log(`${totals.passed} passed, ${totals.failed} failed`);
  return isGood;
}

function summarize(results: Awaited<ReturnType<typeof runSteps>>): boolean {
  printSteps(results);
  return results.every((result) => result.isGood);
}

function refuse(reason: string): boolean {
  console.error(reason);
  return false;
}

process.exitCode = (await main(process.argv.slice(2))) ? 0 : 1;
