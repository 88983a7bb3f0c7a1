import type { Reporter } from '../observe/reporter.ts';

/** One unit of work failed where nobody caught it: that is reported, and the others go on. Answers how to stop. */
export function surviveUncaught(reporter: Reporter): () => void {
  const report = (error: unknown): void => reporter.uncaught(error);
  process.on('uncaughtException', report).on('unhandledRejection', report);
  return () => void process.off('uncaughtException', report).off('unhandledRejection', report);
}
