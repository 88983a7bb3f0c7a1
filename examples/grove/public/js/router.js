/** Routes are path patterns such as `/u/:handle`; the first that fits wins. */
export function matchRoute(patterns, path) {
  for (const pattern of patterns) {
    const names = [];
    const source = pattern.replace(/:(\w+)/g, (_, name) => {
      names.push(name);
      return '([^/]+)';
    });
    const found = new RegExp(`^${source}/?$`).exec(path);
    if (found) return { pattern, params: Object.fromEntries(names.map((name, i) => [name, decodeURIComponent(found[i + 1])])) };
  }
  return undefined;
}

let onChange = () => {};

/** Calls `show` now, at every `go`, and when the user moves through the history; takes over clicks on links within the app. */
export function startRouter(show) {
  onChange = show;
  addEventListener('popstate', () => show());
  document.addEventListener('click', (event) => {
    const link = event.target.closest?.('a[href^="/"]');
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (!link || !plain || event.defaultPrevented || link.target) return;
    event.preventDefault();
    go(link.getAttribute('href'));
  });
  show();
}

/** Moves to a path of the app. `replace` leaves no entry in the history; `state` is kept with the entry. */
export function go(path, { replace = false, state = { inApp: true } } = {}) {
  if (path !== location.pathname + location.search) history[replace ? 'replaceState' : 'pushState'](state, '', path);
  onChange();
}
