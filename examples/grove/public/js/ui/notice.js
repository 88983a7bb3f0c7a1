import { h, icon } from '../dom.js';

/** A calm page-wide message: nothing here yet, not found, could not load. */
export const notice = (picture, title, text, ...actions) =>
  h('section', { class: 'notice' }, icon(picture), h('h2', {}, title), h('p', {}, text), h('div', { class: 'buttons' }, ...actions));
