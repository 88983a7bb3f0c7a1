import { h, icon } from '../dom.js';
import { watch } from '../live.js';
import { go } from '../router.js';
import { explain, getPhoto, me, photoUrl, removePhoto, updatePhoto } from '../server.js';
import { who } from '../ui/avatar.js';
import { altOf } from '../ui/card.js';
import { closeOnBackdrop, confirmDialog, openDialog } from '../ui/dialog.js';
import { followButton } from '../ui/follow.js';
import { form } from '../ui/form.js';
import { announcePhoto, announceRemoval, photosShown } from '../ui/grid.js';
import { likeButton, repaint } from '../ui/like.js';
import { notice } from '../ui/notice.js';
import { ago, day } from '../ui/time.js';
import { toast } from '../ui/toast.js';
import { commentList } from './comments.js';
import { photoFields } from './share-dialog.js';

let open;

/** Shows a photo over the page; a second call exchanges the photo in the open dialog. `onClose` is called when the reader closes it. */
export function showPhoto(id, onClose) {
  open ??= createDialog();
  open.onClose = onClose;
  if (open.id === id) return;
  open.id = id;
  open.stop();
  open.stop = fill(open.dialog, id);
  if (!open.dialog.open) open.dialog.showModal();
  // The arrow that was pressed is gone with the photo before; the keys must go on reaching the dialog.
  open.dialog.focus();
}

/** Takes the photo away without telling anybody: the address has changed already. */
export function hidePhoto() {
  if (!open) return;
  const { dialog, stop } = open;
  open = undefined;
  stop();
  dialog.close();
  dialog.remove();
}

/** Draws the open photo once more, in the name of whoever is signed in now. */
export function refreshPhoto() {
  if (!open) return;
  open.stop();
  open.stop = fill(open.dialog, open.id);
}

function createDialog() {
  const dialog = h('dialog', { class: 'photo', 'aria-label': 'Photo', tabindex: '-1' });
  const state = { dialog, id: undefined, stop: () => {}, onClose: () => {} };
  closeOnBackdrop(dialog);
  dialog.addEventListener('close', () => {
    if (open === state) state.onClose();
  });
  dialog.addEventListener('keydown', (event) => {
    if (event.target.closest('textarea, input') || event.altKey || event.metaKey || event.ctrlKey) return;
    const link = { ArrowLeft: '.step-back', ArrowRight: '.step-on' }[event.key];
    if (link) dialog.querySelector(link)?.click();
  });
  document.body.append(dialog);
  return state;
}

function fill(dialog, id) {
  let stopped = false;
  const stops = [];
  const known = photosShown().find((photo) => photo.id === id);
  const closeButton = h('button', { class: 'quiet round photo-close', type: 'button', 'aria-label': 'Close', onclick: () => dialog.close() }, icon('close'));
  const stage = h('div', { class: 'stage' });
  const panel = h('div', { class: 'panel' });
  dialog.replaceChildren(stage, panel, closeButton);
  if (known) draw(known);
  else panel.append(h('div', { class: 'panel-loading skeleton', 'aria-busy': 'true' }));
  if (!known) getPhoto(id).then(draw, fail);
  return () => {
    stopped = true;
    for (const stop of stops) stop();
  };

  function draw(photo) {
    if (stopped) return;
    drawStage(stage, photo);
    const comments = commentList(photo);
    stops.push(comments.stop, watchLikes(photo));
    panel.replaceChildren(panelHead(photo, dialog), words(photo), comments.list, comments.composer);
  }

  function fail(error) {
    if (!stopped) panel.replaceChildren(notice('leaf', 'No photo here', explain(error), h('button', { class: 'primary', type: 'button', onclick: () => dialog.close() }, 'Back to the grove')));
  }
}

function drawStage(stage, photo) {
  const list = photosShown();
  const at = list.findIndex(({ id }) => id === photo.id);
  const step = (to, side, label) => {
    const target = at === -1 ? undefined : list[to];
    const press = () => go(`/p/${target.id}`, { replace: true, state: history.state });
    return target && h('button', { class: `step step-${side}`, type: 'button', 'aria-label': label, onclick: press }, icon(side === 'back' ? 'left' : 'right'));
  };
  const small = h('img', { class: 'stage-preview', src: photoUrl(photo, '640x0'), alt: '', 'aria-hidden': 'true' });
  const full = h('img', { class: 'stage-photo', src: photoUrl(photo), alt: altOf(photo), width: photo.width, height: photo.height });
  full.addEventListener('load', () => full.classList.add('loaded'));
  stage.style.setProperty('--tone', photo.tone || '#333');
  stage.replaceChildren(small, full, ...[step(at - 1, 'back', 'Previous photo'), step(at + 1, 'on', 'Next photo')].filter(Boolean));
}

function panelHead(photo, dialog) {
  const owner = photo.expand?.owner ?? {};
  const own = photo.owner === me()?.id;
  return h('header', { class: 'panel-head' }, who(owner), own ? ownerMenu(photo, dialog) : followButton(owner));
}

function ownerMenu(photo, dialog) {
  const menu = h(
    'div',
    { class: 'menu', id: 'photo-menu', popover: 'auto' },
    h('button', { type: 'button', onclick: () => edit(photo, menu) }, 'Edit'),
    h('button', { type: 'button', class: 'warn', onclick: () => remove(photo, dialog, menu) }, 'Delete'),
  );
  const button = h('button', { class: 'quiet round', type: 'button', popovertarget: 'photo-menu', 'aria-label': 'More about this photo' }, icon('more'));
  return h('div', { class: 'user' }, button, menu);
}

function edit(photo, menu) {
  menu.hidePopover();
  const send = async ({ caption, place, taken, private: hidden }) => {
    await updatePhoto(photo, { caption, place, taken, private: hidden === 'on' });
    announcePhoto(await getPhoto(photo.id));
    box.close();
    refreshPhoto();
  };
  const box = openDialog('Edit', form({ action: 'Save' }, send, ...photoFields(photo)));
  box.dialog.classList.add('small');
}

async function remove(photo, dialog, menu) {
  menu.hidePopover();
  if (!(await confirmDialog('Delete this photo?', 'Its likes and comments go with it. This cannot be undone.', 'Delete'))) return;
  try {
    await removePhoto(photo);
    announceRemoval(photo.id);
    dialog.close();
    toast('The photo is gone.');
  } catch (error) {
    toast(explain(error), 'error');
  }
}

function words(photo) {
  const facts = [
    photo.place && h('span', {}, icon('pin'), photo.place),
    h('time', { datetime: photo.taken || photo.created, title: `Shared ${ago(photo.created)}` }, photo.taken ? day(photo.taken) : ago(photo.created)),
    photo.private && h('span', { class: 'private' }, icon('lock'), 'Followers only'),
  ];
  return h('div', { class: 'words' }, photo.caption && h('p', { class: 'caption' }, photo.caption), h('p', { class: 'facts' }, ...facts), h('div', { class: 'counts' }, likeButton(photo)));
}

/** Other people's hearts, as they come and go. */
function watchLikes(photo) {
  const filter = `photo = "${photo.id}"`;
  return watch('likes', { filter, fields: 'id,user' }, ({ action, record }) => {
    const others = photo.expand.likes_via_photo.filter(({ user }) => user !== record.user);
    photo.expand.likes_via_photo = action === 'delete' ? others : [...others, record];
    repaint(photo);
  });
}
