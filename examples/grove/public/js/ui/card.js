import { h, icon } from '../dom.js';
import { photoUrl } from '../server.js';
import { who } from './avatar.js';
import { likeButton } from './like.js';

export const altOf = (photo) => photo.caption || `Photo by ${photo.expand?.owner?.name ?? 'somebody'}`;

export const commentCount = (photo) => photo.expand?.comments_via_photo?.length ?? 0;

/** One photo in a grid. Rows are as wide as the page and equally high: a card's width follows from its `--ratio`. */
export function card(photo, { eager = false } = {}) {
  const picture = h('img', {
    src: photoUrl(photo, '640x0'),
    srcset: `${photoUrl(photo, '640x0')} 640w, ${photoUrl(photo, '1280x0')} 1280w`,
    sizes: '(max-width: 40rem) 100vw, (max-width: 70rem) 50vw, 34rem',
    alt: altOf(photo),
    loading: eager ? 'eager' : 'lazy',
    decoding: 'async',
    onload: (event) => event.target.classList.add('loaded'),
    onerror: (event) => event.target.classList.add('loaded', 'broken'),
  });
  const link = h('a', { class: 'card-picture', href: `/p/${photo.id}` }, picture);
  if (photo.private) link.append(h('span', { class: 'badge', title: 'For followers only' }, icon('lock'), 'Followers'));
  if (photo.caption) link.append(h('span', { class: 'card-caption', 'aria-hidden': 'true' }, photo.caption));
  const comments = commentCount(photo);
  const talk = h(
    'a',
    { class: 'count', href: `/p/${photo.id}`, 'aria-label': `${comments} comments`, data: { comments: String(comments) } },
    icon('comment'),
    String(comments),
  );
  const ratio = Math.min(2.4, Math.max(0.6, photo.width / photo.height));
  return h(
    'article',
    { class: 'card', data: { id: photo.id }, style: { '--ratio': ratio.toFixed(4), '--tone': photo.tone || '#8a8f86' } },
    link,
    h('footer', {}, who(photo.expand?.owner), h('span', { class: 'counts' }, likeButton(photo), talk)),
  );
}

const skeletonRatios = [1.5, 0.75, 1.5, 1.33, 1.78, 1, 1.5, 0.67, 1.5];

/** Grey cards in the shape of what is to come. */
export const skeletons = () =>
  skeletonRatios.map((ratio) =>
    h('div', { class: 'card skeleton', 'aria-hidden': 'true', style: { '--ratio': String(ratio) } }, h('div', { class: 'card-picture' }), h('footer')),
  );
