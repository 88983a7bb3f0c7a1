import { h, icon } from '../dom.js';

/**
 * Opens a modal dialog with a title and a close button. It closes on Escape, on the button and on a click beside it,
 * and is removed then. Returns `{ dialog, close, closed }`; `closed` resolves when it is gone.
 */
export function openDialog(title, ...content) {
  const heading = h('h2', { id: `dialog-${crypto.randomUUID()}` }, title);
  const close = () => dialog.close();
  const closeButton = h('button', { class: 'quiet round', type: 'button', 'aria-label': 'Close', onclick: close }, icon('close'));
  const dialog = h('dialog', { class: 'sheet', 'aria-labelledby': heading.id }, h('header', {}, heading, closeButton), ...content);
  closeOnBackdrop(dialog);
  const closed = new Promise((resolve) => dialog.addEventListener('close', resolve, { once: true })).then(() => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return { dialog, close, closed };
}

/** Only a press that both starts and ends beside the content closes: selecting text out of a field must not. */
export function closeOnBackdrop(dialog) {
  let pressedBeside = false;
  dialog.addEventListener('pointerdown', (event) => {
    pressedBeside = event.target === dialog;
  });
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog && pressedBeside) dialog.close();
  });
}

/** Asks before something that cannot be undone. Resolves to true or false. */
export function confirmDialog(title, text, action) {
  return new Promise((resolve) => {
    let sure = false;
    const yes = () => {
      sure = true;
      box.close();
    };
    const buttons = h(
      'div',
      { class: 'buttons' },
      h('button', { type: 'button', class: 'quiet', onclick: () => box.close() }, 'Cancel'),
      h('button', { type: 'button', class: 'danger', onclick: yes }, action),
    );
    const box = openDialog(title, h('p', {}, text), buttons);
    box.dialog.classList.add('small');
    box.closed.then(() => resolve(sure));
  });
}
