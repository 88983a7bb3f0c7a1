import { h } from '../dom.js';
import { watch } from '../live.js';
import { explain, getPhoto, listPhotos, me, pageSize } from '../server.js';
import { card, skeletons } from './card.js';
import { notice } from './notice.js';

let shown = [];

/** The photos of the grid on the page, in order: the open photo's arrows walk along them. */
export const photosShown = () => shown;

/**
 * Fills `root` with the photos of `source` (see `listPhotos`), more as the reader nears the end, and offers photos
 * posted meanwhile. `empty` makes what stands there when there are none; `onFirst` gets the first photos.
 * Returns a function that stops it.
 */
export function photoGrid(root, source, empty, onFirst = () => {}) {
  const grid = h('div', { class: 'grid' });
  const more = h('button', { class: 'quiet more', type: 'button', hidden: true, onclick: load }, 'Show more');
  const fresh = h('button', { class: 'fresh', type: 'button', hidden: true, onclick: showFresh });
  root.append(fresh, grid, more);
  const photos = [];
  let waiting = [];
  let stopped = false;
  let loading = false;
  shown = photos;

  const add = (photo, where) => {
    photos[where === 'append' ? 'push' : 'unshift'](photo);
    grid[where](card(photo, { eager: photos.length < 8 }));
  };

  async function load() {
    if (loading || stopped) return;
    loading = true;
    more.disabled = true;
    const placeholders = photos.length === 0 ? skeletons() : [];
    grid.replaceChildren(...(photos.length === 0 ? placeholders : grid.children));
    grid.setAttribute('aria-busy', 'true');
    try {
      const items = await listPhotos(source, photos.at(-1));
      if (stopped) return;
      for (const node of placeholders) node.remove();
      if (photos.length === 0) onFirst(items);
      for (const photo of items) add(photo, 'append');
      more.hidden = items.length < pageSize;
      if (photos.length === 0) grid.replaceChildren(empty());
    } catch (error) {
      if (stopped) return;
      const again = h('button', { class: 'primary', type: 'button', onclick: load }, 'Try again');
      if (photos.length === 0) grid.replaceChildren(notice('leaf', 'The photos did not come', explain(error), again));
      else more.hidden = false;
    } finally {
      loading = false;
      more.disabled = false;
      grid.removeAttribute('aria-busy');
    }
  }

  const belongs = (photo) => source.kind === 'everyone' || (source.kind === 'owner' && photo.owner === source.id);

  function showFresh() {
    if (photos.length === 0) grid.replaceChildren();
    for (const photo of waiting) add(photo, 'prepend');
    waiting = [];
    fresh.hidden = true;
    scrollTo({ top: 0, behavior: 'smooth' });
  }

  async function onEvent({ action, record }) {
    if (action === 'delete') return remove(record.id);
    if (action !== 'create' || !belongs(record) || photos.some(({ id }) => id === record.id)) return;
    const photo = await getPhoto(record.id).catch(() => undefined);
    if (!photo || stopped || [...photos, ...waiting].some(({ id }) => id === photo.id)) return;
    waiting.push(photo);
    if (photo.owner === me()?.id) return showFresh();
    fresh.textContent = waiting.length === 1 ? '1 new photo' : `${waiting.length} new photos`;
    fresh.hidden = false;
  }

  function remove(id) {
    const at = photos.findIndex((photo) => photo.id === id);
    waiting = waiting.filter((photo) => photo.id !== id);
    fresh.hidden ||= waiting.length === 0;
    if (at === -1) return;
    photos.splice(at, 1);
    grid.querySelector(`.card[data-id="${id}"]`)?.remove();
    if (photos.length === 0) grid.replaceChildren(empty());
  }

  const nearEnd = new IntersectionObserver(([entry]) => entry.isIntersecting && !more.hidden && load(), { rootMargin: '900px' });
  nearEnd.observe(more);
  const stopWatch = source.kind === 'search' ? () => {} : watch('photos', { fields: 'id,owner' }, onEvent);
  const onChanged = ({ detail: photo }) => {
    const at = photos.findIndex(({ id }) => id === photo.id);
    if (at === -1) return;
    photos[at] = photo;
    grid.querySelector(`.card[data-id="${photo.id}"]`)?.replaceWith(card(photo, { eager: true }));
  };
  const onRemoved = ({ detail: id }) => remove(id);
  addEventListener('grove:photo', onChanged);
  addEventListener('grove:removed', onRemoved);
  load();
  return () => {
    stopped = true;
    nearEnd.disconnect();
    removeEventListener('grove:photo', onChanged);
    removeEventListener('grove:removed', onRemoved);
    stopWatch();
  };
}

/** Tells the grid that a photo, or the numbers on it, have changed. */
export const announcePhoto = (photo) => dispatchEvent(new CustomEvent('grove:photo', { detail: photo }));

/** Tells the grid that a photo is gone. */
export const announceRemoval = (id) => dispatchEvent(new CustomEvent('grove:removed', { detail: id }));
