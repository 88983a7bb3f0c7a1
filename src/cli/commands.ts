import type { Command } from './command.ts';
import { optionsCommand } from './options.ts';
import { serveCommand } from './serve.ts';

/** All commands, in the order of the help. */
export const commands: readonly Command[] = [serveCommand, optionsCommand];
