// SPDX-License-Identifier: Apache-2.0
// config/asyncapi.yaml: valid AsyncAPI 3, every payload by one of our schemas, every example right, and nothing that the
// schemas have and it does not.
import path from 'node:path';
import { fromFile, Parser } from '@asyncapi/parser';
import { describe } from './schemas.mjs';

const FILE = 'config/asyncapi.yaml';

/// As anybody's tools read it: with the parser as it is.
async function parse(root, fault) {
  const { document, diagnostics } = await fromFile(new Parser(), path.join(root, FILE)).parse();
  for (const each of diagnostics) {
    const where = `${FILE}:${each.range.start.line + 1}`;
    if (each.severity === 0) fault(`${where}: ${each.message} (${each.path.join('.')})`);
    else if (each.severity === 1) console.log(`warning ${where}: ${each.message}`);
  }
  if (!document && !diagnostics.some((each) => each.severity === 0)) fault(`${FILE} cannot be read`);
  return document;
}

export async function checkAsyncapi(root, schemas, validators, fault) {
  const document = await parse(root, fault);
  if (!document) return;
  let examples = 0;
  const leaves = new Set();
  for (const message of document.messages().all()) {
    const name = message.json()['x-schema'];
    const validate = validators.get(name);
    if (!validate) fault(`${FILE}: message ${message.id()} has no x-schema that there is`);
    const title = message.contentType() === 'application/json' ? message.payload().json().title : undefined;
    if (title !== undefined && title !== schemas.get(name)?.title) {
      fault(`${FILE}: the payload of ${message.id()} is "${title}", not ${name}`);
    }
    const all = message.examples().all();
    if (all.length === 0) fault(`${FILE}: message ${message.id()} has no example`);
    for (const example of all) {
      examples += 1;
      for (const value of payloads(example.payload(), message.contentType())) {
        if (validate && !validate(value)) fault(`${FILE}: an example of ${message.id()}: ${describe(validate.errors)}`);
        checkData(value, validators, fault);
      }
    }
  }
  for (const channel of document.channels().all()) {
    leaves.add(channel.address().split('/').pop());
    for (const field of ['x-owner', 'x-posting-deadline']) {
      if (!channel.json()[field]) fault(`${FILE}: channel ${channel.id()} has no ${field}`);
    }
  }
  for (const leaf of ['events', 'hello', 'receipt', 'online', 'state', 'echo']) {
    if (!leaves.has(leaf)) fault(`${FILE}: no channel for ${leaf}`);
  }
  console.log(`${FILE}: ${leaves.size} channels, ${examples} examples`);
}

/// Lines of JSON come as text.
function payloads(payload, contentType) {
  if (typeof payload !== 'string' || contentType === 'application/json') return [payload];
  return payload.split('\n').filter(Boolean).map((line) => JSON.parse(line));
}

function checkData(value, validators, fault) {
  if (!value?.dataschema) return;
  const validate = validators.get(value.dataschema.split(':')[3]);
  if (!validate?.(value.data)) fault(`${FILE}: the data of an example: ${describe(validate?.errors ?? [])}`);
}
