// SPDX-License-Identifier: Apache-2.0
// config/asyncapi.yaml: valid AsyncAPI 3, every payload by one of our schemas, every example right, nothing that the
// schemas have and it does not; and its topics, marks, header and protocols are those of the agent's source.
import { readdirSync, readFileSync } from 'node:fs';
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
  checkAgainstSource(document, root, fault);
  checkDeadlines(document, schemas, fault);
  console.log(`${FILE}: ${leaves.size} channels, ${examples} examples`);
}

/// What a regular expression finds in the agent's source, each as the list of its groups.
function foundInSource(root, expression) {
  const folder = path.join(root, 'agent');
  const files = readdirSync(folder, { recursive: true }).filter((name) => /\.[ch]pp$/.test(name));
  return files.flatMap((name) => [...readFileSync(path.join(folder, name), 'utf8').matchAll(expression)]);
}

function compareSets(what, said, used, fault) {
  for (const each of used) if (!said.has(each)) fault(`${FILE}: ${what} "${each}" is the agent's and is not there`);
  for (const each of said) if (!used.has(each)) fault(`${FILE}: ${what} "${each}" is none of the agent's`);
  if (used.size === 0) fault(`${FILE}: no ${what} was found in the agent's source: see to this check`);
}

function checkAgainstSource(document, root, fault) {
  const channels = document.channels().all();
  const leaf = (channel) => channel.address().split('/').pop();
  const [[, begin]] = foundInSource(root, /topic_root = "([^"]+)"/g);
  for (const channel of channels) {
    if (channel.address() !== `${begin}{tenant}/{store}/{node}/${leaf(channel)}`) fault(`${FILE}: ${channel.address()}`);
  }
  const topics = foundInSource(root, /\btopic\("(\w+)"\)/g).map(([, name]) => name);
  compareSets('topic', new Set(channels.map(leaf)), new Set(topics), fault);

  // {name.topic("online"), online_payload(true, …), true}: the mark is the last of the plain words.
  const sent = foundInSource(root, /\btopic\("(\w+)"\),[^;{}]*, (true|false)[,}]/g);
  const marks = document.operations().all().flatMap((operation) =>
    operation.channels().all().map((channel) => `${leaf(channel)} ${operation.json().bindings?.mqtt?.retain}`));
  compareSets('retained mark', new Set(marks), new Set(sent.map(([, name, mark]) => `${name} ${mark}`)), fault);

  const headers = document.messages().all().flatMap((each) => Object.keys(each.headers()?.json().properties ?? {}));
  const names = foundInSource(root, /\bencoding_name = "([^"]+)"/g).map(([, name]) => name);
  compareSets('user property', new Set(headers), new Set(names), fault);

  const protocols = { 'secure-mqtt': 'ssl', mqtt: 'tcp' };
  const said = document.servers().all().map((each) => protocols[each.protocol()] ?? each.protocol());
  const schemes = foundInSource(root, /\{"(\w+):\/\/", (?:true|false), (?:true|false)\}/g).map(([, name]) => name);
  compareSets('protocol', new Set(said), new Set(schemes), fault);
}

/// The types that a deadline is of are types.
function checkDeadlines(document, schemas, fault) {
  for (const channel of document.channels().all()) {
    const deadlines = channel.json()['x-posting-deadline'];
    for (const { of, by, within, from } of Array.isArray(deadlines) ? deadlines : []) {
      if (!of || !from || !['agent', 'receiver'].includes(by) || !/^P(\d+D|T\d+[HMS])$/.test(within)) {
        fault(`${FILE}: a deadline of ${channel.id()} lacks of, by, within (ISO 8601) or from`);
      }
      const types = `${of}`.split(/,\s*/);
      if (types.length === 1) continue;  // words
      for (const type of types) {
        if (/^\w+$/.test(type) && type !== 'corrections' && !schemas.has(type)) fault(`${FILE}: no type "${type}"`);
      }
    }
  }
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
