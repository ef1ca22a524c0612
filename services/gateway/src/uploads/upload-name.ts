/** As long as the job's payload takes it. */
const LONGEST = 255;

/** The base name of an uploaded file, fit to be kept and shown; `upload` when nothing is left of it. */
export function uploadName(given: string | undefined): string {
  const base = (given ?? '').split(/[/\\]/).at(-1) ?? '';
  const visible = base.replaceAll(/\p{C}/gu, '').trim();
  if (/^\.*$/.test(visible)) return 'upload';
  if (visible.length <= LONGEST) return visible;
  const extension = /\.[^.]{1,10}$/.exec(visible)?.[0] ?? '';
  // Cut between characters, not within one.
  const stem = visible.slice(0, LONGEST - extension.length).replace(/[\ud800-\udbff]$/, '');
  return stem + extension;
}
