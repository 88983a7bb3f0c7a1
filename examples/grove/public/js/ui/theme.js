import { h, icon } from '../dom.js';

const order = ['auto', 'light', 'dark'];
const looks = { auto: ['auto', 'as your system'], light: ['sun', 'light'], dark: ['moon', 'dark'] };

/** A button that goes through: as the system, light, dark. The choice is kept in this browser. */
export function themeButton() {
  const button = h('button', { class: 'quiet round', type: 'button', onclick: next });
  function paint() {
    const [picture, name] = looks[document.documentElement.dataset.theme] ?? looks.auto;
    button.replaceChildren(icon(picture));
    button.setAttribute('aria-label', `Colours: ${name}. Change`);
    button.title = `Colours: ${name}`;
  }
  function next() {
    const now = order.indexOf(document.documentElement.dataset.theme);
    const theme = order[(now + 1) % order.length];
    document.documentElement.dataset.theme = theme;
    localStorage.setItem('grove-theme', theme);
    paint();
  }
  paint();
  return button;
}
