/** Many real proofs of one model, from the artifact directory to contracts: generated and universal. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Contract, type InterfaceAbi } from 'ethers';
import {
  type BatchArguments,
  callFirstInvalid,
  callVerifyBatch,
  callVerifyInference,
  compileModel,
  compileSolidity,
  deployModel,
  encodeBatchCalldata,
  encodeCalldata,
  exportKey,
  exportVerifier,
  findInvalidProofs,
  type Hex,
  loadProver,
  loadVerifier,
  type ProofDocument,
  proveInference,
  readInput,
  registerKey,
  setupDevelopment,
  terminateCurves,
  type VerifierReference,
} from '../../src/index.js';
import { startTestChain, type TestChain } from '../support/chain.js';
import { builtContracts } from '../support/contracts.js';
import { FIXTURES } from '../support/golden-witness.js';

const MODEL = join(FIXTURES, 'digits-mlp/model.qdq-u8u8.onnx');
const INPUTS = join(FIXTURES, 'digits-mlp/inputs.npz');
const COUNT = 16;
const CID = 'bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy';
const OPTIONS = { allowDevelopmentKey: true, cid: CID };

describe('sixteen proofs of one model', () => {
  const folder = mkdtempSync(join(tmpdir(), 'zkinfer-'));
  const dir = join(folder, 'artifacts');
  const documents: ProofDocument[] = [];
  let chain: TestChain;
  let generated: VerifierReference;
  let universal: VerifierReference;
  let batch: BatchArguments;
  let keyId: Hex;

  beforeAll(async () => {
    await compileModel(MODEL, dir);
    await setupDevelopment(dir);
    const prover = await loadProver(dir);
    for (let index = 0; index < COUNT; index++) {
      const { tensors } = await readInput(INPUTS, prover.inputs, { index });
      const context: Hex = `0x${(index + 1).toString(16).padStart(64, '0')}`;
      documents.push((await proveInference(prover, tensors, { context })).document);
    }
    prover.release();
    const { source } = await exportVerifier(dir, folder, { ...OPTIONS, batch: true });
    const compiled = await compileSolidity({ 'a.sol': source });
    const [universalFile] = await builtContracts('UniversalVerifier');
    chain = await startTestChain();
    generated = await chain.deploy(compiled['a.sol:ModelVerifier']!);
    universal = await chain.deploy(universalFile);
    batch = await encodeBatchCalldata(dir, documents);
  });
  afterAll(async () => {
    await chain?.stop();
    await terminateCurves();
    rmSync(folder, { recursive: true, force: true });
  });

  it('have one key: registered, and told by the generated contract', async () => {
    const key = await exportKey(dir, OPTIONS);
    ({ keyId } = key);
    expect(await registerKey(chain.connection, universal, key)).toMatchObject({ isNew: true });
    const { address } = await deployModel(chain.connection, universal, keyId);
    const asModel: VerifierReference = { address, abi: generated.abi };
    const first = await encodeCalldata(dir, documents[0]);
    expect(await callVerifyInference(chain.connection, asModel, first)).toBe(true);
    expect(await callVerifyInference(chain.connection, generated, first)).toBe(true);
    for (const verifier of [asModel, generated]) {
      const contract = new Contract(verifier.address, verifier.abi as InterfaceAbi, chain.connection.provider);
      expect(await contract.getFunction('keyId')()).toBe(keyId);
      expect(await contract.getFunction('modelCid')()).toBe(CID);
      expect(await contract.getFunction('DEVELOPMENT_KEY')()).toBe(true);
    }
  });

  it('are accepted at once by both', async () => {
    expect(await callVerifyBatch(chain.connection, generated, batch)).toBe(true);
    expect(await callVerifyBatch(chain.connection, universal, { ...batch, keyId })).toBe(true);
    expect(await callFirstInvalid(chain.connection, generated, batch)).toBeUndefined();
    expect(await findInvalidProofs(await loadVerifier(dir), documents)).toEqual([]);
  });

  it('are refused where the output of one is another, which is found on and off the chain', async () => {
    const changed = documents.map((document, i) =>
      i === 11 ? { ...document, output: document.output!.with(4, document.output![4]! ^ 1) } : document,
    );
    const wrong = await encodeBatchCalldata(dir, changed);
    expect(await callVerifyBatch(chain.connection, generated, wrong)).toBe(false);
    expect(await callVerifyBatch(chain.connection, universal, { ...wrong, keyId })).toBe(false);
    expect(await callFirstInvalid(chain.connection, universal, { ...wrong, keyId })).toBe(11);
    const found = await findInvalidProofs(await loadVerifier(dir), changed);
    expect(found).toEqual([{ index: 11, reason: expect.any(String) }]);
  });

  it('are refused with the context of another', async () => {
    const [first, second, ...rest] = batch.contexts;
    const wrong = { ...batch, contexts: [second!, first!, ...rest] };
    expect(await callVerifyBatch(chain.connection, generated, wrong)).toBe(false);
    expect(await callFirstInvalid(chain.connection, generated, wrong)).toBe(0);
  });
});
