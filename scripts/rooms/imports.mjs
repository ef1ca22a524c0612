import { join } from 'node:path';
import { cruise, getAvailableTranspilers } from 'dependency-cruiser';
import { ExplainedError } from '../explained-error.mjs';

/**
 * @typedef {object} Import one file of a package imports another; types count, those in JSDoc too
 * @property {string} from path in the package
 * @property {string} to
 */

/** What is no part of a package as it ships. */
const LEFT_OUT = [
  '\\.spec\\.ts$',
  '(^|/)test-kit/',
  '(^|/)(node_modules|dist|migrations)/',
  '(^|/)vitest\\.config\\.ts$',
];

/** Other packages, from the workspace or from npm. */
const OUTSIDE = '^\\.\\./|(^|/)node_modules/';
const isOutside = (/** @type {string} */ file) => new RegExp(OUTSIDE).test(file);

/** A package may import itself by its name, and is then to be found as source. */
const RESOLVE = {
  conditionNames: ['undertone-source', 'import', 'node', 'default'],
  exportsFields: ['exports'],
};

/**
 * The imports between the files of one package.
 *
 * @param {string} root the clone's root
 * @param {string} folder the package's, below the root
 * @returns {Promise<Import[]>}
 * @throws {ExplainedError} where an import leads to no file, or TypeScript cannot be read
 */
export async function readImports(root, folder) {
  refuseWithoutTypeScript();
  const options = {
    baseDir: join(root, folder),
    exclude: { path: [...LEFT_OUT, ...(folder === 'scripts' ? [] : ['^test/'])] },
    doNotFollow: { path: OUTSIDE },
    tsPreCompilationDeps: true,
    detectJSDocImports: true,
  };
  const { output } = await cruise(['.'], options, RESOLVE);
  if (typeof output === 'string') throw new Error('dependency-cruiser gave text');
  const own = output.modules.filter(({ source }) => !isOutside(source));
  return own.flatMap(({ source, dependencies }) =>
    dependencies
      .filter(
        ({ module, resolved, coreModule }) => module.startsWith('.') || !(coreModule || isOutside(resolved)),
      )
      .map(({ module, resolved, couldNotResolve }) => {
        // Left out silently it would hide a cycle.
        if (couldNotResolve)
          throw new ExplainedError(`${folder}/${source} imports ${module}, which is not there.`);
        return { from: source, to: resolved };
      }),
  );
}

/** Without a TypeScript that it can use, dependency-cruiser skips every .ts file and finds no cycle. */
function refuseWithoutTypeScript() {
  if (!getAvailableTranspilers().some(({ name, available }) => name === 'typescript' && available)) {
    throw new ExplainedError(
      'dependency-cruiser has no TypeScript to parse with: see packageExtensions in pnpm-workspace.yaml.',
    );
  }
}
