import { h } from '../dom.js';
import { avatarUrl } from '../server.js';

/** A user's picture, or the first letter of the name. */
export function avatar(user, size = 'small') {
  const large = size === 'large';
  const url = avatarUrl(user, large ? '240x240' : '96x96');
  if (url) return h('img', { class: `avatar avatar-${size}`, src: url, alt: '', width: large ? 120 : 32, height: large ? 120 : 32 });
  const name = user?.name?.trim() || '?';
  const hue = [...(user?.handle ?? name)].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)) % 360, 7);
  return h('span', { class: `avatar avatar-${size}`, 'aria-hidden': 'true', style: { '--hue': String(hue) } }, [...name][0].toUpperCase());
}

/** The user's picture and name as a link to the profile. */
export const who = (user) =>
  h('a', { class: 'who', href: `/u/${user?.handle ?? ''}` }, avatar(user), h('span', { class: 'who-name' }, user?.name ?? 'Somebody'));
