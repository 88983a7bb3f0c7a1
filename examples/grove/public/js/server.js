import PocketBase from 'pocketbase';

/** The API is where the page came from, unless the page was told otherwise. */
const address = document.querySelector('meta[name=grove-server]').content || location.origin;

export const server = new PocketBase(address);
server.autoCancellation(false);

export const pageSize = 24;

/** The signed-in user's record, or null. */
export const me = () => server.authStore.record;

// One answer carries all that a card shows: the owner, who likes the photo, and how many comments there are.
const cardExpand = 'owner,likes_via_photo,comments_via_photo';
const ownerFields = ['id', 'name', 'handle', 'avatar', 'collectionId'].map((name) => `expand.owner.${name}`).join();
const cardFields = `*,${ownerFields},expand.likes_via_photo.id,expand.likes_via_photo.user,expand.comments_via_photo.id`;

const conditions = {
  everyone: () => [],
  following: () => [server.filter('owner.follows_via_followed.follower ?= {:me}', { me: me()?.id ?? '' })],
  owner: ({ id }) => [server.filter('owner = {:id}', { id })],
  search: ({ text }) => [server.filter('(caption ~ {:text} || place ~ {:text} || owner.name ~ {:text})', { text })],
};

/**
 * One page of photos, newest first. `source` is `{ kind: 'everyone' | 'following' }`, `{ kind: 'owner', id }` or
 * `{ kind: 'search', text }`. Goes on after the photo `after`, so that photos posted meanwhile shift nothing.
 */
export async function listPhotos(source, after) {
  const all = conditions[source.kind](source);
  if (after) {
    const { created, id } = after;
    all.push(server.filter('(created < {:created} || (created = {:created} && id < {:id}))', { created, id }));
  }
  const query = { filter: all.join(' && '), sort: '-created,-id', expand: cardExpand, fields: cardFields, skipTotal: true };
  const { items } = await server.collection('photos').getList(1, pageSize, query);
  return items;
}

export const getPhoto = (id) => server.collection('photos').getOne(id, { expand: cardExpand, fields: cardFields });

export const photoUrl = (photo, thumb) => server.files.getURL(photo, photo.image, thumb ? { thumb } : {});

export const avatarUrl = (user, thumb = '96x96') => (user?.avatar ? server.files.getURL(user, user.avatar, { thumb }) : '');

export const getUser = (handle) => server.collection('users').getFirstListItem(server.filter('handle = {:handle}', { handle }));

const countOf = async (collection, filter) =>
  (await server.collection(collection).getList(1, 1, { filter, fields: 'id' })).totalItems;

/** How many photos the viewer may see of a user, how many follow the user, and how many the user follows. */
export async function countsOf({ id }) {
  const [photos, followers, following] = await Promise.all([
    countOf('photos', server.filter('owner = {:id}', { id })),
    countOf('follows', server.filter('followed = {:id}', { id })),
    countOf('follows', server.filter('follower = {:id}', { id })),
  ]);
  return { photos, followers, following };
}

/** The viewer's follow of a user, or undefined. */
export async function findFollow({ id }) {
  if (!me()) return undefined;
  const filter = server.filter('follower = {:me} && followed = {:id}', { me: me().id, id });
  return (await server.collection('follows').getList(1, 1, { filter, skipTotal: true })).items[0];
}

export const follow = ({ id }) => server.collection('follows').create({ follower: me().id, followed: id });
export const unfollow = (record) => server.collection('follows').delete(record.id);

export const like = (photo) => server.collection('likes').create({ photo: photo.id, user: me().id });
export const unlike = (record) => server.collection('likes').delete(record.id);

export const listComments = (photo) =>
  server.collection('comments').getFullList({
    batch: 200,
    filter: server.filter('photo = {:id}', { id: photo.id }),
    sort: 'created,id',
    expand: 'author',
  });

export const addComment = (photo, text) =>
  server.collection('comments').create({ photo: photo.id, author: me().id, text }, { expand: 'author' });

export const removeComment = (comment) => server.collection('comments').delete(comment.id);

export const removePhoto = (photo) => server.collection('photos').delete(photo.id);
export const updatePhoto = (photo, changes) => server.collection('photos').update(photo.id, changes);
export const sharePhoto = (values) => server.collection('photos').create({ ...values, owner: me().id });

export const signIn = (name, password) => server.collection('users').authWithPassword(name, password);

export async function signUp(values) {
  await server.collection('users').create({ ...values, passwordConfirm: values.password });
  return signIn(values.email, values.password);
}

export function signOut() {
  server.authStore.clear();
}

export const updateMe = (values) => server.collection('users').update(me().id, values);

/** Checks a kept sign-in with the server; one that is no longer good is dropped, any other trouble is left for later. */
export async function refreshSession() {
  if (!server.authStore.isValid) return server.authStore.clear();
  try {
    await server.collection('users').authRefresh();
  } catch (error) {
    if (error.status === 401 || error.status === 403 || error.status === 404) server.authStore.clear();
  }
}

/** A sentence for people about a failed request. */
export function explain(error) {
  if (error.status === 0) return 'The server cannot be reached. Check the connection and try again.';
  if (error.status === 404) return 'It is not here, or not for you to see.';
  if (error.status === 403) return 'That is not allowed with this account.';
  if (error.status === 413) return 'That file is too large.';
  if (error.status === 429) return 'Too many requests at once. Wait a moment and try again.';
  return error.response?.message || 'Something went wrong. Try again.';
}
