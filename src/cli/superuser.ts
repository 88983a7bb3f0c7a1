import type { OptionName } from '../config/options.ts';
import { ApiError, type ErrorData } from '../model/errors.ts';
import type { Superusers } from '../services/auth/superusers.ts';
import { type Command, type CommandCall, CommandError, type Positional } from './command.ts';
import { createReporter } from './serve.ts';

const email: Positional = { name: 'EMAIL', help: 'The address that the superuser signs in with.' };
const password: Positional = { name: 'PASSWORD', help: 'The new password, at least 8 characters.' };
const options: readonly OptionName[] = ['dir', 'config', 'logLevel', 'logFormat', 'dev'];
const details = 'Superusers pass every rule and may change everything. Stop the server of this data folder first.';

/** Does one thing to one superuser and says in one word what was done. */
type Action = (superusers: Superusers, email: string, password: string) => Promise<'created' | 'updated' | 'deleted'>;

/** `pando superuser upsert|create|update|delete|ips` */
export const superuserCommands: readonly Command[] = [
  define(
    'upsert',
    'Create a superuser, or give an existing one this password.',
    [email, password],
    (superusers, ...who) => superusers.upsert(...who),
  ),
  define('create', 'Create a superuser.', [email, password], async (superusers, ...who) => {
    await superusers.create(...who);
    return 'created';
  }),
  define('update', 'Give a superuser another password.', [email, password], async (superusers, ...who) => {
    await superusers.update(...who);
    return 'updated';
  }),
  define('delete', 'Delete a superuser.', [email], async (superusers, who) => {
    await superusers.delete(who);
    return 'deleted';
  }),
  {
    words: ['superuser', 'ips'],
    summary: 'Say from which addresses superusers may come.',
    details: 'Also the way back in for whoever has locked everybody out. Stop the server of this data folder first.',
    positionals: [{ name: 'LIST', help: 'Addresses and ranges (10.0.0.0/8) separated by commas, or the word all.' }],
    options,
    run: setIps,
  },
];

function define(word: string, summary: string, positionals: readonly Positional[], action: Action): Command {
  return { words: ['superuser', word], summary, details, positionals, options, run: (call) => run(call, action) };
}

async function run(call: CommandCall, action: Action): Promise<number> {
  const { EMAIL = '', PASSWORD = '' } = call.positionals;
  const { openServices } = await import('../app/compose.ts');
  await using opened = await openServices(call.options, { reporter: createReporter(call.options) });
  try {
    const outcome = await action(opened.services.superusers, EMAIL, PASSWORD);
    call.out(call.isJson ? JSON.stringify({ email: EMAIL, outcome }) : `Superuser ${EMAIL} ${outcome}.`);
    return 0;
  } catch (error) {
    if (error instanceof ApiError) throw new CommandError(describe(error), { cause: error });
    throw error;
  }
}

async function setIps(call: CommandCall): Promise<number> {
  const list = call.positionals['LIST']!;
  const superuserIPs = list === 'all' ? [] : list.split(',').map((each) => each.trim());
  const { openServices } = await import('../app/compose.ts');
  await using opened = await openServices(call.options, { reporter: createReporter(call.options) });
  try {
    await opened.services.settings.update({ superuserIPs });
  } catch (error) {
    if (error instanceof ApiError) throw new CommandError(describe(error), { cause: error });
    throw error;
  }
  const places = superuserIPs.length === 0 ? 'any address' : superuserIPs.join(', ');
  call.out(call.isJson ? JSON.stringify({ superuserIPs }) : `Superusers may come from ${places}.`);
  return 0;
}

/** The message of an API error and, after it, what is wrong with which field. */
function describe(error: ApiError): string {
  return [error.message, ...leaves(error.data).map(([field, message]) => `${field}: ${message}`)].join(' ');
}

function leaves(data: ErrorData, prefix = ''): [string, string][] {
  return Object.entries(data).flatMap(([key, value]): [string, string][] => {
    if (typeof value.message === 'string') return [[`${prefix}${key}`, value.message]];
    return leaves(value as ErrorData, `${prefix}${key}.`);
  });
}
