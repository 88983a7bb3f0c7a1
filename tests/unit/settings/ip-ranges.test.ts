import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { IpRanges, isIpRange } from '../../../src/services/settings/ip-ranges.ts';

describe('address ranges', () => {
  it('hold single addresses and the first bits of addresses, of both kinds', () => {
    const ranges = new IpRanges(['203.0.113.7', '10.0.0.0/8', '2001:db8::/32', '::1']);
    for (const inside of [
      '203.0.113.7',
      '10.255.0.1',
      '2001:0db8:0000:0000:0000:0000:0000:0001',
      '0000:0000:0000:0000:0000:0000:0000:0001',
      '::ffff:10.1.1.1',
    ]) {
      assert.ok(ranges.has(inside), inside);
    }
    for (const outside of ['203.0.113.8', '11.0.0.1', '2001:db9::1', '::2', '', 'x', '10.0.0']) {
      assert.ok(!ranges.has(outside), outside);
    }
  });

  it('take IPv4 written as IPv6 for IPv4', () => {
    assert.ok(new IpRanges(['::ffff:10.0.0.0/104']).has('10.200.0.1'));
    assert.ok(!new IpRanges(['::ffff:10.0.0.0/104']).has('11.0.0.1'));
  });

  it('leave out what is no range', () => {
    const ranges = new IpRanges(['nonsense', '10.0.0.1']);
    assert.equal(ranges.size, 1);
    assert.ok(!ranges.has('nonsense'));
  });

  it('are told from anything else', () => {
    for (const text of ['1.2.3.4', '1.2.3.4/0', '::', 'fe80::1%eth0']) assert.ok(isIpRange(text), text);
    for (const text of ['', '1.2.3', '1.2.3.4/', '1.2.3.4/33', '::/129', '1.2.3.4/-1', 'a/8', '1.2.3.4/8/8']) {
      assert.ok(!isIpRange(text), text);
    }
  });
});
