import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';

const root = join(import.meta.dirname, '..', '..');

/** The services as folders, which is what a command has to name. */
export const serviceFolders: readonly string[] = readdirSync(join(root, 'services'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)
  .sort();

/** How an image starts a service. */
export const commandOf = (service: string): readonly string[] => [
  'node',
  `services/${service}/dist/src/main.js`,
];

export const read = (path: string): string => readFileSync(join(root, path), 'utf8');

/** Every YAML document of a file, `<<` merged. @throws {Error} on YAML that is wrong. */
export function documents(path: string): unknown[] {
  return parseAllDocuments(read(path), { merge: true }).map((document) => {
    if (document.errors[0]) throw new Error(`${path}: ${document.errors[0].message}`);
    return document.toJS();
  });
}

const manifest = z.looseObject({
  kind: z.string(),
  metadata: z.looseObject({ name: z.string() }),
  spec: z.unknown().optional(),
});

const kustomization = z.looseObject({ resources: z.array(z.string()) });

/** What a folder of `k8s` deploys itself, of one kind, by name. */
export function manifests<T>(kind: string, spec: z.ZodType<T>, folder = 'k8s/base'): Map<string, T> {
  const { resources } = kustomization.parse(documents(`${folder}/kustomization.yaml`)[0]);
  return new Map(
    resources
      .filter((file) => file.endsWith('.yaml'))
      .flatMap((file) => documents(`${folder}/${file}`))
      .map((document) => manifest.parse(document))
      .filter((document) => document.kind === kind)
      .map((document) => [document.metadata.name, spec.parse(document.spec)]),
  );
}
