import { describe, expect, it } from 'vitest';
import { forbiddenClaims } from './forbidden-claims.js';

describe('forbidden claims', () => {
  it.each([
    'You are depressed, says your playlist.',
    'Your music points to anxiety.',
    'a mild DEPRESSIVE phase',
    'Try music therapy.',
    'These songs may heal old wounds.',
    'a good treatment for low spirits',
    'This reduces your stress.',
    'You seem lonely lately.',
    'you’re sad',
    'You have been struggling.',
    'You feel low, and you felt so before.',
    'Your mood was low.',
    'symptoms of burn-out',
    'Ask your doctor.',
    'a healthier mix',
    'signs of mental strain',
  ])('finds them: %s', (text) => expect(forbiddenClaims(text)).not.toEqual([]));

  it('is not deceived by hidden characters, accents or curly apostrophes', () => {
    expect(forbiddenClaims('de\u00adpres\u200bsion')).toEqual(['depression']);
    expect(forbiddenClaims('Thérapie or thérapy')).toEqual(['Therapie', 'therapy']);
    expect(forbiddenClaims('you‘re calm')).toEqual(["you're"]);
    expect(forbiddenClaims('you\nare calm')).toEqual(['you are']);
  });

  it.each([
    'Your music sounded sad more often than anything else.',
    'The numbers say how it sounded, not how you felt.',
    'Secure beats, patiently built; a treat for the ears.',
    'The reasons a song matters are yours to say.',
    'Your music has a melancholy side, with dark chords and a curious calm.',
    'How your music sounded over the past year: energetic, manifold, managed with care.',
  ])('lets through what speaks of music: %s', (text) => expect(forbiddenClaims(text)).toEqual([]));
});
