import { createHmac, randomBytes } from 'node:crypto';

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Tells addresses apart without telling them: an address is personal data, and the audit is kept for long. The key is in this process's
 * memory alone, and is another one each day, so that nobody finds an address by trying all there are.
 */
export class OriginMarks {
  private key = randomBytes(32);
  private day = 0;

  of(address: string, now: Date): string {
    const day = Math.floor(now.getTime() / DAY_MS);
    if (day !== this.day) {
      this.day = day;
      this.key = randomBytes(32);
    }
    return createHmac('sha256', this.key).update(address).digest('hex').slice(0, 16);
  }
}
