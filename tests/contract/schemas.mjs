// SPDX-License-Identifier: Apache-2.0
// The schemas of config/schemas, ready to use, and their examples.
import fs from 'node:fs';
import path from 'node:path';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

const SUFFIX = '.v1.json';

export function readJson(file) {
  return JSON.parse(fs.readFileSync(file, 'utf8'));
}

/// name → schema, as the files say.
export function readSchemas(root) {
  const folder = path.join(root, 'config/schemas');
  const names = fs.readdirSync(folder).filter((file) => file.endsWith(SUFFIX)).sort();
  return new Map(names.map((file) => [file.slice(0, -SUFFIX.length), readJson(path.join(folder, file))]));
}

/// name → validating function. Throws for a schema that is none: ajv checks each against JSON Schema 2020-12.
export function compile(schemas) {
  const ajv = new Ajv2020({
    allErrors: true,
    strict: true,
    strictTypes: false,     // the parts of an allOf say the type once
    strictRequired: false,  // and list members that another part describes
  });
  addFormats(ajv);
  ajv.addKeyword('x-status');
  for (const schema of schemas.values()) ajv.addSchema(schema);
  return new Map([...schemas].map(([name, schema]) => [name, ajv.getSchema(schema.$id)]));
}

/// [{file, value}] of the right examples of a schema.
export function examples(root, name) {
  const folder = path.join(root, 'config/schemas/examples', name);
  if (!fs.existsSync(folder)) return [];
  return fs.readdirSync(folder).filter((file) => file !== 'bad.json').sort()
    .map((file) => ({ file: `${name}/${file}`, value: readJson(path.join(folder, file)) }));
}

/// The rows of bad.json, with the changed example in `value`.
export function badExamples(root, name) {
  const folder = path.join(root, 'config/schemas/examples', name);
  const file = path.join(folder, 'bad.json');
  if (!fs.existsSync(file)) return [];
  return readJson(file).map((row) => ({ ...row, value: changed(readJson(path.join(folder, row.example)), row) }));
}

function changed(value, row) {
  const document = { value };
  for (const [pointer, to] of Object.entries(row.set ?? {})) {
    const [parent, last] = parentOf(document, pointer);
    parent[last] = to;
  }
  for (const pointer of row.remove ?? []) {
    const [parent, last] = parentOf(document, pointer);
    if (!(last in parent)) throw new Error(`${row.example}: there is no ${pointer} to remove`);
    if (Array.isArray(parent)) parent.splice(Number(last), 1);
    else delete parent[last];
  }
  return document.value;
}

function parentOf(document, pointer) {
  const steps = ['value', ...pointer.split('/').slice(1)];
  const last = steps.pop();
  return [steps.reduce((at, step) => at[step], document), last];
}

/// True if one of ajv's errors is about the place that a mark ("required:/lines/0/gtin") names.
export function finds(errors, mark) {
  const pointer = mark.slice(mark.indexOf(':') + 1);
  const parent = pointer.slice(0, pointer.lastIndexOf('/'));
  return errors.some((error) => error.instancePath === pointer || error.instancePath.startsWith(`${pointer}/`) ||
    (error.instancePath === parent && ['required', 'anyOf', 'not'].includes(error.keyword)));
}

export function describe(errors) {
  return errors.map((error) => `${error.instancePath || '(whole)'} ${error.message}`).join('; ');
}
