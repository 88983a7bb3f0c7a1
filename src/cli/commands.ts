import type { Command } from './command.ts';
import { importCommand } from './import.ts';
import { optionsCommand } from './options.ts';
import { serveCommand } from './serve.ts';
import { superuserCommands } from './superuser.ts';

/** All commands, in the order of the help. */
export const commands: readonly Command[] = [serveCommand, ...superuserCommands, importCommand, optionsCommand];
