import { h, icon } from '../dom.js';
import { go } from '../router.js';
import { me, signOut } from '../server.js';
import { avatar } from '../ui/avatar.js';
import { themeButton } from '../ui/theme.js';
import { askToJoin, askToSignIn } from './auth-dialog.js';
import { openShare } from './share-dialog.js';

/** Draws the header and, for small screens, the bar at the bottom; again after every sign-in, sign-out and move. */
export function drawShell() {
  const path = location.pathname;
  const user = me();
  document.querySelector('#top').replaceChildren(
    h('a', { class: 'logo', href: '/', 'aria-label': 'Grove, home' }, icon('leaf'), 'Grove'),
    h('nav', { class: 'top-nav', 'aria-label': 'Feeds' }, link('/', 'Everyone', path), user && link('/following', 'Following', path)),
    searchBox(),
    h(
      'div',
      { class: 'top-actions' },
      themeButton(),
      user ? h('button', { class: 'primary share-button', type: 'button', onclick: () => openShare() }, icon('plus'), 'Share') : undefined,
      user ? userMenu(user) : h('button', { class: 'quiet', type: 'button', onclick: () => askToSignIn() }, 'Sign in'),
      user ? undefined : h('button', { class: 'primary', type: 'button', onclick: askToJoin }, 'Sign up'),
    ),
  );
  document.querySelector('#dock').replaceChildren(
    dockLink('/', 'home', 'Everyone', path),
    dockLink('/following', 'people', 'Following', path),
    h('button', { type: 'button', class: 'dock-share', 'aria-label': 'Share a photo', onclick: () => openShare() }, icon('plus')),
    dockLink('/search', 'search', 'Search', path),
    user ? dockLink(`/u/${user.handle}`, 'person', 'You', path) : h('button', { type: 'button', onclick: () => askToSignIn() }, icon('person'), 'Sign in'),
  );
}

const link = (href, label, path) => h('a', { href, 'aria-current': path === href ? 'page' : undefined }, label);
const dockLink = (href, picture, label, path) => h('a', { href, 'aria-current': path === href ? 'page' : undefined }, icon(picture), label);

function searchBox() {
  const input = h('input', {
    type: 'search',
    name: 'q',
    placeholder: 'Captions, places, people',
    'aria-label': 'Search photos',
    value: location.pathname === '/search' ? new URLSearchParams(location.search).get('q') : '',
  });
  const submit = (event) => {
    event.preventDefault();
    go(input.value.trim() ? `/search?q=${encodeURIComponent(input.value.trim())}` : '/');
  };
  return h('form', { class: 'search', role: 'search', onsubmit: submit }, icon('search'), input, h('kbd', { 'aria-hidden': 'true' }, '/'));
}

function userMenu(user) {
  const menu = h(
    'div',
    { class: 'menu', id: 'user-menu', popover: 'auto' },
    h('p', { class: 'menu-name' }, h('b', {}, user.name), h('small', {}, user.email)),
    h('a', { href: `/u/${user.handle}`, onclick: () => menu.hidePopover() }, 'Your page'),
    h('button', { type: 'button', onclick: signOut }, 'Sign out'),
  );
  const button = h('button', { class: 'avatar-button', type: 'button', popovertarget: 'user-menu', 'aria-label': `Account of ${user.name}` }, avatar(user));
  return h('div', { class: 'user' }, button, menu);
}

/** `/` puts the cursor into the search box, as long as no text is being written. */
export function listenForSlash() {
  addEventListener('keydown', (event) => {
    const writing = event.target.closest?.('input, textarea, dialog');
    if (event.key !== '/' || writing || event.metaKey || event.ctrlKey || event.altKey) return;
    const input = document.querySelector('#top .search input');
    if (!input?.checkVisibility()) return;
    event.preventDefault();
    input.focus();
    input.select();
  });
}
