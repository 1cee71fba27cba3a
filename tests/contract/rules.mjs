// SPDX-License-Identifier: Apache-2.0
// The agent's rules and the schemas say the same. Every right example is changed in every place in several ways, and gets
// in every object every member that any schema knows; the agent (tillpost validate) and ajv must agree on each: what
// bears no mark passes, what bears one that a schema can express does not.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, examples } from './schemas.mjs';

// What a schema cannot express: sums, check digits, references from one place to another.
const BEYOND_SCHEMAS = new Set(['totals', 'tenders', 'promotion', 'parent', 'receiving', 'weight', 'difference',
  'check_digit', 'gln', 'sscc', 'unknown_type', 'change', 'foreign', 'line_amount', 'line_number', 'number_range', 'taxes']);
// What says nothing against a record.
const NOTES = new Set(['incomplete', 'discrepancy']);
// What every member is set to, besides being removed.
const CHANGES = [null, {}, [], 'x', '', -1, '-1.5', 1.5, true, '2026-11-23', '2026-13-01', 'EUR', '4006381333931',
  '1e18', '0.5e18', '1234567890123456789'];
// What a member is added with: no text and nothing but text.
const ADDED = [{}, 'x'];
const BATCH = 5000;    // records that one run of tillpost judges

/// Calls visit(object or array, put, pattern) for each one in the value; put(copy) is the whole with a copy in its place.
function walk(value, visit, put = (whole) => whole, pattern = '') {
  if (typeof value !== 'object' || value === null) return;
  visit(value, put, pattern);
  for (const key of Object.keys(value)) {
    walk(value[key], visit, (inner) => put(withMember(value, key, inner)), `${pattern}/${Array.isArray(value) ? '*' : key}`);
  }
}

function withMember(value, key, inner) {
  const copy = Array.isArray(value) ? [...value] : { ...value };
  copy[key] = inner;
  return copy;
}

/// All changes of an example but of its type, which would be another schema's.
function* changes(value, put, pattern) {
  for (const key of Object.keys(value)) {
    if (pattern === '' && key === 'type') continue;
    for (const change of CHANGES) yield put(withMember(value, key, change));
    if (Array.isArray(value)) continue;
    const { [key]: removed, ...rest } = value;
    if (removed !== undefined) yield put(rest);
  }
}

function* additions(value, put, names) {
  if (Array.isArray(value)) return;
  for (const name of names) {
    if (name in value) continue;
    for (const added of ADDED) yield put({ ...value, [name]: added });
  }
}

/// Every name of a member in any schema.
function memberNames(schemas) {
  const names = new Set();
  for (const schema of schemas.values()) {
    walk(schema, (part) => Object.keys(part.properties ?? {}).forEach((name) => names.add(name)));
  }
  return names;
}

function judgedByAgent(bin, records) {
  const input = records.map(({ value }) => JSON.stringify(value)).join('\n') + '\n';
  const run = spawnSync(path.join(bin, 'tillpost'), ['validate', '--json', '-'],
    { input, encoding: 'utf8', maxBuffer: 1 << 28 });
  if (run.status === null || run.status > 3) throw new Error(`tillpost validate: ${run.error ?? run.stderr}`);
  const marks = new Map();
  for (const text of run.stdout.trim().split('\n')) {
    const { line, faults } = JSON.parse(text);
    if (line) marks.set(line, faults);
  }
  return records.map((_, at) => marks.get(at + 1) ?? []);
}

function* changedExamples(root, schemas) {
  const names = memberNames(schemas);
  const seen = new Set();
  for (const name of schemas.keys()) {
    for (const { file, value } of examples(root, name)) {
      if (typeof value.type !== 'string' || name === 'envelope') continue;
      const records = [value];
      walk(value, (part, put, pattern) => {
        records.push(...changes(part, put, pattern));
        // What may be added is the same in every line of a type: once is enough.
        if (seen.has(name + pattern)) return;
        seen.add(name + pattern);
        records.push(...additions(part, put, names));
      });
      for (const record of records) yield { name, file, value: record };
    }
  }
}

/// The texts of faults, at most one a record.
function* differences(records, judged, validators) {
  for (const [at, { name, file, value }] of records.entries()) {
    const validate = validators.get(name);
    const passes = validate(value);
    // It says nothing against what is there, and `more` may stand for it alone.
    const all = judged[at];
    const marks = all.some(({ rule }) => !NOTES.has(rule) && rule !== 'more')
      ? all.filter(({ rule }) => !NOTES.has(rule)) : [];
    const within = marks.filter(({ rule }) => !BEYOND_SCHEMAS.has(rule));
    if (passes ? within.length === 0 : marks.length > 0) continue;
    yield `${file}, changed: the agent says ${JSON.stringify(marks)}, the schema ` +
      `${passes ? 'passes it' : describe(validate.errors)}: ${JSON.stringify(value)}`;
  }
}

export function checkRules(root, bin, schemas, validators, fault) {
  const records = [...changedExamples(root, schemas)];
  const texts = [];
  for (let from = 0; from < records.length; from += BATCH) {
    const batch = records.slice(from, from + BATCH);
    texts.push(...differences(batch, judgedByAgent(bin, batch), validators));
  }
  texts.slice(0, 20).forEach(fault);
  if (texts.length > 20) fault(`${texts.length - 20} more changed examples on which agent and schema differ`);
  console.log(`${records.length} changed examples: judged by the agent and by the schemas`);
}
