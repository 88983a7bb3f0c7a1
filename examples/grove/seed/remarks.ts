import type { Subject } from './photos.ts';

/** Things people say under a picture, by what it shows. */
export const remarks: Record<Subject, readonly string[]> = {
  mountain: [
    'How long did you wait for that light?',
    'I can feel the air in this one.',
    'Which trail is this? Adding it to the list.',
    'The haze between the ridges does all the work. Lovely.',
    'My knees hurt just looking at it. Worth it.',
    'Print this one. Big.',
  ],
  grove: [
    'I did not know bark could look at you.',
    'One organism. I will never get over that.',
    'You can almost hear them.',
    'We walked there in the same week last year and it was bare already!',
    'The colour of ten in the morning.',
    'So many eyes. In a good way.',
  ],
  leaf: [
    'Those veins!',
    'Is that natural light?',
    'The little brown dots make it.',
    'I would frame this for the kitchen.',
    'Page 212 is lucky.',
  ],
  sea: [
    'I needed this today, thank you.',
    'The glitter on the water is perfect.',
    'Salt on the lens, admit it.',
    'Whose boat?',
    'Same sun here, half an hour later. Waved at it.',
    'Blue hour or just after?',
  ],
  night: [
    'What was the exposure?',
    'It looks like a painting of itself.',
    'Were you not freezing?',
    'I count two satellites and one good decision.',
    'I would have missed it asleep.',
    'Now I want to drive north.',
  ],
  desert: [
    'That edge is sharper than my knives.',
    'All curves, no straight line anywhere. Beautiful.',
    'The shadow is the subject, right?',
    'How do you keep sand out of the camera? Asking for a camera.',
  ],
  sky: [
    'The small one in the back is my favourite.',
    'Which one were you in?',
    'This made my whole breakfast.',
    'Up there with the best of them. Sorry.',
  ],
  snow: [
    'So quiet.',
    'I hope there was soup.',
    'White on white and still so much to see.',
    'I would move in tomorrow.',
  ],
  fog: [
    'The trees just appear, like thoughts.',
    'I can smell the pine.',
    'Layers upon layers. Great patience.',
    'This is what silence looks like.',
  ],
  flowers: [
    'My grandmother had a field like this.',
    'Did you lie down? I would have lain down.',
    'That red against the green!',
    'Bees not pictured, I assume.',
    'Summer, exactly.',
  ],
};

/** Things that fit under any picture. */
export const praise: readonly string[] = [
  'This is the one.',
  'Oh, this is wonderful.',
  'Saved for a rainy day.',
  'Came back to look at it again.',
  'Teach me.',
  'What a calm picture.',
  'The composition! Nothing to add, nothing to take away.',
  'Best thing I have seen all week.',
];

/** What the owner answers. */
export const thanks: readonly string[] = [
  'Thank you! It was over in a minute.',
  'Luck, mostly. And a thermos.',
  'That means a lot, thank you.',
  'Come along next time.',
  'About forty tries. This was number two.',
];
