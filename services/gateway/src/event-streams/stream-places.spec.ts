import { localOperator, type Principal } from '@undertone/contracts/access/principal';
import { expect, it } from 'vitest';
import { StreamPlaces as Places } from './stream-places.js';

/** As a stream does. */
class StreamPlaces extends Places {
  override take(caller: Principal): () => void {
    this.checkRoom(caller);
    return super.take(caller);
  }
}
const person = (user_id: string): Principal => ({ ...localOperator, who: { kind: 'user', user_id } });
const full = expect.objectContaining({ code: 'TOO_MANY_STREAMS' });

it('places for streams are bounded for each person, and given back', () => {
  const places = new StreamPlaces(5, 2);
  const [first] = [places.take(person('a')), places.take(person('a'))];
  expect(() => places.take(person('a'))).toThrow(full);
  places.take(person('b'));
  first();
  places.take(person('a'));
  expect(() => places.take(person('a'))).toThrow(full);
});

it('places for streams are bounded for all together', () => {
  const places = new StreamPlaces(3, 2);
  const [first] = [places.take(localOperator), places.take(localOperator), places.take(localOperator)];
  expect(() => places.take(person('a'))).toThrow(full);
  first();
  places.take(person('a'));
});
