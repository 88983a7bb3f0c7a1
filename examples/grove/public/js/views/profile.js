import { h } from '../dom.js';
import { countsOf, explain, getUser, me, signOut, updateMe } from '../server.js';
import { avatar } from '../ui/avatar.js';
import { openDialog } from '../ui/dialog.js';
import { followButton } from '../ui/follow.js';
import { field, form } from '../ui/form.js';
import { photoGrid } from '../ui/grid.js';
import { notice } from '../ui/notice.js';
import { openShare } from './share-dialog.js';

/** A user's page: who it is, and the photos. */
export function profileView(root, { params, reload }) {
  document.title = `@${params.handle} · Grove`;
  let stopped = false;
  let stopGrid = () => {};
  const head = h('header', { class: 'profile', 'aria-busy': 'true' }, h('span', { class: 'avatar avatar-large skeleton' }), h('div', { class: 'profile-text' }));
  root.append(head);
  show();
  return () => {
    stopped = true;
    stopGrid();
  };

  async function show() {
    try {
      const user = await getUser(params.handle);
      if (stopped) return;
      document.title = `${user.name} · Grove`;
      head.removeAttribute('aria-busy');
      head.replaceChildren(...profileHead(user, reload));
      stopGrid = photoGrid(root, { kind: 'owner', id: user.id }, () => emptyProfile(user));
    } catch (error) {
      if (!stopped) root.replaceChildren(notice('person', error.status === 404 ? 'Nobody by that name' : 'This page did not come', explain(error), h('a', { class: 'button primary', href: '/' }, 'To everyone')));
    }
  }
}

function emptyProfile(user) {
  if (user.id !== me()?.id) return notice('picture', 'No photos yet', `${user.name} has not shared any, or none that you can see.`);
  const share = h('button', { class: 'primary', type: 'button', onclick: () => openShare() }, 'Share a photo');
  return notice('picture', 'Your wall is empty', 'Hang the first one.', share);
}

function profileHead(user, reload) {
  const numbers = h('p', { class: 'numbers' });
  const drawNumbers = async () => {
    const counts = await countsOf(user).catch(() => undefined);
    if (!counts) return;
    const part = (count, one, many) => h('span', {}, h('b', {}, String(count)), ` ${count === 1 ? one : many}`);
    numbers.replaceChildren(part(counts.photos, 'photo', 'photos'), part(counts.followers, 'follower', 'followers'), part(counts.following, 'following', 'following'));
  };
  drawNumbers();
  const own = user.id === me()?.id;
  const actions = own
    ? [
        h('button', { class: 'quiet', type: 'button', onclick: () => editProfile(user, reload) }, 'Edit your page'),
        h('button', { class: 'quiet', type: 'button', onclick: signOut }, 'Sign out'),
      ]
    : [followButton(user, drawNumbers)];
  const text = h('div', { class: 'profile-text' }, h('h1', {}, user.name), h('p', { class: 'handle' }, `@${user.handle}`), user.bio && h('p', { class: 'bio' }, user.bio), numbers);
  return [avatar(user, 'large'), text, h('div', { class: 'buttons' }, ...actions)];
}

function editProfile(user, reload) {
  const picture = field('avatar', 'Picture', { type: 'file', accept: 'image/jpeg,image/png,image/webp', hint: 'Square looks best.' });
  const name = field('name', 'Name', { required: true, maxlength: 60, value: user.name });
  const bio = field('bio', 'About you', { area: true, rows: 3, maxlength: 200, value: user.bio });
  const send = async ({ avatar: file, ...values }) => {
    await updateMe(file?.size > 0 ? { ...values, avatar: file } : values);
    box.close();
    reload();
  };
  const box = openDialog('Your page', form({ action: 'Save' }, send, name, bio, picture));
  box.dialog.classList.add('small');
}
