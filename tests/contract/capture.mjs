// SPDX-License-Identifier: Apache-2.0
// What the agent and central sent in a run (capture_test.cpp) against the schemas: every message, every line, and
// the data of every event, which is as its schema says unless the quality names the place.
import fs from 'node:fs';
import { describe, finds } from './schemas.mjs';

function checkEvent(line, validators, fault) {
  const name = line.dataschema.split(':')[3];
  const validate = validators.get(name);
  if (!validate) return fault(`${line.id}: no schema for ${line.dataschema}`);
  if (line.type !== `tillpost.${name}.v1`) fault(`${line.id}: ${line.type} has dataschema ${line.dataschema}`);
  if (validate(line.data)) return undefined;
  const marks = line.quality.split(' ');
  if (line.quality === 'ok') return fault(`${line.id} ${name}: quality ok, but: ${describe(validate.errors)}`);
  if (marks.some((mark) => finds(validate.errors, mark))) return undefined;
  return fault(`${line.id} ${name}: marked ${line.quality}, but: ${describe(validate.errors)}`);
}

export function checkCapture(file, validators, fault) {
  const counts = {};
  const types = new Set();
  for (const text of fs.readFileSync(file, 'utf8').trim().split('\n')) {
    const { topic, payload } = JSON.parse(text);
    const leaf = topic.split('/').pop();
    const isEvents = leaf === 'events';
    const validate = validators.get(isEvents ? 'envelope' : leaf);
    if (!validate) {
      fault(`${topic}: no schema`);
      continue;
    }
    for (const each of isEvents ? payload.split('\n').filter(Boolean) : [payload]) {
      counts[leaf] = (counts[leaf] ?? 0) + 1;
      const value = JSON.parse(each);
      if (!validate(value)) fault(`${topic}: ${describe(validate.errors)}: ${each.slice(0, 300)}`);
      else if (isEvents && value.data) {
        types.add(value.type);
        checkEvent(value, validators, fault);
      }
    }
  }
  for (const leaf of ['events', 'hello', 'receipt', 'online', 'state']) {
    if (!counts[leaf]) fault(`the run sent nothing on ${leaf}`);
  }
  console.log(`a run: ${JSON.stringify(counts)}, ${types.size} types of events`);
}
