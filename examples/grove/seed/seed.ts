import { availableParallelism } from 'node:os';
import PocketBase from 'pocketbase';
import sharp from 'sharp';
import { demoPassword, emailOf, people } from './people.ts';
import { photos, type SeedPhoto, shapes } from './photos.ts';
import { renderPortrait } from './portrait.ts';
import { Random } from './random.ts';
import { praise, remarks, thanks } from './remarks.ts';
import { createGrain, renderPicture } from './render.ts';

export interface SeedOptions {
  /** How many of the photos to make; the newest ones are kept. All of them if left out. */
  photoCount?: number;
  /** Called with a sentence now and then, and with the number done of all. */
  onProgress: (what: string, done: number, total: number) => void;
}

interface Member {
  id: string;
  handle: string;
  client: PocketBase;
  followers: Member[];
}

/** Runs `work` over the items, at most `width` at a time, and gives the results in the items' order. */
async function mapBounded<T, R>(
  items: readonly T[],
  width: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < items.length) {
      const index = next;
      next += 1;
      results[index] = await work(items[index] as T, index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, lane));
  return results;
}

/**
 * Fills an empty server through its public HTTP API, as its users would: they sign up, follow, post, like and comment.
 * Needs the collections of `collections.json`. A failure of any request is thrown as the SDK's `ClientResponseError`.
 */
export async function seedGrove(
  serverUrl: string,
  { photoCount = photos.length, onProgress }: SeedOptions,
): Promise<void> {
  const random = new Random(47_000);
  const members = await signUpPeople(serverUrl, onProgress);
  await followEachOther(members, random, onProgress);
  const posted = await postPhotos(members, photos.slice(-photoCount), onProgress);
  await talk(members, posted, random, onProgress);
}

/** Whether nobody has posted anything yet. */
export async function isEmpty(client: PocketBase): Promise<boolean> {
  const page = await client.collection('photos').getList(1, 1, { fields: 'id' });
  return page.totalItems === 0;
}

async function signUpPeople(serverUrl: string, onProgress: SeedOptions['onProgress']): Promise<Member[]> {
  let done = 0;
  return mapBounded(people, 4, async ({ name, handle, bio, look }) => {
    const client = new PocketBase(serverUrl);
    client.autoCancellation(false);
    const email = emailOf({ handle });
    const portrait = new File([await bytesOf(renderPortrait(look))], `${handle}.jpg`, { type: 'image/jpeg' });
    const found = await client
      .collection('users')
      .getList(1, 1, { filter: client.filter('handle = {:handle}', { handle }) });
    if (found.items.length === 0) {
      await client
        .collection('users')
        .create({ name, handle, bio, email, password: demoPassword, passwordConfirm: demoPassword, avatar: portrait });
    }
    const { record } = await client.collection('users').authWithPassword(email, demoPassword);
    done += 1;
    onProgress('people', done, people.length);
    return { id: record.id, handle, client, followers: [] };
  });
}

async function bytesOf(image: Promise<Buffer>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await image);
}

async function followEachOther(
  members: readonly Member[],
  random: Random,
  onProgress: SeedOptions['onProgress'],
): Promise<void> {
  const pairs = members.flatMap((member) =>
    members
      .filter(
        (other) => other !== member && random.chance([member.handle, other.handle].includes('maren') ? 0.8 : 0.42),
      )
      .map((other) => ({ member, other })),
  );
  let done = 0;
  await mapBounded(pairs, 4, async ({ member, other }) => {
    await member.client.collection('follows').create({ follower: member.id, followed: other.id });
    other.followers.push(member);
    done += 1;
    onProgress('follows', done, pairs.length);
  });
}

interface Posted {
  id: string;
  owner: Member;
  photo: SeedPhoto;
}

async function postPhotos(
  members: readonly Member[],
  wanted: readonly SeedPhoto[],
  onProgress: SeedOptions['onProgress'],
): Promise<Posted[]> {
  const grain = await createGrain();
  const pictures = new Map<number, Promise<Buffer>>();
  const ahead = Math.max(2, availableParallelism());
  const draw = (index: number): void => {
    const photo = wanted[index];
    if (!photo || pictures.has(index)) return;
    const drawn = renderPicture({ scene: photo.scene, seed: photo.seed, ...shapes[photo.shape] }, grain);
    drawn.catch(() => {});
    pictures.set(index, drawn);
  };
  const posted: Posted[] = [];
  // Posted one after the other, so that the feed has their order; the next few are drawn meanwhile.
  for (const [index, photo] of wanted.entries()) {
    for (let near = index; near < index + ahead; near += 1) draw(near);
    const picture = pictures.get(index);
    const owner = members.find(({ handle }) => handle === photo.owner);
    if (!picture || !owner) throw new Error(`the photo "${photo.caption}" has no picture or no owner`);
    posted.push({ id: await postPhoto(owner, photo, await picture), owner, photo });
    pictures.delete(index);
    onProgress('photos', index + 1, wanted.length);
  }
  return posted;
}

async function postPhoto(owner: Member, photo: SeedPhoto, picture: Buffer): Promise<string> {
  const { dominant } = await sharp(picture).resize(32, 32, { fit: 'fill' }).stats();
  const tone = `#${[dominant.r, dominant.g, dominant.b].map((value) => value.toString(16).padStart(2, '0')).join('')}`;
  const taken = new Date(Date.now() - photo.daysAgo * 86_400_000).toISOString().slice(0, 10);
  const record = await owner.client.collection('photos').create({
    owner: owner.id,
    image: new File([new Uint8Array(picture)], `${photo.subject}.jpg`, { type: 'image/jpeg' }),
    ...shapes[photo.shape],
    tone,
    caption: photo.caption,
    place: photo.place,
    taken: `${taken} 12:00:00.000Z`,
    private: photo.followersOnly,
  });
  return record.id;
}

/** Likes and comments; a photo's comments are written in their order, photos side by side. */
async function talk(
  members: readonly Member[],
  posted: readonly Posted[],
  random: Random,
  onProgress: SeedOptions['onProgress'],
): Promise<void> {
  const plans = posted.map((entry) => ({ ...entry, ...planTalk(members, entry, random) }));
  let done = 0;
  await mapBounded(plans, 4, async ({ id, likers, comments }) => {
    for (const liker of likers) await liker.client.collection('likes').create({ photo: id, user: liker.id });
    for (const { author, text } of comments)
      await author.client.collection('comments').create({ photo: id, author: author.id, text });
    done += 1;
    onProgress('likes and comments', done, plans.length);
  });
}

/** Follows are sent side by side and answered in any order; the plan must not depend on it. */
function inOrder(members: readonly Member[]): Member[] {
  return members.toSorted((a, b) => (a.handle < b.handle ? -1 : 1));
}

interface Talk {
  likers: Member[];
  comments: { author: Member; text: string }[];
}

function planTalk(members: readonly Member[], { owner, photo }: Posted, random: Random): Talk {
  const audience = random.shuffle(
    photo.followersOnly ? inOrder(owner.followers) : members.filter((member) => member !== owner),
  );
  const likers = audience.slice(0, random.whole(2, 10));
  const words = random.shuffle([
    ...random.shuffle(remarks[photo.subject]).slice(0, 4),
    ...random.shuffle(praise).slice(0, 2),
  ]);
  const speakers = random.shuffle(audience).slice(0, random.whole(1, 5));
  const comments = speakers.map((author, i) => ({ author, text: words[i] ?? random.pick(praise) }));
  if (comments.length > 2 && random.chance(0.6)) comments.push({ author: owner, text: random.pick(thanks) });
  return { likers, comments };
}
