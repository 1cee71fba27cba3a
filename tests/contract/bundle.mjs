// SPDX-License-Identifier: Apache-2.0
// config/asyncapi.schemas.json: what asyncapi.yaml refers to, for tools that know of files and not of our URNs. Made from
// the schemas; `node bundle.mjs ROOT` writes it anew, check.mjs compares.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { readSchemas } from './schemas.mjs';

export const BUNDLE = 'config/asyncapi.schemas.json';
const NAMES = ['hello', 'receipt', 'online', 'state', 'echo'];
const COMMON = 'urn:tillpost:schema:common:v1#/$defs/';

/// Its references lead within the bundle; what names the schema elsewhere is left out, or they would lead to there.
function within(value, used) {
  if (Array.isArray(value)) return value.map((each) => within(each, used));
  if (value === null || typeof value !== 'object') return value;
  const members = Object.entries(value).filter(([key]) => key !== '$schema' && key !== '$id');
  return Object.fromEntries(members.map(([key, member]) => {
    if (key !== '$ref') return [key, within(member, used)];
    if (!member.startsWith(COMMON)) throw new Error(`${member} is not of the schema common`);
    const name = member.slice(COMMON.length);
    used.add(name);
    return ['$ref', `#/${name}`];
  }));
}

export function bundleOf(schemas) {
  const used = new Set();
  const bundle = { $comment: 'Made from schemas/ by tests/contract/bundle.mjs: change those.' };
  for (const name of NAMES) bundle[name] = within(schemas.get(name), used);
  for (const name of [...used].sort()) bundle[name] = within(schemas.get('common').$defs[name], used);
  return `${JSON.stringify(bundle, null, 2)}\n`;
}

export function checkBundle(root, schemas, fault) {
  const file = path.join(root, BUNDLE);
  const there = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
  if (there !== bundleOf(schemas)) {
    fault(`${BUNDLE} is not what the schemas say: npm ci in a copy of tests/contract, then node bundle.mjs ROOT`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = process.argv[2];
  fs.writeFileSync(path.join(root, BUNDLE), bundleOf(readSchemas(root)));
}
