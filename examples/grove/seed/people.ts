/** How the generated portrait of a person looks. */
export interface Look {
  skin: string;
  hair: string;
  style: 'short' | 'long' | 'bun' | 'curls' | 'cap' | 'bald';
  shirt: string;
  back: readonly [string, string];
  beard?: boolean;
  glasses?: boolean;
}

export interface Person {
  name: string;
  handle: string;
  bio: string;
  look: Look;
}

/** The password of every person in the demo. */
export const demoPassword = 'aspen-grove';

export const emailOf = (person: Pick<Person, 'handle'>): string => `${person.handle}@grove.example`;

/** The first one is the account that the start message and the sign-in form offer. */
export const people: readonly Person[] = [
  {
    name: 'Maren Holt',
    handle: 'maren',
    bio: 'Aspens, mostly. Sometimes what stands between them.',
    look: { skin: '#f0c7a4', hair: '#b5652b', style: 'long', shirt: '#2f5d4a', back: ['#f6d98f', '#e9a94b'] },
  },
  {
    name: 'Tomás Rivera',
    handle: 'tomas',
    bio: 'Up before the sun. Coffee after.',
    look: {
      skin: '#d49b6c',
      hair: '#1f1a17',
      style: 'short',
      shirt: '#b4452f',
      back: ['#ffcfa8', '#f2855f'],
      beard: true,
    },
  },
  {
    name: 'Yuki Tanabe',
    handle: 'yuki',
    bio: 'Small boats, long lenses.',
    look: { skin: '#f3d3b4', hair: '#14151b', style: 'bun', shirt: '#31456f', back: ['#cfe3f2', '#7fa9cf'] },
  },
  {
    name: 'Amara Okafor',
    handle: 'amara',
    bio: 'Colour first, questions later.',
    look: { skin: '#7a4a2e', hair: '#17110f', style: 'curls', shirt: '#e0a52c', back: ['#f7c6cf', '#d9728a'] },
  },
  {
    name: 'Elias Lindqvist',
    handle: 'elias',
    bio: 'North of the tree line, with cold fingers.',
    look: {
      skin: '#f2cfb3',
      hair: '#d8b36a',
      style: 'cap',
      shirt: '#3a4a5c',
      back: ['#c9f0df', '#4fa58c'],
      beard: true,
    },
  },
  {
    name: 'Priya Nair',
    handle: 'priya',
    bio: 'Botanist. I stop for leaves.',
    look: {
      skin: '#b97a4e',
      hair: '#1b1412',
      style: 'long',
      shirt: '#7c3f63',
      back: ['#dcefc2', '#8fbf63'],
      glasses: true,
    },
  },
  {
    name: 'Noor Haddad',
    handle: 'noor',
    bio: 'Sand, wind, shade.',
    look: { skin: '#d8a577', hair: '#2b1d17', style: 'bun', shirt: '#c46b3c', back: ['#ffe2b8', '#dba05c'] },
  },
  {
    name: 'Jonah Wells',
    handle: 'jonah',
    bio: 'Lighthouse keeper in a past life, I think.',
    look: {
      skin: '#efc3a0',
      hair: '#8a8680',
      style: 'bald',
      shirt: '#28324e',
      back: ['#d9d5ef', '#8e86c2'],
      beard: true,
      glasses: true,
    },
  },
  {
    name: 'Inês Duarte',
    handle: 'ines',
    bio: 'Atlantic light, every evening it shows up.',
    look: { skin: '#e5b48a', hair: '#4a2a1c', style: 'curls', shirt: '#1f7a86', back: ['#ffd9c9', '#f59b83'] },
  },
  {
    name: 'Kofi Mensah',
    handle: 'kofi',
    bio: 'Night skies and what waits under them.',
    look: {
      skin: '#5f3a26',
      hair: '#120d0c',
      style: 'short',
      shirt: '#5a6fb0',
      back: ['#b9c4f0', '#4a5aa5'],
      glasses: true,
    },
  },
  {
    name: 'Saoirse Byrne',
    handle: 'saoirse',
    bio: 'Rain is just weather with character.',
    look: { skin: '#f6d9c6', hair: '#c2502a', style: 'curls', shirt: '#4d6b5a', back: ['#d6e4dc', '#86a898'] },
  },
  {
    name: 'Mateo Quiroga',
    handle: 'mateo',
    bio: 'Walking the ridge, one weekend at a time.',
    look: { skin: '#c98d5f', hair: '#2a1b14', style: 'cap', shirt: '#d7b24a', back: ['#cfe0f7', '#6f97d0'] },
  },
];
