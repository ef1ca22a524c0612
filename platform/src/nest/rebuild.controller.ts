import { Controller, type Type } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import {
  clearRebuild,
  listRebuilds,
  type RebuildState,
  type RebuildSwap,
  startRebuild,
  swapRebuild,
} from '@undertone/contracts/rebuild';
import type { Rebuilds } from '../projections/rebuilds.js';
import { Answers, asked } from './answers.js';

/** Answers for the rebuilds of a service's read models. */
export function rebuildController(service: RebuildState['service'], rebuilds: Rebuilds): Type<unknown> {
  @Controller()
  class RebuildController {
    @Answers(listRebuilds(service))
    async list(): Promise<{ rebuilds: RebuildState[] }> {
      return { rebuilds: await rebuilds.list() };
    }

    @Answers(startRebuild(service))
    start(
      @Payload(asked(startRebuild(service))) { projection, swap }: { projection: string; swap: RebuildSwap },
    ): Promise<RebuildState> {
      return rebuilds.start(projection, swap);
    }

    @Answers(swapRebuild(service))
    swap(
      @Payload(asked(swapRebuild(service))) { projection }: { projection: string },
    ): Promise<RebuildState> {
      return rebuilds.swap(projection);
    }

    @Answers(clearRebuild(service))
    clear(
      @Payload(asked(clearRebuild(service))) { projection }: { projection: string },
    ): Promise<RebuildState> {
      return rebuilds.clear(projection);
    }
  }
  return RebuildController;
}
