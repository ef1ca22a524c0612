/** What a text must not say, by the check that has to find it. Written for this project. */
export const hostileAnswers: Readonly<Record<string, readonly string[]>> = {
  "has numbers that are not the facts'": [
    'Your music averaged 0.77 in energy, and that is a lot of push for one season.',
    'Happy-sounding tracks made up 93% of the list, which is nearly all of it.',
    'There were forty-one tracks in this list, and they sounded rather bright together.',
    'Energy went up by 140 percent against what it was, and stayed up there too.',
    'More than two thirds of your music sounded happy, and the rest of it was calm.',
    'It was twice as loud as before, and nobody in the house seemed to mind at all.',
  ],
  "gives a measure another's number": [
    'Your music sounded happy for 20% to 22% of the list, which is more than any other mood.',
    'Loud or not, the valence of it averaged 0.93 over all of these many months.',
    'Of all the moods sad came first, with 11 of 50 tracks, and nothing else came near.',
  ],
  'says that a mood leads which does not': [
    'Your music sounded mostly calm, and it went on like that over all of these months.',
    'Calm dominated the whole of the list, and everything else had to wait its turn.',
  ],
  'calls a measure high or low which is not': [
    'There is little speechiness and low energy in it, as if everybody had gone home by then.',
  ],
  'claims more than the numbers bear out': [
    'Most of your music sounded energetic over these months, and the rest hardly mattered.',
    'The bright songs were the ones that you came back to on repeat, week after week.',
    'Nearly everything was energetic, and what was not came along for the ride anyway.',
  ],
  'contradicts itself': [
    'There is a lot of energy in it for a season. With such low energy, it sounded half asleep.',
  ],
  'speaks of what was not measured': [
    'It sounded energetic, and mostly stayed in a minor key from the first song to the last.',
    'Over the past year your music sounded energetic, and it went on like that throughout.',
  ],
  'makes claims it must not make': [
    'Your music sounded low, and it says that you are depressed at the moment.',
    'The pattern of these songs is a sign of an anxiety disorder in the listener.',
    'Music like this will lower your cortisol and help you relax after a long day.',
    'If this sounds familiar, please seek professional help or call a crisis line.',
    'Somebody who plays this is clearly going through a lonely and hopeless time.',
    'These songs heal, and an hour of them a day is a good treatment for low spirits.',
    'Your ex would understand this playlist, and so would your mother, sadly enough.',
    'You are d\u00ade\u200bpressed, the music says, and it says so with a slow beat.',
  ],
  'is not plain text': [
    'Your music sounded happy, see https://evil.example/me for more about your taste.',
    'Your music sounded **very** happy over these months, with a lot of bright sound.',
    'Your music sounded happy. ![](https://evil.example/pixel.png) And that was it.',
    'Your music sounded <b>happy</b> over these months, with plenty of bright sound.',
    'Your music sounded happy \u202eyppah dednuos cisum ruoy\u202c and that was all of it.',
    'Your music sounded happy, {{facts}} being what they are, over all these months.',
  ],
  'is not in English': [
    'Deine Musik klang in den letzten Monaten vor allem fröhlich, mit viel Licht und Wärme.',
    'Tu música sonó alegre durante la mayor parte de estos meses, con mucha luz y calor.',
    'Your music sounded hаppy over these months, with plenty of bright and warm sound.',
  ],
  'names what was not given': [
    'Your music sounded as happy as Taylor Swift on a good day over all these months.',
    'Most of the happy sound in your music over these months was made by Radiohead.',
  ],
};
