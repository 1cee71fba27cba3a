// SPDX-License-Identifier: Apache-2.0
// What was right once stays right: examples are added, never changed. config/schemas/examples/corpus.sha256 lists them
// in the form of sha256sum; a new one is added to it by hand:
//     cd config/schemas/examples && sha256sum sale/new.json >> corpus.sha256
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

export function checkCorpus(root, fault) {
  const folder = path.join(root, 'config/schemas/examples');
  const listed = new Map(fs.readFileSync(path.join(folder, 'corpus.sha256'), 'utf8').trim().split('\n')
    .map((line) => [line.slice(66), line.slice(0, 64)]));
  for (const [file, digest] of listed) {
    const where = path.join(folder, file);
    const now = fs.existsSync(where) ? crypto.createHash('sha256').update(fs.readFileSync(where)).digest('hex') : 'gone';
    if (now !== digest) fault(`${file} is ${now === 'gone' ? 'gone' : 'changed'}: an old example must stay as it was`);
  }
  for (const name of fs.readdirSync(folder)) {
    if (!fs.statSync(path.join(folder, name)).isDirectory()) continue;
    for (const file of fs.readdirSync(path.join(folder, name))) {
      if (file !== 'bad.json' && !listed.has(`${name}/${file}`)) fault(`${name}/${file} is not in corpus.sha256`);
    }
  }
}
