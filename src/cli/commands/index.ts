/** All commands, in the order that help lists them. */
import { bindCommand, type BoundCommand } from '../command.js';
import { audit } from './audit.js';
import { batch } from './batch.js';
import { calldata } from './calldata.js';
import { ceremony } from './ceremony.js';
import { collect } from './collect.js';
import { commit } from './commit.js';
import { compile } from './compile.js';
import { demo } from './demo.js';
import { deploy } from './deploy.js';
import { doctor } from './doctor.js';
import { exportKey } from './export-key.js';
import { exportVerifier } from './export-verifier.js';
import { inspect } from './inspect.js';
import { market } from './market.js';
import { prove } from './prove.js';
import { queue } from './queue.js';
import { register } from './register.js';
import { request } from './request.js';
import { runCommand } from './run.js';
import { serve } from './serve.js';
import { setup } from './setup.js';
import { submit } from './submit.js';
import { verify } from './verify.js';
import { watch } from './watch.js';
import { worker } from './worker.js';

export const COMMANDS: readonly BoundCommand[] = [
  bindCommand(inspect),
  bindCommand(compile),
  bindCommand(setup),
  ceremony,
  bindCommand(commit),
  bindCommand(runCommand),
  bindCommand(prove),
  bindCommand(batch),
  bindCommand(worker),
  queue,
  bindCommand(collect),
  bindCommand(serve),
  bindCommand(verify),
  bindCommand(audit),
  bindCommand(exportVerifier),
  bindCommand(exportKey),
  bindCommand(calldata),
  bindCommand(deploy),
  bindCommand(register),
  bindCommand(request),
  bindCommand(submit),
  market,
  bindCommand(watch),
  bindCommand(doctor),
  bindCommand(demo),
];
