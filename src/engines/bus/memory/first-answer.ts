/** The first answer that is not null; null when all are null, or after `timeoutMs`. The promises must not reject. */
export function firstAnswer(asked: readonly Promise<string | null>[], timeoutMs: number): Promise<string | null> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(null), timeoutMs);
    let left = asked.length;
    for (const each of asked) {
      void each.then((answer) => {
        left--;
        if (answer === null && left > 0) return undefined;
        clearTimeout(timer);
        resolve(answer);
        return undefined;
      });
    }
  });
}
