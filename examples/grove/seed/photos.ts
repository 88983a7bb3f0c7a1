import type { Scene } from './render.ts';
import { blue, cabin, dawn, gold, green, lake, ridges, violet } from './scenes/mountains.ts';
import { aurora, balloons, dunes, meadow, milkyWay } from './scenes/skies.ts';
import { beach, coral, lagoon, lighthouse, moonlit, rose, sea } from './scenes/waters.ts';
import { aspens, crowns, ember, fog, january, june, leaves, october } from './scenes/woods.ts';

/** What a photo shows; comments are chosen by it. */
export type Subject = 'mountain' | 'grove' | 'leaf' | 'sea' | 'night' | 'desert' | 'sky' | 'snow' | 'fog' | 'flowers';

export interface SeedPhoto {
  scene: Scene;
  seed: number;
  shape: keyof typeof shapes;
  subject: Subject;
  owner: string;
  caption: string;
  place: string;
  daysAgo: number;
  /** Only followers may see it. */
  followersOnly: boolean;
}

export const shapes = {
  wide: { width: 1440, height: 960 },
  broad: { width: 1440, height: 810 },
  classic: { width: 1320, height: 990 },
  square: { width: 1160, height: 1160 },
  tall: { width: 960, height: 1280 },
  poster: { width: 900, height: 1350 },
} as const;

type Row = readonly [
  scene: Scene,
  seed: number,
  shape: keyof typeof shapes,
  subject: Subject,
  owner: string,
  caption: string,
  place: string,
  daysAgo: number,
  followersOnly?: boolean,
];

/** Oldest first: the last ones stand at the top of the feed. */
const rows: readonly Row[] = [
  [
    ridges(green),
    3,
    'wide',
    'mountain',
    'mateo',
    'Seven ridges, if you count the one I am standing on.',
    'Serra da Mantiqueira',
    64,
  ],
  [sea(lagoon), 8, 'broad', 'sea', 'ines', 'Noon, and nobody told the water.', 'Comporta', 61],
  [
    meadow(['#f6d64a', '#ffe98a', '#ffffff'], ['#5aa0d8', '#e2f1fa']),
    5,
    'wide',
    'flowers',
    'priya',
    'Buttercups. Counted up to four hundred, then sat down in them.',
    'Uri Valley',
    58,
  ],
  [leaves(june), 21, 'classic', 'leaf', 'priya', 'A flat stalk is why they tremble.', 'Botanic garden', 57],
  [
    fog('#cbd5d6', '#1c2f2c', '#dfe6df'),
    14,
    'broad',
    'fog',
    'saoirse',
    'It lifted for about a minute.',
    'Glendalough',
    55,
  ],
  [
    dunes('#e8b06a', '#7d4a34', ['#8db3cc', '#f6e3bf']),
    4,
    'wide',
    'desert',
    'noor',
    'The wind signs its name every night.',
    'Wadi Rum',
    53,
  ],
  [
    milkyWay('#d9c3ff', ['#060a1f', '#141c44', '#33396a']),
    2,
    'poster',
    'night',
    'kofi',
    'Four minutes of standing still.',
    'Mole plateau',
    50,
  ],
  [lake(green, '#76877d', '#f8faf2'), 12, 'wide', 'mountain', 'elias', 'Not a breath. I whispered too.', 'Rondane', 48],
  [
    aspens(june),
    31,
    'tall',
    'grove',
    'maren',
    'First green. It smells like rain that has changed its mind.',
    'Fishlake',
    47,
  ],
  [sea(rose), 17, 'classic', 'sea', 'yuki', 'Someone else was up early.', 'Seto Inland Sea', 44],
  [ridges(violet), 9, 'broad', 'mountain', 'tomas', 'The last light took its time.', 'Sierra Nevada', 42],
  [lighthouse(coral), 6, 'wide', 'sea', 'jonah', 'Nineteen seconds between flashes. I checked.', 'Cape Ann', 40],
  [crowns(june, '#8fc4e8'), 25, 'square', 'grove', 'maren', 'Lie down. Look up. Repeat.', 'Fishlake', 38],
  [
    meadow(['#8f6fd1', '#b79aed', '#f0e6ff'], ['#7d8fd0', '#efe4f5']),
    11,
    'wide',
    'flowers',
    'amara',
    'Everything was purple and I did not argue.',
    'Hinterland',
    36,
  ],
  [
    aurora(['#4df0a8', '#7af7c9', '#9b7bff']),
    5,
    'wide',
    'night',
    'elias',
    'Stopped the car in the middle of the road. So had everyone.',
    'Abisko',
    34,
  ],
  [
    dunes('#f0a85c', '#8a3f2b', ['#6f9cc4', '#ffd9a8']),
    15,
    'broad',
    'desert',
    'noor',
    'Ten minutes later this edge was somewhere else.',
    'Erg Chebbi',
    33,
  ],
  [beach(lagoon, '#ead9b5'), 7, 'wide', 'sea', 'ines', 'Footprints cropped out. They were all mine.', 'Tavira', 31],
  [ridges(blue), 22, 'classic', 'mountain', 'mateo', 'Blue is only distance you can see.', 'Cordillera Blanca', 30],
  [
    lake(violet, '#5a3f6b', '#ffd9d0'),
    20,
    'broad',
    'mountain',
    'tomas',
    'Came for the peak, stayed for the other one.',
    'Convict Lake',
    28,
  ],
  [
    milkyWay('#ffd3b0', ['#0a0818', '#231a3c', '#5a3a55']),
    19,
    'classic',
    'night',
    'kofi',
    'One of us fell asleep with the lamp on.',
    'Bolgatanga road',
    26,
  ],
  [fog('#d8d2c8', '#2a2622', '#f2c893'), 33, 'wide', 'fog', 'saoirse', 'Sun trying.', 'Wicklow', 25],
  [leaves(ember), 13, 'tall', 'leaf', 'priya', 'Pressed one of these between pages 211 and 212.', 'Home', 24],
  [balloons, 4, 'wide', 'sky', 'amara', 'We were promised three. Reader, there were five.', 'Göreme', 22],
  [sea(moonlit, true), 10, 'wide', 'night', 'yuki', 'The ferry waited for the moon. Or I did.', 'Naoshima', 21],
  [cabin, 8, 'wide', 'snow', 'elias', 'Left the light on so I could find it again.', 'Jotunheimen', 19, true],
  [aspens(january), 6, 'wide', 'snow', 'maren', 'They look back.', 'Kebler Pass', 18],
  [ridges(gold), 27, 'wide', 'mountain', 'mateo', 'Dust, mostly. But what dust.', 'Quebrada', 16],
  [
    aurora(['#5affc0', '#ff7ac8', '#7a6bff']),
    23,
    'tall',
    'night',
    'elias',
    'It made a sound. Nobody believes me.',
    'Tromsø',
    15,
  ],
  [sea(coral), 29, 'tall', 'sea', 'ines', 'Every evening, free of charge.', 'Nazaré', 14],
  [crowns(october, '#3f8fd0'), 8, 'wide', 'grove', 'maren', 'A thousand coins and none to spend.', 'Pando', 12],
  [lake(blue, '#6d7f93', '#ffffff'), 2, 'wide', 'mountain', 'tomas', 'Cold enough to be honest.', 'Lac Blanc', 11],
  [lighthouse(rose), 16, 'classic', 'sea', 'jonah', 'Off duty.', 'Peggys Cove', 9],
  [aspens(ember), 12, 'poster', 'grove', 'amara', 'Walked in yellow, came out red.', 'Independence Pass', 8],
  [
    fog('#cfd8dc', '#14241f', '#f6e2b8'),
    9,
    'wide',
    'fog',
    'saoirse',
    'Morning, before anyone has had an opinion.',
    'Killarney',
    7,
    true,
  ],
  [
    meadow(['#e2423d', '#f2684f', '#ffd7cf'], ['#4f9bd6', '#d9eefa']),
    21,
    'wide',
    'flowers',
    'ines',
    'Poppies do not hold still either.',
    'Alentejo',
    5,
  ],
  [
    lake(dawn, '#8a7687', '#fff0ea'),
    26,
    'broad',
    'mountain',
    'yuki',
    'Woke up for this, went back to bed.',
    'Kamikōchi',
    4,
  ],
  [leaves(october), 5, 'wide', 'leaf', 'priya', 'Populus tremuloides, trembling.', 'Pando', 3],
  [ridges(dawn), 1, 'wide', 'mountain', 'tomas', 'All of it was pink and then none of it was.', 'Alabama Hills', 2],
  [sea(coral), 12, 'wide', 'sea', 'jonah', 'The boat came home. The sun did not stay to watch.', 'Rockport', 1],
  [
    aspens(october),
    36,
    'wide',
    'grove',
    'maren',
    'Forty-seven thousand stems, one root. This is about thirty of them.',
    'Pando, Fishlake',
    0,
  ],
];

export const photos: readonly SeedPhoto[] = rows.map(
  ([scene, seed, shape, subject, owner, caption, place, daysAgo, followersOnly = false]) => ({
    scene,
    seed,
    shape,
    subject,
    owner,
    caption,
    place,
    daysAgo,
    followersOnly,
  }),
);
