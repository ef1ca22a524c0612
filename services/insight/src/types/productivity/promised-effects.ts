import type { InsightText } from '@undertone/contracts/insight/insight';
import { wholeText } from '../../insight-text/whole-text.js';
import type { Fault } from '../fault.js';

/** What music does to work differs between people and tasks, and none of the measures says it. */
const PROMISES = [
  /\b(?:will|can|helps?|helped|helping|makes?|made|proven to|known to|guaranteed to)\b(?: \w+){0,3} (?:focus\w*|concentrat\w*|productiv\w*|efficien\w*|work (?:better|faster|harder)|get more done|think (?:better|faster|clearer|clearly)|perform\w*)/i,
  /\b(?:boost|increas|improv|enhanc|sharpen|maximi[sz]|optimi[sz]|unlock|supercharg|strengthen)\w*(?: \w+){0,3} (?:focus|concentration|productivity|efficiency|attention|memory|output|performance|creativity|flow)\b/i,
  /\b(?:studies|research|science|scientists|neuroscien\w*|experts)\b(?: \w+){0,2} (?:show|prove|say|suggest|find|found|confirm)\w*/i,
  /\b(?:ideal|perfect|best|optimal) (?:for|music for|soundtrack for) (?:\w+ )?(?:focus|concentration|productivity|deep work|studying)\b/i,
];

/** Promises of an effect on work, which no number here can keep. */
export function promisedEffects(text: InsightText): Fault[] {
  const whole = wholeText(text);
  const said = PROMISES.flatMap((pattern) => pattern.exec(whole)?.[0] ?? []);
  return [{ what: 'promises an effect', said }];
}
