/** Worker of a prover pool that proves nothing, at once. */
const loaded = { kind: 'loaded' };
export default (task) => (task.inputs === undefined ? loaded : { kind: 'proved', document: {}, milliseconds: 1 });
