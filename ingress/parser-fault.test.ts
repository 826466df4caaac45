import { expect, setDefaultTimeout, spyOn, test } from 'bun:test';
import { waitUntil } from '@overseer/local/testing';
import { LineParser, ParserFaultError } from '@overseer/wasm';
import { Rig } from './testing/rig.ts';

setDefaultTimeout(60_000);

test('a parser that fails - is replaced: its body is refused, the next one is written', async () => {
  await using rig = await Rig.start();
  expect((await rig.ingress.write('m f=1 1')).status).toBe(204);
  const parse = LineParser.prototype.parse;
  using fault = spyOn(LineParser.prototype, 'parse');
  fault.mockImplementation(function (this: LineParser, body, ...rest) {
    if (Buffer.from(body).includes('poison')) throw new ParserFaultError('the parser failed');
    return parse.call(this, body, ...rest);
  });
  const refused = await rig.ingress.write('m poison=1 2');
  expect(refused.status).toBe(400);
  expect(await refused.json()).toMatchObject({ error: expect.stringContaining('which is a bug') });
  await waitUntil(async () => (await rig.ingress.write('m f=2 3')).status === 204, {
    what: 'a new parser',
    deadlineMs: 20_000,
  });
});
