/**
 * Makes an element. `props`: `class`, `data` (object), `style` (object of custom properties), `onclick` and other
 * listeners as functions, booleans as flags, anything else as an attribute. Children may be nodes, text, lists or
 * nothing; text is never parsed as HTML.
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name === 'data') Object.assign(element.dataset, value);
    else if (name === 'style') for (const [key, part] of Object.entries(value)) element.style.setProperty(key, part);
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat().filter((child) => child !== undefined && child !== null && child !== false));
  return element;
}

const paths = {
  heart: 'M12 20.5C5 15.6 2.8 12 2.8 8.7A4.7 4.7 0 0 1 12 6.6a4.7 4.7 0 0 1 9.2 2.1c0 3.3-2.2 6.9-9.2 11.8Z',
  comment: 'M20.5 11.5c0 4.1-3.8 7.4-8.5 7.4-1.1 0-2.2-.2-3.2-.5L4 20l1.5-3.7a6.9 6.9 0 0 1-2-4.8C3.5 7.4 7.3 4 12 4s8.5 3.4 8.5 7.5Z',
  search: 'M10.8 17.6a6.8 6.8 0 1 0 0-13.6 6.8 6.8 0 0 0 0 13.6ZM15.8 15.8 20.5 20.5',
  plus: 'M12 5v14M5 12h14',
  close: 'M6 6l12 12M18 6 6 18',
  left: 'M14.5 5.5 8 12l6.5 6.5',
  right: 'M9.5 5.5 16 12l-6.5 6.5',
  lock: 'M6.5 10.5h11v9h-11zM8.8 10.5V8a3.2 3.2 0 0 1 6.4 0v2.5',
  pin: 'M12 21c-4.5-4.4-6.8-7.9-6.8-10.9A6.7 6.7 0 0 1 12 3.5a6.7 6.7 0 0 1 6.8 6.6c0 3-2.3 6.5-6.8 10.9ZM12 12.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Z',
  sun: 'M12 16.2a4.2 4.2 0 1 0 0-8.4 4.2 4.2 0 0 0 0 8.4ZM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M18.7 5.3l-1.4 1.4M6.7 17.3l-1.4 1.4',
  moon: 'M19.8 14.3A8 8 0 0 1 9.7 4.2a8 8 0 1 0 10.1 10.1Z',
  auto: 'M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17ZM12 3.5v17M12 8l6-2.6M12 12l8.5-2M12 16l8-1.4',
  more: 'M5.5 12h.01M12 12h.01M18.5 12h.01',
  leaf: 'M12 3c-5 2.7-8 5.8-8 9.6S7.4 18.6 12 18.6s8-2.2 8-6S17 5.7 12 3ZM12 8v13.5M12 13 8.6 10.3M12 13l3.4-2.7',
  picture: 'M4 5.5h16v13H4zM4 15.5l4.6-4.7 4.4 4.7 2.6-2.6 4.4 4.1M15.2 9.2h.01',
  home: 'M4 11.2 12 4.5l8 6.7V20h-5.2v-5.5H9.2V20H4z',
  people: 'M9 11.2a3.3 3.3 0 1 0 0-6.6 3.3 3.3 0 0 0 0 6.6ZM2.8 19.5c.4-3.6 2.8-5.6 6.2-5.6s5.8 2 6.2 5.6M15.5 5a3.1 3.1 0 0 1 0 6M17.2 14.3c2.3.6 3.7 2.4 4 5.2',
  person: 'M12 11.5a3.8 3.8 0 1 0 0-7.6 3.8 3.8 0 0 0 0 7.6ZM4.8 20.3c.5-4 3.2-6.2 7.2-6.2s6.7 2.2 7.2 6.2',
};

/** A line icon, hidden from assistive technology: the control around it carries the name. */
export function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  svg.classList.add('icon', `icon-${name}`);
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  path.setAttribute('d', paths[name]);
  svg.append(path);
  return svg;
}
