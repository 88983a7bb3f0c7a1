import { h, icon } from '../dom.js';
import { explain, like, me, unlike } from '../server.js';
import { askToSignIn } from '../views/auth-dialog.js';
import { toast } from './toast.js';

/**
 * A heart with its number. It answers at once and takes that back if the server refuses. The list of likes lives in
 * the photo record, so that the grid and the open photo agree.
 */
export function likeButton(photo) {
  photo.expand ??= {};
  photo.expand.likes_via_photo ??= [];
  const number = h('span');
  const button = h('button', { class: 'count like', type: 'button', data: { like: photo.id }, onclick: press }, icon('heart'), number);
  const mine = () => photo.expand.likes_via_photo.find(({ user }) => user === me()?.id);

  function paint() {
    const count = photo.expand.likes_via_photo.length;
    number.textContent = String(count);
    button.setAttribute('aria-pressed', String(Boolean(me() && mine())));
    button.setAttribute('aria-label', `Like, ${count} so far`);
  }

  async function press() {
    if (!me()) return askToSignIn('Sign in to like a photo.');
    if (button.dataset.busy) return;
    button.dataset.busy = 'true';
    const before = photo.expand.likes_via_photo;
    const had = mine();
    photo.expand.likes_via_photo = had ? before.filter((entry) => entry !== had) : [...before, { user: me().id }];
    paint();
    try {
      if (had) await unlike(had);
      else {
        const made = await like(photo);
        photo.expand.likes_via_photo = [...photo.expand.likes_via_photo.filter(({ user }) => user !== made.user), made];
      }
    } catch (error) {
      photo.expand.likes_via_photo = before;
      toast(explain(error), 'error');
    }
    delete button.dataset.busy;
    repaint(photo);
  }

  button.repaint = paint;
  paint();
  return button;
}

/** Draws every heart of a photo anew, wherever it is shown. */
export function repaint(photo) {
  for (const button of document.querySelectorAll(`[data-like="${photo.id}"]`)) button.repaint?.();
}
