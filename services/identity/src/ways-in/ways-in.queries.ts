import { Controller, Inject } from '@nestjs/common';
import { type ConfiguredWaysIn, listWaysIn } from '@undertone/contracts/sign-in/ways-in';
import { Answers } from '@undertone/platform/nest/answers';
import { SETTINGS } from '@undertone/platform/nest/tokens';
import { Mailer } from '../mail/mailer.js';
import type { ConfiguredProvider } from '../provider-settings/configured-providers.js';
import { SPOTIFY } from '../provider-settings/provider-definition.js';
import { Providers } from '../providers/providers.js';
import type { IdentitySettings } from '../settings.js';

/** What the settings let people sign in with. */
@Controller()
export class WaysInQueries {
  constructor(
    @Inject(SETTINGS)
    private readonly settings: IdentitySettings & { readonly providers: readonly ConfiguredProvider[] },
    @Inject(Providers) private readonly providers: Providers,
    @Inject(Mailer) private readonly mailer: Mailer,
  ) {}

  @Answers(listWaysIn)
  async list(): Promise<ConfiguredWaysIn> {
    const { REGISTRATION, SPOTIFY_MODE, providers } = this.settings;
    const spotify = {
      id: SPOTIFY,
      name: SPOTIFY_MODE === 'simulator' ? 'Spotify (simulator)' : 'Spotify',
      login_path: `/api/auth/${SPOTIFY}/login`,
    };
    const others = providers.map(({ id, name = id }) => ({
      id,
      name,
      login_path: `/api/auth/oidc/${id}/login`,
    }));
    return {
      registration: REGISTRATION,
      forgotten_password: this.mailer.isOn ? 'mail' : 'admin',
      providers: [...(this.providers.has(SPOTIFY) ? [spotify] : []), ...others],
    };
  }
}
