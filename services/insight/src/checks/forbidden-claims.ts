/** Something that no insight may say. */
export interface ForbiddenClaim {
  readonly reason: 'diagnosis' | 'treatment' | 'about the person';
  readonly pattern: RegExp;
}

const words = (reason: ForbiddenClaim['reason'], ...patterns: string[]): ForbiddenClaim[] =>
  patterns.map((pattern) => ({ reason, pattern: new RegExp(String.raw`\b(?:${pattern})\b`, 'giu') }));

/**
 * Insights speak of music, never of the listener's health: words of diagnosis and treatment, and sentences that say
 * how the person is or feels. Stems are cut so that common words stay free ("secure", "a treat", "patiently").
 */
export const claimPatterns: readonly ForbiddenClaim[] = [
  ...words(
    'diagnosis',
    String.raw`diagnos\w*`,
    String.raw`(?:anti)?depress\w*`,
    String.raw`anxiet\w*|anxious\w*`,
    String.raw`bipolar|borderline|schizo\w*|psychos[ei]s|psychotic|neuro(?:tic|sis|ses)|paranoi\w*`,
    String.raw`ADHD|PTSD|OCD|autis\w*|dyslexi\w*|dysthymi\w*|anhedoni\w*`,
    String.raw`mani(?:a|ac|acs|c)|hypomani\w*`,
    String.raw`disorder\w*|syndromes?|symptom\w*|illness\w*|diseases?|patholog\w*`,
    String.raw`insomnia\w*|burn(?:ed|t)?[- ]?out|panic attacks?|nervous breakdown|breakdowns`,
    String.raw`suicid\w*|self[- ]?harm\w*|self[- ]?injur\w*`,
    String.raw`trauma\w*|addict\w*|alcoholi\w*|eating disorder`,
    String.raw`clinical\w*|psychiatr\w*|psycholog\w*|mental(?:ly)? (?:health|state|condition|ill|stab\w+)|mental`,
    String.raw`(?:un)?health(?:y|ily|ier|iest)?|medical\w*`,
    'screening|warning signs?|red flags?|at risk',
    String.raw`distress\w*|despair\w*|hopeless\w*|worthless\w*|grie(?:f|v\w*)|mood swings?|melt[- ]?downs?`,
    String.raw`emotional(?:ly)? (?:unstable|instability|turmoil|pain|baggage|state|wreck|damage\w*|scars?)`,
    String.raw`serotonin|dopamine|cortisol|endorphins?|hormon\w*|heart rate|blood pressure|nervous system|immune`,
  ),
  ...words(
    'treatment',
    'treatments?|treat(?:s|ed|ing)? (?:your|the|this|these|it)',
    String.raw`therap\w*|counsell?ing|counsell?ors?`,
    'cur(?:e|es|ed|ing|ative)|heal(?:s|ed|ing|er)?|remed(?:y|ies)|antidotes?',
    String.raw`medicat\w*|medicin\w*|prescri\w*|dos(?:e|es|age)|pills?`,
    'doctors?|physicians?|clinicians?|patients?',
    String.raw`(?:reliev|reduc|lower|eas|manag|combat|fight)\w* (?:your |any )?(?:stress|tension|worry|worries|sadness|low mood)`,
    String.raw`(?:stress|mood)[- ](?:relief|reliever|boost\w*|regulat\w*)`,
    'help(?:s|ed|ing)? (?:you |one )?(?:to )?(?:relax|unwind|sleep|cope|calm|heal|recover|feel|de-?stress)',
    String.raw`(?:makes?|making) you (?:feel|happy|happier|calm\w*|sad\w*)|cop(?:e|es|ed|ing)|soothe[sd]? (?:your|the) (?:nerves|soul|mind)`,
    // Where to find help is a line of the service's own, never a model's.
    '(?:help|support|crisis|hot) ?-?lines?|hotlines?|crisis|(?:seek|get|professional) (?:help|support)|talk to (?:someone|somebody|a professional)',
  ),
  ...words(
    'about the person',
    "you(?: a|')re|you (?:were|seem(?:ed)?|appear(?:ed)?|sound(?:ed)?|look(?:ed)?)",
    // "How you felt is not in the data" and "if you feel like it" claim nothing.
    '(?<!\\b(?:how|what|whatever|if) )you (?:feel|felt)',
    "you(?: ha|')ve been|you (?:must|may|might|could) (?:be|have been|feel)",
    String.raw`you (?:suffer\w*|struggl\w*|lack|need help)|suffer(?:s|ed|ing)?`,
    "(?:are|were|aren't) you|(?:someone|somebody|anyone|whoever|a person) who (?:is|feels|felt|needs|lacks)|(?:the (?:listener|owner)|this (?:person|listener)) (?:is|was|feels?|felt|seems?|needs?)",
    'lonel(?:y|iness)|heart[- ]?broken|psycho|lunatics?|madhouse',
    'your (?:ex(?:es)?|love life|relationships?|marriage|divorce|husband|wife|girlfriend|boyfriend|mother|father|parents?|childhood|job|boss|career|body|weight|looks|face|age|intelligence|iq|religion|accent)',
    String.raw`your (?:own )?(?:mood|moods|feelings?|emotions?|emotional \w+|personality|psyche|state of mind|mind|well-?being)`,
    String.raw`(?:as|being) an? (?:\w+ )?person you`,
  ),
];

/**
 * The forbidden words of a text as they stand there; none where it is fit to be read. Hidden characters, accents and
 * curly apostrophes do not hide them.
 */
export function forbiddenClaims(text: string): string[] {
  const plain = text
    .normalize('NFKD')
    .replace(/[\p{Cf}\p{Mn}]/gu, '')
    .replace(/[’‘ʼ`]/g, "'")
    .replace(/\s+/g, ' ');
  return claimPatterns.flatMap(({ pattern }) => [...plain.matchAll(pattern)].map(([said]) => said));
}
