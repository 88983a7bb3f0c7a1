import { h, icon } from '../dom.js';
import { onReconnect, watch } from '../live.js';
import { addComment, explain, listComments, me, removeComment } from '../server.js';
import { avatar } from '../ui/avatar.js';
import { announcePhoto } from '../ui/grid.js';
import { ago } from '../ui/time.js';
import { toast } from '../ui/toast.js';
import { askToSignIn } from './auth-dialog.js';

/**
 * The talk under a photo, live: what others write appears as it is saved, what is deleted goes.
 * Returns `{ list, composer, stop }`.
 */
export function commentList(photo) {
  const list = h('ol', { class: 'comments', 'aria-label': 'Comments', 'aria-live': 'polite', 'aria-busy': 'true' });
  const shown = new Map();
  let stopped = false;

  const count = () => {
    photo.expand.comments_via_photo = [...shown.keys()].map((id) => ({ id }));
    announcePhoto(photo);
    list.classList.toggle('none', shown.size === 0);
  };

  function add(comment, isNew) {
    if (shown.has(comment.id)) return;
    const item = commentItem(photo, comment, () => drop(comment.id));
    if (isNew) item.classList.add('new');
    shown.set(comment.id, item);
    const later = [...list.children].find(({ dataset }) => dataset.created > comment.created);
    list.insertBefore(item, later ?? null);
    if (isNew) item.scrollIntoView({ block: 'nearest', behavior: 'smooth' });
  }

  function drop(id) {
    shown.get(id)?.remove();
    shown.delete(id);
    count();
  }

  async function load() {
    // Only what stood here before the question can be gone by its answer: what arrives meanwhile is newer than it.
    const before = [...shown.keys()];
    try {
      const comments = await listComments(photo);
      if (stopped) return;
      const ids = new Set(comments.map(({ id }) => id));
      for (const id of before) if (!ids.has(id)) drop(id);
      for (const comment of comments) add(comment, false);
      count();
    } catch (error) {
      if (!stopped) list.append(h('li', { class: 'alert' }, explain(error)));
    }
    list.removeAttribute('aria-busy');
  }

  const onEvent = ({ action, record }) => {
    if (action === 'delete') return drop(record.id);
    if (action !== 'create') return;
    add(record, true);
    count();
  };
  const isRead = () => !list.hasAttribute('aria-busy');
  // Read at once, and once more if the server began to deliver only after the answer: nothing is written unseen between.
  const stopWatch = watch('comments', { filter: `photo = "${photo.id}"`, expand: 'author' }, onEvent, () => isRead() && load());
  const stopReconnect = onReconnect(load);
  load();

  const composer = commentForm(photo, (comment) => {
    add(comment, true);
    count();
  });
  const stop = () => {
    stopped = true;
    stopWatch();
    stopReconnect();
  };
  return { list, composer, stop };
}

function commentItem(photo, comment, onRemoved) {
  const author = comment.expand?.author;
  const mayRemove = me() && [comment.author, photo.owner].includes(me().id);
  const remove = async () => {
    try {
      await removeComment(comment);
      onRemoved();
    } catch (error) {
      toast(explain(error), 'error');
    }
  };
  return h(
    'li',
    { class: 'comment', data: { id: comment.id, created: comment.created } },
    h('a', { href: `/u/${author?.handle ?? ''}`, 'aria-hidden': 'true', tabindex: '-1' }, avatar(author)),
    h('div', {}, h('p', { class: 'comment-head' }, h('a', { href: `/u/${author?.handle ?? ''}` }, author?.name ?? 'Somebody'), h('time', { datetime: comment.created }, ago(comment.created))), h('p', {}, comment.text)),
    mayRemove && h('button', { class: 'quiet round comment-remove', type: 'button', 'aria-label': 'Delete this comment', onclick: remove }, icon('close')),
  );
}

function commentForm(photo, onAdded) {
  if (!me()) {
    const ask = h('button', { class: 'quiet wide', type: 'button', onclick: () => askToSignIn('Sign in to say something.') }, 'Sign in to comment');
    return h('div', { class: 'composer' }, ask);
  }
  const input = h('textarea', { name: 'text', rows: 1, maxlength: 500, placeholder: 'Say something', 'aria-label': 'Comment', required: true });
  const button = h('button', { class: 'primary', type: 'submit' }, 'Post');
  const send = async (event) => {
    event.preventDefault();
    const text = input.value.trim();
    if (!text) return;
    // Emptied at once, so that the next thought can be written while this one is on its way.
    input.value = '';
    try {
      onAdded(await addComment(photo, text));
    } catch (error) {
      input.value ||= text;
      toast(explain(error), 'error');
    }
    input.focus();
  };
  const form = h('form', { class: 'composer', onsubmit: send }, avatar(me()), input, button);
  input.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  return form;
}
