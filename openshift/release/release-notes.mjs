/**
 * What a release says of itself: its section of CHANGELOG.md, printed.
 *
 *     node openshift/release/release-notes.mjs v1.2.3
 *
 * The tag has to be that of package.json's version, and the section to be there: a release that nobody has written down
 * is not made.
 *
 * Plain JavaScript without dependencies, for Node 20 and newer: it runs before anything is installed.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const [tag = '', folder = join(import.meta.dirname, '..', '..')] = process.argv.slice(2);
try {
  console.log(releaseNotes(tag));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

function releaseNotes(tag) {
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  if (tag !== `v${version}`) {
    throw new Error(
      `The tag is "${tag}", but package.json has version ${version}; its tag is v${version}.`,
    );
  }
  const sections = readFileSync(join(folder, 'CHANGELOG.md'), 'utf8').split(/^## /m);
  // The title is the version, and may have a date behind it.
  const section = sections.find((text) => text.split(/[\s,]/, 1)[0] === version);
  const notes = section?.split('\n').slice(1).join('\n').trim();
  if (!notes) throw new Error(`CHANGELOG.md has no section "## ${version}", or nothing in it.`);
  return notes;
}
