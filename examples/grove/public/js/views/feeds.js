import { h } from '../dom.js';
import { go } from '../router.js';
import { me, photoUrl } from '../server.js';
import { photoGrid } from '../ui/grid.js';
import { notice } from '../ui/notice.js';
import { askToJoin, askToSignIn } from './auth-dialog.js';
import { openShare } from './share-dialog.js';

/** Everybody's photos, with a word of welcome for those who are not signed in. */
export function everyoneView(root) {
  document.title = 'Grove';
  const hello = me() ? undefined : welcome();
  root.append(hello?.section ?? h('h1', { class: 'visually-hidden' }, 'Everyone’s photos'));
  const share = h('button', { class: 'primary', type: 'button', onclick: () => openShare() }, 'Share a photo');
  const empty = () => notice('picture', 'Nothing here yet', 'The first photo could be yours.', share);
  return photoGrid(root, { kind: 'everyone' }, empty, hello?.show);
}

function welcome() {
  const join = h('button', { class: 'primary big', type: 'button', onclick: askToJoin }, 'Join Grove');
  const look = h('button', { class: 'quiet big', type: 'button', onclick: () => askToSignIn() }, 'Sign in');
  const fan = h('div', { class: 'fan', 'aria-hidden': 'true' });
  const text = h(
    'div',
    {},
    h('h1', {}, 'A quiet place ', h('em', {}, 'for pictures.')),
    h('p', {}, 'Share what you saw. Follow people whose eyes you like. Talk under a photo as if you were standing in it.'),
    h('div', { class: 'buttons' }, join, look),
  );
  const show = (photos) => {
    const some = [11, 7, 8, 4].map((at) => photos[at]).filter(Boolean);
    fan.replaceChildren(...some.map((photo) => h('img', { src: photoUrl(photo, '640x0'), alt: '' })));
  };
  return { section: h('section', { class: 'welcome' }, text, fan), show };
}

/** Photos of the people the viewer follows. */
export function followingView(root) {
  document.title = 'Following · Grove';
  root.append(heading('Following', 'From the people you chose.'));
  if (!me()) {
    const button = h('button', { class: 'primary', type: 'button', onclick: () => askToSignIn() }, 'Sign in');
    root.append(notice('people', 'Whom do you follow?', 'Sign in to see their photos here.', button));
    return () => {};
  }
  const look = h('a', { class: 'button primary', href: '/' }, 'Look around');
  return photoGrid(root, { kind: 'following' }, () => notice('people', 'It is quiet here', 'Follow somebody, and their photos appear here.', look));
}

/** What matches `?q=` in captions, places and names. */
export function searchView(root, { query }) {
  const text = query.get('q')?.trim() ?? '';
  document.title = text ? `“${text}” · Grove` : 'Search · Grove';
  root.append(heading(text ? `“${text}”` : 'Search', text ? 'In captions, places and names.' : ''), largeSearch(text));
  if (!text) return () => {};
  return photoGrid(root, { kind: 'search', text }, () => notice('search', 'Nothing found', 'Try a place, a name, or a word from a caption.'));
}

function largeSearch(text) {
  const input = h('input', { type: 'search', name: 'q', value: text, placeholder: 'Captions, places, people', 'aria-label': 'Search photos' });
  const submit = (event) => {
    event.preventDefault();
    go(`/search?q=${encodeURIComponent(input.value.trim())}`);
  };
  return h('form', { class: 'search search-large', role: 'search', onsubmit: submit }, input);
}

const heading = (title, text) => h('header', { class: 'page-head' }, h('h1', {}, title), h('p', {}, text));
