/** A source that cannot give this server, with the reason; the next source is tried. */
export class Unavailable extends Error {
  /**
   * @param {string} reason
   * @param {{ notable?: boolean }} [options] notable: worth telling even when another source works
   */
  constructor(reason, { notable = false } = {}) {
    super(reason);
    this.name = 'Unavailable';
    this.notable = notable;
  }
}
