/** Puts fate-worker.mjs in the place of the module that prover pools run, but for itself. */
export async function resolve(specifier, context, next) {
  const resolved = await next(specifier, context);
  const isProver = resolved.url.endsWith('/dist/api/prove-worker.js');
  if (!isProver || context.parentURL?.endsWith('/fate-worker.mjs')) return resolved;
  return { ...resolved, url: new URL('./fate-worker.mjs', import.meta.url).href, format: 'module' };
}
