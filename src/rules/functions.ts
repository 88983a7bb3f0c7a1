import type { CallNode, OperandNode } from './ast.ts';
import type { Operand } from './condition.ts';
import { RuleError } from './errors.ts';

const strftimeArgumentsMax = 10;

/** Resolves the names among a function's arguments. */
type NameResolver = (name: string) => Operand;

const functions = new Map<string, (args: readonly OperandNode[], resolve: NameResolver) => Operand>([
  ['geoDistance', geoDistance],
  ['strftime', strftime],
]);

/** Resolves a call. Throws `RuleError` for unknown functions and wrong arguments. */
export function resolveCall(call: CallNode, resolve: NameResolver): Operand {
  const build = functions.get(call.name);
  if (build === undefined) throw new RuleError(`unknown function "${call.name}"`);
  return build(call.args, resolve);
}

function geoDistance(args: readonly OperandNode[], resolve: NameResolver): Operand {
  if (args.length !== 4) throw new RuleError(`[geoDistance] expected 4 arguments, got ${args.length}`);
  const resolved = args.map((arg, index): Operand => {
    if (arg.kind === 'number') return { kind: 'literal', value: arg.value };
    if (arg.kind === 'identifier') return inFunction('geoDistance', `argument ${index}`, () => resolve(arg.name));
    throw new RuleError(`[geoDistance] argument ${index} must be an identifier or number`);
  });
  return { kind: 'geoDistance', args: resolved as [Operand, Operand, Operand, Operand] };
}

function strftime(args: readonly OperandNode[], resolve: NameResolver): Operand {
  const [format, time, ...modifiers] = args;
  if (format === undefined) throw new RuleError('[strftime] expected at least 1 arguments, got 0');
  if (args.length > strftimeArgumentsMax) {
    throw new RuleError(`[strftime] too many arguments (max allowed ${strftimeArgumentsMax}, got ${args.length})`);
  }
  if (format.kind !== 'text') throw new RuleError('[strftime] expects the first argument to be a format string');
  return {
    kind: 'strftime',
    format: format.value,
    time: time === undefined ? null : timeValue(time, resolve),
    modifiers: modifiers.map((modifier, index) => {
      if (modifier.kind === 'text') return modifier.value;
      throw new RuleError(`[strftime] invalid modifier argument ${index} - can be only string`);
    }),
  };
}

function timeValue(node: OperandNode, resolve: NameResolver): Operand {
  if (node.kind === 'call') {
    throw new RuleError('[strftime] expects the second argument to be of a valid time-value type');
  }
  if (node.kind !== 'identifier') return { kind: 'literal', value: node.value };
  return inFunction('strftime', 'time-value argument', () => resolve(node.name));
}

function inFunction(name: string, what: string, resolve: () => Operand): Operand {
  try {
    return resolve();
  } catch (error) {
    if (error instanceof RuleError) throw new RuleError(`[${name}] failed to resolve ${what}: ${error.message}`);
    throw error;
  }
}
