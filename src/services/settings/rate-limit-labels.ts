import type { RateLimitRule } from './settings.ts';

/** Rules whose labels name a collection, with its new name; null when none does. */
export function renameInLabels(rules: readonly RateLimitRule[], from: string, to: string): RateLimitRule[] | null {
  const prefix = `${from}:`;
  if (!rules.some(({ label }) => label.startsWith(prefix))) return null;
  return rules.map((rule) =>
    rule.label.startsWith(prefix) ? { ...rule, label: `${to}:${rule.label.slice(prefix.length)}` } : rule,
  );
}
