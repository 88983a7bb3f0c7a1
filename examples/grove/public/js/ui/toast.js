import { h } from '../dom.js';

/** Says something at the edge of the screen for a few seconds; at most three at once. */
export function toast(text, kind = 'info') {
  const box = document.querySelector('#toasts');
  const note = h('p', { class: `toast toast-${kind}` }, text);
  box.append(note);
  while (box.children.length > 3) box.firstChild.remove();
  // Shown anew each time, so that it lies above a dialog that was opened since.
  if (box.matches(':popover-open')) box.hidePopover();
  box.showPopover();
  setTimeout(() => note.classList.add('leaving'), 4200);
  setTimeout(() => {
    note.remove();
    if (box.children.length === 0) box.hidePopover();
  }, 4600);
}
