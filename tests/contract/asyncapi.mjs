// SPDX-License-Identifier: Apache-2.0
// config/asyncapi.yaml: valid AsyncAPI 3, every payload by one of our schemas, every example right, and nothing that the
// schemas have and it does not.
import fs from 'node:fs';
import path from 'node:path';
import { fromFile, Parser } from '@asyncapi/parser';
import { describe } from './schemas.mjs';

const FILE = 'config/asyncapi.yaml';

async function parse(root, fault) {
  const text = fs.readFileSync(path.join(root, FILE), 'utf8');
  // Our schemas name themselves by URN; the parser gets them from the files.
  const parser = new Parser({
    __unstable: {
      resolver: {
        resolvers: [{ schema: 'urn', order: 1, canRead: true, read: (uri) => readByUrn(root, uri.toString()) }],
      },
    },
  });
  const { document, diagnostics } = await parser.parse(text, { source: path.join(root, FILE) });
  for (const each of diagnostics) {
    const where = `${FILE}:${each.range.start.line + 1}`;
    if (each.severity === 0) fault(`${where}: ${each.message} (${each.path.join('.')})`);
    else if (each.severity === 1) console.log(`warning ${where}: ${each.message}`);
  }
  return document;
}

function readByUrn(root, uri) {
  const name = /^urn:tillpost:schema:([a-z_]+):v1$/.exec(uri)?.[1];
  if (!name) throw new Error(`${uri} is none of our schemas`);
  return fs.readFileSync(path.join(root, 'config/schemas', `${name}.v1.json`), 'utf8');
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
    const id = message.contentType() === 'application/json' ? message.payload().json().$id : undefined;
    if (id && id !== schemas.get(name)?.$id) fault(`${FILE}: the payload of ${message.id()} is ${id}, not ${name}`);
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
