import { h } from '../dom.js';
import { explain } from '../server.js';

/** A labelled input with room for a hint and for what is wrong with it. */
export function field(name, label, { hint, area = false, ...attributes } = {}) {
  const input = h(area ? 'textarea' : 'input', { id: `field-${name}`, name, 'aria-describedby': `note-${name}`, ...attributes });
  if (area && attributes.value) input.value = attributes.value;
  return h('div', { class: 'field' }, h('label', { for: input.id }, label), input, h('p', { class: 'note', id: `note-${name}`, data: { hint: hint ?? '' } }, hint ?? ''));
}

export function toggle(name, label, hint, checked = false) {
  return h('label', { class: 'toggle' }, h('input', { type: 'checkbox', role: 'switch', name, checked }), h('span', {}, label, h('small', {}, hint)));
}

/**
 * A form that calls `onsubmit(values)` and meanwhile cannot be sent again. A refused request's reasons are written
 * beside the fields they belong to, the rest above the button.
 */
export function form({ action, class: kind = '' }, onsubmit, ...fields) {
  const alert = h('p', { class: 'alert', role: 'alert', hidden: true });
  const button = h('button', { class: 'primary', type: 'submit' }, action);
  const element = h('form', { class: `form ${kind}`, novalidate: true }, ...fields, alert, button);
  element.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (button.disabled || !checkFields(element)) return;
    button.disabled = true;
    button.classList.add('busy');
    alert.hidden = true;
    try {
      await onsubmit(Object.fromEntries(new FormData(element)));
    } catch (error) {
      showProblems(element, alert, error);
    } finally {
      button.disabled = false;
      button.classList.remove('busy');
    }
  });
  return element;
}

function setNote(input, text) {
  const note = input.closest('.field')?.querySelector('.note');
  if (!note) return;
  note.textContent = text || note.dataset.hint;
  if (text) input.setAttribute('aria-invalid', 'true');
  else input.removeAttribute('aria-invalid');
}

/** The browser's words, but for a pattern the field's own hint says it better. */
function problemOf(input) {
  const hint = document.getElementById(input.getAttribute('aria-describedby'))?.dataset.hint;
  return input.validity.patternMismatch && hint ? hint : input.validationMessage;
}

/** The browser's own checks, with their words beside the fields. */
function checkFields(element) {
  const inputs = [...element.querySelectorAll('input, textarea')];
  for (const input of inputs) setNote(input, problemOf(input));
  const wrong = inputs.find((input) => !input.checkValidity());
  wrong?.focus();
  return !wrong;
}

function showProblems(element, alert, error) {
  const problems = Object.entries(error.response?.data ?? {}).filter(([, problem]) => problem?.message);
  const placed = problems.filter(([name, { message }]) => {
    const input = element.querySelector(`[name="${CSS.escape(name)}"]`);
    if (input) setNote(input, message);
    return input?.closest('.field');
  });
  element.querySelector('[aria-invalid=true]')?.focus();
  if (placed.length > 0 && placed.length === problems.length) return;
  alert.textContent = error.response ? explain(error) : error.message;
  alert.hidden = false;
}
