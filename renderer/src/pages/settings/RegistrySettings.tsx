// Settings: the registries somebody is logged in to. A password goes in and never comes back.
import { LogIn, LogOut } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { Result } from '../../../../runtime/contract/methods.ts';
import { Field } from '../../components/Field.tsx';
import { FailureNotice } from '../../components/FailureNotice.tsx';
import { inert } from '../../format/inert.ts';
import { showToast } from '../../state/toast-store.ts';
import { en } from '../../strings/en.ts';
import { openClient, useConnection } from '../../transport/connection.ts';
import { asFailure, sentenceOf, type ContractFailure } from '../../transport/contract-failure.ts';

const words = en.registries;
type Registry = Result<'registries.list'>['registries'][number];

export function RegistrySettings() {
  const client = useConnection((state) => state.client);
  const [known, setKnown] = useState<readonly Registry[]>();
  const [asked, setAsked] = useState(0);
  useEffect(() => {
    let wanted = true;
    void client?.call('registries.list', {}).then(
      (told) => wanted && setKnown(told.registries),
      () => wanted && setKnown([]),
    );
    return () => {
      wanted = false;
    };
  }, [client, asked]);
  const load = (): void => setAsked(asked + 1);
  return (
    <>
      <p className="text-ink-2">{words.note}</p>
      {known !== undefined && known.length === 0 && <p className="mt-3 text-ink-3">{words.nobody}</p>}
      {known !== undefined && known.length > 0 && (
        <ul aria-label={words.list} className="mt-2 flex flex-col">
          {known.map((registry) => (
            <KnownRegistry key={registry.registry} known={registry} onChange={load} />
          ))}
        </ul>
      )}
      <Login onChange={load} />
    </>
  );
}

function KnownRegistry({ known, onChange }: { readonly known: Registry; readonly onChange: () => void }) {
  const name = inert(known.registry);
  const logOut = async (): Promise<void> => {
    try {
      const client = openClient();
      await client.call('registries.logout', { registry: known.registry });
      onChange();
    } catch (error) {
      showToast('bad', words.logoutFailed(name), sentenceOf(asFailure(error)));
    }
  };
  return (
    <li className="setting">
      <div className="min-w-0 flex-1">
        <div className="truncate font-[550]">{name}</div>
        <div className="truncate text-ink-2">
          {words.as(inert(known.username))}
          {known.helper !== '' && ` · ${words.keptBy(inert(known.helper))}`}
        </div>
      </div>
      <button
        type="button"
        className="btn"
        aria-label={`${words.logout}: ${name}`}
        onClick={() => void logOut()}
      >
        <LogOut aria-hidden />
        {words.logout}
      </button>
    </li>
  );
}

function Login({ onChange }: { readonly onChange: () => void }) {
  const [registry, setRegistry] = useState('');
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<ContractFailure>();
  const logIn = async (): Promise<void> => {
    setBusy(true);
    setFailure(undefined);
    try {
      const client = openClient();
      await client.call('registries.login', { registry, username, password });
      setPassword('');
      onChange();
    } catch (error) {
      setFailure(asFailure(error));
    }
    setBusy(false);
  };
  const complete = username.trim() !== '' && password !== '';
  return (
    <form
      className="mt-5 flex max-w-[460px] flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        if (!busy && complete) void logIn();
      }}
    >
      <h3 className="font-[600]">{words.loginTitle}</h3>
      <Field
        label={words.registry}
        note={words.registryNote}
        value={registry}
        placeholder="docker.io"
        mono
        onChange={setRegistry}
      />
      <Field label={words.username} value={username} onChange={setUsername} />
      <Field
        label={words.password}
        note={words.passwordNote}
        value={password}
        secret
        onChange={setPassword}
      />
      {failure !== undefined && <FailureNotice title={words.loginFailed} failure={failure} />}
      <div>
        <button type="submit" className="btn btn-primary" aria-disabled={busy || !complete}>
          {busy ? <span className="mark mark-busy" aria-hidden /> : <LogIn aria-hidden />}
          {words.login}
        </button>
      </div>
    </form>
  );
}
