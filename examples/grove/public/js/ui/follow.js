import { h } from '../dom.js';
import { explain, findFollow, follow, me, unfollow } from '../server.js';
import { askToSignIn } from '../views/auth-dialog.js';
import { toast } from './toast.js';

/** Follow or unfollow a user; nothing for oneself. `onChange` is called after the server has agreed. */
export function followButton(user, onChange = () => {}) {
  if (user.id === me()?.id) return undefined;
  let record;
  const button = h('button', { class: 'follow', type: 'button', 'aria-pressed': 'false', onclick: press });

  function paint() {
    button.textContent = record ? 'Following' : 'Follow';
    button.setAttribute('aria-pressed', String(Boolean(record)));
    button.setAttribute('aria-label', record ? `Stop following ${user.name}` : `Follow ${user.name}`);
  }

  async function press() {
    if (!me()) return askToSignIn(`Sign in to follow ${user.name}.`);
    button.disabled = true;
    try {
      if (record) {
        await unfollow(record);
        record = undefined;
      } else record = await follow(user);
      onChange();
    } catch (error) {
      toast(explain(error), 'error');
    }
    button.disabled = false;
    paint();
  }

  paint();
  button.disabled = true;
  findFollow(user)
    .then((found) => {
      record = found;
      paint();
    })
    .catch(() => undefined)
    .finally(() => {
      button.disabled = false;
    });
  return button;
}
