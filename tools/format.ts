// `npm run format`: writes every file in the project's format.
import { runTool } from './steps.ts';

process.exitCode = (await runTool('biome', ['format', '--write', '.'])) ? 0 : 1;
