import { describe, expect, test } from 'bun:test';
import { readDistribution, replaceSuite } from './apt.ts';

describe('distribution', () => {
  test('Debian - is known by its codename', () => {
    const text = 'ID=debian\nVERSION_CODENAME=bookworm\nPRETTY_NAME="Debian GNU/Linux 12"\n';
    expect(readDistribution(text)).toEqual({ family: 'debian', suite: 'bookworm' });
  });

  test('kin of Ubuntu - has the suite of the Ubuntu below it', () => {
    const text =
      'ID=linuxmint\nID_LIKE="ubuntu debian"\nVERSION_CODENAME=virginia\nUBUNTU_CODENAME=jammy\n';
    expect(readDistribution(text)).toEqual({ family: 'ubuntu', suite: 'jammy' });
  });

  test('no kin of Debian - is none', () => {
    expect(readDistribution('ID=fedora\nVERSION_ID=42\n')).toBeUndefined();
  });
});

describe('package sources', () => {
  test('paragraphs - keep all but the suite; updates and strangers are left out', () => {
    const text = `Types: deb
# a mirror
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
`;
    expect(replaceSuite({ 'debian.sources': text }, 'bookworm', 'trixie')).toEqual({
      'debian.sources': `Types: deb
# a mirror
URIs: http://mirror.example/debian
Suites: trixie
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
`,
    });
  });

  test('lines - keep their options; comments, sources and strangers are left out', () => {
    const text = [
      '# deb http://mirror.example/debian bookworm main',
      'deb [arch=amd64 signed-by=/k.gpg] http://mirror.example/debian bookworm main contrib',
      'deb-src http://mirror.example/debian bookworm main',
      'deb http://mirror.example/debian bookworm-updates main',
      'deb http://other.example/node nodistro main',
    ].join('\n');
    expect(replaceSuite({ 'sources.list': text }, 'bookworm', 'trixie')).toEqual({
      'sources.list':
        'deb [arch=amd64 signed-by=/k.gpg] http://mirror.example/debian trixie main contrib\n',
    });
  });

  test('nothing for the suite - gives no file', () => {
    const text = 'deb http://other.example/node nodistro main';
    expect(replaceSuite({ 'node.list': text }, 'bookworm', 'trixie')).toEqual({});
  });
});
