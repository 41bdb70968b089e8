// `--security-opt`, seccomp profiles of users, and the modes of namespaces.
import { describe, expect, it } from 'vitest';
import {
  checkNamespaceModes,
  parseIpcMode,
  parsePidMode,
} from '../../../runtime/engine/containers/namespace-modes.ts';
import {
  kernelIsAtLeast,
  parseSeccompProfile,
  reduceSeccompProfile,
} from '../../../runtime/engine/containers/seccomp-profile.ts';
import {
  parseSecurityOptions,
  securityWarnings,
} from '../../../runtime/engine/containers/security-options.ts';
import { hostConfig } from '../../../runtime/engine/types.ts';

describe('security options', () => {
  it.each([
    [['no-new-privileges'], true],
    [['no-new-privileges=true'], true],
    [['no-new-privileges:true'], true],
    [['no-new-privileges:false'], false],
    [['no-new-privileges', 'no-new-privileges=0'], false],
    [[], false],
  ])('%j', (options, noNewPrivileges) => {
    expect(parseSecurityOptions(options).noNewPrivileges).toBe(noNewPrivileges);
  });

  it('name a filter, none, or nothing', () => {
    expect(parseSecurityOptions([]).seccomp).toBeUndefined();
    expect(parseSecurityOptions(['seccomp=unconfined']).seccomp).toBe('unconfined');
    expect(parseSecurityOptions(['seccomp:unconfined']).seccomp).toBe('unconfined');
    expect(parseSecurityOptions(['seccomp={ }']).seccomp).toBe('unconfined');
    expect(parseSecurityOptions(['seccomp={"defaultAction":"SCMP_ACT_ALLOW"}']).seccomp).toEqual({
      defaultAction: 'SCMP_ACT_ALLOW',
    });
  });

  it.each([
    ['whatever', 'invalid --security-opt 1: "whatever"'],
    ['what=ever', 'invalid --security-opt 2: "what=ever"'],
    ['no-new-privileges=maybe', 'invalid --security-opt 2: "no-new-privileges=maybe"'],
    ['systempaths=unconfined', 'invalid --security-opt 2: "systempaths=unconfined"'],
    ['seccomp=nonsense', 'Decoding seccomp profile failed: '],
    ['seccomp={"defaultAction":"NOSUCH"}', 'string NOSUCH is not a valid action for seccomp'],
  ])('refuse %s', (option, message) => {
    expect(() => parseSecurityOptions([option])).toThrow(message);
  });

  it('of a module that does not run have no effect, and that is said', () => {
    const options = parseSecurityOptions(['apparmor=mine', 'label=type:x', 'label=disable']);
    expect(securityWarnings(options, { appArmor: false, selinux: false })).toEqual([
      'AppArmor is not enabled on this machine: the AppArmor profile mine has no effect.',
      'SELinux is not enabled on this machine: the SELinux label type:x has no effect.',
    ]);
    expect(() => securityWarnings(options, { appArmor: true, selinux: false })).toThrow(
      'the AppArmor profile mine is not implemented yet',
    );
    const none = parseSecurityOptions(['apparmor=unconfined', 'label=disable']);
    expect(securityWarnings(none, { appArmor: true, selinux: true })).toEqual([]);
  });
});

describe('a seccomp profile', () => {
  const context = { architecture: 'x64', capabilities: ['CAP_SYS_ADMIN'], kernel: '6.1.0-18-amd64' };
  const reduce = (profile: object) =>
    reduceSeccompProfile(parseSeccompProfile(JSON.stringify(profile)), context);

  it('is reduced to what holds here', () => {
    const rule = (name: string, conditions: object) => ({
      names: [name],
      action: 'SCMP_ACT_ALLOW',
      ...conditions,
    });
    const profile = reduce({
      defaultAction: 'SCMP_ACT_ERRNO',
      defaultErrnoRet: 38,
      archMap: [
        { architecture: 'SCMP_ARCH_AARCH64', subArchitectures: ['SCMP_ARCH_ARM'] },
        { architecture: 'SCMP_ARCH_X86_64', subArchitectures: ['SCMP_ARCH_X86'] },
      ],
      syscalls: [
        rule('always', {}),
        rule('withCap', { includes: { caps: ['CAP_SYS_ADMIN'] } }),
        rule('withOther', { includes: { caps: ['CAP_BPF'] } }),
        rule('withoutCap', { excludes: { caps: ['CAP_SYS_ADMIN'] } }),
        rule('onArm', { includes: { arches: ['arm64'] } }),
        rule('here', { includes: { arches: ['amd64'] } }),
        rule('notHere', { excludes: { arches: ['amd64'] } }),
        rule('newEnough', { includes: { minKernel: '4.8' } }),
        rule('tooOld', { includes: { minKernel: '6.2' } }),
        rule('onlyOld', { excludes: { minKernel: '4.8' } }),
        { name: 'legacy', action: 'SCMP_ACT_KILL', errnoRet: 5 },
      ],
    });
    expect(profile).toMatchObject({
      defaultAction: 'SCMP_ACT_ERRNO',
      defaultErrnoRet: 38,
      architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86'],
    });
    expect(profile?.syscalls.map(({ names }) => names[0])).toEqual([
      'always',
      'withCap',
      'here',
      'newEnough',
      'legacy',
    ]);
    expect(profile?.syscalls.at(-1)).toEqual({ names: ['legacy'], action: 'SCMP_ACT_KILL', errnoRet: 5 });
  });

  it('names a call or calls, architectures or a map of them', () => {
    const defaultAction = 'SCMP_ACT_ALLOW';
    const action = 'SCMP_ACT_ERRNO';
    expect(() => reduce({ defaultAction, syscalls: [{ name: 'a', names: ['b'], action }] })).toThrow(
      "'name' and 'names' were specified in the seccomp profile, use either 'name' or 'names'",
    );
    expect(() =>
      reduce({
        defaultAction,
        architectures: ['SCMP_ARCH_X86'],
        archMap: [{ architecture: 'SCMP_ARCH_X86_64' }],
      }),
    ).toThrow("'architectures' and 'archMap' were specified");
  });

  it('knows how old a kernel is', () => {
    expect(kernelIsAtLeast('6.18.44-fc-v782', '6.18')).toBe(true);
    expect(kernelIsAtLeast('5.4', '4.19')).toBe(true);
    expect(kernelIsAtLeast('4.9.1', '4.19')).toBe(false);
  });
});

describe('namespace modes', () => {
  it('are one’s own, the host’s, or another container’s', () => {
    expect(parsePidMode('')).toEqual({ type: 'own' });
    expect(parsePidMode('host')).toEqual({ type: 'host' });
    expect(parseIpcMode('container:abc')).toEqual({ type: 'container', container: 'abc' });
    for (const own of ['', 'private', 'shareable', 'none'])
      expect(parseIpcMode(own)).toEqual({ type: 'own' });
  });

  it.each([
    [{ PidMode: 'nonsense' }, 'invalid PID mode: nonsense'],
    [{ PidMode: 'private' }, 'invalid PID mode: private'],
    [{ PidMode: 'container:' }, 'invalid PID mode: container:'],
    [{ IpcMode: 'nonsense' }, 'invalid IPC mode: nonsense'],
    [{ UTSMode: 'container:x' }, 'invalid UTS mode: container:x'],
    [{ UsernsMode: 'private' }, 'invalid USER mode: private'],
    [{ CgroupnsMode: 'nonsense' }, 'invalid cgroup namespace mode: nonsense'],
  ])('refuse %j', (host, message) => {
    expect(() => checkNamespaceModes(hostConfig.parse(host))).toThrow(message);
  });
});
