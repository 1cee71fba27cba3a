// SPDX-License-Identifier: Apache-2.0
// `tillpost schema NAME --bundle` is one document that a validator can use alone: with nothing else it takes the right
// examples and refuses the same bad ones as the schemas together.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { badExamples, compile, describe, examples } from './schemas.mjs';

function bundleOf(bin, name) {
  const run = spawnSync(path.join(bin, 'tillpost'), ['schema', name, '--bundle'], { encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`tillpost schema ${name} --bundle: ${run.error ?? run.stderr}`);
  return JSON.parse(run.stdout);
}

export function checkBundles(root, bin, schemas, validators, fault) {
  let judged = 0;
  for (const name of schemas.keys()) {
    if (name === 'common') continue;
    const validate = compile(new Map([[name, bundleOf(bin, name)]])).get(name);
    for (const { file, value } of examples(root, name)) {
      judged += 1;
      if (!validate(value)) fault(`${file} is right, but the bundle says: ${describe(validate.errors)}`);
    }
    for (const { value, example } of badExamples(root, name)) {
      judged += 1;
      if (validate(value) !== validators.get(name)(value)) fault(`${name}: a changed ${example}: the bundle says otherwise`);
    }
  }
  console.log(`${judged} examples: judged by bundles alone`);
}
