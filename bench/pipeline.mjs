/**
 * Times every step of the command line on fixture models, each as a process of its own: wall time and peak memory.
 *
 *     node bench/pipeline.mjs [model/variant ...]
 *
 * Prints a Markdown table. Memory is the process's high-water mark as Linux reports it; elsewhere the column is empty.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DEFAULT_MODELS = [
  'digits-cnn/qdq-s8s8-pc',
  'mnist-mlp/qdq-s8s8-pc',
  'mnist-lenet5/pot',
  'mnist-lenet5/qdq-s8s8-pc',
];
const POLL_MILLISECONDS = 50;

function peakMemory(pid) {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? NaN) / 1024;
  } catch {
    return NaN;
  }
}

/** Runs one command; its JSON document, seconds and megabytes. */
function measure(args) {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(process.execPath, [join(ROOT, 'bin/zkinfer.js'), ...args, '--json', '--quiet'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    let memory = NaN;
    child.stdout.on('data', (chunk) => (output += chunk));
    const timer = setInterval(() => {
      const now = peakMemory(child.pid);
      if (!Number.isNaN(now)) memory = now;
    }, POLL_MILLISECONDS);
    child.once('error', reject);
    child.once('close', (code) => {
      clearInterval(timer);
      const seconds = (performance.now() - started) / 1000;
      if (code === 0) resolve({ document: JSON.parse(output), seconds, memory });
      else reject(new Error(`zkinfer ${args.join(' ')} ended with ${code}: ${output}`));
    });
  });
}

async function benchmark(name) {
  const [model, variant] = name.split('/');
  const fixture = join(ROOT, 'fixtures', model);
  const folder = mkdtempSync(join(tmpdir(), 'zkinfer-bench-'));
  const [dir, proof] = [join(folder, 'build'), join(folder, 'proof.json')];
  const inputs = ['--input', join(fixture, 'inputs.npz'), '--index', '0'];
  try {
    const onnx = join(fixture, `model.${variant}.onnx`);
    const compile = await measure(['compile', onnx, '-o', dir]);
    const setup = await measure(['setup', dir, '--dev']);
    const prove = await measure(['prove', dir, ...inputs, '-o', proof]);
    const verify = await measure(['verify', dir, proof]);
    const cell = ({ seconds, memory }) =>
      `${seconds.toFixed(1)} s${Number.isNaN(memory) ? '' : `, ${Math.round(memory)} MB`}`;
    const { constraints } = compile.document.circuit;
    return [name, constraints.toLocaleString('en'), cell(compile), cell(setup), cell(prove), cell(verify)];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const models = process.argv.length > 2 ? process.argv.slice(2) : DEFAULT_MODELS;
console.log(`Node ${process.versions.node}, ${cpus().length} x ${cpus()[0].model}\n`);
console.log('| model | constraints | compile | setup --dev | prove | verify |');
console.log('| --- | --- | --- | --- | --- | --- |');
for (const model of models) console.log(`| ${(await benchmark(model)).join(' | ')} |`);
