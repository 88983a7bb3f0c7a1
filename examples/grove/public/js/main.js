import { stopWatching } from './live.js';
import { go, matchRoute, startRouter } from './router.js';
import { me, refreshSession, server } from './server.js';
import { h } from './dom.js';
import { notice } from './ui/notice.js';
import { toast } from './ui/toast.js';
import { everyoneView, followingView, searchView } from './views/feeds.js';
import { hidePhoto, refreshPhoto, showPhoto } from './views/photo-dialog.js';
import { profileView } from './views/profile.js';
import { acceptDrops } from './views/share-dialog.js';
import { drawShell, listenForSlash } from './views/shell.js';

const views = { '/': everyoneView, '/following': followingView, '/search': searchView, '/u/:handle': profileView };
const main = document.querySelector('#main');

/** The address of the page below an open photo, and what stops that page. */
let base;
let leave = () => {};

function drawBase() {
  leave();
  main.replaceChildren();
  const [path, query = ''] = base.split('?');
  const route = matchRoute(Object.keys(views), path);
  if (route) leave = views[route.pattern](main, { params: route.params, query: new URLSearchParams(query), reload: drawAgain });
  else main.append(notice('leaf', 'Nothing grows here', 'There is no page at this address.', h('a', { class: 'button primary', href: '/' }, 'To everyone')));
  leave ??= () => {};
}

function show() {
  const photo = matchRoute(['/p/:id'], location.pathname);
  if (!photo) hidePhoto();
  const wanted = photo ? (base ?? '/') : location.pathname + location.search;
  if (wanted !== base) {
    base = wanted;
    drawBase();
    scrollTo(0, 0);
  }
  drawShell();
  if (photo) showPhoto(photo.params.id, closePhoto);
}

/** Back to the page below: through the history when the photo was opened from it, so that "back" stays what it was. */
function closePhoto() {
  if (history.state?.inApp) history.back();
  else go(base, { replace: true });
}

function drawAgain() {
  drawBase();
  drawShell();
  refreshPhoto();
}

let viewer = me()?.id;

/** Somebody signed in or out, in this window or in another: everything is drawn anew, as they may see it. */
async function onSession() {
  if (viewer === me()?.id) return drawShell();
  viewer = me()?.id;
  await stopWatching();
  drawAgain();
  toast(viewer ? `Hello, ${me().name}.` : 'You are signed out.');
}

await refreshSession();
viewer = me()?.id;
server.authStore.onChange(onSession);
listenForSlash();
acceptDrops();
startRouter(show);
