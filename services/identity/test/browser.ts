/** A browser as far as signing in needs one: it keeps cookies, follows redirects, and fills in the forms of `oidc-provider`. */
export class Browser {
  private readonly cookies = new Map<string, string>();

  /** @param home where it stops: what begins with this is not opened. */
  constructor(private readonly home: string) {}

  /**
   * Opens a provider's page and signs in there.
   * @param person who signs in; absent: nobody does, and the person goes back.
   * @returns the address of ours that it is sent back to.
   */
  async signIn(page: string, person: string | undefined): Promise<URL> {
    let next = page;
    let form: Record<string, string> | undefined;
    for (let steps = 0; steps < 20; steps += 1) {
      if (next.startsWith(this.home)) return new URL(next);
      const response = await this.open(next, form);
      form = undefined;
      const location = response.headers.get('location');
      const text = await response.text();
      if (location !== null) {
        next = new URL(location, next).href;
        continue;
      }
      const [, abort] = /href="([^"]*\/abort)"/.exec(text) ?? [];
      const [, action] = /action="([^"]+)"/.exec(text) ?? [];
      const [, prompt] = /name="prompt" value="(\w+)"/.exec(text) ?? [];
      if (action === undefined || prompt === undefined || abort === undefined) {
        throw new Error(`${response.status} and no form at ${next}: ${text.slice(0, 500)}`);
      }
      next = new URL(person === undefined ? abort : action, next).href;
      if (person !== undefined) form = { prompt, login: person, password: 'any' };
    }
    throw new Error('the provider sends the browser round and round');
  }

  private async open(url: string, form: Record<string, string> | undefined): Promise<Response> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie },
      ...(form && { method: 'POST', body: new URLSearchParams(form) }),
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '') this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return response;
  }
}
