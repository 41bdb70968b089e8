// Takes out of an answer what differs between any two engines and any two runs: ids, times, addresses, folders.

/** Fields of JSON whose numbers belong to one run: any that is not zero is as good as another. */
const ownNumbers: ReadonlySet<string> = new Set([
  ...['Pid', 'Created', 'time', 'timeNano', 'SizeRw', 'Index', 'NGoroutines', 'NFd', 'NEventsListener'],
  ...['MemTotal', 'total_usage', 'system_cpu_usage', 'usage'],
  ...['max_usage', 'rx_bytes', 'rx_packets', 'tx_bytes', 'tx_packets', 'rx_errors', 'tx_errors'],
]);

/** Fields whose numbers say nothing, zero or not: the kernel counts what it did for one run. */
const figures: ReadonlySet<string> = new Set(
  'rss total_rss cache total_cache inactive_file total_inactive_file active_file total_active_file inactive_anon total_inactive_anon active_anon total_active_anon percpu_usage pgpgin pgpgout pgfault total_pgpgin total_pgpgout total_pgfault'
    .split(' ')
    .concat(
      'usage_in_kernelmode usage_in_usermode io_service_bytes_recursive io_serviced_recursive'.split(' '),
    ),
);

/** Ids of containers, execs, images and networks, whole and short; a number alone is none. */
const ids: readonly (readonly [RegExp, string])[] = [
  [/\b[0-9a-f]{64}\b/g, '<id>'],
  [/\b(?=\d*[a-f])(?=[a-f]*\d)[0-9a-f]{12}\b/g, '<short>'],
  // Of a swarm: digests in join tokens, ids, and ids of networks cut short.
  [/\b[0-9a-z]{50}\b/g, '<digest>'],
  [/\b(?=[a-z]*\d)(?=\d*[a-z])[0-9a-z]{25}\b/g, '<id>'],
  [/\b(?=[a-z]*\d)(?=\d*[a-z])[0-9a-z]{12}\b/g, '<short>'],
  [/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g, '<certificate>'],
  [/\bM[A-Za-z0-9+/]{100,}={0,2}/g, '<key>'],
];

const patterns: readonly (readonly [RegExp, string])[] = [
  [/\b(?!0001-)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)/g, '<time>'],
  [/\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)? [+-]\d{4} \w+/g, '<time>'],
  [/(\d+ (milli)?seconds?|Less than a second|About a minute) ago/g, '<ago>'],
  [/\bUp (\d+ seconds?|Less than a second|About a minute)/g, 'Up <time>'],
  // Docker's pools: 172.17.0.0/16 and on, then 192.168.0.0/20 and on.
  [/\b(172\.\d+|192\.168)\.\d+\.\d+\/(16|20)\b/g, '<subnet>'],
  [/\b(172\.\d+|192\.168)\.\d+\.\d+\b/g, '<address>'],
  [/\b02:42:(ac|c0)(:[0-9a-f]{2}){3}\b/g, '<mac>'],
  [/\/tmp\/bt-(peer-)?\w+\b/g, '<folder>'],
  [/"execDuration":"\d+"/g, '"execDuration":"<time>"'],
  // The width of a column follows from what was levelled.
  [/ {3,}/g, '   '],
  // The CLI says this when its own wait is late; which of the two comes first is chance.
  [/^time="[^"]*" level=error msg="error waiting for container: context canceled"\n/gm, ''],
];

/** A text without what is of one engine and one run alone. */
export function levelText(text: string): string {
  return [...ids, ...patterns].reduce(
    (levelled, [pattern, name]) => levelled.replaceAll(pattern, name),
    text,
  );
}

/** The same of a JSON value. */
export function levelJson(value: unknown, key = ''): unknown {
  if (figures.has(key) && value !== null) return '<figures>';
  if (typeof value === 'string') return levelText(value);
  if (typeof value === 'number') return ownNumbers.has(key) && value !== 0 ? '<number>' : value;
  if (Array.isArray(value)) return value.map((each) => levelJson(each, key));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [levelText(name), levelJson(inner, name)]),
  );
}
