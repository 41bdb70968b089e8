import { describe, expect, it } from 'vitest';
import { chooseOverlaySubnet, vniOf, withVni } from '../../../runtime/engine/networks/overlay-options.ts';
import { parseCidr, type Cidr } from '../../../runtime/syntax/ip.ts';

const option = 'com.docker.network.driver.overlay.vxlanid_list';
const cidrs = (...texts: string[]): Cidr[] =>
  texts.map((text) => {
    const parsed = parseCidr(text);
    if (parsed === undefined) throw new Error(text);
    return parsed;
  });

describe('a subnet of a swarm', () => {
  it.each([
    [['10.0.0.0/8'], 24, [], '10.0.0.1/24'],
    [['10.0.0.0/8'], 24, ['10.0.0.0/24', '10.0.2.0/24'], '10.0.1.1/24'],
    [['10.0.0.0/8'], 24, ['10.0.0.0/14', '10.4.0.128/25'], '10.4.1.1/24'],
    [['10.0.0.0/8'], 24, ['fd00::/8', '192.168.0.0/16'], '10.0.0.1/24'],
    [['10.5.0.0/16'], 26, ['10.5.0.0/26'], '10.5.0.65/26'],
    [['10.5.0.0/16'], 16, [], '10.5.0.1/16'],
    [['10.5.0.7/16'], 24, [], '10.5.0.1/24'],
    [['10.5.0.0/24', '10.3.0.0/24'], 25, [], '10.5.0.1/25'],
    [['10.5.0.0/24', '10.3.0.0/24'], 25, ['10.5.0.0/25'], '10.5.0.129/25'],
    [['10.5.0.0/24', '10.3.0.0/24'], 25, ['10.5.0.0/24'], '10.3.0.1/25'],
    [['255.255.0.0/16'], 24, ['255.255.0.0/17'], '255.255.128.1/24'],
    [['10.0.0.0/8'], 24, ['10.0.0.0/23', '10.0.2.8/29'], '10.0.3.1/24'],
  ])('is from %j, /%d, beside %j', (pools, subnetSize, used, expected) => {
    expect(chooseOverlaySubnet({ pools, subnetSize }, cidrs(...used))).toBe(expected);
  });

  it.each([
    [['10.5.0.0/24'], 25, ['10.5.0.0/25', '10.5.0.128/25']],
    [['10.5.0.0/24', '10.3.0.0/24'], 24, ['10.0.0.0/8']],
    [['10.0.0.0/8'], 29, ['10.0.0.0/8']],
    [['10.5.0.0/24'], 16, []],
    [['255.255.255.0/24'], 24, ['255.255.255.255/32']],
    [[], 24, []],
  ])('is not left in %j, /%d, beside %j', (pools, subnetSize, used) => {
    expect(() => chooseOverlaySubnet({ pools, subnetSize }, cidrs(...used))).toThrow(
      expect.objectContaining({
        kind: 'unavailable',
        message: 'could not find an available, non-overlapping IPv4 address pool',
      }),
    );
  });
});

describe('the number of a VXLAN', () => {
  it.each([
    [undefined, [], '4096'],
    ['', [], '4096'],
    [undefined, [4096, 4097, 4099], '4098'],
    [undefined, [1, 5000], '4096'],
    ['1', [4096], '1'],
    ['4097', [4096], '4097'],
    ['16777215', [], '16777215'],
  ])('wanted %j beside %j is %s', (wanted, used, expected) => {
    const asked = { a: 'b', ...(wanted === undefined ? {} : { [option]: wanted }) };
    const options = withVni(asked, new Set(used));
    expect({ ...options }).toEqual({ a: 'b', [option]: expected });
    expect(vniOf(options)).toBe(Number(expected));
  });

  it('is not one that is taken', () => {
    expect(() => withVni({ [option]: '5000' }, new Set([5000]))).toThrow(
      expect.objectContaining({ kind: 'invalid', message: 'vxlan id 5000 is used by another network' }),
    );
  });

  it.each([
    '0',
    '-1',
    '16777216',
    '99999999',
    '100000000',
    'x',
    '1.5',
    '1e3',
    '0x10',
    ' 7',
    '7\n',
    '4097,4098',
  ])('is not %j', (text) => {
    for (const action of [vniOf, (options: Record<string, string>) => withVni(options, new Set())]) {
      expect(() => action({ [option]: text })).toThrow(
        expect.objectContaining({ kind: 'invalid', message: expect.stringContaining('invalid vxlan id') }),
      );
    }
  });

  it('stands beside options of any name', () => {
    const options = withVni(
      JSON.parse('{"__proto__":"a","constructor":"b"}') as Record<string, string>,
      new Set(),
    );
    expect(Object.entries(options)).toEqual([
      ['__proto__', 'a'],
      ['constructor', 'b'],
      [option, '4096'],
    ]);
    expect(Object.getPrototypeOf(options)).toBeNull();
    expect(vniOf(JSON.parse('{"__proto__":"a"}') as Record<string, string>)).toBeUndefined();
  });
});
