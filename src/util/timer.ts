/** Something that will happen, unless it is cancelled first. */
export interface Timer {
  /** Makes it not happen (again). A second call, or one after it happened, does nothing. */
  cancel(): void;
}

/** Runs `action` once after `durationMs`. Does not keep the process alive. */
export function after(durationMs: number, action: () => void): Timer {
  const handle = setTimeout(action, durationMs);
  handle.unref();
  return { cancel: () => clearTimeout(handle) };
}

/** Runs `action` every `intervalMs`, the first time after one interval. Does not keep the process alive. */
export function every(intervalMs: number, action: () => void): Timer {
  const handle = setInterval(action, intervalMs);
  handle.unref();
  return { cancel: () => clearInterval(handle) };
}
