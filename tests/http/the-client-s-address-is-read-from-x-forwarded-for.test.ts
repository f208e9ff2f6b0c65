import { describe, expect, test } from 'vitest';
import { clientAddressReader } from '../../src/http/client-address.js';

const read = clientAddressReader(['127.0.0.1', '10.0.0.0/8', '2001:db8:ffff::/48', 'fe80::1']);
const proxy = '127.0.0.1';
const client = '203.0.113.7';

describe('the client is the first address from the right that is not a trusted proxy', () => {
  test.each([
    ['the only address', client, client],
    ['one trusted proxy after it', `${client}, 10.1.2.3`, client],
    ['several trusted proxies after it', `${client}, 10.1.2.3, 10.255.0.1`, client],
    ['an address that the client wrote itself', `198.51.100.1, ${client}, 10.1.2.3`, client],
    ['a trusted proxy on its left', `10.9.9.9, ${client}`, client],
    ['an address beside the trusted range', `${client}, 11.0.0.1`, '11.0.0.1'],
    ['trusted proxies only: the farthest', '10.1.2.3, 10.4.5.6', '10.1.2.3'],
    ['IPv6', '2001:db8::7', '2001:db8::7'],
    ['IPv6 after a trusted IPv6 proxy', '2001:db8::7, 2001:db8:ffff::1', '2001:db8::7'],
  ])('%s: %s', (_name, header, address) => expect(read(proxy, header)).toBe(address));
});

describe('an address is read however a proxy writes it', () => {
  test.each([
    ['203.0.113.7:51234', client],
    ['203.0.113.7:51234, 10.1.2.3:8080', client],
    ['203.0.113.7:', client],
    ['[203.0.113.7]:51234', client],
    ['"203.0.113.7"', client],
    ['"203.0.113.7:51234"', client],
    ['[2001:db8::1]', '2001:db8::1'],
    ['[2001:db8::1]:443', '2001:db8::1'],
    ['"[2001:db8::1]:443"', '2001:db8::1'],
    ['"[2001:db8::1]", [2001:db8:ffff::2]:80', '2001:db8::1'],
    ['2001:DB8:0:0::1', '2001:db8::1'],
    ['::ffff:203.0.113.7', client],
    ['::FFFF:CB00:7107', client],
    ['[::ffff:203.0.113.7]:51234', client],
    ['203.0.113.7, ::ffff:10.1.2.3', client],
    ['203.0.113.7, [::ffff:a01:203]:80', client],
    ['fe80::9%eth0', 'fe80::9'],
    ['[fe80::9%25eth0]:80', 'fe80::9'],
    ['203.0.113.7, fe80::1%eth0', client],
    ['  203.0.113.7\t,\t10.1.2.3  ', client],
    ['198.51.100.1,203.0.113.7,10.1.2.3', client],
    [', ,203.0.113.7, ,10.1.2.3,,', client],
  ])('%s', (header, address) => expect(read(proxy, header)).toBe(address));
});

describe('behind an element that is not an address, the client is the proxy that passed it on', () => {
  test.each([
    ['unknown', proxy],
    ['_hidden', proxy],
    ['unknown, 10.1.2.3', '10.1.2.3'],
    ['198.51.100.1, unknown', proxy],
    ['198.51.100.1, unknown, 10.1.2.3', '10.1.2.3'],
    ['198.51.100.1, _hidden, 10.1.2.3:80', '10.1.2.3'],
    ['198.51.100.1, nonsense', proxy],
    ['198.51.100.1, 203.0.113.7.evil.example', proxy],
    ['198.51.100.1, 999.1.1.1', proxy],
    ['198.51.100.1, 1', proxy],
    ['198.51.100.1, 0x7f000001', proxy],
    ['198.51.100.1, 203.0.113.07', proxy],
    ['198.51.100.1, [2001:db8::1', proxy],
    ['198.51.100.1, [2001:db8::1]x', proxy],
    ['198.51.100.1, 203.0.113.7:80:90', proxy],
    ['198.51.100.1, 203.0.113.7:port', proxy],
    ['198.51.100.1, "203.0.113.7', proxy],
    ['198.51.100.1, ::ffff:hunter2', proxy],
    ['198.51.100.1, for=203.0.113.7', proxy],
    ['', proxy],
    [' , ,', proxy],
    ['a'.repeat(16_000), proxy],
    [','.repeat(16_000), proxy],
    ['['.repeat(16_000), proxy],
    [`[${':'.repeat(16_000)}`, proxy],
  ])('%s', (header, address) => expect(read(proxy, header)).toBe(address));

  test('a quote that the client opens does not swallow what the proxy adds', () => {
    expect(read(proxy, '"198.51.100.1, 203.0.113.7')).toBe(client);
    expect(read(proxy, '"198.51.100.1, 203.0.113.7, 10.1.2.3')).toBe(client);
  });
});

describe('the peer', () => {
  test.each([
    ['198.51.100.9', '198.51.100.9'],
    ['::ffff:198.51.100.9', '198.51.100.9'],
    ['fe80::9%eth0', 'fe80::9'],
    [undefined, null],
  ])('%s that is not a trusted proxy is the client itself', (peer, address) => {
    expect(read(peer, client)).toBe(address);
  });

  test('that is a trusted proxy is recognised in its IPv6 form', () => {
    expect(read('::ffff:127.0.0.1', client)).toBe(client);
    expect(read('fe80::1%eth0', client)).toBe(client);
  });

  test('is the client where no proxy is trusted', () => {
    expect(clientAddressReader([])('127.0.0.1', client)).toBe('127.0.0.1');
  });

  test('is the client where a trusted proxy sends no header', () => expect(read(proxy, undefined)).toBe(proxy));
});
