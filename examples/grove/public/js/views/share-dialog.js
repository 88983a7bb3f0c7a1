import { h, icon } from '../dom.js';
import { go } from '../router.js';
import { me, sharePhoto } from '../server.js';
import { openDialog } from '../ui/dialog.js';
import { field, form, toggle } from '../ui/form.js';
import { prepareImage } from '../ui/image.js';
import { toast } from '../ui/toast.js';
import { askToSignIn } from './auth-dialog.js';

/** Opens the dialog for a new photo; `file` is one that was dropped or pasted. */
export async function openShare(file) {
  if (!me() && !(await askToSignIn('Sign in to share a photo.'))) return;
  let chosen;
  const input = h('input', { type: 'file', accept: 'image/*', class: 'visually-hidden', 'aria-label': 'Photo', onchange: () => take(input.files[0]) });
  const problem = h('p', { class: 'alert', role: 'alert', hidden: true });
  const hint = h('span', { class: 'drop-hint' }, icon('picture'), h('b', {}, 'Choose a photo'), h('small', {}, 'or drop one here. JPEG, PNG or WebP.'));
  const drop = h('label', { class: 'drop' }, input, hint);
  drop.addEventListener('dragover', (event) => {
    event.preventDefault();
    drop.classList.add('over');
  });
  drop.addEventListener('dragleave', () => drop.classList.remove('over'));
  drop.addEventListener('drop', (event) => {
    event.preventDefault();
    event.stopPropagation();
    drop.classList.remove('over');
    take(event.dataTransfer.files[0]);
  });

  async function take(picked) {
    if (!picked) return;
    problem.hidden = true;
    drop.classList.add('busy');
    try {
      chosen = await prepareImage(picked);
      const preview = h('img', { src: URL.createObjectURL(chosen.file), alt: 'The photo you chose', onload: (event) => URL.revokeObjectURL(event.target.src) });
      drop.replaceChildren(input, preview, h('span', { class: 'drop-again' }, 'Choose another'));
    } catch (error) {
      problem.textContent = error.message;
      problem.hidden = false;
    }
    drop.classList.remove('busy');
  }

  async function send({ caption, place, taken, private: hidden }) {
    if (!chosen) throw new Error('Choose a photo first.');
    const { file: image, width, height, tone } = chosen;
    const photo = await sharePhoto({ image, width, height, tone, caption, place, taken, private: hidden === 'on' });
    box.close();
    toast('Your photo is up.');
    if (!['/', `/u/${me().handle}`].includes(location.pathname)) go(`/p/${photo.id}`);
  }

  const details = form({ action: 'Share', class: 'share' }, send, drop, problem, ...photoFields({}));
  const box = openDialog('Share a photo', details);
  if (file) take(file);
}

/** The words around a photo, for sharing and for changing it later. */
export function photoFields(photo) {
  return [
    field('caption', 'Caption', { area: true, rows: 2, maxlength: 300, value: photo.caption }),
    h(
      'div',
      { class: 'pair' },
      field('place', 'Place', { maxlength: 80, value: photo.place, autocomplete: 'off' }),
      field('taken', 'Taken on', { type: 'date', value: photo.taken?.slice(0, 10) }),
    ),
    toggle('private', 'Followers only', 'Everybody else will not know that it exists.', photo.private),
  ];
}

/** Pictures dropped or pasted anywhere on the page open the dialog. */
export function acceptDrops() {
  const imageIn = (data) => [...(data?.files ?? [])].find((file) => file.type.startsWith('image/'));
  addEventListener('dragover', (event) => event.preventDefault());
  addEventListener('drop', (event) => {
    event.preventDefault();
    const file = imageIn(event.dataTransfer);
    if (file && !document.querySelector('dialog[open]')) openShare(file);
  });
  addEventListener('paste', (event) => {
    const file = imageIn(event.clipboardData);
    if (file && !document.querySelector('dialog[open]')) openShare(file);
  });
}
