// The engine's nftables rules, as text for `nft -f`: one table, made at the engine's start. Published ports are
// elements of two maps in it, which berth-spawn adds and removes one by one; rules never change.

/** Names of the maps of published ports; see helper protocol, op `map`. */
export const portMaps = {
  /** `proto . port -> address . port`: published on every address. */
  any: 'ports',
  /** `address . proto . port -> address . port`: published on one address of the host. */
  one: 'ports_on',
} as const;

/** The table. `subnet` is the bridge's, `172.17.0.0/16`. Made anew: an older one with the same name is replaced at once. */
export function natTable(table: string, bridge: string, subnet: string): string {
  // -100 and 100 are dstnat and srcnat; the names are not known in every chain to every version of nft.
  // Loopback is left out: the monitor's proxy serves it, since route_localnet would open the host's loopback.
  return `
table ip ${table} {}
delete table ip ${table}
table ip ${table} {
  map ${portMaps.any} {
    type inet_proto . inet_service : ipv4_addr . inet_service
  }
  map ${portMaps.one} {
    type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service
  }
  chain prerouting {
    type nat hook prerouting priority -100; policy accept;
    iifname "lo" return
    fib daddr type != local return
    dnat ip to ip daddr . meta l4proto . th dport map @${portMaps.one}
    dnat ip to meta l4proto . th dport map @${portMaps.any}
  }
  chain postrouting {
    type nat hook postrouting priority 100; policy accept;
    ip saddr ${subnet} oifname != "${bridge}" masquerade
    ip saddr ${subnet} oifname "${bridge}" ct status dnat masquerade
  }
  chain forward {
    type filter hook forward priority 0; policy accept;
    oifname "${bridge}" ct state established,related accept
    iifname "${bridge}" accept
    oifname "${bridge}" ct status dnat accept
    oifname "${bridge}" drop
  }
}
`;
}

/** Removes the table; no error when there is none. */
export function dropTable(table: string): string {
  return `table ip ${table} {}\ndelete table ip ${table}\n`;
}
