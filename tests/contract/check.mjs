// SPDX-License-Identifier: Apache-2.0
// node check.mjs ROOT BIN [CAPTURE]: the contract against itself, the agent's rules (BIN/tillpost) and what a run of the
// agent sent (CAPTURE, written by capture_test.cpp). Prints every fault, exits with 1 if there was one.
import { checkAsyncapi } from './asyncapi.mjs';
import { checkBundle } from './bundle.mjs';
import { checkBundles } from './bundled.mjs';
import { checkCapture } from './capture.mjs';
import { checkCorpus } from './corpus.mjs';
import { checkRules } from './rules.mjs';
import { badExamples, compile, describe, examples, finds, readSchemas } from './schemas.mjs';

const [root, bin, capture] = process.argv.slice(2);
let faults = 0;
function fault(text) {
  faults += 1;
  console.error(`FAULT ${text}`);
}

function checkSchemas(schemas) {
  for (const [name, schema] of schemas) {
    const id = `urn:tillpost:schema:${name}:v1`;
    if (schema.$id !== id) fault(`${name}: $id is not ${id}`);
    if (!schema.title) fault(`${name}: no title`);
  }
}

function checkExamples(validators) {
  let right = 0;
  let wrong = 0;
  for (const [name, validate] of validators) {
    if (name === 'common') continue;
    const all = examples(root, name);
    const bad = badExamples(root, name);
    if (all.length === 0 || bad.length === 0) fault(`${name}: needs a right example and a bad one`);
    for (const { file, value } of all) {
      right += 1;
      if (!validate(value)) fault(`${file} is right, but: ${describe(validate.errors)}`);
    }
    for (const row of bad) {
      wrong += 1;
      checkBad(name, row, validate);
    }
  }
  console.log(`${right} right examples, ${wrong} bad ones`);
}

/// A bad example is refused at the place that its row names: by `at`, or by the first mark that the agent gives it.
function checkBad(name, row, validate) {
  const passes = validate(row.value);
  const what = `${name}/bad.json ${JSON.stringify({ ...row, value: undefined })}`;
  if (passes !== (row.schema === 'passes')) fault(`${what}: the schema ${passes ? 'passes it' : describe(validate.errors)}`);
  if (passes) return;
  const errors = validate.errors;
  const found = row.at === undefined ? finds(errors, (row.rejected ?? row.quality).split(' ')[0])
    : errors.some((error) => error.instancePath === row.at);
  if (!found) fault(`${what}: other places: ${describe(errors)}`);
}

const schemas = readSchemas(root);
const validators = compile(schemas);
checkSchemas(schemas);
checkExamples(validators);
checkCorpus(root, fault);
checkRules(root, bin, schemas, validators, fault);
checkBundle(root, schemas, fault);
checkBundles(root, bin, schemas, validators, fault);
await checkAsyncapi(root, schemas, validators, fault);
if (capture) checkCapture(capture, validators, fault);
console.log(faults === 0 ? 'the contract holds' : `${faults} faults`);
process.exitCode = faults === 0 ? 0 : 1;
