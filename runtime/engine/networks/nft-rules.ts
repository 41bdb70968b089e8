// The engine's nftables rules, as text for `nft -f`: one table for all networks. Published ports are elements of maps
// in it, which berth-spawn adds and removes one by one; the rest is replaced as a whole when a network comes or goes.

/** Names of the maps of published ports; see helper protocol, op `map`. */
export const portMaps = {
  4: {
    /** `proto . port -> address . port`: published on every address. */
    any: 'ports',
    /** `address . proto . port -> address . port`: published on one address of the host. */
    one: 'ports_on',
  },
  6: { any: 'ports6', one: 'ports6_on' },
} as const;

/** A bridge that packets are filtered for. */
export interface BridgeRules {
  readonly bridge: string;
  /** `172.17.0.0/16` and the like; none: the host has no address there. */
  readonly subnets: readonly string[];
  /** No way out or in. */
  readonly internal: boolean;
  /** Its containers may talk to each other. */
  readonly icc: boolean;
  /** What leaves bears the host's address. */
  readonly masquerade: boolean;
}

/** Elements of a map by its name, as nft writes them: `tcp . 80 : 172.17.0.2 . 8080`. */
export type MapElements = ReadonlyMap<string, readonly string[]>;

/** The table. Made anew: an older one with the same name is replaced at once, without a moment between. */
export function table(name: string, bridges: readonly BridgeRules[], elements: MapElements): string {
  const open = bridges.filter(({ internal }) => !internal);
  const internal = bridges.filter((each) => each.internal);
  // -100 and 100 are dstnat and srcnat; the names are not known in every chain to every version of nft.
  // Loopback is left out: the monitor's proxy serves it, since route_localnet would open the host's loopback.
  return `
${dropTable(name)}
table inet ${name} {
${portMap(portMaps[4].any, '', 'ipv4_addr', elements)}
${portMap(portMaps[4].one, 'ipv4_addr . ', 'ipv4_addr', elements)}
${portMap(portMaps[6].any, '', 'ipv6_addr', elements)}
${portMap(portMaps[6].one, 'ipv6_addr . ', 'ipv6_addr', elements)}
  chain prerouting {
    type nat hook prerouting priority -100; policy accept;
    iifname "lo" return
    fib daddr type != local return
    dnat ip to ip daddr . meta l4proto . th dport map @${portMaps[4].one}
    meta nfproto ipv4 dnat ip to meta l4proto . th dport map @${portMaps[4].any}
    dnat ip6 to ip6 daddr . meta l4proto . th dport map @${portMaps[6].one}
    meta nfproto ipv6 dnat ip6 to meta l4proto . th dport map @${portMaps[6].any}
  }
  chain postrouting {
    type nat hook postrouting priority 100; policy accept;
${lines(open, ({ bridge, subnets, masquerade }) =>
  subnets.flatMap((subnet) => [
    ...(masquerade ? [`${addressOf(subnet)} saddr ${subnet} oifname != "${bridge}" masquerade`] : []),
    `${addressOf(subnet)} saddr ${subnet} oifname "${bridge}" ct status dnat masquerade`,
  ]),
)}
  }
  chain forward {
    type filter hook forward priority 0; policy accept;
${lines(internal, ({ bridge, icc }) => [
  `iifname "${bridge}" oifname != "${bridge}" drop`,
  `oifname "${bridge}" iifname != "${bridge}" drop`,
  ...(icc ? [] : [`oifname "${bridge}" drop`]),
])}
${lines(open, ({ bridge, icc }) => [
  `oifname "${bridge}" ct state established,related accept`,
  ...(icc ? [`iifname "${bridge}" oifname "${bridge}" accept`] : []),
  `oifname "${bridge}" ct status dnat accept`,
  `oifname "${bridge}" drop`,
])}
  }
  chain input {
    type filter hook input priority 0; policy accept;
${lines(internal, ({ bridge, subnets }) =>
  subnets.length === 0
    ? [`iifname "${bridge}" fib daddr type local drop`]
    : subnets.map(
        (subnet) => `iifname "${bridge}" ${addressOf(subnet)} daddr != ${subnet} fib daddr type local drop`,
      ),
)}
  }
}
`;
}

/** Removes the table; no error when there is none. Earlier engines had one of the family ip. */
export function dropTable(name: string): string {
  return ['inet', 'ip']
    .map((family) => `table ${family} ${name} {}\ndelete table ${family} ${name}\n`)
    .join('');
}

function portMap(name: string, prefix: string, address: string, elements: MapElements): string {
  const list = elements.get(name) ?? [];
  const filled = list.length === 0 ? '' : `\n    elements = { ${list.join(', ')} }`;
  return `  map ${name} {\n    type ${prefix}inet_proto . inet_service : ${address} . inet_service${filled}\n  }`;
}

function lines(bridges: readonly BridgeRules[], rules: (bridge: BridgeRules) => string[]): string {
  return bridges
    .flatMap(rules)
    .map((rule) => `    ${rule}`)
    .join('\n');
}

function addressOf(subnet: string): 'ip' | 'ip6' {
  return subnet.includes(':') ? 'ip6' : 'ip';
}
