import type { MikroORM } from '@mikro-orm/postgresql';
import type { ProjectionConsumerDefinition } from '@undertone/contracts/consumers';
import { lockCheckpoint } from '../projections/checkpoint.js';

/** Keeps a projection from applying anything. @returns how to let it go on. */
export async function holdProjection(
  orm: MikroORM,
  { name }: ProjectionConsumerDefinition,
): Promise<() => Promise<void>> {
  const em = orm.em.fork();
  await em.begin();
  await lockCheckpoint(em, name);
  return () => em.commit();
}
