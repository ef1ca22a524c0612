import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import type { LinkedAccount } from '@undertone/contracts/sign-in/linked-account';
import { listLinks, removeLink } from '@undertone/contracts/sign-in/provider-rpc';
import { Answers, asked } from '@undertone/platform/nest/answers';
import type { LinkedAccountRow } from './linked-account.entity.js';
import { LinkedAccounts } from './linked-accounts.js';

@Controller()
export class LinkedAccountCommands {
  constructor(@Inject(LinkedAccounts) private readonly links: LinkedAccounts) {}

  @Answers(listLinks)
  async list(
    @Payload(asked(listLinks)) { user_id }: { user_id: string },
  ): Promise<{ links: LinkedAccount[] }> {
    return { links: (await this.links.of(user_id)).map(shown) };
  }

  @Answers(removeLink)
  async remove(
    @Payload(asked(removeLink)) { user_id, link_id }: { user_id: string; link_id: string },
  ): Promise<LinkedAccount> {
    return shown(await this.links.remove(user_id, link_id));
  }
}

const shown = ({ id, provider, linkedAt }: LinkedAccountRow): LinkedAccount => ({
  link_id: id,
  provider,
  linked_at: linkedAt.toISOString(),
});
