import { describe, expect, it } from 'vitest';
import { checkDockerfile } from '../../../runtime/syntax/dockerfile/checks.ts';
import { parseIgnorePatterns } from '../../../runtime/syntax/ignore-patterns.ts';

const around = {
  platform: 'linux/amd64',
  platformOf: (image: string) => ({ arm: 'linux/arm64/v8', amd: 'linux/amd64' })[image],
};

/** Rule and place of each finding. */
function found(text: string, ignored = ''): string[] {
  return checkDockerfile(text, { ...around, ignored: parseIgnorePatterns(ignored) }).findings.map(
    ({ rule, range }) => `${rule} ${String(range.startLine)}:${String(range.startColumn)}`,
  );
}

describe('checks of a Dockerfile', () => {
  it.each([
    ['FROM a\nRUN x\nrun y', ['ConsistentInstructionCasing 3:1']],
    ['FROM a\nENV x y', ['LegacyKeyValueFormat 2:1']],
    ['FROM a\nRUN x \\\n\n  y', ['NoEmptyContinuation 3:1']],
    ['FROM a AS Big', ['StageNameCasing 1:11']],
    ['FROM a as b', ['FromAsCasing 1:1']],
    ['FROM a AS scratch', ['ReservedStageName 1:11']],
    ['FROM a AS x\nFROM b AS x', ['DuplicateStageName 2:11']],
    ['FROM a:$v', ['UndefinedArgInFrom 1:6', 'InvalidDefaultArgInFrom 1:6']],
    ['ARG v\nFROM a:$v', ['InvalidDefaultArgInFrom 2:6']],
    ['ARG v=1\nFROM a:$v', []],
    ['FROM --platform=$TARGETPLATFORM a', ['RedundantTargetPlatform 1:1']],
    ['FROM --platform=linux/amd64 a', ['FromPlatformFlagConstDisallowed 1:1']],
    ['FROM a\nCMD ["x"]\nCMD ["y"]', ['MultipleInstructionsDisallowed 2:1']],
    ['FROM a\nCMD x y', ['JSONArgsRecommended 2:1']],
    ['FROM a\nSHELL ["/bin/bash", "-c"]\nCMD x y', []],
    ['FROM a\nMAINTAINER me', ['MaintainerDeprecated 2:1']],
    ['FROM a\nWORKDIR app', ['WorkdirRelativePath 2:9']],
    ['FROM a\nWORKDIR /x\nWORKDIR app', []],
    ['FROM a\nEXPOSE 127.0.0.1:80:80 81/TCP', ['ExposeInvalidFormat 2:8', 'ExposeProtoCasing 2:24']],
    ['FROM a\nENV API_TOKEN=x', ['SecretsUsedInArgOrEnv 2:5']],
    ['FROM a\nARG PUBLIC_KEY', []],
    ['FROM a\nCOPY $nowhere /x', ['UndefinedVar 2:6']],
    ['FROM a\nARG there\nCOPY $there ${or:-x} $PATH $no', ['UndefinedVar 3:28']],
    ['FROM a AS b\nENV e=1\nFROM b\nWORKDIR /$e', []],
    ['# run is the shell\nFROM a AS build', ['InvalidDefinitionDescription 2:1']],
    ['# check=skip=JSONArgsRecommended,MaintainerDeprecated\nFROM a\nMAINTAINER b\nCMD x', []],
    ['FROM arm', ['InvalidBaseImagePlatform 1:1']],
    ['FROM arm AS amd\nFROM amd', ['InvalidBaseImagePlatform 1:1']],
    ['ARG P=linux/arm64\nFROM --platform=$P arm\nFROM --platform=$P amd', ['InvalidBaseImagePlatform 3:1']],
    ['# check=skip=all\nFROM a AS B\nCMD x', []],
  ])('%j: %j', (text, findings) => {
    expect(found(text)).toEqual(findings);
  });

  it('tells what is copied and ignored at once', () => {
    expect(found('FROM a\nCOPY ./out/x src /d', 'out\n')).toEqual(['CopyIgnoredFile 2:6']);
  });

  it('tells why a file cannot be built, and when findings end a build', () => {
    expect(checkDockerfile('FROM a\nRUM x').error).toMatchObject({
      message: 'unknown instruction: RUM',
      range: { startLine: 2 },
    });
    const ending = (text: string): string | undefined => checkDockerfile(text).ending?.rule;
    expect(ending('# check=error=true\nFROM a\nMAINTAINER b')).toBe('MaintainerDeprecated');
    expect(ending('# check=skip=MaintainerDeprecated;error=true\nFROM a\nMAINTAINER b')).toBeUndefined();
    expect(ending('FROM a\nMAINTAINER b')).toBeUndefined();
    // Rules that BuildKit tries out end a build only where they are named.
    expect(ending('# check=error=true\n\n# run is it\nFROM a AS b')).toBeUndefined();
    const named = '# check=experimental=InvalidDefinitionDescription;error=true\n\n# run is it\nFROM a AS b';
    expect(ending(named)).toBe('InvalidDefinitionDescription');
  });
});
