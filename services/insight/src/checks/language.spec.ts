import { describe, expect, it } from 'vitest';
import { foreignLanguage } from './language.js';

describe('language', () => {
  it.each([
    'Deine Musik klang in den letzten Wochen heller als sonst, mit einer Energie von 0.62.',
    'Tu música sonó alegre la mayor parte del tiempo, con una energía media de 0.62.',
    'Votre musique sonnait plutôt calme cette saison, avec une énergie moyenne de 0.62.',
    'Je muziek klonk vrolijk en snel deze maanden, met een gemiddelde energie van 0.62.',
    'La tua musica suonava allegra per la maggior parte del tempo, con energia 0.62.',
    'Musik kamu terdengar ceria sepanjang bulan ini dengan energi rata-rata 0.62.',
    'あなたの音楽は明るく聞こえました。',
    'Ваша музыка звучала весело.',
    'Your music sounded dеpressed.',
    'Your music sounded bright, and there is more to say.\nDeine Musik klang in den letzten Wochen heller als sonst, mit viel Kraft.',
  ])('other than English is found: %s', (text) => expect(foreignLanguage(text)).not.toEqual([]));

  it.each([
    ['Your music sounded bright. Ваша музыка звучала весело.', 'letters of another script (В а ш м у)'],
    [
      'Calm first.  Deine Musik klang in den letzten Wochen heller als sonst, mit einer Energie von 0.62.',
      '"Deine Musik klang in den letzten Wochen …"',
    ],
  ])('is quoted as far as one needs it to find the place: %s', (text, said) =>
    expect(foreignLanguage(text)).toEqual([said]),
  );

  it('is judged from so many letters on that a guess is worth something', () => {
    const enough = 'Deine Musik klang in den letzten Wochen heller als sonst und sehr viel';
    expect(enough).toHaveLength(70);
    expect(foreignLanguage(enough)).toHaveLength(1);
    expect(foreignLanguage(enough.slice(1))).toEqual([]);
  });

  it.each([
    'Calm first.',
    'Happy leads. 9 of 50 tracks (18%).',
    'Allegro ma non troppo: an average of 121 BPM, and a crescendo towards the end of the month.',
    'Schadenfreude, déjà vu and a piñata: your music sounded like a very good party in three languages.',
  ])('is English: %s', (text) => expect(foreignLanguage(text)).toEqual([]));
});
