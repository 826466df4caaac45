import { expect, test } from 'bun:test';
import { startNats } from '@overseer/local/testing';
import { connectBus } from './bus.ts';
import { createLogger } from './log.ts';
import { natsAddress } from './nats-address.ts';

test('address - user and password, a token, encryption, several servers', () => {
  expect(natsAddress('nats://127.0.0.1')).toEqual({ servers: ['127.0.0.1:4222'] });
  expect(natsAddress('nats://u:p%40%2F@a:1,nats://u:p%40%2F@[::1]:2')).toEqual({
    servers: ['a:1', '[::1]:2'],
    user: 'u',
    pass: 'p@/',
  });
  expect(natsAddress('tls://t0ken@host:4443')).toEqual({
    servers: ['host:4443'],
    token: 't0ken',
    tls: {},
  });
});

test('address - different users and what is no URL are refused without the password in the message', () => {
  for (const urls of ['nats://u:secret@a,nats://v:secret@b', 'nats://u:secret@a:port']) {
    let message = '';
    try {
      natsAddress(urls);
    } catch (error) {
      message = String(error);
    }
    expect(message).toStartWith('BusSetupError');
    expect(message).not.toContain('secret');
  }
});

test('a server with a password - is entered with it, and without it the error says what to check', async () => {
  await using server = await startNats();
  const connect = (url: string) => connectBus({ url, name: 'test', log: createLogger('test') });
  const bus = await connect(server.url);
  await bus.close();
  const stranger = await connect(server.url.replace(/\/\/[^@]*@/, '//')).then(
    () => 'entered',
    (error: unknown) => String(error),
  );
  expect(stranger).toContain('NATS refuses the user or the password in NATS_URL');
});
